package train

import (
	"slices"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// batch holds one mini-batch and what belongs to it, in buffers for the largest.
type batch[T kernels.Float] struct {
	regression    bool
	rows          int // of the batch at hand
	counted       int // those of them that weigh something
	features, out int
	inputs        []T // of the batch, or where a stream has them
	classes       []int
	values        []T    // to predict, or the classes as targets of the output's shape
	weights       []T    // 0 for an unlabelled row, whatever the set has; nil if the set needs none
	weighted      bool   // the loss is to see the weights of the batch at hand
	ignored       []bool // classes whose rows weigh nothing; nil for none
	balance       []T    // weights of the classes, by which those of rows are multiplied; nil for none
	dp            []T
	guess         []int
}

// newBatch returns a batch of at most size rows like those of the set, which needs none itself.
// Some of them have weights or no label if weighted is true.
func newBatch[T kernels.Float](
	model layer.Layer[T], loss grad.Loss[T], set *data.Set[T], size int, weighted bool) batch[T] {
	out, _ := model.Out(set.Features)
	b := batch[T]{
		regression: set.Regression(),
		features:   set.Features, out: out, ignored: ignoredClasses(loss, set, out),
		inputs:  make([]T, size*set.Features),
		classes: make([]int, size),
		values:  make([]T, size*out),
		dp:      make([]T, size*out),
		guess:   make([]int, size),
	}
	if weighted {
		b.weights = make([]T, size)
	}
	return b
}

// newBatchOf returns a batch of at most size rows of the set.
func newBatchOf[T kernels.Float](
	model layer.Layer[T], loss grad.Loss[T], set *data.Set[T], size int) batch[T] {
	return newBatch(model, loss, set, min(size, set.Rows),
		set.Weights != nil || slices.Contains(set.Y, data.Ignored))
}

// next takes the next batch of a set and reports whether there was one.
func (b *batch[T]) next(from *data.Batcher[T], set *data.Set[T]) bool {
	b.begin(from.Next(b.inputs, b.classes), set)
	for i, row := range from.Dealt() {
		b.fill(i, set, row)
	}
	return b.rows > 0
}

// take takes a batch that a stream has prepared. It uses the memory of its features.
func (b *batch[T]) take(set *data.Set[T]) {
	b.inputs = set.X
	copy(b.classes, set.Y)
	b.begin(set.Rows, set)
	for i := range set.Rows {
		b.fill(i, set, i)
	}
}

// begin begins a batch of so many rows of the set, whose features and classes it has.
func (b *batch[T]) begin(rows int, set *data.Set[T]) {
	b.rows, b.counted = rows, 0
	b.weighted = set.Weights != nil || b.balance != nil
	if !b.regression {
		clear(b.values[:b.rows*b.out])
	}
}

// fill sets weight and target of row i of the batch, which is a row of the set.
func (b *batch[T]) fill(i int, set *data.Set[T], row int) {
	counts := weighs(set, b.ignored, row)
	b.weigh(i, set, row)
	values := b.values[i*b.out : (i+1)*b.out]
	switch {
	case b.regression:
		copy(values, set.Target(row))
	case b.out == 1:
		values[0] = T(b.classes[i])
	default:
		values[b.classes[i]] = 1
	}
	if counts {
		b.counted++
	} else {
		numbers(b.inputs[i*b.features : (i+1)*b.features])
	}
}

// weigh sets the weight of row i of the batch, which is a row of the set. An unlabelled row
// gets weight 0 and stands as class 0, so that a loss needs to know of weights alone.
func (b *batch[T]) weigh(i int, set *data.Set[T], row int) {
	if b.weights == nil {
		return
	}
	b.weights[i] = 1
	if set.Weights != nil {
		b.weights[i] = set.Weights[row]
	}
	switch {
	case unlabelled(set, row):
		b.weights[i], b.classes[i], b.weighted = 0, 0, true
	case b.balance != nil:
		b.weights[i] *= b.balance[b.classes[i]]
	}
}

// weighs reports whether row i of the batch at hand weighs something.
func (b *batch[T]) weighs(i int) bool {
	return (b.weights == nil || b.weights[i] != 0) && (b.ignored == nil || !b.ignored[b.classes[i]])
}

// numbers puts 0 in place of what is no number, in the features of a row that weighs
// nothing: a gradient of 0 times NaN would be NaN.
func numbers[T kernels.Float](x []T) {
	for i, v := range x {
		if !finite(float64(v)) {
			x[i] = 0
		}
	}
}

func (b *batch[T]) x() mat.Dense[T] {
	return mat.Of(b.rows, b.features, b.inputs[:b.rows*b.features])
}

func (b *batch[T]) gradient() mat.Dense[T] { return mat.Of(b.rows, b.out, b.dp[:b.rows*b.out]) }

// target returns the values of a regression; or the classes, and the same as values: one
// column a class, 1 in that of the row and 0 elsewhere, or for a single output the class
// itself.
func (b *batch[T]) target() grad.Target[T] {
	y := grad.Target[T]{Values: mat.Of(b.rows, b.out, b.values[:b.rows*b.out])}
	if !b.regression {
		y.Classes = b.classes[:b.rows]
	}
	if b.weighted {
		y.Weights = b.weights[:b.rows]
	}
	return y
}

// correct returns the number of rows that weigh something and whose class the prediction has
// right.
func (b *batch[T]) correct(loss grad.Loss[T], p mat.Dense[T]) int {
	if b.regression {
		return 0
	}
	guess, n := b.guess[:b.rows], 0
	loss.Classify(guess, p)
	for i, c := range guess {
		if c == b.classes[i] && b.weighs(i) {
			n++
		}
	}
	return n
}

// confuse counts the batch at hand, for whose prediction p correct has been called, in a
// confusion matrix, but for rows with a NaN: no class is the largest there. It reports
// whether there is no such row.
func (b *batch[T]) confuse(m Confusion, p mat.Dense[T]) (numbers bool) {
	if !hasNaN(p) {
		m.Add(b.classes[:b.rows], b.guess[:b.rows])
		return true
	}
	for i := range b.rows {
		if !hasNaN(p.RowRange(i, i+1)) {
			m.Add(b.classes[i:i+1], b.guess[i:i+1])
		}
	}
	return false
}
