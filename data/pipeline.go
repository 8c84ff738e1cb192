package data

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Pipeline is a plan that makes features and targets of raw rows. It holds no measurements:
// [Pipeline.Fit] measures what the steps need, on the training rows, and returns a [Fitted].
//
//	p := data.Pipeline{
//		Target: data.Target{Columns: []string{"price"}, Scale: []data.Scaling{data.ScaleStandard}},
//		Steps: []data.Step{
//			data.Drop{Columns: []string{"address"}},
//			data.Impute{Columns: []string{data.AllNumbers}, By: data.FillMedian, Indicator: true},
//			data.Scale{Columns: []string{data.AllNumbers}, By: data.ScaleStandard},
//			data.OneHot{Columns: []string{data.AllCategories}, Unknown: data.UnknownZeros},
//		},
//	}
//
// The steps run in their order, each on what the steps before it left. At the end every column
// must be one of numbers. [AutoPipeline] makes a plan for a table.
type Pipeline struct {
	Target Target
	Steps  []Step
}

// Step is one step of a [Pipeline]: [Choose], [Drop], [Impute], [AsCategory], [OneHot], [Ordinal]
// or [Scale].
type Step interface {
	// fit measures and runs the step.
	fit(m *measuring) error
	// describe returns the columns, what the step does, and why ("" if the plan does not say).
	describe() (name string, columns []string, what string)
}

// Selectors stand for columns in the field Columns of a step. They select from the columns that
// exist at that point of the plan, and may select none. No column of a table may have such a name.
const (
	AllNumbers    = "all numbers"    // the columns of numbers, without those that OneHot and Indicator make
	AllCategories = "all categories" // the columns of categories
	AllTexts      = "all texts"      // the columns of texts
)

// Fit measures what the steps and the target need on the rows of train, and on nothing else. Class
// names and the levels of categories are those that occur in train. Each row counts as much as the
// others, whatever [Target].Weight gives it.
//
// Split first, or let [FitSplit] and [FitFolds] do it: a test row that takes part in a mean, in
// the levels of a category or in a minimum makes a model look better than it is.
//
// It is an error if train has no rows, a step names a column that is not there or cannot take it,
// a value lies outside the domain of a logarithm, a column is not one of numbers after the last
// step, or a value is missing after it. The error names the step, the column and the row.
func (p Pipeline) Fit(train *Table) (*Fitted, error) { return p.fit(train, nil) }

// fit is Fit on some rows of a table; nil takes all.
func (p Pipeline) fit(t *Table, rows []int) (*Fitted, error) {
	if t == nil {
		return nil, errors.New("data: there is no table to fit to")
	}
	target, err := p.Target.fit(t, rows)
	if err != nil {
		return nil, err
	}
	m, err := newMeasuring(t, rows, p.Target)
	if err != nil {
		return nil, err
	}
	for i, s := range p.Steps {
		if s == nil {
			return nil, fmt.Errorf("data: step %d of the pipeline is nil", i)
		}
		if err := s.fit(m); err != nil {
			name, _, _ := s.describe()
			return nil, inStep(fmt.Sprintf("step %d (%s): ", i, name), err)
		}
	}
	f := &Fitted{features: slices.Clone(m.frame.names), target: target}
	f.operations, f.inputs = m.used(f.features)
	if err := m.complete(); err != nil {
		return nil, err
	}
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	f.prepare()
	return f, nil
}

// inStep returns an error of a step with the step in its text.
func inStep(step string, err error) error {
	if cell, ok := errors.AsType[*CellError](err); ok {
		cell.step = step + cell.step
		return cell
	}
	return errors.New("data: " + step + strings.TrimPrefix(err.Error(), "data: "))
}

// Fitted is a pipeline with what it measured. It never changes; any number of goroutines may use it.
// [Pipeline.Fit] makes one; JSON keeps it, to the last bit.
type Fitted struct {
	inputs     []Column // without values
	operations []Operation
	features   []string
	target     fittedTarget
}

// Inputs returns the raw columns that a row must have, without values: the name, the kind, number
// or category, and for a category the levels of the training rows. Columns that the plan drops, the
// targets and the weights are not among them.
func (f *Fitted) Inputs() []Column {
	inputs := slices.Clone(f.inputs)
	for i := range inputs {
		inputs[i].Levels = slices.Clone(inputs[i].Levels)
	}
	return inputs
}

// Features returns the names of the features that come out, in their order.
func (f *Fitted) Features() []string { return slices.Clone(f.features) }

// Operations returns what is done to the inputs, in the order of execution. Every operation reads
// one column and writes that column or new ones. What Features names at the end are the features.
func (f *Fitted) Operations() []Operation { return cloneOperations(f.operations) }

// Targets returns the names of the target columns, nil for a plan without a target.
func (f *Fitted) Targets() []string {
	if len(f.target.columns) == 0 {
		return nil
	}
	return slices.Clone(f.target.columns)
}

// TargetOperations returns the operations that scale the targets of a regression, in the order of
// execution, all of kind [OpScale]. [Unscale] undoes them from the last to the first.
func (f *Fitted) TargetOperations() []Operation { return cloneOperations(f.target.scales) }

// Classes returns the names of the classes, nil for a regression.
func (f *Fitted) Classes() []string { return slices.Clone(f.target.classes) }

// Weight returns the name of the column of row weights, "" if there is none.
func (f *Fitted) Weight() string { return f.target.weight }
