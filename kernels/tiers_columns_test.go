package kernels

import "slices"

// columnTierCases are what normalises columns.
func columnTierCases[T Float]() []tierCase[T] {
	m, c, r := asMatrix, perCol, perRow
	return []tierCase[T]{
		{name: "ColumnMoments", shapes: []shape{c, c, c, m}, tol: 16, floor: 8, run: func(t Tier, s [][]T, rows, cols int, ld []int) {
			dispatchColumnMoments(t, s[0], s[1], s[2], s[3], rows, cols, ld[3])
		}},
		{name: "NormalizeColumns", shapes: []shape{m, m, c, c, c}, tol: 4, floor: 8, tiersAgree: true, run: func(t Tier, s [][]T, rows, cols int, ld []int) {
			dispatchNormalizeColumns(t, s[0], s[1], s[2], s[3], s[4], rows, cols, ld[0], ld[1], -1)
		}},
		{name: "WideSums", shapes: []shape{c, m}, tiersAgree: true, run: func(t Tier, s [][]T, rows, cols int, ld []int) {
			sum, whole := widened(s[0]), cols&^(wideColumns-1)
			dispatchWideSums(t, sum[:whole], s[1], rows, whole, ld[1])
			narrow(s[0], sum)
		}},
		{name: "ColumnMeans", vector: true, shapes: []shape{c, c, c, c, c, c, r}, tiersAgree: true, wild: true, run: func(t Tier, s [][]T, _, cols int, _ []int) {
			var off [stepColumns]float64
			w := wholeSteps(s[:6])
			dispatchColumnMeans(t, w[0], w[1], w[2], w[3], widened(w[4]), widened(w[5]), off[:], 0.125)
			if s[6][0] = 0; slices.Max(off[:]) > 0 {
				s[6][0] = 1
			}
		}},
		{name: "ScaleOf", vector: true, shapes: []shape{c, c, c}, tiersAgree: true, wild: true, run: func(t Tier, s [][]T, _, _ int, _ []int) {
			s = wholeSteps(s)
			dispatchScaleOf(t, s[0], s[1], s[2], 1e-5)
		}},
		{name: "BatchNormStats", vector: true, shapes: []shape{c, c, c, c, c, c, c, c, c}, tiersAgree: true, wild: true, run: func(t Tier, s [][]T, _, _ int, _ []int) {
			s = wholeSteps(s)
			dispatchBatchNormStats(t, s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], 0.1, 1.25, 1e-5)
		}},
		{name: "ClipFactors", vector: true, shapes: []shape{c, c, c, r}, tiersAgree: true, wild: true, run: func(t Tier, s [][]T, _, _ int, _ []int) {
			var clips [stepColumns]float64
			w := wholeSteps(s[:3])
			dispatchClipFactors(t, w[0], widened(w[1]), widened(w[2]), clips[:], 0.5, 1e-3)
			if s[3][0] = 0; clips != [stepColumns]float64{} {
				s[3][0] = 1
			}
		}},
		{name: "BatchNormSums", shapes: []shape{c, c, m, m, c}, tol: 16, floor: 8, run: func(t Tier, s [][]T, rows, cols int, ld []int) {
			dispatchBatchNormSums(t, s[0], s[1], s[2], s[3], s[4], rows, cols, ld[2], ld[3])
		}},
		{name: "BatchNormBackward", shapes: []shape{m, m, m, c, c, c, c}, tol: 8, floor: 32, tiersAgree: true, run: func(t Tier, s [][]T, rows, cols int, ld []int) {
			dispatchBatchNormBackward(t, s[0], s[1], s[2], s[3], s[4], s[5], s[6], rows, cols, ld[0], ld[1], ld[2])
		}},
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
