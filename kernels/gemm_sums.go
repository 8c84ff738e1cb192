package kernels

// GemmSums computes a product with a transposed A and the column sums of B:
//
//	C      = alpha * A^T * B + beta * C    A is k x m, B is k x n, C is m x n
//	sum[j] = sum over p of B[p,j]
//
// C is the gradient of a Linear layer's weights and sum that of its bias. The arguments are
// those of [Gemm], and len(sum) is n. sum must not share an element with A, B or C. The sums
// have the bits of [ColumnSums]; computing them brings B into the cache for the product.
func GemmSums[T Float](m, n, k int, alpha T, a []T, lda int, b []T, ldb int,
	beta T, c []T, ldc int, sum []T) {
	var p product[T]
	p.set(true, false, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
	gemmSums(Active(), &p, sum)
}

// gemmSums is GemmSums on a given tier.
func gemmSums[T Float](t Tier, p *product[T], sum []T) {
	const op = "GemmSums"
	if !p.plain() || len(sum) != p.n || meet(sum, p.a) || meet(sum, p.b) || meet(sum, p.c) {
		p.checkSums(op, sum)
	}
	raceReadMatrix(p.b, p.k, p.n, p.ldb)
	raceWrite(sum)
	columnSums(t, p.k, p.n, sum, p.b, p.ldb)
	p.compute(t)
}

// checkSums panics unless the arguments describe a product with sums.
func (p *product[T]) checkSums(op string, sum []T) {
	p.check(op)
	checkMatrix(op, "b", "ldb", len(p.b), p.k, p.n, p.ldb)
	checkLen(op, "sum", len(sum), p.n)
	v := vectorView(sum)
	checkApart(op, "sum", "a", v, matrixView(p.a, p.k, p.m, p.lda))
	checkApart(op, "sum", "b", v, matrixView(p.b, p.k, p.n, p.ldb))
	checkApart(op, "sum", "c", v, matrixView(p.c, p.m, p.n, p.ldc))
}
