package model_test

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
)

// identity is a net whose outputs are its inputs.
func identity[T kernels.Float](columns int) *layer.Linear[T] {
	l := layer.NewLinear[T](columns, columns, kernels.ActIdentity)
	for i := range columns {
		l.W.Value[i*columns+i] = 1
	}
	return l
}

// TestPredictWeights: predictions hold the weights in the form that Weights says. A model of float64
// with weights of bfloat16 is an error.
func TestPredictWeights(t *testing.T) {
	net := layer.NewLinear[float32](50, 3, kernels.ActIdentity)
	layer.Initialize(net, 1)
	row := make([]float64, 50)
	kernels.Normal(row, 0, 1, 1, 0)
	predict := func(weights layer.Weights) []float64 {
		m := &model.Model[float32]{Net: net, In: 50, Output: model.OutputValues, Weights: weights}
		p, err := m.Predict(row)
		if err != nil {
			t.Fatal(err)
		}
		return p.Values
	}
	full, half := predict(layer.WeightsFull), predict(layer.WeightsBFloat16)
	for i, v := range half {
		if d := math.Abs(v - full[i]); !(d > 0 && d < 0.05) {
			t.Errorf("value %d is %v, with full weights %v", i, v, full[i])
		}
	}
	double := &model.Model[float64]{Net: identity[float64](2), In: 2, Output: model.OutputValues,
		Weights: layer.WeightsBFloat16}
	if _, err := double.Predict(row[:2]); err == nil || !strings.Contains(err.Error(), "of float64") {
		t.Errorf("a model of float64: %v", err)
	}
}

// TestPredict: each kind of output becomes classes, probabilities or values.
func TestPredict(t *testing.T) {
	ln3 := math.Log(3)
	for _, c := range []struct {
		output  model.Output
		classes []string
		row     []float64
		want    model.Prediction
	}{
		{model.OutputValues, nil, []float64{3, -1}, model.Prediction{Index: -1, Values: []float64{3, -1}}},
		{model.OutputLogits, nil, []float64{5, 5 + ln3}, model.Prediction{Class: "1", Index: 1,
			Probabilities: []float64{0.25, 0.75}}},
		{model.OutputLogits, []string{"a", "b", "c"}, []float64{0, 800, 800}, model.Prediction{Class: "b",
			Index:         1,
			Probabilities: []float64{0, 0.5, 0.5}}},
		{model.OutputBinaryLogit, []string{"no", "yes"}, []float64{ln3}, model.Prediction{Class: "yes",
			Index:         1,
			Probabilities: []float64{0.25, 0.75}}},
		{model.OutputBinaryLogit, []string{"no", "yes"}, []float64{0}, model.Prediction{Class: "no",
			Probabilities: []float64{0.5, 0.5}}},
		{model.OutputBinaryLogit, nil, []float64{-710}, model.Prediction{Class: "0",
			Probabilities: []float64{1, math.Exp(-710)}}},
		{model.OutputBinaryLogit, nil, []float64{1000}, model.Prediction{Class: "1", Index: 1,
			Probabilities: []float64{0, 1}}},
		{model.OutputProbabilities, []string{"a", "b"}, []float64{0.875, 0.125}, model.Prediction{Class: "a",
			Probabilities: []float64{0.875, 0.125}}},
		{model.OutputBinaryProbability, nil, []float64{0.625}, model.Prediction{Class: "1", Index: 1,
			Probabilities: []float64{0.375, 0.625}}},
	} {
		n := len(c.row)
		m := &model.Model[float64]{Net: identity[float64](n), In: n, Output: c.output, Classes: c.classes}
		got, err := m.Predict(c.row)
		if err != nil || !closePrediction(got, c.want) {
			t.Errorf("%v of %v: %+v, %v, want %+v", c.output, c.row, got, err, c.want)
		}
		var columns []*data.Column
		for j, v := range c.row {
			columns = append(columns, &data.Column{Name: fmt.Sprint(j), Kind: data.KindNumber,
				Numbers: []float64{v}})
		}
		table, err := data.NewTable(columns...)
		if err != nil {
			t.Fatal(err)
		}
		list, err := m.PredictTable(table)
		if err != nil || len(list) != 1 || !reflect.DeepEqual(list[0], got) {
			t.Errorf("%v: PredictTable returned %+v, %v, want %+v", c.output, list, err, got)
		}
	}
}

// closePrediction compares predictions, their numbers up to a few roundings.
func closePrediction(a, b model.Prediction) bool {
	near := func(x, y float64) bool { return math.Abs(x-y) <= 1e-14*math.Abs(y)+1e-310 }
	return a.Class == b.Class && a.Index == b.Index && slices.EqualFunc(a.Values, b.Values, near) &&
		slices.EqualFunc(a.Probabilities, b.Probabilities, near) && (a.Values == nil) == (b.Values == nil)
}

// TestPredictRows: a row without preparation is any slice of numbers, and all else is an error.
func TestPredictRows(t *testing.T) {
	m := &model.Model[float32]{Net: identity[float32](2), In: 2, Output: model.OutputValues}
	for _, row := range []any{[]float32{1, 2}, []float64{1, 2}, []int{1, 2}, []any{1.0, 2.0}, []int8{1, 2},
		[2]uint16{1, 2}, []any{json.Number("1"), json.Number("2.0")}, []any{1, float32(2)}} {
		if p, err := m.Predict(row); err != nil || !slices.Equal(p.Values, []float64{1, 2}) {
			t.Errorf("%T: %+v, %v", row, p, err)
		}
	}
	for want, row := range map[string]any{
		"the row is nil": nil,
		"the row is a map[string]interface {}, want a slice of 2 numbers": map[string]any{"a": 1.0},
		"the row is a string, want a slice of 2 numbers":                  "1,2",
		"the row has 3 numbers, want 2":                                   []float64{1, 2, 3},
		"the row has 0 numbers, want 2":                                   []any{},
		"element 1 of the row is x, a string, want a number":              []any{1.0, "x"},
		"element 0 of the row is <nil>, a <nil>, want":                    []any{nil, 1.0},
		"column 1 is NaN, want a finite number":                           []float64{1, math.NaN()},
		"column 0 is +Inf, want a finite number":                          []float64{1e39, 0}, // as a float32
	} {
		if p, err := m.Predict(row); err == nil || !strings.Contains(err.Error(), want) || p.Values != nil {
			t.Errorf("%v: got %+v, %v, want %s", row, p, err, want)
		}
	}
	_, err := (&model.Model[float32]{Net: identity[float32](2), In: 3,
		Output: model.OutputValues}).Predict([]float32{1, 2, 3})
	if err == nil || !strings.Contains(err.Error(), "model: the net does not take rows of In = 3 columns") {
		t.Errorf("a model that does not fit: %v", err)
	}
}

// TestPredictTable: a table of more rows than a Predictor takes at once is predicted row by row, and what
// does not fit is an error.
func TestPredictTable(t *testing.T) {
	const rows = 2*layer.MaxTryRows + 3
	m := &model.Model[float64]{Net: identity[float64](2), In: 2, Output: model.OutputValues}
	a, b := make([]float64, rows), make([]float64, rows)
	for i := range rows {
		a[i], b[i] = float64(i), -float64(i)
	}
	number := func(name string, v []float64) *data.Column {
		return &data.Column{Name: name, Kind: data.KindNumber, Numbers: v}
	}
	predict := func(columns ...*data.Column) ([]model.Prediction, error) {
		table, err := data.NewTable(columns...)
		if err != nil {
			t.Fatal(err)
		}
		return m.PredictTable(table)
	}
	list, err := predict(number("a", a), number("b", b))
	if err != nil || len(list) != rows {
		t.Fatalf("%d predictions, %v", len(list), err)
	}
	for i, p := range list {
		if !slices.Equal(p.Values, []float64{a[i], b[i]}) {
			t.Fatalf("row %d: %v", i, p.Values)
		}
	}
	if list, err := predict(number("a", nil), number("b", nil)); err != nil || len(list) != 0 {
		t.Errorf("no rows: %v, %v", list, err)
	}
	a[layer.MaxTryRows+5] = math.NaN()
	for _, c := range []struct {
		columns []*data.Column
		want    string
	}{
		{[]*data.Column{number("a", a), number("b", b)},
			"model: the rows from 4096 on: layer.Predictor.TryPredict: row 5: column 0"},
		{[]*data.Column{number("a", a)}, "model: the table has 1 columns, want 2"},
		{[]*data.Column{number("a", b), {Name: "b", Kind: data.KindText, Texts: make([]string, rows)}},
			`model: column "b" of the table is a text, want numbers`},
	} {
		if list, err := predict(c.columns...); list != nil || err == nil || !strings.Contains(err.Error(),
			c.want) {
			t.Errorf("%d predictions, %v, want %s", len(list), err, c.want)
		}
	}
}

// TestPredictConcurrently: any number of goroutines may make the first prediction.
func TestPredictConcurrently(t *testing.T) {
	net := everyLayer[float32]()
	layer.Initialize(net, 1)
	m := &model.Model[float32]{Net: net, In: 3, Output: model.OutputLogits}
	var group sync.WaitGroup
	got := make([]model.Prediction, 16)
	for i := range got {
		group.Go(func() {
			for range 50 {
				p, err := m.Predict([]float32{1, -2, 3})
				if err != nil {
					t.Error(err)
				}
				got[i] = p
			}
		})
	}
	group.Wait()
	for _, p := range got {
		if !reflect.DeepEqual(p, got[0]) || len(p.Probabilities) != 2 {
			t.Errorf("got %+v and %+v", p, got[0])
		}
	}
	first, err := m.Predictor()
	again, _ := m.Predictor()
	if err != nil || first != again {
		t.Errorf("two predictors, %v", err)
	}
}

// TestPredictInfinite demands an error where the exponential of a prediction overflows.
func TestPredictInfinite(t *testing.T) {
	table, err := data.NewTable(data.NumberColumn("a", []float64{1, 2, 3, 4}),
		data.NumberColumn("y", []float64{1, 10, 100, 1000}))
	if err != nil {
		t.Fatal(err)
	}
	f, err := data.Pipeline{Target: data.Target{Columns: []string{"y"}, Scale: []data.Scaling{data.ScaleLog}},
		Steps: []data.Step{data.Scale{Columns: []string{"a"}, By: data.ScaleMinMax}}}.Fit(table)
	if err != nil {
		t.Fatal(err)
	}
	l := layer.NewLinear[float32](1, 1, kernels.ActIdentity)
	l.W.Value[0] = 3
	m := &model.Model[float32]{Net: l, In: 1, Output: model.OutputValues, Prepare: f}
	const wrong = `the prediction of target "y" is +Inf, want a finite number: the output of the net lies ` +
		`beyond what its scale can undo`
	if p, err := m.Predict(map[string]any{"a": 1000}); err == nil || err.Error() != "model: the row: "+wrong {
		t.Errorf("%v, %v", p, err)
	}
	table, err = data.NewTable(data.NumberColumn("a", []float64{1, 2, 1000}))
	if err != nil {
		t.Fatal(err)
	}
	if p, err := m.PredictTable(table); p != nil || err == nil || err.Error() != "model: row 2: "+wrong {
		t.Errorf("%v, %v", p, err)
	}
}

// TestPredictTableRows: an error names the row of the table, in each part of it that the Predictor takes at once.
func TestPredictTableRows(t *testing.T) {
	const most, rows = layer.MaxTryRows, 2*layer.MaxTryRows + 3
	table := func(a []float64) *data.Table {
		table, err := data.NewTable(data.NumberColumn("a", a))
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	train, err := data.NewTable(data.NumberColumn("a", []float64{0, 1}), data.NumberColumn("y", []float64{1, 10}))
	if err != nil {
		t.Fatal(err)
	}
	f, err := data.Pipeline{Target: data.Target{Columns: []string{"y"}, Scale: []data.Scaling{data.ScaleLog}},
		Steps: []data.Step{data.Choose{Columns: []string{"a"}}}}.Fit(train)
	if err != nil {
		t.Fatal(err)
	}
	raw := &model.Model[float64]{Net: identity[float64](1), In: 1, Output: model.OutputValues}
	prepared := &model.Model[float64]{Net: identity[float64](1), In: 1, Output: model.OutputValues, Prepare: f}
	for _, row := range []int{0, 1, most - 1, most, most + 1, 2*most - 1, 2 * most, rows - 1} {
		for _, c := range []struct {
			m     *model.Model[float64]
			value float64
			want  string
		}{
			{raw, math.NaN(), fmt.Sprintf("model: the rows from %d on: layer.Predictor.TryPredict: row %d: column 0 "+
				"is NaN", row/most*most, row%most)},
			{prepared, math.NaN(), fmt.Sprintf(`data: row %d: column "a" is missing`, row)},
			{prepared, 1000, fmt.Sprintf(`model: row %d: the prediction of target "y" is +Inf`, row)},
		} {
			a := make([]float64, rows)
			a[row] = c.value
			if list, err := c.m.PredictTable(table(a)); list != nil || err == nil ||
				!strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("row %d: %d predictions, %v, want %s", row, len(list), err, c.want)
			}
		}
	}
}
