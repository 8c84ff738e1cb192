package kernels

import (
	"math"
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
