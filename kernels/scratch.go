package kernels

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// Scratch memory, which calls take from free lists and give back when they return.

// packs are slices for packed operands and other intermediate matrices.
var packs freelist.Lists

// grow returns a slice of at least n elements that starts on a cache line,
// reusing buf where it is long enough. The contents are not kept. It is not inlined: it runs
// once a job, and copies of it made programs a kilobyte larger.
//
//go:noinline
func grow[T Float](buf []T, n int) []T {
	if len(buf) >= n {
		return buf
	}
	per := 64 / int(unsafe.Sizeof(T(0)))
	buf = make([]T, n+per)
	if off := uintptr(unsafe.Pointer(&buf[0])) % 64; off != 0 {
		buf = buf[(64-off)/unsafe.Sizeof(T(0)):]
	}
	return buf[:n]
}

// rowConstants is how many constants each row has in the slice k of a row kernel.
const rowConstants = 4

// rowScratch is what one thread needs for one group of rows.
type rowScratch[T Float] struct {
	peak, sum, other [mostGroupRows]T
	low, lowInv      [mostGroupRows]T
	k                [mostGroupRows * rowConstants]T
	y                []T // a group of rows
}

var rowScratches freelist.Lists

// matrix returns room for a group of n rows.
func (s *rowScratch[T]) matrix(n int) []T {
	if cap(s.y) < n {
		s.y = make([]T, n)
	}
	return s.y[:n]
}

// columnScratch is what one thread needs for one block of columns: the totals of the two
// sums, and room for those of againColumns columns that are summed again. The padding keeps
// the arrays from lying multiples of 4 KiB apart: the CPU compares the low 12 bits of an
// address first, and would make a load from one array wait for a store to another.
type columnScratch[T Float] struct {
	totalSum, totalDot [colBlock + 24]float64
	low, shift         [colBlock + 48]T
	runMean, runVar    [colBlock + 48]T // the running statistics before this batch

	sum, dot [againColumns]float64
	s1, s2   [againColumns]T
}

var columnScratches freelist.Lists

// gemvScratch holds the sums of a block of columns.
type gemvScratch[T Float] struct {
	total [gemvColBlock]float64
	part  [gemvColBlock]T
}

var gemvScratches freelist.Lists

// streamBuffer is room for a piece of two outputs.
type streamBuffer[T Float] struct {
	piece [2][streamPiece / 4]T
}

var streamBuffers freelist.Lists

// zeros32 and zeros64 are operands of zeros, such as the beta of RMSNorm. Nothing writes them.
var (
	zeros32 [maxCall]float32
	zeros64 [maxCall]float64
)

func zeros[T Float](n int) []T {
	if isF32[T]() {
		return as[T](zeros32[:n])
	}
	return as[T](zeros64[:n])
}
