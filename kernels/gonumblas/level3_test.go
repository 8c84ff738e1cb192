package gonumblas

import (
	"fmt"
	"testing"
)

// sizes are shapes round the ends of blocks: of the triangles of single rows, of those
// that are transposed or computed whole, and of strips, of which the longest have three.
func shapes() [][2]int {
	s := [][2]int{{0, 3}, {3, 0}, {1, 1}, {2, 5}, {7, 9}, {8, 8}, {9, 17}, {17, 4}, {33, 31}, {64, 65},
		{65, 63}, {130, 5}, {5, 130}}
	if !testing.Short() {
		s = append(s, [2]int{257, 20}, [2]int{20, 257}, [2]int{1050, 20}, [2]int{20, 1050})
	}
	return s
}

func TestGemm(t *testing.T) { each(t, testGemm[float32], testGemm[float64]) }

func testGemm[T float](t *testing.T, s source) {
	for _, shape := range shapes() {
		m, n := shape[0], shape[1]
		for _, k := range []int{0, 1, 13, 270} {
			for c, f := range factors {
				transA, transB := c%2 == 1, c%3 == 1
				rowsA, colsA := flip(transA, m, k)
				rowsB, colsB := flip(transB, k, n)
				a, b, out := store[T](s, rowsA, colsA, c, whole), store[T](s, rowsB, colsB, 2, whole),
					store[T](s, m, n, c%2, whole)
				gemm("Xgemm", transpose(transA), transpose(transB), m, n, k, T(f.alpha), a.a(), a.ld,
					b.a(), b.ld, T(f.beta), out.a(), out.ld)
				x, y := a.dense().transposed(transA), b.dense().transposed(transB)
				want := combine(f.alpha, x, y, f.beta, out.dense(), nil)
				scale := combine(abs64(f.alpha), x.magnitudes(), y.magnitudes(), abs64(f.beta),
					out.dense().magnitudes(), nil)
				what := fmt.Sprintf("gemm %v %v k=%d %v", transA, transB, k, f)
				out.expect(t, what, want, scale, 8)
				a.unchanged(t, what)
				b.unchanged(t, what)
			}
		}
	}
}

func flip(yes bool, a, b int) (int, int) {
	if yes {
		return b, a
	}
	return a, b
}

func abs64(v float64) float64 { return max(v, -v) }

func TestSymm(t *testing.T) { each(t, testSymm[float32], testSymm[float64]) }

func testSymm[T float](t *testing.T, s source) {
	for _, shape := range shapes() {
		m, n := shape[0], shape[1]
		for c, f := range factors {
			left, upper := c%2 == 0, s.IntN(2) == 0
			order := n
			if left {
				order = m
			}
			a, b, out := store[T](s, order, order, 1, triangleOf(upper, false)),
				store[T](s, m, n, 2, whole), store[T](s, m, n, 0, whole)
			symm("Xsymm", side(left), uplo(upper), m, n, T(f.alpha), a.a(), a.ld, b.a(), b.ld,
				T(f.beta), out.a(), out.ld)
			x, y := a.symmetric(), b.dense()
			if !left {
				x, y = y, x
			}
			want := combine(f.alpha, x, y, f.beta, out.dense(), nil)
			scale := combine(abs64(f.alpha), x.magnitudes(), y.magnitudes(), abs64(f.beta),
				out.dense().magnitudes(), nil)
			what := fmt.Sprintf("symm left=%v upper=%v %v", left, upper, f)
			out.expect(t, what, want, scale, 8)
			a.unchanged(t, what)
			b.unchanged(t, what)
		}
	}
}

func TestSyrk(t *testing.T) { each(t, testSyrk[float32], testSyrk[float64]) }

func testSyrk[T float](t *testing.T, s source) {
	for _, shape := range shapes() {
		n, k := shape[0], shape[1]
		for c, f := range factors {
			upper, trans, pair := s.IntN(2) == 0, s.IntN(2) == 0, c%2 == 0
			rows, cols := flip(trans, n, k)
			a, b, out := store[T](s, rows, cols, 1, whole), store[T](s, rows, cols, 3, whole),
				store[T](s, n, n, 2, triangleOf(upper, false))
			x, y := a.dense().transposed(trans), b.dense().transposed(trans)
			what := fmt.Sprintf("syrk pair=%v upper=%v trans=%v %v", pair, upper, trans, f)
			var want, scale dense
			if pair {
				syr2k("Xsyr2k", uplo(upper), transpose(trans), n, k, T(f.alpha), a.a(), a.ld, b.a(), b.ld,
					T(f.beta), out.a(), out.ld)
				want = combine(f.alpha, x, y.transposed(true), f.beta, out.dense(), nil)
				want = combine(f.alpha, y, x.transposed(true), 1, want, nil)
				scale = combine(abs64(f.alpha), x.magnitudes(), y.magnitudes().transposed(true),
					abs64(f.beta), out.dense().magnitudes(), nil)
				scale = combine(abs64(f.alpha), y.magnitudes(), x.magnitudes().transposed(true),
					1, scale, nil)
			} else {
				syrk("Xsyrk", uplo(upper), transpose(trans), n, k, T(f.alpha), a.a(), a.ld,
					T(f.beta), out.a(), out.ld)
				want = combine(f.alpha, x, x.transposed(true), f.beta, out.dense(), nil)
				scale = combine(abs64(f.alpha), x.magnitudes(), x.magnitudes().transposed(true),
					abs64(f.beta), out.dense().magnitudes(), nil)
			}
			out.expect(t, what, want, scale, 8)
			a.unchanged(t, what)
			b.unchanged(t, what)
		}
	}
}

func TestTrmm(t *testing.T) { each(t, testTrmm[float32], testTrmm[float64]) }

func testTrmm[T float](t *testing.T, s source) {
	forTriangles(t, s, func(left, upper, trans, unit bool, m, n int, alpha float64) {
		order := n
		if left {
			order = m
		}
		a, b := store[T](s, order, order, 2, triangleOf(upper, unit)), store[T](s, m, n, 1, whole)
		trmm("Xtrmm", side(left), uplo(upper), transpose(trans), diag(unit), m, n, T(alpha), a.a(), a.ld,
			b.a(), b.ld)
		what := fmt.Sprintf("trmm left=%v upper=%v trans=%v unit=%v alpha=%v", left, upper, trans,
			unit, alpha)
		want, scale := triangularOracle(a.dense().transposed(trans), b.dense(), left, upper != trans, alpha)
		b.expect(t, what, want, scale, 8)
		a.unchanged(t, what)
	})
}

// triangularOracle returns alpha*a*b, or with b*a, and its magnitudes; a is triangular.
func triangularOracle(a, b dense, left, upper bool, alpha float64) (want, scale dense) {
	zero := func(i, p int) bool { return upper && p < i || !upper && p > i }
	compute := func(a, b dense, alpha float64) dense {
		if left {
			return combine(alpha, a, b, 0, b, zero)
		}
		// B*A is the transpose of A^T*B^T.
		swapped := func(i, p int) bool { return zero(p, i) }
		return combine(alpha, a.transposed(true), b.transposed(true), 0, b, swapped).transposed(true)
	}
	return compute(a, b, alpha), compute(a.magnitudes(), b.magnitudes(), abs64(alpha))
}

// forTriangles calls f with all flags in turn.
func forTriangles(t *testing.T, s source, f func(left, upper, trans, unit bool, m, n int, alpha float64)) {
	for _, shape := range shapes() {
		for flags := range 16 {
			if (testing.Short() || max(shape[0], shape[1]) > 128) && shape[0]*shape[1] > 100 &&
				flags%5 != s.IntN(5) {
				continue
			}
			alpha := []float64{1, -0.75, 0, 2}[s.IntN(4)]
			f(flags&1 != 0, flags&2 != 0, flags&4 != 0, flags&8 != 0, shape[0], shape[1], alpha)
		}
	}
}

// The solution is judged by its residual: op(A)*X against alpha*B. Special values have no
// residual; there substitution tells what is finite.
func TestTrsm(t *testing.T) { each(t, testTrsm[float32], testTrsm[float64]) }

func testTrsm[T float](t *testing.T, s source) {
	forTriangles(t, s, func(left, upper, trans, unit bool, m, n int, alpha float64) {
		order := n
		if left {
			order = m
		}
		a, b := store[T](source{s.Rand, false}, order, order, 2, triangleOf(upper, unit)).dominant(),
			store[T](s, m, n, 1, whole)
		trsm("Xtrsm", side(left), uplo(upper), transpose(trans), diag(unit), m, n, T(alpha), a.a(), a.ld,
			b.a(), b.ld)
		what := fmt.Sprintf("trsm left=%v upper=%v trans=%v unit=%v alpha=%v", left, upper, trans,
			unit, alpha)
		a.unchanged(t, what)
		// The operands of the residual trade places: the solution is what comes in.
		right := b.dense()
		x := &stored[T]{rows: m, cols: n, ld: b.ld, data: b.data, before: b.data}
		solution := x.dense()
		got, scale := triangularOracle(a.dense().transposed(trans), solution, left, upper != trans, 1)
		special := substitute(a.dense().transposed(trans), right, left, upper != trans, alpha)
		for i := range m {
			for j := range n {
				w := alpha * right.at(i, j)
				if alpha == 0 {
					w = 0
				}
				if v := special.at(i, j); !isFinite(v) {
					if isFinite(solution.at(i, j)) {
						t.Fatalf("%s: x(%d,%d) is %v, want %v", what, i, j, solution.at(i, j), v)
					}
				} else if tol := 16 * epsilon[T]() * scale.at(i, j); !same(got.at(i, j), w, tol) {
					t.Fatalf("%s: op(A)*X is %v at (%d,%d) of %dx%d, want %v +- %g", what, got.at(i, j),
						i, j, m, n, w, tol)
				}
			}
		}
	})
}

func isFinite(v float64) bool { return v-v == 0 }

// substitute solves a*x = alpha*b, or x*a, for a triangular a.
func substitute(a, b dense, left, upper bool, alpha float64) dense {
	if !left {
		return substitute(a.transposed(true), b.transposed(true), true, !upper, alpha).transposed(true)
	}
	x := newDense(b.rows, b.cols)
	for j := range b.cols {
		for step := range b.rows {
			i := step
			if upper {
				i = b.rows - 1 - step
			}
			sum := 0.0
			if alpha != 0 {
				sum = alpha * b.at(i, j)
			}
			for p := range b.rows {
				if upper && p > i || !upper && p < i {
					sum -= a.at(i, p) * x.at(p, j)
				}
			}
			x.set(i, j, sum/a.at(i, i))
		}
	}
	return x
}
