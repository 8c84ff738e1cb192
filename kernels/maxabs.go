package kernels

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

func maxAbs[T Float](t Tier, x []T) T {
	if len(x) <= maxCall {
		var peak [1]T
		dispatchMaxAbs(t, peak[:], x)
		return peak[0]
	}
	return T(runStretch(t, stretchMaxAbs, [3][]T{x}, [2]T{}))
}

func argMaxAbs[T Float](t Tier, x []T) int {
	switch {
	case len(x) == 0:
		return -1
	case x[0] != x[0]:
		return 0
	case len(x) <= maxCall:
		_, index := argMaxAbsStretch(t, x)
		return index
	}
	_, index := runStretchPair(t, stretchArgMaxAbs, [3][]T{x}, [2]T{})
	return int(index)
}

// peakChunk is the part of a stretch that is searched for the largest element, once it is
// known to be there.
const peakChunk = 2048

// argMaxAbsStretch returns the largest magnitude among the numbers of a stretch and the
// index of the first element that has it, -1 and -1 where all are NaN.
func argMaxAbsStretch[T Float](t Tier, x []T) (best T, index int) {
	var peak [1]T
	best, index = -1, -1
	for i := 0; i < len(x); i += peakChunk {
		part := x[i:min(i+peakChunk, len(x))]
		if dispatchMaxAbs(t, peak[:], part); peak[0] != peak[0] {
			peak[0] = maxAbsOfNumbers(part)
		}
		if peak[0] > best {
			best, index = peak[0], i
		}
	}
	if index < 0 {
		return best, index
	}
	var first [1]int
	dispatchFirstAbs(t, first[:], x[index:min(index+peakChunk, len(x))], best)
	return best, index + first[0]
}

// maxAbsOfNumbers is the largest magnitude of those elements that are not NaN, -1 if there
// are none.
func maxAbsOfNumbers[T Float](x []T) T {
	best := T(-1)
	for _, v := range x {
		if v = abs(v); v > best {
			best = v
		}
	}
	return best
}

// maxAbsGeneric computes peak[0] = max |x|, at least 0, and NaN if there is one.
func maxAbsGeneric[T Float](peak, x []T) {
	var best T
	for _, v := range x {
		if v = abs(v); !(v <= best) {
			best = v
		}
		if v != v {
			break
		}
	}
	peak[0] = best
}

// firstAbsGeneric computes index[0] = the first i with |x[i]| = peak, which there is.
func firstAbsGeneric[T Float](index []int, x []T, peak T) {
	for i, v := range x {
		if abs(v) == peak {
			index[0] = i
			return
		}
	}
}
