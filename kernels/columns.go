package kernels

import (
	"sync/atomic"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// Column kernels read the matrix row by row, in the order of memory. They take blocks of
// columns whose constants and sums stay in L1. A chunk of rows is summed in type T, and the
// sums of the chunks are added in float64: the error grows with the chunk, not with the batch.
const (
	colBlock    = 1024
	rowChunk    = 128 // the most rows of a chunk
	leastChunks = 4   // so that threads have chunks to share, if each is at least one call
)

// A column kernel has up to three phases. Each uses the results of the one before.
// The job of a family embeds a columnWork and implements the phases that it has.
type (
	// columnSummer adds n rows from row i on, w columns from lo on, to their sums.
	columnSummer[T Float] interface {
		sum(s1, s2, s3 []T, i, n, lo, w int)
	}
	// columnFinisher computes the results of n columns from lo on, or the constants of the last
	// phase, from their sums.
	columnFinisher[T Float] interface {
		finish(s *columnScratch[T], lo, n int)
	}
	// columnApplier computes the output of n rows from row i on, w columns from lo on, into y.
	columnApplier[T Float] interface {
		apply(y []T, ldy, i, n, lo, w int)
	}
)

// columnWork is what the jobs of column kernels have in common. The cut of rows into chunks
// depends on the sizes alone, so that results do not depend on the threads. A tile is a group
// of chunks in one block of columns, or for a finisher one block of columns.
type columnWork[T Float] struct {
	tier       Tier
	rows, cols int
	wholeRows  bool // a chunk is summed with all its columns at once
	longFinish bool // the finisher goes over the rows again

	summer   columnSummer[T] // the one of these three that is set tells the phase
	finisher columnFinisher[T]
	applier  columnApplier[T]

	chunk, chunks int // rows of a chunk, and how many there are
	group         int // chunks of a tile
	blocks, width int // of columns: how many blocks, and columns of one
	finishWidth   int // columns of a block of the finisher
	threads       int

	out      []T // of the applier
	ldOut    int
	streamed bool // the output goes past the caches
	fetch    int  // of the kernels: see aheadOnly

	perChunk int // sums of a chunk and column
	pitch    int // of sums and k: elements from one row of values, one a column, to the next
	sums     []T // perChunk rows of values for each chunk
	k        []T // columnConstants rows of values

	whole    []bool // the columns that need no last phase; all false between calls
	anyWhole atomic.Bool
}

// columnConstants is how many values a column has between the last two phases.
const columnConstants = 4

// leastBlock is the narrowest block of columns that threads share: two cache lines
// of float32.
const leastBlock = 32

// begin cuts the work on that many matrices into chunks and blocks. It makes room for the given
// number of sums of each chunk and column, and with constants for the constants of the columns.
func (c *columnWork[T]) begin(t Tier, rows, cols, matrices, sums int, constants bool) {
	c.tier, c.rows, c.cols, c.perChunk = t, rows, cols, sums
	if fromMemory[T](t, matrices*rows*cols) {
		c.fetch = aheadOnly
	}
	c.width = min(cols, colBlock)
	c.chunk = min(rowChunk, max(callRows(c.width), ceilDiv(rows, leastChunks)&^3))
	if c.wholeRows {
		c.width, c.chunk = cols, normChunk(rows, cols)
	}
	c.chunks = ceilDiv(rows, c.chunk)
	c.group = max(1, tileElements/(c.chunk*c.width))
	c.blocks = ceilDiv(cols, c.width)
	c.threads = threadsFor(rows / max(1, maxCall/cols))
	c.finishWidth = colBlock // too little work to share, unless the finisher reads the rows again
	if c.threads > 1 && c.longFinish {
		// Two blocks for each thread: a fast core can take more than a slow one.
		c.finishWidth = min(colBlock, roundUp(ceilDiv(cols, 2*c.threads), leastBlock))
	}
	c.pitch = roundUp(cols, wideColumns)
	if c.pitch*int(unsafe.Sizeof(T(0)))%pageSize == 0 { // see columnScratch
		c.pitch += wideColumns
	}
	c.sums = grow(c.sums, sums*c.chunks*c.pitch)
	if constants {
		c.k = grow(c.k, columnConstants*c.pitch)
		if len(c.whole) < cols {
			c.whole = make([]bool, cols)
		}
	}
}

// writes says where the output goes: a function of x, and of p if that is not nil.
func (c *columnWork[T]) writes(y []T, ldy int, x, p []T) {
	c.out, c.ldOut = y, ldy
	c.streamed = c.fetch != 0 && longEnough[T](c.width, ldy) && storesApart(1, &[3][]T{y, x, p})
	if c.streamed && onLines(y, ldy) {
		c.fetch = aheadAndPast
	}
}

// buffered says that the output is changed once more behind its kernel, and cannot go past the
// caches before that.
func (c *columnWork[T]) buffered() { c.fetch = min(c.fetch, aheadOnly) }

// ahead is what the kernels of the last phase shall do. Runs of columns between others that need no
// such phase do not start on cache lines.
func (c *columnWork[T]) ahead() int {
	if c.anyWhole.Load() {
		return min(c.fetch, aheadOnly)
	}
	return c.fetch
}

// readsWith says the leading dimensions of two matrices that the kernels read. These fetch ahead in
// both only if they are equal.
func (c *columnWork[T]) readsWith(lda, ldb int) {
	if lda != ldb {
		c.fetch = 0
	}
}

// memory returns a columnWork with nothing of c but the memory that the next call can reuse.
func (c *columnWork[T]) memory() columnWork[T] {
	if c.anyWhole.Load() {
		clear(c.whole)
	}
	return columnWork[T]{sums: c.sums, k: c.k, whole: c.whole}
}

// runSums, runFinish and runApply run the phases of a job.

func (c *columnWork[T]) runSums(j columnSummer[T]) {
	c.summer = j
	parallel(c.threads, c.tiles(), c)
	c.summer = nil
}

func (c *columnWork[T]) runFinish(j columnFinisher[T]) {
	c.finisher = j
	parallel(c.threads, ceilDiv(c.cols, c.finishWidth), c)
	c.finisher = nil
}

func (c *columnWork[T]) runApply(j columnApplier[T]) {
	c.applier = j
	parallel(c.threads, c.tiles(), c)
	c.applier = nil
}

// tiles returns the number of tiles of the first and the last phase.
func (c *columnWork[T]) tiles() int { return ceilDiv(c.chunks, c.group) * c.blocks }

func (c *columnWork[T]) tile(i int) {
	if c.finisher != nil {
		s := freelist.Get[T, columnScratch[T]](&columnScratches)
		c.finisher.finish(s, i*c.finishWidth, min(c.finishWidth, c.cols-i*c.finishWidth))
		freelist.Put[T](&columnScratches, s)
		return
	}
	g, lo := i/c.blocks, i%c.blocks*c.width
	w := min(c.width, c.cols-lo)
	if c.summer != nil {
		for i := g * c.group; i < min((g+1)*c.group, c.chunks); i++ {
			c.sumChunk(i, lo, w)
		}
		return
	}
	g = c.backwards(g)
	first := g * c.group * c.chunk
	n, step := min(c.group*c.chunk, c.rows-first), callRows(w)
	if c.streamed && !c.anyWhole.Load() {
		c.pastCaches(first, n, lo, w, 1, c.applier.apply)
		orderStores[T](c.tier)
		return
	}
	for i := (n - 1) / step * step; i >= 0; i -= step { // the last rows first: see backwards
		c.applyRuns(first+i, min(step, n-i), lo, w)
	}
}

// pastCaches calls compute for pieces of n rows from row first on, w columns from lo on, which are
// a multiple of least rows but for the last. Where the kernels do not store past the caches, it does
// so with what compute has put into a buffer.
func (c *columnWork[T]) pastCaches(
	first, n, lo, w, least int, compute func(y []T, ldy, i, n, lo, w int)) {
	if c.fetch == aheadAndPast {
		for i, step := 0, callRows(w); i < n; i += step {
			compute(c.out[(first+i)*c.ldOut+lo:], c.ldOut, first+i, min(step, n-i), lo, w)
		}
		return
	}
	b := freelist.Get[T, streamBuffer[T]](&streamBuffers)
	step := max(1, pieceOf[T]()/w/least) * least
	for i := 0; i < n; i += step {
		m := min(step, n-i)
		compute(b.piece[0][:], w, first+i, m, lo, w)
		sendRows(c.tier, m, w, c.out[(first+i)*c.ldOut+lo:], c.ldOut, b.piece[0][:])
	}
	freelist.Put[T](&streamBuffers, b)
}

// backwards returns the group of chunks that the last phase takes in place of group g: those
// that a thread summed last, which are still in its cache, come first. With helpers the caller
// has summed groups from the first one up, and the helpers from the last one down.
func (c *columnWork[T]) backwards(g int) int {
	groups := ceilDiv(c.chunks, c.group)
	middle := groups
	if c.threads > 1 {
		middle = groups / 2
	}
	if g < middle {
		return middle - 1 - g
	}
	return middle + groups - 1 - g
}

// sumOf returns sum i of a chunk for w columns from lo on, nil if the job has no sum i.
func (c *columnWork[T]) sumOf(chunk, i, lo, w int) []T {
	if i >= c.perChunk {
		return nil
	}
	return c.sums[(c.perChunk*chunk+i)*c.pitch+lo:][:w]
}

// constant returns constant i of w columns from lo on.
func (c *columnWork[T]) constant(i, lo, w int) []T { return c.k[i*c.pitch+lo:][:w] }

// sumChunk computes the sums of a chunk for w columns from lo on.
func (c *columnWork[T]) sumChunk(chunk, lo, w int) {
	s1, s2, s3 := c.sumOf(chunk, 0, lo, w), c.sumOf(chunk, 1, lo, w), c.sumOf(chunk, 2, lo, w)
	clear(s1)
	clear(s2)
	clear(s3)
	first := chunk * c.chunk
	n := min(c.chunk, c.rows-first)
	step := callRows(w)
	if c.wholeRows {
		step = n
	}
	for i := 0; i < n; i += step {
		c.summer.sum(s1, s2, s3, first+i, min(step, n-i), lo, w)
	}
}

// wideColumns is the multiple of columns that dispatchWideSums takes.
const wideColumns = 16

// total adds up the sums of the chunks: sum 0 in totalSum and, if there is one, sum 1 in
// totalDot.
func (c *columnWork[T]) total(s *columnScratch[T], lo, n int) {
	whole := roundUp(n, wideColumns)
	dispatchWideSums(c.tier, s.totalSum[:whole], c.sums[lo:], c.chunks, whole, c.perChunk*c.pitch)
	if c.perChunk == 1 {
		return
	}
	dispatchWideSums(c.tier, s.totalDot[:whole], c.sums[c.pitch+lo:], c.chunks, whole, c.perChunk*c.pitch)
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
