package kernels

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// Transpose copies a matrix with its rows as columns,
//
//	dst[j,i] = src[i,j]
//
// where src is rows x cols with leading dimension lds >= max(1, cols) and dst is cols x
// rows with leading dimension ldd >= max(1, rows). dst and src must not share an element.
func Transpose[T Float](rows, cols int, dst []T, ldd int, src []T, lds int) {
	const op = "Transpose"
	checkSize(op, "rows", rows)
	checkSize(op, "cols", cols)
	checkMatrix(op, "dst", "ldd", len(dst), cols, rows, ldd)
	checkMatrix(op, "src", "lds", len(src), rows, cols, lds)
	if rows == 0 || cols == 0 {
		return
	}
	checkApart(op, "dst", "src", matrixView(dst, cols, rows, ldd), matrixView(src, rows, cols, lds))
	raceReadMatrix(src, rows, cols, lds)
	raceWriteMatrix(dst, cols, rows, ldd)
	transpose(Active(), rows, cols, dst, ldd, src, lds)
}

// transposeTile is the side of the square that one assembly call transposes. Source and
// destination fit L1 in float32, L2 in float64.
const transposeTile = 64

func transpose[T Float](t Tier, rows, cols int, dst []T, ldd int, src []T, lds int) {
	j := transposeJob[T]{tier: t, rows: rows, cols: cols, dst: dst, ldd: ldd, src: src, lds: lds}
	threads := threadsFor(rows / max(1, maxCall/max(1, cols)))
	j.streamed = j.streams()
	if threads == 1 && !j.streamed {
		j.part(0, rows, 0, cols)
		return
	}
	j.width = min(8*transposeTile, cols)
	j.height = max(1, maxCall/(j.width*transposeTile)) * transposeTile
	if j.streamed {
		j.height = 8 * transposeTile
	}
	shareOn[T](&transposeJobs, threads, ceilDiv(rows, j.height)*ceilDiv(cols, j.width), j)
}

// streams reports whether the result is stored past the caches (see stream.go). That pays in two
// cases: source and result together are larger than the caches; or the result is larger than
// L2 and its rows are a multiple of 1 KiB apart. Such rows share few sets of a cache, which
// evict their lines before they are complete.
func (p *transposeJob[T]) streams() bool {
	const line, few = 64, 1 << 10
	size := int(unsafe.Sizeof(T(0)))
	bytes, apart := p.rows*p.cols*size, p.ldd*size
	if p.tier == Generic || uintptr(unsafe.Pointer(ptr(p.dst)))%line != 0 || apart%line != 0 {
		return false
	}
	return beyondCaches(2*bytes) || bytes > caches().l2 && apart%few == 0
}

// transposeJob is a call of Transpose in the pool. A tile is a block of height x width, about
// maxCall elements. A streamed block is larger, but its pages of both matrices are few enough
// for the TLB.
type transposeJob[T Float] struct {
	tier          Tier
	rows, cols    int
	dst, src      []T
	ldd, lds      int
	height, width int
	streamed      bool
}

var transposeJobs freelist.Lists

func (p *transposeJob[T]) tile(k int) {
	across := ceilDiv(p.cols, p.width)
	i, j := k/across*p.height, k%across*p.width
	iEnd, jEnd := min(i+p.height, p.rows), min(j+p.width, p.cols)
	if p.streamed {
		p.partStreamed(i, iEnd, j, jEnd)
		return
	}
	p.part(i, iEnd, j, jEnd)
}

// partStreamed is part past the caches. It transposes squares of 256 bytes a side in a buffer,
// whose rows are stored past the caches while those of the next square are prefetched.
func (p *transposeJob[T]) partStreamed(i, iEnd, first, jEnd int) {
	side := 256 / int(unsafe.Sizeof(T(0)))
	b := freelist.Get[T, streamBuffer[T]](&streamBuffers)
	buffer := b.piece[0][:side*side]
	for ; i+side <= iEnd; i += side {
		j := first
		for ; j+side <= jEnd; j += side {
			dispatchTranspose(p.tier, buffer, p.src[i*p.lds+j:], side, side, side, p.lds)
			ni, nj, last := i, j+side, 0
			if nj+side > jEnd {
				ni, nj = i+side, first
			}
			if ni+side > iEnd {
				ni, nj, last = i, j, 1
			}
			dst, next := p.dst[j*p.ldd+i:], p.src[ni*p.lds+nj:]
			dispatchStreamRows(p.tier, dst, buffer, next, side, p.ldd, p.lds, last)
		}
		p.part(i, i+side, j, jEnd)
	}
	p.part(i, iEnd, first, jEnd)
	freelist.Put[T](&streamBuffers, b)
}

// part transposes rows i to iEnd-1 of columns j to jEnd-1.
func (p *transposeJob[T]) part(i, iEnd, j, jEnd int) {
	if i < iEnd && j < jEnd {
		transposeBlock(p.tier, iEnd-i, jEnd-j, p.dst[j*p.ldd+i:], p.ldd, p.src[i*p.lds+j:], p.lds)
	}
}

// transposeBlock is Transpose on one thread, through the caches, unchecked.
func transposeBlock[T Float](t Tier, rows, cols int, dst []T, ldd int, src []T, lds int) {
	for i := 0; i < rows; i += transposeTile {
		h := min(transposeTile, rows-i)
		for j := 0; j < cols; j += transposeTile {
			dispatchTranspose(t, dst[j*ldd+i:], src[i*lds+j:], h, min(transposeTile, cols-j), ldd, lds)
		}
	}
}

// streamRowsGeneric computes dst[i*ldd+j] = src[i*n+j].
func streamRowsGeneric[T Float](dst, src, _ []T, rows, ldd, _, _ int) {
	n := 256 / int(unsafe.Sizeof(T(0)))
	for i := range rows {
		copy(dst[i*ldd:][:n], src[i*n:])
	}
}
