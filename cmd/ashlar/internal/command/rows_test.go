package command

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/model"
)

// marked returns rows of which some cells are -999, a line is a comment, and y is 3 x.
func marked(rows int) string {
	var b strings.Builder
	b.WriteString("# a station's \"rows\nx,z,y\n")
	for i := range rows {
		x := fmt.Sprint(float64(i%17) / 4)
		if i%9 == 0 {
			x = "-999"
		}
		fmt.Fprintf(&b, "%s,%d.5,%v\n", x, i%5, 3*float64(i%17)/4+0.25)
	}
	return b.String()
}

// TestTableSettingsStay: what the training took for missing and for a comment, predict, eval and convert do
// too, and flags count more.
func TestTableSettingsStay(t *testing.T) {
	inFolder(t)
	text := marked(300)
	put(t, "rows.csv", text)
	put(t, "s.toml", "[table]\nmissing = [\"-999\", \"NA\"]\ncomment = \"#\"\n")
	trainJSON(t, "rows.csv", "-c", "s.toml", "--epochs", "5", "-o", "m")
	trainJSON(t, "rows.csv", "--missing", "-999,NA", "--comment", "#", "--epochs", "5", "-o", "flags")
	plain := strings.ReplaceAll(text[strings.Index(text, "x,z"):], "-999", "")
	put(t, "plain.csv", plain)
	want := good(t, "", "predict", "m.safetensors", "plain.csv")
	for _, args := range []string{"predict m.safetensors rows.csv", "predict flags.safetensors rows.csv",
		"predict m.safetensors rows.csv --missing -999"} {
		if good(t, "", strings.Fields(args)...) != want {
			t.Errorf("ashlar %s: not as without a value", args)
		}
	}
	if good(t, text, "predict", "m.safetensors") != want {
		t.Error("the standard input: not as without a value")
	}
	other := good(t, "", "predict", "m.safetensors", "rows.csv", "--missing", "")
	if other == want || strings.Count(other, "\n") != strings.Count(want, "\n") {
		t.Error("--missing does not override the model")
	}
	scores := func(args ...string) string {
		_, figures, _ := strings.Cut(good(t, "", append([]string{"eval", "m.safetensors"}, args...)...), "\n")
		return figures
	}
	if got := scores("rows.csv"); got != scores("plain.csv") || got == scores("rows.csv", "--missing", "") {
		t.Errorf("eval\n%s", got)
	}
	if r := run(t, "", "eval", "m.safetensors", "rows.csv", "--comment", ""); r.code == ok {
		t.Error("--comment does not override the model")
	}
	good(t, "", "convert", "m.safetensors", "q.safetensors", "--int8", "--calibrate", "plain.csv")
	ranges := read(t, "q.safetensors")
	good(t, "", "convert", "m.safetensors", "q.safetensors", "--int8", "--calibrate", "rows.csv")
	if read(t, "q.safetensors") != ranges {
		t.Error("convert: the ranges are not as without a value")
	}
	for _, args := range []string{"predict m.safetensors rows.csv --comment ab",
		"eval m.safetensors rows.csv --comment ab"} {
		if r := run(t, "", strings.Fields(args)...); r.code != wrongUsage {
			t.Errorf("%s: code %d", args, r.code)
		}
	}
}

// TestSecondReading: a file whose columns look like other kinds than those of the training is read again with the
// same settings.
func TestSecondReading(t *testing.T) {
	inFolder(t)
	text := func(codes []string, gap string) string {
		b := "# codes\ncode;x;y\n"
		for i := range 60 {
			code := codes[i%len(codes)]
			if i%7 == 0 {
				code = gap
			}
			b += fmt.Sprintf("%s;%d,5;%d,25\n", code, i*7%13, i%3*10)
		}
		return b
	}
	put(t, "train.csv", text([]string{"1", "2", "A1"}, "-999"))
	digits := text([]string{"1", "2"}, "-999")
	put(t, "digits.csv", digits)
	put(t, "plain.csv", strings.ReplaceAll(strings.TrimPrefix(digits, "# codes\n"), "-999", ""))
	train := strings.Fields("train.csv --missing -999 --comment # --separator ; --decimal , --epochs 5 -o m " +
		"--test-file")
	marked := trainJSON(t, append(train, "digits.csv")...)
	plain := trainJSON(t, append(train, "plain.csv")...)
	if !maps.Equal(marked.Metrics["test"], plain.Metrics["test"]) {
		t.Errorf("--test-file: %v, want %v as without marks", marked.Metrics["test"], plain.Metrics["test"])
	}
	figures := func(file string) string {
		_, page, _ := strings.Cut(good(t, "", "eval", "m.safetensors", file), "\n")
		return page
	}
	if got, want := figures("digits.csv"), figures("plain.csv"); got != want {
		t.Errorf("eval\n%swant\n%s", got, want)
	}
}

// TestConstantTarget: there is nothing to learn, and nothing is written.
func TestConstantTarget(t *testing.T) {
	inFolder(t)
	for _, value := range []string{"5", "2.5", "x"} {
		text := "a,y\n"
		for i := range 40 {
			text += fmt.Sprintf("%d,%s\n", i, value)
		}
		put(t, "rows.csv", text)
		for _, task := range []string{"auto", "classes", "values"} {
			r := run(t, "", "train", "rows.csv", "--task", task)
			want := fmt.Sprintf(`the target "y" is %s in all 40 rows: there is nothing to learn`, value)
			if r.code != failed || !strings.Contains(strings.ReplaceAll(r.errs, "\n  ", " "), want) ||
				len(folder(t)) != 1 {
				t.Errorf("%s as %s: code %d, %s%v", value, task, r.code, r.errs, folder(t))
			}
			if value == "x" && task == "auto" {
				break
			}
		}
	}
	put(t, "rows.csv", "a,y\n1,1\n2,1\n3,1\n4,2\n")
	r := run(t, "", "train", "rows.csv", "--task", "classes")
	if r.code != failed || !strings.Contains(strings.ReplaceAll(r.errs, "\n  ", " "), "--task values") {
		t.Errorf("rare whole numbers: code %d, %s", r.code, r.errs)
	}
}

// TestTrainerWarnings: a training warns as the command does, and once.
func TestTrainerWarnings(t *testing.T) {
	inFolder(t)
	text := "a,y\n"
	for i := range 700 {
		text += fmt.Sprintf("%d,%s\n", i%91, map[bool]string{true: "rare", false: "often"}[i%70 == 0])
	}
	put(t, "rows.csv", text)
	r := run(t, "", "train", "rows.csv", "--epochs", "3", "--json")
	if n := strings.Count(r.errs, "are of often"); r.code != ok || n != 1 ||
		!strings.Contains(r.errs, "--balance") ||
		strings.Contains(r.errs, "Trainer") || strings.Contains(r.errs, "train: ") {
		t.Errorf("code %d, named %d times\n%s", r.code, n, r.errs)
	}
	for line := range strings.SplitSeq(r.errs, "\n") {
		if len(line) > 80 {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
	r = run(t, "", "train", "rows.csv", "--epochs", "3", "--json", "--balance")
	if strings.Contains(r.errs, "--balance") {
		t.Errorf("with --balance: %s", r.errs)
	}
}

// TestInfiniteMetric: R2 of rows with one value is no number that a model keeps.
func TestInfiniteMetric(t *testing.T) {
	inFolder(t, "flats.csv")
	put(t, "test.csv", "city,area,rooms,built,balcony,price\n,70,3,1990,yes,200000\n,50,2,1980,no,200000\n")
	if r := run(t, "", "train", "flats.csv", "--test-file", "test.csv", "--epochs", "2"); r.code != ok {
		t.Fatal(r.errs)
	}
	var d description
	must(t, json.Unmarshal([]byte(good(t, "", "describe", "flats.safetensors", "--json")), &d))
	if _, has := d.Model.Training.Metrics["test_r2"]; has || len(d.Model.Training.Metrics) == 0 {
		t.Errorf("%v", d.Model.Training.Metrics)
	}
}

// TestScoresUndefined: R2 of rows whose target does not vary is not a number, as train.R2 says, and so is that
// of the baseline; the other figures count.
func TestScoresUndefined(t *testing.T) {
	models(t)
	head := "city,area,rooms,built,balcony,price\n"
	for name, rows := range map[string]string{"one row": "Bonn,70,3,1990,yes,200000\n",
		"one value": "Bonn,70,3,1990,yes,0.1\nBonn,90,4,1970,no,0.1\nKiel,50,2,1980,no,0.1\n"} {
		put(t, "rows.csv", head+rows)
		var got evalResult
		must(t, json.Unmarshal([]byte(good(t, "", "eval", "flats.safetensors", "rows.csv", "--json")), &got))
		text := good(t, "", "eval", "flats.safetensors", "rows.csv", "--json")
		if strings.Count(text, `"r2": null`) != 2 || !(got.Metrics["rmse"] > 0) || !(got.Metrics["mae"] > 0) {
			t.Errorf("%s: %s", name, text)
		}
		page := good(t, "", "eval", "flats.safetensors", "rows.csv")
		row := strings.Fields(strings.ReplaceAll(lineOf(page, "R2"), "│", ""))
		if !slices.Equal(row, []string{"R2", "NaN", "NaN"}) {
			t.Errorf("%s: %s", name, page)
		}
	}
	r := run(t, "", "train", "flats.csv", "--test-file", "rows.csv", "--epochs", "2")
	if r.code != ok || strings.Contains(r.errs, "always taking the mean") {
		t.Errorf("rows that do not vary are taken for a comparison: code %d, %s", r.code, r.errs)
	}
}

// lineOf returns the first line with a text in it.
func lineOf(page, text string) string {
	for line := range strings.SplitSeq(page, "\n") {
		if strings.Contains(line, text) {
			return line
		}
	}
	return ""
}

// TestScoreValues: several targets share one R2, in which each counts by its own spread.
func TestScoreValues(t *testing.T) {
	list := []model.Prediction{{Values: []float64{1, 10}}, {Values: []float64{2, 30}}, {Values: []float64{4, 30}}}
	truth := [][]float64{{1, 10}, {2, 20}, {3, 30}}
	got := scoreValues(list, truth).figures
	for name, want := range map[string]float64{nRows: 3, nR2: 1 - 101.0/202, nRMSE: math.Sqrt(101.0 / 6),
		nMAE: 11.0 / 6} {
		if !(math.Abs(got[name]-want) <= 1e-12*want) {
			t.Errorf("%s %v, want %v", name, got[name], want)
		}
	}
	if none := scoreValues(nil, nil).figures; !math.IsNaN(none[nR2]) || none[nRows] != 0 {
		t.Errorf("no rows: %v", none)
	}
}

// TestScoreUnits: the figures of a regression and of its baseline do not depend on the unit, as far as float64 goes.
func TestScoreUnits(t *testing.T) {
	of := func(unit float64) (s, b map[string]float64) {
		list := []model.Prediction{{Values: []float64{1 * unit}}, {Values: []float64{3 * unit}}}
		all := scoreValues(list, [][]float64{{4 * unit}, {-1 * unit}})
		return all.figures, all.baseline().figures
	}
	want, base := of(1)
	if want[nMAE] != 3.5 || base[nMAE] != 2.5 || base[nRMSE] != 2.5 {
		t.Fatalf("%v, baseline %v, want errors of 3 and 4, and of 2.5", want, base)
	}
	for _, unit := range []float64{0x1p1020, 0x1p700, 0x1p-700, 0x1p-1060} {
		got, b := of(unit)
		for _, name := range []string{nRMSE, nMAE} {
			if got[name] != want[name]*unit && unit > 0x1p-1000 || math.Abs(got[name]/unit-want[name]) > 1e-4 ||
				b[name] != base[name]*unit {
				t.Errorf("%s in units of %v: %v, baseline %v, want %v and %v of them", name, unit, got[name], b[name],
					want[name], base[name])
			}
		}
		if got[nR2] != want[nR2] || b[nR2] != 0 {
			t.Errorf("R2 in units of %v: %v and %v, want %v and 0", unit, got[nR2], b[nR2], want[nR2])
		}
	}
}

// TestScoreClasses: the log loss of a class that was held impossible is finite, and rows of unknown classes do
// not count.
func TestScoreClasses(t *testing.T) {
	list := []model.Prediction{{Index: 0, Probabilities: []float64{1, 0}},
		{Index: 1, Probabilities: []float64{0.25, 0.75}}, {Index: 0, Probabilities: []float64{1 - 1e-9, 1e-9}},
		{Index: 0, Probabilities: []float64{1, 0}}}
	got := scoreClasses(list, []int{1, 1, 1, data.Ignored}, []string{"no", "yes"}).figures
	// 149 ln 2 is that of the smallest float32, 2^-149.
	want := (149*math.Ln2 - math.Log(0.75) - math.Log(1e-9)) / 3
	if !(math.Abs(got[nLogLoss]-want) <= 1e-12*want) || got[nRows] != 3 || got[nAccuracy] != 1.0/3 {
		t.Errorf("%v, want a log loss of %v", got, want)
	}
}

// TestFewRows: a class of fewer than 5 training rows is named, and one with less than a 20th of the most frequent.
func TestFewRows(t *testing.T) {
	inFolder(t)
	for _, c := range []struct {
		rare, often int
		want        string
	}{
		{4, 120, "fewer than 5 training rows are of rare"},
		{5, 100, ""},
		{5, 101, "101 training rows are of often and 5 of rare"},
		{5, 94, "there are only 99 rows to train on"},
	} {
		text := "a,y\n"
		for i := range c.rare + c.often {
			text += fmt.Sprintf("%d,%s\n", i%31, map[bool]string{true: "rare", false: "often"}[i < c.rare])
		}
		put(t, "rows.csv", text)
		r := run(t, "", strings.Fields("train rows.csv --test 0 --validation 0 --epochs 1 --hidden 2 --json")...)
		told := ""
		for line := range strings.SplitSeq(strings.ReplaceAll(r.errs, "\n  ", " "), "\n") {
			if strings.Contains(line, "rows are of") || strings.Contains(line, "there are only") {
				told += line
			}
		}
		if !strings.HasPrefix(strings.TrimPrefix(told, "warning: "), c.want) || c.want == "" && told != "" {
			t.Errorf("%d of %d: %q, want %q", c.rare, c.often, told, c.want)
		}
	}
}

// TestKeepTexts: what is only kept stays as it was written.
func TestKeepTexts(t *testing.T) {
	models(t)
	lines := strings.Split(strings.TrimSpace(read(t, "stones.csv")), "\n")[:6]
	ids := []string{"id", "0042", "1e3", "7", "-0", "1.50"}
	jsonIDs := []string{"", `"0042"`, "1e3", "7", "-0", "1.50"}
	text, objects := "", ""
	for i, line := range lines {
		text += ids[i] + "," + line + "\n"
		if c := strings.Split(line, ","); i > 0 {
			objects += fmt.Sprintf(`{"id":%s,"length":%s,"width":%s,"weight":%s,"quarry":%q}`+"\n",
				jsonIDs[i], orNull(c[0]), orNull(c[1]), orNull(c[2]), c[3])
		}
	}
	for _, in := range []string{text, objects} {
		rows := csvRows(t, good(t, in, "predict", "stones.safetensors", "--keep", "id"))
		for i, row := range rows {
			if row[0] != ids[i] {
				t.Errorf("row %d: %q, want %q", i, row[0], ids[i])
			}
		}
		list := strings.Split(strings.TrimSpace(good(t, in, "predict", "stones.safetensors", "--keep", "id",
			"--json")), "\n")
		for i, line := range list {
			var row map[string]any
			must(t, json.Unmarshal([]byte(line), &row))
			if row["id"] != ids[i+1] {
				t.Errorf("row %d: %v, want %q", i, row["id"], ids[i+1])
			}
		}
	}
}

func orNull(cell string) string {
	if cell == "" {
		return "null"
	}
	return cell
}

// TestHeaderAlone: no rows are no predictions, below a header.
func TestHeaderAlone(t *testing.T) {
	models(t)
	if got := good(t, "city,area,rooms,built,balcony,id\n", "predict", "flats.safetensors", "--keep",
		"id"); got != "id,price\n" {
		t.Errorf("got %q", got)
	}
	if got := good(t, "city,area,rooms,built,balcony\n", "predict", "flats.safetensors",
		"--json"); got != "" {
		t.Errorf("JSON: got %q", got)
	}
	for _, c := range []struct {
		text, keep string
		code       int
		want       string
	}{
		{"city,area,rooms\n", "city", failed, `there is no column "built"`},
		{"city,area,rooms,built,balcony\n", "id", wrongUsage, `the input has no column "id"`},
	} {
		r := run(t, c.text, "predict", "flats.safetensors", "--keep", c.keep)
		if r.code != c.code || !strings.Contains(strings.ReplaceAll(r.errs, "\n  ", " "), c.want) ||
			r.out != "" {
			t.Errorf("%q: code %d, %s%s", c.text, r.code, r.out, r.errs)
		}
	}
}

// TestUnknownClassesAlone: figures of no row are an error.
func TestUnknownClassesAlone(t *testing.T) {
	models(t)
	text := strings.NewReplacer("marble\n", "jade\n", "granite\n", "jade\n").Replace(read(t, "stones.csv"))
	head, rows, _ := strings.Cut(text, "\n")
	text = head + "\n"
	for row := range strings.SplitAfterSeq(rows, "\n") {
		if strings.HasSuffix(row, "jade\n") {
			text += row
		}
	}
	put(t, "jade.csv", text)
	r := run(t, "", "eval", "stones.safetensors", "jade.csv")
	if r.code != failed || !strings.Contains(r.errs, "no row of jade.csv") || r.out != "" {
		t.Errorf("eval: code %d, %s%s", r.code, r.out, r.errs)
	}
	r = run(t, "", "train", "stones.csv", "--test-file", "jade.csv", "-o", "x")
	if r.code != failed || !strings.Contains(r.errs, "no test row is of a class") || r.out != "" {
		t.Errorf("train: code %d, %s%s", r.code, r.out, r.errs)
	}
}
