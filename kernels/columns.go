package kernels

import "unsafe"

// columnOp is a kernel that works column by column.
type columnOp uint8

const (
	columnsMoments columnOp = iota
	columnsSums
	columnsBatchNorm
	columnsBatchNormInfer
	columnsBatchNormBackward
	columnsLayerNorm
	columnsAdaptiveClip
	columnsAddBias
	columnsPReLU
	columnsPReLUBackward
)

// columnCall are the operands of such a kernel; each op says which.
type columnCall[T Float] struct {
	y, a, b       []T // matrices
	ldy, lda, ldb int
	in            []T // a value a column
	out1, out2    []T // a value a column
	batch         BatchNorm[T]
	row           rowNorm[T]
}

// columnJob is a call on its way through the pool. A tile is a block of columns. What
// is computed for one column depends on no other one, so the blocks may be as wide as
// the number of threads suggests.
type columnJob[T Float] struct {
	tier       Tier
	op         columnOp
	rows, cols int
	width      int
	call       columnCall[T]
}

var (
	columnJobs32 freeList[columnJob[float32]]
	columnJobs64 freeList[columnJob[float64]]
)

func columnJobs[T Float]() *freeList[columnJob[T]] {
	if isF32[T]() {
		return (*freeList[columnJob[T]])(unsafe.Pointer(&columnJobs32))
	}
	return (*freeList[columnJob[T]])(unsafe.Pointer(&columnJobs64))
}

// leastBlock is the narrowest block of columns that threads share: two cache lines
// of float32.
const leastBlock = 32

func runColumns[T Float](t Tier, op columnOp, rows, cols int, c columnCall[T]) {
	j := columnJobs[T]().get()
	j.tier, j.op, j.rows, j.cols, j.call = t, op, rows, cols, c
	j.width = colBlock
	threads := threadsFor(rows / max(1, maxCall/max(1, cols)))
	if threads > 1 {
		j.width = min(colBlock, max(leastBlock, ceilDiv(ceilDiv(cols, threads), leastBlock)*leastBlock))
	}
	parallel(threads, ceilDiv(cols, j.width), j)
	j.call = columnCall[T]{}
	columnJobs[T]().put(j)
}

func (j *columnJob[T]) tile(i int) {
	lo := i * j.width
	n := min(j.width, j.cols-lo)
	c := &j.call
	part := func(v []T) []T {
		if v == nil {
			return nil
		}
		return v[lo : lo+n]
	}
	s := columnScratches[T]().get()
	switch j.op {
	case columnsMoments:
		columnMomentsBlock(j.tier, s, j.rows, n, part(c.out1), part(c.out2), s.s3[:n], c.a[lo:], c.lda)
	case columnsSums:
		columnSumsBlock(j.tier, s, j.rows, n, part(c.out1), c.a[lo:], c.lda)
	case columnsBatchNorm:
		p := c.batch.block(lo, n)
		batchNormForwardBlock(j.tier, s, j.rows, n, c.y[lo:], c.ldy, c.a[lo:], c.lda, &p)
	case columnsBatchNormInfer:
		p := c.batch.block(lo, n)
		batchNormInferBlock(j.tier, s, j.rows, n, c.y[lo:], c.ldy, c.a[lo:], c.lda, &p)
	case columnsBatchNormBackward:
		p := c.batch.block(lo, n)
		batchNormBackwardBlock(j.tier, s, j.rows, n, c.y[lo:], c.ldy, c.a[lo:], c.lda, c.b[lo:], c.ldb, &p, part(c.out1), part(c.out2))
	case columnsAdaptiveClip:
		adaptiveClipBlock(j.tier, s, j.rows, n, c.y[lo:], c.ldy, c.a[lo:], c.lda, c.row.lambda, c.row.eps)
	case columnsAddBias:
		addBiasBlock(j.tier, j.rows, n, c.y[lo:], c.ldy, c.a[lo:], c.lda, part(c.in))
	case columnsPReLU:
		pReLUBlock(j.tier, j.rows, n, c.y[lo:], c.ldy, c.a[lo:], c.lda, part(c.in))
	case columnsPReLUBackward:
		pReLUBackwardBlock(j.tier, s, j.rows, n, c.y[lo:], c.ldy, c.a[lo:], c.lda, c.b[lo:], c.ldb, part(c.in), part(c.out1))
	case columnsLayerNorm:
		layerNormSums(j.tier, s, j.rows, n, c.a[lo:], c.lda, c.b[lo:], c.ldb, &c.row, part(c.out1), part(c.out2))
	}
	columnScratches[T]().put(s)
}

// block is p for n columns from column lo on.
func (p *BatchNorm[T]) block(lo, n int) BatchNorm[T] {
	hi := lo + n
	b := *p
	b.Gamma, b.Beta, b.Mean, b.InvStd = p.Gamma[lo:hi], p.Beta[lo:hi], p.Mean[lo:hi], p.InvStd[lo:hi]
	b.RunMean, b.RunVar = p.RunMean[lo:hi], p.RunVar[lo:hi]
	return b
}
