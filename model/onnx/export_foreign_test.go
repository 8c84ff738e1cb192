package onnx

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
)

// goCase is a file of ours with inputs and what Go predicts in float64. null stands for NaN.
type goCase struct {
	File     string         `json:"file"`
	Inputs   map[string]any `json:"inputs"`
	Outputs  map[string]any `json:"outputs"`
	Rounding float64        `json:"rounding"` // the largest difference in float32, relative
}

// TestWriteForForeign writes files for onnx.checker and onnxruntime, which make interop runs after it. It
// writes them in a folder that goes away unless ASHLAR_ONNX names another.
func TestWriteForForeign(t *testing.T) {
	dir := os.Getenv("ASHLAR_ONNX")
	if dir == "" {
		dir = t.TempDir()
	}
	var cases []goCase
	write := func(name string, m *model.Model[float32], tables ...*data.Table) {
		file := fmt.Sprintf("go_%03d.onnx", len(cases))
		if err := ExportFile(filepath.Join(dir, file), m); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if m.Prepare == nil {
			tables = []*data.Table{features(t, m.In)}
		}
		for _, table := range tables {
			exact, err := ImportFile[float64](filepath.Join(dir, file))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			want, labels := predictions(t, exact, table)
			got, _ := predictions(t, m, table)
			cases = append(cases, goCase{file, inputsOf(m, table), outputs(m, want, labels), relative(got,
				want)})
		}
	}
	for name, net := range nets[float32]() {
		write(name, &model.Model[float32]{Net: net, In: 5, Output: model.OutputValues})
	}
	for seed := range uint64(20) {
		net, in, out := random(seed)
		output := []model.Output{model.OutputValues, model.OutputLogits}[min(seed%2, uint64(out-1))]
		write("random", &model.Model[float32]{Net: net, In: in, Output: output})
	}
	for output := model.OutputValues; output <= model.OutputBinaryProbability; output++ {
		for _, named := range []bool{false, true} {
			write(output.String(), withOutput(output, named))
		}
	}
	for name, m := range pipelines(t) {
		write(name, m, flats(t, false), flats(t, true))
	}
	raw, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "go.json"), raw, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d cases", len(cases))
}

// features returns a table of random numbers.
func features(t *testing.T, in int) *data.Table {
	x := batch[float64](6, in)
	rows := make([][]float64, 6)
	names := make([]string, in)
	for i := range rows {
		rows[i] = x.Row(i)
		for j := range rows[i] {
			rows[i][j] = float64(float32(rows[i][j]))
		}
	}
	for j := range names {
		names[j] = fmt.Sprint("x", j)
	}
	table, err := data.TableFromRows(rows, names)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// inputsOf returns the inputs of the graph for a table.
func inputsOf(m *model.Model[float32], table *data.Table) map[string]any {
	if m.Prepare == nil {
		var rows [][]float64
		for i := range table.Rows() {
			var row []float64
			for _, c := range table.Columns() {
				row = append(row, c.Numbers[i])
			}
			rows = append(rows, row)
		}
		return map[string]any{"features": rows}
	}
	inputs := map[string]any{}
	for _, in := range m.Prepare.Inputs() {
		c := table.Column(in.Name)
		var column [][]any
		for i := range table.Rows() {
			v := rowOf(table, i)[c.Name]
			if v == nil && c.Kind != data.KindNumber {
				v = ""
			}
			column = append(column, []any{v})
		}
		inputs[in.Name] = column
	}
	return inputs
}

// predictions returns what Go predicts for each row. One that Predict refuses has NaN and no label.
func predictions[T kernels.Float](t *testing.T, m *model.Model[T], table *data.Table) (numbers [][]float64,
	labels []string) {
	t.Helper()
	for i := range table.Rows() {
		row := any(rowOf(table, i))
		if m.Prepare == nil {
			var x []float64
			for _, c := range table.Columns() {
				x = append(x, c.Numbers[i])
			}
			row = x
		}
		p, err := m.Predict(row)
		if err != nil {
			if m.Prepare == nil {
				t.Fatal(err)
			}
			out, _ := m.Net.Out(m.In)
			p.Values = slices.Repeat([]float64{math.NaN()}, out)
		}
		numbers, labels = append(numbers, append(p.Values, p.Probabilities...)), append(labels, p.Class)
	}
	return numbers, labels
}

// outputs returns predictions by the names of the outputs.
func outputs(m *model.Model[float32], numbers [][]float64, labels []string) map[string]any {
	list := make([][]any, len(numbers))
	for i, row := range numbers {
		for _, v := range row {
			if math.IsNaN(v) {
				list[i] = append(list[i], nil)
			} else {
				list[i] = append(list[i], v)
			}
		}
	}
	if m.Output == model.OutputValues {
		return map[string]any{"values": list}
	}
	label := "label"
	if m.Prepare != nil && slices.ContainsFunc(m.Prepare.Inputs(),
		func(c data.Column) bool { return c.Name == label }) {
		label = "label_2" // a column has the name
	}
	return map[string]any{label: labels, "probabilities": list}
}

// relative returns the largest difference relative to the largest number.
func relative(got, want [][]float64) float64 {
	difference, largest := 0.0, 0.0
	for i := range want {
		for j, w := range want[i] {
			if !math.IsNaN(w) {
				difference, largest = max(difference, math.Abs(got[i][j]-w)), max(largest, math.Abs(w))
			}
		}
	}
	return difference / max(largest, 1e-30)
}

// random returns a net of up to six random layers.
func random(seed uint64) (net layer.Layer[float32], in, out int) {
	r := rand.New(rand.NewPCG(seed, 9))
	in = 1 + r.IntN(9)
	var parts []layer.Layer[float32]
	cols := in
	for range 1 + r.IntN(6) {
		next := 1 + r.IntN(12)
		act := activations[r.IntN(len(activations))]
		if act == kernels.ActStep {
			act = kernels.ActReLU // a jump makes any rounding visible
		}
		more := r.IntN(6)
		if more >= 3 && more < 5 {
			// A norm makes much of what the activation before it is off by, and that of onnxruntime is.
			act = kernels.ActIdentity
		}
		parts = append(parts, layer.NewLinear[float32](cols, next, act))
		cols = next
		switch more {
		case 0:
			parts = append(parts, layer.NewBatchNorm[float32](cols))
		case 1:
			parts = append(parts, layer.NewResidual[float32](layer.NewSequential[float32](
				layer.NewLinear[float32](cols, 3, kernels.ActSiLU), layer.NewLinear[float32](3, cols,
					kernels.ActIdentity)), nil))
		case 2:
			parts = append(parts, layer.NewDropout[float32](0.1), layer.NewPReLU[float32](cols))
		case 3:
			parts = append(parts, layer.NewRMSNorm[float32](cols))
		case 4:
			if cols > 2 {
				parts = append(parts, layer.NewLayerNorm[float32](cols))
			}
		}
	}
	return shaken[float32](layer.NewSequential(parts...), seed), in, cols
}
