package train_test

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/train"
)

func ExampleConfusion_Table() {
	m := train.Confusion{{50, 0, 0}, {0, 47, 3}, {0, 2, 48}}
	fmt.Print(m.Table([]string{"setosa", "versicolor", "virginica"}))
	// Output:
	// true           0   1   2  recall %
	// 0 setosa      50   0   0    100.00
	// 1 versicolor   0  47   3     94.00
	// 2 virginica    0   2  48     96.00
}

// confused returns a matrix in which class c has per samples right and c taken for the next one.
func confused(classes, per int) train.Confusion {
	m := train.NewConfusion(classes)
	for c := range m {
		m[c][c] = per
		m[c][(c+1)%classes] += c
	}
	return m
}

// TestTableFits: no line is wider than 80 columns, for any number of classes, size of counts and
// length of names, and up to 20 classes each count is there.
func TestTableFits(t *testing.T) {
	for _, classes := range []int{0, 1, 2, 3, 9, 10, 11, 20, 21, 100, 1000} {
		for _, per := range []int{0, 7, 980, 123456, math.MaxInt/2 + 1} {
			for _, name := range []string{"", "cat", strings.Repeat("é", 40), "a\nb\t\x1b[31m"} {
				var names []string
				for range classes {
					names = append(names, name)
				}
				if name == "" {
					names = nil
				}
				m := confused(classes, per)
				text := m.Table(names)
				for line := range strings.Lines(text) {
					if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
						t.Fatalf("%d classes of %d, names %q: %d columns: %s", classes, per, name, n, line)
					}
				}
				if strings.ContainsAny(text, "\t\x1b") {
					t.Errorf("%d classes, names %q: control characters in %q", classes, name, text)
				}
				if n := strings.Count(text, fmt.Sprint(per)); classes <= 20 && per > 100 && n != classes {
					t.Errorf("%d classes of %d: %d counts of it in\n%s", classes, per, n, text)
				}
			}
		}
	}
}

// TestTableGolden has ten classes in one block, twenty in two, and more as pairs.
func TestTableGolden(t *testing.T) {
	ten := confused(10, 1000)
	ten[4] = make([]int, 10) // an empty class
	wide := int64(1) << 60
	for _, c := range []struct {
		m    train.Confusion
		want string
	}{
		{ten, `true     0     1     2     3     4     5     6     7     8     9  recall %
0     1000     0     0     0     0     0     0     0     0     0    100.00
1        0  1000     1     0     0     0     0     0     0     0     99.90
2        0     0  1000     2     0     0     0     0     0     0     99.80
3        0     0     0  1000     3     0     0     0     0     0     99.70
4        0     0     0     0     0     0     0     0     0     0         -
5        0     0     0     0     0  1000     5     0     0     0     99.50
6        0     0     0     0     0     0  1000     6     0     0     99.40
7        0     0     0     0     0     0     0  1000     7     0     99.30
8        0     0     0     0     0     0     0     0  1000     8     99.21
9        9     0     0     0     0     0     0     0     0  1000     99.11
`},
		{train.Confusion{{int(wide), 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {1, 0, 0, 1}},
			`true                    0                    1                    2  recall %
0     1152921504606846976                    0                    0    100.00
1                       0                    1                    0    100.00
2                       0                    0                    1    100.00
3                       1                    0                    0     50.00

true                    3  recall %
0                       0    100.00
1                       0    100.00
2                       0    100.00
3                       1     50.00
`},
		{confused(21, 0), `21 classes, 0 of 210 samples right
true  taken for     samples  % of true
20     0                 20     100.00
19    20                 19     100.00
18    19                 18     100.00
17    18                 17     100.00
16    17                 16     100.00
15    16                 15     100.00
14    15                 14     100.00
13    14                 13     100.00
12    13                 12     100.00
11    12                 11     100.00
10    11                 10     100.00
 9    10                  9     100.00
 8     9                  8     100.00
 7     8                  7     100.00
 6     7                  6     100.00
 5     6                  5     100.00
 4     5                  4     100.00
 3     4                  3     100.00
 2     3                  2     100.00
 1     2                  1     100.00
`},
		{train.NewConfusion(30), "30 classes, 0 of 0 samples right\n"},
	} {
		if strconv.IntSize < 64 && strings.Contains(c.want, fmt.Sprint(wide)) {
			continue // no count here is as wide
		}
		if got := c.m.Table(nil); got != c.want {
			t.Errorf("%d classes: got\n%s\nwant\n%s", len(c.m), got, c.want)
		}
	}
}

// TestTableOfEqualPairs: pairs that are confused equally often are listed in the order of their classes, those that
// are confused more often before them, and the last line counts those that are left out.
func TestTableOfEqualPairs(t *testing.T) {
	for pairs, more := range map[int]string{19: "", 20: "", 21: "and 1 more pairs\n", 22: "and 2 more pairs\n",
		60: "and 40 more pairs\n"} {
		m := train.NewConfusion(70)
		for c := range pairs {
			m[c][c+1] = 3
		}
		m[pairs/2][pairs/2+1]++ // this one first
		want := []int{pairs / 2}
		for c := range min(pairs, 21) {
			if c != pairs/2 && len(want) < 20 {
				want = append(want, c)
			}
		}
		_, list, _ := strings.Cut(m.Table(nil), "% of true\n")
		for _, c := range want {
			line, rest, _ := strings.Cut(list, "\n")
			list = rest
			if f := strings.Fields(line); len(f) != 4 || f[0] != fmt.Sprint(c) || f[1] != fmt.Sprint(c+1) {
				t.Errorf("%d pairs: %q, want that %d was taken for %d", pairs, line, c, c+1)
			}
		}
		if list != more {
			t.Errorf("%d pairs: the list ends in %q, want %q", pairs, list, more)
		}
	}
}

func TestTableRefuses(t *testing.T) {
	defer func() {
		err, _ := recover().(error)
		if _, is := errors.AsType[*kernels.ShapeError](err); !is ||
			err.Error() != "train.Confusion.Table: len(names) = 1, want 2, one a class" {
			t.Errorf("got %v", err)
		}
	}()
	train.NewConfusion(2).Table([]string{"cat"})
}
