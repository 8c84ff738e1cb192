package kernels

import (
	"errors"
	"math"
	"strconv"
	"testing"
)

// TestExplainGemm compares the plans with what TestPath says of the choice of the path.
func TestExplainGemm(t *testing.T) {
	for _, c := range []struct {
		transA, transB bool
		m, n, k        int
		want           string
	}{
		{false, false, 0, 3, 8, "none"},
		{false, false, 8, 3, 0, "none"},
		{false, false, 8, 3, 8, "strips"},
		{false, false, 30, 129, 100, "direct"},
		{false, true, 30, 20, 100, "direct"},
		{false, true, 1, 100, 300, "dots"},
		{false, false, 100, 1, 300, "dots"},
		{true, false, 100, 1, 300, "direct"},
		{false, false, 256, 100, 200, "tiles"},
		{false, false, 1000, 1000, 1000, "loops"},
		{false, true, 16, 1000, 1000, "swapped"},
		{true, false, 1000, 2, 500, "swapped"},
	} {
		p := ExplainGemm[float32](c.transA, c.transB, c.m, c.n, c.k)
		if p.Path != c.want {
			t.Errorf("%v: path %s, want %s", c, p.Path, c.want)
		}
		rows, cols, cut := c.m, c.n, false
		switch c.want {
		case "swapped": // the plan is that of C^T
			rows, cols, cut = c.n, c.m, true
		case "tiles", "loops":
			cut = true
		}
		if p.Tier != Active() || p.Threads < 1 || p.Threads > Threads() || p.KC > c.k ||
			p.MC > rows || p.NC > cols || p.MC < min(rows, p.MR) || p.NC < min(cols, p.NR) ||
			!cut && (p.MC != rows || p.NC != cols) {
			t.Errorf("%v: %+v", c, p)
		}
	}
	if p := ExplainGemm[float64](false, false, 600, 600, 600); p.KC != 300 {
		t.Errorf("KC %d, want 300: two equal passes", p.KC)
	}
	if p := ExplainGemm[float32](false, false, 10, 10, 300); p.Path != "direct" || p.KC != 150 {
		t.Errorf("path %s, KC %d, want direct and 150: two equal passes", p.Path, p.KC)
	}
	if p := ExplainGemm[float32](false, false, 8, 3, 8); p.KC != 8 {
		t.Errorf("KC %d of a tiny product of 8 terms", p.KC)
	}
	column, row := ExplainGemm[float32](false, false, 4096, 1, 4096), ExplainGemm[float32](false, true, 1, 4096, 4096)
	if row.Path != "dots" || row.Threads != column.Threads {
		t.Errorf("a row of dot products %+v, the column %+v: want as many threads", row, column)
	}
}

// TestExplainGemmPanics: impossible sizes are ShapeErrors, as in Gemm.
func TestExplainGemmPanics(t *testing.T) {
	const big = 1 << (strconv.IntSize * 5 / 8) // an int holds it, but not its square
	for _, c := range [][3]int{{-1, 1, 1}, {1, -1, 1}, {1, 1, -1}, {math.MaxInt, 2, 1}, {1, math.MaxInt, 1},
		{1, 1, math.MaxInt}, {big, big, big}} {
		func() {
			defer func() {
				var e *ShapeError
				if err, _ := recover().(error); !errors.As(err, &e) {
					t.Errorf("%v: recovered %v, want a ShapeError", c, err)
				}
			}()
			ExplainGemm[float64](false, false, c[0], c[1], c[2])
		}()
	}
}
