package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ashlar-go/ashlar/internal/mallocs"
)

// counting returns a set whose row i has i in its features, its class or value, and its weight.
func counting(rows int, regression, weighted bool) *Set[float32] {
	s := &Set[float32]{Rows: rows, Features: 3}
	if regression {
		s.Outputs, s.Values = 2, []float32{}
	} else {
		s.Classes = 7
	}
	for i := range rows {
		v := float32(i)
		s.X = append(s.X, v, -v, v/2)
		if regression {
			s.Values = append(s.Values, v, v+1)
		} else {
			s.Y = append(s.Y, i%7)
		}
		if weighted {
			s.Weights = append(s.Weights, v+1)
		}
	}
	return s
}

// epochOf returns the rows of one epoch, and checks that each is whole.
func epochOf(t *testing.T, d *Dealer[float32], epoch, first int) (order []int) {
	t.Helper()
	d.Start(epoch, first)
	for {
		m, err := d.Next(context.Background())
		if err == io.EOF {
			return order
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Check(); err != nil || m.Rows == 0 {
			t.Fatal(m.Rows, err)
		}
		for i := range m.Rows {
			v := m.Row(i)[0]
			ok := m.Row(i)[1] == -v && m.Row(i)[2] == v/2
			if m.Regression() {
				ok = ok && m.Target(i)[0] == v && m.Target(i)[1] == v+1
			} else {
				ok = ok && m.Y[i] == int(v)%7
			}
			if m.Weights != nil {
				ok = ok && m.Weights[i] == v+1
			}
			if !ok {
				t.Fatalf("row %v is in pieces: %v %v %v %v", v, m.Row(i), m.Y, m.Values, m.Weights)
			}
			order = append(order, int(v))
		}
	}
}

func streamOf(t *testing.T, set *Set[float32], buffer, ahead int) *Stream[float32] {
	t.Helper()
	source, err := SetSource(set)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewStream(source, buffer)
	if err != nil {
		t.Fatal(err)
	}
	s.Ahead = ahead
	return s
}

// TestDealerOrder: each row comes once an epoch, in an order that depends on the seed and the epoch
// alone, and in which no row comes out more than the buffer less one places too early.
func TestDealerOrder(t *testing.T) {
	for _, rows := range []int{1, 5, 100, 1001} {
		for _, buffer := range []int{1, 2, 30, 100, 2000} {
			for _, batch := range []int{1, 7, 100, 5000} {
				set := counting(rows, buffer%2 == 0, batch%2 == 1)
				var want []int
				for _, ahead := range []int{0, 1, 4} {
					d := streamOf(t, set, buffer, ahead).Deal(batch, 9)
					order := epochOf(t, d, 3, 0)
					if again := epochOf(t, d, 3, 0); !slices.Equal(order, again) {
						t.Fatal("the second pass differs")
					}
					if want == nil {
						want = order
						checkOrder(t, order, rows, buffer)
					}
					if !slices.Equal(order, want) {
						t.Fatalf("%d rows, buffer %d, batch %d: the order depends on Ahead = %d", rows, buffer,
							batch, ahead)
					}
					skipped := min(2*batch, rows)
					if rest := epochOf(t, d, 3, 2); !slices.Equal(rest, order[skipped:]) {
						t.Fatalf("from batch 2: %v, want %v", rest, order[skipped:])
					}
					if n := (rows + batch - 1) / batch; d.Len() != n {
						t.Fatalf("Len is %d, want %d", d.Len(), n)
					}
				}
			}
		}
	}
}

func checkOrder(t *testing.T, order []int, rows, buffer int) {
	t.Helper()
	for place, row := range order {
		if place < row-(buffer-1) {
			t.Fatalf("row %d comes out at place %d, too early for a buffer of %d", row, place, buffer)
		}
	}
	sorted := slices.Sorted(slices.Values(order))
	for i, row := range sorted {
		if row != i {
			t.Fatalf("row %d comes %d times", i, 0)
		}
	}
	if len(order) != rows {
		t.Fatalf("%d rows come out, want %d", len(order), rows)
	}
	if buffer == 1 && !slices.IsSorted(order) {
		t.Fatal("the order changes without a buffer")
	}
	if rows > 50 && buffer > 1 && slices.IsSorted(order) {
		t.Fatal("nothing is shuffled")
	}
}

// TestDealerEpochs: seeds and epochs have their own orders.
func TestDealerEpochs(t *testing.T) {
	s := streamOf(t, counting(200, false, false), 50, 2)
	d := s.Deal(10, 1)
	a, b, c := epochOf(t, d, 1, 0), epochOf(t, d, 2, 0), epochOf(t, s.Deal(10, 2), 1, 0)
	if slices.Equal(a, b) || slices.Equal(a, c) || slices.Equal(b, c) {
		t.Error("two of the orders are the same")
	}
}

// TestDealerUniform: with a buffer for all rows every order is as likely as any other.
func TestDealerUniform(t *testing.T) {
	d := streamOf(t, counting(4, false, false), 4, 0).Deal(4, 1)
	const epochs = 24000
	counts := map[[4]int]int{}
	for epoch := range epochs {
		counts[[4]int(epochOf(t, d, epoch, 0))]++
	}
	chi := 0.0
	for _, n := range counts {
		chi += math.Pow(float64(n)-epochs/24, 2) / (epochs / 24)
	}
	if len(counts) != 24 || chi > 49.7 { // 23 degrees of freedom: 1 in 1000 is above
		t.Errorf("%d orders of 24, chi squared %.1f", len(counts), chi)
	}
}

func TestDealerDropLast(t *testing.T) {
	for _, ahead := range []int{0, 3} {
		for _, buffer := range []int{1, 8, 100} {
			d := streamOf(t, counting(25, false, false), buffer, ahead).Deal(10, 1)
			d.DropLast = true
			for epoch := range 3 {
				if n := len(epochOf(t, d, epoch, 0)); n != 20 || d.Len() != 2 {
					t.Errorf("%d rows in %d batches, want 20 in 2", n, d.Len())
				}
			}
		}
	}
}

// planted is a source of the rows of a set that fails after some of them.
type planted struct {
	Source[float32]
	rows *int // of each pass; below 0 for all
	open *int // passes that were not closed
	slow time.Duration
}

type plantedPass struct {
	Pass[float32]
	of   planted
	left int
}

var errPlanted = errors.New("planted")

func (f planted) Open() (Pass[float32], error) {
	p, err := f.Source.Open()
	*f.open++
	return &plantedPass{p, f, *f.rows}, err
}

func (p *plantedPass) Next() (*Set[float32], error) {
	time.Sleep(p.of.slow)
	if p.left == 0 {
		return nil, errPlanted
	}
	part, err := p.Pass.Next()
	if p.left > 0 && err == nil {
		part.resize(min(p.left, part.Rows))
		p.left -= part.Rows
	}
	return part, err
}

func (p *plantedPass) Close() error { *p.of.open--; return p.Pass.Close() }

// TestDealerErrors: an error of the source comes through, behind the batches before it; a pass is
// closed however it ends, and no goroutine stays.
func TestDealerErrors(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, ahead := range []int{0, 1, 5} {
		inner, _ := SetSource(counting(1000, false, false))
		rows, open := -1, 0
		source := planted{Source: inner, rows: &rows, open: &open}
		s, err := NewStream[float32](source, 20)
		if err != nil {
			t.Fatal(err)
		}
		s.Ahead = ahead
		d := s.Deal(10, 1)
		rows = 300
		d.Start(0, 0)
		for batch := range 28 { // 280 rows, while 20 are in the buffer
			if _, err := d.Next(context.Background()); err != nil {
				t.Fatal(batch, err)
			}
		}
		for range 2 {
			if _, err := d.Next(context.Background()); err != errPlanted {
				t.Errorf("ahead %d: %v, want the planted error", ahead, err)
			}
		}
		rows = -1
		if got := epochOf(t, d, 0, 0); len(got) != 1000 {
			t.Errorf("%d rows after an error", len(got))
		}
		d.Start(1, 0)
		d.Next(context.Background())
		d.Stop()
		if _, err := d.Next(context.Background()); err != io.EOF || open != 0 {
			t.Errorf("%v after Stop, %d passes are open", err, open)
		}
		d.Stop()
	}
	inner, _ := SetSource(counting(9, false, false))
	if _, err := NewStream[float32](planted{Source: inner, rows: new(int), open: new(int)}, 1); err != errPlanted {
		t.Errorf("NewStream: %v", err)
	}
	waitGoroutines(t, before)
}

// waitGoroutines waits until there are no more goroutines than before.
func waitGoroutines(t *testing.T, before int) {
	t.Helper()
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// TestDealerRestarts: an epoch that begins in the middle of another, or after Stop, is that of a fresh dealer.
// While all batches that may be ahead are prepared, the one at hand stays what it is.
func TestDealerRestarts(t *testing.T) {
	const batch = 5
	set := counting(9*batch, false, true)
	want := epochOf(t, streamOf(t, set, 8, 0).Deal(batch, 1), 1, 0)
	for _, ahead := range []int{0, 1, 2, 4} {
		for taken := range 12 { // also beyond the end
			for _, stop := range []bool{false, true} {
				d := streamOf(t, set, 8, ahead).Deal(batch, 1)
				for range taken {
					d.Next(context.Background())
				}
				if stop {
					d.Stop()
				}
				d.Start(1, 0)
				var got []int
				for i := range d.Len() {
					m, err := d.Next(context.Background())
					if err != nil {
						t.Fatal(err)
					}
					waitReady(t, d, min(ahead, d.Len()-i)) // io.EOF is prepared like a batch
					for k := range m.Rows {
						got = append(got, int(m.Row(k)[0]))
					}
				}
				if m, err := d.Next(context.Background()); err != io.EOF || !slices.Equal(got, want) {
					t.Fatalf("ahead %d, after %d batches: %v, then %v, %v, want %v", ahead, taken, got, m, err, want)
				}
			}
		}
	}
}

// waitReady waits until that many batches are prepared.
func waitReady(t *testing.T, d *Dealer[float32], batches int) {
	t.Helper()
	for begin := time.Now(); len(d.ready) < batches; runtime.Gosched() {
		if time.Since(begin) > 10*time.Second {
			t.Fatalf("%d batches are prepared, want %d", len(d.ready), batches)
		}
	}
}

// TestDealerCancel: Next returns when the context ends, although the source has nothing to offer.
func TestDealerCancel(t *testing.T) {
	before := runtime.NumGoroutine()
	inner, _ := SetSource(counting(1000, false, false))
	rows, open := -1, 0
	source := planted{Source: inner, rows: &rows, open: &open}
	s, err := NewStream[float32](&source, 20)
	if err != nil {
		t.Fatal(err)
	}
	source.slow = 200 * time.Millisecond
	d := s.Deal(10, 1)
	d.Start(0, 0)
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(10*time.Millisecond, cancel)
	begin := time.Now()
	if _, err := d.Next(ctx); err != context.Canceled || time.Since(begin) > 150*time.Millisecond {
		t.Errorf("%v after %v", err, time.Since(begin))
	}
	if _, err := d.Next(ctx); err != context.Canceled {
		t.Error(err)
	}
	if m, err := d.Next(context.Background()); err != nil || m.Rows != 10 { // it is not lost
		t.Error(m, err)
	}
	d.Stop()
	if open != 0 {
		t.Errorf("%d passes are open", open)
	}
	waitGoroutines(t, before)
}

// TestDealerChanged: a source with other rows than at first is an error, and never a short epoch.
func TestDealerChanged(t *testing.T) {
	for _, ahead := range []int{0, 2} {
		for _, c := range []struct {
			change func(*Set[float32])
			want   string
		}{
			{func(s *Set[float32]) { *s = *counting(999, false, false) }, "has 999 rows now, want 1000"},
			{func(s *Set[float32]) { *s = *counting(1001, false, false) }, "more than 1000 rows now, want 1000"},
			{func(s *Set[float32]) { *s = *counting(5000, false, false) }, "more than 1000 rows now, want 1000"},
			{func(s *Set[float32]) { *s = *counting(1000, true, false) },
				"3 features and 2 outputs, want 3 features and 7 classes"},
			{func(s *Set[float32]) { *s = *counting(1000, false, true) }, "have weights now"},
			{func(s *Set[float32]) { s.Y[500] = 7 }, "label"},
		} {
			set := counting(1000, false, false)
			s := streamOf(t, set, 50, ahead)
			d := s.Deal(64, 1)
			d.Start(0, 0)
			c.change(set)
			var err error
			for err == nil {
				_, err = d.Next(context.Background())
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		}
	}
}

// dealtWeights returns the weights of an epoch by the first feature, which numbers the rows. Without weights they
// are 1.
func dealtWeights(d *Dealer[float32], rows int) ([]float32, error) {
	weights := slices.Repeat([]float32{1}, rows)
	for {
		m, err := d.Next(context.Background())
		if err == io.EOF {
			return weights, nil
		}
		if err != nil {
			return nil, err
		}
		for i, w := range m.Weights {
			weights[int(m.Row(i)[0])] = w
		}
	}
}

// TestDealerJoinsWeights: beside a source with weights, the rows of one without weigh 1, also where the memory of
// a batch or of the buffer held rows of another weight.
func TestDealerJoinsWeights(t *testing.T) {
	const rows = 40
	for _, regression := range []bool{false, true} {
		plain, weighted := counting(rows, regression, false), counting(rows, regression, true)
		want := slices.Repeat([]float32{1}, 2*rows)
		for i := range rows {
			weighted.Row(i)[0] += rows
			weighted.Weights[i] += 0.5
			want[rows+i] = weighted.Weights[i]
		}
		for _, order := range [][2]*Set[float32]{{plain, weighted}, {weighted, plain}} {
			a, errA := SetSource(order[0])
			b, errB := SetSource(order[1])
			joined, err := JoinSources(a, b)
			if err := errors.Join(errA, errB, err); err != nil {
				t.Fatal(err)
			}
			for _, buffer := range []int{1, 7, 100} {
				s, err := NewStream(joined, buffer)
				if err != nil {
					t.Fatal(err)
				}
				for s.Ahead = range 3 {
					d := s.Deal(6, 1)
					for epoch := range 3 {
						d.Start(epoch, 0)
						if got, err := dealtWeights(d, 2*rows); err != nil || !slices.Equal(got, want) {
							t.Fatalf("buffer %d, epoch %d: %v, %v, want %v", buffer, epoch, got, err, want)
						}
					}
				}
			}
		}
	}
}

// TestDealerChangesWeights: weights that a later pass has in some of its parts, and the first pass had nowhere, are
// an error. In the other direction the rows weigh 1.
func TestDealerChangesWeights(t *testing.T) {
	const rows, none = 1000, 1000 // in parts of 256
	set := counting(rows, false, false)
	inner, err := SetSource(set)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ first, later int }{{none, 0}, {none, 256}, {none, 768}, {none, none}, {0, none},
		{768, none}, {768, 0}, {0, 768}, {256, 768}} {
		from := c.first // the row from which on there are weights
		source := MapSource(inner, 3, func(p *Set[float32]) error {
			if first := int(p.Row(0)[0]); first >= from {
				p.Weights = slices.Repeat([]float32{3}, p.Rows)
			}
			return nil
		})
		s, err := NewStream(source, 50)
		if err != nil {
			t.Fatal(err)
		}
		from = c.later
		want := slices.Concat(slices.Repeat([]float32{1}, from), slices.Repeat([]float32{3}, rows-from))
		for s.Ahead = range 3 {
			d := s.Deal(64, 1)
			got, err := dealtWeights(d, rows)
			if c.first == none && c.later < none {
				if err == nil || !strings.Contains(err.Error(), "have weights now, want none as in its first pass") {
					t.Errorf("%+v: %v", c, err)
				}
			} else if err != nil || !slices.Equal(got, want) {
				t.Errorf("%+v: %v, %v", c, got, err)
			}
		}
	}
}

// TestDealerAllocates nothing for a batch after the first epoch.
func TestDealerAllocates(t *testing.T) {
	for _, ahead := range []int{0, 1, 4} {
		d := streamOf(t, counting(40000, false, true), 500, ahead).Deal(10, 1)
		epochOf(t, d, 0, 0)
		d.Start(1, 0)
		next := func() {
			for range 100 {
				if _, err := d.Next(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
		}
		next()
		if n := mallocs.Least(next); n > 0 {
			t.Errorf("ahead %d: 100 batches allocate %d times", ahead, n)
		}
		d.Stop()
	}
}

func TestStreamArguments(t *testing.T) {
	source, _ := SetSource(counting(5, false, false))
	if _, err := NewStream(source, 0); err == nil || !strings.Contains(err.Error(), "0 rows, want at least 1") {
		t.Error(err)
	}
	if _, err := SetSource(&Set[float32]{Rows: 1}); err == nil {
		t.Error("a set that does not agree is a source")
	}
	empty, _ := SetSource(&Set[float32]{Features: 1, Classes: 2, X: []float32{}, Y: []int{}})
	if _, err := NewStream(empty, 1); err == nil || !strings.Contains(err.Error(), "no rows") {
		t.Error(err)
	}
	s := streamOf(t, counting(5, false, false), 5, 1)
	for name, f := range map[string]func(){
		"batch": func() { s.Deal(0, 1) },
		"first": func() { s.Deal(1, 1).Start(0, -1) },
		"most":  func() { counting(5, false, false).Survey(-1) },
		"Ahead": func() { s.Ahead = -1; defer func() { s.Ahead = 1 }(); s.Deal(1, 1) },
	} {
		if msg := panics(t, f); !strings.Contains(msg, name+" = ") {
			t.Errorf("%s: panics with %q", name, msg)
		}
	}
}

// allRows reads a source into one set.
func allRows(t *testing.T, s Source[float32]) *Set[float32] {
	t.Helper()
	p, err := s.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	all := emptySet[float32](s.Shape(), 0)
	for {
		part, err := p.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all.Rows += part.Rows
		all.X = append(all.X, part.X...)
		all.Y = append(all.Y, part.Y...)
		all.Values = append(all.Values, part.Values...)
		all.Weights = append(all.Weights, part.Weights...)
		clear(part.X) // it is the caller's
		clear(part.Values)
	}
}

func sameSet(a, b *Set[float32]) bool {
	return a.shape() == b.shape() && a.Rows == b.Rows && slices.Equal(a.X, b.X) && slices.Equal(a.Y, b.Y) &&
		slices.Equal(a.Values, b.Values) && slices.Equal(a.Weights, b.Weights)
}

// TestSources: files give the rows that reading them whole gives, in each pass.
func TestSources(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) string {
		if err := os.WriteFile(path(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path(name)
	}
	const rows = 3000 // several parts
	set := counting(rows, false, false)
	var classes, values strings.Builder
	classes.WriteString("a,b,c,label\n")
	for i := range rows {
		fmt.Fprintf(&classes, "%v,%v,%v,%d\n", set.Row(i)[0], set.Row(i)[1], set.Row(i)[2], set.Y[i])
		fmt.Fprintf(&values, "%v;%v\n", i, i*3)
	}
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	must(WriteNPYFile(path("x.npy"), &Array[float32]{[]int{rows, 3}, set.X}))
	must(WriteNPYFile(path("y.npy"), &Array[int]{[]int{rows}, set.Y}))
	must(WriteNPYFile(path("v.npy"), &Array[float32]{[]int{rows, 1, 3}, set.X}))
	opts := CSVOptions{Header: true, Label: LabelLast, Classes: 7}
	valueOpts := CSVOptions{Comma: ';', Values: true}
	fileC, fileV := write("c.csv", classes.String()), write("v.csv", values.String())
	wantV, err := ReadCSVFile[float32](fileV, valueOpts)
	must(err)
	x, err := ReadIDXFile("testdata/tiny-images.idx.gz")
	must(err)
	y, err := ReadIDXFile("testdata/tiny-labels.idx")
	must(err)
	wantIDX, err := FromIDX[float32](x, y, 3, 1.0/255, -0.5)
	must(err)

	csvC, err := CSVSource[float32](fileC, opts)
	must(err)
	csvV, err := CSVSource[float32](fileV, valueOpts)
	must(err)
	npy, err := NPYSource[float32](path("x.npy"), path("y.npy"), 7)
	must(err)
	npyV, err := NPYValuesSource[float32](path("x.npy"), path("v.npy"))
	must(err)
	idx, err := IDXSource[float32]("testdata/tiny-images.idx.gz", "testdata/tiny-labels.idx", 3, 1.0/255, -0.5)
	must(err)
	twice, err := JoinSources(csvC, npy)
	must(err)
	wantTwice := counting(rows, false, false)
	wantTwice.Rows, wantTwice.X, wantTwice.Y = 2*rows, append(wantTwice.X, set.X...), append(wantTwice.Y, set.Y...)
	half := MapSource(npy, 2, func(p *Set[float32]) error {
		for i := range p.Rows {
			copy(p.X[2*i:], p.X[3*i:3*i+2])
		}
		p.X = p.X[:2*p.Rows]
		return nil
	})
	wantHalf := counting(rows, false, false)
	wantHalf.Features, wantHalf.X = 2, nil
	for i := range rows {
		wantHalf.X = append(wantHalf.X, set.Row(i)[:2]...)
	}
	for _, c := range []struct {
		name   string
		source Source[float32]
		want   *Set[float32]
	}{
		{"csv", csvC, set}, {"csv values", csvV, wantV}, {"npy", npy, set}, {"idx", idx, wantIDX},
		{"npy values", npyV, &Set[float32]{X: set.X, Values: set.X, Rows: rows, Features: 3, Outputs: 3}},
		{"joined", twice, wantTwice}, {"mapped", half, wantHalf},
	} {
		for range 2 {
			if got := allRows(t, c.source); !sameSet(got, c.want) {
				t.Errorf("%s: %d rows of %v, want %d of %v", c.name, got.Rows, got.shape(), c.want.Rows,
					c.want.shape())
			}
		}
		p, err := c.source.Open()
		must(err)
		if _, err := p.Next(); err != nil { // closed before the end
			t.Error(c.name, err)
		}
		must(p.Close())
	}
}
