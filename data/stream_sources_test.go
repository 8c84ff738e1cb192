package data

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// written writes a file and returns its path.
func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTableSource: streamed rows are those that ReadTable and Apply give, for the columns of a real
// table, classes and values, and other dialects than the default.
func TestTableSource(t *testing.T) {
	text, err := os.ReadFile("testdata/flats.csv")
	if err != nil {
		t.Fatal(err)
	}
	table, err := ReadTableFile("testdata/flats.csv", TableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]Kind{}
	for _, c := range table.Columns() {
		kinds[c.Name] = c.Kind
	}
	header, rows, _ := strings.Cut(string(text), "\n")
	semicolons := strings.ReplaceAll(strings.ReplaceAll(string(text), ",", ";"), ".", ",")
	dos := "\ufeff" + strings.ReplaceAll(semicolons, "\n", "\r\n")
	names := TableOptions{Header: HeaderNo, Names: strings.Split(header, ",")}
	for _, target := range []string{"price", "balcony"} {
		fitted, err := AutoPipeline(table, target).Fit(table)
		if err != nil {
			t.Fatal(err)
		}
		want, err := Apply[float32](fitted, table)
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			path string
			opts TableOptions
			n    int
		}{
			"file":      {"testdata/flats.csv", TableOptions{}, 1},
			"gzip":      {written(t, "a.gz", string(zipped(t, text))), TableOptions{}, 1},
			"commas":    {written(t, "b.csv", dos), TableOptions{}, 1},
			"many rows": {written(t, "c.csv", header+"\n"+strings.Repeat(rows, 9)), TableOptions{}, 9},
			"no header": {written(t, "d.csv", rows), names, 1},
		} {
			s, err := TableSource[float32](c.path, c.opts, fitted)
			if err != nil {
				t.Fatal(name, err)
			}
			for range 2 {
				got, all := allRows(t, s), emptySet[float32](want.shape(), 0)
				for range c.n {
					all.Rows += want.Rows
					all.X = append(all.X, want.X...)
					all.Y = append(all.Y, want.Y...)
					all.Values = append(all.Values, want.Values...)
				}
				if !sameSet(got, all) {
					t.Errorf("%s, %s: %d rows of %v, want %d of %v", target, name, got.Rows, got.shape(), all.Rows,
						all.shape())
				}
			}
		}
	}
}

// TestTableSourceErrors: an error names the file and the line.
func TestTableSourceErrors(t *testing.T) {
	table, err := NewTable(NumberColumn("a", []float64{1, 2, 3}), CategoryColumn("b", []string{"x", "y", "x"}),
		NumberColumn("w", []float64{1, 2, 3}), CategoryColumn("y", []string{"no", "yes", "no"}))
	if err != nil {
		t.Fatal(err)
	}
	plan := Pipeline{Target: Target{Columns: []string{"y"}, Weight: "w"},
		Steps: []Step{OneHot{Columns: []string{"b"}}}}
	f, err := plan.Fit(table)
	if err != nil {
		t.Fatal(err)
	}
	bare, err := Pipeline{Steps: append(plan.Steps, Drop{Columns: []string{"y"}})}.Fit(table)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := TableSource[float32]("testdata/flats.csv", TableOptions{}, bare); err == nil ||
		!strings.Contains(err.Error(), "has no target") {
		t.Error(err)
	}
	if _, err := TableSource[float32]("testdata/flats.csv", TableOptions{}, nil); err == nil {
		t.Error("no pipeline and no error")
	}
	if _, err := TableSource[float32]("testdata/flats.csv", TableOptions{Decimal: 'x'}, f); err == nil {
		t.Error("bad options and no error")
	}
	if _, err := TableSource[float32]("testdata/absent.csv", TableOptions{}, f); err == nil ||
		!strings.Contains(err.Error(), "absent.csv") {
		t.Error(err)
	}
	const head = "a,b,w,y\n1,x,1,no\n"
	many := head + strings.Repeat("2,y,2,yes\n", 600)
	for text, want := range map[string]string{
		"":                        `line 1: there are no rows`,
		"a,b,w,y\n":               `line 1: there are no rows`,
		many + "three,x,1,no\n":   `line 603, column 1: "three" is no number, want finite numbers with a decimal`,
		many + "3,z,1,no\n":       `line 603: column "b" is "z"`,
		many + "3,x,1,maybe\n":    `line 603: column "y" is "maybe", which is no class of the training rows`,
		many + "3,x,-1,no\n":      `line 603: column "w" is -1, want a finite weight`,
		many + "3,x,1,no,5\n":     `line 603, column 5: the row has 5 columns, want 4`,
		many + "3,x,\"1,no\n":     `line 603`,
		"a,b,w\n1,x,1\n":          `column "y"`,
		"a,w,y\n1,1,no\n":         `column "b"`,
		"a;b;w;y\n1,5;x;1.5;no\n": `set TableOptions.Decimal`,
	} {
		path := written(t, "x.csv", text)
		s, err := TableSource[float32](path, TableOptions{}, f)
		if err == nil {
			_, err = SurveySource(s)
		}
		if err == nil || !strings.HasPrefix(err.Error(), "data: "+path+": ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
}

// TestArraySourceErrors of npy and IDX files.
func TestArraySourceErrors(t *testing.T) {
	dir := t.TempDir()
	npy := func(name string, dims []int, list ...float64) string {
		path := filepath.Join(dir, name)
		if err := WriteNPYFile(path, &Array[float64]{dims, list}); err != nil {
			t.Fatal(err)
		}
		return path
	}
	x, y := npy("x.npy", []int{3, 2}, 1, 2, 3, 4, 5, 6), npy("y.npy", []int{3, 1}, 0, 1, 1)
	cut := filepath.Join(dir, "cut.npy")
	more := filepath.Join(dir, "more.npy")
	whole, err := os.ReadFile(x)
	if err != nil {
		t.Fatal(err)
	}
	cutZip := written(t, "cut.npy.gz", string(zipped(t, whole[:len(whole)-9])))
	os.WriteFile(cut, whole[:len(whole)-9], 0o644)
	os.WriteFile(more, append(whole, 0), 0o644)
	fortran := filepath.Join(dir, "fortran.npy")
	turned := strings.Replace(string(whole), "'fortran_order': False", "'fortran_order': True ", 1)
	os.WriteFile(fortran, []byte(turned), 0o644)
	bools := written(t, "bools.npy",
		string(npyBytes("{'descr': '|b1', 'fortran_order': False, 'shape': (3, 1)}", 2, 0, 1)))
	images := written(t, "images.idx", "\x00\x00\x08\x02\x00\x00\x00\x02\x00\x00\x00\x02abcd")
	labels := written(t, "labels.idx", "\x00\x00\x08\x01\x00\x00\x00\x02\x00\x07")
	wide := written(t, "wide.idx", "\x00\x00\x08\x02\x00\x00\x00\x02\x00\x00\x00\x02abcd")
	claims := written(t, "claims.idx", "\x00\x00\x08\x02\x7f\xff\xff\xff\x7f\xff\xff\xffabcd")
	for _, c := range []struct {
		open func() (Source[float32], error)
		want string
	}{
		{func() (Source[float32], error) { return NPYSource[float32](x, y, 0) }, "classes is 0"},
		{func() (Source[float32], error) { return IDXSource[float32](images, labels, 0, 1, 0) }, "classes is 0"},
		{func() (Source[float32], error) { return NPYSource[float32](x, x, 2) }, "want one class a row"},
		{func() (Source[float32], error) { return NPYSource[float32](x, y, 1) },
			"y.npy: byte 136: element 1 is 1, want 0 to 0, or Ignored (-100)"},
		{func() (Source[float32], error) { return NPYSource[float32](x, npy("h.npy", []int{3}, 0, 0.5, 1), 2) },
			"h.npy: byte 136: element 1 is 0.5, which int cannot hold"},
		{func() (Source[float32], error) { return NPYSource[float32](x, npy("z.npy", []int{2}, 0, 1), 2) },
			"x.npy has 3 rows and "},
		{func() (Source[float32], error) {
			return NPYSource[float32](npy("big.npy", []int{3, 1}, 1, 2, 1e300), y, 2)
		},
			"big.npy: byte 144: element 2 is 1e+300, which float32 cannot hold"},
		{func() (Source[float32], error) {
			return NPYValuesSource[float32](x, npy("i.npy", []int{3}, 0, 1, math.Inf(1)))
		},
			"i.npy: byte 144: element 2 is +Inf, want a finite number"},
		{func() (Source[float32], error) { return NPYValuesSource[float32](npy("s.npy", nil, 1), y) },
			"want an array"},
		{func() (Source[float32], error) { return NPYValuesSource[float32](npy("0.npy", []int{3, 0}), y) },
			"want at least 1 row and 1 column"},
		{func() (Source[float32], error) { return NPYSource[float32](cut, y, 2) },
			"cut.npy: byte 167: the data end here"},
		{func() (Source[float32], error) { return NPYSource[float32](cutZip, y, 2) },
			"cut.npy.gz: byte 167 of the unzipped data: the data end here"},
		{func() (Source[float32], error) { return NPYSource[float32](more, y, 2) },
			"more.npy: byte 176: data go on here"},
		{func() (Source[float32], error) { return NPYSource[float32](fortran, y, 2) },
			"is in Fortran order, want C order"},
		{func() (Source[float32], error) { return NPYSource[float32](bools, y, 2) },
			"element 0 is 2, want a boolean, 0 or 1"},
		{func() (Source[float32], error) { return NPYSource[float32](images, y, 2) }, "the file starts"},
		{func() (Source[float32], error) { return NPYSource[float32](dir+"/absent", y, 2) }, "absent"},
		{func() (Source[float32], error) { return IDXSource[float32](images, labels, 2, 1, 0) },
			"labels.idx: byte 9: element 1 is 7, want 0 to 1"},
		{func() (Source[float32], error) { return IDXSource[float32](images, wide, 8, 1, 0) }, "want one class a row"},
		{func() (Source[float32], error) { return IDXSource[float32](claims, labels, 8, 1, 0) }, "claims.idx: byte "},
	} {
		s, err := c.open()
		if err == nil {
			_, err = SurveySource(s)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	s, err := NPYSource[float32](x, y, 2)
	if err != nil {
		t.Fatal(err)
	}
	npy("x.npy", []int{4, 2}, 1, 2, 3, 4, 5, 6, 7, 8)
	if _, err := s.Open(); err == nil || !strings.Contains(err.Error(), "has dimensions [4 2] now, want [3 2]") {
		t.Error(err)
	}
}

// TestIDXSourceTypes: every type of elements, as FromIDX reads it.
func TestIDXSourceTypes(t *testing.T) {
	for _, typ := range []IDXType{IDXUint8, IDXInt8, IDXInt16, IDXInt32, IDXFloat32, IDXFloat64} {
		width := typ.width()
		raw := make([]byte, 6*width)
		for i := range 6 {
			switch v := float64(i) * 3; typ {
			case IDXFloat32:
				binary.BigEndian.PutUint32(raw[4*i:], math.Float32bits(float32(v-7.5)))
			case IDXFloat64:
				binary.BigEndian.PutUint64(raw[8*i:], math.Float64bits(v-7.5))
			default:
				raw[width*i+width-1], raw[width*i] = byte(i), raw[width*i]|byte(128*(i%2))
			}
		}
		head := fmt.Sprintf("\x00\x00%c\x02\x00\x00\x00\x03\x00\x00\x00\x02", byte(typ))
		images := written(t, "images.idx", head+string(raw))
		labels := written(t, "labels.idx", "\x00\x00\x09\x01\x00\x00\x00\x03\x00\x9c\x01") // 0, Ignored, 1
		x, err := ReadIDXFile(images)
		if err != nil {
			t.Fatal(err)
		}
		y, err := ReadIDXFile(labels)
		if err != nil {
			t.Fatal(err)
		}
		want, err := FromIDX[float32](x, y, 2, 0.3, 0.7)
		if err != nil {
			t.Fatal(err)
		}
		s, err := IDXSource[float32](images, labels, 2, 0.3, 0.7)
		if err != nil {
			t.Fatal(err)
		}
		if got := allRows(t, s); !sameSet(got, want) {
			t.Errorf("type %#x: %v, want %v", byte(typ), got, want)
		}
	}
}

func TestSourceErrors(t *testing.T) {
	a, _ := SetSource(counting(5, false, false))
	b, _ := SetSource(counting(5, true, false))
	if _, err := JoinSources[float32](); err == nil {
		t.Error("no sources and no error")
	}
	if _, err := JoinSources(a, b); err == nil || !strings.Contains(err.Error(),
		"source 1 has 3 features and 2 outputs, want 3 features and 7 classes as source 0") {
		t.Error(err)
	}
	for want, change := range map[string]func(*Set[float32]) error{
		"planted": func(*Set[float32]) error { return errPlanted },
		"made 4 rows of 5, want as many": func(p *Set[float32]) error {
			p.resize(4)
			return nil
		},
		"len(X) is 15, want 5 rows x 2 features": func(*Set[float32]) error { return nil },
	} {
		if _, err := SurveySource(MapSource(a, 2, change)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := SurveySource(MapSource(a, 0, nil)); err == nil || !strings.Contains(err.Error(), "0 features") {
		t.Error(err)
	}
	if _, err := CSVSource[float32]("testdata/tiny.csv", CSVOptions{}); err == nil ||
		!strings.Contains(err.Error(), "CSVOptions.Classes is 0") {
		t.Error(err)
	}
	if _, err := CSVSource[float32](written(t, "empty.csv", ""), CSVOptions{Classes: 2}); err == nil ||
		!strings.Contains(err.Error(), "empty.csv: line 1: there are no rows") {
		t.Error(err)
	}
	if _, err := CSVSource[float32]("testdata/absent.csv", CSVOptions{Classes: 2}); err == nil ||
		!strings.Contains(err.Error(), "absent.csv") {
		t.Error(err)
	}
}

// TestSurvey compares it with Standardize and plain loops.
func TestSurvey(t *testing.T) {
	set := numbered[float64](1000, 5)
	for i := range set.Rows {
		set.Row(i)[0] += 1e9
		set.Row(i)[1] = 7
	}
	mean, std := Standardize(set)
	source, err := SetSource(set)
	if err != nil {
		t.Fatal(err)
	}
	v, err := SurveySource(source)
	if err != nil {
		t.Fatal(err)
	}
	m, s := v.Statistics()
	for j := range mean {
		a, b := mean[j].Float64(), m[j].Float64()
		c, d := std[j].Float64(), s[j].Float64()
		if !(math.Abs(a-b) <= 1e-14*math.Abs(a)) || !(math.Abs(c-d) <= 1e-9*c) {
			t.Errorf("feature %d: %v +- %v, want %v +- %v", j, b, d, a, c)
		}
	}
	if inMemory := set.Survey(set.Rows); !slices.Equal(inMemory.Features, v.Features) ||
		!slices.Equal(inMemory.Counts, v.Counts) {
		t.Errorf("%+v, want %+v", inMemory, v)
	}
	for _, most := range []int{0, 1, 7, 999, 5000} {
		part := set.Survey(most)
		n := min(most, 1000)
		want := numbered[float64](1000, 5).Survey(0)
		if part.Rows != 1000 || !slices.Equal(part.Counts, want.Counts) {
			t.Errorf("%d rows: %+v", most, part)
		}
		if last := float64((n - 1) * 1000 / max(1, n)); n > 1 && part.Features[0].Max != set.Row(int(last))[0] {
			t.Errorf("%d rows: the last is %v, want row %v", most, part.Features[0].Max, last)
		}
	}
	set.Row(3)[2], set.Row(4)[2] = math.NaN(), math.Inf(1)
	f := set.Survey(1000).Features[2]
	if f.NonFinite != 2 || math.IsNaN(f.Mean+f.Std+f.Min+f.Max) {
		t.Errorf("%+v", f)
	}
	set.Y[3], set.Weights = Ignored, make([]float64, 1000)
	for i := range set.Weights {
		set.Weights[i] = float64(i & 1)
	}
	if v := set.Survey(1000); v.Weighing != 499 || v.Features[2].NonFinite != 0 {
		t.Errorf("%d rows weigh something, %d infinite", v.Weighing, v.Features[2].NonFinite)
	}
}

// TestDealerDelay: rows wait in the buffer as the package comment says.
func TestDealerDelay(t *testing.T) {
	const rows, buffer = 100000, 500
	order := epochOf(t, streamOf(t, counting(rows, false, false), buffer, 2).Deal(100, 1), 0, 0)
	half, long, n := 0, 0, 0
	for place, row := range order {
		if row < buffer || row > rows-20*buffer { // those of the first filling, and the last
			continue
		}
		wait := place - (row - buffer + 1)
		n++
		if wait < 7*buffer/10 {
			half++
		}
		if wait > 3*buffer {
			long++
		}
	}
	if share := float64(half) / float64(n); !(math.Abs(share-0.503) < 0.01) {
		t.Errorf("%.3f of the rows wait less than 0.7 buffers", share)
	}
	if share := float64(long) / float64(n); !(math.Abs(share-0.0498) < 0.005) {
		t.Errorf("%.4f of the rows wait more than 3 buffers", share)
	}
	if _, err := streamOf(t, counting(3, false, false), 1, 0).Deal(1, 1).Next(context.Background()); err != nil {
		t.Error(err) // without Start it begins with epoch 0
	}
}

// TestSetFolds: each row is tested once, and classes are in proportion.
func TestSetFolds(t *testing.T) {
	set := counting(101, false, true)
	for _, stratified := range []bool{false, true} {
		folds, err := set.Folds(4, 1)
		if stratified {
			folds, err = set.FoldsStratified(4, 1)
		}
		if err != nil || len(folds) != 4 {
			t.Fatal(folds, err)
		}
		seen := make([]int, 101)
		for _, f := range folds {
			test, train := set.Select(f.Test), set.Select(f.Train)
			if test.Rows+train.Rows != 101 || test.Check() != nil || train.Check() != nil || test.Rows < 25 {
				t.Errorf("%d and %d rows", test.Rows, train.Rows)
			}
			counts := make([]int, 7)
			for k, i := range f.Test {
				seen[i]++
				counts[test.Y[k]]++
				if test.Row(k)[0] != float32(i) || test.Weights[k] != float32(i+1) {
					t.Errorf("row %d is row %d", k, i)
				}
			}
			if stratified && slices.Max(counts)-slices.Min(counts) > 1 {
				t.Errorf("classes have %v rows", counts)
			}
		}
		if slices.Max(seen) != 1 || slices.Min(seen) != 1 {
			t.Errorf("rows are tested %v times", seen)
		}
	}
	if _, err := set.Folds(1, 1); err == nil {
		t.Error("1 fold")
	}
	if _, err := set.FoldsStratified(102, 1); err == nil {
		t.Error("102 folds")
	}
	if _, err := counting(9, true, false).FoldsStratified(3, 1); err == nil {
		t.Error("a regression is stratified")
	}
	if r := counting(9, true, false).Select([]int{8, 8}); r.Rows != 2 || r.Target(1)[0] != 8 {
		t.Error(r)
	}
	if msg := panics(t, func() { set.Select([]int{101}) }); !strings.Contains(msg, "rows[0] = 101, want 0 to 100") {
		t.Error(msg)
	}
}
