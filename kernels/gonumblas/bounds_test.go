package gonumblas

import (
	"fmt"
	"math"
	"reflect"
	"runtime/debug"
	"strings"
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/guard"
	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/kernels"
)

// TestBounds: no routine accesses anything outside its operands. Each slice is as short as the routine
// takes it, which is tried out, and lies in front of a page without permissions, or behind one: with
// every flag, with leading dimensions beyond the columns, and increments of both signs. The sizes go
// past a vector by every number of elements.
func TestBounds(t *testing.T) {
	if !guard.Pages {
		t.Log("no guard pages on this system: accesses outside the operands go unnoticed")
	}
	defer kernels.Limit(kernels.Active())
	calls, slices := 0, 0
	for _, tier := range kernels.Tiers() {
		if tier == kernels.Generic && testing.Short() || kernels.Limit(tier) != nil {
			continue // Go checks the bounds of pure Go; or ASHLAR_TIER names a lower tier
		}
		typ := reflect.TypeFor[Implementation]()
		for i := range typ.NumMethod() {
			for flags := range 16 {
				for _, n := range boundedSizes(flags) {
					p := newPoisoned(typ.Method(i), flags, n)
					s := p.shorten()
					for _, behind := range []bool{true, false} {
						if what := p.guarded(behind); what != "" {
							side := map[bool]string{true: "behind", false: "before"}[behind]
							t.Errorf("tier %v: %s %s, slices at a page %s them: %s", tier, p.method.Name,
								p.flags(), side, what)
							return
						}
						calls++
						slices += s
					}
				}
			}
		}
	}
	proof.Count(t, "bounds", "calls of BLAS routines between pages", calls)
	proof.Count(t, "bounds", "slices of BLAS routines at a page", slices)
}

// boundedSizes are the sizes tried with some flags. With all flags they have every tail.
func boundedSizes(flags int) []int {
	if testing.Short() {
		return []int{order, 17 + flags}
	}
	return []int{order, 17 + flags, 17 + (flags+5)%16, 33 + (flags+11)%16}
}

// shorten makes every slice as short as the routine accepts it and returns their number.
func (p *poisoned) shorten() (n int) {
	for k := range p.args {
		if p.args[k].Kind() != reflect.Slice {
			continue
		}
		n++
		whole := p.args[k]
		refused, taken := -1, whole.Len() // lengths
		for taken-refused > 1 {
			half := (refused + taken) / 2
			p.args[k] = whole.Slice3(0, half, half)
			if recovered(p.ours, clones(p.args)) != nil {
				refused = half
			} else {
				taken = half
			}
		}
		p.args[k] = whole.Slice3(0, taken, taken)
	}
	return n
}

// arenas are the memory of the slices of a call.
var arenas [3][]byte

// guarded calls the routine on slices at a page and returns what it did wrong.
func (p *poisoned) guarded(behind bool) (what string) {
	args, windows, next := clones(p.args), [3][]byte{}, 0
	for k := range args {
		if args[k].Kind() == reflect.Slice {
			args[k], windows[next] = place(next, args[k], behind)
			next++
		}
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			what = fmt.Sprint(r)
		}
	}()
	p.ours.Call(args)
	for i, w := range windows {
		for j, b := range w {
			if b != marginByte {
				return fmt.Sprintf("slice %d: byte %d of the margin is written", i, j)
			}
		}
	}
	elsewhere := clones(p.args)
	p.ours.Call(elsewhere)
	for k := range args {
		if args[k].Kind() != reflect.Slice {
			continue
		}
		for i, want := range floats(elsewhere[k]) {
			if v := args[k].Index(i).Float(); math.Float64bits(v) != math.Float64bits(want) {
				return fmt.Sprintf("element %d of %s is %v, elsewhere in memory %v", i, p.names[k], v, want)
			}
		}
	}
	return ""
}

const marginByte = 0xa5

// place copies a slice to arena i, to its end or its start, and returns it and the margin on the other side.
func place(i int, v reflect.Value, behind bool) (reflect.Value, []byte) {
	const margin = 256
	size := int(v.Type().Elem().Size())
	n := v.Len() * size
	if len(arenas[i]) < n+margin {
		arenas[i] = guard.New(1<<16 + 2*n)
	}
	arena := arenas[i]
	at, window := 0, arena[n:n+margin]
	if behind {
		at = len(arena) - n
		window = arena[at-margin : at]
	}
	for j := range window {
		window[j] = marginByte
	}
	s := reflect.SliceAt(v.Type().Elem(), unsafe.Add(unsafe.Pointer(unsafe.SliceData(arena)), at), v.Len())
	s = s.Convert(v.Type())
	reflect.Copy(s, v)
	return s, window
}

// TestBoundsAreSeen: an access beside a slice is seen.
func TestBoundsAreSeen(t *testing.T) {
	if !guard.Pages {
		t.Skip("there are no pages without permissions")
	}
	for _, behind := range []bool{true, false} {
		v, _ := place(0, reflect.ValueOf([]float64{1, 2, 3}), behind)
		x := v.Interface().([]float64)
		p := poisoned{overlapCall: overlapCall{names: strings.Fields("x"),
			args: []reflect.Value{reflect.ValueOf(x)}, ours: reflect.ValueOf(func(x []float64) {
				at := -1
				if behind {
					at = len(x)
				}
				sum += *(*float64)(unsafe.Add(unsafe.Pointer(&x[0]), 8*at))
			})}}
		if what := p.guarded(behind); what == "" {
			t.Errorf("behind %v: nothing was seen", behind)
		}
	}
}

var sum float64 // keeps reads from being left out
