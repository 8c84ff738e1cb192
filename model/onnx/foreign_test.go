package onnx

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// foreignDir has files of other programs and what these predict. bench/peers/fixtures/onnx_files.py writes
// them, make interop to a folder of its own with those of PyTorch.
var foreignDir = cmp.Or(os.Getenv("ASHLAR_ONNX"), "testdata")

// TestForeignFiles: files of scikit-learn, onnx and PyTorch predict what they predict there.
func TestForeignFiles(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(foreignDir, "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		File                  string
		Rows                  [][]float32
		Labels                []string
		Probabilities, Values [][]float64
	}
	if err := json.Unmarshal(raw, &cases); err != nil || len(cases) < 40 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, c := range cases {
		t.Run(c.File, func(t *testing.T) {
			m, err := ImportFile[float32](filepath.Join(foreignDir, c.File))
			if err != nil {
				t.Fatal(err)
			}
			for i, row := range c.Rows {
				p, err := m.Predict(row)
				if err != nil {
					t.Fatal(err)
				}
				if c.Labels != nil && p.Class != c.Labels[i] {
					t.Errorf("row %d is %q, want %q", i, p.Class, c.Labels[i])
				}
				if c.Probabilities != nil {
					closeTo(t, i, p.Probabilities, c.Probabilities[i])
				} else {
					closeTo(t, i, append(p.Values, p.Probabilities...), c.Values[i])
				}
			}
		})
	}
}

// TestColumnsByName: a file for a data frame takes its columns by name, in any order.
func TestColumnsByName(t *testing.T) {
	m, err := ImportFile[float32]("testdata/mlp_columns.onnx")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(m.Prepare.Features()); got != "[c a b d]" {
		t.Errorf("the features are %s", got)
	}
	want, err := m.Predict([]float32{1, 2, 3, 4})
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.Predict(map[string]any{"d": 4, "a": 1, "c": 3, "b": 2})
	if err != nil || got.Class != want.Class || !slices.Equal(got.Probabilities, want.Probabilities) {
		t.Errorf("%+v, want %+v; %v", got, want, err)
	}
}

// closeTo compares one row of predictions. Ours are of float32, those of scikit-learn of float64.
func closeTo(t *testing.T, row int, got, want []float64) {
	t.Helper()
	scale := 1.0
	for _, v := range want {
		scale = max(scale, math.Abs(v))
	}
	if len(got) == 2 && len(want) == 1 { // the probability of the second class
		got = got[1:]
	}
	if len(got) != len(want) {
		t.Fatalf("row %d has %d outputs, want %d", row, len(got), len(want))
	}
	for j, v := range want {
		if !(math.Abs(got[j]-v) <= 1e-5*scale) {
			t.Errorf("row %d: output %d is %v, want %v", row, j, got[j], v)
		}
	}
}
