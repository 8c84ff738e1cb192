package data

import (
	"fmt"
	"math"
)

// Standardize returns the mean and the standard deviation of each feature of set,
// which it leaves as it is; [Set.Apply] removes them. Measure on the training set
// alone and apply to all: a test set that has its own mean removed is not tested.
//
// The deviation is that of the population, sqrt(sum((x-mean)^2) / Rows). It is
// returned as 1 for a feature that is the same in all rows, which Apply then turns
// into 0, and for a set without rows, whose mean is 0. Sums are in float64. A NaN or
// an infinity makes the mean or deviation of its feature NaN or infinite.
func Standardize[T Float](set *Set[T]) (mean, std []T) {
	mean, std = make([]T, set.Features), make([]T, set.Features)
	center, sum := make([]float64, set.Features), make([]float64, set.Features)
	if set.Rows > 0 {
		// Differences from the first row are exactly 0 where a feature is constant,
		// and lose no digits to a mean that is large beside the deviation.
		for j, x := range set.Row(0) {
			center[j] = float64(x)
		}
		for i := range set.Rows {
			for j, x := range set.Row(i) {
				sum[j] += float64(x) - center[j]
			}
		}
		for j := range center {
			center[j] += sum[j] / float64(set.Rows)
		}
		clear(sum)
		for i := range set.Rows {
			for j, x := range set.Row(i) {
				d := float64(x) - center[j]
				sum[j] += float64(d * d) // rounded, never fused: the same everywhere
			}
		}
	}
	for j := range mean {
		mean[j], std[j] = T(center[j]), 1
		if sd := T(math.Sqrt(sum[j] / float64(max(1, set.Rows)))); sd != 0 {
			std[j] = sd
		}
	}
	return mean, std
}

// Apply replaces each feature x by (x - mean) / std, in place. It panics unless
// mean and std have Features elements.
func (s *Set[T]) Apply(mean, std []T) {
	if len(mean) != s.Features {
		panic(fmt.Errorf("data.Set.Apply: len(mean) = %d, want %d", len(mean), s.Features))
	}
	if len(std) != s.Features {
		panic(fmt.Errorf("data.Set.Apply: len(std) = %d, want %d", len(std), s.Features))
	}
	for i := range s.Rows {
		row := s.Row(i)
		for j, x := range row {
			row[j] = (x - mean[j]) / std[j]
		}
	}
}
