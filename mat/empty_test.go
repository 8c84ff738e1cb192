package mat_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// empties returns matrices without elements, made in every way there is.
func empties() map[string]mat.Dense[float64] {
	m := mat.New[float64](3, 3)
	return map[string]mat.Dense[float64]{
		"zero":          {},
		"New(0, 0)":     mat.New[float64](0, 0),
		"New(3, 0)":     mat.New[float64](3, 0),
		"New(0, 3)":     mat.New[float64](0, 3),
		"Of(3, 0)":      mat.Of[float64](3, 0, nil),
		"Of(0, 3)":      mat.Of(0, 3, []float64{}),
		"FromRows":      mat.FromRows[float64](),
		"FromRows of 0": mat.FromRows([]float64{}, nil, []float64{}),
		"no columns":    m.Sub(0, 3, 1, 1),
		"no rows":       m.Sub(1, 1, 0, 3),
		"last column":   m.Sub(0, 3, 3, 3),
		"last row":      m.RowRange(3, 3),
		"view of view":  m.Sub(0, 3, 1, 1).Sub(2, 3, 0, 0),
		"most rows":     {Rows: math.MaxInt, Stride: 1},
		"most columns":  {Cols: math.MaxInt, Stride: math.MaxInt},
	}
}

func TestEmpty(t *testing.T) {
	for name, m := range empties() {
		t.Run(name, func(t *testing.T) {
			m.Fill(1)
			m.Copy(m)
			c := m.Clone()
			if c.Rows != m.Rows || c.Cols != m.Cols || len(c.Data) != 0 {
				t.Errorf("Clone() = %+v", c)
			}
			c.Copy(m)
			if !m.Contiguous() || len(m.RawData()) != 0 {
				t.Errorf("Contiguous() = %v, len(RawData()) = %d", m.Contiguous(), len(m.RawData()))
			}
			for _, i := range []int{0, m.Rows / 2, m.Rows - 1} {
				if i >= 0 && i < m.Rows && m.Cols == 0 && len(m.Row(i)) != 0 {
					t.Errorf("len(Row(%d)) = %d", i, len(m.Row(i)))
				}
			}
			if s := m.Sub(0, m.Rows, 0, m.Cols); s.Rows != m.Rows || s.Cols != m.Cols {
				t.Errorf("Sub = %v", s)
			}
			if s := m.RowRange(m.Rows, m.Rows); s.Rows != 0 || s.Cols != m.Cols {
				t.Errorf("RowRange = %v", s)
			}
			panics(t, "element 0, 0 of a", func() { m.At(0, 0) })
			panics(t, "element 0, 0 of a", func() { m.Set(0, 0, 1) })
			panics(t, "want in [0,", func() { m.Row(m.Rows) })
		})
	}
}

// TestMulWithoutTerms has an inner dimension of 0 in all transposes: beta still scales C, and
// beta = 0 overwrites a NaN.
func TestMulWithoutTerms(t *testing.T) {
	for flags := range 4 {
		ta, tb := flags&1 != 0, flags&2 != 0
		a, b := mat.New[float64](2, 0), mat.New[float64](0, 3)
		if ta {
			a = mat.New[float64](0, 2)
		}
		if tb {
			b = mat.New[float64](3, 0)
		}
		c := mat.New[float64](2, 3)
		c.Fill(4)
		mat.Mul(ta, tb, 1, a, b, 0.5, c)
		for _, v := range c.Data {
			if v != 2 {
				t.Errorf("transA=%v transB=%v: 0.5 * 4 = %v", ta, tb, v)
			}
		}
		c.Fill(math.NaN())
		mat.Mul(ta, tb, 1, a, b, 0, c)
		for _, v := range c.Data {
			if v != 0 {
				t.Errorf("transA=%v transB=%v: 0 * NaN = %v, want 0, since beta = 0 does not read C", ta, tb,
					v)
			}
		}
	}
	for _, s := range [][3]int{{0, 3, 2}, {2, 0, 3}, {0, 0, 2}, {0, 2, 0}, {2, 0, 0}, {0, 0, 0}} {
		mat.Mul(false, false, 1, mat.New[float64](s[0], s[2]), mat.New[float64](s[2], s[1]), 1,
			mat.New[float64](s[0], s[1]))
	}
}

// TestImpossibleSizes: sizes whose product overflows, and fields that Data is too short for,
// panic with the size before anything is read or written.
func TestImpossibleSizes(t *testing.T) {
	const half = math.MaxInt/2 + 1
	wide := mat.Dense[float64]{Rows: half, Cols: 4, Data: make([]float64, 8), Stride: 4}
	far := mat.Dense[float64]{Rows: 5, Cols: 4, Data: make([]float64, 8), Stride: half}
	narrow := mat.Dense[float64]{Rows: 3, Cols: 4, Data: make([]float64, 12), Stride: 3}
	good := mat.New[float64](5, 4)
	for _, c := range []struct {
		want string
		f    func()
	}{
		{"elements overflow an int", func() { mat.New[float64](half, 4) }},
		{"elements overflow an int", func() { mat.New[float64](4, half) }},
		{"x 1 elements do not fit in memory", func() { mat.New[float64](half, 1) }},
		{"mat.New: cols = -1, want >= 0", func() { mat.New[float64](0, -1) }},
		{"elements overflow an int", func() { mat.Of[float64](half, 4, nil) }},
		{"mat.Of: len(data) = 0, want", func() { mat.Of[float64](half, 1, nil) }},
		{"x4 with stride 4, which does not fit its 8 elements", func() { wide.Sub(half-1, half, 0, 4) }},
		{"x4 with stride 4, which does not fit its 8 elements", func() { wide.RowRange(half/2, half/2+1) }},
		{"which does not fit its 8 elements", func() { wide.Clone() }},
		{"which does not fit its 8 elements", func() { wide.Fill(1) }},
		{"which does not fit its 8 elements", func() { wide.Copy(wide) }},
		{"mat.Copy: m is 5x4", func() { far.Copy(good) }},
		{"mat.Copy: src is 5x4", func() { good.Copy(far) }},
		{"which does not fit its 8 elements", func() { far.Sub(4, 5, 0, 4) }},
		{"which does not fit its 8 elements", func() { wide.RawData() }},
		{"3x4 with stride 3, which does not fit", func() { narrow.Fill(1) }},
		{"len(a)", func() {
			mat.Mul(false, false, 1, wide, mat.New[float64](4, 1), 0, mat.Dense[float64]{Rows: half, Cols: 1,
				Stride: 1})
		}},
	} {
		panics(t, c.want, c.f)
	}
	for _, f := range []func(){
		func() { wide.Row(half / 2) }, func() { wide.At(half/2, 0) }, func() { wide.Set(half/2, 0, 1) },
		func() { far.Row(4) }, func() { far.At(4, 0) }, func() { far.Set(4, 0, 1) },
	} {
		func() {
			defer func() {
				if _, ok := recover().(*kernels.ShapeError); !ok {
					t.Error("an element beyond Data did not give a ShapeError")
				}
			}()
			f()
		}()
	}
	for _, v := range [][]float64{wide.Data, far.Data, good.Data, narrow.Data} {
		for _, x := range v {
			if x != 0 {
				t.Fatal("something was written")
			}
		}
	}
}

func panics(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		err, _ := recover().(error)
		if _, ok := errors.AsType[*kernels.ShapeError](err); !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}()
	f()
}
