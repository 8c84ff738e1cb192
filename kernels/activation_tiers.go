package kernels

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// The activations on a given tier, unchecked, and their generic tier.

func activate[T Float](t Tier, act Activation, y, x []T) {
	if len(y) <= maxCall {
		activateCall(t, act, y, x)
		return
	}
	j := activationJob[T]{tier: t, act: act, kernel: activationValue[T]{}, s: [3][]T{y, x}, outputs: 1}
	j.run(act.light())
}

func activateGrad[T Float](t Tier, act Activation, y, d, x []T) {
	if len(y) <= maxCall {
		activateGradCall(t, act, y, d, x)
		return
	}
	j := activationJob[T]{tier: t, act: act, kernel: activationGrad[T]{}, s: [3][]T{y, d, x}, outputs: 2}
	j.run(act.light())
}

func activateBackward[T Float](t Tier, act Activation, dx, dy, memo []T) {
	if len(dx) <= maxCall {
		activateBackwardCall(t, act, dx, dy, memo)
		return
	}
	s := [3][]T{dx, dy, memo}
	j := activationJob[T]{tier: t, act: act, kernel: activationBackward[T]{}, s: s, outputs: 1}
	j.run(true)
}

// activationKernel is one of the three calls above, for vectors that go through the pool: a
// program that needs one of them does not link the others.
type activationKernel[T Float] interface {
	apply(t Tier, act Activation, s [3][]T)
}

type (
	activationValue[T Float]    struct{} // s is y, x
	activationGrad[T Float]     struct{} // y, d, x
	activationBackward[T Float] struct{} // dx, dy, memo
)

func (activationValue[T]) apply(t Tier, act Activation, s [3][]T) {
	activateCall(t, act, s[0], s[1])
}

func (activationGrad[T]) apply(t Tier, act Activation, s [3][]T) {
	activateGradCall(t, act, s[0], s[1], s[2])
}

func (activationBackward[T]) apply(t Tier, act Activation, s [3][]T) {
	activateBackwardCall(t, act, s[0], s[1], s[2])
}

// activationJob is a call on its way through the pool. A tile is a stretch.
type activationJob[T Float] struct {
	tier     Tier
	act      Activation
	kernel   activationKernel[T]
	s        [3][]T
	outputs  int  // the first of the vectors
	streamed bool // they go past the caches
}

var activationJobs freelist.Lists

// run runs a job whose vectors are longer than maxCall. light says that its kernel waits for
// the memory.
func (j activationJob[T]) run(light bool) {
	j.streamed = light && streams(j.tier, j.outputs, &j.s)
	share[T](&activationJobs, stretches(len(j.s[0])), j)
}

func (j *activationJob[T]) tile(i int) {
	lo, hi := stretch(i, len(j.s[0]))
	s := partOf(j.s, lo, hi)
	if j.streamed {
		j.pastCaches(s)
		return
	}
	j.kernel.apply(j.tier, j.act, s)
}

// pastCaches computes a stretch piece by piece and sends the pieces on their way.
func (j *activationJob[T]) pastCaches(s [3][]T) {
	b := freelist.Get[T, streamBuffer[T]](&streamBuffers)
	step := streamPiece / int(unsafe.Sizeof(T(0)))
	for lo := 0; lo < len(s[0]); lo += step {
		n := min(step, len(s[0])-lo)
		part := partOf(s, lo, lo+n)
		for i := range j.outputs {
			part[i] = b.piece[i][:n]
		}
		j.kernel.apply(j.tier, j.act, part)
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

// partOf is elements lo to hi of the vectors that there are.
func partOf[T Float](s [3][]T, lo, hi int) [3][]T {
	for i, v := range s {
		if v != nil {
			s[i] = v[lo:hi]
		}
	}
	return s
}
