package fuzz

import (
	"testing"

	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/kernels"
)

// A long sum here has one large term, in its first stretch, and a quarter of the last place of that in each
// of the next four: every addition loses what together is the last place. All other terms are 0.
const longSum = 8 * longVector

// TestLongSums: what the additions of the sums of stretches lose is not lost. The results are exact, on every
// tier, in both dtypes.
func TestLongSums(t *testing.T) {
	defer kernels.Limit(kernels.Active())
	sums := 0
	for _, tier := range kernels.Tiers() {
		if kernels.Limit(tier) != nil {
			continue // ASHLAR_TIER names a lower one
		}
		sums += testLongSums[float32](t, tier) + testLongSums[float64](t, tier)
	}
	proof.Count(t, "values", "long sums that lose nothing", sums)
}

func testLongSums[T kernels.Float](t *testing.T, tier kernels.Tier) (sums int) {
	check := func(what string, got, want float64) {
		if sums++; got != want {
			t.Errorf("%s[%T] on %v is %v, want %v", what, T(0), tier, got, want)
		}
	}
	d, zero := make([]T, longSum), make([]T, longSum)
	const one, n = 1 + 0x1p-52, longSum
	terms, roots := longTerms[T](1, 0x1p-54, 0), longTerms[T](1, 0x1p-27, 0)
	check("MAE", kernels.MAE(d, terms, zero), one/n)
	check("MSE", kernels.MSE(d, roots, zero), one/n)
	check("Huber", kernels.Huber(d, roots, zero, 1), one/2/n)
	check("SumSquares", kernels.SumSquares(roots), one)
	const large, small = 0x1p64, 0x1p10 // e^-small is 0
	logits := longTerms[T](large, small, -small)
	check("BCEWithLogits", kernels.BCEWithLogits(d, logits, zero), one*large/n)
	check("AbsSum", float64(kernels.AbsSum(terms)), float64(T(one)))
	check("Dot", float64(kernels.Dot(roots, roots)), float64(T(one)))
	terms[n-1] = -1
	check("Sum", float64(kernels.Sum(terms)), one-1)
	check("Mean", float64(kernels.Mean(terms)), (one-1)/n)

	// Rows of two logits, whose loss is their difference or 0.
	const rows = longSum / 2
	labels, targets := make([]int, rows), make([]T, longSum)
	clear(logits)
	for r := range rows {
		switch i := r / (rows / 8); {
		case r%(rows/8) != 0 || i > 4:
			logits[2*r+1] = -small
		case i == 0:
			logits[0], labels[0] = large, 1
		default:
			logits[2*r], labels[r] = small, 1
		}
		targets[2*r+labels[r]] = 1
	}
	want := one * large / rows
	check("SoftmaxCrossEntropy", kernels.SoftmaxCrossEntropy(rows, 2, d, 2, logits, 2, labels), want)
	check("SoftmaxCrossEntropyTargets",
		kernels.SoftmaxCrossEntropyTargets(rows, 2, d, 2, logits, 2, targets, 2), want)
	return sums
}

// longTerms returns a vector with one large element, four small ones and rest elsewhere.
func longTerms[T kernels.Float](large, small, rest T) []T {
	x := make([]T, longSum)
	for i := range x {
		x[i] = rest
	}
	x[0] = large
	for i := 1; i <= 4; i++ {
		x[i*longVector] = small
	}
	return x
}
