package kernels

import (
	"github.com/ashlar-go/ashlar/internal/freelist"
	"github.com/ashlar-go/ashlar/kernels/internal/operand"
)

// GemmBatchBFloat16 computes many products of one shape,
//
//	C_i = alpha * op(A_i) * op(B_i) + beta * C_i    for i = 0..batch-1
//
// where A_i begins i*strideA elements into a, and likewise B_i and C_i. The other arguments are those of
// [GemmBFloat16], and the rules for strides are those of [GemmBatch]. The bits are those of GemmBFloat16.
func GemmBatchBFloat16[A, B, C BF16Operand](batch int, transA, transB bool, m, n, k int, alpha float32,
	a []A, lda, strideA int, b []B, ldb, strideB int, beta float32, c []C, ldc, strideC int) {
	const op = "GemmBatchBFloat16"
	j := bf16Batch{batch: batch, strideA: strideA, strideB: strideB, strideC: strideC, tier: Active(),
		product: bf16Product{transA: transA, transB: transB, m: m, n: n, k: k, alpha: alpha, beta: beta,
			a: mixedOf(a, lda), b: mixedOf(b, ldb), c: mixedOf(c, ldc), parts: 1}}
	j.check(op)
	if batch > 0 && j.lenC > 0 {
		j.run()
	}
}

// bf16Batch is a batch of products. A tile is perTile of them.
type bf16Batch struct {
	product                   bf16Product // with the operands of all
	tier                      Tier
	batch, perTile            int
	strideA, strideB, strideC int
	lenA, lenB, lenC          int // elements from the first to the last of each operand of a product
}

var bf16Batches freelist.Lists

// check panics unless the slices hold the batch and no C_i shares an element with any A_j or B_j.
func (j *bf16Batch) check(op string) {
	p := &j.product
	checkSize(op, "batch", j.batch)
	checkSize(op, "m", p.m)
	checkSize(op, "n", p.n)
	checkSize(op, "k", p.k)
	rowsA, colsA := stored(p.transA, p.m, p.k)
	rowsB, colsB := stored(p.transB, p.k, p.n)
	checkLd(op, "lda", rowsA, colsA, p.a.ld)
	checkLd(op, "ldb", rowsB, colsB, p.b.ld)
	checkLd(op, "ldc", p.m, p.n, p.c.ld)
	if j.lenC = extent(p.m, p.n, p.c.ld); j.lenC > 0 {
		j.lenA, j.lenB = extent(rowsA, colsA, p.a.ld), extent(rowsB, colsB, p.b.ld)
	}
	checkSize(op, "strideA", j.strideA)
	checkSize(op, "strideB", j.strideB)
	checkSize(op, "strideC", j.strideC)
	if j.batch > 1 && j.strideC < j.lenC {
		fail(op, "strideC", "strideC", ">= ", j.strideC, j.lenC)
	}
	a, b, c := extent(j.batch, j.lenA, j.strideA), extent(j.batch, j.lenB, j.strideB),
		extent(j.batch, j.lenC, j.strideC)
	checkAtLeast(op, "a", p.a.len(), a)
	checkAtLeast(op, "b", p.b.len(), b)
	checkAtLeast(op, "c", p.c.len(), c)
	p.a, p.b, p.c = p.a.sub(0, a), p.b.sub(0, b), p.c.sub(0, c)
	all := p.c.batch(j.batch, j.strideC, p.m, p.n)
	if p.c.near(&p.a) && all.Shares(p.a.batch(j.batch, j.strideA, rowsA, colsA)) {
		overlap(op, "c", "a")
	}
	if p.c.near(&p.b) && all.Shares(p.b.batch(j.batch, j.strideB, rowsB, colsB)) {
		overlap(op, "c", "b")
	}
}

// near reports whether the ranges of memory of two operands meet.
func (x *mixed) near(y *mixed) bool { return x.vector().Near(y.vector()) }

// vector returns the memory of all elements.
func (x *mixed) vector() view {
	if x.is {
		return vectorView(x.h)
	}
	return vectorView(x.f)
}

// batch returns the memory of a batch of matrices.
func (x *mixed) batch(count, stride, rows, cols int) operand.Batch {
	if x.is {
		return operand.BatchOf(x.h, count, stride, rows, cols, x.ld)
	}
	return operand.BatchOf(x.f, count, stride, rows, cols, x.ld)
}

// run computes the batch. Large products run one after the other, each on several threads; threads
// share out small ones. A small batch runs on one thread.
func (j *bf16Batch) run() {
	one := j.product.flops()
	if one >= bf16Parallel || one*float64(j.batch) < bf16Parallel {
		j.perTile = j.batch
		j.tile(0)
		return
	}
	threads := Threads()
	job := freelist.Get[float32, bf16Batch](&bf16Batches)
	*job = *j
	job.perTile = ceilDiv(j.batch, threads*tilesPerThread)
	parallel(threads, ceilDiv(j.batch, job.perTile), job)
	*job = bf16Batch{} // do not keep the caller's slices alive
	freelist.Put[float32](&bf16Batches, job)
}

func (j *bf16Batch) tile(i int) {
	for x := i * j.perTile; x < min((i+1)*j.perTile, j.batch); x++ {
		p := j.product
		p.a = p.a.sub(x*j.strideA, j.lenA)
		p.b = p.b.sub(x*j.strideB, j.lenB)
		p.c = p.c.sub(x*j.strideC, j.lenC)
		p.compute(j.tier)
	}
}
