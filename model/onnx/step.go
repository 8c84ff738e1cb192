package onnx

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
)

// maxCols bounds the columns of a value.
const maxCols = 1 << 24

// step is a value with rows, each a function of one row of the input of the net.
type step struct {
	fn    function
	in    []*step
	node  string // for errors
	width *width
	deep  bool // it has more than two dimensions
	flat  bool // it has one dimension, the rows

	// join is the last step that all ways from the input to this one pass, and depth the number
	// of such steps before this one.
	join  *step
	depth int
	taken bool // a layer for it exists
}

// width is the number of columns of values that have as many as each other, 0 while unknown.
type width struct{ n int }

// is says that the width is n.
func (w *width) is(n int) error {
	if n < 1 || n > maxCols {
		return fmt.Errorf("%d columns, want 1 to %d", n, maxCols)
	}
	if w.n != 0 && w.n != n {
		return fmt.Errorf("the rows have %d columns, want %d", w.n, n)
	}
	w.n = n
	return nil
}

// function is what a step computes of others: one of the types below.
type function any

type (
	input  struct{} // the input of the net
	keep   struct{} // x
	linear struct { // f(x w + b)
		w, b    []float64 // in x out; out, or nil
		in, out int
		act     kernels.Activation
	}
	affine struct { // (x - sub) mul + add; each has one element or one a column, nil for 0, 1 and 0
		sub, mul, add []float64
		width         *width
	}
	activation struct{ act kernels.Activation }
	batchNorm  struct {
		gamma, beta, mean, variance []float64
		eps, momentum               float64
	}
	layerNorm struct {
		gamma, beta []float64 // nil for 1 and 0
		eps         float64
		width       *width
	}
	rmsNorm struct {
		gamma []float64 // nil for 1
		eps   float64
		width *width
	}
	preLU      struct{ slope []float64 }
	dropout    struct{ p float64 }
	softmax    struct{}
	logSoftmax struct{}
	twoClasses struct{} // [1 - x, x] of one column
	opposites  struct{} // [-x, x] of one column
	clip       struct { // x clamped
		low, high float64
		width     *width
	}
	sum      struct{} // a + b
	residual struct { // the sum once its branches are known
		body, skip []named
	}

	// These occur only inside activations and normalisations that are written out.
	difference struct{}                // a - b
	product    struct{}                // a b
	quotient   struct{}                // a / b
	power      struct{ n float64 }     // x^n
	plain      struct{ name string }   // Erf, Sqrt, Reciprocal
	mean       struct{}                // of a row
	above      struct{ limit float64 } // x > limit, not yet a number
)

// then returns the step that computes fn of the inputs.
func then(node string, w *width, fn function, in ...*step) *step {
	s := &step{fn: fn, in: in, node: node, width: w, join: in[0]}
	for _, other := range in[1:] {
		s.join = meet(s.join, other)
	}
	s.depth = s.join.depth + 1
	return s
}

// meet returns the last step that all ways to a and all ways to b pass.
func meet(a, b *step) *step {
	for a != b {
		if a.depth < b.depth {
			a, b = b, a
		}
		a = a.join
	}
	return a
}
