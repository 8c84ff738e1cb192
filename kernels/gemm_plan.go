package kernels

import "unsafe"

// tileShape is what the micro-kernel of a tier computes at once: MR rows of NR
// columns, held in registers.
type tileShape struct{ MR, NR int }

// tileOf returns the register tile of a tier. AVX-512 has 32 registers: 24 sums,
// two vectors of B and a few broadcasts of A. AVX2 has 16: 12 sums, two vectors
// of B, two broadcasts.
func tileOf[T Float](t Tier) tileShape {
	size := int(unsafe.Sizeof(T(0)))
	switch t {
	case AVX512:
		return tileShape{12, 2 * 64 / size}
	case AVX2:
		return tileShape{6, 2 * 32 / size}
	}
	return tileShape{4, 4}
}

// maxKC is the longest run of terms that is summed in registers. It is the same
// on every machine, since the order of summation depends on it: a micro-panel of
// B (NR x KC) is then 32 KiB on AVX-512 and 16 KiB on AVX2, and stays in L1 while
// the rows of A pass by.
const maxKC = 256

// plan is how a product is cut: block sizes, what is packed, on how many threads.
// KC depends on k alone; nothing that changes the order of summation depends on
// the caches or the threads.
type plan struct {
	tileShape
	MC, KC, NC         int
	packA, packB       bool
	threads            int
	tileCols, packCols int // columns in one tile of the pool's two jobs
}

const (
	// parallelFlops is the size of product from which helpers pay for the
	// 0.2 µs of a hot hand-over and the shared caches.
	parallelFlops = 1 << 21
	// tilesPerThread is how finely work is cut: enough that a late helper still
	// finds something, few enough that panels are reused.
	tilesPerThread = 4
)

// planFor decides, for one shape:
//
//	KC  k in equal parts of at most maxKC
//	MC  rows of A that fit an eighth of L2, which B and C share (measured best at
//	    1000 and above on a core with 2 MiB)
//	NC  columns of B that fit the share of L3 that one call may fill
//	packB  unless B is used so little that a copy costs more than it saves
//	packA  where many strips read A again and its rows lie far apart
func planFor[T Float](t Tier, p *product[T]) plan {
	size := int(unsafe.Sizeof(T(0)))
	cache := caches()
	pl := plan{tileShape: tileOf[T](t), threads: 1}
	pl.KC = ceilDiv(p.k, ceilDiv(p.k, maxKC))
	pl.MC = max(pl.MR, cache.l2/8/(pl.KC*size)/pl.MR*pl.MR)
	pl.NC = max(pl.NR, cache.l3Share/(pl.KC*size)/pl.NR*pl.NR)
	pl.packB = p.transB || p.m > 2*pl.MR && p.k*p.n*size > cache.l1/2
	pl.packA = p.n > 4*pl.NR && p.m*p.k*size > cache.l1/2
	if 2*float64(p.m)*float64(p.n)*float64(p.k) >= parallelFlops {
		pl.threads = Threads()
	}
	pl.cut(p.m, min(p.n, pl.NC))
	return pl
}

// cut sets the tiles of the pool's jobs for m rows and nc columns. Rows are cut
// first, since a tile packs its own rows; where they do not give every thread
// enough tiles, columns are cut as well.
func (pl *plan) cut(m, nc int) {
	pl.MC = min(pl.MC, roundUp(m, pl.MR))
	pl.tileCols, pl.packCols = roundUp(nc, pl.NR), roundUp(nc, pl.NR)
	if pl.threads == 1 {
		return
	}
	want := pl.threads * tilesPerThread
	pl.packCols = max(pl.NR, roundUp(ceilDiv(nc, want), pl.NR))
	if rows := ceilDiv(m, want); rows >= 4*pl.MR {
		pl.MC = min(pl.MC, roundUp(rows, pl.MR))
		return
	}
	pl.MC = min(pl.MC, max(4*pl.MR, roundUp(ceilDiv(m, pl.threads), pl.MR)))
	down := ceilDiv(m, pl.MC)
	pl.tileCols = max(pl.NR, roundUp(ceilDiv(nc, ceilDiv(want, down)), pl.NR))
}
