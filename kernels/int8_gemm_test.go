package kernels_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels"
)

// naiveInt8 is the definition of GemmInt8 without epilogue, in loops that share nothing with it. lo and hi
// are the range of all rows, unless both are 0.
func naiveInt8(m, n, k int, a []float32, lda int, q []int8, scale []float32, lo, hi float32) []float32 {
	c := make([]float32, m*n)
	for i := range m {
		row := a[i*lda:][:k]
		low, high, finite := 0.0, 0.0, true
		for _, v := range row {
			low, high = math.Min(low, float64(v)), math.Max(high, float64(v))
			finite = finite && !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0)
		}
		if lo != 0 || hi != 0 {
			low, high = math.Min(0, float64(lo)), math.Max(0, float64(hi))
		}
		step := float32(math.Max(float64(float32((high-low)/255)), 0x1p-126))
		zero := math.Min(math.Max(math.RoundToEven(-low/float64(step)), 0), 255)
		inverse := float32(1 / float64(step))
		for j := range n {
			sum := int64(0)
			for p, v := range row {
				x := float64(float32(v * inverse))
				x = math.RoundToEven(math.Min(math.Max(x, -zero), 255-zero))
				if finite {
					sum += int64(x) * int64(q[p*n+j])
				}
			}
			c[i*n+j] = float32(float32(float32(sum)*scale[j]) * step)
			if !finite {
				c[i*n+j] = float32(math.NaN())
			}
		}
	}
	return c
}

// eachInt8Path runs a test on every path of this CPU.
func eachInt8Path(t *testing.T, f func(t *testing.T)) {
	defer kernels.LimitInt8(kernels.ActiveInt8())
	for _, p := range kernels.Int8Paths() {
		if kernels.LimitInt8(p) != nil {
			continue // above what the environment allows
		}
		t.Run(p.String(), f)
	}
}

func normals(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// TestGemmInt8 has, on every path, the bits of the definition.
func TestGemmInt8(t *testing.T) {
	eachInt8Path(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 1))
		for _, s := range [][3]int{{1, 1, 1}, {1, 10, 3}, {3, 48, 4}, {5, 49, 17}, {8, 100, 33},
			{13, 17, 128}, {2, 700, 301}, {70, 65, 64}, {300, 300, 9}} {
			m, n, k := s[0], s[1], s[2]
			lda, ldc := k+r.IntN(3), n+r.IntN(3)
			a, w := normals(r, m*lda), normals(r, n*k)
			transB, ldw := r.IntN(2) == 0, n
			if transB {
				ldw = k
			}
			q, scale := make([]int8, k*n), make([]float32, n)
			kernels.QuantizeColumns(q, n, scale, transB, k, n, w, ldw)
			if m > 2 {
				a[2*lda+r.IntN(k)] = float32(math.NaN())
				a[r.IntN(k)] = float32(math.Inf(-1))
				clear(a[lda:][:k])
			}
			b := kernels.QuantizeB(transB, k, n, w, ldw)
			for _, limits := range [][2]float32{{}, {-1, 2}, {1, 3}} {
				c := normals(r, m*ldc)
				if limits == ([2]float32{}) {
					kernels.GemmInt8(m, a, lda, b, c, ldc, kernels.Epilogue[float32]{})
				} else {
					kernels.GemmInt8Range(limits[0], limits[1], m, a, lda, b, c, ldc,
						kernels.Epilogue[float32]{})
				}
				want := naiveInt8(m, n, k, a, lda, q, scale, limits[0], limits[1])
				for i := range m {
					if err := sameInt8(c[i*ldc:][:n], want[i*n:][:n]); err != nil {
						t.Fatalf("%v, range %v, row %d: %v", s, limits, i, err)
					}
				}
			}
		}
	})
}

// sameBits reports the first element that differs; NaN equals NaN, and zeros equal each other.
func sameInt8(got, want []float32) error {
	for i, w := range want {
		if g := got[i]; g != w && (g == g || w == w) {
			return fmt.Errorf("element %d = %v, want %v", i, g, w)
		}
	}
	return nil
}

// TestQuantizeColumns: the integers and scales are those of the definition, and poisoned columns are NaN.
func TestQuantizeColumns(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	b := []float32{
		1, -254, 0, nan, 1, 1e-44, 3e38,
		-2, 127, 0, 1, inf, 2e-44, -3e38,
		0.5, 1, 0, 1, 1, 0, 1.5e38}
	const k, n = 3, 7
	q, scale := make([]int8, k*(n+1)), make([]float32, n)
	kernels.QuantizeColumns(q, n+1, scale, false, k, n, b, n)
	want := []int8{64, -127, 0, 0, 0, 0, 127, 0, -127, 64, 0, 0, 0, 0, -127, 0, 32, 0, 0, 0, 0, 0, 64, 0}
	for i, v := range q {
		// 1/(2/127) = 63.5 and 127/2 = 63.5 round to even, 0.5/(2/127) = 31.75, 1/2 to 0
		if v != want[i] {
			t.Errorf("q[%d,%d] = %d, want %d", i/(n+1), i%(n+1), v, want[i])
		}
	}
	wantScale := []float32{2.0 / 127, 2, 0x1p-126, nan, nan, 0x1p-126, float32(3e38) / 127}
	if err := sameInt8(scale, wantScale); err != nil {
		t.Errorf("scale: %v", err)
	}
	c := make([]float32, n)
	kernels.GemmInt8(1, []float32{1, 1, 1}, k, kernels.QuantizeB(false, k, n, b, n), c, n,
		kernels.Epilogue[float32]{})
	for j, v := range c {
		if (v != v) != (j == 3 || j == 4) {
			t.Errorf("column %d of the product is %v", j, v)
		}
	}
}

// TestGemmInt8Epilogue: bias, activation and stored derivative are applied in this order.
func TestGemmInt8Epilogue(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	const m, n, k = 5, 70, 20
	a, w, bias, d := normals(r, m*k), normals(r, k*n), normals(r, n), normals(r, m*n)
	b := kernels.QuantizeB(false, k, n, w, n)
	plain := make([]float32, m*n)
	kernels.GemmInt8(m, a, k, b, plain, n, kernels.Epilogue[float32]{})
	acts := []kernels.Activation{kernels.ActIdentity, kernels.ActReLU, kernels.ActTanh, kernels.ActGELU}
	for _, act := range acts {
		for _, deriv := range []bool{false, act == kernels.ActReLU || act == kernels.ActIdentity} {
			want := make([]float32, m*n)
			for i, v := range plain {
				want[i] = v + bias[i%n]
			}
			kernels.Activate(act, want, want)
			e := kernels.Epilogue[float32]{Bias: bias, Act: act}
			if deriv {
				e.Deriv, e.LdDeriv = d, n
				for i := range want {
					want[i] *= d[i]
				}
			}
			c := make([]float32, m*n)
			kernels.GemmInt8(m, a, k, b, c, n, e)
			if err := sameInt8(c, want); err != nil {
				t.Errorf("%v, deriv %v: %v", act, deriv, err)
			}
		}
	}
	var c [n]float32
	kernels.GemmInt8(1, nil, 1, kernels.QuantizeB(false, 0, n, nil, n), c[:], n,
		kernels.Epilogue[float32]{Bias: bias})
	if err := sameInt8(c[:], bias); err != nil {
		t.Errorf("without terms: %v", err)
	}
}

// TestInt8Threads: the bits are those of one thread.
func TestInt8Threads(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	const m, n, k = 130, 500, 256
	a, b := normals(r, m*k), kernels.QuantizeB(false, k, n, normals(r, k*n), n)
	defer kernels.SetThreads(0)
	one, c := make([]float32, m*n), make([]float32, m*n)
	kernels.SetThreads(1)
	kernels.GemmInt8(m, a, k, b, one, n, kernels.Epilogue[float32]{Act: kernels.ActTanh})
	for _, threads := range []int{2, 3, 0} {
		kernels.SetThreads(threads)
		for range 20 {
			clear(c)
			kernels.GemmInt8(m, a, k, b, c, n, kernels.Epilogue[float32]{Act: kernels.ActTanh})
			if err := sameInt8(c, one); err != nil {
				t.Fatalf("%d threads: %v", threads, err)
			}
		}
	}
}

// TestInt8Refusals: bad arguments panic with a ShapeError that names them, and nothing is written.
func TestInt8Refusals(t *testing.T) {
	w := make([]float32, 12)
	b := kernels.QuantizeB(false, 3, 4, w, 4)
	a, c := make([]float32, 6), make([]float32, 8)
	q, scale := make([]int8, 12), make([]float32, 4)
	bad := []int8{1, -128}
	var none kernels.Epilogue[float32]
	nan := float32(math.NaN())
	for _, x := range []struct {
		want string
		call func()
	}{
		{"kernels.GemmInt8: b is nil", func() { kernels.GemmInt8(2, a, 3, nil, c, 4, none) }},
		{"kernels.GemmInt8: m = -1, want >= 0", func() { kernels.GemmInt8(-1, a, 3, b, c, 4, none) }},
		{"kernels.GemmInt8: len(a) = 6, want >= 9", func() { kernels.GemmInt8(3, a, 3, b, c, 4, none) }},
		{"kernels.GemmInt8: lda = 2, want >= 3", func() { kernels.GemmInt8(2, a, 2, b, c, 4, none) }},
		{"kernels.GemmInt8: ldc = 3, want >= 4", func() { kernels.GemmInt8(2, a, 3, b, c, 3, none) }},
		{"kernels.GemmInt8: len(c) = 7, want >= 8", func() { kernels.GemmInt8(2, a, 3, b, c[:7], 4, none) }},
		{"kernels.GemmInt8: len(Bias) = 3, want 4", func() {
			kernels.GemmInt8(2, a, 3, b, c, 4, kernels.Epilogue[float32]{Bias: w[:3]})
		}},
		{"kernels.GemmInt8: c overlaps a", func() { kernels.GemmInt8(1, w[3:], 3, b, w, 4, none) }},
		{fmt.Sprintf("kernels.GemmInt8: len(a) = 6, want >= %d", math.MaxInt/4+3), func() {
			kernels.GemmInt8(2, a, math.MaxInt/4, b, c, 4, none)
		}},
		{"kernels.GemmInt8Range: the range", func() { kernels.GemmInt8Range(2, 1, 2, a, 3, b, c, 4, none) }},
		{"kernels.GemmInt8Range: the range", func() {
			kernels.GemmInt8Range(nan, 1, 2, a, 3, b, c, 4, none)
		}},
		{"kernels.GemmInt8Range: the range", func() {
			kernels.GemmInt8Range(0, float32(math.Inf(1)), 2, a, 3, b, c, 4, none)
		}},
		{"kernels.QuantizeB: k = 66312, want <= 66311", func() {
			kernels.QuantizeB(false, 66312, 0, nil, 1)
		}},
		{"kernels.QuantizeB: len(b) = 12, want >= 16", func() { kernels.QuantizeB(false, 4, 4, w, 4) }},
		{"kernels.QuantizeB: n = -1, want >= 0", func() { kernels.QuantizeB(false, 4, -1, w, 4) }},
		{"kernels.QuantizeColumns: len(q) = 12, want >= 13", func() {
			kernels.QuantizeColumns(q, 5, scale, false, 3, 3, w, 4)
		}},
		{"kernels.QuantizeColumns: len(scale) = 4, want 3", func() {
			kernels.QuantizeColumns(q, 3, scale, false, 3, 3, w, 4)
		}},
		{"kernels.QuantizeColumns: scale overlaps b", func() {
			kernels.QuantizeColumns(q, 4, w[:4], false, 3, 4, w, 4)
		}},
		{"kernels.PackInt8: an element = -128, want >= -127", func() {
			kernels.PackInt8(1, 2, bad, 2, w[:2])
		}},
		{"kernels.PackInt8: len(q) = 2, want >= 4", func() { kernels.PackInt8(2, 2, bad, 2, w[:2]) }},
		{"kernels.PackInt8: len(scale) = 1, want 2", func() { kernels.PackInt8(1, 2, q, 2, w[:1]) }},
		{"kernels.QuantizedB.Unpack: len(scale) = 3, want 4", func() { b.Unpack(q, 4, scale[:3]) }},
		{"kernels.QuantizedB.Unpack: len(q) = 11, want >= 12", func() { b.Unpack(q[:11], 4, scale) }},
		{"kernels.QuantizedB.Unpack: ldq = 3, want >= 4", func() { b.Unpack(q, 3, scale) }},
		{"kernels.QuantizedB.Unpack: q overlaps scale", func() {
			b.Unpack(unsafe.Slice((*int8)(unsafe.Pointer(&w[0])), 12), 4, w[2:6])
		}},
	} {
		func() {
			defer func() {
				var shape *kernels.ShapeError
				err, _ := recover().(error)
				if !errors.As(err, &shape) || !strings.HasPrefix(err.Error(), x.want) {
					t.Errorf("got %v, want %q", err, x.want)
				}
			}()
			for i := range c {
				c[i] = 7
			}
			x.call()
		}()
		for i, v := range c {
			if v != 7 {
				t.Errorf("%q: c[%d] is written", x.want, i)
			}
		}
	}
}

// TestUnpackWithoutTerms: weights that hold no terms any more give each column the scale of a column without
// elements, whatever they held before.
func TestUnpackWithoutTerms(t *testing.T) {
	b := kernels.QuantizeB(false, 3, 2, []float32{1, 2, 3, 4, 5, 6}, 2)
	b.Quantize(false, 0, 2, nil, 2)
	want, got := make([]float32, 2), []float32{7, 7}
	kernels.QuantizeColumns(nil, 2, want, false, 0, 2, nil, 2)
	if b.Unpack(nil, 2, got); !slices.Equal(got, want) || want[0] != 0x1p-126 {
		t.Errorf("scales %v, those of QuantizeColumns %v, want 2^-126", got, want)
	}
}

// TestInt8Paths: names, limits and reasons.
func TestInt8Paths(t *testing.T) {
	defer kernels.LimitInt8(kernels.ActiveInt8())
	for _, p := range kernels.Int8Paths() {
		if got, err := kernels.ParseInt8Path(p.String()); got != p || err != nil {
			t.Errorf("%v is parsed as %v, %v", p, got, err)
		}
		if err := kernels.LimitInt8(p); err != nil {
			continue
		}
		if kernels.ActiveInt8() != p && p.Tier() <= kernels.Active() {
			t.Errorf("%v is active, want %v", kernels.ActiveInt8(), p)
		}
		if k, n := kernels.QuantizeB(false, 2, 3, make([]float32, 6), 3).Dims(); k != 2 || n != 3 {
			t.Errorf("Dims %d, %d", k, n)
		}
	}
	if err := kernels.LimitInt8(200); err == nil || !strings.Contains(err.Error(), "Int8Path(200)") {
		t.Errorf("LimitInt8(200): %v", err)
	}
	if _, err := kernels.ParseInt8Path("fast"); err == nil {
		t.Error("ParseInt8Path takes any name")
	}
	if err := kernels.LimitInt8(kernels.Int8Generic); err != nil {
		t.Fatal(err)
	}
	if why := kernels.ExplainInt8(); why == "" {
		t.Error("no reason why the generic path is active")
	}
}
