package onnx

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
)

// flats returns rows of raw data: training rows if odd is false, else rows with what these lack.
func flats(t *testing.T, odd bool) *data.Table {
	t.Helper()
	nan := math.NaN()
	area := []float64{50, 72, 33, nan, 120, 88, 61, 45}
	rooms := []float64{2, 3, 1, 2, 5, nan, 2, 1}
	city := []string{"Ulm", "Bonn", "Ulm", "Köln", "", "Bonn", "Köln", "Ulm"}
	floor := []string{"low", "high", "middle", "low", "low", "high", "middle", "high"}
	if odd {
		area = []float64{50, nan, 1e6, 0.5, 70, 71, 72, 73}
		rooms = []float64{2, nan, 7, 3, 1, 2, 2.5, 5}
		city = []string{"Ulm", "", "Rome", "Bonn", "ulm", "Köln", "Ulm", "Bonn"}
		floor = []string{"low", "high", "middle", "middle", "low", "high", "low", "high"}
	}
	// Seconds since 1970: float32 would know them to two minutes.
	sold := []float64{1.7e9, 1.7e9 + 20, 1.7e9 + 41, 1.7e9 + 60, 1.7e9 + 83, 1.7e9 + 100, 1.7e9 + 120,
		1.7e9 + 140}
	table, err := data.NewTable(data.NumberColumn("area", area), data.NumberColumn("label", rooms),
		data.CategoryColumn("city", city), data.CategoryColumn("floor", floor), data.NumberColumn("sold",
			sold),
		data.NumberColumn("price", []float64{510, 690, 300, 550, 999, 870, 640, 410}),
		data.NumberColumn("fee", []float64{5, 6, 3, 5, 9, 8, 6, 4}),
		data.CategoryColumn("kind", []string{"a", "b", "c", "a", "b", "c", "a", "b"}))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// prepared are plans that use every operation.
func prepared() map[string]data.Pipeline {
	all := func(p data.Pipeline, steps ...data.Step) data.Pipeline { p.Steps = steps; return p }
	price := data.Pipeline{Target: data.Target{Columns: []string{"price", "fee"},
		Scale: []data.Scaling{data.ScaleLog1p, data.ScaleStandard}}}
	kind := data.Pipeline{Target: data.Target{Columns: []string{"kind"}}}
	numbers, categories := []string{data.AllNumbers}, []string{data.AllCategories}
	rest := data.Drop{Columns: []string{"fee", "kind"}}
	return map[string]data.Pipeline{
		"regression": all(price, data.Drop{Columns: []string{"kind"}},
			data.Impute{Columns: numbers, By: data.FillMedian, Indicator: true},
			data.Impute{Columns: categories, By: data.FillMostFrequent, Indicator: true},
			data.Scale{Columns: numbers, By: data.ScaleStandard},
			data.OneHot{Columns: categories, Unknown: data.UnknownZeros}),
		"own levels": all(data.Pipeline{Target: data.Target{Columns: []string{"price"},
			Scale: []data.Scaling{data.ScaleMinMax}}},
			rest, data.Impute{Columns: numbers, By: data.FillMean}, data.Scale{Columns: numbers,
				By: data.ScaleMinMax},
			data.Ordinal{Columns: []string{"floor"}, Levels: []string{"low", "middle", "high"}},
			data.OneHot{Columns: []string{"city"}, Unknown: data.UnknownOwn}),
		"filled": all(data.Pipeline{Target: data.Target{Columns: []string{"price"},
			Scale: []data.Scaling{data.ScaleLog}}},
			rest, data.Impute{Columns: []string{"label"}, By: data.FillValue, Value: -1},
			data.AsCategory{Columns: []string{"label"}}, data.Impute{Columns: []string{"area"},
				By: data.FillMean},
			data.Scale{Columns: []string{"area"}, By: data.ScaleLog}, data.Scale{Columns: []string{"sold"},
				By: data.ScaleStandard},
			data.Impute{Columns: []string{"city"}, By: data.FillValue, Text: "?"},
			data.OneHot{Columns: []string{"label", "city"}, Unknown: data.UnknownZeros},
			data.Ordinal{Columns: []string{"floor"}, Unknown: data.UnknownOwn}),
		"unscaled": all(data.Pipeline{Target: data.Target{Columns: []string{"price", "fee"}}},
			data.Choose{Columns: []string{"label", "floor"}}, data.Impute{Columns: []string{"label"},
				By: data.FillMean},
			data.Scale{Columns: []string{"label"}, By: data.ScaleLog1p},
			data.OneHot{Columns: []string{"floor"}}),
		"classes": all(kind, data.Drop{Columns: []string{"price", "fee", "city"}},
			data.Impute{Columns: []string{"area", "label"}, By: data.FillMean},
			data.Scale{Columns: []string{"area", "sold"}, By: data.ScaleStandard},
			data.OneHot{Columns: []string{"floor"}, Unknown: data.UnknownZeros}),
		// Rows that Predict refuses: missing numbers, unknown cities, and an area below 0.
		"refusing": all(kind, data.Drop{Columns: []string{"price", "fee", "sold"}},
			data.Impute{Columns: []string{"city"}, By: data.FillMostFrequent},
			data.AsCategory{Columns: []string{"label"}},
			data.OneHot{Columns: []string{"city"}}, data.Ordinal{Columns: []string{"floor"}},
			data.Impute{Columns: []string{"area"}, By: data.FillMean},
			data.Impute{Columns: []string{"label"}, By: data.FillValue, Text: "2.0"},
			data.Ordinal{Columns: []string{"label"}}),
		// Every operation on columns of one-hots, which stand in one value of the graph until then.
		"parts": all(kind, data.Drop{Columns: []string{"price", "fee", "sold", "area"}},
			data.Impute{Columns: categories, By: data.FillMostFrequent},
			data.Impute{Columns: numbers, By: data.FillMedian}, data.AsCategory{Columns: []string{"label"}},
			data.OneHot{Columns: []string{"city"}, Unknown: data.UnknownOwn},
			data.OneHot{Columns: []string{"floor", "label"}, Unknown: data.UnknownZeros},
			data.Scale{Columns: []string{"city=Ulm", "floor=high"}, By: data.ScaleStandard},
			data.Scale{Columns: []string{"city=Ulm", "floor=middle", "city=other"}, By: data.ScaleMinMax}, // other: 0
			data.Scale{Columns: []string{"floor=middle", "city=other"}, By: data.ScaleLog1p},
			data.Impute{Columns: []string{"label=3"}, By: data.FillValue, Value: 7, Indicator: true},
			data.AsCategory{Columns: []string{"label=1", "label=5"}}, data.OneHot{Columns: []string{"label=1"}},
			data.Ordinal{Columns: []string{"label=5"}}),
	}
}

// pipelines returns models with fitted pipelines and random nets.
func pipelines(t *testing.T) map[string]*model.Model[float32] {
	t.Helper()
	models := map[string]*model.Model[float32]{}
	for name, p := range prepared() {
		f, err := p.Fit(flats(t, false))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		in := len(f.Features())
		out, output := len(f.Targets()), model.OutputValues
		if f.Classes() != nil {
			out, output = len(f.Classes()), model.OutputLogits
		}
		net := layer.NewSequential[float32](layer.NewLinear[float32](in, 4, kernels.ActTanh),
			layer.NewLinear[float32](4, out, kernels.ActIdentity))
		layer.Initialize(net, 5)
		models[name] = &model.Model[float32]{Net: net, In: in, Output: output, Prepare: f}
	}
	return models
}

// TestPipelines: a model with a pipeline comes back and predicts the same from raw rows.
func TestPipelines(t *testing.T) {
	for name, m := range pipelines(t) {
		t.Run(name, func(t *testing.T) {
			var file bytes.Buffer
			if err := Export(&file, m); err != nil {
				t.Fatal(err)
			}
			back, err := Import[float32](&file)
			if err != nil {
				t.Fatal(err)
			}
			for _, odd := range []bool{false, true} {
				table := flats(t, odd)
				for i := range table.Rows() {
					row := rowOf(table, i)
					want, wantErr := m.Predict(row)
					got, err := back.Predict(row)
					if fmt.Sprint(err) != fmt.Sprint(wantErr) {
						t.Fatalf("row %d: %v, want %v", i, err, wantErr)
					}
					if got.Class != want.Class || !slices.Equal(got.Values, want.Values) ||
						!slices.Equal(got.Probabilities, want.Probabilities) {
						t.Errorf("row %d: %+v, want %+v", i, got, want)
					}
				}
			}
		})
	}
}

// TestPipelinesRun: the operators of the graph give what the model predicts from raw rows.
func TestPipelinesRun(t *testing.T) {
	for name, m := range pipelines(t) {
		t.Run(name, func(t *testing.T) {
			file, err := assemble(m)
			if err != nil {
				t.Fatal(err)
			}
			for _, odd := range []bool{false, true} {
				table := flats(t, odd)
				want, labels := predictions(t, m, table)
				values := columnsOf(m, table)
				if err := evaluate(file.Graph, values); err != nil {
					t.Fatal(err)
				}
				outputs := file.Graph.Output
				got := values[outputs[len(outputs)-1].GetName()]
				if m.Output != model.OutputValues {
					if said := values[outputs[0].GetName()].texts; !slices.Equal(said, labels) {
						t.Errorf("odd rows %t: the labels are %q, want %q", odd, said, labels)
					}
				}
				for i, row := range want {
					out := got.numbers[i*got.cols : (i+1)*got.cols]
					if !slices.EqualFunc(out, row, alike) {
						t.Errorf("odd rows %t, row %d: %v, want %v", odd, i, out, row)
					}
				}
			}
		})
	}
}

// alike compares numbers up to some roundings of float32. NaN is like NaN.
func alike(a, b float64) bool {
	return math.Abs(a-b) <= 1e-5*max(1e-3, math.Abs(b)) || math.IsNaN(a) && math.IsNaN(b)
}

// columnsOf returns the raw columns of a table as values of the graph.
func columnsOf(m *model.Model[float32], table *data.Table) map[string]grid {
	values := map[string]grid{}
	for _, in := range m.Prepare.Inputs() {
		g := grid{rows: table.Rows(), cols: 1}
		for i, c := 0, table.Column(in.Name); i < g.rows; i++ {
			if in.Kind == data.KindNumber {
				g.numbers = append(g.numbers, c.Numbers[i])
			} else {
				g.texts = append(g.texts, c.Text(i))
			}
		}
		values[in.Name] = g
	}
	return values
}

// rowOf returns a row of a table as a map; what is missing is nil.
func rowOf(table *data.Table, i int) map[string]any {
	row := map[string]any{}
	for _, c := range table.Columns() {
		switch {
		case c.IsMissing(i):
			row[c.Name] = nil
		case c.Kind == data.KindNumber:
			row[c.Name] = c.Numbers[i]
		default:
			row[c.Name] = c.Levels[c.Codes[i]]
		}
	}
	return row
}

// TestOperationsAreAll: the plans above have every operation, scaling and policy, so that a new one
// must join them, and so the exporter.
func TestOperationsAreAll(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range pipelines(t) {
		for _, o := range append(m.Prepare.Operations(), m.Prepare.TargetOperations()...) {
			seen[o.Kind.String()] = true
			if o.Kind == data.OpScale {
				seen[o.Scaling.String()] = true
			}
			if o.Kind == data.OpOneHot || o.Kind == data.OpOrdinal {
				seen[o.Kind.String()+" "+o.Unknown.String()] = true
			}
		}
	}
	var want []string
	for kind := data.OpIndicator; !strings.HasPrefix(kind.String(), "OperationKind("); kind++ {
		want = append(want, kind.String())
	}
	for by := data.ScaleStandard; !strings.HasPrefix(by.String(), "Scaling("); by++ {
		want = append(want, by.String())
	}
	for u := data.UnknownError; !strings.HasPrefix(u.String(), "Unknown("); u++ {
		want = append(want, "one-hot "+u.String())
		if u != data.UnknownZeros {
			want = append(want, "ordinal "+u.String())
		}
	}
	for _, what := range want {
		if !seen[what] {
			t.Errorf("no plan has %q", what)
		}
	}
	if len(want) != 16 {
		t.Errorf("there are %d operations, scalings and policies: %q", len(want), want)
	}
}
