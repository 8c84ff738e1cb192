package train

import (
	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// A row of weight 0, of the label data.Ignored, or of a class whose weight in the loss is 0,
// weighs nothing: no loss, gradient, metric or count changes if it is left out.

// ignoredClasses says of which classes no row weighs anything in the loss of a model with so
// many outputs; nil if there is none.
func ignoredClasses[T kernels.Float](loss grad.Loss[T], set *data.Set[T], outputs int) []bool {
	if set.Regression() {
		return nil
	}
	softmax, weighted := loss.(grad.SoftmaxCrossEntropy[T])
	if at, ok := loss.(*grad.SoftmaxCrossEntropy[T]); ok {
		softmax, weighted = *at, true
	}
	if weighted {
		softmax.Reduction = grad.Mean // whose Weight tells the weights of classes
		loss = softmax
	}
	ignored, n := make([]bool, set.Classes), 0
	class, values := make([]int, 1), mat.New[T](1, outputs)
	y := grad.Target[T]{Classes: class, Values: values}
	for c := range ignored {
		class[0] = c
		if outputs == 1 {
			values.Set(0, 0, T(c))
		} else {
			values.Set(0, c, 1)
		}
		if grad.WeightOf(loss, 1, y) == 0 {
			ignored[c] = true
			n++
		}
		if outputs > 1 {
			values.Set(0, c, 0)
		}
	}
	if n == 0 || n == set.Classes && !weighted { // the loss is a sum
		return nil
	}
	return ignored
}

// weighs reports whether a row of the set weighs something.
func weighs[T kernels.Float](set *data.Set[T], ignored []bool, row int) bool {
	if set.Weights != nil && set.Weights[row] == 0 || unlabelled(set, row) {
		return false
	}
	return ignored == nil || !ignored[set.Y[row]]
}

// unlabelled reports whether a row of the set has the label data.Ignored.
func unlabelled[T kernels.Float](set *data.Set[T], row int) bool {
	return !set.Regression() && set.Y[row] == data.Ignored
}

// weighty returns the rows of a set that weigh something, and the set itself if all do.
func weighty[T kernels.Float](set *data.Set[T], ignored []bool) *data.Set[T] {
	var rows []int
	for i := range set.Rows {
		if weighs(set, ignored, i) {
			rows = append(rows, i)
		}
	}
	if len(rows) == set.Rows {
		return set
	}
	part := &data.Set[T]{Rows: len(rows), Features: set.Features, Classes: set.Classes, Outputs: set.Outputs}
	if set.Regression() {
		part.Values = make([]T, 0, len(rows)*set.Outputs)
	} else {
		part.Y = make([]int, 0, len(rows))
	}
	for _, i := range rows {
		part.X = append(part.X, set.Row(i)...)
		if set.Regression() {
			part.Values = append(part.Values, set.Target(i)...)
		} else {
			part.Y = append(part.Y, set.Y[i])
		}
		if set.Weights != nil {
			part.Weights = append(part.Weights, set.Weights[i])
		}
	}
	return part
}
