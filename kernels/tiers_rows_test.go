package kernels

// rowTierCases are the dispatch functions of losses and of what trains row by row.
func rowTierCases[T Float]() []tierCase[T] {
	m, r := asMatrix, perRow
	vector := func(name string, tol float64, shapes []shape, f func(t Tier, s [][]T)) tierCase[T] {
		return tierCase[T]{name: name, vector: true, shapes: shapes, tol: tol, floor: 64,
			run: func(t Tier, s [][]T, _, _ int, _ []int) { f(t, s) }}
	}
	loss := []shape{r, m, m, m}
	return []tierCase[T]{
		vector("SquaredLoss", 8, loss, func(t Tier, s [][]T) { dispatchSquaredLoss(t, s[0], s[1], s[2], s[3], 0.75) }),
		vector("AbsoluteLoss", 8, loss, func(t Tier, s [][]T) { dispatchAbsoluteLoss(t, s[0], s[1], s[2], s[3], 0.75) }),
		vector("HuberLoss", 8, loss, func(t Tier, s [][]T) { dispatchHuberLoss(t, s[0], s[1], s[2], s[3], 0.75, 0.5) }),
		vector("LogisticLoss", 8, loss, func(t Tier, s [][]T) { dispatchLogisticLoss(t, s[0], s[1], s[2], s[3], 0.75) }),
	}
}
