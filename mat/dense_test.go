package mat_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// general stands for gonum's blas64.General: the same fields in the same order.
type general struct {
	Rows, Cols int
	Data       []float64
	Stride     int
}

func TestConvertsToGonumWithoutCopy(t *testing.T) {
	g := general{Rows: 2, Cols: 2, Data: []float64{1, 2, 0, 3, 4}, Stride: 3}
	m := mat.Dense[float64](g)
	m.Set(1, 1, 9)
	if back := general(m); back.Data[4] != 9 || g.Data[4] != 9 {
		t.Fatalf("conversion copied: %v", g.Data)
	}
}

func TestViewsShareMemory(t *testing.T) {
	m := mat.New[float32](4, 5)
	v := m.Sub(1, 3, 2, 4)
	v.Fill(7)
	for i := range 4 {
		for j := range 5 {
			want := float32(0)
			if i >= 1 && i < 3 && j >= 2 && j < 4 {
				want = 7
			}
			if m.At(i, j) != want {
				t.Errorf("m[%d,%d] = %v, want %v", i, j, m.At(i, j), want)
			}
		}
	}
	if w := v.RowRange(1, 2); w.At(0, 1) != 7 || w.Rows != 1 || w.Cols != 2 || w.Stride != 5 {
		t.Errorf("view of a view: %+v", w)
	}
	if v.Contiguous() || !m.Contiguous() || !m.RowRange(1, 3).Contiguous() {
		t.Error("Contiguous is wrong")
	}
	if e := m.Sub(4, 4, 0, 5); e.Rows != 0 || len(e.Data) != 0 {
		t.Errorf("empty view: %+v", e)
	}
	c := v.Clone()
	if !c.Contiguous() || c.At(1, 1) != 7 {
		t.Errorf("clone: %+v", c)
	}
}

// TestViewsEnd: a view ends with its last element, and append to a row leaves the next one.
func TestViewsEnd(t *testing.T) {
	m := mat.New[float32](4, 5)
	_ = append(m.Row(1), 7)
	if m.At(2, 0) != 0 {
		t.Error("append to a row wrote into the next")
	}
	empty := m.Sub(1, 3, 2, 2)
	empty.Data = m.Data // as a Dense made by hand may have
	if row := empty.Row(1); len(row) != 0 || cap(row) != 0 {
		t.Errorf("a row of no columns: length %d, capacity %d", len(row), cap(row))
	}
	if v := m.Sub(1, 3, 1, 4); len(v.Data) != 8 {
		t.Errorf("a view of 2x3 with stride 5 has %d elements of Data, want 8", len(v.Data))
	}
	row := m.Sub(1, 2, 1, 4)
	if !row.Contiguous() || len(row.RawData()) != 3 {
		t.Errorf("a row of 3 elements: contiguous %v, %d of RawData", row.Contiguous(), len(row.RawData()))
	}
}

// TestMul compares with the three loops on small integers, where products are
// exact, in every transpose and on views with gaps.
func TestMul(t *testing.T) {
	const m, n, k = 5, 4, 3
	for flags := range 4 {
		ta, tb := flags&1 != 0, flags&2 != 0
		a, b := filled(m, k, ta, 1), filled(k, n, tb, 2)
		c := mat.New[float64](m+1, n+2).Sub(1, m+1, 1, n+1)
		c.Fill(3)
		mat.Mul(ta, tb, 2, a, b, -1, c)
		for i := range m {
			for j := range n {
				want := -3.0
				for p := range k {
					want += 2 * at(a, ta, i, p) * at(b, tb, p, j)
				}
				if !(c.At(i, j) == want) {
					t.Errorf("transA=%v transB=%v: c[%d,%d] = %v, want %v", ta, tb, i, j, c.At(i, j), want)
				}
			}
		}
	}
}

func filled(rows, cols int, trans bool, seed int) mat.Dense[float64] {
	if trans {
		rows, cols = cols, rows
	}
	m := mat.New[float64](rows, cols+2).Sub(0, rows, 1, cols+1)
	for i := range rows {
		for j := range cols {
			m.Set(i, j, float64((i*7+j*5+seed)%9-4))
		}
	}
	return m
}

func at(m mat.Dense[float64], trans bool, i, j int) float64 {
	if trans {
		return m.At(j, i)
	}
	return m.At(i, j)
}

func TestMulOfEmpty(t *testing.T) {
	var zero mat.Dense[float32]
	mat.Mul(false, false, 1, zero, zero, 0, zero)
	c := mat.Of(1, 1, []float32{5})
	mat.Mul(false, false, 1, mat.New[float32](1, 0), mat.New[float32](0, 1), 0, c)
	if c.At(0, 0) != 0 {
		t.Errorf("the product of 1x0 and 0x1 is %v, want 0", c.At(0, 0))
	}
}

func TestProgrammerErrorsPanic(t *testing.T) {
	m := mat.New[float64](2, 3)
	for want, f := range map[string]func(){
		"mat.New: rows = -1, want >= 0":          func() { mat.New[float64](-1, 2) },
		"overflow an int":                        func() { mat.New[float64](math.MaxInt, 2) },
		"mat.Of: len(data) = 3, want 4":          func() { mat.Of(2, 2, make([]float64, 3)) },
		"mat.FromRows: len(rows[1]) = 1, want 2": func() { mat.FromRows([]float64{1, 2}, []float64{1}) },
		"mat.At: element 2, 0 of a 2x3 matrix":   func() { m.At(2, 0) },
		"mat.Set: element 0, 3 of a 2x3 matrix":  func() { m.Set(0, 3, 1) },
		"mat.Row: i = -1, want in [0, 2)":        func() { m.Row(-1) },
		"mat.Sub: rows 1:3 of 2 do not exist":    func() { m.RowRange(1, 3) },
		"mat.Sub: columns 2:1 of 3 do not exist": func() { m.Sub(0, 1, 2, 1) },
		"mat.RawData: the stride is 3, want 2,":  func() { m.Sub(0, 2, 0, 2).RawData() },
		"mat.Copy: src is 1x3, want 2x3":         func() { m.Copy(m.RowRange(0, 1)) },
		"mat.Mul: op(b) is 2x3, want 3 rows":     func() { mat.Mul(false, false, 1, m, m, 0, m) },
		"mat.Mul: c is 2x3, want 2x2":            func() { mat.Mul(false, true, 1, m, m, 0, m) },
		"kernels.Gemm: len(a) = 4, want >= 6": func() {
			mat.Mul(false, true, 1, mat.Dense[float64]{2, 3, make([]float64, 4), 3}, m, 0,
				mat.New[float64](2, 2))
		},
		"kernels.Gemm: c overlaps a": func() {
			s := mat.New[float64](2, 2)
			mat.Mul(false, false, 1, s, mat.New[float64](2, 2), 0, s)
		},
	} {
		func() {
			defer func() {
				err, _ := recover().(error)
				var shape *kernels.ShapeError
				if !errors.As(err, &shape) || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q", err, want)
				}
			}()
			f()
		}()
	}
}
