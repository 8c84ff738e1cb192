package grad

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/size"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// Target is what a model should have said for a batch: a class for each row, or a
// matrix of values with the shape of the prediction. A loss uses one of the two.
type Target[T kernels.Float] struct {
	Classes []int
	Values  mat.Dense[T]

	// Weights are those of the rows, none below 0; nil counts each as 1. A mean becomes the
	// weighted mean, sum of w[i] l[i] over sum of w[i]. A row of weight 0 weighs nothing,
	// whatever its prediction: its gradient is 0. Where all rows weigh nothing, so does the
	// batch: its loss is 0, as are its gradient and its [Weigher.Weight].
	Weights []T
}

// Loss measures a prediction against its target.
type Loss[T kernels.Float] interface {
	// Grad returns the loss of prediction p and writes dL/dp to dp, which may be p itself
	// and must share no other memory with p or y. p, dp and the values of y are contiguous
	// and of one shape.
	Grad(dp, p mat.Dense[T], y Target[T]) float64

	// Classify writes the class that each row of a prediction stands for, where the
	// task is a classification: the column with the largest value, or with a single
	// column 1 if the value is in the upper half of its range, else 0.
	Classify(class []int, p mat.Dense[T])
}

// Weigher is a loss that says how those of several batches add up. All losses of this
// package are; one that is not counts as a mean over the rows.
type Weigher[T kernels.Float] interface {
	Loss[T]

	// Weight returns what Grad divides by for a target of so many rows, in units of rows:
	// their number, or the sum of their weights. It is 0 where Grad does not divide: for a
	// [Sum], and for rows that weigh nothing, whose loss is 0. The loss of batches together is
	// the sum of Weight times loss over the sum of Weight, or where that is 0 the sum of the
	// losses; likewise their gradients.
	Weight(rows int, y Target[T]) float64
}

// WeightOf returns Weight of a loss, or the number of rows if it is no [Weigher].
func WeightOf[T kernels.Float](l Loss[T], rows int, y Target[T]) float64 {
	if w, ok := l.(Weigher[T]); ok {
		return w.Weight(rows, y)
	}
	return float64(rows)
}

// Reduction says what a loss makes of the losses of its rows or elements.
type Reduction uint8

const (
	Mean Reduction = iota // over the rows or the elements
	Sum                   // the same without the division
)

// elementwise applies a loss that is a mean over elements.
func elementwise[T kernels.Float](op string, r Reduction,
	dp, p *mat.Dense[T], y *Target[T], f func(dp, p, y []T) float64) float64 {
	checkShape(op, "dp", dp, p)
	checkShape(op, "y.Values", &y.Values, p)
	d, q, v := dp.RawData(), p.RawData(), y.Values.RawData()
	checkApart(op, dp, p, v, y.Weights)
	if y.Weights == nil {
		loss := f(d, q, v)
		if r == Sum {
			kernels.Scale(d, T(len(d)), d)
			loss *= float64(len(d))
		}
		return loss
	}
	checkWeights(op, p, y)
	mean, loss := meanOf(r, float64(p.Cols), *y), 0.0
	for i, w := range y.Weights {
		lo, hi := i*p.Cols, (i+1)*p.Cols
		if w == 0 {
			clear(d[lo:hi])
			continue
		}
		scale := mean.share(float64(w))
		loss += float64(scale * f(d[lo:hi], q[lo:hi], v[lo:hi]))
		kernels.Scale(d[lo:hi], T(scale), d[lo:hi])
	}
	return loss
}

// weighting turns the weights of rows into their shares in a loss.
type weighting struct {
	total  float64 // what a mean divides by
	factor float64 // of a weight: 1/total, or that of a sum
}

// meanOf is the weighting of a loss of rows that are means over so many elements.
func meanOf[T kernels.Float](r Reduction, elements float64, y Target[T]) weighting {
	if r == Sum {
		return weighting{factor: elements}
	}
	return over(meanWeight(len(y.Weights), y))
}

// over is the weighting of a mean that divides by total. Where that is 0 every share is 0.
func over(total float64) weighting {
	if total == 0 {
		return weighting{}
	}
	return weighting{total, 1 / total}
}

// share is the share of a row of weight w, which is not 0. The quotient takes the place of
// the factor where the weights are so small that it is infinite.
func (m weighting) share(w float64) float64 {
	if math.IsInf(m.factor, 1) && m.total > 0 {
		return w / m.total
	}
	return float64(m.factor * w)
}

// weightOf is Weight of a loss of elements.
func weightOf[T kernels.Float](r Reduction, rows int, y Target[T]) float64 {
	if r == Sum {
		return 0
	}
	return meanWeight(rows, y)
}

// meanWeight is the sum of the weights of the rows.
func meanWeight[T kernels.Float](rows int, y Target[T]) float64 {
	if y.Weights == nil {
		return float64(rows)
	}
	total := 0.0
	for _, w := range y.Weights {
		total += float64(w)
	}
	return total
}

// classify is Classify with the given threshold for a single column.
func classify[T kernels.Float](op string, class []int, p mat.Dense[T], threshold T) {
	if !size.Fits(len(p.Data), p.Rows, p.Cols, p.Stride) {
		checkWhole(op+".Classify", "p", &p)
	}
	if len(class) != p.Rows {
		panic(&kernels.ShapeError{Op: "grad." + op + ".Classify", Arg: "class", Got: len(class), Want: p.Rows,
			Msg: fmt.Sprintf("len(class) = %d, want %d, the rows of p", len(class), p.Rows)})
	}
	if p.Cols != 1 {
		kernels.ArgMax(p.Rows, p.Cols, class, p.Data, max(1, p.Cols, p.Stride))
		return
	}
	for i := range class {
		class[i] = 0
		if p.Data[i*p.Stride] > threshold {
			class[i] = 1
		}
	}
}

func checkWeights[T kernels.Float](op string, p *mat.Dense[T], y *Target[T]) {
	if len(y.Weights) != p.Rows {
		panic(&kernels.ShapeError{Op: "grad." + op, Arg: "y.Weights", Got: len(y.Weights), Want: p.Rows,
			Msg: fmt.Sprintf("len(y.Weights) = %d, want %d, one a row of the prediction", len(y.Weights),
				p.Rows)})
	}
}

// checkShape panics unless m has the shape of the prediction p and the rows of both lie within
// their Data, without gaps.
func checkShape[T kernels.Float](op, arg string, m, p *mat.Dense[T]) {
	checkWhole(op, "p", p)
	if m.Rows != p.Rows || m.Cols != p.Cols {
		panic(&kernels.ShapeError{Op: "grad." + op, Arg: arg, Got: m.Cols, Want: p.Cols,
			Msg: fmt.Sprintf("%s is %dx%d, want %dx%d, the shape of the prediction", arg, m.Rows, m.Cols,
				p.Rows, p.Cols)})
	}
	checkWhole(op, arg, m)
}

// checkWhole panics unless the rows of m lie within its Data, without gaps.
func checkWhole[T kernels.Float](op, arg string, m *mat.Dense[T]) {
	n, ok := size.Product(m.Rows, m.Cols)
	if !ok || n > len(m.Data) || m.Rows > 1 && m.Cols > 0 && m.Stride != m.Cols {
		panic(&kernels.ShapeError{Op: "grad." + op, Arg: arg, Got: len(m.Data), Want: n,
			Msg: fmt.Sprintf("%s is %dx%d with stride %d and %d elements, want its rows without gaps", arg, m.Rows,
				m.Cols, m.Stride, len(m.Data))})
	}
}

// checkApart panics if dp shares memory with values or weights of the target, or with a part of p: dp may be p
// itself. Their shapes have been checked.
func checkApart[T kernels.Float](op string, dp, p *mat.Dense[T], values, weights []T) {
	d, q, arg := dp.RawData(), p.RawData(), ""
	switch {
	case len(d) > 0 && &d[0] != &q[0] && meet(d, q):
		arg = "p"
	case meet(d, values):
		arg = "y.Values"
	case meet(d, weights):
		arg = "y.Weights"
	default:
		return
	}
	panic(&kernels.ShapeError{Op: "grad." + op, Arg: "dp", Msg: "dp overlaps " + arg})
}

// meet reports whether two slices share memory.
func meet[T kernels.Float](a, b []T) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	begin := func(x []T) uintptr { return uintptr(unsafe.Pointer(&x[0])) }
	end := func(x []T) uintptr { return uintptr(unsafe.Pointer(&x[len(x)-1])) + unsafe.Sizeof(x[0]) }
	return begin(a) < end(b) && begin(b) < end(a)
}
