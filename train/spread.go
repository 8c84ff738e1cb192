package train

import (
	"math"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// spread is how far the values to predict lie from the means of their columns, and so what
// the errors of predictions are measured by. Differences are taken times factor, a power of
// two that is 1 unless the squares would overflow or vanish without it.
type spread struct {
	factor  float64
	squares float64 // the sum of the squared differences
}

// spreadOf measures y, which has a column. A column that does not vary has exactly its value
// for a mean, or else rounding would make it vary.
func spreadOf[T kernels.Float](y mat.Dense[T]) spread {
	mean := make([]float64, y.Cols)
	for j := range mean {
		mean[j] = columnMean(y, j)
	}
	s := spread{factor: 1}
	farthest := 0.0
	for i := range y.Rows {
		for j, v := range y.Row(i) {
			farthest = max(farthest, math.Abs(float64(v)/2-mean[j]/2))
		}
	}
	s.factor = factorOf(farthest)
	for i := range y.Rows {
		for j, v := range y.Row(i) {
			s.squares += s.square(float64(v), mean[j])
		}
	}
	return s
}

// columnMean is the mean of a column, also where the sum of its elements overflows.
func columnMean[T kernels.Float](y mat.Dense[T], j int) float64 {
	if y.Rows == 0 {
		return math.NaN()
	}
	first, varies, sum, shares := y.At(0, j), false, 0.0, 0.0
	n := float64(y.Rows * y.Cols)
	for i := range y.Rows {
		v := y.At(i, j)
		varies = varies || v != first
		sum += float64(v) * float64(y.Cols) / n
		shares += float64(v) / float64(y.Rows)
	}
	switch {
	case !varies:
		return float64(first)
	case finite(sum):
		return sum
	}
	return shares
}

// factorOf returns the power of two that brings differences of up to x near 1 where the sum
// of their squares might overflow or vanish, and 1 elsewhere.
func factorOf(x float64) float64 {
	const far = 400 // 2^800 leaves room for 2^223 squares
	_, e := math.Frexp(x)
	if x == 0 || !finite(x) || e > -far && e < far {
		return 1
	}
	return math.Ldexp(1, min(-e, 1000))
}

// square is the squared difference of a and b.
func (s spread) square(a, b float64) float64 {
	d := float64(s.factor*a) - float64(s.factor*b)
	return float64(d * d)
}

// residual is the sum of the squared errors of predictions p, measured as the spread s of all
// that is to be predicted.
func residual[T kernels.Float](s spread, p, y mat.Dense[T]) float64 {
	sum := 0.0
	for i := range p.Rows {
		target := y.Row(i)
		for j, v := range p.Row(i) {
			sum += s.square(float64(v), float64(target[j]))
		}
	}
	return sum
}

// explained is the share of the spread that predictions with this residual explain, NaN
// where there is none.
func (s spread) explained(residual float64) float64 {
	if s.squares == 0 {
		return math.NaN()
	}
	return 1 - residual/s.squares
}

// distance is the Euclidean distance of two vectors.
func distance[T kernels.Float](p, q []T) float64 {
	plain := squaredDistance(p, q)
	if plain > 0x1p-900 && plain < 0x1p900 {
		return math.Sqrt(plain)
	}
	farthest := 0.0
	for i, v := range p {
		farthest = max(farthest, math.Abs(float64(v)/2-float64(q[i])/2))
	}
	s := spread{factor: factorOf(farthest)}
	for i, v := range p {
		s.squares += s.square(float64(v), float64(q[i]))
	}
	return math.Sqrt(s.squares) / s.factor
}

func squaredDistance[T kernels.Float](p, q []T) float64 {
	sum := 0.0
	for i, v := range p {
		d := float64(v) - float64(q[i])
		sum += float64(d * d)
	}
	return sum
}
