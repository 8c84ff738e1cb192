package mat

import "github.com/ashlar-go/ashlar/kernels"

// Mul computes C = alpha op(A) op(B) + beta C, where op(X) is X, or X transposed
// when its flag is set: op(A) is m x k, op(B) is k x n and C is m x n. beta = 0
// overwrites C without reading it. C must not share an element with A or B. Mul
// calls [kernels.Gemm].
func Mul[T kernels.Float](transA, transB bool, alpha T, a, b Dense[T], beta T, c Dense[T]) {
	m, k := shape(transA, a)
	kb, n := shape(transB, b)
	if kb != k {
		fail("Mul", "b", kb, k, "op(b) is %dx%d, want %d rows, the columns of op(a)", kb, n, k)
	}
	if c.Rows != m || c.Cols != n {
		fail("Mul", "c", c.Rows, m, "c is %dx%d, want %dx%d", c.Rows, c.Cols, m, n)
	}
	kernels.Gemm(transA, transB, m, n, k, alpha, a.Data, ld(a), b.Data, ld(b), beta, c.Data, ld(c))
}

func shape[T kernels.Float](trans bool, m Dense[T]) (rows, cols int) {
	if trans {
		return m.Cols, m.Rows
	}
	return m.Rows, m.Cols
}

// ld returns the leading dimension; the zero Dense has stride 0.
func ld[T kernels.Float](m Dense[T]) int { return max(1, m.Stride) }
