package kernels

import "github.com/ashlar-go/ashlar/internal/freelist"

// The products of a matrix and a vector on several threads. They share rows, or where sums
// run down the columns the chunks of rows whose sums are added in float64: so that every sum
// is computed as on one thread.

// gemvOp is such a product, by what its tiles are.
type gemvOp uint8

const (
	gemvByRows gemvOp = iota
	gemvByChunks
	gemvUpper // rows of a triangle
	gemvLower
	gemvOuter // rows of an outer product
)

// gemvJob is a call on its way through the pool. A tile is step rows, by chunks of no more
// than width columns.
type gemvJob[T Float] struct {
	tier        Tier
	op          gemvOp
	m, n        int
	alpha, beta T
	a, x, y     []T
	lda         int
	step, width int
	parts       []T // the sums of all chunks
}

var gemvJobs freelist.Lists

// The least number of elements that threads share: below, what they gain goes on handing over
// the job, and where they cut chunks also on adding up what all of them found.
const (
	gemvPays       = 8 * maxCall
	gemvChunksPays = 12 * maxCall
)

// gemvThreads is how many threads pay for an m x n matrix that is cut by rows.
func gemvThreads(m, n int) int {
	if n == 0 || m < ceilDiv(gemvPays, n) {
		return 1
	}
	return Threads()
}

// gemvChunkThreads is how many pay where it is cut by chunks of rows.
func gemvChunkThreads(m, n int) int {
	if m <= rowChunk || m < ceilDiv(gemvChunksPays, n) {
		return 1
	}
	return Threads()
}

// gemvTile is about the number of elements of a tile of rows, gemvLeastWide the least width of
// a tile of columns: of shorter parts of rows less is fetched ahead.
const (
	gemvTile      = 1 << 16
	gemvLeastWide = 256
)

// gemvShared runs op on all threads.
func gemvShared[T Float](t Tier, op gemvOp, m, n int, alpha T, a []T, lda int, x []T, beta T, y []T) {
	p := freelist.Get[T, gemvJob[T]](&gemvJobs)
	*p = gemvJob[T]{tier: t, op: op, m: m, n: n, alpha: alpha, beta: beta, a: a, x: x, y: y, lda: lda, parts: p.parts}
	if op == gemvByChunks {
		p.byChunks(Threads())
	} else {
		p.step = max(4, gemvTile/n&^3)
		parallel(Threads(), ceilDiv(m, p.step), p)
	}
	*p = gemvJob[T]{parts: p.parts}
	freelist.Put[T](&gemvJobs, p)
}

func (p *gemvJob[T]) tile(i int) {
	if p.op == gemvByChunks {
		p.chunk(i)
		return
	}
	lo := i * p.step
	hi := min(lo+p.step, p.m)
	switch p.op {
	case gemvByRows:
		gemvSomeRows(p.tier, hi-lo, p.n, p.alpha, p.a[lo*p.lda:], p.lda, p.x, p.beta, p.y[lo:hi])
	case gemvUpper, gemvLower:
		triangleSomeRows(p.tier, p.op == gemvUpper, lo, hi, p.n, p.alpha, p.a, p.lda, p.x, p.beta, p.y)
	case gemvOuter:
		gerSomeRows(p.tier, hi-lo, p.n, p.alpha, p.x[lo:hi], p.y, p.a[lo*p.lda:], p.lda)
	}
}

// byChunks is gemvColumns on several threads. Columns are cut where there are few chunks.
func (p *gemvJob[T]) byChunks(threads int) {
	chunks := ceilDiv(p.m, rowChunk)
	across := ceilDiv(2*threads, chunks)
	p.width = min(gemvColBlock, max(gemvLeastWide, ceilDiv(p.n, across)))
	p.parts = grow(p.parts, chunks*p.n)
	parallel(threads, chunks*ceilDiv(p.n, p.width), p)
	s := freelist.Get[T, gemvScratch[T]](&gemvScratches)
	for j := 0; j < p.n; j += gemvColBlock {
		w := min(gemvColBlock, p.n-j)
		total := s.total[:w]
		clear(total)
		for i := range chunks {
			addTo(total, p.parts[i*p.n+j:][:w])
		}
		gemvFinish(p.y[j:j+w], total, p.alpha, p.beta)
	}
	freelist.Put[T](&gemvScratches, s)
}

// chunk sums some columns of a chunk of rows.
func (p *gemvJob[T]) chunk(i int) {
	across := ceilDiv(p.n, p.width)
	i, lo := i/across, i%across*p.width
	first, part := i*rowChunk, p.parts[i*p.n+lo:][:min(p.width, p.n-lo)]
	clear(part)
	gemvChunk(p.tier, part, p.a[first*p.lda+lo:], p.x[first:min(first+rowChunk, p.m)], p.lda)
}
