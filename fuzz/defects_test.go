package fuzz

import (
	"math"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/kernels"
)

// These tests judge the harness: it must report kernels with a planted defect, and must not
// report the same kernels without it.

// cube is an elementwise kernel, y = x^3 rounded once.
func cube(y, x []float32) {
	for i, v := range x {
		y[i] = float32(dd.Mul(dd.FromFloat64(float64(v)*float64(v)), dd.FromFloat64(float64(v))).Float32())
	}
}

func vectorRow(f func(y, x []float32)) spec.Row {
	shape := func(s spec.Sizes) (int, int) { return 1, s.N }
	return spec.Row{Kernel: "Cube", Dims: "N", Cases: []string{""}, Tol: spec.Tol{Kind: spec.ULP, Max: 0.5},
		Params: []spec.Param{{Name: "y", Role: spec.Out, Shape: shape, InPlace: []string{"x"}},
			{Name: "x", Shape: shape}},
		Run: func(c *spec.Call) { f(c.Operands[0].F32, c.Operands[1].F32) },
		Ref: func(r *spec.Ref) {
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

func matrixRow(f func(m, n int, beta float64, c []float64, ldc int, a []float64, lda int)) spec.Row {
	shape := func(s spec.Sizes) (int, int) { return s.M, s.N }
	return spec.Row{Kernel: "AddRows", Dims: "MN", DType: spec.F64, Cases: []string{"beta=0", "beta=1"},
		Tol: spec.Tol{Kind: spec.Scaled, Max: 1},
		Params: []spec.Param{
			{Name: "c", Role: spec.InOut, Shape: shape, HasLd: true,
				Unread: func(s spec.Sizes) bool { return s.Case == 0 }},
			{Name: "a", Shape: shape, HasLd: true}},
		Run: func(c *spec.Call) {
			out, in := &c.Operands[0], &c.Operands[1]
			f(c.M, c.N, float64(c.Case), out.F64, out.Ld, in.F64, in.Ld)
		},
		Ref: func(r *spec.Ref) {
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

// defect is a kernel with a planted defect. want is a part of the report; "" for a kernel
// without a defect.
type defect struct {
	name, want string
	rows       []spec.Row
}

// damaged is cube followed by after; damagedRows is the same with addRows.
func damaged(after func(y, x []float32)) []spec.Row {
	return []spec.Row{vectorRow(func(y, x []float32) {
		cube(y, x)
		after(y, x)
	})}
}

func damagedRows(after func(m, n int, c []float64, ldc int, a []float64, lda int)) []spec.Row {
	return []spec.Row{matrixRow(func(m, n int, beta float64, c []float64, ldc int, a []float64, lda int) {
		addRows(m, n, beta, c, ldc, a, lda)
		after(m, n, c, ldc, a, lda)
	})}
}

// valueDefects returns kernels that write wrong numbers.
func valueDefects() []defect {
	subnormals := damagedRows(func(m, n int, c []float64, ldc int, _ []float64, _ int) {
		for i := range m {
			for j := range n {
				if v := c[i*ldc+j]; v < 0x1p-1022 && v > -0x1p-1022 {
					c[i*ldc+j] = 0 * v
				}
			}
		}
	})
	subnormals[0].Tol = spec.Tol{Kind: spec.ULP, Max: 0.5}
	return []defect{
		{"tail too short by one", "want", []spec.Row{vectorRow(func(y, x []float32) {
			if len(x) > 16 {
				y, x = y[:len(x)-1], x[:len(x)-1]
			}
			cube(y, x)
		})}},
		{"tail of 3 wrong", "want", damaged(func(y, x []float32) {
			if len(x)%16 == 3 {
				y[len(x)-1] = y[0]
			}
		})},
		{"loses NaN", "NaN", damaged(func(y, x []float32) {
			for i, v := range x {
				if v != v {
					y[i] = 0
				}
			}
		})},
		{"NaN for infinity", "Inf", damaged(func(y, x []float32) {
			for i, v := range y {
				y[i] = v + (v - v)
			}
		})},
		{"last bit wrong", "ulp", damaged(func(y, x []float32) {
			if len(y) == 19 {
				y[7] = math.Float32frombits(math.Float32bits(y[7]) + 1)
			}
		})},
		{"loses the sign of zero", "0", damaged(func(y, x []float32) {
			for i := range y {
				y[i] += 0
			}
		})},
		{"flushes subnormals", "ulp", subnormals},
	}
}

var sink float32

// memoryDefects touch what they must not.
func memoryDefects() []defect {
	peek := func(s []float32, i int) float32 { // s[i] without a bounds check
		return *(*float32)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(s)), 4*i))
	}
	return []defect{
		{"reads past the end", "touched", damaged(func(y, x []float32) {
			if len(x) > 0 {
				sink += peek(x, len(x))
			}
		})},
		{"reads before the start", "touched", damaged(func(y, x []float32) {
			if len(x) > 0 {
				sink += peek(x, -1)
			}
		})},
		{"reads an empty slice", "touched", damaged(func(y, x []float32) {
			if x != nil && len(x) == 0 {
				*(*float32)(unsafe.Pointer(unsafe.SliceData(x))) = 1
			}
		})},
		{"writes past the end", "past the end of y", damaged(func(y, x []float32) {
			if len(y) > 0 && uintptr(unsafe.Pointer(&y[0]))%4096 < 2048 { // there is room: no fault
				*(*byte)(unsafe.Add(unsafe.Pointer(&y[0]), 4*len(y))) = 1
			}
		})},
		{"writes its input", "only read", damaged(func(y, x []float32) {
			if len(x) > 5 && &y[0] != &x[0] {
				x[5] = 0
			}
		})},
		{"reads C with beta 0", "NaN",
			[]spec.Row{matrixRow(func(m, n int, beta float64, c []float64, ldc int, a []float64, lda int) {
				for i := range m {
					for j := range n {
						c[i*ldc+j] = a[i*lda+j] + beta*c[i*ldc+j]
					}
				}
			})}},
		{"writes into the gap", "gap after row 0 of c",
			damagedRows(func(m, n int, c []float64, ldc int, _ []float64, _ int) {
				if m > 1 && n > 2 && ldc > n {
					c[n] = 0
				}
			})},
	}
}

// callDefects returns kernels whose results depend on the address or layout of the operands, on
// earlier calls or on the tier.
func callDefects() []defect {
	calls := 0
	above := damaged(func(y, x []float32) {
		if len(y) > 3 && x[3] != 0 {
			y[3] = math.Nextafter32(y[3], 0)
		}
	})[0]
	above.Tier, above.Bitwise, above.Tol.Max = kernels.AVX512, true, 2
	below := vectorRow(cube)
	below.Tier, below.Bitwise = kernels.AVX2, true
	return []defect{
		{"wrong in place", "in place of", []spec.Row{vectorRow(func(y, x []float32) {
			for i := len(x) - 1; i >= 0; i-- {
				y[i] = x[i]
			}
			if len(x) > 1 && &x[0] == &y[0] {
				x[0] = 2
			}
			cube(y, x)
		})}},
		{"differs from call to call", "not the bits", damaged(func(y, x []float32) {
			if calls++; calls%7 == 0 && len(y) > 0 && y[0] == y[0] && x[0] != 0 {
				y[0] = math.Nextafter32(y[0], 0)
			}
		})},
		{"depends on alignment", "not the bits", damaged(func(y, x []float32) {
			if len(y) > 3 && uintptr(unsafe.Pointer(&y[0]))%64 == 24 {
				y[3] = 1.5
			}
		})},
		{"panics", "panicked", damaged(func(y, x []float32) { _ = x[len(x)/40*40:][:0:1] })},
		{"tiers differ", "differs from tier", []spec.Row{below, above}},
		{"reads the gap", "not the bits",
			damagedRows(func(m, n int, c []float64, ldc int, a []float64, lda int) {
				if m > 1 && n == 2 && lda > n {
					c[0] += 0 * a[n]
				}
			})},
		{"takes ldc for lda", "not the bits",
			[]spec.Row{matrixRow(func(m, n int, beta float64, c []float64, ldc int, a []float64, lda int) {
				addRows(m, n, beta, c, ldc, a, min(lda, ldc))
			})}},
	}
}

// defects returns all of them, and two kernels without any.
func defects() []defect {
	none := []defect{{"correct vector", "", []spec.Row{vectorRow(cube)}},
		{"correct matrix", "", []spec.Row{matrixRow(addRows)}}}
	return slices.Concat(none, valueDefects(), memoryDefects(), callDefects())
}

func TestHarnessReportsDefects(t *testing.T) {
	for _, d := range defects() {
		t.Run(d.name, func(t *testing.T) {
			if !Guarded && strings.HasPrefix(d.want, "touched") {
				t.Skip("no guard pages on this system")
			}
			failures, _ := examine(true, d.rows)
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
