package grad

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// Target is what a model should have said for a batch: a class for each row, or a
// matrix of values with the shape of the prediction. A loss uses one of the two.
type Target[T kernels.Float] struct {
	Classes []int
	Values  mat.Dense[T]
}

// Loss measures a prediction against its target.
type Loss[T kernels.Float] interface {
	// Grad returns the loss of prediction p and writes dL/dp to dp, which may be p
	// itself. p, dp and the values of y are contiguous and of one shape.
	Grad(dp, p mat.Dense[T], y Target[T]) float64

	// Classify writes the class that each row of a prediction stands for, where the
	// task is a classification: the column with the largest value, or with a single
	// column 1 if the value is in the upper half of its range, else 0.
	Classify(class []int, p mat.Dense[T])
}

// SoftmaxCrossEntropy is the loss of classification into several classes, from
// logits x (rows x classes) and a class c for each row:
//
//	p = softmax(x)
//	L = mean over the rows of -log p[c]
//	dL/dx[i,j] = (p[i,j] - [j == c_i]) / rows
//
// The model therefore ends in a Linear without activation.
type SoftmaxCrossEntropy[T kernels.Float] struct{}

// Grad implements [Loss] with the classes of y.
func (SoftmaxCrossEntropy[T]) Grad(dp, p mat.Dense[T], y Target[T]) float64 {
	checkShape("SoftmaxCrossEntropy", "dp", dp, p)
	return kernels.SoftmaxCrossEntropy(p.Rows, p.Cols, dp.Data, dp.Stride, p.Data, p.Stride, y.Classes)
}

// Classify implements [Loss].
func (SoftmaxCrossEntropy[T]) Classify(class []int, p mat.Dense[T]) { classify(class, p, 0) }

// MSE is the mean squared error:
//
//	L = mean of (p - y)^2
//	dL/dp = 2 (p - y) / n, n the number of elements
type MSE[T kernels.Float] struct{}

// Grad implements [Loss] with the values of y.
func (MSE[T]) Grad(dp, p mat.Dense[T], y Target[T]) float64 {
	check("MSE", dp, p, y)
	return kernels.MSE(dp.RawData(), p.RawData(), y.Values.RawData())
}

// Classify implements [Loss] for targets 0 and 1.
func (MSE[T]) Classify(class []int, p mat.Dense[T]) { classify(class, p, 0.5) }

// BCE is the binary cross-entropy of probabilities p, such as outputs of a sigmoid,
// and targets y in [0, 1]:
//
//	L = mean of -(y log p + (1-y) log(1-p))
//	dL/dp = (p - y) / (p (1-p)) / n
//
// Its values at p = 0 and 1 are held finite, see [kernels.BCE]. [BCEWithLogits] is
// exact everywhere and the better choice in training.
type BCE[T kernels.Float] struct{}

// Grad implements [Loss] with the values of y.
func (BCE[T]) Grad(dp, p mat.Dense[T], y Target[T]) float64 {
	check("BCE", dp, p, y)
	return kernels.BCE(dp.RawData(), p.RawData(), y.Values.RawData())
}

// Classify implements [Loss].
func (BCE[T]) Classify(class []int, p mat.Dense[T]) { classify(class, p, 0.5) }

// BCEWithLogits is [BCE] of sigmoid(z), computed from the logits z so that nothing
// overflows or cancels:
//
//	L = mean of max(z, 0) - z y + log(1 + exp(-|z|))
//	dL/dz = (sigmoid(z) - y) / n
type BCEWithLogits[T kernels.Float] struct{}

// Grad implements [Loss] with the values of y.
func (BCEWithLogits[T]) Grad(dp, p mat.Dense[T], y Target[T]) float64 {
	check("BCEWithLogits", dp, p, y)
	return kernels.BCEWithLogits(dp.RawData(), p.RawData(), y.Values.RawData())
}

// Classify implements [Loss].
func (BCEWithLogits[T]) Classify(class []int, p mat.Dense[T]) { classify(class, p, 0) }

func classify[T kernels.Float](class []int, p mat.Dense[T], threshold T) {
	if p.Cols != 1 {
		kernels.ArgMax(p.Rows, p.Cols, class, p.Data, max(1, p.Stride))
		return
	}
	for i := range class {
		class[i] = 0
		if p.Data[i*p.Stride] > threshold {
			class[i] = 1
		}
	}
}

func check[T kernels.Float](op string, dp, p mat.Dense[T], y Target[T]) {
	checkShape(op, "dp", dp, p)
	checkShape(op, "y.Values", y.Values, p)
}

func checkShape[T kernels.Float](op, arg string, m, p mat.Dense[T]) {
	if m.Rows != p.Rows || m.Cols != p.Cols {
		panic(&kernels.ShapeError{Op: "grad." + op, Arg: arg, Got: m.Cols, Want: p.Cols,
			Msg: fmt.Sprintf("%s is %dx%d, want %dx%d, the shape of the prediction", arg, m.Rows, m.Cols, p.Rows, p.Cols)})
	}
}
