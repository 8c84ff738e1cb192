package data

import (
	"fmt"
	"math"
)

// Float is the type of a feature.
type Float interface{ ~float32 | ~float64 }

// Set is a set of samples, each of one class.
type Set[T Float] struct {
	X        []T   // Rows x Features, row-major
	Y        []int // Rows classes, each in [0, Classes)
	Rows     int
	Features int
	Classes  int
}

// Row returns the features of row i, shared with the set.
func (s *Set[T]) Row(i int) []T {
	return s.X[i*s.Features : (i+1)*s.Features : (i+1)*s.Features]
}

// Check returns an error unless the sizes are possible, X and Y have the lengths
// that they call for, and every label is a class. Features may hold any number,
// NaN included. A set without rows is valid.
func (s *Set[T]) Check() error {
	switch {
	case s.Rows < 0:
		return fmt.Errorf("data: the set has %d rows, want at least 0", s.Rows)
	case s.Features < 1:
		return fmt.Errorf("data: the set has %d features, want at least 1", s.Features)
	case s.Classes < 1:
		return fmt.Errorf("data: the set has %d classes, want at least 1", s.Classes)
	}
	if n, ok := product(s.Rows, s.Features); !ok || len(s.X) != n {
		return fmt.Errorf("data: len(X) is %d, want %d rows x %d features", len(s.X), s.Rows, s.Features)
	}
	if len(s.Y) != s.Rows {
		return fmt.Errorf("data: len(Y) is %d, want one label for each of %d rows", len(s.Y), s.Rows)
	}
	for i, y := range s.Y {
		if y < 0 || y >= s.Classes {
			return fmt.Errorf("data: label %d is %d, want 0 to %d", i, y, s.Classes-1)
		}
	}
	return nil
}

// product multiplies sizes. It reports false if one is negative or the product of
// the sizes up to some point does not fit an int.
func product(sizes ...int) (int, bool) {
	n := 1
	for _, d := range sizes {
		if d < 0 || (d > 0 && n > math.MaxInt/d) {
			return 0, false
		}
		n *= d
	}
	return n, true
}
