//go:build !tune

package kernels

// The rules of the products: the sizes and shares of caches by which gemm_path.go chooses a path,
// gemm_plan.go cuts blocks, and the paths work. With the build tag tune they are the variables of
// gemm_rules_tune.go, so that tools/tune can measure others. What products of bfloat16 numbers and of
// integers of 8 bits decide by in addition stands with their code: planWords and bf16Parallel in
// bf16_loops.go, paysRows to paysTerms in gemm_precision.go, int8Parallel to int8RowsA in int8_gemm.go.

// maxKC is the longest run of terms that is summed in registers; longKC replaces it where m
// and n are both above shortSide. They are the same on every machine, since the order of summation depends
// on them. With maxKC a micro-panel of B (NR x KC) is 48 KiB on AVX-512, which streams from
// L2 at a line in 4 cycles (192 terms would fit L1, but gain less than the more frequent
// passes over C cost), and 16 KiB on AVX2, which stays in L1 while the rows of A pass by.
// On NEON it is 12 KiB, and 24 with longKC: an L1 of 64 KiB and more (Neoverse, Apple) holds
// that beside the rows of A of a tile, 16 KiB. An L1 of 32 KiB (Cortex-A53, A72) holds both with
// maxKC. With longKC the panel comes from L2, which has 12 cycles or more for the 48 bytes of
// a term.
// With longKC a large C is passed over half as often, which gains 3 to 6 % from 384^3 on
// (float32 and float64, avx512, interleaved); 384 terms gain two thirds of that, 768 lose
// some of it again.
const (
	maxKC     = 256
	longKC    = 512
	shortSide = 256
)

// Blocks of B.
const (
	// minStrips is the least number of strips in a block of columns or in a tile.
	minStrips = 4
	// tilesPerThread is how finely work is cut: enough tiles that a late helper still
	// finds one, few enough that panels are reused.
	tilesPerThread = 4
	// One call may fill 1/lastShare of the last level with packed B, but not more than maxShare.
	lastShare = 2
	maxShare  = 8 << 20
	// One pass of B is packed at once where C fits 1/onePass of L2 and all of packed B does not.
	onePass = 4
	// turnStrips is the number of strips that make it pay to transpose a block of A.
	turnStrips = 2
	// packStrips is the number of strips in a tile of the job that packs B.
	packStrips = 8
	// nextPanel is how many panels of B ahead the micro-kernel prefetches.
	nextPanel = 1
	// transposeTerms is how many terms of a panel are transposed at once: few enough that source
	// and destination stay in L1 until every element of their cache lines has been used.
	transposeTerms = 32
)

// Tiles of C: see tileSize.
const (
	fewTerms     = 128
	fewTermsRows = 48
	onePassRows  = 144 // with more than fewTerms and up to maxKC terms
	longRows     = 96  // with more than maxKC terms
	tileShare    = 4   // a tile takes 1/tileShare of L2
	longEighths  = 5   // with more than maxKC terms it takes this many eighths
)

// Tiles of C on several threads: see divide. Where B is packed, half of it or more lies in the cache of
// another thread, and costs what panelRows rows do. Where it is read in place, tiles side by side
// share lines of C, which costs what placeCols columns do.
const (
	panelRows = 6
	panelCols = 4
	placeRows = 2
	placeCols = 24
	lateShare = 16
	highShare = 16
	evenShare = 32
)

// Tiles of C where B is read in place: see cutInPlace.
const (
	ownRows  = 32 // the fewest rows of a C whose tiles are counted down the columns
	ownWidth = 2  // such a C is this many times as wide as high
	ownShare = 2  // and B is larger than 1/ownShare of L2
	tileMore = 6  // a tile costs as if it had this many more rows and columns
)

// The micro-kernel prefetches C from farTerms terms on, if C takes more than 1/farShare of L1.
const (
	farTerms = 48
	farShare = 3
)

// Small products.
const (
	// maxStripCols is the number of columns up to which maxKC terms of B fit half of L2.
	maxStripCols = 128
	// maxDirectRows bounds the rows of one assembly call. It is a multiple of every MR.
	maxDirectRows = 120
	// columnTerms is the number of terms up to which a row is faster as a column: up to 1.8 times as fast.
	// From eight terms on B is transposed in vectors.
	columnTerms = 7
	// minDot is the number of terms from which dot products are as fast as the micro-kernel.
	minDot = 64
)

const (
	// parallelFlops is the size of product from which helpers pay for the 0.2 µs of a hot
	// hand-over and the shared caches.
	parallelFlops = 1 << 20
	// turnedFlops replaces it where B is stored transposed: each thread transposes B for itself.
	turnedFlops = 2 << 20
	// aloneFlops is the size of product from which one thread gains from tiles of C. Smaller products
	// take 2 to 3 % less without.
	aloneFlops = 8 << 20
)

// Swapped roles: see swaps.
const (
	// swapLoss is the most empty lanes of the last vector; more cost more than packing B.
	swapLoss = 5
	// swapFlops is the size of product from which swapping pays for its preparation.
	swapFlops = 1 << 17
	// A narrow C has at most 1/narrowShare of the columns of a strip, and rows for narrowStrips.
	narrowShare  = 2
	narrowStrips = 2
	// swapRows is the least number of rows in a block of C, if C has as many. The rows of A in a
	// block are packed again for each block of columns.
	swapRows = 1024
)

// B is read in place: see fitsDirect.
const (
	directFew   = 64  // up to this many rows whatever B is, and
	directRows  = 512 // up to this many rows,
	directTerms = 256 // with up to this many terms in a pass,
	directShare = 64  // where the bytes of B times the rows are up to this many times the share of L3
	// A transposed B of one strip is read in place up to this many rows.
	directStrip = 512
)

// turnRows is the number of rows from which AVX2 takes the five loops for a transposed A of
// more than turnTerms terms: they transpose A, and the micro-kernel of AVX2 has no loop of its own
// for a transposed A. That is 1.1 to 1.4 times as fast.
const (
	turnRows  = 250
	turnTerms = 32
)

// From pagesRows rows of A and more than pagesTerms terms on, packing pays where n elements
// are a multiple of pageSize bytes. Rows of B that far apart take the same set of L1. Where a packed panel
// fits half of L1, as on AVX2 and NEON, packing brings it there, and pays from pagesFew rows on.
const (
	pagesRows  = 120
	pagesFew   = 24
	pagesTerms = 128
)
