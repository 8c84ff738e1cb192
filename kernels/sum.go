package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// Sums over a vector run in chunks of 8192 elements of type T on many lanes, which are
// added in float64 in a fixed order: the error is at most 3 eps times the sum of the
// magnitudes on random data and about 128 eps at worst, for any length. A NaN
// anywhere makes them NaN.

// Sum returns the sum of x, ±Inf where that is beyond the range of T. Where a partial sum of
// finite elements overflows, a second pass adds x times a power of two.
func Sum[T Float](x []T) T {
	raceRead(x)
	return T(sumOn(Active(), x))
}

// Mean returns the mean of x, NaN for an empty vector. It is right for all finite x, also where
// their sum overflows.
func Mean[T Float](x []T) T {
	raceRead(x)
	return T(meanOn(Active(), x))
}

// Variance returns the mean of (x - mean)^2, NaN for an empty vector. Neither a mean far larger
// than the deviation nor an outlier costs accuracy: it comes from one pass over x minus its
// first element and, where that lies more than four deviations off the mean, a second one over
// x minus the mean. Where squares of finite elements overflow, another pass takes x times a
// power of two. A variance beyond the range of T is +Inf.
func Variance[T Float](x []T) T {
	raceRead(x)
	return T(varianceOn(Active(), x))
}

// SumSquares returns the sum of the squares of all elements of all vectors, such as the
// gradients of a model, whose root is their global norm. It is right in the whole range of
// float64 and +Inf above. Where squares of type T overflow, or vanish and matter, a second pass
// takes the elements times a power of two, as in [Norm2].
func SumSquares[T Float](vectors ...[]T) float64 {
	for _, v := range vectors {
		raceRead(v)
	}
	return sumSquaresOn(Active(), vectors)
}

func sumOn[T Float](t Tier, x []T) (sum float64) {
	if len(x) <= maxCall {
		sum = sumStretch(t, x)
	} else {
		sum = sumLong(t, elements[T]{}, 0, x, nil)
	}
	if sum-sum != 0 {
		if s, ok := sumScaled(x, 1); ok {
			return s
		}
	}
	return sum
}

// elements sums elements in a call that goes through the pool.
type elements[T Float] struct{}

func (elements[T]) sum(t Tier, _ T, x, _ []T) float64 { return sumStretch(t, x) }

func meanOn[T Float](t Tier, x []T) float64 {
	n := float64(len(x))
	sum := sumOn(t, x)
	if sum-sum != 0 {
		if mean, ok := sumScaled(x, n); ok {
			return mean
		}
	}
	return sum / n
}

func varianceOn[T Float](t Tier, x []T) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	mean, variance := varianceAbout(t, x, x[0])
	if offMean(x[0], mean, T(variance)) {
		_, variance = varianceAbout(t, x, mean)
	}
	if variance-variance != 0 {
		if m, ok := momentsScaled(strided[T]{x, len(x), 1}, false); ok {
			return math.Ldexp(m.variance, 2*m.exp)
		}
	}
	return variance
}

// varianceAbout returns the mean and the variance of x, computed from x - shift.
func varianceAbout[T Float](t Tier, x []T, shift T) (mean T, variance float64) {
	sum, square := momentsAbout(t, x, shift)
	n := float64(len(x))
	mean, _, variance = meanVariance(shift, sum/n, square/n)
	return mean, variance
}

// momentsAbout returns the sums of x - shift and of its square.
func momentsAbout[T Float](t Tier, x []T, shift T) (sum, square float64) {
	if len(x) <= maxCall {
		return momentStretch(t, x, shift)
	}
	tiles := stretches(len(x))
	sums, squares := takeResults(tiles), takeResults(tiles)
	share[T](&momentJobs, tiles, momentJob[T]{t, x, shift, *sums, *squares})
	return sums.sum(), squares.sum()
}

// momentJob is a call of momentsAbout in the pool. A tile is a stretch.
type momentJob[T Float] struct {
	tier          Tier
	x             []T
	shift         T
	sums, squares tileResults
}

var momentJobs freelist.Lists

func (j *momentJob[T]) tile(i int) {
	lo, hi := stretch(i, len(j.x))
	j.sums[i], j.squares[i] = momentStretch(j.tier, j.x[lo:hi], j.shift)
}

func sumSquaresOn[T Float](t Tier, vectors [][]T) float64 {
	total := 0.0
	for _, v := range vectors {
		total += sumSquaresOf(t, v)
	}
	if isFair(total) || total != total {
		return total
	}
	return sumSquaresFar(t, vectors)
}

// sumSquaresFar is sumSquaresOn where squares may overflow, or vanish and matter.
func sumSquaresFar[T Float](t Tier, vectors [][]T) float64 {
	total := 0.0
	for _, v := range vectors {
		sum, factor := sumSquaresAgain(t, v, sumSquaresOf(t, v))
		total += sum / factor / factor
	}
	return total
}

// sumGeneric computes sum[0] = sum of x.
func sumGeneric[T Float](sum, x []T) {
	var s chainSum
	for _, v := range x {
		s.add(float64(v))
	}
	sum[0] = T(s.value())
}

// sumStretch is the sum of one stretch.
func sumStretch[T Float](t Tier, x []T) float64 {
	var part [1]T
	total := 0.0
	for i := 0; i < len(x); i += sumChunk {
		dispatchSum(t, part[:], x[i:min(i+sumChunk, len(x))])
		total += float64(part[0])
	}
	return total
}

// momentStretch is the sum of x - shift and of its square over one stretch.
func momentStretch[T Float](t Tier, x []T, shift T) (sum, square float64) {
	var s1, s2 [1]T
	k := [rowConstants]T{shift}
	for i := 0; i < len(x); i += rowChunkCols {
		n := min(rowChunkCols, len(x)-i)
		dispatchRowMoments(t, s1[:], s2[:], x[i:], k[:], 1, n, n, 0)
		sum, square = sum+float64(s1[0]), square+float64(s2[0])
	}
	return sum, square
}
