package kernels

import "unsafe"

// Streaming: results that are larger than the caches are stored past them. An ordinary store
// that misses the caches first reads the line it changes, which takes as long as the store
// itself; a store of a whole line past the caches does not read. A kernel computes a piece into
// a buffer in L1. The stream kernel then stores the piece and meanwhile prefetches the operands
// of the next piece. Slow kernels gain nothing: their stores drain while they compute. On arm64
// such stores are a hint (STNP), and what they gain there has not been measured.

// streamPiece is the size of a piece in bytes.
const streamPiece = 16 << 10

// streams reports whether streaming the outputs, the first of the vectors, pays: the vectors
// together are larger than the caches, and no output is computed in place, which reads its
// lines anyway.
func streams[T Float](t Tier, outputs int, s *[3][]T) bool {
	size := unsafe.Sizeof(T(0))
	total := 0
	for _, v := range s {
		total += len(v) * int(size)
	}
	if t == Generic || total < caches().beyond {
		return false
	}
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

// streamGeneric computes y = x.
func streamGeneric[T Float](y, x, _ []T, _ int) { copy(y, x) }
