package model_test

import (
	"bytes"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
)

// flats has raw rows of two numbers and a city, with missing cells, and two targets.
func flats(t testing.TB) *data.Table {
	t.Helper()
	table, err := data.NewTable(
		&data.Column{Name: "area", Kind: data.KindNumber, Numbers: []float64{50, 70, math.NaN(), 90, 30, 120}},
		&data.Column{Name: "rooms", Kind: data.KindNumber, Numbers: []float64{2, 3, 3, 4, 1, 5}},
		&data.Column{Name: "city", Kind: data.KindCategory, Levels: []string{"Bonn", "Köln"},
			Codes: []int{0, 1, 0, 1, data.Missing, 1}},
		&data.Column{Name: "rent", Kind: data.KindNumber, Numbers: []float64{500, 900, 650, 1200, 310, 1800}},
		&data.Column{Name: "kind", Kind: data.KindCategory, Levels: []string{"house", "loft"},
			Codes: []int{0, 0, 1, 1, 0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func fit(t testing.TB, target string, drop ...string) *data.Fitted {
	t.Helper()
	table := flats(t)
	p := data.AutoPipeline(table, target)
	if len(drop) > 0 {
		p.Steps = append([]data.Step{data.Drop{Columns: drop}}, p.Steps...)
	}
	fitted, err := p.Fit(table)
	if err != nil {
		t.Fatal(err)
	}
	return fitted
}

// prepared returns a model of raw rows with random weights.
func prepared[T kernels.Float](fitted *data.Fitted, out int, output model.Output) *model.Model[T] {
	in := len(fitted.Features())
	net := layer.NewSequential[T](layer.NewLinear[T](in, 4, kernels.ActTanh), layer.NewLinear[T](4, out,
		kernels.ActIdentity))
	layer.Initialize(net, 3)
	return &model.Model[T]{Net: net, In: in, Output: output, Prepare: fitted}
}

// TestPreparedModel: a model with its preparation predicts from raw rows in every form, before and after
// a file, in the units of the raw target.
func TestPreparedModel(t *testing.T) {
	table := flats(t)
	fitted := fit(t, "rent", "kind")
	m := prepared[float64](fitted, 1, model.OutputValues)
	b := encodeModel(t, m)
	loaded, err := model.Read[float64](bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	x, err := data.Features[float64](fitted, table)
	if err != nil {
		t.Fatal(err)
	}
	want := infer(m.Net, x, table.Rows())
	data.Unscale(fitted, want)
	list, err := loaded.PredictTable(table)
	if err != nil || len(list) != len(want) {
		t.Fatalf("%d predictions, %v", len(list), err)
	}
	for i, p := range list {
		if !(math.Abs(p.Values[0]-want[i]) <= 1e-12*math.Abs(want[i])) || want[i] < 100 {
			t.Errorf("row %d: %v, want %v", i, p.Values, want[i])
		}
	}
	type flat struct {
		Area float64 `column:"area"`
		Room int     `column:"rooms"`
		City string  `column:"city"`
	}
	for _, row := range []any{map[string]any{"area": 70.0, "rooms": 3, "city": "Köln", "else": true},
		flat{70, 3, "Köln"}, &flat{70, 3, "Köln"}} {
		for _, m := range []*model.Model[float64]{m, loaded} {
			if p, err := m.Predict(row); err != nil || !reflect.DeepEqual(p, list[1]) {
				t.Errorf("%v: %+v, %v, want %+v", row, p, err, list[1])
			}
		}
	}
	for want, row := range map[string]any{
		`"rooms"`: map[string]any{"area": 70.0, "city": "Köln"},
		"the row is a slice of numbers, but column \"city\" is a category": []float64{70, 3, 0},
		"the row has 2 numbers, want one for each of the 3 columns":        []float64{70, 3},
		"the row is nil": nil,
	} {
		if p, err := m.Predict(row); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %+v, %v, want %s", row, p, err, want)
		}
	}
	if s := loaded.String(); !strings.Contains(s,
		"columns   area (number), rooms (number), city (category)\n") ||
		!strings.Contains(s, "targets   rent\n") {
		t.Errorf("got %s", s)
	}
}

// TestPreparedClasses: the names of the classes come from the preparation, and numbers in a slice are
// raw, not features.
func TestPreparedClasses(t *testing.T) {
	fitted := fit(t, "kind", "city", "rent")
	m := prepared[float32](fitted, 2, model.OutputLogits)
	b := encodeModel(t, m)
	loaded, err := model.Read[float32](bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	row, err := m.Predict(map[string]any{"area": 70, "rooms": 3})
	if err != nil || !slices.Contains([]string{"house", "loft"}, row.Class) {
		t.Errorf("%+v, %v", row, err)
	}
	if p, err := loaded.Predict([]float32{70, 3}); err != nil || !reflect.DeepEqual(p, row) {
		t.Errorf("a slice: %+v, %v, want %+v", p, err, row)
	}
	if s := loaded.String(); !strings.Contains(s, "classes   house, loft\n") {
		t.Errorf("got %s", s)
	}
}

// TestPreparationFits: Check compares the preparation with the net.
func TestPreparationFits(t *testing.T) {
	rent, kind := fit(t, "rent", "kind"), fit(t, "kind", "city", "rent")
	narrow := prepared[float64](rent, 1, model.OutputValues)
	narrow.Prepare = kind
	named := prepared[float64](kind, 2, model.OutputLogits)
	named.Classes = []string{"loft", "house"}
	for _, c := range []struct {
		m    *model.Model[float64]
		want string
	}{
		{prepared[float64](rent, 1, model.OutputValues), ""},
		{prepared[float64](kind, 2, model.OutputProbabilities), ""},
		{prepared[float64](kind, 1, model.OutputBinaryLogit), ""},
		{prepared[float64](fit(t, ""), 3, model.OutputValues), ""}, // no target
		{narrow, "the preparation has 3 features, want In = 5"},
		{prepared[float64](rent, 2, model.OutputValues), "the net has 2 outputs, want 1, one for each target"},
		{prepared[float64](kind, 1, model.OutputValues),
			"the preparation has 2 classes, but the outputs are values"},
		{prepared[float64](rent, 3, model.OutputLogits),
			`the preparation has the values of "rent" for targets, but the outputs are classes`},
		{prepared[float64](kind, 3, model.OutputLogits), "2 classes have names, want 3"},
		{named, "the names in Classes are not those of the preparation"},
	} {
		err := c.m.Check()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(),
			c.want)) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// TestBadPreparation: a preparation that package data refuses is an error of Load.
func TestBadPreparation(t *testing.T) {
	for _, prepare := range []string{`7`, `{"steps":7}`, `{}`, `{"colour":1}`} {
		badModel(t, modelFile(doc(linear12, `,"prepare":`+prepare), w12+","+b12, 16),
			`the description of the model: `)
	}
}
