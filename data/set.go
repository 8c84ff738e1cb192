package data

import (
	"errors"
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/internal/size"
)

// Ignored is the label of a row of unknown class, such as padding. Training and metrics leave
// such rows out. grad.Ignored is the same number.
const Ignored = -100

// Float is the type of a feature.
type Float interface{ ~float32 | ~float64 }

// Set is a set of samples. Each sample has one class, or, for a regression, one or several
// values to predict.
type Set[T Float] struct {
	X        []T   // Rows x Features, row-major
	Y        []int // Rows classes, each in [0, Classes) or Ignored; nil for a regression
	Rows     int
	Features int
	Classes  int

	Values  []T // of a regression: Rows x Outputs, row-major
	Outputs int
	Weights []T // of the rows, finite and none below 0; nil counts each as 1
}

// Regression reports whether the samples have values instead of classes.
func (s *Set[T]) Regression() bool { return s.Values != nil }

// Row returns the features of row i, shared with the set.
func (s *Set[T]) Row(i int) []T { return rowOf("Row", s.X, i, s.Rows, s.Features) }

// rowOf returns row i of a matrix of rows x width elements. It panics if there is none.
func rowOf[T Float](op string, x []T, i, rows, width int) []T {
	if uint(i) >= uint(rows) {
		panic(fmt.Errorf("data.Set.%s: i = %d, want 0 to %d", op, i, rows-1))
	}
	if !size.Fits(len(x), i+1, width, width) {
		panic(fmt.Errorf("data.Set.%s: %d numbers have no row i = %d of %d", op, len(x), i, width))
	}
	return x[i*width : (i+1)*width : (i+1)*width]
}

// Target returns the values to predict of row i of a regression, shared with the set.
func (s *Set[T]) Target(i int) []T { return rowOf("Target", s.Values, i, s.Rows, s.Outputs) }

// Check returns an error unless the sizes are possible, the slices have the lengths that
// follow from them, every label is a class or [Ignored], and every weight is finite and not
// below 0. Features may hold any number, NaN included. A set without rows is valid.
func (s *Set[T]) Check() error {
	switch {
	case s == nil:
		return errors.New("data: the set is nil")
	case s.Rows < 0:
		return fmt.Errorf("data: the set has %d rows, want at least 0", s.Rows)
	case s.Features < 1:
		return fmt.Errorf("data: the set has %d features, want at least 1", s.Features)
	case s.Regression():
		return s.checkRegression()
	case s.Classes < 1 || s.Classes > mostClasses:
		return fmt.Errorf("data: the set has %d classes, want 1 to %d", s.Classes, mostClasses)
	}
	if err := s.checkRows(); err != nil {
		return err
	}
	if len(s.Y) != s.Rows {
		return fmt.Errorf("data: len(Y) is %d, want one label for each of %d rows", len(s.Y), s.Rows)
	}
	for i, y := range s.Y {
		if (y < 0 || y >= s.Classes) && y != Ignored {
			return fmt.Errorf("data: label %d is %d, want 0 to %d, or Ignored (%d)", i, y, s.Classes-1,
				Ignored)
		}
	}
	return nil
}

// checkFeatures returns an error unless X has a number for each feature of each row.
func (s *Set[T]) checkFeatures() error {
	if n, ok := size.Product(s.Rows, s.Features); !ok || len(s.X) != n {
		return fmt.Errorf("data: len(X) is %d, want %d rows x %d features", len(s.X), s.Rows, s.Features)
	}
	return nil
}

// checkRows checks what sets of classes and of values have in common: features and weights.
func (s *Set[T]) checkRows() error {
	if err := s.checkFeatures(); err != nil {
		return err
	}
	if s.Weights != nil && len(s.Weights) != s.Rows {
		return fmt.Errorf("data: len(Weights) is %d, want one for each of %d rows", len(s.Weights), s.Rows)
	}
	for i, w := range s.Weights {
		if !(w >= 0) || math.IsInf(float64(w), 0) {
			return fmt.Errorf("data: weight %d is %v, want a finite number from 0 up", i, w)
		}
	}
	return nil
}

func (s *Set[T]) checkRegression() error {
	if s.Outputs < 1 {
		return fmt.Errorf("data: the set has %d outputs, want at least 1", s.Outputs)
	}
	if s.Y != nil {
		return fmt.Errorf("data: the set has values and %d classes, want one of the two", len(s.Y))
	}
	if n, ok := size.Product(s.Rows, s.Outputs); !ok || len(s.Values) != n {
		return fmt.Errorf("data: len(Values) is %d, want %d rows x %d outputs", len(s.Values), s.Rows,
			s.Outputs)
	}
	return s.checkRows()
}
