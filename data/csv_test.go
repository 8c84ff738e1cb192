package data

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ashlar-go/ashlar/internal/fuzztest"
)

func TestReadCSV(t *testing.T) {
	for _, c := range []struct {
		name, text string
		opts       CSVOptions
		want       string
	}{
		{"first", "1,0.5,-2e3\n0,3,4\n", CSVOptions{}, "[0.5 -2000 3 4] [1 0] 2 2 2"},
		{"last", "0.5,-2e3,1\n3,4,0\n", CSVOptions{Label: LabelLast}, "[0.5 -2000 3 4] [1 0] 2 2 2"},
		{"index", "0.5,1,-2e3\n3,0,4\n", CSVOptions{Label: 1}, "[0.5 -2000 3 4] [1 0] 2 2 2"},
		{"from the end", "0.5,1,-2e3\n3,0,4\n", CSVOptions{Label: -2}, "[0.5 -2000 3 4] [1 0] 2 2 2"},
		{"classes", "0,1\n", CSVOptions{Classes: 7}, "[1] [0] 1 1 7"},
		{"header of another width", "150,4,setosa,versicolor\n1,2\n", CSVOptions{Header: true},
			"[2] [1] 1 1 2"},
		{"spaces, quotes, CRLF, empty lines", "\r\n 1 , \"2\"\r\n\r\n0,3\r\n", CSVOptions{},
			"[2 3] [1 0] 2 1 2"},
		{"no newline at the end", "1,2", CSVOptions{}, "[2] [1] 1 1 2"},
		{"no label", "-100,2\n1,3\n", CSVOptions{}, "[2 3] [-100 1] 2 1 2"},
		{"no label, classes", "2,-100\n", CSVOptions{Label: LabelLast, Classes: 3}, "[2] [-100] 1 1 3"},
		{"tabs", "1\t2\t3\n", CSVOptions{Comma: '\t'}, "[2 3] [1] 1 2 2"},
	} {
		s, err := ReadCSV[float64](strings.NewReader(c.text), c.opts)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := fmt.Sprint(s.X, s.Y, s.Rows, s.Features, s.Classes); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
		if err := s.Check(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestReadCSVDamaged(t *testing.T) {
	for _, c := range []struct {
		name, text string
		opts       CSVOptions
		want       string
	}{
		{"feature", "0,1,2\n1,2,x\n", CSVOptions{},
			`data: line 2, column 3: "x" is no feature, want a finite number`},
		{"empty cell", "0,,2\n", CSVOptions{},
			`data: line 1, column 2: "" is no feature, want a finite number`},
		{"empty tab cell", "0\t\t2\n", CSVOptions{Comma: '\t'},
			`data: line 1, column 2: "" is no feature, want a finite number`},
		{"NaN", "0,nan\n", CSVOptions{},
			`data: line 1, column 2: "nan" is no feature, want a finite number`},
		{"range of float32", "0,1e39\n", CSVOptions{},
			`data: line 1, column 2: "1e39" is no feature, want a finite number`},
		{"long cell", "0," + strings.Repeat("y", 50) + "\n", CSVOptions{},
			`data: line 1, column 2: "` + strings.Repeat("y", 40) +
				`"... is no feature, want a finite number`},
		{"cell of two lines", "h,h\n0,\"1\n2\"\n", CSVOptions{Header: true},
			`data: line 2, column 2: "1\n2" is no feature, want a finite number`},
		{"label", "1,2,setosa\n", CSVOptions{Label: LabelLast},
			`data: line 1, column 3: "setosa" is no class, want an integer`},
		{"label fraction", "1,2,1.5\n", CSVOptions{Label: LabelLast},
			`data: line 1, column 3: "1.5" is no class, want an integer`},
		{"label negative", "-1,2\n", CSVOptions{Classes: 3},
			"data: line 1, column 1: the class is -1, want 0 to 2, or Ignored (-100)"},
		{"label too large", "3,2\n", CSVOptions{Classes: 3},
			"data: line 1, column 1: the class is 3, want 0 to 2, or Ignored (-100)"},
		{"label absurd", "1000000000,2\n", CSVOptions{},
			"data: line 1, column 1: the class is 1000000000, want 0 to 1048575, or Ignored (-100)"},
		{"short row", "0,1,2\n\n1,2\n", CSVOptions{},
			"data: line 3, column 2: the row has 2 columns, want 3 as in the first"},
		{"long row", "0,1\n1,2,3,4\n", CSVOptions{},
			"data: line 2, column 3: the row has 4 columns, want 2 as in the first"},
		{"one column", "1\n2\n", CSVOptions{},
			"data: line 1, column 1: the row has 1 column, want a label and at least one feature"},
		{"label column", "1,2\n", CSVOptions{Label: 2},
			"data: line 1, column 2: the row has 2 columns, want a label in column 2, CSVOptions.Label"},
		{"label column from the end", "1,2\n", CSVOptions{Label: -3},
			"data: line 1, column 2: the row has 2 columns, want a label in column -3, CSVOptions.Label"},
		{"empty", "", CSVOptions{}, "data: line 1: there are no rows, want at least 1"},
		{"header only", "a,b\n", CSVOptions{Header: true},
			"data: line 1: there are no rows, want at least 1"},
		{"quote", "0,1\n1,a\"b\n", CSVOptions{}, `data: line 2, byte 4: bare " in non-quoted-field`},
		{"classes", "0,1\n", CSVOptions{Classes: -1}, "data: CSVOptions.Classes is -1, want at least 0"},
		{"delimiter", "0,1\n", CSVOptions{Comma: '\n'},
			"data: byte 0: reading the rows: csv: invalid field or comment delimiter"},
	} {
		s, err := ReadCSV[float32](strings.NewReader(c.text), c.opts)
		if s != nil || err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, %v\nwant %s", c.name, s, err, c.want)
		}
	}

	broken := errors.New("the cable is out")
	_, err := ReadCSV[float32](io.MultiReader(strings.NewReader("0,1\n"), iotest.ErrReader(broken)),
		CSVOptions{})
	if !errors.Is(err, broken) || err.Error() != "data: byte 4: reading the rows: the cable is out" {
		t.Errorf("a reader that fails: %v", err)
	}
}

func TestReadCSVFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv.gz")
	if err := os.WriteFile(path, zipped(t, []byte("1,2\n0,3\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := ReadCSVFile[float32](path, CSVOptions{}); err != nil ||
		fmt.Sprint(s.X, s.Y) != "[2 3] [1 0]" {
		t.Errorf("got %v, %v", s, err)
	}
	want := "data: " + path + ": line 1, column 1 of the unzipped data: the class is 1, want 0 to 0, or Ignored (-100)"
	if s, err := ReadCSVFile[float32](path, CSVOptions{Classes: 1}); s != nil || err == nil ||
		err.Error() != want {
		t.Errorf("got %v, %v, want %s", s, err, want)
	}
}

// Whatever the input, ReadCSV returns either an error and nothing, or a valid set.
func FuzzReadCSV(f *testing.F) {
	f.Add([]byte("1,2,3\n0,4,5\n"), 0, false)
	f.Add([]byte("a,b\n1.5,\"1\"\n"), -1, true)
	f.Add([]byte("1,2\n\"3\n"), 1, false)
	fuzztest.Run(f, func(t *testing.T, text []byte, label int, header bool) {
		s, err := ReadCSV[float32](strings.NewReader(string(text)), CSVOptions{Label: label, Header: header})
		if err != nil {
			if s != nil || strings.Contains(err.Error(), "\n") {
				t.Fatalf("got %v, %q", s, err)
			}
			return
		}
		if err := s.Check(); err != nil || s.Rows == 0 {
			t.Fatalf("%q gave %d rows: %v", text, s.Rows, err)
		}
	})
}
