package layer

import (
	"fmt"

	"github.com/ashlar-go/ashlar/internal/size"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// Layer is a differentiable function of a batch, with parameters. An
// implementation keeps nothing of a call in itself: what must outlast the call goes
// into the [Memo].
type Layer[T kernels.Float] interface {
	// Out returns the number of columns of the output for an input of in columns,
	// or an error if the layer does not take such an input.
	Out(in int) (int, error)

	// Forward returns y = f(x), batch x out. It may return x itself but must not
	// change it. The result usually comes from m.Output.
	Forward(m *Memo[T], x mat.Dense[T]) mat.Dense[T]

	// Backward takes dy = dL/dy, writes the gradient of each parameter to its Grad
	// (overwriting what was there) and returns dx = dL/dx. Where m.NeedDX is false
	// the caller ignores dx, and Backward need not compute it. m.X and m.Y are the
	// input and output of the forward pass. Backward may overwrite and return dy.
	Backward(m *Memo[T], dy mat.Dense[T]) mat.Dense[T]

	// Params returns the parameters, always the same ones in the same order.
	Params() []*Param[T]
}

// Container is a layer that is made of others, such as [Sequential]. It calls part i
// through m.Part(i).
type Container[T kernels.Float] interface {
	Layer[T]
	Parts() []Layer[T]
}

// fail panics with a ShapeError of this package.
//
//go:noinline
func fail(op, arg string, got, want int, format string, args ...any) {
	panic(refused(op, arg, got, want, format, args...))
}

// refused returns a ShapeError of this package.
func refused(op, arg string, got, want int, format string, args ...any) error {
	return &kernels.ShapeError{Op: "layer." + op, Arg: arg, Got: got, Want: want,
		Msg: fmt.Sprintf(format, args...)}
}

// checkMatrix panics unless the rows of m lie within its Data. It comes before m sizes a buffer.
func checkMatrix[T kernels.Float](op, arg string, m *mat.Dense[T]) {
	if !size.Fits(len(m.Data), m.Rows, m.Cols, m.Stride) {
		fail(op, arg, len(m.Data), m.Rows, "%s is %dx%d with stride %d, which does not fit its %d elements",
			arg, m.Rows, m.Cols, m.Stride, len(m.Data))
	}
}

// checkCols panics unless arg, which has cols columns, has as many as wanted.
func checkCols(op, arg string, cols, want int) {
	if cols != want {
		fail(op, arg, cols, want, "%s has %d columns, want %d", arg, cols, want)
	}
}
