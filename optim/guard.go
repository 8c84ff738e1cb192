package optim

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// refuse panics with a ShapeError that names a method of an optimizer.
//
//go:noinline
func refuse(op, arg string, got, want int, format string, args ...any) {
	panic(&kernels.ShapeError{Op: "optim." + op, Arg: arg, Got: got, Want: want,
		Msg: fmt.Sprintf(format, args...)})
}

// checkParams panics unless each parameter has a gradient for each of its elements, or none.
func checkParams[T kernels.Float](op string, params []*layer.Param[T]) {
	checkParamsOf(op, "params", params)
}

// checkParamsOf is checkParams where the parameters have another name.
func checkParamsOf[T kernels.Float](op, arg string, params []*layer.Param[T]) {
	for i, p := range params {
		switch {
		case p == nil:
			refuse(op, arg, i, 0, "%s[%d] is nil", arg, i)
		case p.Grad != nil && len(p.Grad) != len(p.Value):
			refuse(op, arg, len(p.Grad), len(p.Value), "%s[%d], %s, has %d gradients, want %d", arg, i, p,
				len(p.Grad), len(p.Value))
		}
	}
}

// checkBegun panics unless Begin has prepared the step of each parameter that End updates, and its
// vectors are as long as it is.
func checkBegun[T kernels.Float](o updater[T], params []*layer.Param[T]) {
	const op = "Incremental.End"
	checkParams(op, params)
	for i, p := range params {
		if p.Grad == nil || p.Stepped {
			continue
		}
		if s := o.at(i, p); !s.fits(len(p.Value)) {
			refuse(op, "params", i, 0, "params[%d], %s, was not among those of Begin, or has changed", i, p)
		}
	}
}

// fits reports whether there are vectors, those that are there of n elements.
func (v *vectors[T]) fits(n int) bool {
	if v == nil {
		return false
	}
	for _, x := range v {
		if x != nil && len(x) != n {
			return false
		}
	}
	return true
}

// stateOf returns the vectors of a parameter. It panics unless Begin has made them and p has n
// elements from lo on.
func (m *memory[T]) stateOf(p *layer.Param[T], lo, n int) *vectors[T] {
	const op = "Incremental.Update"
	if p == nil {
		refuse(op, "p", 0, 0, "p is nil, want a parameter")
	}
	if lo < 0 || lo > len(p.Value) || n > len(p.Value)-lo {
		refuse(op, "lo", lo, len(p.Value), "lo = %d with %d gradients, but %s has %d elements", lo, n, p,
			len(p.Value))
	}
	s := m.state[p]
	if !s.fits(len(p.Value)) {
		refuse(op, "p", 0, 0, "%s was not among the parameters of Begin, or has changed", p)
	}
	return s
}
