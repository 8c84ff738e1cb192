package kernels

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// Results that are larger than the caches go past them: a store that misses first reads
// the line that it changes, which takes as long as the store itself, while a store of a
// whole line past the caches does not. Each kernel computes a piece into a buffer in L1,
// from where a kernel that does nothing else sends it on and meanwhile fetches what the
// next piece is computed from. Kernels that compute longer than that takes gain nothing:
// their stores drain while they compute.

// streamPiece is the size of a piece in bytes.
const streamPiece = 16 << 10

// light reports whether a kernel waits for the memory rather than computes.
func light(op stretchOp, act Activation) bool {
	switch op {
	case stretchActivateBackward:
		return true
	case stretchActivate, stretchActivateGrad:
		switch act.kind() {
		case kindIdentity, kindStep, kindReLU, kindLeakyReLU, kindHardSigmoid, kindHardTanh, kindHardSwish:
			return true
		}
	}
	return false
}

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

// streamBuffer is room for a piece of two outputs.
type streamBuffer[T Float] struct {
	piece [2][streamPiece / 4]T
}

var streamBuffers freelist.Lists

// tileStreamed runs a tile whose outputs go past the caches.
func (j *stretchJob[T]) tileStreamed(s [3][]T) {
	b := freelist.Get[T, streamBuffer[T]](&streamBuffers)
	step := streamPiece / int(unsafe.Sizeof(T(0)))
	for lo := 0; lo < len(s[0]); lo += step {
		n := min(step, len(s[0])-lo)
		var part [3][]T
		for i, v := range s {
			switch {
			case i < j.outputs:
				part[i] = b.piece[i][:n]
			case v != nil:
				part[i] = v[lo : lo+n]
			}
		}
		elementwiseCall(j.tier, j.op, j.f, j.act, part)
		last := lo+2*n > len(s[0]) // of the pieces that have as long a one behind them
		for i := range j.outputs {
			next, order := part[i], 1
			if !last {
				next, order = s[j.outputs][lo+n:][:n], 0
			}
			dispatchStream(j.tier, s[i][lo:lo+n], part[i], next, order)
		}
	}
	freelist.Put[T](&streamBuffers, b)
}

// streamGeneric computes y = x.
func streamGeneric[T Float](y, x, _ []T, _ int) { copy(y, x) }
