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
