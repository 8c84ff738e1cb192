package data

import (
	"math"
	"slices"
)

// What AutoPipeline takes for classes and for levels.
const (
	autoClasses = 20  // the most classes of a column of whole numbers
	autoLevels  = 100 // the most levels of a category
	autoRows    = 20  // the fewest rows that tell numbers of rows
)

// AutoPipeline returns a plan for a table and one target column ("" for none), to be changed at will;
// its String tells what was decided. The plan
//
//   - drops texts, columns without any value, columns with the same value in every row, and
//     categories with more than 100 levels;
//   - drops the numbers of rows, if other columns are left: whole numbers that rise from row to row, in
//     20 rows or more, and are at least half of those from the first to the last, since a split takes
//     rows away;
//   - fills missing numbers with the median, with an indicator where training rows lack them, and
//     missing categories with the most frequent one;
//   - standardises numbers;
//   - turns categories into columns of 0 and 1, all 0 for unknown levels;
//   - takes a target of categories or texts, and one of whole numbers with at most 20 different values
//     that occur twice or more on average, for classes, and standardises any other.
//
// The decisions come from the rows of t. Where held-out rows are to have no say in these either, give
// it the training rows. A target that is not in the table is an error of [Pipeline.Fit].
func AutoPipeline(t *Table, target string) Pipeline {
	var p Pipeline
	if target != "" {
		p.Target.Columns = []string{target}
		if c := t.Column(target); c != nil && c.Kind == KindNumber {
			if p.Target.Classes = looksLikeClasses(c); !p.Target.Classes {
				p.Target.Scale = []Scaling{ScaleStandard}
			}
		}
	}
	drops := []Drop{{Reason: "no values"}, {Reason: "the same value in every row"}, {Reason: "texts"},
		{Reason: "more than 100 levels"}, {Reason: "row numbers"}}
	kinds := map[Kind]bool{}
	for _, c := range t.Columns() {
		if c.Name == target {
			continue
		}
		if k := unfit(c); k >= 0 {
			drops[k].Columns = append(drops[k].Columns, c.Name)
		} else {
			kinds[c.Kind] = true
		}
	}
	if rows := &drops[4]; len(kinds) == 0 && rows.Columns != nil {
		rows.Columns = nil // they are all there is
		kinds[KindNumber] = true
	}
	for _, d := range drops {
		if d.Columns != nil {
			p.Steps = append(p.Steps, d)
		}
	}
	numbers, categories := []string{AllNumbers}, []string{AllCategories}
	if kinds[KindNumber] {
		p.Steps = append(p.Steps, Impute{Columns: numbers, By: FillMedian, Indicator: true})
	}
	if kinds[KindCategory] {
		p.Steps = append(p.Steps, Impute{Columns: categories, By: FillMostFrequent})
	}
	if kinds[KindNumber] {
		p.Steps = append(p.Steps, Scale{Columns: numbers, By: ScaleStandard})
	}
	if kinds[KindCategory] {
		p.Steps = append(p.Steps, OneHot{Columns: categories, Unknown: UnknownZeros})
	}
	return p
}

// unfit returns the index of the reason why a column makes no feature, -1 if it makes one.
func unfit(c *Column) int {
	missing := c.MissingCount()
	switch {
	case missing == c.Len():
		return 0
	case missing == 0 && constant(c):
		return 1
	case c.Kind == KindText:
		return 2
	case c.Kind == KindCategory:
		if len(levelsOf(c)) > autoLevels {
			return 3
		}
	case missing == 0 && rowNumbers(c.Numbers):
		return 4
	}
	return -1
}

// rowNumbers reports whether numbers look like those of rows, some of which may be left out.
func rowNumbers(x []float64) bool {
	for i, v := range x {
		if v != math.Trunc(v) || i > 0 && !(v > x[i-1]) {
			return false
		}
	}
	n := len(x)
	return n >= autoRows && x[n-1]-x[0] < float64(2*n)
}

// constant reports whether all rows of a column without missing ones are the same.
func constant(c *Column) bool {
	same := true
	switch c.Kind {
	case KindNumber:
		for _, x := range c.Numbers {
			same = same && x == c.Numbers[0]
		}
	case KindCategory:
		same = len(levelsOf(c)) == 1
	default:
		for _, s := range c.Texts {
			same = same && s == c.Texts[0]
		}
	}
	return same
}

// looksLikeClasses reports whether numbers are few and whole.
func looksLikeClasses(c *Column) bool {
	x := present(c).X
	for _, v := range x {
		if v != math.Trunc(v) || math.IsInf(v, 0) {
			return false
		}
	}
	slices.Sort(x)
	different := len(slices.Compact(slices.Clone(x)))
	return different <= autoClasses && len(x) >= 2*different
}
