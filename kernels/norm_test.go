package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ashlar-go/ashlar/internal/dd"
)

// farData returns a rows x cols matrix of deviation 1 about a mean of 10^6, with the
// first row and the first column (0, 0) if outlier.
func farData[T Float](r *rand.Rand, rows, cols int, outlier bool) []T {
	x := make([]T, rows*cols)
	for i := range x {
		x[i] = T(1e6 + r.NormFloat64())
		if outlier && (i < cols || i%cols == 0) {
			x[i] = 0
		}
	}
	return x
}

func normals[T Float](r *rand.Rand, n int) []T {
	v := make([]T, n)
	for i := range v {
		v[i] = T(r.NormFloat64())
	}
	return v
}

// exactMoments returns the mean and 1/sqrt(variance + eps) of n numbers.
func exactMoments(n int, eps float64, at func(i int) float64) (mean, inv dd.Num) {
	count := num(float64(n))
	for i := range n {
		mean = dd.Add(mean, num(at(i)))
	}
	mean = dd.Div(mean, count)
	variance := num(0)
	for i := range n {
		d := dd.Sub(num(at(i)), mean)
		variance = dd.Add(variance, dd.Mul(d, d))
	}
	return mean, dd.Div(num(1), dd.Sqrt(dd.Add(dd.Div(variance, count), num(eps))))
}

// normBound is the documented error of a norm on random data, normWorst that on any: an
// outlier makes all terms of a chunk round the same way.
const normBound, normWorst = 8, 8 + rowChunk/2

// layerNormEps is exact in float32.
const layerNormEps = 0x1p-17

func epsOf[T Float]() float64 {
	if isF32[T]() {
		return 0x1p-23
	}
	return 0x1p-52
}

// judgeNorm compares one result with what it should be, in eps of a scale.
func judgeNorm[T Float](t *testing.T, bound float64, what string, got T, want dd.Num, scale float64) {
	t.Helper()
	if err := math.Abs(dd.Sub(num(float64(got)), want).Hi) / (epsOf[T]() * scale); !(err <= bound) {
		t.Fatalf("%s = %v, want %v: error %.3g eps of %.3g, allowed %v", what, got, want.Float64(),
			err, scale, bound)
	}
}

// normCase are the operands of a norm over groups of elements: columns or rows.
type normCase[T Float] struct {
	bound         float64
	groups, n     int // how many groups, and elements in one
	x, y, dy, dx  []T
	at            func(g, i int) int // place of element i of group g
	gamma, beta   func(g, i int) T
	mean, inv     []T // a value a group
	eps           float64
	sums          int // of dgamma and dbeta
	dgamma, dbeta []T
	sumOf         func(g, i int) int
}

// judge compares forward and backward with the formulas in double-double arithmetic.
func (c *normCase[T]) judge(t *testing.T) {
	t.Helper()
	type total struct {
		value dd.Num
		scale float64
	}
	dgamma, dbeta := make([]total, c.sums), make([]total, c.sums)
	count := num(float64(c.n))
	for g := range c.groups {
		mean, inv := exactMoments(c.n, c.eps, func(i int) float64 { return float64(c.x[c.at(g, i)]) })
		judgeNorm(t, c.bound, fmt.Sprintf("invStd[%d]", g), c.inv[g], inv, 2*inv.Hi)
		var c1, c2 dd.Num
		var s1, s2 float64
		xhat := func(i int) dd.Num { return dd.Mul(dd.Sub(num(float64(c.x[c.at(g, i)])), mean), inv) }
		for i := range c.n {
			h, gamma, dy := xhat(i), num(float64(c.gamma(g, i))), num(float64(c.dy[c.at(g, i)]))
			want := dd.Add(dd.Mul(h, gamma), num(float64(c.beta(g, i))))
			judgeNorm(t, c.bound, fmt.Sprintf("y[%d, %d]", g, i), c.y[c.at(g, i)], want,
				size(gamma)*(1+size(h))+math.Abs(float64(c.beta(g, i))))
			k := c.sumOf(g, i)
			dgamma[k].value, dgamma[k].scale = dd.Add(dgamma[k].value, dd.Mul(dy, h)),
				dgamma[k].scale+size(dy)*(1+size(h))
			dbeta[k].value, dbeta[k].scale = dd.Add(dbeta[k].value, dy), dbeta[k].scale+size(dy)
			v := dd.Mul(dy, gamma)
			c1, c2 = dd.Add(c1, v), dd.Add(c2, dd.Mul(v, h))
			s1, s2 = s1+size(v), s2+size(v)*(1+size(h))
		}
		c1, c2 = dd.Div(c1, count), dd.Div(c2, count)
		for i := range c.n {
			h, v := xhat(i), dd.Mul(num(float64(c.dy[c.at(g, i)])), num(float64(c.gamma(g, i))))
			want := dd.Mul(inv, dd.Sub(dd.Sub(v, c1), dd.Mul(h, c2)))
			scale := inv.Hi * (size(v) + s1/count.Hi + (1+size(h))*s2/count.Hi)
			judgeNorm(t, c.bound, fmt.Sprintf("dx[%d, %d]", g, i), c.dx[c.at(g, i)], want, scale)
		}
	}
	for k := range c.sums {
		judgeNorm(t, c.bound, fmt.Sprintf("dgamma[%d]", k), c.dgamma[k], dgamma[k].value, dgamma[k].scale)
		judgeNorm(t, c.bound, fmt.Sprintf("dbeta[%d]", k), c.dbeta[k], dbeta[k].value, dbeta[k].scale)
	}
}

// TestNormFarMean: a mean of 10^6 deviations costs no accuracy, forward or backward, and
// neither does an outlier where the sums begin.
func TestNormFarMean(t *testing.T) {
	t.Run("f32", testNormFarMean[float32])
	t.Run("f64", testNormFarMean[float64])
}

func testNormFarMean[T Float](t *testing.T) {
	for _, tier := range checkedTiers() {
		for _, s := range [][2]int{{128, 33}, {300, 17}, {16384, 3}, {3, 5000}, {40, 300}} {
			for _, outlier := range []bool{false, true} {
				rows, cols := s[0], s[1]
				t.Run(fmt.Sprintf("%v/%dx%d/outlier=%v", tier, rows, cols, outlier), func(t *testing.T) {
					r := rand.New(rand.NewPCG(7, uint64(rows)))
					x := farData[T](r, rows, cols, outlier)
					for _, c := range []*normCase[T]{batchNormCase(tier, r, rows, cols, x),
						layerNormCase(tier, r, rows, cols, x)} {
						if c.bound = normBound; outlier {
							c.bound = normWorst
						}
						c.judge(t)
					}
				})
			}
		}
	}
}

func batchNormCase[T Float](tier Tier, r *rand.Rand, rows, cols int, x []T) *normCase[T] {
	p := &BatchNorm[T]{Gamma: normals[T](r, cols), Beta: normals[T](r, cols),
		Mean: make([]T, cols), InvStd: make([]T, cols),
		RunMean: make([]T, cols), RunVar: make([]T, cols), Momentum: 0.1, Eps: layerNormEps}
	c := &normCase[T]{groups: cols, n: rows, x: x, y: make([]T, len(x)), dy: normals[T](r, len(x)),
		dx: make([]T, len(x)), at: func(g, i int) int { return i*cols + g },
		gamma: func(g, _ int) T { return p.Gamma[g] }, beta: func(g, _ int) T { return p.Beta[g] },
		mean: p.Mean, inv: p.InvStd, eps: layerNormEps, sums: cols, dgamma: make([]T, cols),
		dbeta: make([]T, cols), sumOf: func(g, _ int) int { return g }}
	batchNormForward(tier, rows, cols, c.y, cols, x, cols, p)
	batchNormBackward(tier, rows, cols, c.dx, cols, c.dy, cols, x, cols, p, c.dgamma, c.dbeta)
	return c
}

func layerNormCase[T Float](tier Tier, r *rand.Rand, rows, cols int, x []T) *normCase[T] {
	gamma, beta, mean, inv := normals[T](r, cols), normals[T](r, cols), make([]T, rows), make([]T, rows)
	c := &normCase[T]{groups: rows, n: cols, x: x, y: make([]T, len(x)), dy: normals[T](r, len(x)),
		dx: make([]T, len(x)), at: func(g, i int) int { return g*cols + i },
		gamma: func(_, i int) T { return gamma[i] }, beta: func(_, i int) T { return beta[i] },
		mean: mean, inv: inv, eps: layerNormEps, sums: cols, dgamma: make([]T, cols),
		dbeta: make([]T, cols), sumOf: func(_, i int) int { return i }}
	n := rowNorm[T]{gamma: gamma, beta: beta, mean: mean, inv: inv, eps: layerNormEps}
	rowNormForward(tier, rows, cols, c.y, cols, x, cols, n)
	rowNormBackward(tier, rows, cols, c.dx, cols, c.dy, cols, x, cols, n, c.dgamma, c.dbeta)
	return c
}

// TestVarianceOutlier: a first element far from all others costs no accuracy.
func TestVarianceOutlier(t *testing.T) {
	x := normals[float32](rand.New(rand.NewPCG(1, 2)), 1<<20)
	x[0] = 1e6
	_, inv := exactMoments(len(x), 0, func(i int) float64 { return float64(x[i]) })
	for _, tier := range checkedTiers() {
		judgeNorm(t, normBound, "Variance on "+tier.String(), float32(varianceOn(tier, x)),
			dd.Div(num(1), dd.Mul(inv, inv)), 1/(inv.Hi*inv.Hi))
	}
}

// TestNormalizeKeepsZeros: -0 is not below a floor of 0, nor is NaN, in every column and row.
func TestNormalizeKeepsZeros(t *testing.T) {
	for _, tier := range Tiers() {
		testNormalizeZeros[float32](t, tier)
		testNormalizeZeros[float64](t, tier)
	}
}

func testNormalizeZeros[T Float](t *testing.T, tier Tier) {
	minus, nan := T(math.Copysign(0, -1)), T(math.NaN())
	for rows := 1; rows <= 5; rows++ {
		for cols := 1; cols <= 70; cols++ {
			x, y, zero := make([]T, rows*cols), make([]T, rows*cols), make([]T, cols)
			scale, shift := make([]T, cols), make([]T, cols)
			for j := range cols {
				scale[j], shift[j] = -1, minus
			}
			x[rows*cols-1] = nan
			dispatchNormalizeColumns(tier, y, x, zero, scale, shift, rows, cols, cols, cols, rows&1, 0)
			for i, v := range y[:rows*cols-1] {
				if v != 0 || !math.Signbit(float64(v)) {
					t.Fatalf("%v, %T, %d x %d: element %d is %v, want -0", tier, v, rows, cols, i, v)
				}
			}
			if v := y[rows*cols-1]; v == v {
				t.Fatalf("%v, %d x %d: the last element is %v, want NaN", tier, rows, cols, v)
			}
		}
	}
}
