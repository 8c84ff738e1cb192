//go:build linux && (amd64 || arm64) && !purego && !noasm

package gonumblas

import (
	"reflect"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/kernels/internal/clobber"
)

// TestClobber: every routine leaves the modes of arithmetic and the upper halves of the vector registers
// as it found them: with every flag, with nothing to do, and where it panics.
func TestClobber(t *testing.T) {
	typ, calls, panics := reflect.TypeFor[Implementation](), 0, 0
	look := func(method reflect.Method, what string, args []reflect.Value) (panicked bool) {
		ours := reflect.ValueOf(Implementation{}).MethodByName(method.Name)
		if wrong := clobber.Around(func() { panicked = recovered(ours, args) != nil }); wrong != nil {
			t.Errorf("%s %s changes %v", method.Name, what, wrong)
		}
		return panicked
	}
	for i := range typ.NumMethod() {
		method := typ.Method(i)
		for flags := range 16 {
			for _, n := range []int{order, 19, 40} {
				p := newPoisoned(method, flags, n)
				if look(method, p.flags(), p.args) {
					t.Errorf("%s %s panics", method.Name, p.flags())
				}
				calls++
			}
		}
		for _, m := range mutations(method) {
			args := arguments(method)
			m.set(args[m.arg])
			if !look(method, "with a wrong argument", args) {
				t.Errorf("%s with argument %d = %v does not panic", method.Name, m.arg, args[m.arg])
			}
			panics++
		}
		args := arguments(method)
		for k, name := range strings.Fields(parameters[base(method.Name)]) {
			if name == "m" || name == "n" {
				args[k].SetInt(0)
			}
		}
		look(method, "of nothing", args)
		calls++
	}
	proof.Count(t, "clobber", "calls of BLAS routines looked at", calls)
	proof.Count(t, "clobber", "calls that panic", panics)
}
