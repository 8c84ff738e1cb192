package grad

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// MSE is the mean squared error:
//
//	L = mean of (p - y)^2
//	dL/dp = 2 (p - y) / n, n the number of elements
type MSE[T kernels.Float] struct{ Reduction Reduction }

// Grad implements [Loss] with the values of y.
func (l MSE[T]) Grad(dp, p mat.Dense[T], y Target[T]) float64 {
	return elementwise("MSE", l.Reduction, &dp, &p, &y, kernels.MSE[T])
}

// Weight implements [Weigher].
func (l MSE[T]) Weight(rows int, y Target[T]) float64 { return weightOf(l.Reduction, rows, y) }

// Classify implements [Loss] for targets 0 and 1.
func (MSE[T]) Classify(class []int, p mat.Dense[T]) {
	classify("MSE", class, p, 0.5)
}

// Check returns an error if Reduction is neither [Mean] nor [Sum].
func (l MSE[T]) Check(outputs, classes int) error { return checkReduction("MSE", l.Reduction) }

// MAE is the mean absolute error:
//
//	L = mean of |p - y|
//	dL/dp = sign(p - y) / n, with sign(0) = 0
type MAE[T kernels.Float] struct{ Reduction Reduction }

// Grad implements [Loss] with the values of y.
func (l MAE[T]) Grad(dp, p mat.Dense[T], y Target[T]) float64 {
	return elementwise("MAE", l.Reduction, &dp, &p, &y, kernels.MAE[T])
}

// Weight implements [Weigher].
func (l MAE[T]) Weight(rows int, y Target[T]) float64 { return weightOf(l.Reduction, rows, y) }

// Classify implements [Loss] for targets 0 and 1.
func (MAE[T]) Classify(class []int, p mat.Dense[T]) {
	classify("MAE", class, p, 0.5)
}

// Check returns an error if Reduction is neither [Mean] nor [Sum].
func (l MAE[T]) Check(outputs, classes int) error { return checkReduction("MAE", l.Reduction) }

// Huber is the squared error near the target and the absolute error far from it, so
// that outliers pull with a bounded force. With r = p - y:
//
//	L = mean of r^2/2 where |r| <= Delta, Delta (|r| - Delta/2) elsewhere
//	dL/dp = min(max(r, -Delta), Delta) / n
//
// Source: Huber, Robust Estimation of a Location Parameter, 1964.
type Huber[T kernels.Float] struct {
	Delta     float64 // 0 counts as 1
	Reduction Reduction
}

// Grad implements [Loss] with the values of y.
func (l Huber[T]) Grad(dp, p mat.Dense[T], y Target[T]) float64 {
	delta := T(l.Delta)
	if l.Delta == 0 {
		delta = 1
	}
	return elementwise("Huber", l.Reduction, &dp, &p, &y,
		func(dp, p, y []T) float64 { return kernels.Huber(dp, p, y, delta) })
}

// Weight implements [Weigher].
func (l Huber[T]) Weight(rows int, y Target[T]) float64 { return weightOf(l.Reduction, rows, y) }

// Classify implements [Loss] for targets 0 and 1.
func (Huber[T]) Classify(class []int, p mat.Dense[T]) {
	classify("Huber", class, p, 0.5)
}

// Check returns an error that names the first setting which cannot work: Delta is a positive
// number of type T, or 0.
func (l Huber[T]) Check(outputs, classes int) error {
	if delta := T(l.Delta); l.Delta != 0 && !(delta > 0 && !math.IsInf(float64(delta), 1)) {
		const format = "grad.Huber: Delta = %v, want a positive number that %T can hold, or 0 for 1"
		return fmt.Errorf(format, l.Delta, delta)
	}
	return checkReduction("Huber", l.Reduction)
}
