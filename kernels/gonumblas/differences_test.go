package gonumblas

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// both are the BLAS interfaces of two element types together.
type both interface {
	blas.Float32
	blas.Float64
}

// TestDifferences holds the list in the package doc to both implementations: a difference
// that gonum no longer has is not one to list.
func TestDifferences(t *testing.T) {
	nan := math.NaN()
	matrix := func(v float64) []float64 { return []float64{v, v, v, v} }
	for _, d := range []struct {
		name         string
		call         func(b both) any
		ours, theirs string // results, or what a panic contains
	}{
		{"0 * NaN", func(b both) any {
			c := matrix(0)
			b.Dgemm(blas.NoTrans, blas.NoTrans, 2, 2, 2, 1, matrix(0), 2, matrix(nan), 2, 0, c, 2)
			return c
		}, "[NaN NaN NaN NaN]", "[0 0 0 0]"},
		{"overlap", func(b both) any {
			c := matrix(1)
			b.Dgemm(blas.NoTrans, blas.NoTrans, 2, 2, 2, 1, c, 2, matrix(1), 2, 0, c, 2)
			return c
		}, "c overlaps a (Dgemm)", "[0 0 0 0]"},
		{"alpha = 0", func(b both) any {
			c := matrix(1)
			b.Dgemm(blas.NoTrans, blas.Trans, 2, 2, 2, 0, matrix(nan), 2, matrix(nan), 2, 3, c, 2)
			return c
		}, "[3 3 3 3]", "[NaN NaN NaN NaN]"},
		{"no terms, product", func(b both) any {
			c := matrix(1)
			b.Dgemm(blas.NoTrans, blas.NoTrans, 2, 2, 0, 1, nil, 1, nil, 2, 3, c, 2)
			return c
		}, "[3 3 3 3]", "insufficient length of a"},
		{"no terms, rank update", func(b both) any {
			c := matrix(1)
			b.Dsyrk(blas.Upper, blas.NoTrans, 2, 0, 1, nil, 1, 3, c, 2)
			return c
		}, "[3 3 1 3]", "insufficient length of a"},
		{"no terms, pair", func(b both) any {
			c := matrix(1)
			b.Dsyr2k(blas.Upper, blas.NoTrans, 2, 0, 1, nil, 1, nil, 1, 3, c, 2)
			return c
		}, "[3 3 1 3]", "insufficient length of a"},
		{"beta = 0 of a rank update", func(b both) any {
			c := []float64{nan}
			b.Dsyrk(blas.Lower, blas.Trans, 1, 1, 1, []float64{2}, 1, 0, c, 1)
			return c
		}, "[4]", "[NaN]"},
		{"beta = 0 of Sgemv", func(b both) any {
			y := []float32{1, 2, 3}
			b.Sgemv(blas.Trans, 1, 1, 1, []float32{2}, 1, []float32{5}, 1, 0, y, 1)
			return y
		}, "[10 2 3]", "[10 0 0]"},
		{"overlapping Daxpy", func(b both) any {
			x := []float64{1, 1, 1, 1, 1, 1, 1, 1, 1}
			b.Daxpy(8, 1, x, 1, x[1:], 1)
			return x
		}, "[1 2 3 4 5 6 7 8 9]", ""},
		{"Dtrsm by a subnormal number", func(b both) any {
			x := []float64{1e-309}
			b.Dtrsm(blas.Left, blas.Upper, blas.NoTrans, blas.NonUnit, 1, 1, 1, []float64{1e-309}, 1, x, 1)
			return x
		}, "[1]", "[+Inf]"},
		{"Sdsdot of nothing", func(b both) any { return b.Sdsdot(0, 3, nil, 1, nil, 1) }, "3", "0"},
		{"Sdsdot rounds once", func(b both) any {
			return b.Sdsdot(1, -1<<24, []float32{1<<12 + 1}, 1, []float32{1<<12 + 1}, 1)
		}, "8193", "8192"},
		{"flag of Drotm", func(b both) any {
			x := []float64{1}
			b.Drotm(1, x, 1, []float64{1}, 1, blas.DrotmParams{Flag: 7})
			return x
		}, "illegal rotm flag", "[1]"},
		{"n < 0 and a zero increment", func(b both) any { return b.Ddot(-1, nil, 0, nil, 1) }, "n < 0",
			"zero x index increment"},
		{"n < 0 and a negative increment", func(b both) any { return b.Dnrm2(-1, nil, -1) }, "n < 0", "0"},
	} {
		if got := outcome(d.call, Implementation{}); !strings.Contains(got, d.ours) {
			t.Errorf("%s: %s, want %s", d.name, got, d.ours)
		}
		if got := outcome(d.call, gonum.Implementation{}); !strings.Contains(got, d.theirs) ||
			got == outcome(d.call, Implementation{}) && d.theirs != "" {
			t.Errorf("%s: gonum has %s, not %s", d.name, got, d.theirs)
		}
	}
}

// outcome is what a call returns or panics with.
func outcome(call func(both) any, b both) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = fmt.Sprint(r)
		}
	}()
	return fmt.Sprint(call(b))
}
