package kernels

import "math"

// MaxAbs returns the maximum norm, the largest |x[i]|, and 0 for an empty vector. A NaN
// makes it NaN. It is exact.
func MaxAbs[T Float](x []T) T {
	raceRead(x)
	return maxAbs(Active(), x)
}

// ArgMaxAbs returns the index of the first element of largest magnitude, -1 for an
// empty vector. NaN counts as in the reference BLAS, whose i?amax moves on where |x[i]| >
// the largest so far: a NaN at index 0 stays, any other is passed over.
func ArgMaxAbs[T Float](x []T) int {
	raceRead(x)
	return argMaxAbs(Active(), x)
}

func maxAbs[T Float](t Tier, x []T) T { return T(runStretch(t, stretchMaxAbs, [3][]T{x}, [2]T{})) }

// maxAbsStretch is MaxAbs of one stretch. The maximum passes over a NaN, which the sum of
// the same elements shows, while they are in L1.
func maxAbsStretch[T Float](t Tier, x []T) float64 {
	var peak, sum [1]T
	best := 0.0
	for i := 0; i < len(x); i += sumChunk / 2 {
		part := x[i:min(i+sumChunk/2, len(x))]
		dispatchMaxAbs(t, peak[:], part)
		dispatchAbsSum(t, sum[:], part)
		if sum[0] != sum[0] {
			return math.NaN()
		}
		best = max(best, float64(peak[0]))
	}
	return best
}

func argMaxAbs[T Float](t Tier, x []T) int {
	switch {
	case len(x) == 0:
		return -1
	case x[0] != x[0]:
		return 0
	}
	_, index := runStretchPair(t, stretchArgMaxAbs, [3][]T{x}, [2]T{})
	return int(index)
}

// peakChunk is the part of a stretch that is searched for the largest element one by
// one, once it is known to be there.
const peakChunk = 512

// argMaxAbsStretch returns the largest magnitude among the numbers of a stretch and the
// index of the first element that has it, -1 and -1 where all are NaN.
func argMaxAbsStretch[T Float](t Tier, x []T) (best T, index int) {
	var peak [1]T
	best = -1
	for i := 0; i < len(x); i += peakChunk {
		dispatchMaxAbs(t, peak[:], x[i:min(i+peakChunk, len(x))])
		if peak[0] > best {
			best, index = peak[0], i
		}
	}
	for ; index < len(x); index++ {
		if abs(x[index]) == best {
			return best, index
		}
	}
	return -1, -1 // the 0 was that of a chunk without numbers
}

// maxAbsGeneric computes peak[0] = max |x|, at least 0, as if there were no NaN.
func maxAbsGeneric[T Float](peak, x []T) {
	var best T
	for _, v := range x {
		if v = abs(v); v > best {
			best = v
		}
	}
	peak[0] = best
}
