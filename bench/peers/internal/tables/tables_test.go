package tables

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

func TestCells(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct{ got, want string }{
		{Number(1.25), "1.2"}, {Number(nan), ""}, {Share(0.5), "50 %"}, {Share(nan), ""},
		{Ratio(2), "2.000"}, {Ratio(nan), ""}, {Beside(10, 0.5), "10.0 0.500"}, {Beside(nan, nan), ""},
		{Beside(10, nan), "10.0"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestMean(t *testing.T) {
	if m, n := Mean([]float64{2, math.NaN(), 8}); math.Abs(m-4) > 1e-12 || n != 2 {
		t.Errorf("the mean of 2 and 8 is %v, of %d", m, n)
	}
	if m, n := Mean(nil); !math.IsNaN(m) || n != 0 {
		t.Errorf("the mean of nothing is %v, of %d", m, n)
	}
}

func TestWriteCSV(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.csv")
	if err := WriteCSV(path, [][]string{{"a", "b, c"}, {"1", ""}}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if want := "a,\"b, c\"\n1,\n"; err != nil || string(text) != want {
		t.Errorf("the file is %q, %v; want %q", text, err, want)
	}
	if err := WriteCSV(filepath.Join(path, "x"), nil); err == nil {
		t.Error("no error from a folder that is a file")
	}
	if list, err := os.ReadDir(folder); err != nil || len(list) != 1 {
		t.Errorf("%v remain, %v", list, err)
	}
}
