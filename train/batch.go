package train

import (
	"fmt"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// batch holds one mini-batch and what belongs to it, in buffers for the largest.
type batch[T kernels.Float] struct {
	set           *data.Set[T]
	rows          int // of the batch at hand
	features, out int
	inputs        []T
	classes       []int
	values        []T // to predict, or the classes as targets of the output's shape
	weights       []T
	dp            []T
	guess         []int
}

func newBatch[T kernels.Float](model layer.Layer[T], set *data.Set[T], size int) batch[T] {
	out, _ := model.Out(set.Features)
	size = min(size, set.Rows)
	b := batch[T]{
		set: set, features: set.Features, out: out,
		inputs:  make([]T, size*set.Features),
		classes: make([]int, size),
		values:  make([]T, size*out),
		dp:      make([]T, size*out),
		guess:   make([]int, size),
	}
	if set.Weights != nil {
		b.weights = make([]T, size)
	}
	return b
}

// checkSet returns an error unless the model can be trained on the set.
func checkSet[T kernels.Float](model layer.Layer[T], set *data.Set[T], size int, name string) error {
	if set == nil || set.Rows == 0 {
		return fmt.Errorf("train: the %s is empty", name)
	}
	if err := set.Check(); err != nil {
		return fmt.Errorf("train: the %s: %w", name, err)
	}
	if size < 1 {
		return fmt.Errorf("train: the batch size is %d, want >= 1", size)
	}
	out, err := model.Out(set.Features)
	if err != nil {
		return fmt.Errorf("train: the %s has %d features: %w", name, set.Features, err)
	}
	if set.Regression() {
		if out != set.Outputs {
			return fmt.Errorf("train: the model has %d outputs, but the %s has %d", out, name, set.Outputs)
		}
		return nil
	}
	if out != set.Classes && !(out == 1 && set.Classes == 2) {
		return fmt.Errorf("train: the model has %d outputs, but the %s has %d classes", out, name, set.Classes)
	}
	return nil
}

// next takes the next batch and reports whether there was one.
func (b *batch[T]) next(from *data.Batcher[T]) bool {
	b.rows = from.Next(b.inputs, b.classes)
	values := b.values[:b.rows*b.out]
	if !b.set.Regression() {
		clear(values)
	}
	for i, row := range from.Dealt() {
		if b.weights != nil {
			b.weights[i] = b.set.Weights[row]
		}
		switch {
		case b.set.Regression():
			copy(values[i*b.out:(i+1)*b.out], b.set.Target(row))
		case b.out == 1:
			values[i] = T(b.classes[i])
		default:
			values[i*b.out+b.classes[i]] = 1
		}
	}
	return b.rows > 0
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
	if !b.set.Regression() {
		y.Classes = b.classes[:b.rows]
	}
	if b.weights != nil {
		y.Weights = b.weights[:b.rows]
	}
	return y
}

// correct returns the number of rows whose class the prediction has right.
func (b *batch[T]) correct(loss grad.Loss[T], p mat.Dense[T]) int {
	if b.set.Regression() {
		return 0
	}
	guess, n := b.guess[:b.rows], 0
	loss.Classify(guess, p)
	for i, c := range guess {
		if c == b.classes[i] {
			n++
		}
	}
	return n
}
