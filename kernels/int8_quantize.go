package kernels

import (
	"math"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// MaxInt8Terms is the largest k of a product of integers of 8 bits: 255 * 127 * k stays below 2^31, so
// that no sum of 32 bits overflows, in any order of its terms.
const MaxInt8Terms = (1<<31 - 1) / (255 * 127)

// QuantizedB is op(B), k x n, in integers of 8 bits with a scale for each column,
//
//	B[p,j] = q[p,j] * scale[j] (about),  q[p,j] from -127 to 127
//
// in the order in which the micro-kernel reads it: weights for [GemmInt8], in a quarter of the bytes of a
// [PackedB]. It does not follow later changes of B. Any number of goroutines may use one.
type QuantizedB struct {
	k, n   int
	words  int // of a column: four terms each, filled up with zeros
	tier   Tier
	path   Int8Path
	panels []float32 // of words
	scales []float32
	sums   []float32 // of the columns, the bits of an int32 each
}

// QuantizeB quantises and packs op(B), which is k x n; the arguments are those of [Gemm]. The scale of a
// column is its largest magnitude / 127, at least 2^-126; numbers are rounded to nearest, ties to even. A
// column with a NaN or an infinity has the scale NaN, and makes its column of every product NaN. Products
// with the result run on the path that is active now; all paths give the same bits. k is at most
// [MaxInt8Terms].
//
// The error of an element is at most scale/2, 2^-8 of the largest magnitude in its column.
func QuantizeB(transB bool, k, n int, b []float32, ldb int) *QuantizedB {
	q := new(QuantizedB)
	q.quantize("QuantizeB", transB, k, n, b, ldb)
	return q
}

// Quantize replaces the contents of q by op(B), which is k x n; the arguments are those of [QuantizeB]. It
// allocates only if the memory of q is too small. No other goroutine may use q meanwhile.
func (q *QuantizedB) Quantize(transB bool, k, n int, b []float32, ldb int) {
	q.quantize("QuantizedB.Quantize", transB, k, n, b, ldb)
}

func (q *QuantizedB) quantize(op string, transB bool, k, n int, b []float32, ldb int) {
	checkWeights(op, transB, k, n, b, ldb)
	if k == 0 { // n may be larger than memory, which nothing needs
		q.tier = Active()
		q.path = int8On(q.tier)
		q.k, q.n, q.words, q.scales, q.sums, q.panels = 0, n, 0, q.scales[:0], q.sums[:0], q.panels[:0]
		return
	}
	scratch := freelist.Get[float32, []float32](&packs)
	*scratch = grow(*scratch, ceilDiv(k*n, 4))
	integers := unsafe.Slice((*int8)(unsafe.Pointer(unsafe.SliceData(*scratch))), k*n)
	q.scales = room(q.scales, n)
	quantizeColumns(integers, max(1, n), q.scales, transB, k, n, b, ldb)
	q.pack(k, n, integers, max(1, n))
	freelist.Put[float32](&packs, scratch)
}

// room returns n elements, of s if it has room for them.
func room(s []float32, n int) []float32 {
	if cap(s) < n {
		return make([]float32, n)
	}
	return s[:n]
}

// QuantizeColumns is the first half of [QuantizeB]: it writes the integers to q, k x n, and the scales to
// scale, of n elements. [PackInt8] is the other half. q and scale must not share memory with b.
func QuantizeColumns(q []int8, ldq int, scale []float32, transB bool, k, n int, b []float32, ldb int) {
	const op = "QuantizeColumns"
	checkWeights(op, transB, k, n, b, ldb)
	checkMatrix(op, "q", "ldq", len(q), k, n, ldq)
	checkLen(op, "scale", len(scale), n)
	rows, cols := stored(transB, k, n)
	stored := matrixView(b, rows, cols, ldb)
	checkApart(op, "q", "b", matrixView(q, k, n, ldq), stored)
	checkApart(op, "scale", "b", vectorView(scale), stored)
	checkApart(op, "q", "scale", matrixView(q, k, n, ldq), vectorView(scale))
	raceWriteMatrix(q, k, n, ldq)
	raceWrite(scale)
	quantizeColumns(q, ldq, scale, transB, k, n, b, ldb)
}

// checkWeights checks op(B) and announces that it is read.
func checkWeights(op string, transB bool, k, n int, b []float32, ldb int) {
	checkTerms(op, k, n)
	rows, cols := stored(transB, k, n)
	checkMatrix(op, "b", "ldb", len(b), rows, cols, ldb)
	raceReadMatrix(b, rows, cols, ldb)
}

func checkTerms(op string, k, n int) {
	checkSize(op, "k", k)
	checkSize(op, "n", n)
	if k > MaxInt8Terms {
		fail(op, "k", "k", "<= ", k, MaxInt8Terms)
	}
}

// quantizeColumns computes the scales and the integers.
func quantizeColumns(q []int8, ldq int, scale []float32, transB bool, k, n int, b []float32, ldb int) {
	down, across := ldb, 1
	if transB {
		down, across = 1, ldb
	}
	clear(scale)
	for p := range k {
		for j := range n {
			scale[j] = max(scale[j], float32(math.Abs(float64(b[p*down+j*across]))))
		}
	}
	for j, peak := range scale {
		if scale[j] = max(peak/127, smallestStep); peak-peak != 0 {
			scale[j] = float32(math.NaN())
		}
	}
	for p := range k {
		for j, s := range scale {
			if q[p*ldq+j] = 0; s == s {
				w := math.RoundToEven(float64(b[p*down+j*across] / s))
				q[p*ldq+j] = int8(min(max(w, -127), 127))
			}
		}
	}
}

// PackInt8 packs weights that are integers already, as [QuantizeColumns] writes them: q is k x n, with
// elements from -127 to 127, and scale has the n scales. k is at most [MaxInt8Terms]. It copies both.
func PackInt8(k, n int, q []int8, ldq int, scale []float32) *QuantizedB {
	b := new(QuantizedB)
	b.packChecked("PackInt8", k, n, q, ldq, scale)
	return b
}

// Pack replaces the contents of b by weights that are integers already; the arguments are those of
// [PackInt8]. It allocates only if the memory of b is too small. No other goroutine may use b meanwhile.
func (b *QuantizedB) Pack(k, n int, q []int8, ldq int, scale []float32) {
	b.packChecked("QuantizedB.Pack", k, n, q, ldq, scale)
}

func (b *QuantizedB) packChecked(op string, k, n int, q []int8, ldq int, scale []float32) {
	checkTerms(op, k, n)
	checkMatrix(op, "q", "ldq", len(q), k, n, ldq)
	checkLen(op, "scale", len(scale), n)
	for p := range k {
		for j := range n {
			if q[p*ldq+j] == -128 {
				fail(op, "q", "an element", ">= ", -128, -127)
			}
		}
	}
	b.scales = room(b.scales, n)
	copy(b.scales, scale)
	b.pack(k, n, q, ldq)
}

// pack packs integers; the scales are there.
func (b *QuantizedB) pack(k, n int, q []int8, ldq int) {
	b.tier = Active()
	b.path = int8On(b.tier)
	tile := b.path.shape()
	b.k, b.n, b.words, b.sums = k, n, b.path.words(k), room(b.sums, n)
	size := b.words * roundUp(n, tile.lanes)
	b.panels = grow(b.panels[:cap(b.panels)], size)[:size]
	clear(b.panels)
	clear(b.sums)
	bytes := bytesOf(b.panels)
	for j := 0; j < n; j += tile.NR {
		at, width := b.panel(tile, j)
		for p := range k {
			row := bytes[4*(at+p/4*width)+p%4:]
			for i, v := range q[p*ldq+j:][:min(tile.NR, n-j)] {
				row[4*i] = uint8(v)
				total := int32(math.Float32bits(b.sums[j+i])) + int32(v)
				b.sums[j+i] = math.Float32frombits(uint32(total))
			}
		}
	}
}

// Unpack is the inverse of [PackInt8]: it writes the integers to q, k x n, and the scales to scale, of n
// elements.
func (b *QuantizedB) Unpack(q []int8, ldq int, scale []float32) {
	const op = "QuantizedB.Unpack"
	checkMatrix(op, "q", "ldq", len(q), b.k, b.n, ldq)
	checkLen(op, "scale", len(scale), b.n)
	checkApart(op, "q", "scale", matrixView(q, b.k, b.n, ldq), vectorView(scale))
	raceWriteMatrix(q, b.k, b.n, ldq)
	raceWrite(scale)
	for j := copy(scale, b.scales); j < b.n; j++ {
		scale[j] = smallestStep // that of columns without elements
	}
	if b.k == 0 {
		return
	}
	tile, bytes := b.path.shape(), bytesOf(b.panels)
	for j := range b.n {
		first := j / tile.NR * tile.NR
		at, width := b.panel(tile, first)
		for p := range b.k {
			q[p*ldq+j] = int8(bytes[4*(at+p/4*width+j-first)+p%4])
		}
	}
}

// panel returns where the panel begins that has column j as its first, and how many words its rows have:
// the last one is as wide as its columns need.
func (b *QuantizedB) panel(tile tileShape, j int) (at, width int) {
	return b.words * j, min(tile.NR, roundUp(b.n-j, tile.lanes))
}

// Dims returns the shape of op(B).
func (b *QuantizedB) Dims() (k, n int) { return b.k, b.n }

// Bytes returns the memory that the packed integers take.
func (b *QuantizedB) Bytes() int { return 4 * len(b.panels) }

// words returns how many words k terms take: tiles of AMX have 16 each.
func (p Int8Path) words(k int) int {
	if p == Int8AMX {
		return roundUp(ceilDiv(k, 4), 16)
	}
	return ceilDiv(k, 4)
}

// shape returns the register tile of a path. A row of the last panel has a multiple of lanes columns.
func (p Int8Path) shape() tileShape {
	switch p {
	case Int8AMX:
		return tileShape{MR: 32, NR: 32, lanes: 32}
	case Int8VNNI:
		return tileShape{MR: 8, NR: 48, lanes: 16}
	case Int8AVX512:
		return tileShape{MR: 6, NR: 48, lanes: 16}
	case Int8AVXVNNI:
		return tileShape{MR: 6, NR: 16, lanes: 8}
	case Int8AVX2:
		return tileShape{MR: 4, NR: 16, lanes: 8}
	case Int8NEON:
		return tileShape{MR: 6, NR: 12, lanes: 4}
	}
	return tileShape{MR: 2, NR: 16, lanes: 1}
}
