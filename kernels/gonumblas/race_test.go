//go:build race

package gonumblas

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/internal/racetest"
)

// TestRacesAreSeen: the race detector sees what each method reads and writes, with unit
// increments and others, where beta or alpha is 0 and where not, and that the factors of
// alpha = 0 are not read.
func TestRacesAreSeen(t *testing.T) {
	races := racetest.Trials(t, func(try func(name string, call, touch func())) {
		eachOperand(func(name string, _ bool, call, touch func()) { try(name, call, touch) })
	})
	if races == nil {
		return
	}
	count := 0
	eachOperand(func(name string, seen bool, _, _ func()) {
		count++
		if got, ok := races[name]; !ok || got != seen {
			t.Errorf("%s: reported %v (was tried: %v), want %v", name, got, ok, seen)
		}
	})
	proof.Count(t, "concurrency", "operands whose accesses the race detector sees", count)
}

// eachOperand yields a trial for each slice of each method for float64, with whether it is a
// race.
func eachOperand(yield func(name string, seen bool, call, touch func())) {
	typ := reflect.TypeFor[Implementation]()
	for i := range typ.NumMethod() {
		method := typ.Method(i)
		if !strings.HasPrefix(method.Name, "D") && !strings.HasPrefix(method.Name, "Id") ||
			method.Name == "Dsdot" {
			continue
		}
		routine := base(method.Name)
		for _, inc := range []int64{1, 2} {
			for _, scalars := range [][2]float64{{2, 2}, {2, 0}, {0, 2}} {
				c := overlapCall{method: method, names: strings.Fields(parameters[routine]),
					args: arguments(method)}
				for k, name := range c.names {
					switch {
					case strings.HasPrefix(name, "inc"):
						c.args[k].SetInt(inc)
					case name == "alpha":
						c.args[k].SetFloat(scalars[0])
					case name == "beta":
						c.args[k].SetFloat(scalars[1])
					case routine == "rotm" && name == "p":
						c.args[k].Field(0).SetInt(1) // the diagonal is given
					}
				}
				for k, name := range c.names {
					if c.args[k].Kind() == reflect.Slice {
						c.trial(yield, k, slices.Contains(outputs(routine), name))
					}
				}
			}
		}
	}
}

// trial yields that of one slice.
func (c *overlapCall) trial(yield func(name string, seen bool, call, touch func()), k int, out bool) {
	routine, alpha := base(c.method.Name), c.index("alpha")
	seen := true
	// With alpha 0 the routine touches only what beta scales or a zero overwrites.
	if alpha >= 0 && c.args[alpha].Float() == 0 {
		seen = out && (c.index("beta") >= 0 || slices.Contains([]string{"scal", "trmm", "trsm"}, routine))
	}
	name := fmt.Sprintf("%s:%s, operand %s", c.method.Name, c.flags(), c.names[k])
	s := c.args[k].Interface().([]float64)
	call := func() { reflect.ValueOf(Implementation{}).MethodByName(c.method.Name).Call(c.args) }
	yield(name, seen, call, func() {
		for i, v := range s {
			if out {
				sum += v
			} else {
				s[i] = v
			}
		}
	})
}
