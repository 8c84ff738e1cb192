package kernels

import "github.com/ashlar-go/ashlar/internal/freelist"

// stretchOp is a kernel over vectors of one length that runs in stretches of maxCall
// elements, on several threads where there are enough of them. Some return a sum, the
// others 0.
type stretchOp uint8

const (
	lossMSE stretchOp = iota
	lossMAE
	lossHuber
	lossBCE
	lossBCEWithLogits
	stretchSum
	stretchMoments
	stretchSumSquares
	stretchClip
	stretchDropout
	stretchDot
	stretchAbsSum
	stretchSumSquaresScaled
	stretchMaxAbs
	stretchArgMaxAbs
	stretchAxpy
	stretchScale
	stretchDivide
	stretchSwap
	stretchRot
	stretchScaleBytes
	stretchUniform
	stretchNormal
	stretchMap
	stretchActivate
	stretchActivateGrad
	stretchActivateBackward
)

// stretchJob is such a call on its way through the pool.
type stretchJob[T Float] struct {
	tier Tier
	op   stretchOp
	s    [3][]T // the vectors
	k    [2]T   // scalars
	raw  []uint8
	k64  [2]float64 // scalars of Uniform and Normal
	drop dropoutMask
	f    mapping
	act  Activation
	sums []float64 // two of each stretch

	outputs  int  // the first of the vectors, where streamed
	streamed bool // they go past the caches
}

var stretchJobs freelist.Lists

// runStretch runs op on vectors as long as the first one and returns the sum of what
// its stretches return, in their order.
func runStretch[T Float](t Tier, op stretchOp, s [3][]T, k [2]T) float64 {
	sum, _ := runStretchPair(t, op, s, k)
	return sum
}

// runStretchPair is runStretch where each stretch has two sums.
func runStretchPair[T Float](t Tier, op stretchOp, s [3][]T, k [2]T) (sum, second float64) {
	if len(s[0]) <= maxCall {
		j := stretchJob[T]{tier: t, op: op, k: k} // on the stack
		return j.compute(0, s)
	}
	j := freelist.Get[T, stretchJob[T]](&stretchJobs)
	j.tier, j.op, j.s, j.k = t, op, s, k
	return j.run()
}

// elementwise runs op on vectors longer than maxCall, the first so many of which are written
// and the others read. Short ones go without it: the array alone takes as long to pass as the
// kernel takes for a hundred elements.
func elementwise[T Float](t Tier, op stretchOp, f mapping, act Activation, outputs int, s [3][]T) {
	j := freelist.Get[T, stretchJob[T]](&stretchJobs)
	j.tier, j.op, j.s, j.f, j.act, j.outputs = t, op, s, f, act, outputs
	j.streamed = light(op, act) && streams(t, outputs, &s)
	j.run()
}

func elementwiseCall[T Float](t Tier, op stretchOp, f mapping, act Activation, s [3][]T) {
	switch op {
	case stretchMap:
		mapCall(t, f, s[0], s[1])
	case stretchActivate:
		activateCall(t, act, s[0], s[1])
	case stretchActivateGrad:
		activateGradCall(t, act, s[0], s[1], s[2])
	case stretchActivateBackward:
		activateBackwardCall(t, act, s[0], s[1], s[2])
	}
}

// run runs the job, gives it back and returns the sums over the stretches.
func (j *stretchJob[T]) run() (sum, second float64) {
	tiles := ceilDiv(len(j.s[0]), maxCall)
	if cap(j.sums) < 2*tiles {
		j.sums = make([]float64, 2*tiles)
	}
	j.sums = j.sums[:2*tiles]
	parallel(threadsFor(tiles), tiles, j)
	sum, second = j.combine()
	j.s, j.raw, j.streamed = [3][]T{}, nil, false
	freelist.Put[T](&stretchJobs, j)
	return sum, second
}

// combine joins what the stretches return, in their order.
func (j *stretchJob[T]) combine() (first, second float64) {
	first, second = j.sums[0], j.sums[1]
	for i := 2; i < len(j.sums); i += 2 {
		switch u, v := j.sums[i], j.sums[i+1]; {
		case j.op == stretchMaxAbs:
			first = max(first, u)
		case j.op != stretchArgMaxAbs:
			first, second = first+u, second+v
		case u > first:
			first, second = u, v
		}
	}
	return first, second
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
	if j.streamed {
		j.tileStreamed(s)
		return
	}
	j.sums[2*i], j.sums[2*i+1] = j.compute(lo, s)
}

// compute runs the stretch s, which begins at element lo, and returns its sums.
func (j *stretchJob[T]) compute(lo int, s [3][]T) (sum, second float64) {
	switch j.op {
	case lossMSE, lossMAE, lossHuber, lossBCE, lossBCEWithLogits:
		sum = lossStretch(j.tier, j.op, s[0], s[1], s[2], j.k)
	case stretchSum:
		sum = sumStretch(j.tier, s[0])
	case stretchMoments:
		sum, second = momentStretch(j.tier, s[0], j.k[0])
	case stretchSumSquares:
		sum = reduce(j.tier, sumSquares, s[0], nil)
	case stretchDot:
		sum = reduce(j.tier, sumProducts, s[0], s[1])
	case stretchAbsSum:
		sum = reduce(j.tier, sumMagnitudes, s[0], nil)
	case stretchSumSquaresScaled:
		sum = sumSquaresScaled(j.tier, j.k[0], s[0])
	case stretchMaxAbs:
		sum = float64(maxAbs(j.tier, s[0]))
	case stretchArgMaxAbs:
		peak, index := argMaxAbsStretch(j.tier, s[0])
		sum, second = float64(peak), float64(lo+index)
	case stretchAxpy:
		dispatchAxpy(j.tier, s[0], j.k[0], s[1])
	case stretchScale:
		dispatchScale(j.tier, s[0], j.k[0], s[1])
	case stretchDivide:
		dispatchDivide(j.tier, s[0], s[1], j.k[0])
	case stretchSwap:
		dispatchSwap(j.tier, s[0], s[1])
	case stretchRot:
		dispatchRot(j.tier, s[0], s[1], j.k[0], j.k[1])
	case stretchScaleBytes:
		scaleBytesStretch(j.tier, s[0], j.raw[lo:lo+len(s[0])], j.k[0], j.k[1])
	case stretchUniform, stretchNormal:
		fillStretch(j.tier, j.op, s[0], j.k64, lo, j.drop.seed, j.drop.stream)
	case stretchClip:
		dispatchClip(j.tier, s[0], s[1], j.k[0], j.k[1])
	case stretchDropout:
		m := &j.drop
		dispatchDropout(j.tier, s[0], s[1], m.threshold, j.k[0], uint64(lo/4), m.stream, m.seed)
	default:
		elementwiseCall(j.tier, j.op, j.f, j.act, s)
	}
	return sum, second
}
