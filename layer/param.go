package layer

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/size"
	"github.com/ashlar-go/ashlar/kernels"
)

// Param is one tensor of a model. With a Grad it is trained. Without one it is
// state that is saved and loaded but not trained, such as BatchNorm's running
// statistics.
type Param[T kernels.Float] struct {
	Name  string // unique in a model: Sequential puts "0.", "1.", ... before it
	Shape []int

	// Value is row-major and has as many elements as Shape multiplies to. Do not append to
	// it: the next parameter may follow in the same array.
	Value   []T
	Grad    []T  // dL/dValue, written by Backward; nil for state
	NoDecay bool // weight decay skips it; set for biases, slopes, scales and shifts
	Init    Init[T]

	// GradScale is a factor on Grad; 0 counts as 1. Gradient clipping sets it. The
	// optimizer's step multiplies by it and sets it back to 0.
	GradScale T

	// Stepped says that the last Backward gave the gradient to Workspace.Update and did not
	// write Grad. The optimizer's step then skips the parameter and sets Stepped to false.
	Stepped bool

	bounded bool // a bound shows that the last gradient is finite; see Memo.bounds
}

// Scale returns the factor on Grad: GradScale, or 1 where that is 0.
func (p *Param[T]) Scale() float64 {
	if p.GradScale == 0 {
		return 1
	}
	return float64(p.GradScale)
}

// NewParam returns a trained parameter of zeros. Without sizes it is a single number.
// NewParam panics if a size is below 1 or the elements do not fit in memory.
func NewParam[T kernels.Float](name string, init Init[T], shape ...int) *Param[T] {
	p := NewState(name, init, shape...)
	p.Grad = make([]T, len(p.Value))
	return p
}

// adjoin places the elements of q right behind those of p in one array, so that a pass over
// all elements can take both in one call: in a small network a call costs as much as its work.
// Both parameters must be new: their elements are 0 afterwards.
func adjoin[T kernels.Float](p, q *Param[T]) {
	n := len(p.Value)
	value, grad := make([]T, n+len(q.Value)), make([]T, n+len(q.Grad))
	p.Value, q.Value = value[:n], value[n:]
	p.Grad, q.Grad = grad[:n], grad[n:]
}

// NewState is [NewParam] for a parameter without gradient.
func NewState[T kernels.Float](name string, init Init[T], shape ...int) *Param[T] {
	for _, n := range shape {
		if n < 1 {
			fail("NewParam", "shape", n, 1, "%s has shape %v, want sizes >= 1", name, shape)
		}
	}
	n, ok := size.Elements(unsafe.Sizeof(T(0)), shape...)
	if !ok {
		const msg = "%s has shape %v, whose elements do not fit in memory"
		fail("NewParam", "shape", shape[0], 0, msg, name, shape)
	}
	return &Param[T]{Name: name, Shape: shape, Value: make([]T, n), Init: init}
}

// snapshot returns a copy of p for inference, without gradient.
func (p *Param[T]) snapshot() *Param[T] {
	return &Param[T]{Name: p.Name, Shape: p.Shape, Value: slices.Clone(p.Value)}
}

// String returns the name and shape, such as "0.weight [784 256]".
func (p *Param[T]) String() string { return fmt.Sprintf("%s %v", p.Name, p.Shape) }

// fans returns the inputs and outputs of p as a weight matrix; a single number is 1 x 1.
func (p *Param[T]) fans() (in, out int) {
	if len(p.Shape) == 0 {
		return 1, 1
	}
	in, out = p.Shape[0], 1
	for _, n := range p.Shape[1:] {
		out *= n
	}
	return in, out
}
