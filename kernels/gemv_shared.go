package kernels

import "github.com/ashlar-go/ashlar/internal/freelist"

// The products of a matrix and a vector on several threads. Threads share rows, or, where sums
// run down the columns, the chunks of rows whose sums are added in float64. So every sum is
// computed as on one thread.

// gemvWork is what these jobs have in common. A tile is step rows; in gemvColumnsJob it is
// width columns of a chunk of rows.
type gemvWork[T Float] struct {
	tier        Tier
	m, n        int
	alpha, beta T
	a, x, y     []T
	lda         int
	step, width int
	parts       []T // the column sums of each chunk of rows
}

// The least number of elements that threads share. With fewer, handing over the job costs what
// the threads gain, and so does adding up the sums of the chunks where chunks are shared.
const (
	gemvPays       = 8 * maxCall
	gemvChunksPays = 12 * maxCall
)

// gemvThreads returns how many threads pay for an m x n matrix that is cut by rows.
func gemvThreads(m, n int) int {
	if n == 0 || m < ceilDiv(gemvPays, n) {
		return 1
	}
	return Threads()
}

// gemvChunkThreads returns how many threads pay where it is cut by chunks of rows.
func gemvChunkThreads(m, n int) int {
	if m <= rowChunk || m < ceilDiv(gemvChunksPays, n) {
		return 1
	}
	return Threads()
}

// gemvTile is about the number of elements of a tile of rows. gemvLeastWide is the least width of
// a tile of columns: the CPU prefetches less of shorter parts of rows.
const (
	gemvTile      = 1 << 16
	gemvLeastWide = 256
)

// rowsOf returns the rows of tile i: lo to hi-1.
func (p *gemvWork[T]) rowsOf(i int) (lo, hi int) { return i * p.step, min((i+1)*p.step, p.m) }

// cutRows cuts the work into tiles of rows and returns how many there are.
func (p *gemvWork[T]) cutRows() int {
	p.step = max(4, gemvTile/p.n&^3)
	return ceilDiv(p.m, p.step)
}

// The jobs: rows of A*x, rows of a triangle, rows of an outer product, chunks of A^T*x.
type (
	gemvRowsJob[T Float] struct{ gemvWork[T] }
	triangleJob[T Float] struct {
		gemvWork[T]
		upper bool
	}
	gerJob[T Float]         struct{ gemvWork[T] }
	gemvColumnsJob[T Float] struct{ gemvWork[T] }
)

var gemvRowsJobs, triangleJobs, gerJobs, gemvColumnsJobs freelist.Lists

func (p *gemvRowsJob[T]) tile(i int) {
	lo, hi := p.rowsOf(i)
	gemvSomeRows(p.tier, hi-lo, p.n, p.alpha, p.a[lo*p.lda:], p.lda, p.x, p.beta, p.y[lo:hi])
}

func (p *triangleJob[T]) tile(i int) {
	lo, hi := p.rowsOf(i)
	triangleSomeRows(p.tier, p.upper, lo, hi, p.n, p.alpha, p.a, p.lda, p.x, p.beta, p.y)
}

func (p *gerJob[T]) tile(i int) {
	lo, hi := p.rowsOf(i)
	gerSomeRows(p.tier, hi-lo, p.n, p.alpha, p.x[lo:hi], p.y, p.a[lo*p.lda:], p.lda)
}

// gemvColumnsShared is gemvColumns on all threads. If there are few chunks of rows, columns are
// cut too.
func gemvColumnsShared[T Float](t Tier, m, n int, alpha T, a []T, lda int, x []T, beta T, y []T) {
	p := freelist.Get[T, gemvColumnsJob[T]](&gemvColumnsJobs)
	p.gemvWork = gemvWork[T]{tier: t, m: m, n: n, a: a, x: x, lda: lda, parts: p.parts}
	threads, chunks := Threads(), ceilDiv(m, rowChunk)
	across := ceilDiv(2*threads, chunks)
	p.width = min(gemvColBlock, max(gemvLeastWide, ceilDiv(n, across)))
	p.parts = grow(p.parts, chunks*n)
	parallel(threads, chunks*ceilDiv(n, p.width), p)
	s := freelist.Get[T, gemvScratch[T]](&gemvScratches)
	for j := 0; j < n; j += gemvColBlock {
		w := min(gemvColBlock, n-j)
		total := s.total[:w]
		clear(total)
		for i := range chunks {
			addTo(total, p.parts[i*n+j:][:w])
		}
		gemvFinish(y[j:j+w], total, alpha, beta)
	}
	freelist.Put[T](&gemvScratches, s)
	p.gemvWork = gemvWork[T]{parts: p.parts}
	freelist.Put[T](&gemvColumnsJobs, p)
}

// tile sums width columns of a chunk of rows.
func (p *gemvColumnsJob[T]) tile(i int) {
	across := ceilDiv(p.n, p.width)
	i, lo := i/across, i%across*p.width
	first, part := i*rowChunk, p.parts[i*p.n+lo:][:min(p.width, p.n-lo)]
	clear(part)
	gemvChunk(p.tier, part, p.a[first*p.lda+lo:], p.x[first:min(first+rowChunk, p.m)], p.lda)
}
