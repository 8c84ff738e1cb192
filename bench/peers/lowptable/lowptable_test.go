//go:build linux && cgo && amd64

package main

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/bench/peers/internal/blas"
	"github.com/ashlar-go/ashlar/bench/peers/internal/contest"
	"github.com/ashlar-go/ashlar/bench/peers/internal/python"
	"github.com/ashlar-go/ashlar/kernels"
)

func TestParse(t *testing.T) {
	c, err := parse([]string{"-parts", "levels,training", "-threads", "2", "-shapes", "NT",
		"-run", "batch 8,"})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.parts, []string{"levels", "training"}) || !slices.Equal(c.threads, []string{"2"}) ||
		!c.shapes.MatchString("NT 8x8x8") || c.shapes.MatchString("NN 8x8x8") ||
		c.settings.String() != "batch 8," {
		t.Errorf("the flags were read as %+v", c)
	}
	c, err = parse(nil)
	if err != nil || !slices.Equal(c.parts, parts) || len(c.threads) != 2 || c.rounds != 9 {
		t.Errorf("without flags: %+v, %v", c, err)
	}
	for _, args := range [][]string{{"-parts", "all"}, {"-threads", "3"}, {"-shapes", "("}, {"-rounds", "0"},
		{"x"}, {"-parts", ""}, {"-threads", "1,,2"}} {
		if _, err := parse(args); err == nil {
			t.Errorf("no error from %q", args)
		}
	}
}

// Our own products agree with the reference for every transpose and size, and one that is wrong in a
// single element does not.
func TestAgree(t *testing.T) {
	for _, s := range []blas.Shape{{M: 33, N: 34, K: 35}, {TransA: true, M: 40, N: 33, K: 37},
		{TransB: true, M: 33, N: 50, K: 64}} {
		o := newOperands(s, true)
		defer o.free()
		want := referenceOf(s, o.a, o.b, o.lda, o.ldb)
		for _, e := range o.ours() {
			e.Run(1)
			c := e.result()
			if _, err := want.agree(e.name, c, e.format); err != nil {
				t.Error(err)
			}
			if e.name != byHalf {
				if again := e.result(); want.error(again) < 0.5 {
					t.Errorf("%v: what %s left was taken and not cleared", s, e.name)
				}
			}
			last, bound := len(c)-1, e.format+float64(s.K)*ofFloat32
			c[last] += float32(2.01 * bound * want.size[last])
			_, err := want.agree(e.name, c, e.format)
			if err == nil || !strings.Contains(err.Error(), e.name) {
				t.Errorf("%v: a wrong element of %s: %v", s, e.name, err)
			}
		}
	}
}

func TestError(t *testing.T) {
	r := &reference{Shape: blas.Shape{M: 1, N: 3, K: 1}, c: []float64{1, -2, 0}, size: []float64{1, 4, 0}}
	nan := float32(math.NaN())
	for _, c := range []struct {
		of   []float32
		want float64
	}{
		{[]float32{1, -2, 0}, 0}, {[]float32{1.5, -2, 0}, 0.5}, {[]float32{1, -1, 0}, 0.25},
		{[]float32{1.125, -4, 0}, 0.5}, {[]float32{nan, -2, 0}, math.Inf(1)},
		{[]float32{1, nan, 0}, math.Inf(1)}, {[]float32{1, -2, 1}, math.Inf(1)},
		{[]float32{1, -2}, math.Inf(1)}, {nil, math.Inf(1)},
	} {
		if got := r.error(c.of); got != c.want {
			t.Errorf("the error of %v is %v, want %v", c.of, got, c.want)
		}
	}
}

// The bounds are those of the formats: what rounding to bfloat16 does to an element is at most ofBFloat16,
// and more than half of that for some.
func TestFormats(t *testing.T) {
	worst := 0.0
	for x := float32(1); x < 2; x += 1.0 / (1 << 12) {
		worst = max(worst, math.Abs(float64(kernels.NewBFloat16(x).Float32()/x)-1))
	}
	if worst > ofBFloat16 || worst < ofBFloat16/2 {
		t.Errorf("rounding changes by %v, want at most %v", worst, ofBFloat16)
	}
	if product := (1+worst)*(1+worst) - 1; product > ofMedium {
		t.Errorf("two roundings change a product by %v, want at most %v", product, ofMedium)
	}
}

func TestPower(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.25: "2^-2.0", 3: "2^1.6", math.Inf(1): "2^+Inf"} {
		if got := power(v); got != want {
			t.Errorf("%v is %q, want %q", v, got, want)
		}
	}
	if got := power(math.NaN()); got != "" {
		t.Errorf("what is missing is %q", got)
	}
}

// sample has rates of ours and of three peers.
func sample() *row {
	return &row{Shape: blas.Shape{M: 64, N: 64, K: 64}, peak: 400, errors: map[string]float64{byOurs: 1e-7},
		rates: map[string]float64{byOurs: 200, byPacked: 220, byHalf: 100, byFull: 80, "A": 160,
			"A packed": 110, byTorch: 125}}
}

func TestRatios(t *testing.T) {
	peers := []*blas.BF16Peer{{Name: "A"}, {Name: "A packed", Packed: true}, {Name: "absent"}}
	r := sample()
	list := rivals(peers, []*row{{Shape: r.Shape}, r})
	if want := []rival{{"A", byOurs}, {"A packed", byPacked}, {byTorch, byHalf}}; !slices.Equal(list, want) {
		t.Fatalf("the rivals are %v", list)
	}
	if ratio, name := r.least(list, false); ratio != 0.8 || name != byTorch {
		t.Errorf("the least ratio is %v, to %s", ratio, name)
	}
	if ratio, name := r.least(list, true); ratio != 2 || name != "A packed" {
		t.Errorf("the least ratio with B packed is %v, to %s", ratio, name)
	}
	if ratio, name := r.least(nil, true); !math.IsNaN(ratio) || name != "" {
		t.Errorf("the least ratio to nobody is %v, to %q", ratio, name)
	}
	if got := r.best([]string{"absent", "A packed", "A"}); got != "A" {
		t.Errorf("the best is %q", got)
	}
	if got := r.best([]string{"absent"}); got != "" {
		t.Errorf("the best of those that are absent is %q", got)
	}
	if got := r.ratio(byOurs, "absent"); !math.IsNaN(got) {
		t.Errorf("the ratio to one that is absent is %v", got)
	}
}

func TestLimit(t *testing.T) {
	rows := []*row{{peak: 3}, {peak: 5}, {peak: 4}}
	limit(rows)
	for _, r := range rows {
		if r.peak != 5 {
			t.Errorf("the peak is %v, want the best of all", r.peak)
		}
	}
	none := []*row{{peak: math.NaN()}}
	if limit(none); !math.IsNaN(none[0].peak) {
		t.Errorf("the peak is %v where there is none", none[0].peak)
	}
}

func TestCSV(t *testing.T) {
	lines := csvLines([]*row{sample()}, 2)
	if len(lines) != 8 || strings.Join(lines[0], " ") != "2 NN 64x64x64 A 160.0 NaN" ||
		strings.Join(lines[4], " ") != "2 NN 64x64x64 ours 200.0 1e-07" ||
		!strings.HasPrefix(lines[7][2], "peak of ") || lines[7][3] != "400.0" {
		t.Errorf("the lines are %q", lines)
	}
	c := &config{csv: t.TempDir()}
	if err := c.write("products", lines); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(c.csv, "products.csv"))
	if err != nil || strings.Count(string(text), "\n") != 8 {
		t.Errorf("the file is %q, %v", text, err)
	}
	if err := new(config).write("products", lines); err != nil {
		t.Errorf("without a folder: %v", err)
	}
}

// A contestant that computes something else ends the comparison before it is timed.
func TestMeasure(t *testing.T) {
	s := blas.Shape{M: 32, N: 32, K: 32}
	o := newOperands(s, true)
	defer o.free()
	want := referenceOf(s, o.a, o.b, o.lda, o.ldb)
	list := o.ours()
	ask := func() float64 { return 1000 }
	list = append(list, entrant{name: byTorch, Contestant: contest.Contestant{Ask: ask},
		result: func() []float32 { return widened(o.ch) }, format: ofBFloat16})
	r, err := measure(want, list, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.rate(byTorch); got != s.Flops()/1000 {
		t.Errorf("1000 ns are a rate of %v", got)
	}
	if len(r.rates) != 5 || len(r.errors) != 5 || !(r.rate(byOurs) > 0) {
		t.Errorf("rates %v, errors %v", r.rates, r.errors)
	}
	idle := entrant{name: "idle", Contestant: contest.Contestant{Run: func(int) {}}, result: o.full32}
	_, err = measure(want, append(list, idle), 1, 1)
	if err == nil || !strings.Contains(err.Error(), "idle") {
		t.Errorf("one that computes nothing: %v", err)
	}
}

// The file for PyTorch has A and B in their order, and what it writes is read as it is.
func TestFiles(t *testing.T) {
	o := newOperands(blas.Shape{M: 2, N: 3, K: 4}, true)
	defer o.free()
	for _, half := range []bool{false, true} {
		file, err := o.write(half)
		defer os.Remove(file)
		if err != nil {
			t.Fatal(err)
		}
		both := append(slices.Clone(o.a), o.b...)
		if got, err := read(file, half); err != nil || !slices.Equal(got, both) {
			t.Errorf("half %v: the file has %v, %v", half, got, err)
		}
	}
	if _, err := read(filepath.Join(t.TempDir(), "none"), true); err == nil {
		t.Error("no error from a file that is not there")
	}
	absent := &torch{new(python.Process)}
	if c, err := absent.prepare(o, true, kernels.Highest); c != nil || err != nil {
		t.Errorf("without PyTorch: %v, %v", c, err)
	}
}
