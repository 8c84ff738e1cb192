package grad

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// SoftmaxCrossEntropy is the loss of classification into several classes, from
// logits x (rows x classes) and a class c for each row:
//
//	p = softmax(x)
//	L = mean over the rows of -log p[c]
//	dL/dx[i,j] = (p[i,j] - [j == c_i]) / rows
//
// The model therefore ends in a Linear without activation. A target without classes has
// probabilities q in its values:
//
//	L = mean over the rows of -sum over j of q[j] log p[j]
//
// Smoothing s takes q = (1 - s) [j == c] + s/classes for a class c (Szegedy et al.,
// Rethinking the Inception Architecture, CVPR 2016). ClassWeight multiplies q[j]; the
// mean then is over the weights of the rows' classes, times their own, as in PyTorch.
type SoftmaxCrossEntropy[T kernels.Float] struct {
	Smoothing   float64 // from 0 to 1
	ClassWeight []T     // nil counts each as 1
	Reduction   Reduction
}

// Grad implements [Loss] with the classes of y, or with its values if there are none.
// Smoothing and ClassWeight go with classes.
func (l SoftmaxCrossEntropy[T]) Grad(dp, p mat.Dense[T], y Target[T]) float64 {
	const op = "SoftmaxCrossEntropy"
	checkShape(op, "dp", dp, p)
	if y.Classes == nil {
		checkShape(op, "y.Values", y.Values, p)
	}
	if y.Weights != nil || l.Smoothing != 0 || l.ClassWeight != nil {
		return l.weighted(dp, p, y)
	}
	loss := crossEntropy(dp, p, y)
	if l.Reduction == Sum {
		kernels.Scale(dp.RawData(), T(p.Rows), dp.RawData())
		loss *= float64(p.Rows)
	}
	return loss
}

func crossEntropy[T kernels.Float](dp, p mat.Dense[T], y Target[T]) float64 {
	if y.Classes != nil {
		return kernels.SoftmaxCrossEntropy(p.Rows, p.Cols, dp.Data, dp.Stride, p.Data, p.Stride, y.Classes)
	}
	return kernels.SoftmaxCrossEntropyTargets(p.Rows, p.Cols, dp.Data, dp.Stride, p.Data, p.Stride, y.Values.Data, y.Values.Stride)
}

// weighted goes row by row.
func (l SoftmaxCrossEntropy[T]) weighted(dp, p mat.Dense[T], y Target[T]) float64 {
	l.check(p, y)
	if y.Weights != nil {
		checkWeights("SoftmaxCrossEntropy", p, y)
	}
	loss, total := 0.0, 0.0
	for i := range p.Rows {
		d, x := dp.RowRange(i, i+1), p.RowRange(i, i+1)
		w, of := 1.0, y
		if y.Weights != nil {
			w = float64(y.Weights[i])
		}
		if y.Classes == nil {
			of.Values = y.Values.RowRange(i, i+1)
			loss += float64(w * crossEntropy(d, x, of))
			kernels.Scale(d.Data, T(w), d.Data)
			total += w
			continue
		}
		of.Classes = y.Classes[i : i+1]
		loss += float64(w * l.smoothed(d, x, of, w))
		total += float64(w * l.classWeight(of.Classes[0]))
	}
	if l.Reduction == Sum {
		return loss
	}
	kernels.Scale(dp.RawData(), T(1/total), dp.RawData())
	return loss / total
}

// smoothed is the loss of one row with class c; the gradient takes the factor w. With
// q[c] the weight of the class itself, q[j] what smoothing gives class j and Q their sum:
//
//	L = Q lse - q[c] x[c] - sum q[j] x[j],   dx = Q p - q[c] [j == c] - q[j]
func (l SoftmaxCrossEntropy[T]) smoothed(d, x mat.Dense[T], y Target[T], w float64) float64 {
	c, share := y.Classes[0], l.Smoothing/float64(x.Cols)
	qc := (1 - l.Smoothing) * l.classWeight(c)
	sum, dot, xc := 0.0, 0.0, float64(x.Data[c])
	if share != 0 {
		for j, v := range x.Data {
			q := share * l.classWeight(j)
			sum += q
			dot += float64(q * float64(v))
		}
	}
	lse := crossEntropy(d, x, y) + xc
	for j, v := range d.Data {
		p := float64(v)
		own := 0.0
		if j == c {
			p++
			own = qc
		}
		g := float64((sum + qc) * p)
		if share != 0 {
			own += share * l.classWeight(j)
		}
		d.Data[j] = T(w * (g - own))
	}
	return float64((sum+qc)*lse) - float64(qc*xc) - dot
}

func (l SoftmaxCrossEntropy[T]) classWeight(c int) float64 {
	if l.ClassWeight == nil {
		return 1
	}
	return float64(l.ClassWeight[c])
}

// check panics if options and target do not fit.
func (l SoftmaxCrossEntropy[T]) check(p mat.Dense[T], y Target[T]) {
	fail := func(arg string, got, want int, format string, args ...any) {
		panic(&kernels.ShapeError{Op: "grad.SoftmaxCrossEntropy", Arg: arg, Got: got, Want: want, Msg: fmt.Sprintf(format, args...)})
	}
	switch {
	case l.ClassWeight != nil && len(l.ClassWeight) != p.Cols:
		fail("ClassWeight", len(l.ClassWeight), p.Cols, "len(ClassWeight) = %d, want %d, one a class", len(l.ClassWeight), p.Cols)
	case !(l.Smoothing >= 0 && l.Smoothing <= 1):
		fail("Smoothing", 0, 0, "Smoothing = %v, want in [0, 1]", l.Smoothing)
	case y.Classes == nil && (l.ClassWeight != nil || l.Smoothing != 0):
		fail("y.Classes", 0, p.Rows, "Smoothing and ClassWeight want classes as targets")
	case y.Classes != nil && len(y.Classes) != p.Rows:
		fail("y.Classes", len(y.Classes), p.Rows, "len(y.Classes) = %d, want %d", len(y.Classes), p.Rows)
	}
	for i, c := range y.Classes {
		if c < 0 || c >= p.Cols {
			fail("y.Classes", c, p.Cols, "y.Classes[%d] = %d, want in [0, %d)", i, c, p.Cols)
		}
	}
}

// Classify implements [Loss].
func (SoftmaxCrossEntropy[T]) Classify(class []int, p mat.Dense[T]) { classify(class, p, 0) }
