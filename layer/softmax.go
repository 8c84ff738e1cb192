package layer

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// Softmax turns each row into probabilities:
//
//	y[j]  = exp(x[j]) / sum over k of exp(x[k])
//	dx[j] = y[j] * (dy[j] - sum over k of dy[k] y[k])
//
// The memo is y. Leave Softmax out in front of a cross-entropy: grad.SoftmaxCrossEntropy
// takes the logits, costs less and stays exact where a probability rounds to 0.
type Softmax[T kernels.Float] struct{}

// Out implements [Layer].
func (Softmax[T]) Out(in int) (int, error) { return in, nil }

// Forward implements [Layer].
func (Softmax[T]) Forward(m *Memo[T], x mat.Dense[T]) mat.Dense[T] {
	enter("Softmax.Forward", m, 0, &x)
	y := m.Output(x.Rows, x.Cols)
	kernels.Softmax(x.Rows, x.Cols, y.Data, y.Stride, x.Data, max(1, x.Stride))
	return y
}

// Backward implements [Layer].
func (Softmax[T]) Backward(m *Memo[T], dy mat.Dense[T]) mat.Dense[T] {
	enterBack("Softmax.Backward", m, 0, &dy)
	for i := range dy.Rows {
		y, d := m.Y.Row(i), dy.Row(i)
		dot := kernels.Dot(y, d)
		for j, p := range y {
			d[j] = p * (d[j] - dot)
		}
	}
	return dy
}

// Params implements [Layer]; there are none.
func (Softmax[T]) Params() []*Param[T] { return nil }
