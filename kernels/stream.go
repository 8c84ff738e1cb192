package kernels

import "unsafe"

// Results that are larger than the caches go past them: a store that misses first reads
// the line that it changes, which takes as long as the store itself, while a store of a
// whole line past the caches does not. Each kernel computes a piece into a buffer in L1,
// from where a kernel that does nothing else sends it on and meanwhile fetches what the
// next piece is computed from. Kernels that compute longer than that takes gain nothing:
// their stores drain while they compute.

// streamPiece is the size of a piece in bytes.
const streamPiece = 16 << 10

// streams reports whether the outputs, the first of the vectors, are worth sending past
// the caches: neither they nor what they are computed from stay there, and none is
// computed in place, which reads its lines anyway.
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
