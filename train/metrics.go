package train

import (
	"math"
	"slices"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// Confusion counts classifications: element [c][g] is the number of samples of class c
// that were taken for g.
type Confusion [][]int

// NewConfusion returns a matrix of zeros.
func NewConfusion(classes int) Confusion {
	m := make(Confusion, classes)
	for c := range m {
		m[c] = make([]int, classes)
	}
	return m
}

// Add counts samples of the given classes that were taken for the guesses.
func (m Confusion) Add(classes, guesses []int) {
	for i, c := range classes {
		m[c][guesses[i]]++
	}
}

// Precision is the share of what was taken for class c that is of it, NaN for none.
func (m Confusion) Precision(c int) float64 {
	taken := 0
	for _, row := range m {
		taken += row[c]
	}
	return float64(m[c][c]) / float64(taken)
}

// Recall is the share of class c that was taken for it, NaN for an empty class.
func (m Confusion) Recall(c int) float64 {
	of := 0
	for _, n := range m[c] {
		of += n
	}
	return float64(m[c][c]) / float64(of)
}

// F1 is the harmonic mean of precision and recall, 2 hits / (2 hits + misses + false
// alarms); NaN where nothing is of the class or was taken for it.
func (m Confusion) F1(c int) float64 {
	hits, others := 2*m[c][c], 0
	for k := range m {
		if k != c {
			others += m[k][c] + m[c][k]
		}
	}
	return float64(hits) / float64(hits+others)
}

// MacroF1 is the mean of F1 over the classes where it is a number.
func (m Confusion) MacroF1() float64 {
	sum, n := 0.0, 0
	for c := range m {
		if f := m.F1(c); !math.IsNaN(f) {
			sum, n = sum+f, n+1
		}
	}
	return sum / float64(n)
}

// TopK is the share of rows whose class is among the k largest values of its row.
func TopK[T kernels.Float](outputs mat.Dense[T], classes []int, k int) float64 {
	hits := kernels.TopKHits(outputs.Rows, outputs.Cols, outputs.Data, max(1, outputs.Stride), classes, k)
	return float64(hits) / float64(outputs.Rows)
}

// AUC is the area under the ROC curve: the probability that a random positive sample has
// a larger score than a random negative one, equal scores counting half (Mann and
// Whitney, 1947). It is NaN without samples of either kind. Scores must not be NaN.
func AUC[T kernels.Float](scores []T, positive []bool) float64 {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case scores[a] < scores[b]:
			return -1
		case scores[a] > scores[b]:
			return 1
		}
		return 0
	})
	wins, below := 0.0, 0 // below counts the negatives with smaller scores
	for i := 0; i < len(order); {
		last, pos, neg := i, 0, 0
		for ; last < len(order) && scores[order[last]] == scores[order[i]]; last++ {
			if positive[order[last]] {
				pos++
			} else {
				neg++
			}
		}
		wins += float64(pos) * (float64(below) + float64(neg)/2)
		below += neg
		i = last
	}
	return wins / (float64(below) * float64(len(scores)-below))
}

// R2 is the share of the variance of y that the predictions p explain, over all columns:
// 1 - sum (y - p)^2 / sum (y - mean of the column)^2.
func R2[T kernels.Float](p, y mat.Dense[T]) float64 {
	return 1 - squaredDistance(p.RawData(), y.RawData())/spread(y.RawData(), y.Cols)
}

func squaredDistance[T kernels.Float](p, y []T) float64 {
	sum := 0.0
	for i, v := range p {
		d := float64(v) - float64(y[i])
		sum += float64(d * d)
	}
	return sum
}

// spread is the sum of the squared distances from the means of the columns.
func spread[T kernels.Float](y []T, cols int) float64 {
	mean := make([]float64, cols)
	for i, v := range y {
		mean[i%cols] += float64(v) * float64(cols) / float64(len(y))
	}
	sum := 0.0
	for i, v := range y {
		d := float64(v) - mean[i%cols]
		sum += float64(d * d)
	}
	return sum
}
