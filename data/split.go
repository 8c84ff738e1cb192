package data

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// Split draws rows without replacement: first gets fraction*Rows of them, rounded to
// the nearest integer, and rest the others. Rows keep their order in both, and the
// two share no memory with s. The choice depends on Rows, fraction and seed only.
func (s *Set[T]) Split(fraction float64, seed uint64) (first, rest *Set[T], err error) {
	return s.split(fraction, seed, func(n int) []int { return []int{n} }, func(int) int { return 0 })
}

// SplitStratified is [Set.Split] with the classes in proportion: each class has the same
// share of the rows of first as of the rows of s, rounded down, or up for the classes that
// lose most by rounding down. The rows whose label is [Ignored] count as one more class.
func (s *Set[T]) SplitStratified(fraction float64, seed uint64) (first, rest *Set[T], err error) {
	if s.Regression() {
		return nil, nil, fmt.Errorf("data: a regression has no classes to split by")
	}
	return s.split(fraction, seed, s.quotas, s.stratum)
}

// split goes through the rows in a random order and takes each whose stratum has not
// filled its quota. quotas returns the quota of each stratum for n rows in all.
func (s *Set[T]) split(fraction float64, seed uint64, quotas func(n int) []int,
	stratum func(row int) int) (first, rest *Set[T], err error) {
	if err := s.Check(); err != nil {
		return nil, nil, err
	}
	if !(fraction >= 0 && fraction <= 1) {
		return nil, nil, fmt.Errorf("data: the fraction of a split is %v, want 0 to 1", fraction)
	}
	quota := quotas(int(math.Round(fraction * float64(s.Rows))))
	order := make([]int, s.Rows)
	shuffle(order, rand.New(rand.NewChaCha8(streamKey("split", seed, 0))))
	taken := make([]bool, s.Rows)
	for _, row := range order {
		if k := stratum(row); quota[k] > 0 {
			quota[k]--
			taken[row] = true
		}
	}
	return s.pick(taken, true), s.pick(taken, false), nil
}

// stratum is the class of a row, or the one behind the last for an ignored row.
func (s *Set[T]) stratum(row int) int {
	if s.Y[row] == Ignored {
		return s.Classes
	}
	return s.Y[row]
}

// quotas shares n rows among the strata in proportion to their sizes, by the method of
// the largest remainder. Of equal remainders that of the lower stratum comes first.
func (s *Set[T]) quotas(n int) []int {
	strata := s.Classes + 1
	quota := make([]int, strata)
	for i := range s.Y {
		quota[s.stratum(i)]++
	}
	if s.Rows == 0 {
		return quota
	}
	order := make([]int, strata)
	remainder := make([]uint64, strata)
	left := n
	for k, size := range quota {
		hi, lo := bits.Mul64(uint64(size), uint64(n))
		whole, rem := bits.Div64(hi, lo, uint64(s.Rows))
		order[k], remainder[k], quota[k] = k, rem, int(whole)
		left -= int(whole)
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case remainder[a] > remainder[b]:
			return -1
		case remainder[a] < remainder[b]:
			return 1
		}
		return 0
	})
	for _, k := range order[:left] {
		quota[k]++
	}
	return quota
}

// pick returns a copy of the rows for which taken is want.
func (s *Set[T]) pick(taken []bool, want bool) *Set[T] {
	n := 0
	for _, is := range taken {
		if is == want {
			n++
		}
	}
	p := &Set[T]{X: make([]T, 0, n*s.Features), Rows: n, Features: s.Features, Classes: s.Classes,
		Outputs: s.Outputs}
	if s.Regression() {
		p.Values = make([]T, 0, n*s.Outputs)
	} else {
		p.Y = make([]int, 0, n)
	}
	for i, is := range taken {
		if is != want {
			continue
		}
		p.X = append(p.X, s.Row(i)...)
		if s.Regression() {
			p.Values = append(p.Values, s.Target(i)...)
		} else {
			p.Y = append(p.Y, s.Y[i])
		}
		if s.Weights != nil {
			p.Weights = append(p.Weights, s.Weights[i])
		}
	}
	return p
}

// shuffle sets order to a random permutation of its indices, by Fisher and Yates. It
// starts from the identity, so that the result does not depend on the earlier order.
func shuffle(order []int, r *rand.Rand) {
	for i := range order {
		order[i] = i
	}
	for i := len(order) - 1; i > 0; i-- {
		j := r.IntN(i + 1)
		order[i], order[j] = order[j], order[i]
	}
}

// streamKey is the ChaCha8 key of one stream of random numbers. A cipher's streams
// are unrelated however near their keys, unlike those of a small generator seeded
// with consecutive epochs. use keeps splits and batches apart under one seed.
func streamKey(use string, seed, epoch uint64) (key [32]byte) {
	binary.LittleEndian.PutUint64(key[0:], seed)
	binary.LittleEndian.PutUint64(key[8:], epoch)
	copy(key[16:], use)
	return key
}
