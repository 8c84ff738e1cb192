package kernels

import "unsafe"

// stretchOp is a kernel over vectors of one length that runs in stretches of maxCall
// elements, on several threads where there are enough of them.
type stretchOp uint8

const (
	lossMSE stretchOp = iota
	lossMAE
	lossHuber
	lossBCEWithLogits
)

// stretchJob is such a call on its way through the pool.
type stretchJob[T Float] struct {
	tier Tier
	op   stretchOp
	s    [3][]T    // the vectors
	k    [2]T      // scalars
	sums []float64 // of the stretches
}

var (
	stretchJobs32 freeList[stretchJob[float32]]
	stretchJobs64 freeList[stretchJob[float64]]
)

func stretchJobs[T Float]() *freeList[stretchJob[T]] {
	if isF32[T]() {
		return (*freeList[stretchJob[T]])(unsafe.Pointer(&stretchJobs32))
	}
	return (*freeList[stretchJob[T]])(unsafe.Pointer(&stretchJobs64))
}

// runStretch runs op on vectors as long as the last one that is there, and returns
// the sum of what its stretches return, in their order.
func runStretch[T Float](t Tier, op stretchOp, s [3][]T, k [2]T) float64 {
	j := stretchJobs[T]().get()
	j.tier, j.op, j.s, j.k = t, op, s, k
	tiles := ceilDiv(len(s[0]), maxCall)
	if cap(j.sums) < tiles {
		j.sums = make([]float64, tiles)
	}
	j.sums = j.sums[:tiles]
	parallel(threadsFor(tiles), tiles, j)
	total := 0.0
	for _, v := range j.sums {
		total += v
	}
	j.s = [3][]T{}
	stretchJobs[T]().put(j)
	return total
}

// threadsFor is how many threads pay for so many tiles of maxCall elements.
func threadsFor(tiles int) int {
	if tiles < 4 {
		return 1
	}
	return Threads()
}

func (j *stretchJob[T]) tile(i int) {
	lo := i * maxCall
	hi := min(lo+maxCall, len(j.s[0]))
	var s [3][]T
	for i, v := range j.s {
		if v != nil {
			s[i] = v[lo:hi]
		}
	}
	switch j.op {
	case lossMSE, lossMAE, lossHuber, lossBCEWithLogits:
		j.sums[i] = lossStretch(j.tier, j.op, s[0], s[1], s[2], j.k)
	}
}
