package data

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSurveyRange surveys numbers whose squares leave the range of float64, as Standardize takes them.
func TestSurveyRange(t *testing.T) {
	for _, x := range [][]float64{{-1e200, 1e200, 3e200}, {1e-200, 3e-200, -1e-200}, {0, 1e-200, 1, 1e200, 5},
		{0, 0, 3, 4}, {1e308, -1e308, 1e308}, {1e-310, 3e-310, 2e-310}, {5e200, 5e200}, {1e-300, 1e-300, 2}} {
		set := &Set[float64]{X: x, Values: make([]float64, len(x)), Outputs: 1, Rows: len(x), Features: 1}
		mean, std := set.Survey(len(x)).Statistics()
		wantMean, wantStd := Standardize(set)
		for _, c := range []struct{ got, want float64 }{{mean[0].Float64(), wantMean[0].Float64()},
			{std[0].Float64(), wantStd[0].Float64()}} {
			if math.Abs(c.got/c.want-1) > 1e-12 && math.Abs(c.got-c.want) > 1e-321 {
				t.Errorf("%g: %g, want %g", x, c.got, c.want)
			}
		}
	}
}

// TestSurveyUnits: columns whose magnitude crosses one of the two where the unit of the moments changes have the
// figures of Standardize, at whatever place it rises or falls.
func TestSurveyUnits(t *testing.T) {
	near := func(got, want float64) bool { return math.Abs(got/want-1) <= 1e-12 }
	for _, unit := range []float64{0x1p-400, 0x1p400} {
		for _, list := range [][]float64{{0.5, 0.75, 0.25, 0.875, 1.5, 1.25}, {0.75, -0.5, 0.25, 1, -1.5, 0.875},
			{1.5, 2, 1.25, 0.5, 0.75, 0.875}, {0.5, 0x1.fffffffffffffp-1, 1, 3}, {-0.75, -0.5, -0.25, -2}} {
			for shift := range list {
				x := slices.Concat(list[shift:], list[:shift])
				for i := range x {
					x[i] *= unit
				}
				set := &Set[float64]{X: x, Values: x, Outputs: 1, Rows: len(x), Features: 1}
				mean, std := Standardize(set)
				source, err := SetSource(set)
				if err != nil {
					t.Fatal(err)
				}
				streamed, err := SurveySource(source)
				if err != nil {
					t.Fatal(err)
				}
				for _, v := range []*Survey{streamed, set.Survey(len(x))} {
					for _, m := range []Moments{v.Features[0], v.Targets[0]} {
						if !near(m.Mean, mean[0].Float64()) || !near(m.Std, std[0].Float64()) {
							t.Errorf("%g: %g +- %g, want %g +- %g", x, m.Mean, m.Std, mean[0].Float64(),
								std[0].Float64())
						}
					}
				}
			}
		}
	}
}

// TestTableSourceColumns names the file and the column that it lacks, before any pass.
func TestTableSourceColumns(t *testing.T) {
	f := fitted(t, readText(t, "a,w,y\n1,1,2.5\n2,1,4\n"), Target{Columns: names("y"), Weight: "w"},
		Scale{Columns: names("a"), By: ScaleMinMax})
	dir := t.TempDir()
	for text, want := range map[string]string{
		"a,x\n1,2\n":     `line 1: column "y" is not in the file, which has "a", "x"`,
		"y,w\n1,2\n":     `line 1: column "a" is not in the file, which has "y", "w"`,
		"1,2,3\n1,2,3\n": `line 1: column "a" is not in the file, which has "column1", "column2", "column3"`,
	} {
		path := filepath.Join(dir, "x.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := TableSource[float32](path, TableOptions{}, f)
		if got != nil || err == nil || err.Error() != "data: "+path+": "+want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	path := filepath.Join(dir, "x.csv")
	if err := os.WriteFile(path, []byte("y,a\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	source, err := TableSource[float32](path, TableOptions{}, f)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := NewStream(source, 1); err != nil || s.Survey().Rows != 1 {
		t.Errorf("without weights: %v", err)
	}
}

// TestSourceLimit lowers the limit of compressed arrays.
func TestSourceLimit(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, zipped(t, text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var npy strings.Builder
	if err := WriteNPY(&npy, &Array[float64]{Dims: []int{4}, Data: []float64{0, 1, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	x := write("x.npy.gz", []byte(npy.String()))
	idx := write("x.idx.gz", append(idxBytes([]uint32{4}), 0, 1, 0, 1))
	for name, open := range map[string]func(limit ...Limit) (Source[float32], error){
		"npy":    func(l ...Limit) (Source[float32], error) { return NPYSource[float32](x, x, 2, l...) },
		"values": func(l ...Limit) (Source[float32], error) { return NPYValuesSource[float32](x, x, l...) },
		"idx":    func(l ...Limit) (Source[float32], error) { return IDXSource[float32](idx, idx, 2, 1, 0, l...) },
	} {
		for _, limit := range [][]Limit{nil, {1 << 20}} {
			if _, err := open(limit...); err != nil {
				t.Errorf("%s, limit %v: %v", name, limit, err)
			}
		}
		if s, err := open(10); s != nil || err == nil ||
			!strings.Contains(err.Error(), "inflates to more than 10 bytes") {
			t.Errorf("%s, limit 10: %v", name, err)
		}
		if s, err := open(1, 2); s != nil || err == nil || !strings.Contains(err.Error(), "there are 2 limits") {
			t.Errorf("%s, two limits: %v", name, err)
		}
	}
}

// TestSourceLimitOptions: the limit among the options of a CSV file or table holds when the source is made and in each
// pass.
func TestSourceLimitOptions(t *testing.T) {
	f := fitted(t, readText(t, "a,y\n1,0.5\n2,1\n3,1.5\n"), Target{Columns: names("y")}, Scale{Columns: names("a"),
		By: ScaleMinMax})
	const short = "a,y\n1,0\n2,1\n"
	long := short + strings.Repeat("2,1\n", 30000)
	for name, open := range map[string]func(path string, l Limit) (Source[float32], error){
		"classes": func(path string, l Limit) (Source[float32], error) {
			return CSVSource[float32](path, CSVOptions{Header: true, Label: LabelLast, Classes: 2, Limit: l})
		},
		"values": func(path string, l Limit) (Source[float32], error) {
			return CSVSource[float32](path, CSVOptions{Header: true, Values: true, Limit: l})
		},
		"table": func(path string, l Limit) (Source[float32], error) {
			return TableSource[float32](path, TableOptions{Limit: l}, f)
		},
	} {
		path := written(t, "x.csv.gz", string(zipped(t, []byte(short))))
		for limit, want := range map[Limit]string{10: path + ": ", -1: "data: the limit is -1 bytes, want at least 0"} {
			if s, err := open(path, limit); s != nil || err == nil || !strings.Contains(err.Error(), want) ||
				limit > 0 && !strings.Contains(err.Error(), "inflates to more than 10 bytes") {
				t.Errorf("%s, limit %d: %v", name, limit, err)
			}
		}
		for limit, want := range map[Limit]string{0: "", 1 << 20: "", 100: "inflates to more than 100 bytes"} {
			if err := os.WriteFile(path, zipped(t, []byte(short)), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := open(path, limit)
			if err != nil {
				t.Fatal(name, limit, err)
			}
			if err := os.WriteFile(path, zipped(t, []byte(long)), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := SurveySource(s); (err == nil) != (want == "") || err != nil &&
				!strings.Contains(err.Error(), want) {
				t.Errorf("%s, a pass with limit %d: %v", name, limit, err)
			}
		}
	}
}

// TestTableSourceKinds: the kinds of the columns are those of the pipeline, whatever the options say of these and of
// others.
func TestTableSourceKinds(t *testing.T) {
	const rows = "7;x;1,5;no\n8;y;2,5;yes\n9;x;3,5;no\n6;y;0,5;yes\n"
	f := fitted(t, readText(t, "a;b;w;y\n"+rows), Target{Columns: names("y"), Weight: "w"},
		OneHot{Columns: names("b")}, Scale{Columns: names("a"), By: ScaleMinMax})
	path := written(t, "x.csv", "a;b;w;y\n"+rows)
	plain, err := TableSource[float32](path, TableOptions{}, f)
	if err != nil {
		t.Fatal(err)
	}
	want := allRows(t, plain)
	for _, kinds := range []map[string]Kind{
		{"a": KindText, "w": KindText}, {"a": KindCategory, "w": KindCategory}, {"b": KindNumber, "y": KindNumber},
		{"b": KindText, "y": KindText}, {"absent": KindNumber},
	} {
		s, err := TableSource[float32](path, TableOptions{Kinds: kinds}, f)
		if err != nil {
			t.Errorf("%v: %v", kinds, err)
		} else if got := allRows(t, s); !sameSet(got, want) {
			t.Errorf("%v: %+v, want %+v", kinds, got, want)
		}
	}
}

// TestTableSourceSample: the first 1000 rows decide what the options leave open, and no other.
func TestTableSourceSample(t *testing.T) {
	f := fitted(t, readText(t, "a;y\n1;0.5\n2;1\n3;1.5\n"), Target{Columns: names("y")}, Scale{Columns: names("a"),
		By: ScaleMinMax})
	for row, want := range map[int]string{1: "", 999: "", 1000: "",
		1001: `line 1002, column 1: "2,5" is no number, want finite numbers with a decimal point`} {
		text := "a;y\n" + strings.Repeat("1;1\n", row-1) + "2,5;2\n" + strings.Repeat("1;1\n", 5)
		path := written(t, "x.csv", text)
		s, err := TableSource[float32](path, TableOptions{}, f)
		if err != nil {
			t.Fatal(row, err)
		}
		if want != "" {
			want = "data: " + path + ": " + want
		}
		if _, err := SurveySource(s); (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("a comma in row %d: %v, want %s", row, err, want)
		}
	}
}

// sparing is a source that has an empty part, or none, in place of one of its parts.
type sparing struct {
	Source[float32]
	at    *int // the part; below 0 for none
	empty *Set[float32]
}

type sparingPass struct {
	Pass[float32]
	of   sparing
	part int
}

func (s sparing) Open() (Pass[float32], error) {
	p, err := s.Source.Open()
	return &sparingPass{Pass: p, of: s}, err
}

func (p *sparingPass) Next() (*Set[float32], error) {
	if p.part++; p.part-1 == *p.of.at {
		return p.of.empty, nil
	}
	return p.Pass.Next()
}

// TestSourceEmptyPart: a part without rows is an error, when rows are counted and when they are dealt out.
func TestSourceEmptyPart(t *testing.T) {
	const want = "data: the source handed out no rows, want some or io.EOF"
	inner, err := SetSource(counting(600, false, false)) // in parts of 256
	if err != nil {
		t.Fatal(err)
	}
	for _, empty := range []*Set[float32]{nil, counting(0, false, false)} {
		for at := range 4 {
			source := sparing{inner, new(int), empty}
			*source.at = at
			if s, err := NewStream[float32](source, 1); s != nil || err == nil || err.Error() != want {
				t.Errorf("part %d, %v: %v", at, empty, err)
			}
			*source.at = -1
			s, err := NewStream[float32](source, 1)
			if err != nil {
				t.Fatal(err)
			}
			*source.at = at
			for s.Ahead = range 3 {
				if err := allBatches(s.Deal(64, 1)); err == nil || err.Error() != want {
					t.Errorf("part %d, %v, ahead %d: %v", at, empty, s.Ahead, err)
				}
			}
		}
	}
}
