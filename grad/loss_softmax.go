package grad

import (
	"fmt"
	"math"
	"slices"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// Ignored is the class of a row that [SoftmaxCrossEntropy] passes over, such as padding or a
// row of unknown class: it weighs nothing. It is the default of PyTorch's ignore_index, and the
// same number as data.Ignored.
const Ignored = -100

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
// A class c is q[j] = [j == c]. Smoothing s takes (1 - s) q[j] + s/classes for q[j] (Szegedy
// et al., Rethinking the Inception Architecture, CVPR 2016), and ClassWeight w[j] then
// multiplies it:
//
//	l[i] = -sum over j of w[j] ((1 - s) q[i,j] + s/classes) log p[i,j]
//
// The mean is over the weights of the rows; with classes as target those count times the
// weight of their class, with probabilities they do not, as in PyTorch:
//
//	L = sum r[i] l[i] / sum r[i] w[c_i]    or    sum r[i] l[i] / sum r[i]
//
// A row weighs nothing, and its gradient is 0 whatever its logits are, if its class is [Ignored],
// if its own weight or that of its class is 0, or if its probabilities times the weights of the
// classes are all 0. (In PyTorch smoothing leaves a part of the loss to a class of weight 0.)
//
// Infinite logits count as limits: a class at -Inf costs +Inf, and no other class feels it; where
// one logit is +Inf, its class costs 0 and any other +Inf. A row with a NaN or several +Inf, or of
// -Inf alone, has no softmax and makes the loss NaN.
type SoftmaxCrossEntropy[T kernels.Float] struct {
	Smoothing   float64 // from 0 to 1
	ClassWeight []T     // nil counts each as 1
	Reduction   Reduction
}

// Grad implements [Loss] with the classes of y, or with its values if there are none.
func (l SoftmaxCrossEntropy[T]) Grad(dp, p mat.Dense[T], y Target[T]) float64 {
	const op = "SoftmaxCrossEntropy"
	checkShape(op, "dp", &dp, &p)
	var values []T
	if y.Classes == nil {
		checkShape(op, "y.Values", &y.Values, &p)
		values = y.Values.RawData()
	}
	checkApart(op, &dp, &p, values, y.Weights)
	if y.Weights != nil || l.Smoothing != 0 || l.ClassWeight != nil || slices.Contains(y.Classes, Ignored) {
		return l.weighted(dp, p, y)
	}
	loss, ld := 0.0, max(1, p.Cols) // none has gaps, and of one row the stride may be any
	if y.Classes != nil {
		loss = kernels.SoftmaxCrossEntropy(p.Rows, p.Cols, dp.Data, ld, p.Data, ld, y.Classes)
	} else {
		loss = kernels.SoftmaxCrossEntropyTargets(p.Rows, p.Cols, dp.Data, ld, p.Data, ld, y.Values.Data, ld)
	}
	if l.Reduction == Sum {
		kernels.Scale(dp.RawData(), T(p.Rows), dp.RawData())
		loss *= float64(p.Rows)
	}
	return loss
}

// weighted goes row by row.
func (l SoftmaxCrossEntropy[T]) weighted(dp, p mat.Dense[T], y Target[T]) float64 {
	l.check(p, y)
	if p.Cols == 0 {
		return 0
	}
	if y.Weights != nil {
		checkWeights("SoftmaxCrossEntropy", &p, &y)
	}
	mean, loss := weighting{factor: 1}, 0.0
	if l.Reduction == Mean {
		mean = over(l.Weight(p.Rows, y))
	}
	for i := range p.Rows {
		w := 1.0
		if y.Weights != nil {
			w = float64(y.Weights[i])
		}
		if w == 0 || y.Classes != nil && l.weightless(y.Classes[i]) {
			clear(dp.Row(i))
			continue
		}
		w = mean.share(w)
		loss += float64(w * l.row(dp.Row(i), p.Row(i), y, i, w))
	}
	return loss
}

// row is the loss of row i; the gradient takes the factor w. With q[j] what smoothing and
// the weights of the classes make of its target, and top the largest x:
//
//	L = sum over j of q[j] (lse - top + top - x[j]),   dx[j] = p[j] sum q - q[j]
//
// in which no term is negative. Where all q are 0 the row weighs nothing.
func (l SoftmaxCrossEntropy[T]) row(d, x []T, y Target[T], i int, w float64) float64 {
	top, at := math.Inf(-1), 0
	for j, v := range x {
		if float64(v) > top {
			top, at = float64(v), j
		}
	}
	sum, below := 0.0, 0.0
	for j, v := range x {
		if q := l.share(y, i, j, len(x)); q != 0 { // a target 0 counts as 0 even where x is -Inf
			sum += q
			if float64(v) != top { // an infinite v is as far from itself as any other
				below += float64(q * (top - float64(v)))
			}
		}
	}
	if sum == 0 {
		clear(d)
		return 0
	}
	kernels.Softmax(1, len(x), d, len(x), x, len(x))
	nll := negativeLog(d, at)
	for j, p := range d {
		d[j] = T(w * (float64(sum*float64(p)) - l.share(y, i, j, len(x))))
	}
	return float64(sum*nll) + below
}

// negativeLog is -log p[at] of probabilities, from those of the others where it is small.
func negativeLog[T kernels.Float](p []T, at int) float64 {
	if !(p[at] > 0.5) {
		return -math.Log(float64(p[at]))
	}
	others := 0.0
	for j, v := range p {
		if j != at {
			others += float64(v)
		}
	}
	return -math.Log1p(-others)
}

// share is q[i,j] with smoothing and times the weight of the class.
func (l SoftmaxCrossEntropy[T]) share(y Target[T], i, j, classes int) float64 {
	q := 0.0
	switch {
	case y.Classes == nil:
		q = float64(y.Values.At(i, j))
	case y.Classes[i] == j:
		q = 1
	}
	return (float64((1-l.Smoothing)*q) + l.Smoothing/float64(classes)) * l.classWeight(j)
}

// Weight implements [Weigher].
func (l SoftmaxCrossEntropy[T]) Weight(rows int, y Target[T]) float64 {
	if y.Weights != nil && y.Classes != nil && len(y.Weights) != len(y.Classes) {
		checkWeights("SoftmaxCrossEntropy", &mat.Dense[T]{Rows: len(y.Classes)}, &y)
	}
	switch {
	case l.Reduction == Sum:
		return 0
	case y.Classes == nil || l.ClassWeight == nil && !slices.Contains(y.Classes, Ignored):
		return meanWeight(rows, y)
	}
	total := 0.0
	for i, c := range y.Classes {
		if c == Ignored {
			continue
		}
		if l.ClassWeight != nil && uint(c) >= uint(len(l.ClassWeight)) {
			panic(&kernels.ShapeError{Op: "grad.SoftmaxCrossEntropy", Arg: "y.Classes", Got: c,
				Want: len(l.ClassWeight), Msg: fmt.Sprintf("y.Classes[%d] = %d, want in [0, %d), or Ignored (%d)", i,
					c, len(l.ClassWeight), Ignored)})
		}
		w := l.classWeight(c)
		if y.Weights != nil {
			w *= float64(y.Weights[i])
		}
		total += w
	}
	return total
}

// weightless reports whether rows of class c weigh nothing.
func (l SoftmaxCrossEntropy[T]) weightless(c int) bool { return c == Ignored || l.classWeight(c) == 0 }

func (l SoftmaxCrossEntropy[T]) classWeight(c int) float64 {
	if l.ClassWeight == nil {
		return 1
	}
	return float64(l.ClassWeight[c])
}

// check panics if options and target do not fit.
func (l SoftmaxCrossEntropy[T]) check(p mat.Dense[T], y Target[T]) {
	fail := func(arg string, got, want int, format string, args ...any) {
		panic(&kernels.ShapeError{Op: "grad.SoftmaxCrossEntropy", Arg: arg, Got: got, Want: want,
			Msg: fmt.Sprintf(format, args...)})
	}
	switch {
	case l.ClassWeight != nil && len(l.ClassWeight) != p.Cols:
		fail("ClassWeight", len(l.ClassWeight), p.Cols,
			"len(ClassWeight) = %d, want %d, one a class", len(l.ClassWeight), p.Cols)
	case !(l.Smoothing >= 0 && l.Smoothing <= 1):
		fail("Smoothing", 0, 0, "Smoothing = %v, want in [0, 1]", l.Smoothing)
	case y.Classes != nil && len(y.Classes) != p.Rows:
		fail("y.Classes", len(y.Classes), p.Rows, "len(y.Classes) = %d, want %d", len(y.Classes), p.Rows)
	}
	for i, c := range y.Classes {
		if (c < 0 || c >= p.Cols) && c != Ignored {
			fail("y.Classes", c, p.Cols,
				"y.Classes[%d] = %d, want in [0, %d), or Ignored (%d)", i, c, p.Cols, Ignored)
		}
	}
}

// Classify implements [Loss].
func (SoftmaxCrossEntropy[T]) Classify(class []int, p mat.Dense[T]) {
	classify("SoftmaxCrossEntropy", class, p, 0)
}

// Check returns an error that names the first setting which cannot work for a model of so many
// outputs and a set of so many classes, 0 where its targets are values: there is an output for
// each class, Smoothing is from 0 to 1, and ClassWeight has one number an output, none below 0
// and not all 0.
func (l SoftmaxCrossEntropy[T]) Check(outputs, classes int) error {
	const loss = "SoftmaxCrossEntropy"
	switch {
	case outputs < classes:
		return fmt.Errorf("grad.%s: the model has %d outputs, want %d, one a class", loss, outputs, classes)
	case !(l.Smoothing >= 0 && l.Smoothing <= 1):
		return fmt.Errorf("grad.%s: Smoothing = %v, want from 0 to 1", loss, l.Smoothing)
	}
	if err := checkReduction(loss, l.Reduction); err != nil {
		return err
	}
	return checkClassWeight(loss, l.ClassWeight, outputs)
}
