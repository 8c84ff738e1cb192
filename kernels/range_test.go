package kernels_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels"
)

// The tests of this file hold statistics, norms and clipping against the formulas in
// numbers of 200 bits and any exponent, for data at both ends of the range of a type.

func num(v float64) *big.Float       { return new(big.Float).SetPrec(200).SetFloat64(v) }
func add(a, b *big.Float) *big.Float { return new(big.Float).Add(a, b) }
func sub(a, b *big.Float) *big.Float { return new(big.Float).Sub(a, b) }
func mul(a, b *big.Float) *big.Float { return new(big.Float).Mul(a, b) }
func quo(a, b *big.Float) *big.Float { return new(big.Float).Quo(a, b) }
func mag(a *big.Float) *big.Float    { return new(big.Float).Abs(a) }

func root(a *big.Float) *big.Float { return new(big.Float).Sqrt(a) }

// limits are the eps, the largest and the smallest positive number of a type.
func limits[T kernels.Float]() (eps, most, least float64) {
	if unsafe.Sizeof(T(0)) == 4 {
		return 0x1p-23, math.MaxFloat32, math.SmallestNonzeroFloat32
	}
	return 0x1p-52, math.MaxFloat64, math.SmallestNonzeroFloat64
}

// near fails unless got is within tol, and as much as the smallest numbers round, of want:
// infinite where that is out of range.
func near[T kernels.Float](t *testing.T, what string, got T, want, tol *big.Float) {
	t.Helper()
	_, most, least := limits[T]()
	tol = add(tol, num(2*least))
	if v := float64(got); math.IsInf(v, 0) {
		if add(mag(want), tol).Cmp(num(most)) < 0 || want.Signbit() != math.Signbit(v) {
			t.Fatalf("%s = %v, want %.10g", what, got, want)
		}
		return
	}
	if got != got || sub(num(float64(got)), want).Cmp(tol) > 0 || sub(want, num(float64(got))).Cmp(tol) > 0 {
		t.Fatalf("%s = %v, want %.10g within %.3g", what, got, want, tol)
	}
}

// eachRange runs f for each tier and data of several kinds at several scales.
func eachRange[T kernels.Float](t *testing.T, shapes [][2]int,
	f func(t *testing.T, rows, cols int, scale float64, x []T)) {
	scales := []float64{1e-300, 1e-165, 1e-150, 1, 1e153, 1e200, 1e307}
	if unsafe.Sizeof(T(0)) == 4 {
		scales = []float64{1e-40, 1e-30, 1e-20, 1, 1e18, 1e20, 3e37}
	}
	kinds := []string{"ends", "outlier", "normal", "far", "constant"}
	if testing.Short() {
		kinds, shapes = kinds[:2], shapes[len(shapes)-1:]
	}
	for _, tier := range kernels.Tiers() {
		if kernels.Limit(tier) != nil {
			continue
		}
		for _, s := range shapes {
			for _, scale := range scales {
				for _, kind := range kinds {
					name := fmt.Sprintf("%v/%dx%d/%v/%s", tier, s[0], s[1], scale, kind)
					t.Run(name, func(t *testing.T) {
						f(t, s[0], s[1], scale, rangeData[T](s[0], s[1], scale, kind))
					})
				}
			}
		}
	}
	if err := kernels.Limit(top); err != nil {
		t.Fatal(err)
	}
}

var top = kernels.Active() // of the tests

// rangeData is a rows x cols matrix of numbers near scale.
func rangeData[T kernels.Float](rows, cols int, scale float64, kind string) []T {
	r := rand.New(rand.NewPCG(uint64(rows), uint64(cols)))
	_, most, _ := limits[T]()
	x := make([]T, rows*cols)
	for i := range x {
		v := r.NormFloat64()
		switch first := i < cols || i%cols == 0; {
		case kind == "far":
			v = 5 + v*0x1p-12
		case kind == "outlier" && !first:
			v *= 1e-3
		case kind == "constant":
			v = 1.5
		case kind == "ends": // of the range of the type, if it is near
			v = 1 - float64(r.IntN(2))*2
			if scale*20 > most {
				v *= most / scale
			}
		}
		x[i] = T(v * scale)
	}
	return x
}

var rangeShapes = [][2]int{{1, 1}, {1, 37}, {37, 1}, {9, 19}}

// group is a row or a column of a matrix: its numbers, and its moments.
type group struct {
	x              []*big.Float
	mean, variance *big.Float
	scale          *big.Float // of the error of the variance, whose squares may be about the first number
}

func groupOf[T kernels.Float](x []T, at func(i int) int, n int) group {
	g := group{mean: num(0), variance: num(0), scale: num(0)}
	for i := range n {
		g.x = append(g.x, num(float64(x[at(i)])))
		g.mean = add(g.mean, g.x[i])
	}
	count := num(float64(n))
	g.mean = quo(g.mean, count)
	for _, v := range g.x {
		d, e := sub(v, g.mean), sub(v, g.x[0])
		g.variance, g.scale = add(g.variance, mul(d, d)), add(g.scale, mul(e, e))
	}
	g.variance, g.scale = quo(g.variance, count), quo(g.scale, count)
	if most := mul(num(17), g.variance); g.scale.Cmp(most) > 0 {
		g.scale = most
	}
	return g
}

// within is a number of eps of the sum of some magnitudes.
func within[T kernels.Float](n float64, scales ...*big.Float) *big.Float {
	eps, _, _ := limits[T]()
	sum := num(0)
	for _, v := range scales {
		sum = add(sum, mag(v))
	}
	return mul(sum, num(n*eps))
}

// rangeBound is the documented error on random data, in eps.
const rangeBound = 8

// sumBound is that of sums of squares on any data, where all squares may round the same way.
const sumBound = 64

// rangeNorm is a norm over groups with the operands and results of both passes.
type rangeNorm[T kernels.Float] struct {
	groups, n     int
	at            func(g, i int) int
	gamma, beta   func(g, i int) T
	x, y, dy, dx  []T
	mean, inv     []T // no mean for the root mean square
	dgamma, dbeta []T
	param         func(g, i int) int // where element i of a group adds to dgamma and dbeta
	eps           T
}

func (c *rangeNorm[T]) judge(t *testing.T) {
	t.Helper()
	sums := make([]rangeSums, len(c.dgamma))
	for k := range sums {
		sums[k] = rangeSums{num(0), num(0), num(0), num(0), false}
	}
	for g := range c.groups {
		m := groupOf(c.x, func(i int) int { return c.at(g, i) }, c.n)
		if c.mean == nil {
			m.variance = add(m.variance, mul(m.mean, m.mean))
			m.mean = num(0)
		} else {
			near(t, fmt.Sprintf("mean[%d]", g), c.mean[g], m.mean,
				within[T](rangeBound, m.mean, root(m.variance)))
		}
		spread := add(m.variance, num(float64(c.eps)))
		if spread.Sign() == 0 { // 0/0
			for i := range c.n {
				if y := c.y[c.at(g, i)]; y == y {
					t.Fatalf("y[%d, %d] = %v, want NaN", g, i, y)
				}
			}
			for k := range c.n {
				sums[c.param(g, k)].undefined = true
			}
			continue
		}
		inv := quo(num(1), root(spread))
		tol := within[T](rangeBound, inv, mul(inv, quo(m.scale, spread)))
		near(t, fmt.Sprintf("inv[%d]", g), c.inv[g], inv, tol)
		c.judgeGroup(t, g, &m, inv, sums)
	}
	for k, s := range sums {
		if s.undefined {
			continue
		}
		near(t, fmt.Sprintf("dgamma[%d]", k), c.dgamma[k], s.dot, within[T](rangeBound, s.dotScale))
		if c.dbeta != nil {
			near(t, fmt.Sprintf("dbeta[%d]", k), c.dbeta[k], s.sum, within[T](rangeBound, s.sumScale))
		}
	}
}

// rangeSums are an element of dgamma and of dbeta and the sums of their terms' magnitudes.
type rangeSums struct {
	dot, dotScale, sum, sumScale *big.Float
	undefined                    bool // for the 0/0 of a group
}

func (c *rangeNorm[T]) judgeGroup(t *testing.T, g int, m *group, inv *big.Float, sums []rangeSums) {
	t.Helper()
	c1, c2, s1, s2, one := num(0), num(0), num(0), num(0), num(1)
	hat := make([]*big.Float, c.n)
	for i := range c.n {
		hat[i] = mul(sub(m.x[i], m.mean), inv)
		gamma, beta, dy := num(float64(c.gamma(g, i))), num(float64(c.beta(g, i))),
			num(float64(c.dy[c.at(g, i)]))
		want := add(mul(hat[i], gamma), beta)
		tol := within[T](rangeBound, gamma, mul(gamma, hat[i]), beta)
		near(t, fmt.Sprintf("y[%d, %d]", g, i), c.y[c.at(g, i)], want, tol)
		v, size := mul(dy, gamma), add(one, mag(hat[i]))
		c1, c2 = add(c1, v), add(c2, mul(v, hat[i]))
		s1, s2 = add(s1, mag(v)), add(s2, mul(mag(v), size))
		s := &sums[c.param(g, i)]
		s.dot, s.dotScale = add(s.dot, mul(dy, hat[i])), add(s.dotScale, mul(mag(dy), size))
		s.sum, s.sumScale = add(s.sum, dy), add(s.sumScale, mag(dy))
	}
	n := num(float64(c.n))
	c1, c2, s1, s2 = quo(c1, n), quo(c2, n), quo(s1, n), quo(s2, n)
	if c.mean == nil {
		c1, s1 = num(0), num(0)
	}
	for i := range c.n {
		v := mul(num(float64(c.dy[c.at(g, i)])), num(float64(c.gamma(g, i))))
		want := mul(inv, sub(sub(v, c1), mul(hat[i], c2)))
		far := mul(mul(inv, add(one, mag(hat[i]))), s2)
		tol := within[T](rangeBound, mul(inv, v), mul(inv, s1), far)
		near(t, fmt.Sprintf("dx[%d, %d]", g, i), c.dx[c.at(g, i)], want, tol)
	}
}

func randoms[T kernels.Float](n int, scale float64) []T {
	r := rand.New(rand.NewPCG(3, uint64(n)))
	v := make([]T, n)
	for i := range v {
		v[i] = T(r.NormFloat64() * scale)
	}
	return v
}

// TestNormRange: the norms and their gradients are right wherever their results are numbers.
func TestNormRange(t *testing.T) {
	t.Run("f32", testNormRange[float32])
	t.Run("f64", testNormRange[float64])
}

func testNormRange[T kernels.Float](t *testing.T) {
	eachRange(t, rangeShapes, func(t *testing.T, rows, cols int, scale float64, x []T) {
		for _, eps := range []float64{0, 1e-5, scale * scale / 3} {
			if e := T(eps); e-e == 0 {
				layerNormRange(t, rows, cols, x, e).judge(t)
				rmsNormRange(t, rows, cols, x, e).judge(t)
				batchNormRange(t, rows, cols, x, e).judge(t)
			}
		}
	})
}

func layerNormRange[T kernels.Float](t *testing.T, rows, cols int, x []T, eps T) *rangeNorm[T] {
	gamma, beta := randoms[T](cols, 1), randoms[T](cols, 2)
	c := &rangeNorm[T]{groups: rows, n: cols, eps: eps,
		at: func(g, i int) int { return g*cols + i }, param: func(_, i int) int { return i },
		gamma: func(_, i int) T { return gamma[i] }, beta: func(_, i int) T { return beta[i] },
		x: x, y: make([]T, len(x)), dy: randoms[T](len(x)+1, 1)[:len(x)],
		mean: make([]T, rows), inv: make([]T, rows), dgamma: make([]T, cols), dbeta: make([]T, cols)}
	c.dx = append([]T(nil), c.dy...)
	copy(c.y, x)
	kernels.LayerNormForward(rows, cols, c.y, cols, c.y, cols, gamma, beta, c.mean, c.inv, eps)
	dx := c.dx // and dy
	kernels.LayerNormBackward(rows, cols, dx, cols, dx, cols, x, cols, gamma, c.mean, c.inv,
		c.dgamma, c.dbeta)
	return c
}

func rmsNormRange[T kernels.Float](t *testing.T, rows, cols int, x []T, eps T) *rangeNorm[T] {
	gamma := randoms[T](cols, 1)
	c := &rangeNorm[T]{groups: rows, n: cols, eps: eps,
		at: func(g, i int) int { return g*cols + i }, param: func(_, i int) int { return i },
		gamma: func(_, i int) T { return gamma[i] }, beta: func(_, i int) T { return 0 },
		x: x, y: make([]T, len(x)), dy: randoms[T](len(x)+1, 1)[:len(x)],
		inv: make([]T, rows), dgamma: make([]T, cols)}
	c.dx = append([]T(nil), x...)
	kernels.RMSNormForward(rows, cols, c.y, cols, x, cols, gamma, c.inv, eps)
	kernels.RMSNormBackward(rows, cols, c.dx, cols, c.dy, cols, c.dx, cols, gamma, c.inv, c.dgamma)
	return c
}

// batchNormRange has gaps between the rows of all matrices, and judges the running statistics.
func batchNormRange[T kernels.Float](t *testing.T, rows, cols int, x []T, eps T) *rangeNorm[T] {
	t.Helper()
	const gap = 3
	ld := cols + gap
	spaced := func(v []T) []T {
		s := make([]T, rows*ld)
		for i := range s {
			if s[i] = 77; i%ld < cols {
				s[i] = v[i/ld*cols+i%ld]
			}
		}
		return s
	}
	p := newBatchNorm[T](cols, 1)
	p.Momentum, p.Eps = 0.125, eps
	for j := range cols {
		p.RunMean[j], p.RunVar[j] = -x[j]/2, 2
	}
	c := &rangeNorm[T]{groups: cols, n: rows, eps: eps,
		at: func(g, i int) int { return i*ld + g }, param: func(g, _ int) int { return g },
		gamma: func(g, _ int) T { return p.Gamma[g] }, beta: func(g, _ int) T { return p.Beta[g] },
		x: spaced(x), y: spaced(x), dy: spaced(randoms[T](len(x)+1, 1)),
		mean: p.Mean, inv: p.InvStd, dgamma: make([]T, cols), dbeta: make([]T, cols)}
	c.dx = append([]T(nil), c.x...)
	kernels.BatchNormForward(rows, cols, c.y, ld, c.x, ld, &p)
	kernels.BatchNormBackward(rows, cols, c.dx, ld, c.dy, ld, c.dx, ld, &p, c.dgamma, c.dbeta)
	for i := range c.y {
		if i%ld >= cols && (c.y[i] != 77 || c.dx[i] != 77) {
			t.Fatal("a gap between rows was written")
		}
	}
	for j := range cols {
		m := groupOf(c.x, func(i int) int { return c.at(j, i) }, rows)
		judgeRunning(t, &p, j, rows, num(float64(-x[j]/2)), num(2), &m)
	}
	return c
}

// judgeRunning judges the running statistics of a column after one batch with a weight of 1/8.
func judgeRunning[T kernels.Float](t *testing.T, p *kernels.BatchNorm[T], j, rows int,
	mean, variance *big.Float, m *group) {
	t.Helper()
	keep, w := num(0.875), num(0.125)
	want := add(mul(keep, mean), mul(w, m.mean))
	tol := within[T](rangeBound, mean, m.mean, root(m.variance))
	near(t, fmt.Sprintf("RunMean[%d]", j), p.RunMean[j], want, tol)
	unbiased := quo(mul(m.variance, num(float64(rows))), num(float64(max(1, rows-1))))
	want = add(mul(keep, variance), mul(w, unbiased))
	near(t, fmt.Sprintf("RunVar[%d]", j), p.RunVar[j], want,
		within[T](rangeBound, unbiased, m.scale, variance))
}

// newBatchNorm is one of so many columns, with a gamma and beta of the given scale.
func newBatchNorm[T kernels.Float](cols int, scale float64) kernels.BatchNorm[T] {
	return kernels.BatchNorm[T]{Gamma: randoms[T](cols, scale), Beta: randoms[T](cols+1, scale)[:cols],
		Mean: make([]T, cols), InvStd: make([]T, cols), RunMean: make([]T, cols), RunVar: make([]T, cols)}
}

// TestNormRangeThreads: rows and columns out of range beside others, on one thread and on
// several, give the same bits; those beside them give what they do alone.
func TestNormRangeThreads(t *testing.T) {
	const cols = 96
	rows := 2000
	if testing.Short() {
		rows = 1400 // enough for several threads
	}
	for _, tier := range kernels.Tiers() {
		if kernels.Limit(tier) != nil || testing.Short() && tier != top {
			continue
		}
		x := randoms[float32](rows*cols, 1)
		for i := range x {
			if i%cols%7 == 3 || i/cols%11 == 5 {
				x[i] *= 1e30
			}
		}
		var last [2]*rangeNorm[float32]
		for _, threads := range []int{1, 4} {
			kernels.SetThreads(threads)
			norms := [2]*rangeNorm[float32]{layerNormRange(t, rows, cols, x, 0),
				batchNormRange(t, rows, cols, x, 0)}
			for k, c := range norms {
				if last[k] == nil {
					c.judge(t)
				} else {
					sameBits(t, "y", c.y, last[k].y)
					sameBits(t, "dx", c.dx, last[k].dx)
					sameBits(t, "dgamma", c.dgamma, last[k].dgamma)
				}
				last[k] = c
			}
		}
	}
	kernels.SetThreads(0)
	if err := kernels.Limit(top); err != nil {
		t.Fatal(err)
	}
}

func sameBits(t *testing.T, what string, a, b []float32) {
	t.Helper()
	for i, v := range a {
		if math.Float32bits(v) != math.Float32bits(b[i]) {
			t.Fatalf("%s[%d] = %v on one thread, %v on several", what, i, b[i], v)
		}
	}
}

// TestMomentsRange: moments of columns and vectors, sums and norms.
func TestMomentsRange(t *testing.T) {
	t.Run("f32", testMomentsRange[float32])
	t.Run("f64", testMomentsRange[float64])
}

func testMomentsRange[T kernels.Float](t *testing.T) {
	shapes := append([][2]int{{2100, 1}}, rangeShapes...)
	eachRange(t, shapes, func(t *testing.T, rows, cols int, _ float64, x []T) {
		mean, variance := make([]T, cols), make([]T, cols)
		kernels.ColumnMoments(rows, cols, mean, variance, x, cols)
		for j := range cols {
			m := groupOf(x, func(i int) int { return i*cols + j }, rows)
			near(t, fmt.Sprintf("mean[%d]", j), mean[j], m.mean,
				within[T](rangeBound, m.mean, root(m.variance)))
			tol := within[T](rangeBound, m.variance, m.scale)
			near(t, fmt.Sprintf("variance[%d]", j), variance[j], m.variance, tol)
		}
		m := groupOf(x, func(i int) int { return i }, len(x))
		sum, squares, size := num(0), num(0), num(0)
		for _, v := range m.x {
			sum, squares, size = add(sum, v), add(squares, mul(v, v)), add(size, mag(v))
		}
		near(t, "Mean", kernels.Mean(x), m.mean, within[T](rangeBound, quo(size, num(float64(len(x))))))
		near(t, "Sum", kernels.Sum(x), sum, within[T](rangeBound, size))
		near(t, "Variance", kernels.Variance(x), m.variance, within[T](rangeBound, m.variance, m.scale))
		near(t, "SumSquares", kernels.SumSquares(x[:len(x)/3], x[len(x)/3:]), squares,
			within[T](sumBound, squares))
		near(t, "Norm2", kernels.Norm2(x), root(squares), within[T](rangeBound, root(squares)))
	})
}

// TestInferRange: inference, with a scale that may be out of range where its product is not.
func TestInferRange(t *testing.T) {
	t.Run("f32", testInferRange[float32])
	t.Run("f64", testInferRange[float64])
}

func testInferRange[T kernels.Float](t *testing.T) {
	_, most, _ := limits[T]()
	eachRange(t, rangeShapes, func(t *testing.T, rows, cols int, scale float64, x []T) {
		for _, of := range []float64{1, 1e-30, 1e30} {
			p := newBatchNorm[T](cols, of)
			p.Eps, p.Act = 1e-5, kernels.ActReLU
			for j := range cols {
				p.RunMean[j], p.RunVar[j] = -x[j], T(min(scale*scale, most))
			}
			y := append([]T(nil), x...)
			kernels.BatchNormInfer(rows, cols, y, cols, y, cols, &p)
			for i, v := range x {
				j := i % cols
				deviation := root(add(num(float64(p.RunVar[j])), num(float64(p.Eps))))
				d := quo(sub(num(float64(v)), num(float64(p.RunMean[j]))), deviation)
				term, beta := mul(d, num(float64(p.Gamma[j]))), num(float64(p.Beta[j]))
				want := add(term, beta)
				if want.Signbit() {
					want = num(0)
				}
				near(t, fmt.Sprintf("y[%d]", i), y[i], want, within[T](4, term, beta))
			}
		}
	})
}

// TestAdaptiveClipRange: units whose norms, or whose factors, are out of range.
func TestAdaptiveClipRange(t *testing.T) {
	t.Run("f32", testAdaptiveClipRange[float32])
	t.Run("f64", testAdaptiveClipRange[float64])
}

func testAdaptiveClipRange[T kernels.Float](t *testing.T) {
	small, large := 1e-290, 1e290
	if unsafe.Sizeof(T(0)) == 4 {
		small, large = 1e-37, 1e36
	}
	eachRange(t, rangeShapes, func(t *testing.T, rows, cols int, _ float64, w []T) {
		for _, of := range []float64{small, 1, large} {
			for _, eps := range []float64{1e-3, small} {
				g := randoms[T](len(w), of)
				byRow, byColumn := append([]T(nil), g...), append([]T(nil), g...)
				kernels.AdaptiveClipRows(rows, cols, byRow, cols, w, cols, 0.0625, T(eps))
				kernels.AdaptiveClipColumns(rows, cols, byColumn, cols, w, cols, 0.0625, T(eps))
				for i := range rows {
					judgeClip(t, byRow, g, w, T(eps), func(k int) int { return i*cols + k }, cols)
				}
				for j := range cols {
					judgeClip(t, byColumn, g, w, T(eps), func(k int) int { return k*cols + j }, rows)
				}
			}
		}
	})
}

func judgeClip[T kernels.Float](t *testing.T, got, g, w []T, eps T, at func(k int) int, n int) {
	t.Helper()
	norm, limit := num(0), num(0)
	for k := range n {
		v, u := num(float64(g[at(k)])), num(float64(w[at(k)]))
		norm, limit = add(norm, mul(v, v)), add(limit, mul(u, u))
	}
	norm, limit = root(norm), root(limit)
	if least := num(float64(eps)); limit.Cmp(least) < 0 {
		limit = least
	}
	limit = mul(limit, num(0.0625))
	for k := range n {
		want := num(float64(g[at(k)]))
		if norm.Cmp(limit) > 0 {
			want = quo(mul(want, limit), norm)
		}
		near(t, fmt.Sprintf("g[%d]", at(k)), got[at(k)], want, within[T](rangeBound, want))
	}
}

// TestAdaptiveClipBeside: an ordinary column that is clipped stands beside one whose squares overflow, weights of 0
// have the size eps beside a gradient whose squares overflow, and a zero keeps its sign.
func TestAdaptiveClipBeside(t *testing.T) {
	t.Run("f32", func(t *testing.T) { testAdaptiveClipBeside[float32](t, 1e30) })
	t.Run("f64", func(t *testing.T) { testAdaptiveClipBeside[float64](t, 1e200) })
}

func testAdaptiveClipBeside[T kernels.Float](t *testing.T, large T) {
	near := func(what string, got []T, want ...float64) {
		for i, v := range got {
			gap := math.Abs(float64(v) - want[i])
			if gap > 1e-6*math.Abs(want[i]) || math.Signbit(float64(v)) != math.Signbit(want[i]) {
				t.Errorf("%s: %v, want %v", what, got, want)
				return
			}
		}
	}
	g, w := []T{large, 1, large, 1}, []T{1, 1, 1, 1}
	kernels.AdaptiveClipColumns(2, 2, g, 2, w, 2, 0.01, 1e-3)
	near("two columns", g, 0.01, 0.01, 0.01, 0.01)
	g = []T{large, large}
	kernels.AdaptiveClipRows(1, 2, g, 2, []T{0, 0}, 2, 0.01, 1e-3)
	near("a row of weights 0", g, 1e-5/math.Sqrt2, 1e-5/math.Sqrt2)
	g = []T{T(math.Copysign(0, -1)), 5, 0, 1}
	kernels.AdaptiveClipColumns(2, 2, g, 2, w, 2, 0.01, 1e-3)
	near("zeros", g, math.Copysign(0, -1), 0.01*math.Sqrt2*5/math.Sqrt(26), 0, 0.01*math.Sqrt2/math.Sqrt(26))
}

// TestBatchNormShiftBeyond: where Beta - Mean*scale overflows and y does not, y is right.
func TestBatchNormShiftBeyond(t *testing.T) {
	x, y := []float32{0x1p34, 0x1p34 + 2048}, make([]float32, 2)
	p := kernels.BatchNorm[float32]{Gamma: []float32{3e38}, Beta: []float32{-1e38}, Mean: make([]float32, 1),
		InvStd: make([]float32, 1), RunMean: make([]float32, 1), RunVar: make([]float32, 1), Momentum: 0.1}
	kernels.BatchNormForward(2, 1, y, 1, x, 1, &p)
	if !math.IsInf(float64(y[0]), -1) || math.Abs(float64(y[1])-2e38) > 1e33 {
		t.Errorf("y = %v, want -Inf and 2e38", y)
	}
}

// TestSumSquaresOfOneTiny: the square of a number far below 1 has the digits of float64.
func TestSumSquaresOfOneTiny(t *testing.T) {
	for _, x := range []float32{1.3e-22, 1.3e-30, 0x1p-149} {
		if got, want := kernels.SumSquares([]float32{x}), float64(x)*float64(x); math.Abs(got-want) > 1e-6*want {
			t.Errorf("SumSquares of %v is %v, want %v", x, got, want)
		}
	}
}

// TestAdaptiveClipInfinite: an infinite lambda, eps or weight clips nothing, however large or small
// the gradient is, and NaN in a unit makes it NaN.
func TestAdaptiveClipInfinite(t *testing.T) {
	t.Run("f32", testAdaptiveClipInfinite[float32])
	t.Run("f64", testAdaptiveClipInfinite[float64])
}

func testAdaptiveClipInfinite[T kernels.Float](t *testing.T) {
	const n = 70 // units, of 3 elements each
	_, most, least := limits[T]()
	inf, nan, big, small := math.Inf(1), math.NaN(), most/2, 4*least
	for _, c := range []struct{ g, w, lambda, eps, want float64 }{
		{big, 1, inf, 1e-3, big}, {small, 0, inf, small, small}, {1, 0, inf, 1, 1},
		{big, big, inf, big, big},
		{big, 1, 0.01, inf, big}, {small, 0, small, inf, small}, {1, 1, 0.01, inf, 1},
		{big, 1, inf, inf, big}, {inf, 1, inf, 1, inf}, {inf, 1, 1, inf, inf}, {inf, inf, 1, 1, inf},
		{big, inf, 0.01, 1, big}, {1, inf, least, least, 1}, {nan, 1, inf, 1, nan}, {nan, inf, 1, 1, nan},
		{1, nan, inf, 1, nan}, {1, nan, 1, inf, nan}, {big, nan, inf, inf, nan}, {0, 0, inf, inf, 0},
	} {
		for _, tier := range kernels.Tiers() {
			if kernels.Limit(tier) != nil {
				continue
			}
			g, w := slices.Repeat([]T{T(c.g)}, 3*n), slices.Repeat([]T{T(c.w)}, 3*n)
			byColumn := slices.Clone(g)
			kernels.AdaptiveClipRows(n, 3, g, 3, w, 3, T(c.lambda), T(c.eps))
			kernels.AdaptiveClipColumns(3, n, byColumn, n, w, n, T(c.lambda), T(c.eps))
			for i := range g {
				if !same(float64(g[i]), c.want) || !same(float64(byColumn[i]), c.want) {
					t.Fatalf("%v: g = %v, w = %v, lambda = %v, eps = %v: by rows %v, columns %v, want %v",
						tier, c.g, c.w, c.lambda, c.eps, g[i], byColumn[i], c.want)
				}
			}
		}
	}
}

func same(a, b float64) bool { return a == b || a != a && b != b }

// TestRangeOfManyChunks: sums of several chunks, tiles and calls. Data times a power of two
// has the same norms, gradients that are the inverse of it as large, and moments as large.
func TestRangeOfManyChunks(t *testing.T) {
	t.Run("f32", func(t *testing.T) { testRangeOfManyChunks[float32](t, 110, -60) })
	t.Run("f64", func(t *testing.T) { testRangeOfManyChunks[float64](t, 1000, -510) })
}

func testRangeOfManyChunks[T kernels.Float](t *testing.T, exps ...int) {
	for _, tier := range kernels.Tiers() {
		if kernels.Limit(tier) != nil || testing.Short() && tier != top {
			continue
		}
		shapes := [][2]int{{300, 33}, {5, 2100}, {12, 2100}, {1, 33000}, {9, 1100}}
		if testing.Short() {
			shapes, exps = shapes[:2], exps[:1]
		}
		for _, s := range shapes {
			rows, cols := s[0], s[1]
			x := randoms[T](rows*cols, 1)
			for _, e := range exps {
				t.Run(fmt.Sprintf("%v/%dx%d/2^%d", tier, rows, cols, e), func(t *testing.T) {
					scaled, factor := make([]T, len(x)), T(math.Ldexp(1, e))
					for i, v := range x {
						scaled[i] = v * factor
					}
					alikeNorm(t, layerNormRange(t, rows, cols, x, 0),
						layerNormRange(t, rows, cols, scaled, 0), e)
					alikeNorm(t, rmsNormRange(t, rows, cols, x, 0),
						rmsNormRange(t, rows, cols, scaled, 0), e)
					alikeNorm(t, batchNormAlone(rows, cols, x), batchNormAlone(rows, cols, scaled), e)
					a, b := []T{kernels.Mean(x), kernels.Norm2(x)},
						[]T{kernels.Mean(scaled), kernels.Norm2(scaled)}
					alike(t, "Mean, Norm2", a, b, e)
					alike(t, "Variance", []T{kernels.Variance(x)}, []T{kernels.Variance(scaled)}, 2*e)
					squares := new(big.Float).SetMantExp(num(kernels.SumSquares(x)), 2*e)
					near(t, "SumSquares", kernels.SumSquares(scaled), squares, within[T](sumBound, squares))
					alikeMoments(t, rows, cols, x, scaled, e)
				})
			}
		}
	}
	if err := kernels.Limit(top); err != nil {
		t.Fatal(err)
	}
}

// batchNormAlone is both passes without a memory between batches.
func batchNormAlone[T kernels.Float](rows, cols int, x []T) *rangeNorm[T] {
	p := newBatchNorm[T](cols, 1)
	p.Momentum = 1
	c := &rangeNorm[T]{y: make([]T, len(x)), dx: make([]T, len(x)), dy: randoms[T](len(x)+1, 1)[:len(x)],
		mean: p.RunMean, inv: p.InvStd, dgamma: make([]T, cols)}
	kernels.BatchNormForward(rows, cols, c.y, cols, x, cols, &p)
	kernels.BatchNormBackward(rows, cols, c.dx, cols, c.dy, cols, x, cols, &p, c.dgamma, make([]T, cols))
	return c
}

func alikeMoments[T kernels.Float](t *testing.T, rows, cols int, x, scaled []T, e int) {
	t.Helper()
	mean, variance, mean2, variance2 := make([]T, cols), make([]T, cols), make([]T, cols), make([]T, cols)
	kernels.ColumnMoments(rows, cols, mean, variance, x, cols)
	kernels.ColumnMoments(rows, cols, mean2, variance2, scaled, cols)
	alike(t, "mean", mean, mean2, e)
	alike(t, "variance", variance, variance2, 2*e)
}

func alikeNorm[T kernels.Float](t *testing.T, a, b *rangeNorm[T], e int) {
	t.Helper()
	alike(t, "y", a.y, b.y, 0)
	alike(t, "mean", a.mean, b.mean, e)
	alike(t, "inv", a.inv, b.inv, -e)
	alike(t, "dgamma", a.dgamma, b.dgamma, 0)
	alike(t, "dx", a.dx, b.dx, -e)
}

// alike fails unless b is a times 2^e, within 64 eps of 1 or of the larger number.
func alike[T kernels.Float](t *testing.T, what string, a, b []T, e int) {
	t.Helper()
	one := new(big.Float).SetMantExp(num(1), e)
	for i, v := range a {
		if v != v && b[i] != b[i] {
			continue
		}
		want := new(big.Float).SetMantExp(num(float64(v)), e)
		near(t, fmt.Sprintf("%s[%d]", what, i), b[i], want, within[T](sumBound, want, one))
	}
}
