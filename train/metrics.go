package train

import (
	"cmp"
	"math"
	"slices"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/internal/size"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// TopK is the share of rows whose class is among the k largest values of its row. Of equal
// values that in the lower column counts as larger. Rows of class [data.Ignored] do not count.
// It is NaN where no row counts, and where an output of one that does is NaN.
func TopK[T kernels.Float](outputs mat.Dense[T], classes []int, k int) float64 {
	if !size.Fits(len(outputs.Data), outputs.Rows, outputs.Cols, outputs.Stride) {
		fail("TopK", "outputs", len(outputs.Data), outputs.Rows, "outputs is %dx%d with stride %d, which does not "+
			"fit its %d elements", outputs.Rows, outputs.Cols, outputs.Stride, len(outputs.Data))
	}
	if len(classes) == outputs.Rows && slices.Contains(classes, data.Ignored) {
		outputs, classes = labelled(outputs, classes)
	}
	hits := kernels.TopKHits(outputs.Rows, outputs.Cols, outputs.Data, max(1, outputs.Stride), classes, k)
	if hasNaN(outputs) {
		return math.NaN()
	}
	return float64(hits) / float64(outputs.Rows)
}

// labelled returns a copy of the rows whose class is not data.Ignored.
func labelled[T kernels.Float](outputs mat.Dense[T], classes []int) (mat.Dense[T], []int) {
	list, some := make([]T, 0, outputs.Rows*outputs.Cols), make([]int, 0, outputs.Rows)
	for i, c := range classes {
		if c != data.Ignored {
			list, some = append(list, outputs.Row(i)...), append(some, c)
		}
	}
	return mat.Of(len(some), outputs.Cols, list), some
}

// hasNaN reports whether an element is NaN.
func hasNaN[T kernels.Float](m mat.Dense[T]) bool {
	for i := range m.Rows {
		if top := kernels.MaxAbs(m.Row(i)); top != top {
			return true
		}
	}
	return false
}

// AUC is the area under the ROC curve: the probability that a random positive sample has
// a larger score than a random negative one, equal scores counting half (Mann and
// Whitney, 1947). It is NaN without samples of either kind, and where a score is NaN. It
// panics if the lengths differ.
func AUC[T kernels.Float](scores []T, positive []bool) float64 {
	if len(positive) != len(scores) {
		fail("AUC", "positive", len(positive), len(scores), "len(positive) = %d, want %d, one a score",
			len(positive), len(scores))
	}
	if top := kernels.MaxAbs(scores); top != top {
		return math.NaN()
	}
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(scores[a], scores[b]) })
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
//
//	1 - sum (y - p)^2 / sum (y - mean of the column)^2
//
// It is NaN where no column of y varies, so also of one row and of none, and where an element
// is NaN. It panics if the shapes differ.
func R2[T kernels.Float](p, y mat.Dense[T]) float64 {
	if p.Rows != y.Rows || p.Cols != y.Cols {
		fail("R2", "p", p.Rows, y.Rows, "p is %dx%d, want %dx%d, the shape of y", p.Rows, p.Cols, y.Rows,
			y.Cols)
	}
	if y.Rows == 0 || y.Cols == 0 {
		return math.NaN()
	}
	s := spreadOf(y)
	return s.explained(residual(s, p, y))
}
