package data

import (
	"errors"
	"fmt"
	"iter"
	"math"
)

var errNotFitted = errors.New("data: the pipeline is not fitted")

// Apply returns the features and targets of a table as a set. The table has the inputs and the targets
// in any order, and the column of weights or none; other columns do not matter. Rows keep their order.
//
// An error that a cell causes is a [*CellError]: a column that is not there, a text in a column of
// numbers, a number in a column that was of texts such as 01, which [Fitted.ReadTable] keeps, an
// infinity, a missing value that no step fills, a category that is no level of the training rows if the
// policy is [UnknownError], a number outside the domain of a logarithm, a result that T cannot hold, and
// for the target a missing value or an unknown class.
func Apply[T Float](f *Fitted, t *Table) (*Set[T], error) { return apply[T](f, t, nil) }

// apply is Apply on some rows, nil for all.
func apply[T Float](f *Fitted, t *Table, rows []int) (*Set[T], error) {
	if !f.isFitted() {
		return nil, errNotFitted
	}
	if len(f.target.columns) == 0 {
		return nil, errors.New("data: the pipeline has no target; Features makes features without one")
	}
	fr, err := f.run(t, rows)
	if err != nil {
		return nil, err
	}
	set := &Set[T]{Rows: fr.rows, Features: len(f.features)}
	if set.X, err = rounded[T](fr, f.features); err != nil {
		return nil, err
	}
	if err := targets(f, t, rows, set); err != nil {
		return nil, err
	}
	return set, nil
}

// run returns the frame after all operations.
func (f *Fitted) run(t *Table, rows []int) (*frame, error) {
	if !f.isFitted() {
		return nil, errNotFitted
	}
	fr, err := newFrame(t, rows, f.inputs)
	if err != nil {
		return nil, err
	}
	return fr, f.runOn(fr)
}

func (f *Fitted) runOn(fr *frame) error {
	for i := range f.operations {
		if err := f.operations[i].run(fr); err != nil {
			return err
		}
	}
	return nil
}

// rounded returns columns of numbers as a row-major matrix.
func rounded[T Float](fr *frame, names []string) ([]T, error) {
	x := make([]T, fr.rows*len(names))
	for j, name := range names {
		for i, v := range fr.column[name].Numbers {
			t := T(v)
			if math.IsNaN(v) {
				return nil, fr.cell(i, name, "is missing, and no step of the pipeline fills it")
			}
			if math.IsInf(float64(t), 0) {
				return nil, fr.cell(i, name, "becomes %v, which %T cannot hold", v, t)
			}
			x[i*len(names)+j] = t
		}
	}
	return x, nil
}

// Features returns the features of a table, which needs neither targets nor weights: a row-major
// matrix of t.Rows() x len(f.Features()). For errors see [Apply].
func Features[T Float](f *Fitted, t *Table) ([]T, error) {
	fr, err := f.run(t, nil)
	if err != nil {
		return nil, err
	}
	return rounded[T](fr, f.features)
}

// FitSplit fits p to the table train alone and applies it to both tables. Table.Split and its
// relatives make the two. It is the usual way to a pipeline: no mean, level or range that it measures
// depends on a row of test. For errors see [Pipeline.Fit] and [Apply].
func FitSplit[T Float](p Pipeline, train, test *Table) (f *Fitted, trainSet, testSet *Set[T], err error) {
	if f, err = p.Fit(train); err != nil {
		return nil, nil, nil, inStep("the training rows: ", err)
	}
	if trainSet, err = Apply[T](f, train); err != nil {
		return nil, nil, nil, inStep("the training rows: ", err)
	}
	if testSet, err = Apply[T](f, test); err != nil {
		return nil, nil, nil, inStep("the test rows: ", err)
	}
	return f, trainSet, testSet, nil
}

// FittedFold is a fold of a cross-validation with the pipeline that was fitted to its training rows.
type FittedFold[T Float] struct {
	Fitted      *Fitted
	Train, Test *Set[T]
}

// FitFolds fits p anew in each fold of a cross-validation, to its training rows alone, so that no fold
// is tested on rows that took part in a measurement. Table.Folds and its relatives make the folds.
// One fold after the other is in memory.
//
//	for fold, err := range data.FitFolds[float32](p, t, folds) {
//		if err != nil {
//			return err
//		}
//		// train on fold.Train, measure on fold.Test
//	}
//
// An error ends the sequence; rows in it are those of t. Apart from the errors of [Pipeline.Fit] and
// [Apply] there is one if a fold has a row that t has not, or one to train and to test on.
func FitFolds[T Float](p Pipeline, t *Table, folds []Fold) iter.Seq2[*FittedFold[T], error] {
	return func(yield func(*FittedFold[T], error) bool) {
		for k, fold := range folds {
			fitted, err := fitFold[T](p, t, fold)
			if err != nil {
				yield(nil, inStep(fmt.Sprintf("fold %d: ", k), err))
				return
			}
			if !yield(fitted, nil) {
				return
			}
		}
	}
}

func fitFold[T Float](p Pipeline, t *Table, fold Fold) (f *FittedFold[T], err error) {
	train := append([]int{}, fold.Train...) // not nil, which would be all rows
	test := append([]int{}, fold.Test...)
	in := make(map[int]bool, len(train))
	for _, i := range train {
		in[i] = true
	}
	for _, i := range test {
		if in[i] {
			return nil, fmt.Errorf("data: row %d is one to train and one to test on", i)
		}
	}
	f = &FittedFold[T]{}
	if f.Fitted, err = p.fit(t, train); err != nil {
		return nil, err
	}
	if f.Train, err = apply[T](f.Fitted, t, train); err != nil {
		return nil, err
	}
	if f.Test, err = apply[T](f.Fitted, t, test); err != nil {
		return nil, err
	}
	return f, nil
}
