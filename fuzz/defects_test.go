package fuzz

import (
	"math"
	"strings"
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/kernels"
)

// The harness is judged here: kernels with a planted defect must be reported, and
// the same kernels without it must not.

// cube is an elementwise kernel, y = x^3 rounded once.
func cube(y, x []float32) {
	for i, v := range x {
		y[i] = float32(dd.Mul(dd.FromFloat64(float64(v)*float64(v)), dd.FromFloat64(float64(v))).Float32())
	}
}

func vectorRow(f func(y, x []float32)) kernels.Row {
	shape := func(s kernels.Sizes) (int, int) { return 1, s.N }
	return kernels.Row{Kernel: "Cube", Dims: "N", Cases: []string{""}, Tol: kernels.Tol{Kind: kernels.ULP, Max: 0.5},
		Params: []kernels.Param{{Name: "y", Role: kernels.Out, Shape: shape, InPlace: []string{"x"}}, {Name: "x", Shape: shape}},
		Run:    func(c *kernels.Call) { f(c.Operands[0].F32, c.Operands[1].F32) },
		Ref: func(r *kernels.Ref) {
			for i, v := range r.Operands[1].Before {
				x := dd.FromFloat64(v)
				r.Operands[0].Want[i] = dd.Mul(dd.Mul(x, x), x)
			}
		}}
}

// addRows is a matrix kernel, c = a + beta*c, where beta is 0 in the first case.
func addRows(m, n int, beta float64, c []float64, ldc int, a []float64, lda int) {
	for i := range m {
		for j := range n {
			v := a[i*lda+j]
			if beta != 0 {
				v += c[i*ldc+j]
			}
			c[i*ldc+j] = v
		}
	}
}

func matrixRow(f func(m, n int, beta float64, c []float64, ldc int, a []float64, lda int)) kernels.Row {
	shape := func(s kernels.Sizes) (int, int) { return s.M, s.N }
	return kernels.Row{Kernel: "AddRows", Dims: "MN", DType: kernels.F64, Cases: []string{"beta=0", "beta=1"}, Tol: kernels.Tol{Kind: kernels.Scaled, Max: 1},
		Params: []kernels.Param{
			{Name: "c", Role: kernels.InOut, Shape: shape, HasLd: true, Unread: func(s kernels.Sizes) bool { return s.Case == 0 }},
			{Name: "a", Shape: shape, HasLd: true}},
		Run: func(c *kernels.Call) {
			f(c.M, c.N, float64(c.Case), c.Operands[0].F64, c.Operands[0].Ld, c.Operands[1].F64, c.Operands[1].Ld)
		},
		Ref: func(r *kernels.Ref) {
			for i, v := range r.Operands[1].Before {
				want, scale := dd.FromFloat64(v), math.Abs(v)
				if r.Case != 0 {
					want = dd.Add(want, dd.FromFloat64(r.Operands[0].Before[i]))
					scale += math.Abs(r.Operands[0].Before[i])
				}
				if want.IsNaN() || want.IsInf(0) {
					scale = 0
				}
				r.Operands[0].Want[i], r.Operands[0].Scale[i] = want, scale+0x1p-1022
			}
		}}
}

var sink float32

func TestHarnessReportsDefects(t *testing.T) {
	calls := 0
	peek := func(s []float32, i int) float32 { // s[i] without a bounds check
		return *(*float32)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(s)), 4*i))
	}
	for _, d := range []struct {
		name string
		want string // in the report; "" for a kernel without a defect
		rows []kernels.Row
	}{
		{"correct vector", "", []kernels.Row{vectorRow(cube)}},
		{"correct matrix", "", []kernels.Row{matrixRow(addRows)}},
		{"tail too short by one", "want", []kernels.Row{vectorRow(func(y, x []float32) {
			if len(x) > 16 {
				y, x = y[:len(x)-1], x[:len(x)-1]
			}
			cube(y, x)
		})}},
		{"tail of 3 wrong", "want", []kernels.Row{vectorRow(func(y, x []float32) {
			cube(y, x)
			if len(x)%16 == 3 {
				y[len(x)-1] = y[0]
			}
		})}},
		{"reads past the end", "touched", []kernels.Row{vectorRow(func(y, x []float32) {
			cube(y, x)
			if len(x) > 0 {
				sink += peek(x, len(x))
			}
		})}},
		{"reads before the start", "touched", []kernels.Row{vectorRow(func(y, x []float32) {
			cube(y, x)
			if len(x) > 0 {
				sink += peek(x, -1)
			}
		})}},
		{"reads an empty slice", "touched", []kernels.Row{vectorRow(func(y, x []float32) {
			cube(y, x)
			if x != nil && len(x) == 0 {
				*(*float32)(unsafe.Pointer(unsafe.SliceData(x))) = 1
			}
		})}},
		{"writes past the end", "past the end of y", []kernels.Row{vectorRow(func(y, x []float32) {
			cube(y, x)
			if len(y) > 0 && uintptr(unsafe.Pointer(&y[0]))%4096 < 2048 { // there is room: no fault
				*(*byte)(unsafe.Add(unsafe.Pointer(&y[0]), 4*len(y))) = 1
			}
		})}},
		{"writes its input", "only read", []kernels.Row{vectorRow(func(y, x []float32) {
			cube(y, x)
			if len(x) > 5 && &y[0] != &x[0] {
				x[5] = 0
			}
		})}},
		{"loses NaN", "NaN", []kernels.Row{vectorRow(func(y, x []float32) {
			cube(y, x)
			for i, v := range x {
				if v != v {
					y[i] = 0
				}
			}
		})}},
		{"NaN for infinity", "Inf", []kernels.Row{vectorRow(func(y, x []float32) {
			cube(y, x)
			for i, v := range y {
				y[i] = v + (v - v)
			}
		})}},
		{"last bit wrong", "ulp", []kernels.Row{vectorRow(func(y, x []float32) {
			cube(y, x)
			if len(y) == 19 {
				y[7] = math.Float32frombits(math.Float32bits(y[7]) + 1)
			}
		})}},
		{"loses the sign of zero", "0", []kernels.Row{vectorRow(func(y, x []float32) {
			cube(y, x)
			for i := range y {
				y[i] += 0
			}
		})}},
		{"wrong in place", "in place of", []kernels.Row{vectorRow(func(y, x []float32) {
			for i := len(x) - 1; i >= 0; i-- {
				y[i] = x[i]
			}
			if len(x) > 1 && &x[0] == &y[0] {
				x[0] = 2
			}
			cube(y, x)
		})}},
		{"differs from call to call", "not the bits", []kernels.Row{vectorRow(func(y, x []float32) {
			cube(y, x)
			if calls++; calls%7 == 0 && len(y) > 0 && y[0] == y[0] && x[0] != 0 {
				y[0] = math.Nextafter32(y[0], 0)
			}
		})}},
		{"depends on alignment", "not the bits", []kernels.Row{vectorRow(func(y, x []float32) {
			cube(y, x)
			if len(y) > 3 && uintptr(unsafe.Pointer(&y[0]))%64 == 24 {
				y[3] = 1.5
			}
		})}},
		{"panics", "panicked", []kernels.Row{vectorRow(func(y, x []float32) { cube(y, x); _ = x[len(x)/40*40:][:0:1] })}},
		{"tiers differ", "differs from tier", []kernels.Row{
			func() kernels.Row { r := vectorRow(cube); r.Tier, r.Bitwise = kernels.AVX2, true; return r }(),
			func() kernels.Row {
				r := vectorRow(func(y, x []float32) {
					cube(y, x)
					if len(y) > 3 && x[3] != 0 {
						y[3] = math.Nextafter32(y[3], 0)
					}
				})
				r.Tier, r.Bitwise, r.Tol.Max = kernels.AVX512, true, 2
				return r
			}()}},
		{"public function differs", "public function", []kernels.Row{func() kernels.Row {
			r := vectorRow(cube)
			r.Tier, r.Entry = kernels.Active(), func(c *kernels.Call) {}
			return r
		}()}},
		{"reads C with beta 0", "NaN", []kernels.Row{matrixRow(func(m, n int, beta float64, c []float64, ldc int, a []float64, lda int) {
			for i := range m {
				for j := range n {
					c[i*ldc+j] = a[i*lda+j] + beta*c[i*ldc+j]
				}
			}
		})}},
		{"flushes subnormals", "ulp", []kernels.Row{func() kernels.Row {
			r := matrixRow(func(m, n int, beta float64, c []float64, ldc int, a []float64, lda int) {
				addRows(m, n, beta, c, ldc, a, lda)
				for i := range m {
					for j := range n {
						if v := c[i*ldc+j]; v < 0x1p-1022 && v > -0x1p-1022 {
							c[i*ldc+j] = 0 * v
						}
					}
				}
			})
			r.Tol = kernels.Tol{Kind: kernels.ULP, Max: 0.5}
			return r
		}()}},
		{"writes into the gap", "gap after row 0 of c", []kernels.Row{matrixRow(func(m, n int, beta float64, c []float64, ldc int, a []float64, lda int) {
			addRows(m, n, beta, c, ldc, a, lda)
			if m > 1 && n > 2 && ldc > n {
				c[n] = 0
			}
		})}},
		{"reads the gap", "not the bits", []kernels.Row{matrixRow(func(m, n int, beta float64, c []float64, ldc int, a []float64, lda int) {
			addRows(m, n, beta, c, ldc, a, lda)
			if m > 1 && n == 2 && lda > n {
				c[0] += 0 * a[n]
			}
		})}},
		{"takes ldc for lda", "not the bits", []kernels.Row{matrixRow(func(m, n int, beta float64, c []float64, ldc int, a []float64, lda int) {
			addRows(m, n, beta, c, ldc, a, min(lda, ldc))
		})}},
	} {
		t.Run(d.name, func(t *testing.T) {
			if !Guarded && strings.HasPrefix(d.want, "touched") {
				t.Skip("no guard pages on this system")
			}
			failures := examine(true, d.rows)
			switch {
			case d.want == "" && len(failures) > 0:
				t.Errorf("a correct kernel is reported: %v", failures[0])
			case d.want != "" && len(failures) == 0:
				t.Error("the defect is not reported")
			case d.want != "" && !strings.Contains(failures[0].Error(), d.want):
				t.Errorf("reported as %q, want a report with %q", failures[0], d.want)
			case d.want != "":
				t.Log(failures[0])
			}
		})
	}
}
