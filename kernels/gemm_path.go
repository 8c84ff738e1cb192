package kernels

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// path is a way to compute a product. All paths but pathDots sum the terms of an element in
// the same order, so the choice among them changes the time and not the result. Whether
// pathDots is taken depends on m, n, k and the transposes alone.
type path uint8

const (
	pathStrips  path = iota // one call of the micro-kernel for each strip: gemm_strips.go
	pathDots                // the dot products of Gemv: gemm_vector.go
	pathDirect              // B is read in place, on one thread: gemm_direct.go
	pathTiles               // B is read in place, in tiles of C that threads share: gemm_loops.go
	pathSwapped             // C^T = op(B)^T * op(A)^T, by pathTiles or pathLoops: gemm_swap.go
	pathPacked              // the panels of a PackedB, in tiles of C: gemm_packed.go
	pathLoops               // the five loops, which pack B: gemm_loops.go
)

// pathNames are the names of the paths for users: [ExplainGemm] says what they mean.
var pathNames = [...]string{pathStrips: "strips", pathDots: "dots", pathDirect: "direct", pathTiles: "tiles",
	pathSwapped: "swapped", pathPacked: "packed", pathLoops: "loops"}

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

// choose returns the path of p. Unless p is tiny, it first rewrites p as simplify does, and
// sets the number of terms in a pass.
//
//	strips   a tiny product, or one pass over a B that stays in half of L2
//	dots     the micro-kernel would use one lane of its vectors
//	swapped  packing B would move more than packing A and transposing C
//	direct   helpers do not pay, and packing B would cost more than it saves
//	tiles, packed, loops  as shared says
func (p *product[T]) choose(t Tier) path {
	whole := p.triangle == wholeC
	if fitsTiny[T](t, p.transA, p.transB, p.m, p.n, p.k, p.lda, p.alpha) && !p.packed && whole &&
		!p.swaps(t) {
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
	case !p.transB && !p.packed && !swaps && !parallel &&
		p.m <= maxDirectRows && p.n <= maxStripCols && p.k <= maxKC:
		return pathStrips
	case swaps && whole:
		return pathSwapped
	case !parallel && (p.packed || p.transB || p.fitsDirect(t)):
		return pathDirect
	}
	return p.shared(t)
}

// shared returns the path of p where C is computed in tiles: from packed panels, in place
// where that is faster (see fitsDirect), else by the five loops.
func (p *product[T]) shared(t Tier) path {
	switch {
	case p.packed:
		return pathPacked
	case p.fitsDirect(t):
		return pathTiles
	}
	return pathLoops
}

// fitsTiny reports whether a product, its sizes not yet checked, is one strip of one pass
// and reads A and B as stored, by rows of A that do not crowd L1. Most products with one column
// are faster after simplify or by dots.
func fitsTiny[T Float](t Tier, transA, transB bool, m, n, k, lda int, alpha T) bool {
	return !transB && uint(m-1) < uint(maxDirectRows) && uint(n-1) < uint(tileOf[T](t).NR) &&
		uint(k-1) < uint(maxKC) && alpha != 0 && (n > 1 || k < minDot && m < minDot) &&
		(m <= crowdRows || transA || !crowded[T](lda, pageSize/2))
}

// simplify rewrites a product as one that has the same bits and takes less time:
//
//	k = 1, B stored transposed without gaps  is read as a B that is not transposed
//	C = A B^T, a row of few terms            becomes the column C^T = B A^T, which reads B as stored
//	C = A^T B, a column                      becomes the row C^T = B^T A, which fills vectors: of a
//	                                         column the micro-kernel computes one element a vector
func (p *product[T]) simplify() {
	if p.transB && p.k == 1 && p.ldb == 1 {
		p.transB, p.ldb = false, p.n
	}
	if p.m == 1 && p.transB && p.k <= columnTerms && p.n <= maxDirectRows && p.triangle == wholeC &&
		p.Bias == nil && p.Deriv == nil {
		if !p.transA {
			p.lda = 1
		}
		p.m, p.n, p.ldc = p.n, 1, 1
		p.a, p.lda, p.transA, p.b, p.ldb, p.transB = p.b, p.ldb, false, p.a, p.lda, false
		return
	}
	if p.triangle == wholeC && p.n == 1 && p.ldc == 1 && p.transA && !p.packed &&
		p.Bias == nil && p.Deriv == nil {
		p.n, p.m, p.ldc = p.m, 1, p.m
		p.a, p.lda, p.transA, p.b, p.ldb, p.transB = p.b, p.ldb, !p.transB, p.a, p.lda, false
	}
}

// dots reports whether C is one column and A is not transposed, or C is one row and B is
// transposed: each sum then runs along a row of the matrix, as stored, and along the vector.
func (p *product[T]) dots() bool {
	return !p.packed && p.k >= minDot && (p.m == 1 && p.transB || p.n == 1 && !p.transA)
}

// parallel reports whether helpers pay, or, on one thread, tiles of C do. With a transposed B, which each
// thread transposes for itself, the product must be twice as large.
func (p *product[T]) parallel() bool {
	f := p.flops()
	if p.transB {
		return f >= turnedFlops
	}
	return f >= parallelFlops && (f >= aloneFlops || Threads() > 1)
}

// swaps reports whether swapping the roles of A and B pays. There are two cases:
//
//   - B is stored transposed, packing it would move more elements than packing A and
//     transposing C, and the m rows leave at most swapLoss lanes of the last vector empty.
//   - A is stored transposed, C is at most half a strip wide, and has rows for two strips.
func (p *product[T]) swaps(t Tier) bool {
	tile := tileOf[T](t)
	if !p.transB {
		return p.transA && p.n <= tile.NR/narrowShare && p.m >= narrowStrips*tile.NR
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

// fitsDirect reports whether B is read in place. Measured interleaved, float32 and float64,
// avx512, one and two threads, m from 8 to 512 and B from 4 KiB to 64 MiB, on CPUs with 1 and 2 MiB of L2,
// reading in place is
//
//	2 times as fast, or more     with one register tile of rows, whatever B is
//	1.04 to 1.4 times as fast    with up to directFew rows, whatever B is; on two threads up to 2.7 times
//	1.0 to 1.3 times as fast     with up to 512 rows, as far as directShare says
//	slower, down to 0.6 times    beyond, and with more than maxKC terms in a pass
//	slower, down to 0.8 times    with rows of B whole pages apart and many rows of A
//
// In the last two cases the rows of B displace each other in the caches.
//
// A transposed B of one strip is transposed by each tile of C anew: for few tiles that takes
// less time than to pack it in a job of its own.
func (p *product[T]) fitsDirect(t Tier) bool {
	if p.transB {
		return p.n <= tileOf[T](t).NR && p.m <= directStrip
	}
	if t == AVX2 && p.transA && p.m >= turnRows && p.n > turnStrips*tileOf[T](t).NR && p.k > turnTerms {
		return false
	}
	size, cache, rows := int(unsafe.Sizeof(T(0))), caches(), pagesRows
	if tileOf[T](t).NR*p.kc*size <= cache.l1/2 {
		rows = pagesFew
	}
	if p.m >= rows && p.k > pagesTerms && p.n*size%pageSize == 0 {
		return false
	}
	b := p.k * p.n * size
	return p.m <= tileOf[T](t).MR || p.m <= directFew && b <= cache.beyond ||
		p.m <= directRows && p.kc <= directTerms && b <= directShare*cache.l3Share/p.m
}

// pageSize is the bytes of a page of memory.
const pageSize = 4096
