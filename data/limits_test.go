package data

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// allocated returns how much f allocates in all.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// bomb writes a gzip file of head, part count times over, and tail.
func bomb(t *testing.T, head, part string, count int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bomb.gz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := gzip.NewWriter(f)
	io.WriteString(z, head)
	for range count {
		io.WriteString(z, part)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestBombs reads small files that inflate to 200 MB.
func TestBombs(t *testing.T) {
	size := 200 << 20
	if testing.Short() {
		size = 40 << 20 // still more than may come out
	}
	const most = 192 << 20 // allocated in all, old copies of what grows and the text of rows included
	zeros := strings.Repeat("\x00", 1<<20)
	path := bomb(t, string(idxBytes([]uint32{uint32(size)})), zeros, size>>20)
	if n := allocated(func() {
		x, err := ReadIDXFile(path)
		want := "data: " + path + ": byte "
		if x != nil || err == nil || !strings.HasPrefix(err.Error(), want) ||
			!strings.Contains(err.Error(), " bytes inflates to more than 33554432 bytes; set a higher Limit if it should") {
			t.Errorf("IDX: %v", err)
		}
	}); n > 1<<20 { // the header is refused before anything is inflated
		t.Errorf("IDX: %d bytes allocated", n)
	}
	testPipedBomb(t, path)
	row := "0," + strings.Repeat("1.0000000000,", 5000) + "1\n"
	path = bomb(t, "", row, size/len(row))
	if n := allocated(func() {
		s, err := ReadCSVFile[float32](path, CSVOptions{})
		want := "data: " + path + ": byte "
		if s != nil || err == nil || !strings.HasPrefix(err.Error(), want) ||
			!strings.Contains(err.Error(), " of the unzipped data: reading the rows: a compressed stream of ") {
			t.Errorf("CSV: %v", err)
		}
	}); n > most {
		t.Errorf("CSV: %d bytes allocated", n)
	}
	ones, lines := strings.Repeat("1", 1<<20), strings.Repeat("\n", 1<<20)
	for _, c := range []struct{ start, part string }{ // an open line, an open quote, no line at all
		{"", ones}, {"0,1\n", ones}, {"0,1\n0,", ones}, {"0,1\n0,\"", ones}, {"0,1\n\"", lines},
		{"", lines}, {"0,1\n", lines},
	} {
		path = bomb(t, c.start, c.part, 16)
		if n := allocated(func() {
			s, err := ReadCSVFile[float32](path, CSVOptions{})
			place := fmt.Sprintf("byte %d of the unzipped data", min(4, len(c.start)))
			if s != nil || err == nil || !strings.Contains(err.Error(),
				place+": reading the rows: a row goes on for more than 8388608 bytes") {
				t.Errorf("CSV %q: %v", c.start, err)
			}
		}); n > most {
			t.Errorf("CSV %q: %d bytes allocated", c.start, n)
		}
	}
}

// testPipedBomb reads the file of TestBombs from a reader that does not tell its length.
func testPipedBomb(t *testing.T, path string) {
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := allocated(func() {
		x, err := ReadIDX(io.MultiReader(bytes.NewReader(file)))
		if x != nil || err == nil || !strings.Contains(err.Error(), " inflates to more than 33554432 bytes") {
			t.Errorf("IDX from a pipe: %v", err)
		}
	}); n > 96<<20 {
		t.Errorf("IDX from a pipe: %d bytes allocated", n)
	}
}

// TestLimit sets a limit of 1000 bytes on what needs 1008, and one of 1008.
func TestLimit(t *testing.T) {
	gz := zipped(t, idxBytes([]uint32{1000}, make([]byte, 1000)...))
	path := filepath.Join(t.TempDir(), "x.idx.gz")
	if err := os.WriteFile(path, gz, 0o600); err != nil {
		t.Fatal(err)
	}
	text := "0,1\n" + strings.Repeat("1,2\n", 251)
	for name, read := range map[string]func(Limit) error{
		"file":  func(l Limit) error { _, err := ReadIDXFile(path, l); return err },
		"bytes": func(l Limit) error { _, err := ReadIDX(bytes.NewReader(gz), l); return err },
		"pipe":  func(l Limit) error { _, err := ReadIDX(io.MultiReader(bytes.NewReader(gz)), l); return err },
		"CSV": func(l Limit) error {
			_, err := ReadCSV[float32](bytes.NewReader(zipped(t, []byte(text))), CSVOptions{Limit: l})
			return err
		},
	} {
		if err := read(1008); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := read(1000); err == nil || !strings.Contains(err.Error(), "bytes inflates to more than 1000 bytes") {
			t.Errorf("%s: %v", name, err)
		}
		if err := read(-1); err == nil || err.Error() != "data: the limit is -1 bytes, want at least 0" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadIDX(bytes.NewReader(gz), 1, 2); err == nil ||
		err.Error() != "data: there are 2 limits, want at most one" {
		t.Error(err)
	}
	if x, err := ReadIDX(bytes.NewReader(gz[:len(gz)-1]), 2000); x != nil || err == nil {
		t.Errorf("a gzip stream that is cut: %v, %v", x, err)
	}
}

// TestInflatedLimit reads 32 MiB of zeros, which have a ratio of 1000, and more than that at a
// ratio of less than 100.
func TestInflatedLimit(t *testing.T) {
	const size = mostInflated - 8
	path := bomb(t, string(idxBytes([]uint32{size})), strings.Repeat("\x00", size), 1)
	if x, err := ReadIDXFile(path); err != nil || len(x.Data) != size {
		t.Error(err)
	}
	// 40 MiB of zeros and then what does not shrink: about 1:50 in all.
	file := idxBytes([]uint32{41 << 20}, make([]byte, 41<<20)...)
	r := rand.New(rand.NewPCG(1, 1))
	for i := len(file) - 1<<20; i < len(file); i++ {
		file[i] = byte(r.Uint32())
	}
	path = bomb(t, string(file), "", 0)
	if x, err := ReadIDXFile(path); err != nil || len(x.Data) != 41<<20 {
		t.Error(err)
	}
}

// TestCSVNumbers reads numbers, and refuses cells that only Go takes for numbers.
func TestCSVNumbers(t *testing.T) {
	for cell, want := range map[string]float64{
		"0": 0, "-0": math.Copysign(0, -1),
		"+1": 1, "1.": 1, ".5": .5, "-.5e1": -5, "1e5": 1e5, "1E5": 1e5, "1e+5": 1e5, "1.5E-05": 1.5e-5,
		"007": 7, "1e-400": 0, "5e-324": 5e-324,
		"1.7976931348623157e308": math.MaxFloat64, " 1 ": 1, "\t1": 1,
		"0000000000000000000000000000000000000001": 1,
		"123456789012345678901234567890":           123456789012345678901234567890,
		`"1.5"`:                                    1.5, `" 1.5 "`: 1.5,
	} {
		s, err := ReadCSV[float64](strings.NewReader("1,"+cell+"\n"), CSVOptions{})
		if err != nil || s.X[0] != want || math.Signbit(s.X[0]) != math.Signbit(want) {
			t.Errorf("%q: %v, %v, want %v", cell, s, err, want)
		}
		s, err = ReadCSV[float64](strings.NewReader(cell+",1\n"), CSVOptions{Values: true})
		if err != nil || s.Values[0] != want {
			t.Errorf("value %q: %v, %v, want %v", cell, s, err, want)
		}
	}
	for _, cell := range []string{
		"", " ", "x", "0x1p-3", "0x10", "0X1P+0", "0x_1p0", "1_000", "1_0.5", "0b1", "0o7", "0b1p0",
		"1e", "e5", ".", "+", "-", "--1", "+-1", "1-", "1e5.5", "1 2",
		"inf", "-Inf", "+infinity", "nan", "NaN", "1e309", "-1e400", "1,5",
		"1f", "1d0", "1i", "١", "１", "−1", "1e٥", "$1", "5%",
	} {
		quoted := fmt.Sprintf("%q", strings.TrimSpace(cell))
		s, err := ReadCSV[float64](strings.NewReader("1;"+cell+"\n"), CSVOptions{Comma: ';'})
		if want := "data: line 1, column 2: " + quoted + " is no feature, want a finite number"; s != nil ||
			err == nil || err.Error() != want {
			t.Errorf("%q: %v, %v, want %s", cell, s, err, want)
		}
		s, err = ReadCSV[float64](strings.NewReader(cell+";1\n"), CSVOptions{Comma: ';', Values: true})
		if want := "data: line 1, column 1: " + quoted + " is no value, want a finite number"; s != nil ||
			err == nil || err.Error() != want {
			t.Errorf("value %q: %v, %v, want %s", cell, s, err, want)
		}
	}
	for cell, want := range map[string]int{"0": 0, "+1": 1, "02": 2, " 1 ": 1, `"1"`: 1} {
		if s, err := ReadCSV[float32](strings.NewReader(cell+",1\n"), CSVOptions{}); err != nil ||
			s.Y[0] != want {
			t.Errorf("class %q: %v, %v, want %d", cell, s, err, want)
		}
	}
	for _, cell := range []string{"", "1.0", "1e0", "0x1", "1_0", "0b1", "0o7", "inf", "nan",
		"99999999999999999999", "١"} {
		want := fmt.Sprintf("data: line 1, column 1: %q is no class, want an integer", cell)
		if s, err := ReadCSV[float32](strings.NewReader(cell+",1\n"), CSVOptions{}); s != nil ||
			err == nil || err.Error() != want {
			t.Errorf("class %q: %v, %v, want %s", cell, s, err, want)
		}
	}
}

// TestCSVLines reads lines and quotes as RFC 4180 has them, and a byte order mark.
func TestCSVLines(t *testing.T) {
	for _, text := range []string{
		"1,2\r\n0,3\r\n", "1,2\n0,3\n", "1,2\r\n0,3", "1,2\n0,3", "\n\n1,2\n\n\n0,3\n\n",
		"\ufeff1,2\r\n0,3\r\n", "\ufeff\"1\",\"2\"\n0,3\n",
		"\"1\",2\r\n\"0\",\"3\"\r\n", "\"1\r\n\",2\n0,\"\n3\"\n",
	} {
		s, err := ReadCSV[float64](strings.NewReader(text), CSVOptions{})
		if err != nil || fmt.Sprint(s.X, s.Y) != "[2 3] [1 0]" {
			t.Errorf("%q: %v, %v", text, s, err)
		}
	}
	header := "\ufeff\"a, \"\"b\"\"\r\nc\",d\r\n1,2\r\n0,3\r\n"
	if s, err := ReadCSV[float64](strings.NewReader(header), CSVOptions{Header: true}); err != nil ||
		fmt.Sprint(s.X, s.Y) != "[2 3] [1 0]" {
		t.Errorf("%q: %v, %v", header, s, err)
	}
	for text, want := range map[string]string{
		"\ufeff":                  "data: line 1: there are no rows, want at least 1",
		"\ufeff\ufeff1,2\n":       `data: line 1, column 1: "\ufeff1" is no class, want an integer`,
		"1,2\n\ufeff0,3\n":        `data: line 2, column 1: "\ufeff0" is no class, want an integer`,
		"1,2\n0,\"3":              `data: line 2, byte 5: extraneous or missing " in quoted-field`,
		"\xff\xfe1\x00,\x002\x00": `data: line 1, column 1: "\xff\xfe1\x00" is no class, want an integer`,
	} {
		if s, err := ReadCSV[float64](strings.NewReader(text), CSVOptions{}); s != nil || err == nil ||
			err.Error() != want {
			t.Errorf("%q: %v, %v, want %s", text, s, err, want)
		}
	}
}

// TestCSVWideRow reads a row of 8 MiB and refuses a longer one, and one of more columns.
func TestCSVWideRow(t *testing.T) {
	cell := ",1." + strings.Repeat("0", 29)
	text := "0" + strings.Repeat(cell, mostCells-1) + "\n"
	text += text
	s, err := ReadCSV[float32](strings.NewReader(text), CSVOptions{})
	if err != nil || s.Rows != 2 || s.Features != mostCells-1 {
		t.Error(err)
	}
	for cells, want := range map[int]string{
		mostCells + 1: "data: line 1, column 262145: the row has 262145 columns, want at most 262144",
		1 << 21: "data: byte 532480: reading the rows: a line has more than 268288 cells, " +
			"want at most 262144",
	} {
		wide := strings.Repeat("1,", cells-1) + "1\n"
		_, err := ReadCSV[float32](strings.NewReader(wide), CSVOptions{})
		if err == nil || err.Error() != want {
			t.Errorf("%d cells: %v, want %s", cells, err, want)
		}
	}
	if _, err := ReadCSV[float32](bytes.NewReader(make([]byte, 9<<20)), CSVOptions{}); err == nil ||
		err.Error() != "data: byte 0: reading the rows: a row goes on for more than 8388608 bytes" {
		t.Error(err)
	}
}

// TestOneClass: a file with class 0 alone gives a set of two classes. Sets of one class and sets
// of no rows work in every function.
func TestOneClass(t *testing.T) {
	s, err := ReadCSV[float64](strings.NewReader("0,1\n0,2\n"), CSVOptions{})
	if err != nil || s.Classes != 2 {
		t.Fatalf("%+v, %v", s, err)
	}
	if s, err := ReadCSV[float64](strings.NewReader("0,1\n"), CSVOptions{Classes: 1}); err != nil ||
		s.Classes != 1 {
		t.Errorf("one class that was asked for: %+v, %v", s, err)
	}
	for _, rows := range []int{0, 1, 5} {
		for _, s := range []*Set[float64]{
			{X: make([]float64, rows), Y: make([]int, rows), Rows: rows, Features: 1, Classes: 1},
			{X: make([]float64, rows), Values: make([]float64, rows), Rows: rows, Features: 1, Outputs: 1},
			{X: make([]float64, 2*rows), Y: make([]int, rows), Rows: rows, Features: 2, Classes: 3,
				Weights: make([]float64, rows)},
		} {
			testSmallSet(t, s)
		}
	}
}

func testSmallSet(t *testing.T, s *Set[float64]) {
	t.Helper()
	if err := s.Check(); err != nil {
		t.Error(err)
	}
	splits := []func(float64, uint64) (*Set[float64], *Set[float64], error){s.Split}
	if !s.Regression() {
		splits = append(splits, s.SplitStratified)
	}
	for _, split := range splits {
		for _, fraction := range []float64{0, 0.5, 1} {
			first, rest, err := split(fraction, 1)
			if err != nil || first.Rows+rest.Rows != s.Rows || first.Check() != nil || rest.Check() != nil {
				t.Errorf("%v of %d rows: %v, %v, %v", fraction, s.Rows, first, rest, err)
			}
		}
	}
	s.Apply(Standardize(s))
	for _, x := range s.X {
		if x != 0 {
			t.Errorf("a constant became %v", x)
		}
	}
	b := NewBatcher(s, 2, 1)
	dealt := 0
	x, y := make([]float64, 2*s.Features), make([]int, 2)
	for n := b.Next(x, y); n > 0; n = b.Next(x, y) {
		dealt += n
	}
	if dealt != s.Rows || b.Len() != (s.Rows+1)/2 {
		t.Errorf("%d of %d rows were dealt in %d batches", dealt, s.Rows, b.Len())
	}
}

// TestCSVMemory: what ReadCSV allocates is bounded as its documentation says, also where the length of the
// text is unknown.
func TestCSVMemory(t *testing.T) {
	text := strings.Repeat("1,2,3\n", 1<<18) + "1,2,x\n"
	for name, c := range map[string]struct {
		r     io.Reader
		times int
	}{
		"a reader with a length":  {strings.NewReader(text), 16},
		"a reader without length": {io.MultiReader(strings.NewReader(text)), 32},
	} {
		most := uint64(c.times*len(text) + 3*200 + 1<<20)
		if n := allocated(func() {
			if _, err := ReadCSV[float64](c.r, CSVOptions{Values: true}); err == nil {
				t.Errorf("%s: no error", name)
			}
		}); n > most {
			t.Errorf("%s: %d bytes allocated, want at most %d", name, n, most)
		}
	}
}

// TestRoomFor: a list doubles, but not beyond what can come.
func TestRoomFor(t *testing.T) {
	for _, c := range []struct{ have, n, rest, want int }{
		{0, 3, 100, 3}, {10, 2, 100, 22}, {10, 2, 5, 17}, {10, 2, 0, 12},
	} {
		list := make([]int, c.have)
		if got := cap(roomFor(list, c.n, c.rest)); got != c.want {
			t.Errorf("%d elements, %d and at most %d to come: room for %d, want %d", c.have, c.n, c.rest,
				got, c.want)
		}
	}
	if list := make([]int, 1, 9); &roomFor(list, 8, 0)[0] != &list[0] {
		t.Error("a list with room was copied")
	}
}

// TestSeparators: the limit of a line counts separators outside of quotes and comments, in parts of any
// length.
func TestSeparators(t *testing.T) {
	text := "a,b\n\"x,\"\"\n,,\",c,d\n#,,,\"\n,\n\n#\n,,é,\"#\n\",,"
	for part := 1; part <= len(text); part++ {
		l := &rowLimit{cells: 1 << 20, comma: []byte(","), comment: []byte("#")}
		for rest := text; rest != ""; rest = rest[min(part, len(rest)):] {
			l.count([]byte(rest[:min(part, len(rest))]))
		}
		if l.line != 5 || l.quoted {
			t.Errorf("parts of %d bytes: the last line has %d separators, want 5", part, l.line)
		}
	}
	var lines []int
	l := &rowLimit{cells: 1 << 20, comma: []byte(","), comment: []byte("#")}
	for _, b := range []byte(text) {
		if before := l.line; l.count([]byte{b}) && before > 0 && l.line == 0 {
			lines = append(lines, before)
		}
	}
	if fmt.Sprint(lines) != "[1 2 1]" {
		t.Errorf("lines of %v separators, want [1 2 1]", lines)
	}
}
