package kernels

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// columnTierCases are what normalises columns.
func columnTierCases[T Float]() []tierCase[T] {
	m, c := asMatrix, perCol
	return []tierCase[T]{
		{name: "ColumnMoments", shapes: []shape{c, c, c, m}, tol: 16, floor: 8,
			run: func(t Tier, s [][]T, rows, cols int, ld []int) {
				dispatchColumnMoments(t, s[0], s[1], s[2], s[3], rows, cols, ld[3], rows&1)
			}},
		{name: "NormalizeColumns", shapes: []shape{m, m, c, c, c}, tol: 4, floor: 8, tiersAgree: true,
			run: func(t Tier, s [][]T, rows, cols int, ld []int) {
				dispatchNormalizeColumns(t, s[0], s[1], s[2], s[3], s[4], rows, cols, ld[0], ld[1],
					rows&1, -1)
			}},
		{name: "WideSums", shapes: []shape{c, m}, tiersAgree: true,
			run: func(t Tier, s [][]T, rows, cols int, ld []int) {
				sum, whole := widened(s[0]), cols&^(wideColumns-1)
				dispatchWideSums(t, sum[:whole], s[1], rows, whole, ld[1])
				narrow(s[0], sum)
			}},
		{name: "ColumnMeans", vector: true, shapes: []shape{c, c, c, c, c, c}, tiersAgree: true, wild: true,
			run: func(t Tier, s [][]T, _, cols int, _ []int) {
				var off [stepColumns]float64
				w := wholeSteps(s[:6])
				dispatchColumnMeans(t, w[0], w[1], w[2], w[3], widened(w[4]), widened(w[5]), off[:], 0.125)
				mustTell(!(slices.Max(off[:]) <= 0), w[0], func(j int) bool {
					return offMean(w[3][j], w[0][j], w[1][j]) || !isModerate(w[0][j]) || !isModerate(w[1][j])
				})
			}},
		{name: "ScaleOf", vector: true, shapes: []shape{c, c, c, c}, tiersAgree: true, wild: true,
			run: func(t Tier, s [][]T, _, _ int, _ []int) {
				var wild [stepColumns]float64
				s = wholeSteps(s)
				dispatchScaleOf(t, s[0], s[1], s[2], s[3], wild[:], 1e-5)
				mustTell(sumOf(&wild) != 0, s[0], func(j int) bool {
					return !scales(s[0][j], s[1][j]) || !isModerate(s[2][j])
				})
			}},
		{name: "BatchNormStats", vector: true, shapes: []shape{c, c, c, c, c, c, c, c, c}, tiersAgree: true,
			wild: true, run: func(t Tier, s [][]T, _, _ int, _ []int) {
				var wild [stepColumns]float64
				s = wholeSteps(s)
				dispatchBatchNormStats(t, s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], wild[:], 0.1,
					1.25, 1e-5)
				mustTell(sumOf(&wild) != 0, s[1], func(j int) bool {
					return !scales(s[1][j], s[7][j]) ||
						s[2][j]-s[2][j] != 0
				})
			}},
		{name: "BatchNormGrads", vector: true, shapes: []shape{c, c, c, c, c, c, c, c, c}, tiersAgree: true,
			wild: true, run: func(t Tier, s [][]T, _, _ int, _ []int) {
				var wild [stepColumns]float64
				s = wholeSteps(s)
				dispatchBatchNormGrads(t, s[0], s[1], s[2], s[3], s[4], s[5], s[6], widened(s[7]),
					widened(s[8]), wild[:], 0.125)
				mustTell(sumOf(&wild) != 0, s[0], func(j int) bool {
					return !gradInRange(s[6][j], s[3][j], s[4][j]) || !scales(s[2][j], s[5][j])
				})
			}},
		{name: "ClipFactors", vector: true, shapes: []shape{c, c, c}, tiersAgree: true, wild: true,
			run: func(t Tier, s [][]T, _, _ int, _ []int) {
				var clips [stepColumns]float64
				w := wholeSteps(s[:3])
				dispatchClipFactors(t, w[0], widened(w[1]), widened(w[2]), clips[:], 0.5, 1e-3)
				sum := sumOf(&clips)
				mustTell(sum != 0, w[0], func(j int) bool { return w[0][j] != 1 })
				mustTell(sum-sum != 0, w[0], func(j int) bool {
					return w[1][j]-w[1][j] != 0 || w[2][j]-w[2][j] != 0 || w[0][j] < leastNormal[T]()
				})
			}},
		{name: "BatchNormSums", shapes: []shape{c, c, m, m, c}, tol: 16, floor: 8,
			run: func(t Tier, s [][]T, rows, cols int, ld []int) {
				dispatchBatchNormSums(t, s[0], s[1], s[2], s[3], s[4], rows, cols, ld[2], ld[3],
					rows&1)
			}},
		{name: "BatchNormBackward", shapes: []shape{m, m, m, c, c, c, c}, tol: 8, floor: 32,
			tiersAgree: true, run: func(t Tier, s [][]T, rows, cols int, ld []int) {
				dispatchBatchNormBackward(t, s[0], s[1], s[2], s[3], s[4], s[5], s[6], rows, cols,
					ld[0], ld[1], ld[2], rows&1)
			}},
	}
}

// mustTell panics unless a kernel tells of columns of which one is wanted.
func mustTell[T Float](told bool, columns []T, wanted func(j int) bool) {
	for j := range columns {
		if wanted(j) && !told {
			panic(fmt.Sprintf("column %d is not told of", j))
		}
	}
}

// widened is v in float64.
func widened[T Float](v []T) []float64 {
	w := make([]float64, len(v))
	for i, x := range v {
		w[i] = float64(x)
	}
	return w
}

// wholeSteps are the parts of slices with a value a column that kernels in steps take.
func wholeSteps[T Float](s [][]T) [][]T {
	whole := make([][]T, len(s))
	for i, v := range s {
		whole[i] = v[:len(v)&^(stepColumns-1)]
	}
	return whole
}

// TestToldColumns: the kernels in steps tell of one column beyond a limit, wherever it stands, and of none
// on its side. Of an inverse deviation they tell from twice the limit on.
func TestToldColumns(t *testing.T) {
	testToldColumns[float32](t)
	testToldColumns[float64](t)
}

func testToldColumns[T Float](t *testing.T) {
	const n = 2 * stepColumns
	limit, least := T(gradLimit[T]()), leastNormal[T]()
	ones := func() []T { return slices.Repeat([]T{1}, n) }
	grads := func(tier Tier, gamma, inv, sum, dot []T) float64 {
		var wild [stepColumns]float64
		dispatchBatchNormGrads(tier, ones(), ones(), ones(), ones(), ones(), gamma, inv, widened(sum), widened(dot),
			wild[:], 0.125)
		return sumOf(&wild)
	}
	stats := func(tier Tier, gamma, beta, low []T) float64 {
		var wild [stepColumns]float64
		dispatchBatchNormStats(tier, ones(), ones(), ones(), ones(), ones(), ones(), low, gamma, beta, wild[:], 0.1,
			1.25, 0)
		return sumOf(&wild)
	}
	scale := func(tier Tier, gamma, mean []T) float64 {
		var wild [stepColumns]float64
		dispatchScaleOf(tier, ones(), gamma, mean, ones(), wild[:], 0)
		return sumOf(&wild)
	}
	means := func(tier Tier, shift []T, dot []float64) float64 {
		var off [stepColumns]float64
		dispatchColumnMeans(tier, ones(), ones(), ones(), shift, make([]float64, n), dot, off[:], 1)
		return sumOf(&off)
	}
	factors := func(tier Tier, g, w []T, lambda float64) float64 {
		var clips [stepColumns]float64
		dispatchClipFactors(tier, ones(), widened(g), widened(w), clips[:], lambda, 1e-3)
		return sumOf(&clips)
	}
	clipped := func(sum float64) float64 { return sum - sum } // 0 unless a column needs more than a factor
	inf := T(math.Inf(1))
	for _, c := range []struct {
		name string
		told bool
		run  func(tier Tier, j int) float64
	}{
		{"usual gradients", false, func(tier Tier, j int) float64 {
			return grads(tier, ones(), where(ones(), j, limit), ones(), ones())
		}},
		{"a large inverse deviation", true, func(tier Tier, j int) float64 {
			return grads(tier, ones(), where(ones(), j, 2*limit), ones(), ones())
		}},
		{"an infinite sum", true, func(tier Tier, j int) float64 {
			return grads(tier, ones(), ones(), where(ones(), j, inf), ones())
		}},
		{"an infinite dot product", true, func(tier Tier, j int) float64 {
			return grads(tier, ones(), ones(), ones(), where(ones(), j, inf))
		}},
		{"the least gamma of full precision", false, func(tier Tier, j int) float64 {
			return grads(tier, where(ones(), j, -least), ones(), ones(), ones())
		}},
		{"a gamma below the normal numbers", true, func(tier Tier, j int) float64 {
			return grads(tier, where(ones(), j, -least/2), ones(), ones(), ones())
		}},
		{"usual statistics", false, func(tier Tier, j int) float64 {
			return stats(tier, where(ones(), j, least), ones(), make([]T, n))
		}},
		{"a scale below the normal numbers", true, func(tier Tier, j int) float64 {
			return stats(tier, where(ones(), j, least/2), ones(), make([]T, n))
		}},
		{"an infinite shift", true, func(tier Tier, j int) float64 {
			return stats(tier, ones(), where(ones(), j, inf), make([]T, n))
		}},
		{"the largest moderate mean", false, func(tier Tier, j int) float64 {
			return scale(tier, ones(), where(make([]T, n), j, belowModerate[T]()))
		}},
		{"a mean beyond it", true, func(tier Tier, j int) float64 {
			return scale(tier, ones(), where(make([]T, n), j, -moderate[T]()))
		}},
		{"a scale of a batch below the normal numbers", true, func(tier Tier, j int) float64 {
			return scale(tier, where(ones(), j, least/2), make([]T, n))
		}},
		{"the largest moderate shift", false, func(tier Tier, j int) float64 {
			return means(tier, where(make([]T, n), j, belowModerate[T]()), make([]float64, n))
		}},
		{"a shift beyond it", true, func(tier Tier, j int) float64 {
			return means(tier, where(make([]T, n), j, -moderate[T]()), make([]float64, n))
		}},
		{"the largest moderate variance", false, func(tier Tier, j int) float64 {
			dot := make([]float64, n)
			dot[j] = float64(belowModerate[T]())
			return means(tier, make([]T, n), dot)
		}},
		{"a variance beyond it", true, func(tier Tier, j int) float64 {
			dot := make([]float64, n)
			dot[j] = float64(moderate[T]())
			return means(tier, make([]T, n), dot)
		}},
		{"no clipping", false, func(tier Tier, j int) float64 {
			return factors(tier, where(ones(), j, 1), ones(), 1)
		}},
		{"clipping", true, func(tier Tier, j int) float64 { return factors(tier, where(ones(), j, 2), ones(), 1) }},
		{"usual clipping", false, func(tier Tier, j int) float64 {
			return clipped(factors(tier, where(ones(), j, 2), ones(), 1))
		}},
		{"clipping of an infinite norm", true, func(tier Tier, j int) float64 {
			return clipped(factors(tier, where(ones(), j, inf), ones(), 1))
		}},
		{"clipping by an infinite norm", true, func(tier Tier, j int) float64 {
			return clipped(factors(tier, ones(), where(ones(), j, inf), 1))
		}},
		{"the least factor", false, func(tier Tier, j int) float64 {
			return clipped(factors(tier, ones(), ones(), float64(least)))
		}},
		{"a factor below the normal numbers", true, func(tier Tier, j int) float64 {
			return clipped(factors(tier, where(make([]T, n), j, 1), ones(), float64(least)/2))
		}},
	} {
		for _, tier := range Tiers()[1:] {
			for j := range n {
				if told := c.run(tier, j); (told != 0) != c.told {
					t.Errorf("%v/%v, column %d, %s: told %v, want %v", tier, dtypeOf[T](), j, c.name, told, c.told)
				}
			}
		}
	}
}

// moderate is the least number that isModerate refuses, belowModerate the next smaller one.
func moderate[T Float]() T {
	if isF32[T]() {
		return 0x1p100
	}
	limit := 0x1p970
	return T(limit)
}

func belowModerate[T Float]() T { return moderate[T]() * (1 - T(epsilon[T]())/2) }

// where sets an element.
func where[T Float](v []T, j int, x T) []T {
	v[j] = x
	return v
}

// TestOffMeanOfLargeShift: whether a shift lies more than four deviations off the mean does not depend on how
// large the shift is.
func TestOffMeanOfLargeShift(t *testing.T) {
	testOffMeanOfLargeShift[float32](t)
	testOffMeanOfLargeShift[float64](t)
}

func testOffMeanOfLargeShift[T Float](t *testing.T) {
	const n = 16
	for _, tier := range Tiers() {
		for _, size := range []T{0, 1 << 12, -1 << 12} {
			for d, want := range map[float64]bool{3: false, -3.5: false, 4.5: true, -5: true, 40: true} {
				for column := range n {
					shift, sum, dot := make([]T, n), make([]float64, n), make([]float64, n)
					for j := range shift {
						shift[j], dot[j] = size, 1 // a deviation of 1, about a shift that is the mean
					}
					sum[column], dot[column] = d, 1+d*d
					var off [stepColumns]float64
					dispatchColumnMeans(tier, make([]T, n), make([]T, n), make([]T, n), shift, sum, dot, off[:], 1)
					if got := slices.Max(off[:]) > 0; got != want {
						t.Fatalf("%v/%v: shift %v, %v off the mean in column %d: %v, want %v", tier, dtypeOf[T](), size, d,
							column, got, want)
					}
				}
			}
		}
	}
}
