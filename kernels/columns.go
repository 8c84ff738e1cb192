package kernels

import (
	"sync/atomic"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// columnOp is a kernel that works column by column.
type columnOp uint8

const (
	columnsMoments columnOp = iota
	columnsSums
	columnsBatchNorm
	columnsBatchNormInfer
	columnsBatchNormBackward
	columnsNormBackward
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

// Column kernels go along rows, in whose order the memory comes fastest, over blocks of
// columns whose constants and sums stay in L1. Sums are of type T over a chunk of rows
// and of float64 over the chunks, so that the error of a sum grows with the chunk and
// not with the batch.
const (
	colBlock    = 1024
	rowChunk    = 128 // at most
	leastChunks = 4   // for threads to share, if there is a call of work in each
)

// columnJob is a call on its way through the pool, in up to three phases, of which each
// needs what the one before left behind. How rows are cut into chunks depends on the
// sizes alone.
type columnJob[T Float] struct {
	tier       Tier
	op         columnOp
	phase      columnPhase
	rows, cols int
	call       columnCall[T]

	chunk, chunks int // rows of a chunk, and how many there are
	group         int // chunks of a tile
	blocks, width int // of columns: how many blocks, and columns of one
	finishWidth   int // columns of a block of the second phase
	threads       int

	pitch int // of sums and k: elements from one value of all columns to the next
	sums  []T // op.sums() a chunk and column
	k     []T // columnConstants a column
	clips atomic.Bool

	whole    []bool // the columns whose last phase is done; none between calls
	anyWhole atomic.Bool
}

// columnPhase is a part of a column kernel.
type columnPhase uint8

const (
	phaseSums   columnPhase = iota // sums of the chunks, a tile a group of chunks in one block
	phaseFinish                    // what follows from the sums of a column, a tile a block
	phaseApply                     // what follows from that for the elements, tiles as for the sums
)

// columnConstants is how many values a column has between the phases.
const columnConstants = 4

var columnJobs freelist.Lists

// leastBlock is the narrowest block of columns that threads share: two cache lines
// of float32.
const leastBlock = 32

// sums is how many sums a chunk has, 0 for an op without the first phase.
func (op columnOp) sums() int {
	switch op {
	case columnsBatchNormInfer, columnsAddBias, columnsPReLU:
		return 0
	case columnsSums, columnsPReLUBackward:
		return 1
	case columnsAdaptiveClip:
		return 3 // one of which its kernel computes for nothing
	}
	return 2
}

// finishes and applies report whether an op has the second and the third phase.
func (op columnOp) finishes() bool { return op != columnsAddBias && op != columnsPReLU }
func (op columnOp) applies() bool {
	switch op {
	case columnsMoments, columnsSums, columnsPReLUBackward, columnsNormBackward:
		return false
	}
	return true
}

// runColumns runs op on at least one row.
func runColumns[T Float](t Tier, op columnOp, rows, cols int, c columnCall[T]) {
	if cols == 0 {
		return
	}
	j := freelist.Get[T, columnJob[T]](&columnJobs)
	j.tier, j.op, j.rows, j.cols, j.call = t, op, rows, cols, c
	j.cut()
	if op.sums() > 0 {
		j.run(phaseSums)
	}
	if op.finishes() {
		j.run(phaseFinish)
	}
	if op.applies() && (op != columnsAdaptiveClip || j.clips.Swap(false)) {
		j.run(phaseApply)
	}
	if j.anyWhole.Load() {
		j.anyWhole.Store(false)
		clear(j.whole)
	}
	j.call = columnCall[T]{}
	freelist.Put[T](&columnJobs, j)
}

// cut decides on chunks and blocks.
func (j *columnJob[T]) cut() {
	j.width = min(j.cols, colBlock)
	j.chunk = min(rowChunk, max(callRows(j.width), ceilDiv(j.rows, leastChunks)&^3))
	if j.op == columnsNormBackward {
		j.width, j.chunk = j.cols, normChunk(j.rows, j.cols)
	}
	j.chunks = ceilDiv(j.rows, j.chunk)
	j.group = max(1, tileElements/(j.chunk*j.width))
	j.blocks = ceilDiv(j.cols, j.width)
	j.threads = threadsFor(j.rows / max(1, maxCall/j.cols))
	j.finishWidth = colBlock // too little work to share, unless backward has to go over x again
	if j.threads > 1 && j.op == columnsBatchNormBackward && anyLowMatters(j.call.batch.Mean, j.call.batch.InvStd) {
		j.finishWidth = min(colBlock, roundUp(ceilDiv(j.cols, j.threads), leastBlock))
	}
	j.pitch = roundUp(j.cols, wideColumns)
	if j.pitch*int(unsafe.Sizeof(T(0)))%pageSize == 0 { // see columnScratch
		j.pitch += wideColumns
	}
	j.sums = grow(j.sums, j.op.sums()*j.chunks*j.pitch)
	if j.op.applies() {
		j.k = grow(j.k, columnConstants*j.pitch)
		if len(j.whole) < j.cols {
			j.whole = make([]bool, j.cols)
		}
	}
}

func (j *columnJob[T]) run(p columnPhase) {
	j.phase = p
	tiles := ceilDiv(j.chunks, j.group) * j.blocks
	if p == phaseFinish {
		tiles = ceilDiv(j.cols, j.finishWidth)
	}
	parallel(j.threads, tiles, j)
}

func (j *columnJob[T]) tile(i int) {
	if j.phase == phaseFinish {
		w := j.finishWidth
		s := freelist.Get[T, columnScratch[T]](&columnScratches)
		j.finish(s, i*w, min(w, j.cols-i*w))
		freelist.Put[T](&columnScratches, s)
		return
	}
	g, lo := i/j.blocks, i%j.blocks*j.width
	w := min(j.width, j.cols-lo)
	if j.phase == phaseSums {
		for c := g * j.group; c < min((g+1)*j.group, j.chunks); c++ {
			j.sumChunk(c, lo, w)
		}
		return
	}
	g = j.backwards(g)
	first := g * j.group * j.chunk
	n, step := min(j.group*j.chunk, j.rows-first), callRows(w)
	for i := (n - 1) / step * step; i >= 0; i -= step { // the last ones first here, too
		j.applyRuns(first+i, min(step, n-i), lo, w)
	}
}

// backwards is the group of chunks that the tiles of the last phase come to in their
// order: those that a thread summed last, which are still in its cache, come first. With
// helpers the caller has summed from the first one on, they from the last one on.
func (j *columnJob[T]) backwards(g int) int {
	groups := ceilDiv(j.chunks, j.group)
	middle := groups
	if j.threads > 1 {
		middle = groups / 2
	}
	if g < middle {
		return middle - 1 - g
	}
	return middle + groups - 1 - g
}

// sumOf is sum i of a chunk for w columns from lo on, nil if there is none.
func (j *columnJob[T]) sumOf(chunk, i, lo, w int) []T {
	n := j.op.sums()
	if i >= n {
		return nil
	}
	return j.sums[(n*chunk+i)*j.pitch+lo:][:w]
}

// constant is value i of the columns from lo on.
func (j *columnJob[T]) constant(i, lo, w int) []T { return j.k[i*j.pitch+lo:][:w] }

// sumChunk leaves the sums of a chunk of rows over w columns from lo on.
func (j *columnJob[T]) sumChunk(chunk, lo, w int) {
	s1, s2, unused := j.sumOf(chunk, 0, lo, w), j.sumOf(chunk, 1, lo, w), j.sumOf(chunk, 2, lo, w)
	clear(s1)
	clear(s2)
	clear(unused)
	first := chunk * j.chunk
	n := min(j.chunk, j.rows-first)
	if j.op == columnsNormBackward {
		j.normBackward(s1, s2, first, n)
		return
	}
	step := callRows(w)
	for i := 0; i < n; i += step {
		j.sum(s1, s2, unused, first+i, min(step, n-i), lo, w)
	}
}

// callRows is how many rows of a block of columns one assembly call takes: whole groups.
func callRows(cols int) int { return rowsPerCall(cols) &^ 3 }

// sum adds n rows from row i on, w columns from lo on, to their sums.
func (j *columnJob[T]) sum(s1, s2, unused []T, i, n, lo, w int) {
	c, t := &j.call, j.tier
	switch j.op {
	case columnsMoments, columnsBatchNorm:
		dispatchColumnMoments(t, s1, s2, c.a[lo:lo+w], c.a[i*c.lda+lo:], n, w, c.lda)
	case columnsSums:
		dispatchColumnSums(t, s1, c.a[i*c.lda+lo:], n, w, c.lda)
	case columnsBatchNormBackward:
		dispatchBatchNormSums(t, s1, s2, c.a[i*c.lda+lo:], c.b[i*c.ldb+lo:], c.batch.Mean[lo:lo+w], n, w, c.lda, c.ldb)
	case columnsAdaptiveClip:
		j.sumSquares(s1, s2, unused, i, n, lo, w)
	case columnsPReLUBackward:
		dispatchPReLUBackward(t, s1, c.y[i*c.ldy+lo:], c.a[i*c.lda+lo:], c.b[i*c.ldb+lo:], c.in[lo:lo+w], n, w, c.ldy, c.lda, c.ldb)
	}
}

// finish takes the totals of n columns from lo on to what is asked for, or to the
// constants of the last phase.
func (j *columnJob[T]) finish(s *columnScratch[T], lo, n int) {
	c := &j.call
	part := func(v []T) []T {
		if v == nil {
			return nil
		}
		return v[lo : lo+n]
	}
	if j.op != columnsBatchNormInfer {
		j.total(s, lo, n)
	}
	switch j.op {
	case columnsMoments:
		if columnMomentsBlock(j.tier, s, j.rows, n, part(c.out1), part(c.out2), s.low[:n], c.a[lo:], c.lda) {
			j.momentsScaled(lo, n)
		}
	case columnsSums, columnsPReLUBackward:
		narrow(part(c.out1), s.totalSum[:n])
	case columnsBatchNorm:
		p := c.batch.block(lo, n)
		scale, shift := j.constant(0, lo, n), j.constant(1, lo, n)
		large, any := batchNormConstants(j.tier, s, j.rows, n, c.a[lo:], c.lda, &p, scale, shift)
		if any {
			j.batchNormScaled(s, lo, n, large)
		}
	case columnsBatchNormInfer:
		p := c.batch.block(lo, n)
		if batchNormInferConstants(j.tier, &p, j.constant(0, lo, n)) {
			j.batchNormInferScaled(lo, n)
		}
	case columnsBatchNormBackward:
		p := c.batch.block(lo, n)
		if batchNormBackwardConstants(j.tier, s, j.rows, n, c.b[lo:], c.ldb, &p, part(c.out1), part(c.out2),
			j.constant(0, lo, n), j.constant(1, lo, n), j.constant(2, lo, n)) {
			j.batchNormBackwardScaled(lo, n)
		}
	case columnsAdaptiveClip:
		clips, wild := clipFactors(j.tier, s, float64(c.row.lambda), float64(c.row.eps), j.constant(0, lo, n))
		if clips {
			j.clips.Store(true)
		}
		if tiny := clipsTiny(j.rows, c.row.lambda, c.row.eps); wild || tiny {
			j.clipColumnsScaled(s, lo, n, tiny)
		}
	case columnsNormBackward:
		if c.out2 != nil {
			narrow(part(c.out2), s.totalSum[:n])
		}
		narrow(part(c.out1), s.totalDot[:n])
	}
}

// wideColumns is what the columns of dispatchWideSums come in.
const wideColumns = 16

// total adds the sums of the chunks.
func (j *columnJob[T]) total(s *columnScratch[T], lo, n int) {
	whole := roundUp(n, wideColumns)
	dispatchWideSums(j.tier, s.totalSum[:whole], j.sums[lo:], j.chunks, whole, j.op.sums()*j.pitch)
	if j.op.sums() == 1 {
		return
	}
	dispatchWideSums(j.tier, s.totalDot[:whole], j.sums[j.pitch+lo:], j.chunks, whole, j.op.sums()*j.pitch)
}

// wideSumsGeneric computes sum[j] = sum over i of x[i,j].
func wideSumsGeneric[T Float](sum []float64, x []T, rows, cols, ldx int) {
	sum = sum[:cols]
	clear(sum)
	for i := range rows {
		addTo(sum, x[i*ldx:][:cols])
	}
}

// narrow rounds v to T.
func narrow[T Float](dst []T, v []float64) {
	for i, x := range v {
		dst[i] = T(x)
	}
}

// apply computes n rows from row i on, w columns from lo on.
func (j *columnJob[T]) apply(i, n, lo, w int) {
	c, t := &j.call, j.tier
	y, a := c.y[i*c.ldy+lo:], []T(nil)
	if c.a != nil {
		a = c.a[i*c.lda+lo:]
	}
	switch j.op {
	case columnsBatchNorm:
		normalizeColumns(t, n, w, y, c.ldy, a, c.lda, c.batch.Mean[lo:], j.constant(0, lo, w), j.constant(1, lo, w), c.batch.Act)
	case columnsBatchNormInfer:
		normalizeColumns(t, n, w, y, c.ldy, a, c.lda, c.batch.RunMean[lo:], j.constant(0, lo, w), c.batch.Beta[lo:], c.batch.Act)
	case columnsBatchNormBackward:
		dispatchBatchNormBackward(t, y, a, c.b[i*c.ldb+lo:], c.batch.Mean[lo:lo+w], j.constant(0, lo, w), j.constant(1, lo, w), j.constant(2, lo, w), n, w, c.ldy, c.lda, c.ldb)
	case columnsAdaptiveClip:
		normalizeColumns(t, n, w, y, c.ldy, y, c.ldy, zeros[T](w), j.constant(0, lo, w), negativeZeros[T](w), ActIdentity)
	case columnsAddBias:
		dispatchAddBias(t, y, a, c.in[lo:lo+w], n, w, c.ldy, c.lda)
	case columnsPReLU:
		dispatchPReLU(t, y, a, c.in[lo:lo+w], n, w, c.ldy, c.lda)
	}
}

// block is p for n columns from column lo on.
func (p *BatchNorm[T]) block(lo, n int) BatchNorm[T] {
	hi := lo + n
	b := *p
	b.Gamma, b.Beta, b.Mean, b.InvStd = p.Gamma[lo:hi], p.Beta[lo:hi], p.Mean[lo:hi], p.InvStd[lo:hi]
	b.RunMean, b.RunVar = p.RunMean[lo:hi], p.RunVar[lo:hi]
	return b
}
