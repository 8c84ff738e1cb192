package command

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
)

// models trains a model of values and one of classes in an empty folder.
func models(t *testing.T) {
	t.Helper()
	inFolder(t, "flats.csv", "stones.csv")
	trainJSON(t, "flats.csv", "--epochs", "10")
	trainJSON(t, "stones.csv", "--epochs", "20")
}

// csvRows parses CSV.
func csvRows(t *testing.T, text string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	must(t, err)
	return rows
}

// TestPredict: a file, the standard input, other separators, orders of columns, JSON lines and ONNX all
// give the same predictions.
func TestPredict(t *testing.T) {
	models(t)
	want := good(t, "", "predict", "flats.safetensors", "flats.csv")
	if rows := csvRows(t, want); len(rows) != 201 || rows[0][0] != "price" || len(rows[1]) != 1 {
		t.Fatalf("%d rows, header %v", len(rows), rows[0])
	}
	text, err := os.ReadFile("flats.csv")
	must(t, err)
	var lines, turned strings.Builder
	for i, row := range csvRows(t, string(text)) {
		// The columns in another order, semicolons, a decimal comma, CRLF, and an empty line.
		turned.WriteString(strings.Join([]string{row[5], strings.ReplaceAll(row[2], ".", ","), row[1], row[4],
			row[3]}, ";") + "\r\n")
		if i == 10 {
			turned.WriteString("\r\n")
		}
		if i > 0 {
			object := map[string]any{"city": row[1], "area": orNil(row[2]), "rooms": orNil(row[3]),
				"built":   orNil(row[4]),
				"balcony": row[5], "id": i}
			if row[1] == "" {
				object["city"] = nil
			}
			line, err := json.Marshal(object)
			must(t, err)
			lines.WriteString(string(line) + "\n")
		}
	}
	put(t, "flats.jsonl", lines.String())
	good(t, "", "convert", "flats.safetensors", "flats.onnx")
	for _, c := range []struct{ what, stdin, args string }{
		{"the standard input", string(text), "flats.safetensors"},
		{"- for the standard input", string(text), "flats.safetensors -"},
		{"a byte order mark", "\ufeff" + string(text), "flats.safetensors"},
		{"other columns", turned.String(), "flats.safetensors"},
		{"JSON lines", lines.String(), "flats.safetensors"},
		{"a file of JSON lines", "", "flats.safetensors flats.jsonl"},
		{"no end of the last line", strings.TrimSuffix(string(text), "\n"), "flats.safetensors"},
		{"ONNX", string(text), "flats.onnx"},
	} {
		if got := good(t, c.stdin, append([]string{"predict"}, strings.Fields(c.args)...)...); got != want {
			t.Errorf("%s: got\n%.200s\nwant\n%.200s", c.what, got, want)
		}
	}
	if got := good(t, "", "predict", "flats.safetensors", "flats.csv", "-o", "p.csv"); got != "" {
		t.Errorf("with --out it printed %q", got)
	}
	if got, err := os.ReadFile("p.csv"); err != nil || string(got) != want {
		t.Errorf("p.csv has %.100q, %v", got, err)
	}
}

func orNil(cell string) any {
	if _, err := strconv.ParseFloat(cell, 64); err != nil {
		return nil // empty, or NA
	}
	return json.Number(cell)
}

// TestPredictOutput: classes have their probabilities, columns can be kept, and JSON has the same numbers.
func TestPredictOutput(t *testing.T) {
	models(t)
	rows := csvRows(t, good(t, "", "predict", "stones.safetensors", "stones.csv", "--keep", "quarry,kind"))
	if got := strings.Join(rows[0], " "); got !=
		"quarry kind predicted_kind probability_granite probability_marble probability_slate" {
		t.Errorf("header %s", got)
	}
	right := 0
	for _, r := range rows[1:] {
		if r[1] == r[2] {
			right++
		}
	}
	if right < 100 {
		t.Errorf("%d of 120 rows are right", right)
	}
	lines := strings.Split(strings.TrimSpace(good(t, "", "predict", "stones.safetensors", "stones.csv",
		"--json",
		"--keep", "quarry,length")), "\n")
	if len(lines) != 120 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, line := range lines {
		var o struct {
			Kind, Quarry  string
			Length        float64
			Probabilities map[string]float64
		}
		must(t, json.Unmarshal([]byte(line), &o))
		r := rows[i+1]
		if o.Kind != r[2] || o.Quarry != r[0] || fmt.Sprintf("%.7g", o.Probabilities["slate"]) != r[5] ||
			o.Length < 1 {
			t.Errorf("line %d: %s, and as CSV %v", i+1, line, r)
		}
	}
	if got := good(t, "{\"city\":\"Bonn\",\"area\":70,\"rooms\":3,\"built\":1990,\"balcony\":\"yes\"}\n",
		"predict",
		"flats.safetensors", "-json"); !strings.HasPrefix(got, `{"price":`) {
		t.Errorf("a line of values: %s", got)
	}
}

// TestPredictStreams: a row is answered while the input is still open.
func TestPredictStreams(t *testing.T) {
	models(t)
	for _, c := range []struct{ head, row, args string }{
		{"city,area,rooms,built,balcony\n", "Bonn,70,3,1990,yes\n", "flats.safetensors"},
		{"", "{\"city\":\"Bonn\",\"area\":70,\"rooms\":3,\"built\":1990,\"balcony\":\"yes\"}\n",
			"flats.safetensors --json"},
	} {
		in, send := io.Pipe()
		receive, out := io.Pipe()
		code := make(chan int, 1)
		go func() {
			code <- Run(t.Context(), append([]string{"predict"}, strings.Fields(c.args)...), in, out,
				io.Discard)
			out.Close()
		}()
		answers := bufio.NewScanner(receive)
		read := func() string {
			line := make(chan string, 1)
			go func() { answers.Scan(); line <- answers.Text() }()
			select {
			case text := <-line:
				return text
			case <-time.After(20 * time.Second):
				t.Fatal("no answer while the input is open")
			}
			return ""
		}
		io.WriteString(send, c.head+c.row)
		if c.head != "" && read() != "price" {
			t.Error("no header")
		}
		first := read()
		io.WriteString(send, c.row+c.row)
		if second := read(); second != first || first == "" || read() != first {
			t.Errorf("equal rows have the answers %q, %q", first, second)
		}
		send.Close()
		if got := <-code; got != ok {
			t.Errorf("code %d", got)
		}
	}
}

// TestPredictInterrupt: an interrupt ends the reading of an input that never ends, and leaves no file.
func TestPredictInterrupt(t *testing.T) {
	models(t)
	before := len(folder(t))
	ctx, cancel := context.WithCancel(t.Context())
	in, send := io.Pipe()
	done := make(chan result)
	go func() { done <- runContext(ctx, in, "predict", "flats.safetensors", "--out", "p.csv") }()
	_, err := io.WriteString(send, "city,area,rooms,built,balcony\nBonn,70,3,1990,yes\n")
	must(t, err)
	cancel()
	if r := <-done; r.code != failed || !strings.Contains(r.errs, "interrupted") {
		t.Errorf("code %d, %s", r.code, r.errs)
	}
	if names := folder(t); len(names) != before {
		t.Errorf("files %v", names)
	}
	send.Close()
}

// TestPredictParts: rows of many parts, with quoted cells of several lines, are answered in order.
func TestPredictParts(t *testing.T) {
	models(t)
	var in strings.Builder
	in.WriteString("note,city,area,rooms,built,balcony\n")
	const rows = 5000
	for i := range rows {
		fmt.Fprintf(&in, "\"line 1\nline 2, of %d\",Bonn,%d,3,1990,yes\n", i, 30+i%100)
	}
	put(t, "many.csv", in.String())
	got := csvRows(t, good(t, "", "predict", "flats.safetensors", "many.csv", "--keep", "area"))
	if len(got) != rows+1 {
		t.Fatalf("%d rows, want %d", len(got), rows+1)
	}
	for i, r := range got[1:] {
		if r[0] != fmt.Sprint(30+i%100) || r[1] != got[1+i%100][1] {
			t.Fatalf("row %d: %v, want that of area %d", i, r, 30+i%100)
		}
	}
	bad := strings.Replace(in.String(), "of 4321\",Bonn,51,", "of 4321\",Bonn,small,", 1)
	r := run(t, bad, "predict", "flats.safetensors")
	// The header and 4321 rows of two lines stand before it.
	want := "the standard input: line 8644, column 3: \"small\" is no number"
	if text := strings.ReplaceAll(r.errs, "\n  ", " "); r.code != failed || !strings.Contains(text, want) ||
		strings.Contains(text, "TableOptions") {
		t.Errorf("code %d, error %swant %s", r.code, text, want)
	}
	if n := strings.Count(r.out, "\n"); n < 1024 || n > 4322 {
		t.Errorf("%d lines were answered before the error", n)
	}
}

// TestPredictArrays: npy and IDX predict by the places of their columns.
func TestPredictArrays(t *testing.T) {
	inFolder(t)
	x := &data.Array[float64]{Dims: []int{60, 2}}
	y := &data.Array[int]{Dims: []int{60}}
	for i := range 60 {
		x.Data, y.Data = append(x.Data, float64(i%7), float64(i%11)), append(y.Data, i%7/4)
	}
	must(t, data.WriteNPYFile("x.npy", x))
	must(t, data.WriteNPYFile("y.npy", y))
	trainJSON(t, "x.npy", "--labels", "y.npy", "--out", "m", "--epochs", "30")
	want := good(t, "", "predict", "m.safetensors", "x.npy")
	var text strings.Builder
	for i := range 60 {
		fmt.Fprintf(&text, "%v,%v\n", x.Data[2*i], x.Data[2*i+1])
	}
	if got := good(t, text.String(), "predict", "m.safetensors"); got != want {
		t.Errorf("CSV without a header gives\n%.100s\nand npy\n%.100s", got, want)
	}
	if n := strings.Count(want, "\n"); n != 61 || !strings.HasPrefix(want,
		"label,probability_0,probability_1\n") {
		t.Errorf("%d lines: %.100s", n, want)
	}
	file, err := os.ReadFile("x.npy")
	must(t, err)
	if got := good(t, string(file), "predict", "m.safetensors"); got != want {
		t.Error("npy on the standard input gives other predictions")
	}
}

// TestPredictWeights: with weights of fewer bits the values are those of full weights to a share of
// their spread, and other ones.
func TestPredictWeights(t *testing.T) {
	models(t)
	for form, most := range map[string]float64{"bfloat16": 0.01, "int8": 0.03} {
		if share := predictionsOff(t, form); !(share > 0 && share < most) {
			t.Errorf("%s: off by %.3g of the spread, want less than %g", form, share, most)
		}
	}
}

// predictionsOff returns by what share of their spread the values with weights of a form are off.
func predictionsOff(t *testing.T, form string) float64 {
	t.Helper()
	want := csvRows(t, good(t, "", "predict", "flats.safetensors", "flats.csv"))
	got := csvRows(t, good(t, "", "predict", "flats.safetensors", "flats.csv", "--weights", form))
	if len(got) != len(want) {
		t.Fatalf("%s: %d rows, want %d", form, len(got), len(want))
	}
	var off, spread, mean float64
	for i := range want[1:] {
		mean += cell(t, want[i+1][0]) / float64(len(want)-1)
	}
	for i := range want[1:] {
		w := cell(t, want[i+1][0])
		off += math.Pow(cell(t, got[i+1][0])-w, 2)
		spread += math.Pow(w-mean, 2)
	}
	return math.Sqrt(off / spread)
}

// cell returns the number in a cell.
func cell(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	must(t, err)
	return v
}

// TestPredictErrors: errors name the place, and a file that was there stays.
func TestPredictErrors(t *testing.T) {
	models(t)
	put(t, "old.csv", "as it was")
	net := layer.NewLinear[float64](1, 2, kernels.ActIdentity)
	layer.Initialize(net, 1)
	must(t, model.Save("double.safetensors", &model.Model[float64]{Net: net, In: 1, Output: model.OutputLogits}))
	for _, c := range []struct{ stdin, args, want string }{
		{"", "flats.safetensors", "the standard input is empty"},
		{"\x00\x01\x02", "flats.safetensors", "the standard input is none of CSV, JSON lines, npy, " +
			"npz and IDX"},
		{"city,area,rooms,built\nBonn,1,2,3\n", "flats.safetensors", `"balcony"`},
		{"city,area,rooms,built,balcony\nBonn,1,2,3\n", "flats.safetensors", "line 2"},
		{"city,area,rooms,built,balcony\nBonn,x,2,3,no\n", "flats.safetensors -o old.csv",
			"line 2, column 2"},
		{"{\"city\": \"Bonn\"}\n", "flats.safetensors",
			`line 1: there is no "area", want null if it is missing`},
		{"{\"city\": [1]}\n", "flats.safetensors", `line 1: the value of "city" is a list or an object`},
		{"{\"city\": 1}{}\n", "flats.safetensors", "there is more behind the JSON object"},
		{"{\"city\"\n", "flats.safetensors", "line 1: "},
		{"{\"city\":\"Bonn\",\"area\":\"big\",\"rooms\":3,\"built\":1,\"balcony\":\"no\"}\n",
			"flats.safetensors", "line 1, column 2"},
		{"\n{\"city\":\"Bonn\",\"area\":1,\"rooms\":3,\"built\":1,\"balcony\":\"no\"}\n[1]\n",
			"flats.safetensors",
			"line 3: this is a list, want a JSON object"},
		{"", "flats.safetensors flats.csv --keep id", `the input has no column "id"`},
		{"", "flats.safetensors none.csv", "none.csv: no such file"},
		{"", "none.safetensors flats.csv", "none.safetensors: no such file"},
		{"", "flats.csv flats.csv", "flats.csv is csv, want a model"},
		{"", "flats.safetensors flats.csv --separator ab", "want one character"},
		{"", "flats.safetensors flats.csv --decimal x", `decimal is "x"`},
		{"", "flats.safetensors flats.csv --weights half", `weights is "half", want one of full, bfloat16, int8`},
		{"", "double.safetensors flats.csv --weights bfloat16", "the model is of float64"},
		{"\x1f\x8bnothing", "flats.safetensors", "the standard input: damaged gzip: "},
	} {
		r := run(t, c.stdin, append([]string{"predict"}, strings.Fields(c.args)...)...)
		text := strings.ReplaceAll(r.errs, "\n  ", " ")
		if r.code == ok || !strings.Contains(text, c.want) {
			t.Errorf("%q, %s: code %d, error %swant %q in it", c.stdin, c.args, r.code, text, c.want)
		}
	}
	if text, _ := os.ReadFile("old.csv"); string(text) != "as it was" {
		t.Errorf("old.csv is now %q", text)
	}
}

// TestPredictLongLine: a line without end does not fill the memory.
func TestPredictLongLine(t *testing.T) {
	models(t)
	in := io.MultiReader(strings.NewReader("city,area,rooms,built,balcony\n"), io.LimitReader(endless{},
		1<<30))
	r := runContext(t.Context(), in, "predict", "flats.safetensors")
	if r.code != failed || !strings.Contains(r.errs, "line 2: the line is longer than 8 MiB") {
		t.Errorf("code %d, %s", r.code, r.errs)
	}
}

// endless is a stream of one letter.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

// TestEval: the figures are those of the predictions, as text and as JSON, also from ONNX.
func TestEval(t *testing.T) {
	models(t)
	rows := csvRows(t, good(t, "", "predict", "stones.safetensors", "stones.csv", "--keep", "kind"))
	right := 0
	for _, r := range rows[1:] {
		if r[0] == r[1] {
			right++
		}
	}
	good(t, "", "convert", "stones.safetensors", "stones.onnx")
	for _, m := range []string{"stones.safetensors", "stones.onnx"} {
		var e evalResult
		must(t, json.Unmarshal([]byte(good(t, "", "eval", m, "stones.csv", "--json")), &evalJSON{&e}))
		if e.Metrics["accuracy"] != number(float64(right)/120) || e.Metrics["rows"] != 120 ||
			e.Target != "kind" ||
			len(e.Confusion) != 3 {
			t.Errorf("%s: %+v, want accuracy %d/120", m, e, right)
		}
	}
	text, err := os.ReadFile("stones.csv")
	must(t, err)
	put(t, "more.csv", string(text)+"1,2,3,north,gold\n1,2,3,north,\n")
	r := run(t, "", "eval", "stones.safetensors", "more.csv")
	for _, want := range []string{"1 of 122 rows have no value",
		"1 rows are of a class that the model does not know"} {
		if !strings.Contains(strings.ReplaceAll(r.errs, "\n  ", " "), want) || r.code != ok {
			t.Errorf("code %d, no %q in\n%s", r.code, want, r.errs)
		}
	}
	for _, c := range []struct{ args, want string }{
		{"stones.safetensors flats.csv", `flats.csv has no target column "kind"`},
		{"stones.safetensors stones.csv --target quarry",
			`--target is "quarry", but the model predicts kind`},
		{"flats.safetensors stones.csv", `no target column "price"`},
	} {
		r := run(t, "", append([]string{"eval"}, strings.Fields(c.args)...)...)
		if r.code != wrongUsage || !strings.Contains(r.errs, c.want) {
			t.Errorf("%s: code %d, %s", c.args, r.code, r.errs)
		}
	}
}

// evalJSON reads an evalResult, whose numbers write themselves alone.
type evalJSON struct{ *evalResult }

func (e *evalJSON) UnmarshalJSON(text []byte) error {
	var plain struct {
		Target    string
		Metrics   map[string]float64
		Confusion [][]int
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&plain); err != nil {
		return err
	}
	e.Target, e.Confusion, e.Metrics = plain.Target, plain.Confusion, numbersOf(plain.Metrics)
	return nil
}
