package gonumblas

import (
	"fmt"
	"math"
	"testing"
)

var increments = []int{1, 2, -1, -3}

// orders are round the ends of the blocks on the diagonal.
func orders() []int {
	s := []int{0, 1, 2, 5, 11, 12, 13, 16, 17, 33, 64, 65, 100}
	if !testing.Short() {
		s = append(s, 129, 200)
	}
	return s
}

func TestGemvGer(t *testing.T) { each(t, testGemvGer[float32], testGemvGer[float64]) }

func testGemvGer[T float](t *testing.T, s source) {
	for _, shape := range shapes() {
		m, n := shape[0], shape[1]
		for c, f := range factors {
			trans, incX, incY := s.IntN(2) == 0, increments[s.IntN(4)], increments[s.IntN(4)]
			what := fmt.Sprintf("%dx%d trans=%v incX=%d incY=%d %v", m, n, trans, incX, incY, f)
			a := store[T](s, m, n, c, whole)
			lenX, lenY := flip(trans, n, m)
			x, y := storeVector[T](s, lenX, incX), storeVector[T](s, lenY, incY)
			gemv("Xgemv", transpose(trans), m, n, T(f.alpha), a.a(), a.ld, x.data, incX,
				T(f.beta), y.data, incY)
			if m == 0 || n == 0 { // then the reference returns before beta
				f.alpha, f.beta = 0, 1
			}
			op := a.dense().transposed(trans)
			y.expect(t, "gemv "+what, combine(f.alpha, op, x.dense(), f.beta, y.dense(), nil),
				combine(abs64(f.alpha), op.magnitudes(), x.dense().magnitudes(), abs64(f.beta),
					y.dense().magnitudes(), nil), 8)
			a.unchanged(t, "gemv "+what)

			u, v := storeVector[T](s, m, incX), storeVector[T](s, n, incY)
			ger("Xger", m, n, T(f.alpha), u.data, incX, v.data, incY, a.a(), a.ld)
			a.expect(t, "ger "+what,
				combine(f.alpha, u.dense(), v.dense().transposed(true), 1, a.dense(), nil),
				combine(abs64(f.alpha), u.dense().magnitudes(), v.dense().transposed(true).magnitudes(), 1,
					a.dense().magnitudes(), nil), 8)
		}
	}
}

func TestGbmv(t *testing.T) { each(t, testGbmv[float32], testGbmv[float64]) }

func testGbmv[T float](t *testing.T, s source) {
	for _, shape := range shapes()[:12] {
		m, n := shape[0], shape[1]
		for c, f := range factors {
			kL, kU, trans := s.IntN(m+3), s.IntN(n+3), c%2 == 0
			incX, incY := increments[s.IntN(4)], increments[s.IntN(4)]
			what := fmt.Sprintf("gbmv %dx%d kL=%d kU=%d trans=%v incX=%d incY=%d %v", m, n, kL, kU, trans,
				incX, incY, f)
			band := func(i, j int) bool { return j >= i-kL && j <= i+kU }
			lda := kL + kU + 1 + s.IntN(2)
			op, a := newDense(m, n), make([]T, min(m, n+kL)*lda)
			for i := range a {
				a[i] = T(math.NaN())
			}
			for i := range m {
				for j := range n {
					if band(i, j) {
						v := s.value()
						op.set(i, j, v)
						a[i*lda+kL+j-i] = T(v)
					}
				}
			}
			lenX, lenY := flip(trans, n, m)
			x, y := storeVector[T](s, lenX, incX), storeVector[T](s, lenY, incY)
			gbmv("Xgbmv", transpose(trans), m, n, kL, kU, T(f.alpha), a, lda, x.data, incX,
				T(f.beta), y.data, incY)
			if m == 0 || n == 0 {
				f.alpha, f.beta = 0, 1
			}
			skip := func(i, p int) bool { return !band(flip(trans, i, p)) }
			op = op.transposed(trans)
			y.expect(t, what, combine(f.alpha, op, x.dense(), f.beta, y.dense(), skip),
				combine(abs64(f.alpha), op.magnitudes(), x.dense().magnitudes(), abs64(f.beta),
					y.dense().magnitudes(), skip), 8)
		}
	}
}

// forms stores a triangle of order n with k diagonals beside the main one in each form
// and calls f with it. Nothing else in memory is a number.
func forms[T float](s source, n int, unit bool,
	f func(name string, t triangle[T], values dense, has func(i, j int) bool)) {
	for _, upper := range bools {
		for form, name := range []string{"full", "banded", "packed"} {
			k := max(0, n-1)
			if storage(form) == banded {
				k = s.IntN(n + 2)
			}
			p := triangleOf(upper, unit)
			has := func(i, j int) bool { return p.has(i, j) && abs(i-j) <= k }
			t := triangle[T]{upper: upper, form: storage(form), n: n, k: k, ld: n + 2}
			switch storage(form) {
			case full:
				t.a = make([]T, max(0, (n-1)*t.ld+n))
			case banded:
				t.ld = k + 2
				t.a = make([]T, max(0, (n-1)*t.ld+k+1))
			case inRows:
				t.a, t.ld = make([]T, n*(n+1)/2), 0
			}
			values := newDense(n, n)
			fill(s, &t, values, has)
			f(fmt.Sprintf("%s upper=%v unit=%v n=%d k=%d", name, upper, unit, n, k), t, values, has)
		}
	}
}

// fill stores values where has says so. The index in memory follows BLAS's definition of
// row-major storage rather than triangle.row.
func fill[T float](s source, t *triangle[T], values dense, has func(i, j int) bool) {
	for i := range t.a {
		t.a[i] = T(math.NaN())
	}
	for i := range t.n {
		for j := range t.n {
			if i == j {
				values.set(i, i, 1)
			}
			if !has(i, j) {
				continue
			}
			v := s.value()
			values.set(i, j, v)
			t.a[index(t, i, j)] = T(v)
		}
	}
}

func index[T float](t *triangle[T], i, j int) int {
	at := 0
	switch {
	case t.form == full:
		return i*t.ld + j
	case t.form == banded && t.upper:
		return i*t.ld + j - i
	case t.form == banded:
		return i*t.ld + t.k + j - i
	}
	for r := range i { // the rows before
		if t.upper {
			at += t.n - r
		} else {
			at += r + 1
		}
	}
	if t.upper {
		return at + j - i
	}
	return at + j
}

func clone[T float](t triangle[T]) triangle[T] {
	t.a = append([]T(nil), t.a...)
	return t
}

func (t *triangle[T]) expect(tt *testing.T, what string, before []T) {
	tt.Helper()
	for i, v := range t.a {
		if !sameBits(v, before[i]) {
			tt.Fatalf("%s: element %d changed from %v to %v", what, i, before[i], v)
		}
	}
}

// callTriangular calls the routine that takes the form, solving or multiplying.
func callTriangular[T float](t *triangle[T], solve, trans, unit bool, x []T, incX int) {
	ul, tA, d := uplo(t.upper), transpose(trans), diag(unit)
	switch {
	case t.form == full && solve:
		trsv("Xtrsv", ul, tA, d, t.n, t.a, t.ld, x, incX)
	case t.form == full:
		trmv("Xtrmv", ul, tA, d, t.n, t.a, t.ld, x, incX)
	case t.form == banded && solve:
		tbsv("Xtbsv", ul, tA, d, t.n, t.k, t.a, t.ld, x, incX)
	case t.form == banded:
		tbmv("Xtbmv", ul, tA, d, t.n, t.k, t.a, t.ld, x, incX)
	case solve:
		tpsv("Xtpsv", ul, tA, d, t.n, t.a, x, incX)
	default:
		tpmv("Xtpmv", ul, tA, d, t.n, t.a, x, incX)
	}
}

func TestTriangularVector(t *testing.T) {
	each(t, testTriangularVector[float32], testTriangularVector[float64])
}

func testTriangularVector[T float](t *testing.T, s source) {
	for _, n := range orders() {
		for _, unit := range bools {
			forms(s, n, unit, func(name string, tri triangle[T], values dense, has func(i, j int) bool) {
				trans, incX := s.IntN(2) == 0, increments[s.IntN(4)]
				what := fmt.Sprintf("product %s trans=%v incX=%d", name, trans, incX)
				before := clone(tri).a
				x := storeVector[T](s, n, incX)
				callTriangular(&tri, false, trans, unit, x.data, incX)
				tri.expect(t, what, before)
				skip := func(i, p int) bool { return i != p && !has(flip(trans, i, p)) }
				a := values.transposed(trans)
				x.expect(t, what, combine(1, a, x.dense(), 0, x.dense(), skip),
					combine(1, a.magnitudes(), x.dense().magnitudes(), 0, x.dense(), skip), 8)
			})
		}
	}
}

// The solution is judged by its residual.
func TestTriangularSolve(t *testing.T) {
	each(t, testTriangularSolve[float32], testTriangularSolve[float64])
}

func testTriangularSolve[T float](t *testing.T, s source) {
	tame := source{s.Rand, false}
	for _, n := range orders() {
		for _, unit := range bools {
			forms(tame, n, unit, func(name string, tri triangle[T], values dense, has func(i, j int) bool) {
				for i := range n { // a large diagonal, or small elements beside one of ones
					for j := range n {
						if !has(i, j) {
							continue
						}
						v := values.at(i, j) / float64(n)
						if i == j {
							v = 2
						}
						values.set(i, j, float64(T(v)))
						tri.a[index(&tri, i, j)] = T(v)
					}
				}
				trans, incX := s.IntN(2) == 0, increments[s.IntN(4)]
				what := fmt.Sprintf("solution %s trans=%v incX=%d", name, trans, incX)
				x := storeVector[T](s, n, incX)
				right := x.dense()
				callTriangular(&tri, true, trans, unit, x.data, incX)
				solution := newDense(n, 1)
				for i := range n {
					solution.v[i] = float64(x.data[start(n, incX)+i*incX])
				}
				a := values.transposed(trans)
				special := substitute(a, right, true, tri.upper != trans, 1)
				skip := func(i, p int) bool { return i != p && !has(flip(trans, i, p)) }
				got := combine(1, a, solution, 0, solution, skip)
				scale := combine(1, a.magnitudes(), solution.magnitudes(), 0, solution, skip)
				for i := range n {
					if v := special.v[i]; !isFinite(v) {
						// substitute multiplies zeros outside the band.
						if isFinite(solution.v[i]) && tri.form != banded {
							t.Fatalf("%s: x[%d] is %v, want %v", what, i, solution.v[i], v)
						}
					} else if !same(got.v[i], right.v[i], 16*epsilon[T]()*scale.v[i]) {
						t.Fatalf("%s: op(A)*x is %v at %d, want %v", what, got.v[i], i, right.v[i])
					}
				}
			})
		}
	}
}

func TestSymmetricVector(t *testing.T) {
	each(t, testSymmetricVector[float32], testSymmetricVector[float64])
}

func testSymmetricVector[T float](t *testing.T, s source) {
	for _, n := range orders() {
		f := factors[s.IntN(len(factors))]
		forms(s, n, false, func(name string, tri triangle[T], values dense, has func(i, j int) bool) {
			incX, incY := increments[s.IntN(4)], increments[s.IntN(4)]
			what := fmt.Sprintf("symmetric %s incX=%d incY=%d %v", name, incX, incY, f)
			before := clone(tri).a
			x, y := storeVector[T](s, n, incX), storeVector[T](s, n, incY)
			ul, alpha, beta := uplo(tri.upper), T(f.alpha), T(f.beta)
			switch tri.form {
			case full:
				symv("Xsymv", ul, n, alpha, tri.a, tri.ld, x.data, incX, beta, y.data, incY)
			case banded:
				sbmv("Xsbmv", ul, n, tri.k, alpha, tri.a, tri.ld, x.data, incX, beta, y.data, incY)
			case inRows:
				spmv("Xspmv", ul, n, alpha, tri.a, x.data, incX, beta, y.data, incY)
			}
			tri.expect(t, what, before)
			for i := range n {
				for j := range n {
					if has(i, j) {
						values.set(j, i, values.at(i, j))
					}
				}
			}
			skip := func(i, p int) bool { return !has(i, p) && !has(p, i) }
			y.expect(t, what, combine(f.alpha, values, x.dense(), f.beta, y.dense(), skip),
				combine(abs64(f.alpha), values.magnitudes(), x.dense().magnitudes(), abs64(f.beta),
					y.dense().magnitudes(), skip), 16)
		})
	}
}

func TestRankUpdates(t *testing.T) { each(t, testRankUpdates[float32], testRankUpdates[float64]) }

func testRankUpdates[T float](t *testing.T, s source) {
	for _, n := range orders() {
		alpha := []float64{1, -0.75, 0}[s.IntN(3)]
		forms(s, n, false, func(name string, tri triangle[T], values dense, has func(i, j int) bool) {
			if tri.form == banded {
				return
			}
			incX, incY, pair := increments[s.IntN(4)], increments[s.IntN(4)], s.IntN(2) == 0
			what := fmt.Sprintf("rank update %s pair=%v incX=%d incY=%d alpha=%v", name, pair,
				incX, incY, alpha)
			before := clone(tri)
			x, y := storeVector[T](s, n, incX), storeVector[T](s, n, incY)
			ul := uplo(tri.upper)
			switch {
			case pair && tri.form == full:
				syr2("Xsyr2", ul, n, T(alpha), x.data, incX, y.data, incY, tri.a, tri.ld)
			case pair:
				spr2("Xspr2", ul, n, T(alpha), x.data, incX, y.data, incY, tri.a)
			case tri.form == full:
				syr("Xsyr", ul, n, T(alpha), x.data, incX, tri.a, tri.ld)
			default:
				spr("Xspr", ul, n, T(alpha), x.data, incX, tri.a)
			}
			dx, dy := x.dense(), y.dense()
			if !pair {
				dy = dx
			}
			want := combine(alpha, dx, dy.transposed(true), 1, values, nil)
			scale := combine(abs64(alpha), dx.magnitudes(), dy.transposed(true).magnitudes(), 1,
				values.magnitudes(), nil)
			if pair {
				want = combine(alpha, dy, dx.transposed(true), 1, want, nil)
				scale = combine(abs64(alpha), dy.magnitudes(), dx.transposed(true).magnitudes(),
					1, scale, nil)
			}
			for i := range n {
				for j := range n {
					if !has(i, j) {
						continue
					}
					k := index(&tri, i, j)
					if !same(float64(tri.a[k]), float64(T(want.at(i, j))), 8*epsilon[T]()*scale.at(i, j)) {
						t.Fatalf("%s: element (%d,%d) is %v, want %v", what, i, j, tri.a[k], want.at(i, j))
					}
					tri.a[k] = before.a[k]
				}
			}
			tri.expect(t, what, before.a) // all others
		})
	}
}
