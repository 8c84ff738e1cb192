package data

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// hostileJSON is a fitted pipeline of small size with that many outputs in each of two operations.
func hostileJSON(outputs int) string {
	list := func(prefix string) string {
		var b strings.Builder
		for i := range outputs {
			fmt.Fprintf(&b, ",%q", fmt.Sprint(prefix, i))
		}
		return "[" + b.String()[1:] + "]"
	}
	operation := func(column string) string {
		return `{"kind":"one-hot","column":"` + column + `","outputs":` + list(column) + `,"levels":` + list("") +
			`,"unknown":"zeros"}`
	}
	return `{"version":1,"inputs":[{"name":"a","kind":"category"},{"name":"b","kind":"category"},` +
		`{"name":"x","kind":"number"}],"operations":[` + operation("b") + "," + operation("a") + `],"features":["x"]}`
}

// TestFeatureRowLinear makes a row with 200,000 columns, which took minutes when each was inserted among
// the others.
func TestFeatureRowLinear(t *testing.T) {
	f := new(Fitted)
	if err := json.Unmarshal([]byte(hostileJSON(100_000)), f); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	x, err := FeatureRow[float32](f, map[string]any{"a": "1", "b": "2", "x": 3})
	if err != nil || !reflect.DeepEqual(x, []float32{3}) {
		t.Errorf("%v, %v", x, err)
	}
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("a row takes %v", d)
	}
	err = json.Unmarshal([]byte(hostileJSON(600_000)), f)
	want := "data: the JSON of a fitted pipeline: there are 1200003 inputs and outputs, want at most 1048576"
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestNilArguments demands an error, or a panic with a message, in place of a nil pointer.
func TestNilArguments(t *testing.T) {
	_, row := FeatureRow[float32](nil, map[string]any{"a": 1})
	_, features := Features[float32](nil, people(t))
	_, apply := Apply[float32](nil, people(t))
	_, zero := Apply[float32](new(Fitted), people(t))
	_, table := TableSource[float32]("x.csv", TableOptions{}, nil)
	_, stream := NewStream[float32](nil, 1)
	_, survey := SurveySource[float32](nil)
	_, joined := JoinSources[float32](nil)
	const none = "data: there is no source"
	for _, c := range []struct {
		err  error
		want string
	}{{row, errNotFitted.Error()}, {features, errNotFitted.Error()}, {apply, errNotFitted.Error()},
		{zero, errNotFitted.Error()}, {table, errNotFitted.Error()}, {stream, none}, {survey, none},
		{joined, "data: source 0 is nil"}} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("%v, want %s", c.err, c.want)
		}
	}
	for want, call := range map[string]func(){
		errNotFitted.Error():                func() { Unscale[float32](nil, nil) },
		"data.MapSource: the source is nil": func() { MapSource[float32](nil, 1, nil) },
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); got != want {
					t.Errorf("%s, want %s", got, want)
				}
			}()
			call()
		}()
	}
}

// TestWeightColumn fits with weights, and applies without.
func TestWeightColumn(t *testing.T) {
	table := readText(t, "a,w,y\n1,1,2.5\n2,0,4\n6,2,5\n")
	f := fitted(t, table, Target{Columns: names("y"), Weight: "w"}, Scale{Columns: names("a"), By: ScaleMinMax})
	without, err := table.Drop("w")
	if err != nil {
		t.Fatal(err)
	}
	set, err := Apply[float64](f, without)
	if err != nil || set.Weights != nil || set.Rows != 3 {
		t.Errorf("%+v, %v", set, err)
	}
	if set, err = Apply[float64](f, table); err != nil || !reflect.DeepEqual(set.Weights, []float64{1, 0, 2}) {
		t.Errorf("%+v, %v", set, err)
	}
	p := Pipeline{Target: Target{Columns: names("y"), Weight: "w"},
		Steps: []Step{Scale{Columns: names("a"), By: ScaleMinMax}}}
	if _, err := p.Fit(without); err == nil || !strings.Contains(err.Error(), `column "w" is not in the table`) {
		t.Errorf("a fit without weights: %v", err)
	}
}

// TestNarrowed: a feature, a value to predict and a weight that T rounds to infinity are errors of their cell; the
// largest that it holds are not.
func TestNarrowed(t *testing.T) {
	f := fitted(t, readText(t, "a,w,y\n1,1,2.5\n2,0,4\n6,2,5\n"), Target{Columns: names("y"), Weight: "w"},
		Choose{Columns: names("a")})
	const most = 0x1.fffffefffffffp127 // the largest float64 that float32 rounds to its largest number
	for _, x := range []float64{most, math.MaxFloat32, math.Nextafter(most, inf), 1e39, math.MaxFloat64} {
		for column, want := range map[string]string{"a": "becomes %v, which float32 cannot hold",
			"y": "becomes %v, which float32 cannot hold", "w": "is %v, want a finite weight from 0 up"} {
			cell := func(name string) *Column {
				if name == column {
					return NumberColumn(name, []float64{1, x})
				}
				return NumberColumn(name, []float64{1, 1})
			}
			table := tableOf(t, cell("a"), cell("w"), cell("y"))
			if set, err := Apply[float64](f, table); err != nil || set.Check() != nil {
				t.Errorf("%s is %v in float64: %v", column, x, err)
			}
			set, err := Apply[float32](f, table)
			if x > most {
				wantCell(t, err, CellError{Row: 1, Column: column, Msg: fmt.Sprintf(want, x)})
			} else if err != nil || set.Check() != nil || max(set.X[1], set.Weights[1], set.Values[1]) !=
				math.MaxFloat32 {
				t.Errorf("%s is %v in float32: %+v, %v", column, x, set, err)
			}
		}
	}
}

func TestDropMissing(t *testing.T) {
	table := readText(t, "a,c,y\n1,x,2.5\n2,,4\n,x,5\n3,x,\n")
	for _, c := range []struct {
		names []string
		want  string
	}{
		{nil, " | 1 x 2.5"}, {names("y"), " | 1 x 2.5 | 2 missing 4 | missing x 5"},
		{names("a", "c"), " | 1 x 2.5 | 3 x missing"},
	} {
		got, err := table.DropMissing(c.names...)
		if want := "a number, c category, y number" + c.want; err != nil || shown(got) != want {
			t.Errorf("%q: %s, %v, want %s", c.names, shown(got), err, want)
		}
	}
	got, err := table.DropMissing("y", "z")
	refused(t, "no column", got, err, `data: the table has no column "z", it has "a", "c", "y"`)
	if got, err := (*Table)(nil).DropMissing(); got != nil || err != nil {
		t.Errorf("nil: %v, %v", got, err)
	}
	for _, target := range []string{"c", "y"} {
		_, err := AutoPipeline(table, target).Fit(table)
		if err == nil || !strings.HasSuffix(err.Error(), "; Table.DropMissing leaves out such rows") {
			t.Errorf("%s: %v", target, err)
		}
	}
}

// TestRowNumbers finds the columns that number rows, before and after a split.
func TestRowNumbers(t *testing.T) {
	column := func(name string, n int, value func(i int) float64) *Column {
		x := make([]float64, n)
		for i := range x {
			x[i] = value(i)
		}
		return NumberColumn(name, x)
	}
	table := func(n int) *Table {
		return tableOf(t, column("index", n, func(i int) float64 { return float64(i) }),
			column("id", n, func(i int) float64 { return float64(1000 + i) }),
			column("repeats", n, func(i int) float64 { return float64(i / 2) }),
			column("sparse", n, func(i int) float64 { return float64(3 * i) }),
			column("falls", n, func(i int) float64 { return float64(-i) }),
			column("fractions", n, func(i int) float64 { return float64(i) + 0.5 }),
			column("y", n, func(i int) float64 { return 1 / float64(1+i) }))
	}
	all := table(200)
	train, _, err := all.Split(0.6, 3)
	if err != nil {
		t.Fatal(err)
	}
	want := Drop{Columns: names("index", "id"), Reason: "row numbers"}
	for _, table := range []*Table{all, train, table(20)} {
		if got := AutoPipeline(table, "y").Steps[0]; !reflect.DeepEqual(got, want) {
			t.Errorf("%d rows: %v, want %v", table.Rows(), got, want)
		}
	}
	if got, is := AutoPipeline(table(19), "y").Steps[0].(Drop); is {
		t.Errorf("19 rows: %v", got)
	}
	alone, err := all.Choose("index", "y")
	if err != nil {
		t.Fatal(err)
	}
	if f, err := AutoPipeline(alone, "y").Fit(alone); err != nil || !reflect.DeepEqual(f.Features(), names("index")) {
		t.Errorf("row numbers alone: %v", err)
	}
}

// TestAutoClasses: whole numbers are classes if at most 20 are different and each occurs twice or more on average.
func TestAutoClasses(t *testing.T) {
	for _, c := range []struct {
		different, rows int
		want            bool
	}{
		{1, 2, true}, {2, 3, false}, {2, 4, true}, {3, 5, false}, {3, 6, true}, {3, 7, true}, {20, 39, false},
		{20, 40, true}, {20, 41, true}, {21, 42, false}, {21, 1000, false},
	} {
		for name, value := range map[string]func(i int) float64{
			"whole":     func(i int) float64 { return float64(i%c.different - 1) },
			"missing":   func(i int) float64 { return float64(i%c.different - 1) },
			"fractions": func(i int) float64 { return float64(i%c.different) + 0.5 },
		} {
			y := NumberColumn("y", nil)
			for i := range c.rows {
				y.Numbers = append(y.Numbers, value(i))
			}
			if name == "missing" { // they do not count
				y.Numbers = append(y.Numbers, slices.Repeat([]float64{nan}, 2*c.different)...)
			}
			x := NumberColumn("x", slices.Clone(y.Numbers))
			p := AutoPipeline(tableOf(t, x, y), "y")
			if want := c.want && name != "fractions"; p.Target.Classes != want || (p.Target.Scale == nil) != want {
				t.Errorf("%d different in %d rows, %s: %+v, want classes %v", c.different, c.rows, name, p.Target, want)
			}
		}
	}
}
