package data

import (
	"fmt"
	"math/rand/v2"
)

// Oversample returns a set with as many rows of each class as the most frequent one has: the rows of
// s in their order, then copies of rows of the rarer classes, class by class. No row of a class is
// copied once more than another before each has been. Which rows get the last copies depends on the
// set and the seed alone. Rows with the label [Ignored] stay as they are; weights are copied.
//
// Balance the training set alone: copies of a row that is in the test set too would give it away. A
// regression has no classes, which is an error. [Set.Undersample] drops rows instead, and
// grad.BalancedWeights makes weights of classes, which costs no rows.
func (s *Set[T]) Oversample(seed uint64) (*Set[T], error) {
	rows, err := s.byClass("oversample", seed)
	if err != nil {
		return nil, err
	}
	most := 0
	for _, list := range rows {
		most = max(most, len(list))
	}
	order := make([]int, s.Rows)
	for i := range order {
		order[i] = i
	}
	for _, list := range rows {
		for k := len(list); k < most && len(list) > 0; k++ {
			order = append(order, list[k%len(list)])
		}
	}
	return s.Select(order), nil
}

// Undersample returns a set with as many rows of each class as the rarest one that is there has. Which
// rows are left out depends on the set and the seed alone; the others keep their order. Rows with the
// label [Ignored] stay. A regression has no classes, which is an error.
func (s *Set[T]) Undersample(seed uint64) (*Set[T], error) {
	rows, err := s.byClass("undersample", seed)
	if err != nil {
		return nil, err
	}
	least := s.Rows
	for _, list := range rows {
		if len(list) > 0 {
			least = min(least, len(list))
		}
	}
	drop := make([]bool, s.Rows)
	for _, list := range rows {
		for _, i := range list[min(least, len(list)):] {
			drop[i] = true
		}
	}
	return s.pick(drop, false), nil
}

// byClass returns the rows of each class in a random order.
func (s *Set[T]) byClass(use string, seed uint64) ([][]int, error) {
	if s.Regression() {
		return nil, fmt.Errorf("data: a regression has no classes to %s", use)
	}
	if err := s.Check(); err != nil {
		return nil, err
	}
	order := make([]int, s.Rows)
	shuffle(order, rand.New(rand.NewChaCha8(streamKey(use, seed, 0))))
	rows := make([][]int, s.Classes)
	for _, i := range order {
		if c := s.Y[i]; c != Ignored {
			rows[c] = append(rows[c], i)
		}
	}
	return rows, nil
}
