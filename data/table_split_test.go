package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// numberedTable returns a table of n rows: their number, a class that is 0 in the first third, a
// category and a text of five values with missing cells, and a key that each row has alone.
func numberedTable(t *testing.T, n int) *Table {
	t.Helper()
	number, class := make([]float64, n), make([]float64, n)
	city, person, key := make([]string, n), make([]string, n), make([]string, n)
	for i := range n {
		number[i], class[i], key[i] = float64(i), float64(min(1, 3*i/n)), fmt.Sprint("k", i)
		if i%7 > 0 {
			city[i], person[i] = fmt.Sprint("c", i*i%5), fmt.Sprint("p", i*i%11)
		}
	}
	class[n-1] = math.NaN()
	table, err := NewTable(NumberColumn("number", number), NumberColumn("class", class), CategoryColumn("city", city),
		TextColumn("person", person), TextColumn("key", key))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// numbersOf returns the rows of a numbered table that are in p.
func numbersOf(p *Table) []int {
	var rows []int
	for _, x := range p.Column("number").Numbers {
		rows = append(rows, int(x))
	}
	return rows
}

// checkSplit checks that two tables share the n rows, in their order.
func checkSplit(t *testing.T, name string, n int, first, rest *Table, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	a, b := numbersOf(first), numbersOf(rest)
	if !slices.IsSorted(a) || !slices.IsSorted(b) {
		t.Errorf("%s: the rows changed their order: %v, %v", name, a, b)
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	for i := range n {
		if len(all) != n || all[i] != i {
			t.Errorf("%s: the parts have rows %v and %v of %d", name, a, b, n)
			return
		}
	}
}

func TestTableSplit(t *testing.T) {
	const n = 91
	table := numberedTable(t, n)
	set := &Set[float64]{X: table.Column("number").Numbers, Y: make([]int, n), Rows: n, Features: 1, Classes: 1}
	for _, fraction := range []float64{0, 0.3, 0.8, 1} {
		for seed := range uint64(3) {
			first, rest, err := table.Split(fraction, seed)
			checkSplit(t, fmt.Sprint("split ", fraction), n, first, rest, err)
			s, _, err := set.Split(fraction, seed)
			if err != nil || !slices.Equal(s.X, first.Column("number").Numbers) {
				t.Errorf("split %v, seed %d: a set has other rows: %v", fraction, seed, err)
			}
		}
	}
	a, _, _ := table.Split(0.5, 1)
	b, _, _ := table.Split(0.5, 2)
	if shown(a) == shown(b) {
		t.Error("two seeds give the same split")
	}
}

// countOf returns how many rows have each text of a column.
func countOf(c *Column) map[string]int {
	count := map[string]int{}
	for i := range c.Len() {
		count[c.Text(i)]++
	}
	return count
}

func TestTableSplitStratified(t *testing.T) {
	const n, fraction = 210, 0.7
	table := numberedTable(t, n)
	for _, column := range []string{"class", "city", "person"} {
		all := countOf(table.Column(column))
		for seed := range uint64(3) {
			first, rest, err := table.SplitStratified(column, fraction, seed)
			checkSplit(t, column, n, first, rest, err)
			if first.Rows() != 147 {
				t.Errorf("%s: %d rows, want 147", column, first.Rows())
			}
			for value, count := range countOf(first.Column(column)) {
				if want := fraction * float64(all[value]); math.Abs(float64(count)-want) >= 1 {
					t.Errorf("%s %q: %d rows, want about %v", column, value, count, want)
				}
			}
		}
	}
	got, _, err := table.SplitStratified("key", 0.5, 1)
	refused(t, "keys", got, err, `data: column "key" has 210 different values in 210 rows, want classes: at most one `+
		"for two rows")
	// The classes of a set are drawn alike.
	set := &Set[float64]{X: table.Column("number").Numbers, Rows: n, Features: 1, Classes: 2}
	for _, y := range table.Column("class").Numbers {
		label := Ignored
		if !math.IsNaN(y) {
			label = int(y)
		}
		set.Y = append(set.Y, label)
	}
	a, _, _ := table.SplitStratified("class", fraction, 5)
	b, _, err := set.SplitStratified(fraction, 5)
	if err != nil || !slices.Equal(a.Column("number").Numbers, b.X) {
		t.Errorf("a set has other rows: %v", err)
	}
}

func TestTableSplitGrouped(t *testing.T) {
	const n = 210
	table := numberedTable(t, n)
	for _, column := range []string{"city", "person", "key", "number"} {
		largest := 0
		for _, count := range countOf(table.Column(column)) {
			largest = max(largest, count)
		}
		for seed := range uint64(5) {
			first, rest, err := table.SplitGrouped(column, 0.6, seed)
			checkSplit(t, column, n, first, rest, err)
			other := countOf(rest.Column(column))
			for value := range countOf(first.Column(column)) {
				if other[value] > 0 {
					t.Errorf("%s: both parts have %q", column, value)
				}
			}
			if d := first.Rows() - n*6/10; d > largest/2 || d < -largest {
				t.Errorf("%s: %d rows, want about %d", column, first.Rows(), n*6/10)
			}
		}
	}
	for _, fraction := range []float64{0, 1} {
		first, rest, err := table.SplitGrouped("city", fraction, 1)
		checkSplit(t, "all or none", n, first, rest, err)
		if first.Rows() != int(fraction)*n {
			t.Errorf("fraction %v: %d rows", fraction, first.Rows())
		}
	}
	// One group of 9 rows and one of 1: rest gets one of the two, whatever the order.
	few, _ := NewTable(TextColumn("g", append(slices.Repeat([]string{"a"}, 9), "b")))
	for seed := range uint64(8) {
		first, rest, err := few.SplitGrouped("g", 0.8, seed)
		if err != nil || first.Rows() == 0 || rest.Rows() == 0 {
			t.Errorf("seed %d: %d and %d rows, %v", seed, first.Rows(), rest.Rows(), err)
		}
	}
	one, _ := NewTable(TextColumn("g", []string{"a", "a", "a", "a"}))
	got, _, err := one.SplitGrouped("g", 0.5, 1)
	refused(t, "one group", got, err, `data: none of the 1 groups by "g" fits into 2 of 4 rows`)
}

func TestTableSplitSorted(t *testing.T) {
	for _, c := range []struct {
		name        string
		column      *Column
		first, rest string
	}{
		{"numbers", NumberColumn("d", []float64{3, -1, 10, 2, 2}), "-1 2 2", "3 10"},
		{"months", TextColumn("d", []string{"2024-05", "2023-12", "2024-10", "2024-01", "2023-01"}),
			"2023-01 2023-12 2024-01", "2024-05 2024-10"},
		{"quarters", CategoryColumn("d", []string{"2024-Q3", "2023-Q1", "2024-Q3", "2024-Q1", "2023-Q4"}),
			"2023-Q1 2023-Q4 2024-Q1", "2024-Q3 2024-Q3"},
		{"hours", TextColumn("d", []string{"2024-1-10 10:00", "2024-1-10 9:00", "2024-1-10 9:00:00.25",
			"2024-1-10T08:59:59", "2024-1-9 23:00"}), "2024-1-9 23:00 2024-1-10T08:59:59 2024-1-10 9:00",
			"2024-1-10 9:00:00.25 2024-1-10 10:00"},
		{"zones", TextColumn("d", []string{"2024-01-10T10:00Z", "2024-01-10T10:30:00+02:00", "2024-01-10",
			"2024-01-10T10:00:00+0500", "2024-01-10T04:00-05:00"}),
			"2024-01-10 2024-01-10T10:00:00+0500 2024-01-10T10:30:00+02:00",
			"2024-01-10T04:00-05:00 2024-01-10T10:00Z"},
		{"times alone", TextColumn("d", []string{"10:00", "9:00", "9:30", "23:59", "0:00"}), "0:00 9:00 9:30",
			"10:00 23:59"},
		{"dates", TextColumn("d", []string{"2024-10-01", "2024-9-30", "2023-12-31", "2024-09-05", "2025-01-01"}),
			"2023-12-31 2024-09-05 2024-9-30", "2024-10-01 2025-01-01"},
		{"dates from the day", TextColumn("d", []string{"1.10.2024", "30.9.2024", "31.12.2023", "05.09.2024",
			"1.1.2025"}),
			"31.12.2023 05.09.2024 30.9.2024", "1.10.2024 1.1.2025"},
		{"times", TextColumn("d", []string{"1.10.2024 10:00", "1.10.2024 09:30", "2.10.2024 08:00", "1.10.2024",
			"3.1.2025"}),
			"1.10.2024 1.10.2024 09:30 1.10.2024 10:00", "2.10.2024 08:00 3.1.2025"},
	} {
		table, err := NewTable(c.column, NumberColumn("number", []float64{0, 1, 2, 3, 4}))
		if err != nil {
			t.Fatal(err)
		}
		first, rest, err := table.SplitSorted("d", 0.6)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		texts := func(p *Table) string {
			var list []string
			for i := range p.Rows() {
				list = append(list, p.Column("d").Text(i))
			}
			return strings.Join(list, " ")
		}
		if texts(first) != c.first || texts(rest) != c.rest {
			t.Errorf("%s: %s | %s, want %s | %s", c.name, texts(first), texts(rest), c.first, c.rest)
		}
	}
	table := numberedTable(t, 20)
	first, rest, err := table.SplitSorted("number", 0.5)
	checkSplit(t, "sorted", 20, first, rest, err)
	got, _, err := table.SplitSorted("city", 0.5)
	refused(t, "missing", got, err, `data: row 0 has no "city" to sort by, nor have 2 others`)
	got, _, err = table.SplitSorted("town", 0.5)
	refused(t, "no column", got, err,
		`data: the table has no column "town", it has "number", "class", "city", "person", "key"`)
	for _, c := range []struct {
		texts []string
		want  string
	}{
		{[]string{"2024-05-01", "1/5/2024"}, `row 1: the text "1/5/2024" of column "d" may begin with the day or the month`},
		{[]string{"31.01.24", "01.02.24"}, `row 0: the text "31.01.24" of column "d" is no full date`},
		{[]string{"5/1/24", "12/1/23"}, `row 0: the text "5/1/24" of column "d" is no full date`},
		{[]string{"Jan 2024", "Feb 2024"}, `row 0: the text "Jan 2024" of column "d" is no full date`},
		{[]string{"31.01.2024", "1.2.2024", "n/k"}, `row 2: the text "n/k" of column "d" is no full date`},
		{[]string{"2024-13-01", "2024-12-01"}, `row 0: the text "2024-13-01" of column "d" is no day of the calendar`},
		{[]string{"2023-02-29", "2024-12-01"}, `row 0: the text "2023-02-29" of column "d" is no day of the calendar`},
		{[]string{"2024-01-01 9 pm", "2024-12-01"},
			`row 0: the text "2024-01-01 9 pm" of column "d" has no time such as 9:30 behind its date`},
		{[]string{"2024-01-01 25:00", "2024-12-01"},
			`row 0: the text "2024-01-01 25:00" of column "d" has no time such as 9:30 behind its date`},
		{[]string{"2024-01-01", "9:30"},
			`row 1: the text "9:30" of column "d" is a date or a time alone, other than "2024-01-01" in row 0`},
		{[]string{"2024-01-01", "2024-01-01T10:00Z", "2024-01-01T10:00"}, `row 2: the text "2024-01-01T10:00" of ` +
			`column "d" has a time with a zone where others have none, or the other way round`},
		{[]string{"2024-05", "2024-5"}, `row 1: the text "2024-5" of column "d" has not the shape of "2024-05" in row 0`},
		{[]string{"2024-05", "2024-05-01"},
			`row 1: the text "2024-05-01" of column "d" has not the shape of "2024-05" in row 0`},
		{[]string{"b", "a"}, `row 0: the text "b" of column "d" is no full date`},
	} {
		got, _, err = tableOf(t, TextColumn("d", c.texts)).SplitSorted("d", 0.5)
		refused(t, strings.Join(c.texts, ", "), got, err, "data: "+c.want+", want dates such as 2024-05-01 to sort by")
	}
}

// checkFolds checks that each row is in Test of one fold and in Train of the others.
func checkFolds(t *testing.T, name string, n, k int, folds []Fold, err error) {
	t.Helper()
	if err != nil || len(folds) != k {
		t.Errorf("%s: %d folds, %v", name, len(folds), err)
		return
	}
	tested := make([]int, n)
	for _, f := range folds {
		for _, row := range f.Test {
			tested[row]++
		}
		all := slices.Concat(f.Train, f.Test)
		slices.Sort(all)
		if !slices.IsSorted(f.Train) || !slices.IsSorted(f.Test) || len(all) != n || len(slices.Compact(all)) != n {
			t.Errorf("%s: train %v, test %v", name, f.Train, f.Test)
		}
	}
	if slices.Min(tested) != 1 || slices.Max(tested) != 1 {
		t.Errorf("%s: the rows are tested %v times", name, tested)
	}
}

func TestFolds(t *testing.T) {
	const n = 103
	table := numberedTable(t, n)
	for _, k := range []int{2, 5, 10, n} {
		for seed := range uint64(3) {
			folds, err := table.Folds(k, seed)
			checkFolds(t, fmt.Sprint(k, " folds"), n, k, folds, err)
			for _, f := range folds {
				if d := len(f.Test) - n/k; d != 0 && d != 1 {
					t.Errorf("%d folds: one has %d rows", k, len(f.Test))
				}
			}
		}
	}
	for _, column := range []string{"class", "city", "person"} {
		all := countOf(table.Column(column))
		folds, err := table.FoldsStratified(column, 4, 7)
		checkFolds(t, column, n, 4, folds, err)
		for _, f := range folds {
			if d := len(f.Test) - n/4; d != 0 && d != 1 {
				t.Errorf("%s: a fold has %d rows", column, len(f.Test))
			}
			count := countOf(table.Select(f.Test).Column(column))
			for value, rows := range all {
				if d := count[value] - rows/4; d != 0 && d != 1 {
					t.Errorf("%s %q: %d rows of %d in a fold", column, value, count[value], rows)
				}
			}
		}
	}
	for _, column := range []string{"city", "person", "key"} {
		folds, err := table.FoldsGrouped(column, 4, 7)
		checkFolds(t, column, n, 4, folds, err)
		for _, f := range folds {
			train := countOf(table.Select(f.Train).Column(column))
			for value := range countOf(table.Select(f.Test).Column(column)) {
				if train[value] > 0 {
					t.Errorf("%s: %q is in both parts of a fold", column, value)
				}
			}
		}
	}
	a, _ := table.Folds(5, 1)
	b, _ := table.Folds(5, 2)
	if slices.Equal(a[0].Test, b[0].Test) {
		t.Error("two seeds give the same folds")
	}
}

// TestSplitsStay holds what seeds gave when the splits were written: they must not change, since
// results are compared with those of other days and machines.
func TestSplitsStay(t *testing.T) {
	table := numberedTable(t, 20)
	numbers := func(first, _ *Table, err error) []int {
		if err != nil {
			t.Fatal(err)
		}
		return numbersOf(first)
	}
	tests := func(folds []Fold, err error) (list [][]int) {
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range folds {
			list = append(list, f.Test)
		}
		return list
	}
	for _, c := range []struct{ got, want string }{
		{fmt.Sprint(numbers(table.Split(0.3, 1))), "[1 2 5 12 14 19]"},
		{fmt.Sprint(numbers(table.SplitStratified("class", 0.3, 1))), "[1 5 11 12 14 15]"},
		{fmt.Sprint(numbers(table.SplitGrouped("person", 0.3, 1))), "[2 3 8 9 11 13 19]"},
		{fmt.Sprint(tests(table.Folds(3, 1))), "[[0 1 3 7 11 14 15] [2 4 5 6 9 18 19] [8 10 12 13 16 17]]"},
		{fmt.Sprint(tests(table.FoldsStratified("city", 3, 1))),
			"[[2 3 4 6 14 15 19] [5 7 11 12 16 17 18] [0 1 8 9 10 13]]"},
		{fmt.Sprint(tests(table.FoldsGrouped("person", 3, 1))),
			"[[0 5 6 7 14 16 17] [3 4 8 11 15 18 19] [1 2 9 10 12 13]]"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}

func TestTableSplitsDamaged(t *testing.T) {
	table := numberedTable(t, 20)
	nan := math.NaN()
	for _, fraction := range []float64{-0.1, 1.1, nan} {
		want := fmt.Sprintf("data: the fraction of a split is %v, want 0 to 1", fraction)
		got, _, err := table.Split(fraction, 1)
		refused(t, "split", got, err, want)
		got, _, err = table.SplitStratified("class", fraction, 1)
		refused(t, "stratified", got, err, want)
		got, _, err = table.SplitGrouped("class", fraction, 1)
		refused(t, "grouped", got, err, want)
		got, _, err = table.SplitSorted("class", fraction)
		refused(t, "sorted", got, err, want)
	}
	const none = `data: the table has no column "x", it has "number", "class", "city", "person", "key"`
	got, _, err := table.SplitStratified("x", 0.5, 1)
	refused(t, "stratified", got, err, none)
	got, _, err = table.SplitGrouped("x", 0.5, 1)
	refused(t, "grouped", got, err, none)
	for _, c := range []struct {
		folds func() ([]Fold, error)
		want  string
	}{
		{func() ([]Fold, error) { return table.Folds(1, 1) },
			"data: there are to be 1 folds, want 2 to 20, the number of rows"},
		{func() ([]Fold, error) { return table.Folds(21, 1) },
			"data: there are to be 21 folds, want 2 to 20, the number of rows"},
		{func() ([]Fold, error) { return table.FoldsStratified("class", -1, 1) },
			"data: there are to be -1 folds, want 2 to 20, the number of rows"},
		{func() ([]Fold, error) { return table.FoldsGrouped("city", 7, 1) },
			`data: there are to be 7 folds, want 2 to 4, the number of groups by "city"`},
		{func() ([]Fold, error) { return table.FoldsGrouped("x", 2, 1) }, none},
		{func() ([]Fold, error) { return table.FoldsStratified("x", 2, 1) }, none},
	} {
		if folds, err := c.folds(); folds != nil || err == nil || err.Error() != c.want {
			t.Errorf("%d folds, %v, want %s", len(folds), err, c.want)
		}
	}
}

// TestTableSplitSortedTies: rows of equal numbers, texts and times keep the order of the table, however many they are.
func TestTableSplitSortedTies(t *testing.T) {
	const rows = 180
	for name, texts := range map[string][3]string{ // in their order
		"numbers":    {"1.5", "2", "10"},
		"categories": {"2023-Q4", "2024-Q1", "2024-Q2"},
		"shapes":     {"2023-12", "2024-01", "2024-02"},
		"dates":      {"31.12.2023", "1.1.2024", "01.02.2024"},
		"times":      {"9:30", "09:45", "10:00"},
		"zones":      {"2024-01-10T11:00+02:00", "2024-01-10T10:00Z", "2024-01-10T10:00-01:00"},
	} {
		cells, order := make([]string, rows), []int{}
		for value, text := range texts {
			for row := range rows {
				if row*row%7%3 == value {
					order, cells[row] = append(order, row), text
				}
			}
		}
		column := TextColumn("d", cells)
		switch name {
		case "numbers":
			column = readText(t, "d\n"+strings.Join(cells, "\n")).Column("d")
		case "categories":
			column = CategoryColumn("d", cells)
		}
		table := tableOf(t, column, numberedTable(t, rows).Column("number"))
		first, rest, err := table.SplitSorted("d", 0.6)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := slices.Concat(numbersOf(first), numbersOf(rest)); !slices.Equal(got, order) {
			t.Errorf("%s: %v, want %v", name, got, order)
		}
	}
}

// TestSplitStratifiedTies: of many strata that lose the same by rounding down, the first ones are rounded up.
func TestSplitStratifiedTies(t *testing.T) {
	const classes = 90
	set := &Set[float64]{Features: 1, Classes: classes}
	want, odd := make([]int, classes), 0
	for k := range classes {
		each := 2 + k*k%7%3 // rows, of which the half is whole or not
		odd += each % 2
		want[k] = each / 2
		set.Y = append(set.Y, slices.Repeat([]int{k}, each)...)
	}
	class := NumberColumn("class", nil)
	for row, k := range set.Y {
		set.Rows, set.X, class.Numbers = row+1, append(set.X, float64(row)), append(class.Numbers, float64(k))
	}
	up := (odd + 1) / 2
	for k, rows := range set.Survey(0).Counts {
		if rows%2 == 1 && up > 0 {
			up--
			want[k]++
		}
	}
	first, _, err := set.SplitStratified(0.5, 3)
	if err != nil {
		t.Fatal(err)
	}
	if got := first.Survey(0).Counts; !slices.Equal(got, want) {
		t.Errorf("the classes have %v rows of a set, want %v", got, want)
	}
	table, _, err := tableOf(t, NumberColumn("number", set.X), class).SplitStratified("class", 0.5, 3)
	if err != nil {
		t.Fatal(err)
	}
	if got := table.Column("number").Numbers; !slices.Equal(got, first.X) {
		t.Errorf("rows %v of a table, want %v as of a set", got, first.X)
	}
}

// drawn returns n rows or groups in the order in which folds draw them.
func drawn(n int, seed uint64) []int {
	order := make([]int, n)
	shuffle(order, rand.New(rand.NewChaCha8(streamKey("folds", seed, 0))))
	return order
}

// TestFoldsTies: the rows of a value, and groups of one size, are dealt in the order in which they were drawn,
// however many they are.
func TestFoldsTies(t *testing.T) {
	const n, groups, k, seed = 140, 70, 7, 5
	size := func(g int) int { return 1 + 2*(g*3%10/5) } // half of the groups have 1 row, and half 3
	value, group := NumberColumn("value", nil), NumberColumn("group", nil)
	for g := range groups {
		group.Numbers = append(group.Numbers, slices.Repeat([]float64{float64(g)}, size(g))...)
	}
	for row := range n {
		value.Numbers = append(value.Numbers, float64(row*row%7%3))
	}
	table := tableOf(t, value, group, numberedTable(t, n).Column("number"))
	byValue, byGroup, at := make([]int, n), make([]int, groups), 0 // the fold of each
	for v := range 3 {
		for _, row := range drawn(n, seed) {
			if int(value.Numbers[row]) == v {
				byValue[row] = at % k
				at++
			}
		}
	}
	at = 0
	for _, rows := range []int{3, 1} {
		for _, g := range drawn(groups, seed) {
			if size(g) == rows {
				byGroup[g] = at % k
				at++
			}
		}
	}
	stratified, err := table.FoldsStratified("value", k, seed)
	checkFolds(t, "stratified", n, k, stratified, err)
	grouped, err := table.FoldsGrouped("group", k, seed)
	checkFolds(t, "grouped", n, k, grouped, err)
	for i := range k {
		for _, row := range stratified[i].Test {
			if byValue[row] != i {
				t.Errorf("row %d is in fold %d by value, want %d", row, i, byValue[row])
			}
		}
		for _, row := range grouped[i].Test {
			if g := int(group.Numbers[row]); byGroup[g] != i {
				t.Errorf("group %d is in fold %d, want %d", g, i, byGroup[g])
			}
		}
	}
}

// TestTableSplitGroupedNearer: a group goes into first only if it brings the rows nearer to the fraction. One that
// overshoots by as many as were missing does not.
func TestTableSplitGroupedNearer(t *testing.T) {
	for _, c := range []struct {
		groups, each int // of equal size, so that their order does not matter
		fraction     float64
		want         int // rows of first; 0 for an error
	}{
		{2, 4, 0.25, 0}, {2, 4, 0.375, 4}, {2, 4, 0.5, 4}, {4, 4, 0.125, 0}, {4, 4, 0.3125, 4}, {4, 4, 0.375, 4},
		{4, 4, 0.4375, 8}, {4, 4, 0.625, 8}, {4, 4, 0.6875, 12}, {8, 2, 0.0625, 0}, {8, 2, 0.125, 2}, {8, 2, 0.1875, 2},
	} {
		var groups []string
		for row := range c.groups * c.each {
			groups = append(groups, fmt.Sprint("g", row%c.groups))
		}
		table := tableOf(t, TextColumn("g", groups))
		for seed := range uint64(4) {
			first, rest, err := table.SplitGrouped("g", c.fraction, seed)
			if c.want == 0 {
				want := fmt.Sprintf("data: none of the %d groups by \"g\" fits into %v of %d rows", c.groups,
					c.fraction*float64(table.Rows()), table.Rows())
				refused(t, fmt.Sprintf("%+v", c), first, err, want)
			} else if err != nil || first.Rows() != c.want || rest.Rows() != table.Rows()-c.want {
				t.Errorf("%+v, seed %d: %d and %d rows, %v", c, seed, first.Rows(), rest.Rows(), err)
			}
		}
	}
}
