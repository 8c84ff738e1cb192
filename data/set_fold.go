package data

import "fmt"

// Folds deals the rows into k folds in a random order, so that each row is in Test of one fold and in
// Train of the others. Sizes differ by at most 1. It is an error if k is below 2 or above Rows. The
// folds depend on Rows, k and seed only, and are those of [Table.Folds].
func (s *Set[T]) Folds(k int, seed uint64) ([]Fold, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	return dealFolds(s.Rows, k, seed, func(int) int { return 0 })
}

// FoldsStratified is [Set.Folds] with the classes in proportion: the rows of a class in two folds
// differ by at most 1, and so do all their rows. The rows whose label is [Ignored] count as one more
// class. A regression has no classes, which is an error.
func (s *Set[T]) FoldsStratified(k int, seed uint64) ([]Fold, error) {
	if s.Regression() {
		return nil, fmt.Errorf("data: a regression has no classes to deal into folds")
	}
	if err := s.Check(); err != nil {
		return nil, err
	}
	return dealFolds(s.Rows, k, seed, s.stratum)
}

// Select returns a set with copies of the rows of a list, in its order. A row may be there more than
// once. It panics if there is no such row.
func (s *Set[T]) Select(rows []int) *Set[T] {
	if err := s.Check(); err != nil {
		panic(fmt.Errorf("data.Set.Select: %w", err))
	}
	n := emptySet[T](s.shape(), len(rows))
	n.Classes = s.Classes
	if s.Weights != nil {
		n.Weights = make([]T, 0, len(rows))
	}
	n.resize(len(rows))
	for i, row := range rows {
		if row < 0 || row >= s.Rows {
			panic(fmt.Errorf("data.Set.Select: rows[%d] = %d, want 0 to %d", i, row, s.Rows-1))
		}
		n.copyRow(i, s, row)
	}
	return n
}
