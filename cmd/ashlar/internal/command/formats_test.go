package command

import (
	"bytes"
	"encoding/csv"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/train"
)

// TestHints: files that are nearly what is wanted get told what is.
func TestHints(t *testing.T) {
	models(t)
	object := `{"city":"Bonn","area":70,"rooms":3,"built":1990,"balcony":"yes"}`
	put(t, "list.json", "["+object+",\n "+object+"]\n")
	put(t, "open.json", "\ufeff [\n"+object+"\n]\n")
	put(t, "lines.json", strings.ReplaceAll(object, ",", ",\n  ")+"\n")
	wide := "\xff\xfe"
	for _, u := range utf16.Encode([]rune("a,b\n1,2\n3,4\n")) {
		wide += string([]byte{byte(u), byte(u >> 8)})
	}
	put(t, "wide.csv", wide)
	put(t, "bracket.csv", "[a],b\n1,2\n3,4\n")
	for file, want := range map[string]string{
		"list.json":  "line 1: this is a list, want a JSON object a line",
		"open.json":  "this is a list, want a JSON object a line",
		"lines.json": "line 1: the object does not end on its line, want one object a line",
		"wide.csv":   "iconv -f utf-16 -t utf-8",
	} {
		for _, args := range []string{"describe " + file, "train -o x " + file,
			"predict flats.safetensors " + file, "eval flats.safetensors " + file} {
			r := run(t, "", strings.Fields(args)...)
			if r.code != failed || !strings.Contains(strings.ReplaceAll(r.errs, "\n  ", " "), want) ||
				r.out != "" {
				t.Errorf("ashlar %s: code %d, %s%swant %q", args, r.code, r.out, r.errs, want)
			}
		}
	}
	if text := good(t, "", "describe", "bracket.csv"); !strings.Contains(text, "a table in csv") {
		t.Errorf("CSV that begins with [: %s", text)
	}
}

// TestONNXByContent: the name of a file does not matter, as the help says.
func TestONNXByContent(t *testing.T) {
	models(t)
	good(t, "", "convert", "flats.safetensors", "flats.onnx")
	must(t, os.Rename("flats.onnx", "net.bin"))
	want := good(t, "", "predict", "flats.safetensors", "flats.csv")
	got := good(t, "", "predict", "net.bin", "flats.csv", "--separator", ",")
	if strings.Count(got, "\n") != strings.Count(want, "\n") ||
		!strings.Contains(good(t, "", "describe", "net.bin"), "a model in ONNX") {
		t.Error("an ONNX file with another name is not read as one")
	}
	for _, text := range []string{"", "\x08", "\x08\x00\x12\x01\x02", "abcde", "\x08\x07\x07\x07\x07"} {
		if beginsAsONNX([]byte(text)) {
			t.Errorf("%q is ONNX", text)
		}
	}
}

// TestPredictNPZ: predict takes x of the file that train takes.
func TestPredictNPZ(t *testing.T) {
	inFolder(t)
	x := &data.Array[float64]{Dims: []int{90, 2}}
	y := &data.Array[float64]{Dims: []int{90}}
	for i := range 90 {
		x.Data = append(x.Data, float64(i%10), float64(i%7))
		y.Data = append(y.Data, float64(i%10)+0.5)
	}
	must(t, data.WriteNPYFile("x.npy", x))
	var file bytes.Buffer
	must(t, data.WriteNPZ(&file, map[string]data.AnyArray{"x": x, "y": y}))
	put(t, "xy.npz", file.String())
	trainJSON(t, "xy.npz", "--epochs", "3", "-o", "m")
	want := good(t, "", "predict", "m.safetensors", "x.npy")
	if got := good(t, "", "predict", "m.safetensors", "xy.npz"); got != want {
		t.Errorf("npz gives\n%.80s\nwant\n%.80s", got, want)
	}
	if got := good(t, file.String(), "predict", "m.safetensors"); got != want {
		t.Errorf("the standard input gives\n%.80s\nwant\n%.80s", got, want)
	}
	if r := run(t, "PK\x03\x04 and no more", "predict", "m.safetensors"); r.code != failed {
		t.Errorf("damaged: code %d, %s", r.code, r.errs)
	}
}

// TestLabelsName: a file of labels with a header names the target, and eval takes any name.
func TestLabelsName(t *testing.T) {
	inFolder(t, "stones.csv")
	rows, err := csv.NewReader(strings.NewReader(read(t, "stones.csv"))).ReadAll()
	must(t, err)
	var x, y, other strings.Builder
	for i, row := range rows {
		x.WriteString(strings.Join(row[:4], ",") + "\n")
		y.WriteString(row[4] + "\n")
		if i > 0 {
			other.WriteString(row[4] + "\n")
		}
	}
	put(t, "x.csv", x.String())
	put(t, "y.csv", y.String())
	put(t, "z.csv", "stone\n"+other.String())
	put(t, "clash.csv", "length\n"+other.String())
	if got := trainJSON(t, "x.csv", "--labels", "y.csv", "--epochs", "5", "-o", "m"); got.Target != "kind" {
		t.Errorf("target %q", got.Target)
	}
	if got := trainJSON(t, "x.csv", "--labels", "clash.csv", "--epochs", "1", "-o",
		"n"); got.Target != "label" {
		t.Errorf("target %q", got.Target)
	}
	put(t, "bare.csv", strings.NewReplacer("granite", "0", "marble", "1", "slate", "2").Replace(other.String()))
	if got := trainJSON(t, "x.csv", "--labels", "bare.csv", "--epochs", "1", "-o", "n"); got.Target != "label" {
		t.Errorf("labels without a header: target %q", got.Target)
	}
	want := good(t, "", "eval", "m.safetensors", "x.csv", "--labels", "y.csv")
	if good(t, "", "eval", "m.safetensors", "x.csv", "--labels", "z.csv") != want {
		t.Error("labels with another name give other figures")
	}
}

// TestOutputNames: no two columns of the output have one name.
func TestOutputNames(t *testing.T) {
	models(t)
	text := read(t, "stones.csv")
	names := map[string]string{"probability_slate": "", "predicted_kind": "kind,", "probabilities": ""}
	for name, also := range names {
		lines := strings.SplitAfter(text, "\n")
		for i := range lines {
			if lines[i] != "" {
				lines[i] = map[bool]string{true: name, false: "1"}[i == 0] + "," + lines[i]
			}
		}
		put(t, "rows.csv", strings.Join(lines, ""))
		args := []string{"predict", "stones.safetensors", "rows.csv", "--keep", also + name}
		clash := name != "probabilities"
		if r := run(t, "", args...); (r.code == wrongUsage) != clash || clash && r.out != "" {
			t.Errorf("%s as CSV: code %d, %.80s%s", name, r.code, r.out, r.errs)
		}
		clash = name != "probability_slate"
		if r := run(t, "", append(args, "--json")...); (r.code == wrongUsage) != clash ||
			clash && r.out != "" {
			t.Errorf("%s as JSON: code %d, %.80s%s", name, r.code, r.out, r.errs)
		}
	}
}

// TestWritten: an error says which files there are.
func TestWritten(t *testing.T) {
	inFolder(t)
	net := layer.NewSequential[float32](layer.NewLinear[float32](1, 1, 0))
	m := &model.Model[float32]{Net: net, In: 1, Output: model.OutputValues}
	history := []train.Epoch{{Epoch: 1, Loss: 1}, {Epoch: 2, Loss: 0.5}}
	for _, c := range []struct {
		files trainFiles
		want  string
	}{
		{trainFiles{"none/m", "h", "c.png"}, "none/m"},
		{trainFiles{"m", "none/h", "c.png"}, "; the model m is written"},
		{trainFiles{"m", "h", "none/c.png"}, "; the model m and h are written"},
	} {
		if err := write(m, history, c.files); err == nil || !strings.HasSuffix(err.Error(), c.want) &&
			c.files.Model == "m" {
			t.Errorf("%+v: %v", c.files, err)
		}
	}
}
