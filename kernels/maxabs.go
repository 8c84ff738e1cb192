package kernels

import (
	"math"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// MaxAbs returns the maximum norm, the largest |x[i]|. It is 0 for an empty vector and NaN if an
// element is NaN. It is exact.
func MaxAbs[T Float](x []T) T {
	raceRead(x)
	return maxAbs(Active(), x)
}

// ArgMaxAbs returns the index of the first element of largest magnitude, -1 for an
// empty vector. NaN counts as in the reference BLAS: a NaN at index 0 is the result, any other
// is ignored.
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
	tiles := stretches(len(x))
	peaks := takeResults(tiles)
	share[T](&maxAbsJobs, tiles, maxAbsJob[T]{t, x, *peaks})
	return T(peaks.largest())
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
	tiles := stretches(len(x))
	peaks, indices := takeResults(tiles), takeResults(tiles)
	share[T](&argMaxAbsJobs, tiles, argMaxAbsJob[T]{t, x, *peaks, *indices})
	best, index := (*peaks)[0], (*indices)[0]
	for i, v := range *peaks {
		if v > best {
			best, index = v, (*indices)[i]
		}
	}
	peaks.put()
	indices.put()
	return int(index)
}

// maxAbsJob and argMaxAbsJob are calls on their way through the pool. A tile is a stretch.
type (
	maxAbsJob[T Float] struct {
		tier  Tier
		x     []T
		peaks tileResults
	}
	argMaxAbsJob[T Float] struct {
		tier           Tier
		x              []T
		peaks, indices tileResults
	}
)

var maxAbsJobs, argMaxAbsJobs freelist.Lists

func (j *maxAbsJob[T]) tile(i int) {
	lo, hi := stretch(i, len(j.x))
	j.peaks[i] = float64(maxAbs(j.tier, j.x[lo:hi]))
}

func (j *argMaxAbsJob[T]) tile(i int) {
	lo, hi := stretch(i, len(j.x))
	peak, index := argMaxAbsStretch(j.tier, j.x[lo:hi])
	j.peaks[i], j.indices[i] = float64(peak), float64(lo+index)
}

// peakChunk is how many elements argMaxAbsStretch looks for a maximum in at once. It then
// searches only the chunk with the largest one for its index.
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

// maxAbsGeneric computes peak[0] = max |x|, at least 0, and NaN if there is one. Without their
// signs floats are in the order of their bits, and every NaN is above the infinities.
func maxAbsGeneric[T Float](peak, x []T) {
	p := unsafe.Pointer(unsafe.SliceData(x))
	if isF32[T]() {
		top := maxWithout(unsafe.Slice((*uint32)(p), len(x)), 1<<31)
		peak[0] = T(math.Float32frombits(top))
		return
	}
	top := maxWithout(unsafe.Slice((*uint64)(p), len(x)), 1<<63)
	peak[0] = T(math.Float64frombits(top))
}

// maxWithout returns the largest number of x without the bit sign, 0 if x is empty.
func maxWithout[U uint32 | uint64](x []U, sign U) U {
	var m0, m1, m2, m3 U
	i := 0
	for ; i+4 <= len(x); i += 4 {
		a := x[i : i+4 : i+4]
		m0, m1 = max(m0, a[0]&^sign), max(m1, a[1]&^sign)
		m2, m3 = max(m2, a[2]&^sign), max(m3, a[3]&^sign)
	}
	for ; i < len(x); i++ {
		m0 = max(m0, x[i]&^sign)
	}
	return max(m0, m1, m2, m3)
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
