package data

import (
	"cmp"
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
	taken, err := draw(s.Rows, fraction, seed, quotas, stratum)
	if err != nil {
		return nil, nil, err
	}
	return s.pick(taken, true), s.pick(taken, false), nil
}

// draw tells which of the rows are taken: in a random order each whose stratum has not filled its
// quota.
func draw(rows int, fraction float64, seed uint64, quotas func(n int) []int,
	stratum func(row int) int) (taken []bool, err error) {
	n, err := share(rows, fraction)
	if err != nil {
		return nil, err
	}
	quota := quotas(n)
	order := make([]int, rows)
	shuffle(order, rand.New(rand.NewChaCha8(streamKey("split", seed, 0))))
	taken = make([]bool, rows)
	for _, row := range order {
		if k := stratum(row); quota[k] > 0 {
			quota[k]--
			taken[row] = true
		}
	}
	return taken, nil
}

// share returns the number of rows of a fraction, rounded to the nearest.
func share(rows int, fraction float64) (int, error) {
	if !(fraction >= 0 && fraction <= 1) {
		return 0, fmt.Errorf("data: the fraction of a split is %v, want 0 to 1", fraction)
	}
	return int(math.Round(fraction * float64(rows))), nil
}

// stratum is the class of a row, or the one behind the last for an ignored row.
func (s *Set[T]) stratum(row int) int {
	if s.Y[row] == Ignored {
		return s.Classes
	}
	return s.Y[row]
}

// quotas shares n rows among the strata in proportion to their sizes.
func (s *Set[T]) quotas(n int) []int {
	size := make([]int, s.Classes+1)
	for i := range s.Y {
		size[s.stratum(i)]++
	}
	return proportional(size, s.Rows, n)
}

// proportional shares n of the rows in proportion to the sizes of their strata, which it overwrites,
// by the method of the largest remainder. Of equal remainders that of the lower stratum comes first.
func proportional(quota []int, rows, n int) []int {
	if rows == 0 {
		return quota
	}
	order := make([]int, len(quota))
	remainder := make([]uint64, len(quota))
	left := n
	for k, size := range quota {
		hi, lo := bits.Mul64(uint64(size), uint64(n))
		whole, rem := bits.Div64(hi, lo, uint64(rows))
		order[k], remainder[k], quota[k] = k, rem, int(whole)
		left -= int(whole)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(remainder[b], remainder[a]) })
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
