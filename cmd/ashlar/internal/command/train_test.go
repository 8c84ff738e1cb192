package command

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
)

// trainJSON trains and returns what was printed as JSON.
func trainJSON(t *testing.T, args ...string) trainResult {
	t.Helper()
	r := run(t, "", append(append([]string{"train"}, args...), "--json")...)
	var got trainResult
	if err := json.Unmarshal([]byte(r.out), &got); err != nil || r.code != ok {
		t.Fatalf("ashlar train %v: code %d, %v\n%s", args, r.code, err, r.errs)
	}
	return got
}

// TestTrainLearns: without flags, classes and values are learnt well beyond the baseline, the files are
// there, and a second training gives the same bytes.
func TestTrainLearns(t *testing.T) {
	inFolder(t, "stones.csv", "flats.csv")
	stones := trainJSON(t, "stones.csv")
	if acc := stones.Metrics["test"]["accuracy"]; !(acc > 0.9) || stones.Task != "classes" ||
		!(stones.Metrics["baseline"]["accuracy"] < 0.5) {
		t.Errorf("stones: %+v", stones.Metrics)
	}
	flats := trainJSON(t, "flats.csv")
	if r2 := flats.Metrics["test"]["r2"]; !(r2 > 0.8) || flats.Task != "values" {
		t.Errorf("flats: %+v", flats.Metrics)
	}
	if rmse, base := flats.Metrics["test"]["rmse"], flats.Metrics["baseline"]["rmse"]; !(rmse > 1000) ||
		rmse > base/2 {
		t.Errorf("flats: RMSE %v, baseline %v: not in the units of the price", rmse, base)
	}
	if flats.Rows["training"] != 140 || flats.Rows["validation"] != 30 || flats.Rows["test"] != 30 {
		t.Errorf("flats: rows %v", flats.Rows)
	}
	for _, f := range []string{"flats.safetensors", "flats.history.csv", "flats.png"} {
		first, err := os.ReadFile(f)
		if err != nil || len(first) == 0 {
			t.Errorf("%s: %d bytes, %v", f, len(first), err)
		}
		if f == "flats.history.csv" {
			continue // it has times
		}
		trainJSON(t, "flats.csv")
		if again, _ := os.ReadFile(f); !bytes.Equal(first, again) {
			t.Errorf("%s differs after the same training", f)
		}
	}
	if n := len(folder(t)); n != 8 {
		t.Errorf("%d files: %v", n, folder(t))
	}
}

// TestTrainPrecision: the net learns at each level, by the flag or by the file.
func TestTrainPrecision(t *testing.T) {
	inFolder(t, "stones.csv")
	put(t, "s.toml", "[train]\nprecision = \"medium\"\n")
	for _, args := range [][]string{{"--precision", "high"}, {"--precision", "medium"}, {"-c", "s.toml"}} {
		r := trainJSON(t, append([]string{"stones.csv", "--epochs", "100"}, args...)...)
		if acc := r.Metrics["test"]["accuracy"]; !(acc > 0.9) {
			t.Errorf("%v: accuracy %v", args, acc)
		}
	}
}

// TestTrainPrecisionUnavailable: a level that does not apply is said once on the standard error, with the
// reason; the highest level has nothing to say.
func TestTrainPrecisionUnavailable(t *testing.T) { // on tier generic, see TestMain
	inFolder(t, "stones.csv")
	for level, want := range map[string]int{"highest": 0, "high": 1, "medium": 1} {
		r := run(t, "", "train", "stones.csv", "--epochs", "2", "--json", "--precision", level)
		errs := strings.ReplaceAll(r.errs, "\n  ", " ")
		if n := strings.Count(errs, "warning: Precision "+level+" does not apply here, and products are "+
			"computed at highest: "); n != want || r.code != ok {
			t.Errorf("%s: code %d, said %d times\n%s", level, r.code, n, r.errs)
		}
	}
}

// folder lists the files of the current folder.
func folder(t *testing.T) (names []string) {
	t.Helper()
	list, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		names = append(names, f.Name())
	}
	return names
}

// TestTrainFormats trains on the same rows in every format.
func TestTrainFormats(t *testing.T) {
	inFolder(t)
	const rows = 90
	var csv, lines strings.Builder
	csv.WriteString("a;b;y\n")
	x, y := &data.Array[float64]{Dims: []int{rows, 2}}, &data.Array[int]{Dims: []int{rows}}
	for i := range rows {
		a, b := float64(i%10)/2, float64(i/10)+0.5
		c := 0
		if a > b/2 {
			c = 1
		}
		x.Data, y.Data = append(x.Data, a, b), append(y.Data, c)
		fmt.Fprintf(&csv, "%s;%s;%d\n", strings.ReplaceAll(fmt.Sprint(a), ".", ","),
			strings.ReplaceAll(fmt.Sprint(b), ".", ","), c)
		fmt.Fprintf(&lines, "{\"a\": %v, \"b\": %v, \"y\": %d}\n", a, b, c)
	}
	put(t, "rows.csv", csv.String())
	put(t, "rows.jsonl", lines.String())
	put(t, "rows.csv.gz", zipped(csv.String()))
	put(t, "rows.jsonl.gz", zipped(lines.String()))
	must(t, data.WriteNPYFile("x.npy", x))
	must(t, data.WriteNPYFile("y.npy", y))
	must(t, data.WriteNPZFile("xy.npz", map[string]data.AnyArray{"X": x, "y": y}))
	put(t, "images.idx", "\x00\x00\x08\x03\x00\x00\x00\x5a\x00\x00\x00\x01\x00\x00\x00\x02"+pixels(x.Data))
	put(t, "labels.idx", "\x00\x00\x08\x01\x00\x00\x00\x5a"+pixels(toFloats(y.Data)))
	for _, args := range []string{"rows.csv", "rows.jsonl", "rows.csv.gz", "rows.jsonl.gz",
		"x.npy --labels y.npy", "xy.npz", "images.idx --labels labels.idx"} {
		r := trainJSON(t, append(strings.Fields(args), "--epochs", "60", "--out", "m", "--lr", "0.02")...)
		if r.Task != "classes" || len(r.Classes) != 2 || len(r.Features) != 2 {
			t.Errorf("%s: %+v", args, r)
		}
		if acc := r.Metrics["training"]["accuracy"]; !(acc > 0.85) {
			t.Errorf("%s: accuracy %v", args, acc)
		}
	}
	for _, c := range []struct{ args, want string }{
		{"x.npy --labels rows.csv", "rows.csv has 3 columns, want one of labels"},
		{"rows.csv --labels short.csv", "short.csv has 1 rows, want 90"},
		{"m.safetensors -o n", "m.safetensors is safetensors, want data"},
	} {
		put(t, "short.csv", "label\n1\n")
		if r := run(t, "", append([]string{"train"}, strings.Fields(c.args)...)...); r.code == ok ||
			!strings.Contains(r.errs, c.want) {
			t.Errorf("%s: code %d, %s", c.args, r.code, r.errs)
		}
	}
}

// zipped compresses a text.
func zipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text)) // a Buffer takes all
	_ = z.Close()
	return b.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func toFloats(list []int) (f []float64) {
	for _, v := range list {
		f = append(f, float64(v))
	}
	return f
}

// pixels are twice the numbers as bytes; of 0 and 1 they are classes all the same.
func pixels(list []float64) string {
	var b []byte
	for _, v := range list {
		b = append(b, byte(2*v))
	}
	return string(b)
}

// TestTrainTestFile: the rows of the test come from another file, and rows without target are left out.
func TestTrainTestFile(t *testing.T) {
	inFolder(t, "stones.csv")
	text, err := os.ReadFile("stones.csv")
	must(t, err)
	lines := strings.SplitAfter(string(text), "\n")
	put(t, "test.csv", lines[0]+strings.Join(lines[81:121], ""))
	put(t, "train.csv", lines[0]+strings.Join(lines[1:81], "")+"15,50,8,north,\n")
	r := run(t, "", "train", "train.csv", "--test-file", "test.csv", "--json", "--epochs", "5")
	var got trainResult
	must(t, json.Unmarshal([]byte(r.out), &got))
	if got.Rows["test"] != 40 || got.Rows["training"]+got.Rows["validation"] != 80 {
		t.Errorf("rows %v", got.Rows)
	}
	if !strings.Contains(r.errs, `warning: 1 of 81 rows have no value of "kind" and are left out`) {
		t.Errorf("no warning of the row without target:\n%s", r.errs)
	}
	put(t, "other.csv", "a,b\n1,2\n")
	if r := run(t, "", "train", "train.csv", "--test-file", "other.csv"); r.code != failed ||
		!strings.Contains(r.errs, `other.csv has no column "kind"`) {
		t.Errorf("another table: code %d\n%s", r.code, r.errs)
	}
	if r := trainJSON(t, "train.csv", "--test", "0", "--validation", "0", "--epochs", "3"); len(r.Rows) != 1 {
		t.Errorf("without parts: rows %v", r.Rows)
	}
}

// TestTestFileWithoutTarget: rows of the test file without a target are left out with a warning that names the
// file, also the standard input.
func TestTestFileWithoutTarget(t *testing.T) {
	inFolder(t, "flats.csv", "stones.csv")
	for _, c := range []struct{ file, target, task string }{{"flats.csv", "price", "values"},
		{"stones.csv", "kind", "classes"}, {"flats.csv", "rooms", "classes"}} {
		rows := csvRows(t, read(t, c.file))
		at := slices.Index(rows[0], c.target)
		rows = rows[:31]
		rows[4][at], rows[30][at] = "", "NA"
		put(t, "test.csv", csvText(rows))
		args := []string{"train", c.file, "-t", c.target, "--task", c.task, "--test-file", "test.csv", "--epochs", "2"}
		r := run(t, "", append(args, "--json")...)
		var got trainResult
		want := fmt.Sprintf("test.csv: 2 of 30 rows have no value of %q and are left out", c.target)
		if json.Unmarshal([]byte(r.out), &got) != nil || got.Rows["test"] != 28 ||
			strings.Count(strings.ReplaceAll(r.errs, "\n  ", " "), want) != 1 {
			t.Errorf("%s, target %s: code %d, rows %v, %s", c.file, c.target, r.code, got.Rows, r.errs)
		}
		args[7] = "-"
		if r := run(t, read(t, "test.csv"), args...); r.code != ok ||
			!strings.Contains(r.errs, "the standard input: 2 of 30 rows") {
			t.Errorf("%s, target %s: the standard input: code %d, %s", c.file, c.target, r.code, r.errs)
		}
		args[7] = "test.csv"
		for i := range rows[1:] {
			rows[i+1][at] = ""
		}
		put(t, "test.csv", csvText(rows))
		want = fmt.Sprintf("test.csv: no row has a value of the target %q", c.target)
		r = run(t, "", args...)
		if r.code != failed || !strings.Contains(strings.ReplaceAll(r.errs, "\n  ", " "), want) {
			t.Errorf("%s, no target %s: code %d, %s", c.file, c.target, r.code, r.errs)
		}
	}
}

// TestTestFileErrors: what is wrong with the file of the test is told with its name, once.
func TestTestFileErrors(t *testing.T) {
	inFolder(t, "flats.csv")
	for text, want := range map[string]string{
		"city,area,rooms,built,price\nBonn,70,3,1990,200000\n":                   `column "balcony"`,
		"date,city,area,rooms,built,balcony,price\n,Bonn,much,3,1990,yes,2000\n": `column "area" is "much"`,
		"date,city,area,rooms,built,balcony,price\n,Bonn,70,3,1990,yes,much\n":   `line 2, column 7: "much"`} {
		put(t, "test.csv", text)
		r := run(t, "", "train", "flats.csv", "--test-file", "test.csv")
		if errs := strings.ReplaceAll(r.errs, "\n  ", " "); r.code != failed || !strings.Contains(errs, "test.csv") ||
			!strings.Contains(errs, want) || strings.Count(errs, "test.csv") != 1 {
			t.Errorf("%q: code %d, %s", text, r.code, r.errs)
		}
	}
}

// csvText writes rows as CSV.
func csvText(rows [][]string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.WriteAll(rows) // a strings.Builder takes all
	return b.String()
}

// TestTask: numbers can be classes or values, as a user says.
func TestTask(t *testing.T) {
	inFolder(t, "flats.csv")
	for task, classes := range map[string]int{"auto": 5, "classes": 5, "values": 0} {
		r := trainJSON(t, "flats.csv", "--target", "rooms", "--task", task, "--epochs", "2")
		if len(r.Classes) != classes {
			t.Errorf("%s: classes %v, want %d", task, r.Classes, classes)
		}
	}
}

// TestTrainTooFew: rows that cannot be split are an error with a way out, and nothing is written.
func TestTrainTooFew(t *testing.T) {
	inFolder(t)
	for text, want := range map[string]string{
		"a,y\n1,x\n2,y\n":     "2 different values in 2 rows",
		"a,y\n1,2.5\n2,3.5\n": "2 rows are too few for training, validation and test: lower --validation",
		"y\nx\nx\n":           "1 column, want at least one feature and the target",
		"a,y\n1,\n2,\n":       `no row has a value of the target "y"`,
		"a,y\n1,x\n1,x\n1,x\n1,x\n1,x\n1,x\n1,x\n1,x\n": "",
		"": "",
	} {
		put(t, "rows.csv", text)
		r := run(t, "", "train", "rows.csv")
		if r.code == ok || !strings.Contains(strings.ReplaceAll(r.errs, "\n  ", " "), want) {
			t.Errorf("%q: code %d, %swant %q", text, r.code, r.errs, want)
		}
		if names := folder(t); len(names) != 1 {
			t.Errorf("%q: files %v", text, names)
		}
	}
}

// cancelling cancels a context when it is written a text.
type cancelling struct {
	bytes.Buffer
	at     string
	cancel func()
}

func (c *cancelling) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(c.at)) {
		c.cancel()
	}
	return c.Buffer.Write(p)
}

// TestInterrupt: after an epoch the best is saved, before that nothing is, and it is said.
func TestInterrupt(t *testing.T) {
	inFolder(t, "flats.csv")
	for _, c := range []struct {
		at   string
		code int
		want string
	}{
		{"epoch  100/1000", ok, "interrupted after "},
		{"Training", failed, "interrupted before the first epoch was complete: nothing is saved"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		out := &cancelling{at: c.at, cancel: cancel}
		var errs bytes.Buffer
		code := Run(ctx, []string{"train", "flats.csv", "--epochs", "1000", "--patience", "0"}, nil, out,
			&errs)
		if code != c.code || !strings.Contains(out.String()+errs.String(), c.want) {
			t.Errorf("interrupted at %q: code %d\n%s%s", c.at, code, out.String(), errs.String())
		}
		_, err := os.Stat("flats.safetensors")
		if saved := err == nil; saved != (code == ok) {
			t.Errorf("interrupted at %q: the model is saved: %v", c.at, saved)
		}
		for _, name := range []string{"flats.safetensors", "flats.png", "flats.history.csv"} {
			os.Remove(name)
		}
		if names := folder(t); !slices.Equal(names, []string{"flats.csv"}) {
			t.Errorf("files %v", names)
		}
	}
}

// TestTrainCannotWrite: a path that cannot be written is an error before the training.
func TestTrainCannotWrite(t *testing.T) {
	inFolder(t, "flats.csv")
	must(t, os.Mkdir("flats.png", 0o755))
	r := run(t, "", "train", "flats.csv")
	if r.code != failed || !strings.Contains(r.errs, "flats.png: is a directory, want a file") || r.out != "" {
		t.Errorf("code %d, %s%s", r.code, r.out, r.errs)
	}
	if files, _ := filepath.Glob("flats.[sh]*"); len(files) > 0 {
		t.Errorf("files %v", files)
	}
}

// TestTestFileOfDigits: a category with digits alone in the file of the test is the same category.
func TestTestFileOfDigits(t *testing.T) {
	inFolder(t)
	var train, test strings.Builder
	train.WriteString("code,x,y\n")
	test.WriteString("code,x,y\n")
	for i := range 60 {
		fmt.Fprintf(&train, "%s,%d.5,%d.25\n", []string{"1.0", "2.0", "A1"}[i%3], i*7%13, i%3*10)
		fmt.Fprintf(&test, "%d.0,%d.5,%d.25\n", 1+i%2, i*7%13, i%2*10)
	}
	put(t, "train.csv", train.String())
	put(t, "test.csv", test.String())
	r := run(t, "", "train", "train.csv", "--target", "y", "--test-file", "test.csv", "--json", "--epochs", "5")
	var got trainResult
	must(t, json.Unmarshal([]byte(r.out), &got))
	if r.code != 0 || got.Rows["test"] != 60 {
		t.Errorf("code %d, rows %v\n%s", r.code, got.Rows, r.errs)
	}
}
