package data

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
)

// Split draws rows without replacement: first gets fraction*Rows of them, rounded to the nearest
// integer, and rest the others. Rows keep their order in both, and a category has only the levels
// that occur there. The choice depends on Rows, fraction and seed only, and is that of [Set.Split].
func (t *Table) Split(fraction float64, seed uint64) (first, rest *Table, err error) {
	taken, err := draw(t.Rows(), fraction, seed,
		func(n int) []int { return []int{n} },
		func(int) int { return 0 })
	return t.both(taken, err)
}

// SplitStratified is [Table.Split] with the values of a column in proportion: each value has the same
// share of the rows of first as of all rows, rounded down, or up for the values that lose most by
// rounding down. Rows without a value count as one more. It is an error if the column has so many
// values that on the average a value has less than two rows.
func (t *Table) SplitStratified(column string, fraction float64, seed uint64) (first, rest *Table,
	err error) {
	strata, err := t.strata(column)
	if err != nil {
		return nil, nil, err
	}
	taken, err := draw(t.rows, fraction, seed,
		func(n int) []int { return proportional(strata.sizes(), t.rows, n) },
		func(row int) int { return strata.of[row] })
	return t.both(taken, err)
}

// SplitGrouped is a split that keeps rows with the same value of a column together, such as those of
// one patient, who would else be known from training when the test comes. It takes the groups in a
// random order, and each into first that brings its rows nearer to fraction*Rows and leaves some for
// rest. Rows without a value are one group. The choice depends on the groups, fraction and seed only.
// It is an error if no group fits into first, or all rows are one group.
func (t *Table) SplitGrouped(column string, fraction float64, seed uint64) (first, rest *Table, err error) {
	groups, err := t.groups(column)
	if err != nil {
		return nil, nil, err
	}
	n, err := share(t.rows, fraction)
	if err != nil {
		return nil, nil, err
	}
	sizes := groups.sizes()
	order := make([]int, groups.count)
	shuffle(order, rand.New(rand.NewChaCha8(streamKey("groups", seed, 0))))
	chosen, have := make([]bool, groups.count), 0
	for _, k := range order {
		missing := n - have
		nearer := sizes[k] < 2*missing // abs(missing-size) < missing
		if nearer && (n == t.rows || have+sizes[k] < t.rows) {
			chosen[k] = true
			have += sizes[k]
		}
	}
	if have == 0 && n > 0 {
		return nil, nil, fmt.Errorf("data: none of the %d groups by %s fits into %d of %d rows",
			groups.count, quoted(column), n, t.rows)
	}
	taken := make([]bool, t.rows)
	for row, k := range groups.of {
		taken[row] = chosen[k]
	}
	return t.both(taken, nil)
}

// SplitSorted cuts the rows in the order of a column, such as one of dates: first gets the first
// fraction*Rows of them, rounded to the nearest integer, and rest the last, for which a forecast is
// tested. Rows keep the order of the column in both, and of the table where values are equal.
//
// Numbers come in their order. Texts and categories must be of one of three forms in all rows:
//
//   - dates such as 2024-05-01 or 1.5.2024, each alone or with a time such as 9:30, 09:30:00.5 or
//     T09:30Z, in the order of time; a date alone is its first moment;
//   - times such as 9:30 without a date;
//   - texts of one shape that begin with a year, such as 2024-05 or 2024-Q1, in the order of
//     sort.Strings.
//
// Any other text is an error, since its order would be one of letters and not of time: a year of two
// digits, the name of a month, and dates that may have the day or the month first, such as 1/5/2024.
// So is a row without a value, and times of which some have a zone and others none.
func (t *Table) SplitSorted(column string, fraction float64) (first, rest *Table, err error) {
	n, err := share(t.Rows(), fraction)
	if err != nil {
		return nil, nil, err
	}
	c, err := t.need(column)
	if err != nil {
		return nil, nil, err
	}
	for i := range t.rows {
		if c.IsMissing(i) {
			return nil, nil, fmt.Errorf("data: row %d has no %s to sort by, nor have %d others", i,
				quoted(column), c.MissingCount()-1)
		}
	}
	order := make([]int, t.rows)
	for i := range order {
		order[i] = i
	}
	if c.Kind == KindNumber {
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(c.Numbers[a], c.Numbers[b]) })
	} else {
		compare, err := timeOrder(c)
		if err != nil {
			return nil, nil, err
		}
		slices.SortStableFunc(order, compare)
	}
	return t.Select(order[:n]), t.Select(order[n:]), nil
}

// Fold is one of the parts of a cross-validation: the rows to test on, and the others, in the order of
// the table. [Table.Select] takes them.
type Fold struct {
	Train, Test []int
}

// Folds deals the rows into k folds in a random order, so that each row is in Test of one fold and in
// Train of the others. Sizes differ by at most 1. It is an error if k is below 2 or above Rows. The
// folds depend on Rows, k and seed only.
func (t *Table) Folds(k int, seed uint64) ([]Fold, error) {
	return t.folds(k, seed, func(int) int { return 0 })
}

// FoldsStratified is [Table.Folds] with the values of a column in proportion: the rows of a value in
// two folds differ by at most 1, and so do all their rows. Rows without a value count as one more. It
// is an error if on the average a value has less than two rows.
func (t *Table) FoldsStratified(column string, k int, seed uint64) ([]Fold, error) {
	strata, err := t.strata(column)
	if err != nil {
		return nil, err
	}
	return t.folds(k, seed, func(row int) int { return strata.of[row] })
}

// FoldsGrouped is [Table.Folds] with the rows that have the same value of a column in one fold. Each
// group, the largest first and equal ones in a random order, goes to the fold with the fewest rows.
// Rows without a value are one group. It is an error if there are fewer groups than folds.
func (t *Table) FoldsGrouped(column string, k int, seed uint64) ([]Fold, error) {
	groups, err := t.groups(column)
	if err != nil {
		return nil, err
	}
	if k < 2 || k > groups.count {
		return nil, fmt.Errorf("data: there are to be %d folds, want 2 to %d, the number of groups by %s", k,
			groups.count, quoted(column))
	}
	sizes := groups.sizes()
	order := make([]int, groups.count)
	shuffle(order, rand.New(rand.NewChaCha8(streamKey("folds", seed, 0))))
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(sizes[b], sizes[a]) })
	fold, rows := make([]int, groups.count), make([]int, k)
	for _, g := range order {
		fewest := slices.Index(rows, slices.Min(rows))
		fold[g] = fewest
		rows[fewest] += sizes[g]
	}
	return foldsBy(t.rows, k, func(row int) int { return fold[groups.of[row]] }), nil
}

// folds deals the rows of one stratum after the other, each in a random order, to the folds in turn.
func (t *Table) folds(k int, seed uint64, stratum func(row int) int) ([]Fold, error) {
	return dealFolds(t.Rows(), k, seed, stratum)
}

func dealFolds(rows, k int, seed uint64, stratum func(row int) int) ([]Fold, error) {
	if k < 2 || k > rows {
		return nil, fmt.Errorf("data: there are to be %d folds, want 2 to %d, the number of rows", k, rows)
	}
	order := make([]int, rows)
	shuffle(order, rand.New(rand.NewChaCha8(streamKey("folds", seed, 0))))
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(stratum(a), stratum(b)) })
	fold := make([]int, rows)
	for i, row := range order {
		fold[row] = i % k
	}
	return foldsBy(rows, k, func(row int) int { return fold[row] }), nil
}

// foldsBy returns k folds, of which of tells the one that tests a row.
func foldsBy(rows, k int, of func(row int) int) []Fold {
	folds := make([]Fold, k)
	for row := range rows {
		for i := range folds {
			if f := &folds[i]; of(row) == i {
				f.Test = append(f.Test, row)
			} else {
				f.Train = append(f.Train, row)
			}
		}
	}
	return folds
}

// both returns the rows that are taken, and the others.
func (t *Table) both(taken []bool, err error) (first, rest *Table, _ error) {
	if err != nil {
		return nil, nil, err
	}
	var a, b []int
	for row, is := range taken {
		if is {
			a = append(a, row)
		} else {
			b = append(b, row)
		}
	}
	return t.Select(a), t.Select(b), nil
}

// partition puts rows with the same value of a column into one part. Parts are in the order of the
// values; that of the missing ones, if there are any, is the last.
type partition struct {
	of    []int // the part of each row
	count int
}

// sizes returns the number of rows of each part.
func (p partition) sizes() []int {
	sizes := make([]int, p.count)
	for _, k := range p.of {
		sizes[k]++
	}
	return sizes
}

// groups returns the partition by a column.
func (t *Table) groups(column string) (p partition, err error) {
	c, err := t.need(column)
	if err != nil {
		return p, err
	}
	switch c.Kind {
	case KindNumber:
		return partitionOf(c.Numbers, math.IsNaN), nil
	case KindCategory:
		return partitionOf(c.Codes, func(code int) bool { return code == Missing }), nil
	}
	return partitionOf(c.Texts, func(s string) bool { return s == "" }), nil
}

// partitionOf returns the partition by a list of values.
func partitionOf[E cmp.Ordered](list []E, missing func(E) bool) partition {
	part := map[E]int{}
	none := false
	for _, v := range list {
		if missing(v) {
			none = true
		} else {
			part[v] = 0
		}
	}
	for k, v := range slices.Sorted(maps.Keys(part)) {
		part[v] = k
	}
	p := partition{of: make([]int, len(list)), count: len(part)}
	for i, v := range list {
		p.of[i] = len(part)
		if !missing(v) {
			p.of[i] = part[v]
		}
	}
	if none {
		p.count++
	}
	return p
}

// strata returns the partition by a column with few values.
func (t *Table) strata(column string) (partition, error) {
	p, err := t.groups(column)
	if err == nil && p.count > max(1, t.rows/2) {
		err = fmt.Errorf("data: column %s has %d different values in %d rows, want classes: at most one "+
			"for two rows", quoted(column), p.count, t.rows)
	}
	return p, err
}
