package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/model"
)

// CrossValidation is the result of [CrossValidate] and [CrossValidateTable].
type CrossValidation struct {
	Folds []*Scores // of each fold, on the rows that it holds out
}

// CrossValidate trains a model in each fold on its training rows and measures it on the others.
// [data.Set.Folds] and [data.Set.FoldsStratified] make folds. start returns the trainer of a fold,
// with a model and an optimizer of its own, the model initialised; CrossValidate runs it. It is an
// error if two folds share a parameter, an optimizer, a plateau or the path of a checkpoint. What was measured on the
// whole set before, such as means of features, has seen the rows that are held out:
// [CrossValidateTable] measures it anew in each fold.
//
// The trainer must not see the rows that are held out. For an early stop, start may split training.
// One seed gives the same scores to the last bit.
func CrossValidate[T kernels.Float](
	ctx context.Context, set *data.Set[T], folds []data.Fold,
	start func(fold int, training *data.Set[T]) (*Trainer[T], error)) (*CrossValidation, error) {
	if set == nil || set.Check() != nil {
		return nil, fmt.Errorf("train: the set: %w", checkedSet(set))
	}
	if err := checkFolds(folds, set.Rows); err != nil {
		return nil, err
	}
	c := crossing[T]{ctx: ctx, start: start}
	for _, f := range folds {
		fold := &data.FittedFold[T]{Train: set.Select(f.Train), Test: set.Select(f.Test)}
		if err := c.add(fold); err != nil {
			return nil, err
		}
	}
	return &c.result, nil
}

// CrossValidateTable is [CrossValidate] on raw rows, with the pipeline fitted anew in each fold, to its
// training rows alone. Scores of a regression are in the units of the raw columns. [data.Table.Folds],
// [data.Table.FoldsStratified] and [data.Table.FoldsGrouped] make folds.
func CrossValidateTable[T kernels.Float](
	ctx context.Context, t *data.Table, p data.Pipeline, folds []data.Fold,
	start func(fold int, training *data.Set[T]) (*Trainer[T], error)) (*CrossValidation, error) {
	if t == nil {
		return nil, fmt.Errorf("train: there is no table")
	}
	if err := checkFolds(folds, t.Rows()); err != nil {
		return nil, err
	}
	c := crossing[T]{ctx: ctx, start: start}
	for fold, err := range data.FitFolds[T](p, t, folds) {
		if err != nil {
			return nil, err
		}
		if err := c.add(fold); err != nil {
			return nil, err
		}
	}
	return &c.result, nil
}

// checkedSet returns what is wrong with a set.
func checkedSet[T kernels.Float](set *data.Set[T]) error {
	if set == nil {
		return fmt.Errorf("it is nil")
	}
	return set.Check()
}

// checkFolds returns an error unless each fold has rows for both, none of them in common.
func checkFolds(folds []data.Fold, rows int) error {
	if len(folds) == 0 {
		return fmt.Errorf("train: there are no folds, want at least 1")
	}
	for k, f := range folds {
		if len(f.Train) == 0 || len(f.Test) == 0 {
			return fmt.Errorf("train: fold %d has %d rows to train on and %d to test on, want some of both",
				k, len(f.Train), len(f.Test))
		}
		in := make([]bool, rows)
		for _, i := range f.Train {
			if i < 0 || i >= rows {
				return fmt.Errorf("train: fold %d: there is no row %d, want 0 to %d", k, i, rows-1)
			}
			in[i] = true
		}
		for _, i := range f.Test {
			if i < 0 || i >= rows {
				return fmt.Errorf("train: fold %d: there is no row %d, want 0 to %d", k, i, rows-1)
			}
			if in[i] {
				return fmt.Errorf("train: fold %d: row %d is one to train and one to test on", k, i)
			}
		}
	}
	return nil
}

// crossing is a cross-validation under way.
type crossing[T kernels.Float] struct {
	ctx    context.Context
	start  func(fold int, training *data.Set[T]) (*Trainer[T], error)
	owners map[any]int // the fold of each parameter, optimizer, plateau and path of a checkpoint
	result CrossValidation
}

// add trains on a fold and measures on what it holds out.
func (c *crossing[T]) add(fold *data.FittedFold[T]) error {
	k := len(c.result.Folds)
	if c.start == nil {
		return errors.New("train: start is nil, want a function that makes a trainer")
	}
	t, err := c.start(k, fold.Train)
	switch {
	case err != nil:
	case t == nil:
		err = errors.New("there is no trainer")
	default:
		err = c.own(k, t)
	}
	var s *Scores
	if err == nil {
		s, err = scoresOfFold(c.ctx, t, fold)
	}
	if err == nil && k > 0 && !slices.Equal(s.Names(), c.result.Names()) {
		err = fmt.Errorf("its figures are %v, those of fold 0 %v: the training rows of some folds lack a class; "+
			"stratified folds have all", s.Names(), c.result.Names())
	}
	if err != nil {
		return fmt.Errorf("train: fold %d: %w", k, err)
	}
	c.result.Folds = append(c.result.Folds, s)
	return nil
}

// own returns an error if a trainer shares with that of another fold what learns: it would know the
// rows that are held out.
func (c *crossing[T]) own(k int, t *Trainer[T]) error {
	if c.owners == nil {
		c.owners = map[any]int{}
	}
	take := func(what string, key any) error {
		if other, taken := c.owners[key]; taken && other != k {
			return fmt.Errorf("%s is that of fold %d, which trained on rows that this one holds out: each fold "+
				"needs its own", what, other)
		}
		c.owners[key] = k
		return nil
	}
	var errs []error
	if t.Model != nil {
		for _, p := range t.Model.Params() {
			errs = append(errs, take("the parameter "+p.Name+" of the model", p))
		}
	}
	if v := reflect.ValueOf(t.Optimizer); v.Kind() == reflect.Pointer {
		errs = append(errs, take("the optimizer", t.Optimizer))
	}
	if t.Plateau != nil {
		errs = append(errs, take("the plateau", t.Plateau))
	}
	if t.Checkpoint != nil {
		errs = append(errs, take("the path of the checkpoint", filepath.Clean(t.Checkpoint.Path)))
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// scoresOfFold trains on a fold and measures on what it holds out.
func scoresOfFold[T kernels.Float](
	ctx context.Context, t *Trainer[T], fold *data.FittedFold[T]) (*Scores, error) {
	if _, err := t.Run(ctx, fold.Train); err != nil {
		return nil, err
	}
	outputs, err := t.Model.Out(fold.Train.Features)
	if err != nil {
		return nil, err
	}
	output, probable := outputOf(t.Loss, fold.Train, outputs)
	m := &model.Model[T]{Net: t.Model, In: fold.Train.Features, Output: output, Prepare: fold.Fitted}
	s, err := EvaluateSet(m, fold.Test)
	if err == nil && !probable {
		s.LogLoss = math.NaN()
	}
	return s, err
}

// outputOf returns what a loss makes of the outputs of a model, so that the most probable class is the
// one that the loss classifies for, and whether they tell probabilities.
func outputOf[T kernels.Float](
	loss grad.Loss[T], set *data.Set[T], outputs int) (o model.Output, probable bool) {
	switch any(loss).(type) {
	case grad.SoftmaxCrossEntropy[T], *grad.SoftmaxCrossEntropy[T]:
		return model.OutputLogits, true
	case grad.BCEWithLogits[T], *grad.BCEWithLogits[T], grad.BCE[T], *grad.BCE[T]:
		probable = outputs == 1
	}
	switch {
	case set.Regression():
		return model.OutputValues, false
	case outputs > 1:
		return model.OutputLogits, false
	}
	class := []int{0}
	loss.Classify(class, mat.Of(1, 1, []T{0.25})) // below the half of a probability, above that of a logit
	if class[0] == 1 {
		return model.OutputBinaryLogit, probable
	}
	return model.OutputBinaryProbability, probable
}

// check panics unless all folds have scores, and as many figures.
func (c *CrossValidation) check(op string) {
	for i, f := range c.Folds {
		if f == nil {
			fail("CrossValidation."+op, "Folds", i, 0, "Folds[%d] is nil", i)
		}
		if n, want := len(f.Names()), len(c.Folds[0].Names()); n != want {
			fail("CrossValidation."+op, "Folds", n, want, "Folds[%d] has %d figures, want %d, as Folds[0]", i, n, want)
		}
	}
}

// Names returns the names of the figures, see [Scores.Names].
func (c *CrossValidation) Names() []string {
	c.check("Names")
	if len(c.Folds) == 0 {
		return nil
	}
	return c.Folds[0].Names()
}

// Mean returns the mean of each figure over the folds, in the order of Names.
func (c *CrossValidation) Mean() []float64 {
	c.check("Mean")
	mean := make([]float64, len(c.Names()))
	for _, f := range c.Folds {
		for i, v := range f.Values() {
			mean[i] += v / float64(len(c.Folds))
		}
	}
	return mean
}

// Deviation returns how far each figure is from fold to fold, in the order of Names: the standard
// deviation, with a divisor of one less than the folds. It is NaN for one fold.
func (c *CrossValidation) Deviation() []float64 {
	mean := c.Mean()
	squares := make([]float64, len(mean))
	for _, f := range c.Folds {
		for i, v := range f.Values() {
			squares[i] += float64((v - mean[i]) * (v - mean[i]))
		}
	}
	for i, s := range squares {
		squares[i] = math.Sqrt(s / float64(len(c.Folds)-1))
	}
	return squares
}

// Table returns the result as text for a terminal of 80 columns: a line a figure, with its mean, its
// deviation and the figures of the folds, as many as fit, or else the lowest and the highest.
func (c *CrossValidation) Table() string {
	names, left := c.Names(), len("figure")
	for i, name := range names {
		names[i] = shortText(name, 24)
		left = max(left, utf8.RuneCountInString(names[i]))
	}
	const cell = 10
	each := left+cell*(2+len(c.Folds)) <= tableWidth
	var b strings.Builder
	line := func(name string, cells ...string) {
		b.WriteString(name + strings.Repeat(" ", left-utf8.RuneCountInString(name)))
		for _, text := range cells {
			fmt.Fprintf(&b, "%*s", cell, text)
		}
		b.WriteByte('\n')
	}
	head := []string{"mean", "deviation", "lowest", "highest"}
	if each {
		head = head[:2]
		for k := range c.Folds {
			head = append(head, fmt.Sprintf("fold %d", k))
		}
	}
	line("figure", head...)
	mean, deviation := c.Mean(), c.Deviation()
	for i, name := range names {
		var list []float64
		for _, f := range c.Folds {
			list = append(list, f.Values()[i])
		}
		if !each {
			list = []float64{slices.Min(list), slices.Max(list)}
		}
		cells := []string{short(mean[i]), short(deviation[i])}
		for _, v := range list {
			cells = append(cells, short(v))
		}
		line(name, cells...)
	}
	return b.String()
}
