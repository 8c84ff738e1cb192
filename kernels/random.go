package kernels

import (
	"math"
	"math/bits"
	"strconv"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// Random numbers come from Philox4x32-10, a bijection of a 128-bit counter under a 64-bit
// key. The number of an element depends on the seed, the stream and the index alone, so
// every tier and every number of threads draws the same.
//
// Source: Salmon, Moraes, Dror and Shaw, Parallel Random Numbers: As Easy as 1, 2, 3, SC 2011.

const (
	philoxM0 = 0xD2511F53
	philoxM1 = 0xCD9E8D57
	philoxW0 = 0x9E3779B9
	philoxW1 = 0xBB67AE85
)

// philox returns the four words of one counter: counter in the low 64 bits, stream
// in the high 64 bits, seed as key.
func philox(counter, stream, seed uint64) (x0, x1, x2, x3 uint32) {
	x0, x1 = uint32(counter), uint32(counter>>32)
	x2, x3 = uint32(stream), uint32(stream>>32)
	k0, k1 := uint32(seed), uint32(seed>>32)
	for range 10 {
		h0, l0 := bits.Mul32(philoxM0, x0)
		h1, l1 := bits.Mul32(philoxM1, x2)
		x0, x1, x2, x3 = h1^x1^k0, l1, h0^x3^k1, l0
		k0 += philoxW0
		k1 += philoxW1
	}
	return
}

// Dropout keeps each element with probability 1 - p and scales what it keeps:
//
//	y[i] = x[i] / (1 - p)  if keep(i),  else 0
//
// keep(i) is true if a random word is below (1-p) 2^32, rounded to a whole number. The word of
// element i = 64 b + 16 w + l (w < 4, l < 16) is word w of Philox counter 16 b + l, with the given
// stream and seed. The mask depends on nothing else, so backward needs no memo: the gradient
// is Dropout(dx, dy, p, seed, stream). A dropped element is 0 even if x[i] is NaN. p must lie
// in [0, 1). A p of up to 2^-33, for which the whole number is 2^32, copies x. y may be x itself.
func Dropout[T Float](y, x []T, p float64, seed, stream uint64) {
	const op = "Dropout"
	checkMap(op, y, x)
	if !(p >= 0 && p < 1) {
		failWith(op, "p", "p = "+strconv.FormatFloat(p, 'g', -1, 64)+", want in [0, 1)")
	}
	raceRead(x)
	raceWrite(y)
	dropout(Active(), y, x, p, seed, stream)
}

// dropout is Dropout on a given tier, unchecked. A stretch begins at a whole counter, since
// maxCall is a multiple of the 64 elements that 16 counters serve.
func dropout[T Float](t Tier, y, x []T, p float64, seed, stream uint64) {
	threshold := math.RoundToEven((1 - p) * (1 << 32))
	if threshold >= 1<<32 {
		copy(y, x)
		return
	}
	if len(x) <= maxCall {
		dispatchDropout(t, y, x, uint32(threshold), T(1/(1-p)), 0, stream, seed)
		return
	}
	j := dropoutJob[T]{t, y, x, uint32(threshold), T(1 / (1 - p)), seed, stream}
	share[T](&dropoutJobs, stretches(len(y)), j)
}

// dropoutJob is a call of Dropout in the pool. A tile is a stretch.
type dropoutJob[T Float] struct {
	tier         Tier
	y, x         []T
	threshold    uint32
	scale        T
	seed, stream uint64
}

var dropoutJobs freelist.Lists

func (j *dropoutJob[T]) tile(i int) {
	lo, hi := stretch(i, len(j.y))
	dispatchDropout(j.tier, j.y[lo:hi], j.x[lo:hi], j.threshold, j.scale, uint64(lo/4), j.stream, j.seed)
}

// dropoutGeneric keeps x[i]*scale where the word of element i, counted from
// counter first on, is below threshold, and writes 0 elsewhere.
func dropoutGeneric[T Float](y, x []T, threshold uint32, scale T, first, stream, seed uint64) {
	for b := 0; b < len(x); b += 64 {
		for l := range min(16, len(x)-b) {
			var word [4]uint32
			word[0], word[1], word[2], word[3] = philox(first+uint64(b/4+l), stream, seed)
			for w, i := 0, b+l; w < 4 && i < len(x); w, i = w+1, i+16 {
				v := T(0)
				if word[w] < threshold {
					v = x[i] * scale
				}
				y[i] = v
			}
		}
	}
}
