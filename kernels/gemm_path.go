package kernels

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// path is a way to compute a product. All paths but one sum the terms of an element in the
// same order, so the choice among them shows in the time and not in the result; where
// pathDots is taken depends on m, n, k and the transposes alone.
type path uint8

const (
	pathStrips  path = iota // one call of the micro-kernel for each strip: gemm_tiny.go
	pathDots                // the dot products of Gemv: gemm_vector.go
	pathDirect              // B is read in place, on one thread: gemm_direct.go
	pathTiles               // the same in tiles of C that threads share: gemm_loops.go
	pathSwapped             // C^T = op(B)^T * op(A)^T, in blocks that take pathTiles or pathLoops: gemm_swap.go
	pathPacked              // the panels of a PackedB, in tiles of C: gemm_packed.go
	pathLoops               // the five loops, which pack B: gemm_loops.go
)

// run computes the product, k > 0.
func (p *product[T]) run(t Tier) {
	switch way := p.choose(t); way {
	case pathStrips:
		p.strips(t)
	case pathDots:
		p.byDots(t)
	case pathDirect:
		p.direct(t, 0, p.m, 0, p.n)
	default:
		g := freelist.Get[T, gemmJob[T]](&gemmJobs)
		g.tier = t
		g.take(p, way)
		freelist.Put[T](&gemmJobs, g)
	}
}

// choose returns the path of p. It first rewrites p, if it is not tiny, as simplify does, and
// sets the number of terms in a pass.
//
//	strips   A tiny product, or one pass over a B that stays in half of L2.
//	dots     The micro-kernel would use one lane of its vectors.
//	swapped  Packing B would move more than packing A and transposing C.
//	direct   Helpers do not pay, and packing B would cost more than it saves.
//	tiles, packed, loops  What shared says.
func (p *product[T]) choose(t Tier) path {
	whole := p.triangle == wholeC
	if fitsTiny[T](t, p.transB, p.m, p.n, p.k, p.alpha) && !p.packed && whole && !p.swaps(t) {
		return pathStrips
	}
	p.simplify()
	if p.dots() {
		return pathDots
	}
	swaps, parallel := !p.packed && p.swaps(t), p.parallel()
	if !p.packed {
		p.kc = termsPerPass(p.m, p.n, p.k)
	}
	switch {
	case !p.transB && !p.packed && !swaps && !parallel && p.m <= maxDirectRows && p.n <= maxStripCols && p.k <= maxKC:
		return pathStrips
	case swaps && whole:
		return pathSwapped
	case !parallel && (p.packed || p.transB || p.fitsDirect(t)):
		return pathDirect
	}
	return p.shared(t)
}

// shared returns the path of p in tiles of C.
func (p *product[T]) shared(t Tier) path {
	switch {
	case p.packed:
		return pathPacked
	case p.fitsDirect(t):
		return pathTiles
	}
	return pathLoops
}

// maxStripCols is the number of columns up to which maxKC terms of B fit half of L2.
const maxStripCols = 128

// fitsTiny reports whether a product, its sizes not yet checked, is one strip of one pass
// and reads B as stored. dots and simplify have faster ways for most columns.
func fitsTiny[T Float](t Tier, transB bool, m, n, k int, alpha T) bool {
	return !transB && uint(m-1) < maxDirectRows && uint(n-1) < uint(tileOf[T](t).NR) && uint(k-1) < maxKC && alpha != 0 &&
		(n > 1 || k < minDot && m < minDot)
}

// simplify rewrites a product as one that has the same bits and takes less time:
//
//	B of one term without gaps, stored transposed   becomes the same B as stored
//	C = A B^T, a row of few terms                   becomes the column C^T = B A^T: B is not transposed
//	C = A^T B, a column                             becomes the row C^T = B^T A: the micro-kernel
//	                                                computes one element in each vector of a column
func (p *product[T]) simplify() {
	if p.transB && p.k == 1 && p.ldb == 1 {
		p.transB, p.ldb = false, p.n
	}
	if p.m == 1 && p.transB && p.k <= columnTerms && p.n <= maxDirectRows && p.triangle == wholeC && p.Bias == nil && p.Deriv == nil {
		if !p.transA {
			p.lda = 1
		}
		p.m, p.n, p.ldc = p.n, 1, 1
		p.a, p.lda, p.transA, p.b, p.ldb, p.transB = p.b, p.ldb, false, p.a, p.lda, false
		return
	}
	if p.triangle == wholeC && p.n == 1 && p.ldc == 1 && p.transA && p.Bias == nil && p.Deriv == nil && !p.packed {
		p.n, p.m, p.ldc = p.m, 1, p.m
		p.a, p.lda, p.transA, p.b, p.ldb, p.transB = p.b, p.ldb, !p.transB, p.a, p.lda, false
	}
}

// columnTerms is the number of terms up to which a row is faster as a column.
const columnTerms = 4

// dots reports whether C is one column and A is not transposed, or C is one row and B is: each
// sum then runs along a row of the matrix, as stored, and along the vector.
func (p *product[T]) dots() bool {
	return !p.packed && p.k >= minDot && (p.m == 1 && p.transB || p.n == 1 && !p.transA)
}

// minDot is the number of terms from which dot products are as fast as the micro-kernel.
const minDot = 64

// parallel reports whether helpers pay: later where they all transpose B.
func (p *product[T]) parallel() bool {
	if p.transB {
		return p.flops() >= 2*parallelFlops
	}
	return p.flops() >= parallelFlops
}

// parallelFlops is the size of product from which helpers pay for the 0.2 µs of a hot
// hand-over and the shared caches.
const parallelFlops = 1 << 20

// swaps reports whether swapping the roles pays: where B is stored transposed and packing
// it would move more elements than packing A and transposing C, but not where the rows of
// A leave much of the last vector empty; and where C is narrower than the vectors of a
// strip and A, stored transposed, has rows to fill them.
func (p *product[T]) swaps(t Tier) bool {
	tile := tileOf[T](t)
	if !p.transB {
		return p.transA && p.n <= tile.NR/2 && p.m >= 2*tile.NR
	}
	if p.flops() < swapFlops || roundUp(p.m, tile.lanes) > p.m+swapLoss {
		return false
	}
	moved := p.m * p.n
	if p.beta != 0 {
		moved *= 2
	}
	if !p.transA {
		moved += p.m * p.k
	}
	return moved < p.n*p.k
}

const (
	// swapLoss is the number of empty lanes from which they cost more than packing B.
	swapLoss = 5
	// swapFlops is the size of product from which swapping pays for its preparation.
	swapFlops = 1 << 17
)

// fitsDirect reports whether B is read in place. Measured interleaved, float32 and float64,
// avx512, one and two threads, m from 8 to 512 and B from 4 KiB to 64 MiB, reading in place is
//
//	2 times as fast, or more     with one register tile of rows, whatever B is
//	1.0 to 1.3 times as fast     with B in half L2 and up to 512 rows, in L2 and up to
//	                             256, in twice L2 and up to 128
//	slower, down to 0.6 times    beyond, and with more than maxKC terms in a pass
//	slower, down to 0.8 times    with rows of B whole pages apart and many rows of A
//
// In the last two cases the rows of B displace each other in the caches.
//
// One strip of a transposed B takes less time to transpose for each tile of a few than to
// pack in a job of its own.
func (p *product[T]) fitsDirect(t Tier) bool {
	if p.transB {
		return p.n <= tileOf[T](t).NR && p.m <= 512
	}
	if t == AVX2 && p.transA && p.m >= turnRows && p.n > 2*tileOf[T](t).NR && p.k > 32 {
		return false
	}
	size := int(unsafe.Sizeof(T(0)))
	if p.m >= pagesRows && p.k > pagesTerms && p.n*size%pageSize == 0 {
		return false
	}
	l2, b := caches().l2, p.k*p.n*size
	return p.m <= tileOf[T](t).MR || p.m <= 512 && b <= 2*l2 && p.kc <= maxKC && p.m*b <= 256*l2
}

// turnRows is the number of rows from which a transposed A is transposed back on AVX2, if it
// has more than a few terms, and B packed with it: the micro-kernel there has no loop of its
// own for such an A. It is 1.1 to 1.4 times as fast.
const turnRows = 250

// From pagesRows rows of A and more than pagesTerms terms on packing pays where rows of B are
// a multiple of pageSize bytes apart, the distance at which all lines take the same set of L1.
const (
	pagesRows  = 120
	pagesTerms = 128
	pageSize   = 4096
)
