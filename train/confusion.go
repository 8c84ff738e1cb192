package train

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
)

// Confusion counts classifications: element [c][g] is the number of samples of class c
// that were taken for g.
type Confusion [][]int

// NewConfusion returns a matrix of zeros. It panics if classes is negative.
func NewConfusion(classes int) Confusion {
	if classes < 0 {
		fail("NewConfusion", "classes", classes, 0, "classes = %d, want >= 0", classes)
	}
	if classes > mostClasses {
		fail("NewConfusion", "classes", classes, mostClasses, "classes = %d, want at most %d", classes, mostClasses)
	}
	m := make(Confusion, classes)
	for c := range m {
		m[c] = make([]int, classes)
	}
	return m
}

// mostClasses is as many as a matrix may have: its 2^32 counts take 32 GiB.
const mostClasses = 1 << 16

// check panics unless m is square. One that NewConfusion made is.
func (m Confusion) check(op string) {
	for c, row := range m {
		if len(row) != len(m) {
			fail("Confusion."+op, "m", len(row), len(m), "row %d has %d counts, want %d, one a class", c, len(row),
				len(m))
		}
	}
}

// checkOf panics unless m is square and has class c.
func (m Confusion) checkOf(op string, c int) {
	m.check(op)
	if c < 0 || c >= len(m) {
		fail("Confusion."+op, "c", c, len(m), "c = %d, want in [0, %d)", c, len(m))
	}
}

// Add counts samples of the given classes that were taken for the guesses, but for those of
// class [data.Ignored]. It panics before it counts anything if another class or a guess is no
// class of the matrix.
func (m Confusion) Add(classes, guesses []int) {
	m.check("Add")
	if len(guesses) != len(classes) {
		fail("Confusion.Add", "guesses", len(guesses), len(classes),
			"len(guesses) = %d, want %d, one a class",
			len(guesses), len(classes))
	}
	for i, c := range classes {
		if c != data.Ignored {
			m.checkClass("classes", i, c)
		}
	}
	for i, c := range guesses {
		m.checkClass("guesses", i, c)
	}
	for i, c := range classes {
		if c != data.Ignored {
			m[c][guesses[i]]++
		}
	}
}

func (m Confusion) checkClass(arg string, i, c int) {
	if c < 0 || c >= len(m) {
		fail("Confusion.Add", arg, c, len(m), "%s[%d] = %d, want in [0, %d)", arg, i, c, len(m))
	}
}

// fail panics with a ShapeError of this package.
func fail(op, arg string, got, want int, format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	panic(&kernels.ShapeError{Op: "train." + op, Arg: arg, Got: got, Want: want, Msg: msg})
}

// Precision is the share of what was taken for class c that is of it, NaN where nothing was.
func (m Confusion) Precision(c int) float64 {
	m.checkOf("Precision", c)
	taken := 0
	for _, row := range m {
		taken += row[c]
	}
	return float64(m[c][c]) / float64(taken)
}

// Recall is the share of class c that was taken for it, NaN for an empty class.
func (m Confusion) Recall(c int) float64 {
	m.checkOf("Recall", c)
	of := 0
	for _, n := range m[c] {
		of += n
	}
	return float64(m[c][c]) / float64(of)
}

// F1 is the harmonic mean of precision and recall, 2 hits / (2 hits + misses + false
// alarms); NaN where nothing is of the class or was taken for it.
func (m Confusion) F1(c int) float64 {
	m.checkOf("F1", c)
	hits, others := 2*m[c][c], 0
	for k := range m {
		if k != c {
			others += m[k][c] + m[c][k]
		}
	}
	return float64(hits) / float64(hits+others)
}

// MacroF1 is the mean of F1 over the classes where it is a number, NaN where it is for none.
func (m Confusion) MacroF1() float64 {
	m.check("MacroF1")
	sum, n := 0.0, 0
	for c := range m {
		if f := m.F1(c); !math.IsNaN(f) {
			sum, n = sum+f, n+1
		}
	}
	return sum / float64(n)
}
