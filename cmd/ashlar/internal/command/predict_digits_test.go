package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
)

// TestPredictDigits: values have the digits that their type holds in every case, 7 or 15, in CSV and in JSON.
func TestPredictDigits(t *testing.T) {
	inFolder(t)
	saveSum[float32](t, 1.0/3)
	checkDigits(t, "0.3333333", "-2666667")
	saveSum[float64](t, 1.0/3)
	checkDigits(t, "0.333333333333333", "-2666666.66666667")
}

// checkDigits compares what bare.safetensors gives for a third and for 8/3 million below 0.
func checkDigits(t *testing.T, third, large string) {
	t.Helper()
	const in = "0,1\n0,-8000000\n"
	if got, want := good(t, in, "predict", "bare.safetensors"), "value\n"+third+"\n"+large+"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	want := fmt.Sprintf("{\"value\":%s}\n{\"value\":%s}\n", third, large)
	if got := good(t, in, "predict", "bare.safetensors", "--json"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestPredictProbabilities: the probabilities in JSON are the numbers of CSV, rounded to the same digits.
func TestPredictProbabilities(t *testing.T) {
	inFolder(t)
	saveClasses[float32](t)
	checkProbabilities(t, 7)
	saveClasses[float64](t)
	checkProbabilities(t, 15)
}

// saveClasses saves classes.safetensors, a model of two numbers and the classes p, q and r.
func saveClasses[T kernels.Float](t *testing.T) {
	t.Helper()
	net := layer.NewLinear[T](2, 3, kernels.ActIdentity)
	for i := range net.W.Value {
		net.W.Value[i] = T(i%3) - T(i)/7
	}
	must(t, model.Save("classes.safetensors", &model.Model[T]{Net: net, In: 2, Output: model.OutputLogits,
		Classes: []string{"p", "q", "r"}}))
}

// checkProbabilities compares JSON and CSV from classes.safetensors.
func checkProbabilities(t *testing.T, digits int) {
	t.Helper()
	var in strings.Builder
	for i := range 30 {
		fmt.Fprintf(&in, "%d,%v\n", i%7-3, float64(i)/3-4)
	}
	rows := csvRows(t, good(t, in.String(), "predict", "classes.safetensors"))
	list := strings.Split(good(t, in.String(), "predict", "classes.safetensors", "--json"), "\n")
	for i, row := range rows[1:] {
		var o struct {
			Class         string
			Probabilities map[string]float64
		}
		must(t, json.Unmarshal([]byte(list[i]), &o))
		for j, name := range []string{"p", "q", "r"} {
			want := cell(t, row[1+j])
			if o.Class != row[0] || o.Probabilities[name] != want || fmt.Sprintf("%.*g", digits, want) != row[1+j] {
				t.Errorf("row %d: %s, and as CSV %q with %d digits", i, list[i], row, digits)
			}
		}
	}
}

// TestPredictArrayNames: x and y of npz go by every name that people give them, in every case.
func TestPredictArrayNames(t *testing.T) {
	inFolder(t)
	x := &data.Array[float64]{Dims: []int{3, 2}, Data: []float64{1, 2, 3, 4, 5, 6}}
	y := &data.Array[float64]{Dims: []int{3}, Data: []float64{7, 8, 9}}
	for _, xName := range []string{"x", "X", "data", "features", "Data"} {
		for _, yName := range []string{"y", "Y", "labels", "target", "targets", "Labels", "other"} {
			var file bytes.Buffer
			must(t, data.WriteNPZ(&file, map[string]data.AnyArray{xName: x, yName: y}))
			put(t, "xy.npz", file.String())
			table, err := readTable("xy.npz", "", data.TableOptions{})
			must(t, err)
			columns := 3
			if yName == "other" {
				columns = 2
			}
			if list := table.Columns(); len(list) != columns || list[1].Numbers[2] != 6 ||
				columns == 3 && (list[2].Name != labelColumn || list[2].Numbers[2] != 9) {
				t.Errorf("%s, %s: %v", xName, yName, table)
			}
		}
	}
}
