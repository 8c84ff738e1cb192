package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// Prediction is what a model says of one row.
type Prediction struct {
	Class         string    // the most probable class: its name, or its number without names; "" for values
	Index         int       // the number of that class, counted from 0; -1 for values
	Probabilities []float64 // one a class; nil for values
	Values        []float64 // of the targets, in the units of the raw columns; nil for classes
}

// Predictor returns the form of Net that predicts. The first call prepares it, or Predict does:
// changes of Net and Weights after that do not reach it. Its output is that of Net, which [Model.Interpret]
// makes a Prediction of.
func (m *Model[T]) Predictor() (*layer.Predictor[T], error) {
	if p := m.ready.Load(); p != nil {
		return p, nil
	}
	if err := m.Check(); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	p, err := layer.NewPredictorWith(m.Net, m.In, m.Weights)
	if err != nil {
		return nil, err
	}
	m.ready.CompareAndSwap(nil, p) // or another goroutine was faster
	return m.ready.Load(), nil
}

// Predict predicts from one raw row. With Prepare that is a map with the names of the columns, a struct
// or a pointer to one, as [data.FeatureRow] takes them, or a slice of numbers, one for each of
// Prepare.Inputs in their order, if all of these are numbers. Without Prepare it is a slice of the In
// features. A slice or array has elements of any number type, or is, as package json decodes an array,
// an []any of such numbers and of json.Number. NaN is a missing number, which Prepare may fill.
//
// What a client can send wrong is an error that says what was expected, as is a prediction that is no
// finite number: a value that is missing, of another type or infinite, a category that Prepare is to
// refuse, and a row of another length. Any number of goroutines may call Predict at once.
func (m *Model[T]) Predict(row any) (Prediction, error) {
	p, err := m.Predictor()
	if err != nil {
		return Prediction{}, err
	}
	x, err := m.Features(row)
	if err != nil {
		return Prediction{}, err
	}
	y := make([]T, p.Out())
	if err := p.TryPredict(mat.Of(1, len(y), y), mat.Of(1, len(x), x)); err != nil {
		return Prediction{}, err
	}
	q := m.Interpret(y)
	if wrong := m.infinite(q); wrong != "" {
		return Prediction{}, fmt.Errorf("model: the row: %s", wrong)
	}
	return q, nil
}

// infinite returns what is wrong with a prediction that has an infinity: the scaled value was finite,
// and its target has no number for it.
func (m *Model[T]) infinite(p Prediction) (wrong string) {
	for k, v := range p.Values {
		if v-v != 0 {
			name := fmt.Sprintf("value %d", k)
			if m.Prepare != nil && m.Prepare.Targets() != nil {
				name = fmt.Sprintf("target %q", m.Prepare.Targets()[k])
			}
			return fmt.Sprintf("the prediction of %s is %v, want a finite number: the output of the net "+
				"lies beyond what its scale can undo", name, v)
		}
	}
	return ""
}

// PredictTable predicts from each row of a table, which needs no target columns. Without Prepare its
// columns must be the In features, all of numbers.
func (m *Model[T]) PredictTable(t *data.Table) ([]Prediction, error) {
	p, err := m.Predictor()
	if err != nil {
		return nil, err
	}
	x, err := m.TableFeatures(t)
	if err != nil {
		return nil, err
	}
	list := make([]Prediction, 0, t.Rows())
	y := mat.New[T](min(t.Rows(), layer.MaxTryRows), p.Out())
	for rows := range slices.Chunk(x, layer.MaxTryRows*m.In) {
		in := mat.Of(len(rows)/m.In, m.In, rows)
		out := y.RowRange(0, in.Rows)
		if err := p.TryPredict(out, in); err != nil {
			return nil, fmt.Errorf("model: the rows from %d on: %w", len(list), err)
		}
		for i := range in.Rows {
			q := m.Interpret(out.Row(i))
			if wrong := m.infinite(q); wrong != "" {
				return nil, fmt.Errorf("model: row %d: %s", len(list), wrong)
			}
			list = append(list, q)
		}
	}
	return list, nil
}

// Features returns the features of one raw row, in the forms that [Model.Predict] takes: one row of
// the input of [Model.Predictor].
func (m *Model[T]) Features(row any) ([]T, error) {
	numbers, slice, err := numbersOf[T](row)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	if m.Prepare == nil {
		switch {
		case !slice:
			return nil, fmt.Errorf("model: the row is a %T, want a slice of %d numbers: the model has no "+
				"Prepare, which would know the names", row, m.In)
		case len(numbers) != m.In:
			return nil, fmt.Errorf("model: the row has %d numbers, want %d", len(numbers), m.In)
		}
		return narrow[T](numbers), nil
	}
	if slice {
		if row, err = m.named(numbers); err != nil {
			return nil, fmt.Errorf("model: %w", err)
		}
	}
	return data.FeatureRow[T](m.Prepare, row)
}

// named gives numbers the names of the raw columns.
func (m *Model[T]) named(numbers []float64) (map[string]any, error) {
	inputs := m.Prepare.Inputs()
	if len(numbers) != len(inputs) {
		return nil, fmt.Errorf("the row has %d numbers, want one for each of the %d columns", len(numbers),
			len(inputs))
	}
	row := make(map[string]any, len(inputs))
	for i, c := range inputs {
		if c.Kind != data.KindNumber {
			return nil, fmt.Errorf("the row is a slice of numbers, but column %q is a %v: give a map or a "+
				"struct", c.Name, c.Kind)
		}
		row[c.Name] = numbers[i]
	}
	return row, nil
}

// TableFeatures returns the features of all rows of a table, row by row: the input of
// [Model.Predictor]. Without Prepare the columns of the table must be the In features, all of numbers.
func (m *Model[T]) TableFeatures(t *data.Table) ([]T, error) {
	if m.Prepare != nil {
		return data.Features[T](m.Prepare, t)
	}
	columns := t.Columns()
	if len(columns) != m.In {
		return nil, fmt.Errorf("model: the table has %d columns, want %d", len(columns), m.In)
	}
	x := make([]T, t.Rows()*m.In)
	for j, c := range columns {
		if c.Kind != data.KindNumber {
			return nil, fmt.Errorf("model: column %q of the table is a %v, want numbers", c.Name, c.Kind)
		}
		for i, v := range c.Numbers {
			x[i*m.In+j] = T(v)
		}
	}
	return x, nil
}

// TryInterpret is [Model.Interpret] with an error in place of a value that is no finite number.
func (m *Model[T]) TryInterpret(y []T) (Prediction, error) {
	p := m.Interpret(y)
	if wrong := m.infinite(p); wrong != "" {
		return Prediction{}, fmt.Errorf("model: %s", wrong)
	}
	return p, nil
}

// Interpret makes a Prediction of y, one row of the output of [Model.Predictor]. A value beyond the
// range of an exponential that undoes a logarithm is an infinity, of which Predict, PredictTable and
// [Model.TryInterpret] make an error.
func (m *Model[T]) Interpret(y []T) Prediction {
	v := wide(y)
	if m.Output == OutputValues {
		if m.Prepare != nil && len(m.Prepare.Targets()) > 0 {
			data.Unscale(m.Prepare, v)
		}
		return Prediction{Index: -1, Values: v}
	}
	p := Prediction{Probabilities: m.Output.probabilities(v)}
	for i, q := range p.Probabilities {
		if q > p.Probabilities[p.Index] {
			p.Index = i
		}
	}
	p.Class = strconv.Itoa(p.Index)
	if names := m.names(); p.Index < len(names) {
		p.Class = names[p.Index]
	}
	return p
}

// probabilities returns one for each class. It may overwrite the outputs y.
func (o Output) probabilities(y []float64) []float64 {
	switch o {
	case OutputBinaryLogit:
		y = []float64{-y[0], y[0]} // 1 minus a probability would lose the digits of a small one
		kernels.Sigmoid(y, y)
	case OutputBinaryProbability:
		return []float64{1 - y[0], y[0]}
	case OutputLogits:
		kernels.Softmax(1, len(y), y, len(y), y, len(y))
	}
	return y
}

// numbersOf returns the numbers of a row that is a slice or an array, and whether it is one.
func numbersOf[T kernels.Float](row any) (numbers []float64, slice bool, err error) {
	switch row := row.(type) { // what is frequent
	case []T:
		return wide(row), true, nil
	case []float64:
		return row, true, nil
	case nil:
		return nil, false, errors.New("the row is nil")
	}
	v := reflect.ValueOf(row)
	if v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
		return nil, false, nil
	}
	numbers = make([]float64, v.Len())
	for i := range numbers {
		e, is := v.Index(i), true
		if e.Kind() == reflect.Interface {
			e = e.Elem()
		}
		if numbers[i], is = numberOf(e); !is {
			return nil, true, fmt.Errorf("element %d of the row is %v, a %v, want a number", i, v.Index(i),
				typeOf(e))
		}
	}
	return numbers, true, nil
}

// numberOf returns the number in a value.
func numberOf(v reflect.Value) (x float64, is bool) {
	switch {
	case !v.IsValid():
		return 0, false
	case v.CanInt():
		return float64(v.Int()), true
	case v.CanUint():
		return float64(v.Uint()), true
	case v.CanFloat():
		return v.Float(), true
	case v.Type() == reflect.TypeFor[json.Number]():
		x, err := json.Number(v.String()).Float64()
		return x, err == nil
	}
	return 0, false
}

// typeOf returns the type of a value for an error message.
func typeOf(v reflect.Value) string {
	if !v.IsValid() {
		return "<nil>"
	}
	return v.Type().String()
}

func wide[T kernels.Float](x []T) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

func narrow[T kernels.Float](x []float64) []T {
	y := make([]T, len(x))
	for i, v := range x {
		y[i] = T(v)
	}
	return y
}
