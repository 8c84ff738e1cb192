package kernels

import (
	"math"
	"unsafe"
)

// tileShape is what the micro-kernel of a tier computes at once, in registers: MR rows of NR
// columns, or fewer rows, wideMR, of wideNR columns. A vector has lanes columns. (With a fifth
// member the compiler would return it in memory and not in registers.)
type tileShape struct{ MR, NR, wideNR, lanes int }

const wideMR = 2

// tileOf returns the register tile of a tier. AVX-512 and NEON have 32 registers: 24 sums,
// three vectors of B and a few elements of A. AVX2 has 16: 12 sums, two vectors
// of B, two broadcasts.
func tileOf[T Float](t Tier) tileShape {
	size := int(unsafe.Sizeof(T(0)))
	switch t {
	case AVX512:
		return tileShape{8, 3 * 64 / size, 8 * 64 / size, 64 / size}
	case NEON:
		return tileShape{8, 3 * 16 / size, 8 * 16 / size, 16 / size}
	case AVX2:
		return tileShape{6, 2 * 32 / size, 4 * 32 / size, 32 / size}
	}
	return tileShape{4, 4, math.MaxInt, 1}
}

// plan is how a product is cut: block sizes, what is packed, on how many threads.
// KC depends on m, n and k alone; nothing that changes the order of summation depends on
// the caches or the threads.
type plan struct {
	tileShape
	MC, KC, NC         int
	KB                 int // terms whose B is packed at once, a multiple of KC
	packA              bool
	threads            int
	tileCols, packCols int  // columns in one tile of the pool's two jobs
	downFirst          bool // tiles are counted down the columns of C, not along its rows
}

// planFor decides, for one shape:
//
//	KC        k in equal parts of at most maxKC, or longKC where C is large
//	KB        all terms, if minStrips strips of them fit the share of L3 that one call may
//	          fill: a tile of C is then finished while it is in L2. Else as many passes as fit.
//	          One pass where C fits a quarter of L2 and packed B does not: B is then used
//	          while it is in L2 as well
//	NC        columns of B that, packed, fit that share of L3
//	MC        rows of a tile of C, about as tileSize says
//	tileCols  columns of a tile, such that the tile takes its share of L2
//	packA     whether A is transposed block by block: it is stored transposed and several
//	          strips read it
//
// Products that would not gain from a packed B take another path.
func planFor[T Float](t Tier, p *product[T]) plan {
	size := int(unsafe.Sizeof(T(0)))
	cache := caches()
	pl := plan{tileShape: tileOf[T](t), threads: 1}
	pl.KC = p.kc
	share := cache.l3Share / size
	pl.KB = min(p.k, max(1, share/(minStrips*pl.NR)/pl.KC)*pl.KC)
	pl.NC = max(minStrips*pl.NR, share/pl.KB/pl.NR*pl.NR)
	if cols := min(p.n, pl.NC); p.m*cols*size <= cache.l2/onePass && pl.KB*cols*size > cache.l2/onePass {
		pl.KB = pl.KC
	}
	pl.packA = p.transA && p.n > turnStrips*pl.NR
	if p.parallel() {
		pl.threads = Threads()
	}
	pl.cut(p.m, min(p.n, pl.NC), size)
	return pl
}

// flops is the number of floating-point operations of the product.
func (p *product[T]) flops() float64 {
	f := 2 * float64(p.m) * float64(p.n) * float64(p.k)
	if p.triangle != wholeC {
		return f / 2
	}
	return f
}

// far is 1 if the micro-kernel shall prefetch C: C takes more than a third of L1, so that its
// lines may have left, and the sums run long enough for them to arrive meanwhile.
func (p *product[T]) far() int {
	if p.k >= farTerms && p.m*p.n*int(unsafe.Sizeof(T(0))) > caches().l1/farShare {
		return 1
	}
	return 0
}

// tileSize returns about how many rows a tile of C has and about how many bytes it takes at
// most. With up to maxKC terms the rows are many enough to reuse a panel of B while it is in
// L1, and few enough to leave room for many columns. With few terms most traffic is that of C:
// a third of the rows keeps the strip of C and its panels in L1. With more than maxKC terms the
// block of A is large, and a tile as wide as L2 holds beside it reads that block once.
func tileSize(terms int) (rows, bytes int) {
	l2 := caches().l2
	switch {
	case terms <= fewTerms:
		return fewTermsRows, l2 / tileShare
	case terms <= maxKC:
		return onePassRows, l2 / tileShare
	}
	return longRows, l2 * longEighths / 8
}

// termsPerPass cuts k into equal parts of at most passLimit.
func termsPerPass(m, n, k int) int {
	limit := passLimit(m, n)
	if k <= limit {
		return k
	}
	return ceilDiv(k, ceilDiv(k, limit))
}

// passLimit is the longest run of terms for a C of m x n.
func passLimit(m, n int) int {
	if m > shortSide && n > shortSide {
		return longKC
	}
	return maxKC
}

// cut sets the tiles of the pool's jobs for m rows and nc columns of elements of size bytes.
func (pl *plan) cut(m, nc, size int) {
	pl.cutInUnits(m, nc, size, pl.NR, panelRows, panelCols)
	pl.packCols = evenly(nc, packStrips*pl.NR, pl.NR)
	if pl.threads > 1 {
		pl.packCols = evenly(nc, max(pl.NR, min(packStrips*pl.NR, nc/(pl.threads*tilesPerThread))), pl.NR)
	}
}

// cutInUnits sets the tiles of C. On several threads their columns are a multiple of unit.
func (pl *plan) cutInUnits(m, nc, size, unit, moreRows, moreCols int) {
	rows, bytes := tileSize(pl.KC)
	if pl.threads > 1 {
		pl.MC, pl.tileCols = pl.divide(m, nc, cutting{rows, bytes / size, pl.MR, unit, moreRows, moreCols, 1})
		return
	}
	pl.MC = evenly(m, rows, pl.MR)
	pl.tileCols = evenly(nc, max(minStrips*pl.NR, bytes/size/pl.MC), pl.NR)
}

// cutInPlace is cut where B is read in place. Where B is large and A is not, tiles are counted
// down the columns of C, so that each thread reads its own part of B alone. On two threads a
// training step of 784-512-256-10 then takes 7 to 12 % less at 64 and 128 rows: half of the
// weights are in the cache of the other thread, which has just updated them.
func (pl *plan) cutInPlace(m, n, k, size int) {
	pl.downFirst = pl.threads > 1 && m >= ownRows && n >= ownWidth*m && k*n*size > caches().l2/ownShare
	if !pl.downFirst {
		pl.cutInUnits(m, n, size, pl.lanes, placeRows, placeCols)
		return
	}
	pl.tileCols, pl.MC = pl.divide(n, m, cutting{n, m * n, pl.lanes, pl.MR, tileMore, tileMore, 2})
}

// cutting is what tiles keep to: about as many rows as on one thread, and elements; the units in which
// they are cut; how many rows and columns more they count for, which reading their parts of B and A
// takes; and the least tiles for each thread.
type cutting struct{ rows, area, unitRows, unitCols, moreRows, moreCols, least int }

// divide cuts m x n elements into tiles for several threads: of the ways to cut them into c.least for each
// thread, up to not many more than tilesPerThread, it takes the one with the least work for the busiest. That
// is the thread that draws the first tiles, row by row, since the last ones are smaller. 1/lateShare of a
// tile is added for a thread that comes late. Tiles up to half as high again as c.rows may even out the
// work, but cost 1/highShare more, since they leave L1. The search ends at a cut into equal
// parts, in which no thread has more than 1/evenShare above its part.
//
// On two threads that gains 7 to 12 % at 100^3, 333^3 and other sizes that no power of two divides,
// over halving the tiles until they are enough, and nothing where halves are equal (avx512).
func (pl *plan) divide(m, n int, c cutting) (rows, cols int) {
	narrow, share := minStrips*pl.NR, roundUp(ceilDiv(m, pl.threads), c.unitRows)
	most := max(tilesPerThread*pl.threads, ceilDiv(m, c.rows)*ceilDiv(n, max(narrow, c.area/c.rows))+pl.threads)
	least := ceilDiv(m, c.rows+c.rows/2)
	last := max(least, min(most, m/(2*c.unitRows)))
	best, ideal, even := math.MaxInt, 0, m*n/pl.threads
	if share >= 2*c.unitRows {
		ideal = (share + c.moreRows) * (n + c.moreCols + (n+c.moreCols)/lateShare)
	}
	for down := least; down <= last; down += 1 + (last-least)/16 {
		high := roundUp(ceilDiv(m, down), c.unitRows)
		fewest, before := ceilDiv(n, max(narrow, c.area/high)), 0
		for q := c.least; q <= tilesPerThread; q++ {
			across := max(fewest, q*pl.threads/down)
			if across == before {
				continue
			}
			before = across
			wide := roundUp(ceilDiv(n, across), c.unitCols)
			inRow := ceilDiv(n, wide)
			turns := ceilDiv(ceilDiv(m, high)*inRow, pl.threads)
			width := turns/inRow*(n+inRow*c.moreCols) + turns%inRow*(wide+c.moreCols)
			cost := (high + c.moreRows) * (width + (min(wide, n)+c.moreCols)/lateShare)
			if high > c.rows {
				cost += cost / highShare
			}
			if cost > best {
				continue
			}
			best, rows, cols = cost, high, wide
			busiest := min(high, m) * (turns/inRow*n + turns%inRow*min(wide, n))
			if best <= ideal && busiest <= even+even/evenShare {
				return rows, cols
			}
		}
	}
	return rows, cols
}

// evenly cuts n into equal parts of about limit at most, each a multiple of unit but
// for the last.
func evenly(n, limit, unit int) int {
	return roundUp(ceilDiv(n, ceilDiv(n, max(limit, unit))), unit)
}
