package kernels

import (
	"github.com/ashlar-go/ashlar/internal/freelist"
	"github.com/ashlar-go/ashlar/kernels/internal/operand"
)

// GemmBatch computes many products of one shape,
//
//	C_i = alpha * op(A_i) * op(B_i) + beta * C_i    for i = 0..batch-1
//
// where A_i begins i*strideA elements into a, and likewise B_i and C_i. The other
// arguments are those of [Gemm]. strideA or strideB may be 0, for an operand that all
// products share. With more than one product strideC must be at least (m-1)*ldc + n. No
// C_i may share an element with any A_j or B_j.
//
// Threads share the products, or, if each product is large, its tiles. The bits are those
// of Gemm.
func GemmBatch[T Float](batch int, transA, transB bool, m, n, k int, alpha T, a []T, lda, strideA int,
	b []T, ldb, strideB int, beta T, c []T, ldc, strideC int) {
	p := product[T]{transA: transA, transB: transB, m: m, n: n, k: k,
		alpha: alpha, a: a, lda: lda, b: b, ldb: ldb, beta: beta, c: c, ldc: ldc}
	gemmBatch(Active(), batch, &p, strideA, strideB, strideC)
}

// gemmBatch is GemmBatch on a given tier.
func gemmBatch[T Float](t Tier, batch int, p *product[T], strideA, strideB, strideC int) {
	const op = "GemmBatch"
	checkSize(op, "batch", batch)
	g := prepare(t, op, p)
	g.product.a, g.product.b, g.product.c = nil, nil, nil
	j := batchJob[T]{PreparedGemm: g, a: p.a, b: p.b, c: p.c,
		strideA: strideA, strideB: strideB, strideC: strideC, batch: batch}
	j.check(op)
	if batch > 0 && g.lenC > 0 {
		j.run()
	}
}

// batchJob is a batch of products. A tile is perTile of them.
type batchJob[T Float] struct {
	PreparedGemm[T]
	a, b, c                   []T
	strideA, strideB, strideC int
	batch, perTile            int
}

var batchJobs freelist.Lists

// check panics unless the slices hold the batch and no C_i shares an element with any A_j or
// B_j.
func (j *batchJob[T]) check(op string) {
	checkSize(op, "strideA", j.strideA)
	checkSize(op, "strideB", j.strideB)
	checkSize(op, "strideC", j.strideC)
	if j.batch > 1 && j.strideC < j.lenC {
		fail(op, "strideC", "strideC", ">= ", j.strideC, j.lenC)
	}
	checkAtLeast(op, "a", len(j.a), extent(j.batch, j.lenA, j.strideA))
	checkAtLeast(op, "b", len(j.b), extent(j.batch, j.lenB, j.strideB))
	checkAtLeast(op, "c", len(j.c), extent(j.batch, j.lenC, j.strideC))
	j.a = j.a[:extent(j.batch, j.lenA, j.strideA)]
	j.b = j.b[:extent(j.batch, j.lenB, j.strideB)]
	j.c = j.c[:extent(j.batch, j.lenC, j.strideC)]
	if meet(j.c, j.a) || meet(j.c, j.b) {
		j.checkOverlap(op)
	}
}

// checkOverlap panics if a C_i shares an element with any A_j or B_j.
func (j *batchJob[T]) checkOverlap(op string) {
	p := &j.product
	rowsA, colsA := stored(p.transA, p.m, p.k)
	rowsB, colsB := stored(p.transB, p.k, p.n)
	c := operand.BatchOf(j.c, j.batch, j.strideC, p.m, p.n, p.ldc)
	if c.Shares(operand.BatchOf(j.a, j.batch, j.strideA, rowsA, colsA, p.lda)) {
		overlap(op, "c", "a")
	}
	if c.Shares(operand.BatchOf(j.b, j.batch, j.strideB, rowsB, colsB, p.ldb)) {
		overlap(op, "c", "b")
	}
}

// operands returns the operands of product x.
func (j *batchJob[T]) operands(x int) (a, b, c []T) {
	return member(j.a, x, j.strideA, j.lenA),
		member(j.b, x, j.strideB, j.lenB),
		member(j.c, x, j.strideC, j.lenC)
}

// member returns the n elements of member x of a batch whose members begin stride elements
// apart.
func member[T Float](s []T, x, stride, n int) []T {
	if n == 0 {
		return nil // s may end before x*stride
	}
	return s[x*stride:][:n]
}

// run computes the batch. Large products run one after the other, each on several threads;
// threads share out small ones. A small batch runs on one thread.
func (j *batchJob[T]) run() {
	one := j.product.flops()
	if one >= parallelFlops || one*float64(j.batch) < parallelFlops {
		j.perTile = j.batch
		j.tile(0)
		return
	}
	threads := Threads()
	job := freelist.Get[T, batchJob[T]](&batchJobs)
	*job = *j
	job.perTile = ceilDiv(j.batch, threads*tilesPerThread)
	parallel(threads, ceilDiv(j.batch, job.perTile), job)
	*job = batchJob[T]{} // do not keep the caller's slices alive
	freelist.Put[T](&batchJobs, job)
}

func (j *batchJob[T]) tile(i int) {
	for x := i * j.perTile; x < min((i+1)*j.perTile, j.batch); x++ {
		j.do(j.operands(x))
	}
}
