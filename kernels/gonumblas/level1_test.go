package gonumblas

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

func TestLevel1(t *testing.T) { each(t, testLevel1[float32], testLevel1[float64]) }

func testLevel1[T float](t *testing.T, s source) {
	for _, n := range []int{0, 1, 2, 3, 15, 16, 17, 100, 1000, 4097, 9000} {
		for _, incX := range increments {
			for _, incY := range increments {
				what := fmt.Sprintf("n=%d incX=%d incY=%d", n, incX, incY)
				testSums[T](t, s, what, n, incX, incY)
				testUpdates[T](t, s, what, n, incX, incY)
			}
		}
	}
}

func scalar(v float64) dense { return dense{1, 1, []float64{v}} }

// one is a result as expect compares it.
func one[T float](v T) *stored[T] {
	return &stored[T]{rows: 1, cols: 1, ld: 1, data: []T{v}, before: []T{v}}
}

func testSums[T float](t *testing.T, s source, what string, n, incX, incY int) {
	x, y := storeVector[T](s, n, incX), storeVector[T](s, n, incY)
	row := x.dense().transposed(true)
	one(dot("Xdot", n, x.data, incX, y.data, incY)).expect(t, "dot "+what,
		combine(1, row, y.dense(), 0, scalar(0), nil),
		combine(1, row.magnitudes(), y.dense().magnitudes(), 0, scalar(0), nil), 8)
	if incX < 0 {
		a, b := norm2("X", n, x.data, incX), absSum("X", n, x.data, incX)
		if c := argMaxAbs("X", n, x.data, incX); a != 0 || b != 0 || c != -1 {
			t.Fatalf("%s: negative increment gives %v, %v, %v", what, a, b, c)
		}
		return
	}
	ones := newDense(n, 1)
	for i := range ones.v {
		ones.v[i] = 1
	}
	sum := combine(1, row.magnitudes(), ones, 0, scalar(0), nil)
	one(absSum("Xasum", n, x.data, incX)).expect(t, "asum "+what, sum, sum, 8)
	square := combine(1, row, x.dense(), 0, scalar(0), nil)
	norm := scalar(math.Sqrt(square.v[0]))
	one(norm2("Xnrm2", n, x.data, incX)).expect(t, "nrm2 "+what, norm, norm, 4)
	best := -1
	for i := range n {
		if best < 0 || math.Abs(row.v[i]) > math.Abs(row.v[best]) {
			best = i
		}
	}
	if got := argMaxAbs("Xamax", n, x.data, incX); got != best {
		t.Fatalf("amax %s: %d, want %d", what, got, best)
	}
}

func testUpdates[T float](t *testing.T, s source, what string, n, incX, incY int) {
	fresh := func() (x, y *strided[T], dx, dy dense) {
		x, y = storeVector[T](s, n, incX), storeVector[T](s, n, incY)
		return x, y, x.dense(), y.dense()
	}
	none := newDense(n, 1)
	sum := func(a float64, x dense, b float64, y dense) (want, scale dense) {
		want, scale = newDense(n, 1), newDense(n, 1)
		for i := range n {
			want.v[i] = a*x.v[i] + b*y.v[i]
			scale.v[i] = math.Abs(a*x.v[i]) + math.Abs(b*y.v[i])
		}
		return want, scale
	}

	x, y, dx, dy := fresh()
	swap("Xswap", n, x.data, incX, y.data, incY)
	x.expect(t, "swap x "+what, dy, none, 0)
	y.expect(t, "swap y "+what, dx, none, 0)

	x, y, dx, _ = fresh()
	copyVector("Xcopy", n, x.data, incX, y.data, incY)
	x.expect(t, "copy x "+what, dx, none, 0)
	y.expect(t, "copy y "+what, dx, none, 0)

	x, y, dx, dy = fresh()
	axpy("Xaxpy", n, -0.75, x.data, incX, y.data, incY)
	want, scale := sum(-0.75, dx, 1, dy)
	x.expect(t, "axpy x "+what, dx, none, 0)
	y.expect(t, "axpy y "+what, want, scale, 2)
	axpy("Xaxpy", n, 0, x.data, incX, y.data, incY)
	y.expect(t, "axpy alpha=0 "+what, want, scale, 2)

	x, y, dx, dy = fresh()
	rot("Xrot", n, x.data, incX, y.data, incY, 0.625, -0.75)
	want, scale = sum(0.625, dx, -0.75, dy)
	x.expect(t, "rot x "+what, want, scale, 2)
	want, scale = sum(0.75, dx, 0.625, dy)
	y.expect(t, "rot y "+what, want, scale, 2)

	x, _, dx, _ = fresh()
	scal("Xscal", n, -0.75, x.data, incX)
	want, scale = sum(-0.75, dx, 0, none)
	if incX < 0 {
		want, scale = dx, none
	}
	x.expect(t, "scal "+what, want, scale, 1)
	if incX > 0 {
		scal("Xscal", n, 0, x.data, incX)
		x.expect(t, "scal 0 "+what, none, none, 0)
	}
}

// TestNorm2Extremes: the squares of these elements overflow or vanish.
func TestNorm2Extremes(t *testing.T) {
	for _, inc := range []int{1, 2} {
		for _, n := range []int{1, 3, 5000} {
			for _, size := range []float64{1e300, 1e-300, math.MaxFloat64 / 4096, 5e-324, 1} {
				x := make([]float64, n*inc)
				for i := range n {
					x[i*inc] = size
				}
				want := size * math.Sqrt(float64(n))
				if size == 5e-324 {
					want = math.Round(math.Sqrt(float64(n))) * size
				}
				if got := norm2("Dnrm2", n, x, inc); !(math.Abs(got-want) <= want*1e-14+5e-324) {
					t.Errorf("float64: n=%d inc=%d, elements %g: %g, want %g", n, inc, size, got, want)
				}
			}
			for _, size := range []float32{1e38 / 4096, 1e-30, 1e-45, 1} {
				x := make([]float32, n*inc)
				for i := range n {
					x[i*inc] = size
				}
				want := float64(size) * math.Sqrt(float64(n))
				if got := float64(norm2("Snrm2", n, x, inc)); !(math.Abs(got-want) <= want*1e-6+1e-45) {
					t.Errorf("float32: n=%d inc=%d, elements %g: %g, want %g", n, inc, size, got, want)
				}
			}
		}
	}
	// A NaN wins over an infinity, wherever they are.
	for _, at := range []int{0, 4999, 9000} {
		x := make([]float64, 2*9001)
		x[2*5000] = math.Inf(1)
		x[2*at] = math.NaN()
		if got := norm2("Dnrm2", 9001, x, 2); got == got {
			t.Errorf("NaN at %d beside an infinity: %v", at, got)
		}
	}
}

// TestOverlappingVectors: a routine of level 1 on vectors that share memory is its loop from
// the first element to the last, but for the copy of unit increments, which is of what x was.
func TestOverlappingVectors(t *testing.T) {
	const n = 6
	loops := []struct {
		name  string
		call  func(x []float64, incX int, y []float64, incY int)
		point func(x, y *float64)
	}{
		{"Daxpy", func(x []float64, incX int, y []float64, incY int) {
			axpy("Daxpy", n, 2, x, incX, y, incY)
		}, func(x, y *float64) { *y += 2 * *x }},
		{"Dswap", func(x []float64, incX int, y []float64, incY int) { swap("Dswap", n, x, incX, y, incY) },
			func(x, y *float64) { *x, *y = *y, *x }},
		{"Dcopy", func(x []float64, incX int, y []float64, incY int) {
			copyVector("Dcopy", n, x, incX, y, incY)
		}, func(x, y *float64) { *y = *x }},
		{"Drot", func(x []float64, incX int, y []float64, incY int) {
			rot("Drot", n, x, incX, y, incY, 0.5, 2)
		}, func(x, y *float64) { *x, *y = 0.5**x+2**y, 0.5**y-2**x }},
		{"Drotm", func(x []float64, incX int, y []float64, incY int) {
			rotm("Drotm", n, x, incX, y, incY, blas.OffDiagonal, [4]float64{0, 2, 4, 0})
		}, func(x, y *float64) { *x, *y = *x+4**y, 2**x+*y }},
	}
	for _, l := range loops {
		for _, inc := range [][2]int{{1, 1}, {2, 2}, {1, 2}, {-1, 1}, {-2, 1}, {-3, -1}} {
			for shift := range 12 {
				got := make([]float64, 40)
				for i := range got {
					got[i] = float64(i*i%11 - 4)
				}
				want := slices.Clone(got)
				if l.name == "Dcopy" && inc == [2]int{1, 1} {
					copy(want[3+shift:][:n], got[3:])
				} else {
					for i := range n {
						l.point(&want[3+start(n, inc[0])+i*inc[0]], &want[3+shift+start(n, inc[1])+i*inc[1]])
					}
				}
				l.call(got[3:], inc[0], got[3+shift:], inc[1])
				if !slices.Equal(got, want) {
					t.Errorf("%s with increments %v, y %d after x: %v, want %v", l.name, inc, shift,
						got, want)
				}
			}
		}
	}
}

// TestWideSums: Dsdot and Sdsdot add in float64, in which this does not cancel to 0.
func TestWideSums(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	n := 1001
	x, y := make([]float32, n), make([]float32, n)
	want := 0.0
	for i := range n {
		x[i], y[i] = float32(r.NormFloat64()), float32(r.NormFloat64())
		want += float64(x[i]) * float64(y[i])
	}
	i := Implementation{}
	if got := i.Dsdot(n, x, 1, y, 1); math.Abs(got-want) > 1e-12 {
		t.Errorf("Dsdot = %v, want %v", got, want)
	}
	if got := i.Sdsdot(n, -2, x, 1, y, 1); got != float32(want-2) {
		t.Errorf("Sdsdot = %v, want %v", got, float32(want-2))
	}
	if got := i.Sdsdot(3, 0, []float32{1e8, 1, -1e8}, 1, []float32{1e8, 1, 1e8}, 1); got != 1 {
		t.Errorf("Sdsdot cancels to %v, want 1", got)
	}
	if got := i.Sdsdot(0, 3, nil, 1, nil, 1); got != 3 {
		t.Errorf("Sdsdot of nothing is %v, want alpha = 3", got)
	}
}

// TestIncrementOfOneElement: a vector of one element has it in front, whatever the increment.
func TestIncrementOfOneElement(t *testing.T) {
	for _, inc := range []int{1, 2, math.MaxInt, -1, -2, math.MinInt + 1, math.MinInt} {
		x, y := []float64{3}, []float64{5}
		Implementation{}.Daxpy(1, 2, x, inc, y, 1)
		Implementation{}.Daxpy(1, 1, y, 1, x, inc)
		if dot := (Implementation{}).Ddot(1, x, inc, y, inc); x[0] != 14 || y[0] != 11 || dot != 154 {
			t.Errorf("increment %d: x %v, y %v, product %v, want 14, 11 and 154", inc, x, y, dot)
		}
	}
}

// TestRotationWithoutCosine: where the cosine vanishes, z = 1 says so, as in the BLAS of netlib.
func TestRotationWithoutCosine(t *testing.T) {
	for _, a := range []float64{0, math.SmallestNonzeroFloat64} {
		if c, s, r, z := (Implementation{}).Drotg(a, 1e308); c != 0 || s != 1 || r != 1e308 || z != 1 {
			t.Errorf("Drotg(%v, 1e308) = %v, %v, %v, %v, want 0, 1, 1e308, 1", a, c, s, r, z)
		}
	}
}

// TestModifiedRotationAtItsBounds: weights of exactly 2^-24 are brought up and those of 2^24 stay, as in gonum.
func TestModifiedRotationAtItsBounds(t *testing.T) {
	for _, d := range []float64{0x1p-24, 0x1p-23, 0x1p-22, 0x1p23, 0x1p24, 0x1p25, 0x1p26} {
		p, d1, d2, x := Implementation{}.Drotmg(d, d, 1, 1)
		wantP, want1, want2, wantX := gonum.Implementation{}.Drotmg(d, d, 1, 1)
		if p != wantP || d1 != want1 || d2 != want2 || x != wantX {
			t.Errorf("Drotmg(%v, %v, 1, 1) = %v, %v, %v, %v, want %v, %v, %v, %v", d, d, p, d1, d2, x, wantP, want1,
				want2, wantX)
		}
	}
}
