package kernels

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/forced"
)

// Streaming: results that are larger than the caches are stored past them. An ordinary store
// that misses the caches first reads the line it changes, which takes as long as the store
// itself; a store of a whole line past the caches does not read. A kernel computes a piece into
// a buffer in L1. The stream kernel then stores the piece and meanwhile prefetches the operands
// of the next piece. Slow kernels gain nothing: their stores drain while they compute. On arm64
// such stores are a hint (STNP), and what they gain there has not been measured.

// streamPiece is the size of a piece in bytes.
const streamPiece = 16 << 10

// matrixPiece is that of a piece of a matrix: so few that the core computes the next one while its
// queue of stores drains. Its operands and what columns have share L1 with it.
const matrixPiece = 4 << 10

// pieceOf is how many elements a piece of a matrix has.
func pieceOf[T Float]() int { return matrixPiece / int(unsafe.Sizeof(T(0))) }

// orderStores returns when the stores past the caches before it are done, or ordered before those
// that follow.
func orderStores[T Float](t Tier) { dispatchStream[T](t, nil, nil, nil, 1) }

// streams reports whether streaming the outputs, the first of the vectors, pays: the vectors
// together are larger than the caches, and no output is computed in place, which reads its
// lines anyway.
func streams[T Float](t Tier, outputs int, s *[3][]T) bool {
	total := 0
	for _, v := range s {
		total += len(v)
	}
	return fromMemory[T](t, total) && storesApart(outputs, s)
}

// fromMemory reports whether operands of so many elements in all are larger than the caches, so
// that kernels of the tier do well to fetch ahead and to store past them.
func fromMemory[T Float](t Tier, elements int) bool {
	return t != Generic && beyondCaches(elements*int(unsafe.Sizeof(T(0))))
}

// beyondCaches reports whether operands of so many bytes are larger than the caches.
func beyondCaches(bytes int) bool { return bytes >= caches().beyond || forced.Memory.Load() }

// storesApart reports whether no output, the first of the vectors, is computed in place.
func storesApart[T Float](outputs int, s *[3][]T) bool {
	size := unsafe.Sizeof(T(0))
	for i, out := range s[:outputs] {
		if uintptr(unsafe.Pointer(ptr(out)))%size != 0 {
			return false
		}
		for k, v := range s {
			if k != i && v != nil && ptr(v) == ptr(out) {
				return false
			}
		}
	}
	return true
}

// What kernels of rows that come from memory do besides: nothing, fetch rows ahead into L2, or that
// and store their results past the caches, where the rows of these start on cache lines.
const (
	aheadOnly    = 1
	aheadAndPast = 2
)

// onLines reports whether the rows of y start on cache lines.
func onLines[T Float](y []T, ld int) bool {
	return uintptr(unsafe.Pointer(ptr(y)))%64 == 0 && ld*int(unsafe.Sizeof(T(0)))%64 == 0
}

// longEnough reports whether rows of so many elements may go past the caches: they have at least
// eight lines, since the first and the last may be shared with other rows and are stored as ever,
// or no gap behind them.
func longEnough[T Float](cols, ld int) bool {
	return cols == ld || cols*int(unsafe.Sizeof(T(0))) >= 8*64
}

// sendRows stores n rows that follow each other in buf to y, past the caches.
func sendRows[T Float](t Tier, n, cols int, y []T, ldy int, buf []T) {
	if ldy == cols { // the rows are one
		n, cols = 1, n*cols
	}
	for r := range n {
		row := buf[r*cols:][:cols]
		dispatchStream(t, y[r*ldy:][:cols], row, row, 0)
	}
}

// streamGeneric computes y = x.
func streamGeneric[T Float](y, x, _ []T, _ int) { copy(y, x) }
