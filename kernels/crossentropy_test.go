package kernels

import (
	"math"
	"slices"
	"testing"
)

// TestLossOfManyRows: the error of a loss does not grow with the number of rows. Each row but the first
// adds less than half a unit in the last place of that one's loss.
func TestLossOfManyRows(t *testing.T) {
	const rows, large = 5000, 1 << 53
	x, dx, p, labels := make([]float64, 2*rows), make([]float64, 2*rows), make([]float64, 2*rows), make([]int, rows)
	x[1] = large
	for i := range rows {
		p[2*i] = 1
	}
	want := large/float64(rows) + math.Ln2*(rows-1)/rows
	defer SetThreads(0)
	for _, tier := range checkedTiers() {
		for _, threads := range []int{1, 2} {
			SetThreads(threads)
			got := map[string]float64{}
			onTier(tier, func() {
				got["labels"] = SoftmaxCrossEntropy(rows, 2, dx, 2, x, 2, labels)
				got["targets"] = SoftmaxCrossEntropyTargets(rows, 2, dx, 2, x, 2, p, 2)
			})
			for name, got := range got {
				if math.Abs(got-want) > 0x1p-51*want {
					t.Errorf("%v, %d threads, %s: %v, want %v: %.3g of it apart", tier, threads, name, got, want,
						(got-want)/want)
				}
			}
		}
	}
}

// TestTargetOfMaskedClass: a class whose logit is -Inf and whose target is 0 counts as one whose share is 0
// because it is far below the others, in each place of a row.
func TestTargetOfMaskedClass(t *testing.T) {
	testTargetOfMaskedClass[float32](t)
	testTargetOfMaskedClass[float64](t)
}

func testTargetOfMaskedClass[T Float](t *testing.T) {
	const cols = 5*16 + 3
	for _, tier := range Tiers() {
		for j := range cols {
			run := func(logit T) (loss float64, dx []T) {
				x, p := make([]T, cols), make([]T, cols)
				dx = make([]T, cols)
				for i := range x {
					x[i], p[i] = T(i%7)/2, T(i%5)/(2*cols)
				}
				x[j], p[j] = logit, 0
				onTier(tier, func() { loss = SoftmaxCrossEntropyTargets(1, cols, dx, cols, x, cols, p, cols) })
				return loss, dx
			}
			loss, dx := run(T(math.Inf(-1)))
			want, wantDx := run(-1e4)
			if loss != want || !slices.Equal(dx, wantDx) {
				t.Fatalf("%v %s, class %d masked: loss %v, want %v, or another gradient", tier, dtypeOf[T](), j, loss,
					want)
			}
		}
	}
}
