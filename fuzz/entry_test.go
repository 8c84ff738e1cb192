package fuzz

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// heapCall lays an input out in ordinary slices, ld = cols + 2.
func heapCall(row *spec.Row, in *Input) *spec.Call {
	c := &spec.Call{Sizes: in.Sizes, Operands: make([]spec.Operand, len(row.Params))}
	for i, p := range row.Params {
		rows, cols := p.Shape(in.Sizes)
		o, ld := &c.Operands[i], max(1, cols)
		if p.HasLd {
			ld += 2
		}
		n := 0
		if rows > 0 && cols > 0 {
			n = (rows-1)*ld + cols
		}
		o.Ld, o.F32, o.F64, o.Int = ld, make([]float32, n), make([]float64, n), make([]int, n)
		for r := range rows {
			for j := range cols {
				switch k := r*cols + j; {
				case in.Ints[i] != nil:
					o.Int[r*ld+j] = in.Ints[i][k]
				case in.Values[i] != nil:
					o.F32[r*ld+j], o.F64[r*ld+j] = float32(in.Values[i][k]), in.Values[i][k]
				}
			}
		}
	}
	return c
}

// resize sets the length of operand i in all its types, or views another one.
func resize(o *spec.Operand, n int) {
	o.F32, o.F64, o.Int = append(o.F32, 0)[:n:n], append(o.F64, 0)[:n:n], append(o.Int, 0)[:n:n]
}

func length(row *spec.Row, i int, c *spec.Call) int {
	switch o := &c.Operands[i]; {
	case row.Params[i].Index:
		return len(o.Int)
	case row.DType == spec.F32:
		return len(o.F32)
	default:
		return len(o.F64)
	}
}

// contents copies everything a call can reach.
func contents(c *spec.Call) []uint64 {
	var all []uint64
	for _, o := range c.Operands {
		for _, v := range o.F32[:cap(o.F32)] {
			all = append(all, uint64(math.Float32bits(v)))
		}
		for _, v := range o.F64[:cap(o.F64)] {
			all = append(all, math.Float64bits(v))
		}
		for _, v := range o.Int[:cap(o.Int)] {
			all = append(all, uint64(v))
		}
	}
	return all
}

// huge, times 8 bytes, wraps round to 0.
const huge = 1 << (bits.UintSize - 3)

// refuses reports what is wrong with the way a kernel refuses a call: it must
// panic with a ShapeError and write nothing.
func refuses(row *spec.Row, c *spec.Call) (problem string) {
	before := contents(c)
	defer func() {
		e, _ := recover().(error)
		var shape *kernels.ShapeError
		switch {
		case e == nil:
			problem = "is accepted"
		case !errors.As(e, &shape):
			problem = fmt.Sprintf("panics with %T: %v", e, e)
		case shape.Op != "kernels."+row.Kernel && shape.Op != "kernels."+row.Also || shape.Arg == "" || shape.Msg == "":
			problem = fmt.Sprintf("has the report %#v", shape)
		case !slices.Equal(before, contents(c)):
			problem = "is refused, but only after something was written"
		}
	}()
	row.Run(c)
	return ""
}

func accepts(row *spec.Row, c *spec.Call) (problem string) {
	defer func() {
		if e := recover(); e != nil {
			problem = fmt.Sprintf("is refused: %v", e)
		}
	}()
	row.Run(c)
	return ""
}

// TestBadCalls gives every kernel on every tier calls that make no sense.
func TestBadCalls(t *testing.T) {
	for _, row := range slices.Concat(groups()...) {
		t.Run(row.String(), func(t *testing.T) {
			for c := range row.Cases {
				in := random(&row, spec.Sizes{M: 3, N: 5, K: 4, Case: c}, rand.New(rand.NewPCG(3, uint64(c))))
				badCalls(t, &row, in)
			}
		})
	}
}

func badCalls(t *testing.T, row *spec.Row, in *Input) {
	bad := func(what string, change func(c *spec.Call)) {
		t.Helper()
		c := heapCall(row, in)
		change(c)
		if problem := refuses(row, c); problem != "" {
			t.Errorf("case %q: %s %s", row.Cases[in.Case], what, problem)
		}
	}
	if problem := accepts(row, heapCall(row, in)); problem != "" {
		t.Errorf("case %q: a good call %s", row.Cases[in.Case], problem)
	}
	for _, size := range []int{-1, math.MinInt, math.MaxInt, huge} {
		if row.Dims != "N" {
			bad(fmt.Sprint("rows or m = ", size), func(c *spec.Call) { c.M = size })
			bad(fmt.Sprint("cols or n = ", size), func(c *spec.Call) { c.N = size })
		}
		if row.Dims == "MNK" {
			bad(fmt.Sprint("k = ", size), func(c *spec.Call) { c.K = size })
		}
	}
	for i, p := range row.Params {
		rows, cols := p.Shape(in.Sizes)
		if rows == 0 || len(row.Params) == 1 || p.Collected {
			continue
		}
		bad("a short "+p.Name, func(c *spec.Call) { resize(&c.Operands[i], length(row, i, c)-1) })
		bad("an empty "+p.Name, func(c *spec.Call) { resize(&c.Operands[i], 0) })
		if !p.HasLd {
			bad("a long "+p.Name, func(c *spec.Call) { resize(&c.Operands[i], length(row, i, c)+1) })
			continue
		}
		for _, ld := range []int{cols - 1, 0, -1, math.MinInt, huge, 2 * huge, math.MaxInt, math.MaxInt / rows} {
			bad(fmt.Sprintf("the leading dimension %d of %s", ld, p.Name), func(c *spec.Call) { c.Operands[i].Ld = ld })
		}
	}
	for i, p := range row.Params {
		for j, q := range row.Params {
			c := heapCall(row, in)
			written := p.Role != spec.In && !p.Collected && !p.Index
			if i != j && written && !q.Index && !q.Copied && length(row, i, c) > 0 && length(row, j, c) > 0 {
				overlaps(t, row, in, i, j)
			}
		}
	}
}

// overlaps lays output i over operand j: shifted by some elements, and exactly
// where the row does not allow that; and interleaves the two, which is legal.
func overlaps(t *testing.T, row *spec.Row, in *Input, i, j int) {
	p, q := &row.Params[i], &row.Params[j]
	for shift := range 3 {
		c := heapCall(row, in)
		share(row, c, i, j, shift)
		exact := shift == 0 && slices.Contains(p.InPlace, q.Name) || shift == 0 && slices.Contains(q.InPlace, p.Name)
		if exact {
			if problem := accepts(row, c); problem != "" {
				t.Errorf("case %q: %s in place of %s %s", row.Cases[in.Case], p.Name, q.Name, problem)
			}
		} else if problem := refuses(row, c); problem != "" {
			t.Errorf("case %q: %s over %s, shifted by %d, %s", row.Cases[in.Case], p.Name, q.Name, shift, problem)
		}
	}
	if p.HasLd && q.HasLd {
		c := heapCall(row, in)
		interleave(row, c, i, j)
		if problem := accepts(row, c); problem != "" {
			t.Errorf("case %q: %s and %s interleaved %s", row.Cases[in.Case], p.Name, q.Name, problem)
		}
	}
}

// share lays operand i over operand j, shifted, in one backing array, both with the
// larger leading dimension: views with different ones may pass.
func share(row *spec.Row, c *spec.Call, i, j, shift int) {
	a, b := &c.Operands[i], &c.Operands[j]
	ld := max(a.Ld, b.Ld)
	extent := func(k int) int {
		rows, cols := row.Params[k].Shape(c.Sizes)
		c.Operands[k].Ld = ld
		return (rows-1)*ld + cols
	}
	n, m := extent(i), extent(j)
	size := max(m, n+shift)
	f32, f64 := make([]float32, size), make([]float64, size)
	for k := range f32 {
		f32[k], f64[k] = 1, 1
	}
	a.F32, a.F64 = f32[shift:][:n:n], f64[shift:][:n:n]
	b.F32, b.F64 = f32[:m:m], f64[:m:m]
}

// interleave makes operands i and j the left and the right columns of one matrix.
func interleave(row *spec.Row, c *spec.Call, i, j int) {
	ri, ci := row.Params[i].Shape(c.Sizes)
	rj, cj := row.Params[j].Shape(c.Sizes)
	ld := ci + cj + 1
	f32, f64 := make([]float32, ld*max(ri, rj)), make([]float64, ld*max(ri, rj))
	for k := range f32 {
		f32[k], f64[k] = 1, 1
	}
	c.Operands[i].F32, c.Operands[i].F64, c.Operands[i].Ld = f32[:(ri-1)*ld+ci], f64[:(ri-1)*ld+ci], ld
	c.Operands[j].F32, c.Operands[j].F64, c.Operands[j].Ld = f32[ci:][:(rj-1)*ld+cj], f64[ci:][:(rj-1)*ld+cj], ld
}

// TestBadArguments is TestBadCalls for what is not a size, a slice or an overlap.
func TestBadArguments(t *testing.T) {
	x, y, z, w := make([]float32, 4), make([]float32, 4), make([]float32, 4), make([]float32, 4)
	noAct := kernels.Activation(99)
	for _, c := range []struct {
		what string
		call func()
	}{
		{"Activate of an unknown kind", func() { kernels.Activate(noAct, y, x) }},
		{"ActivateGrad of an unknown kind", func() { kernels.ActivateGrad(noAct, y, z, x) }},
		{"ActivateBackward of an unknown kind", func() { kernels.ActivateBackward(noAct, y, z, x) }},
		{"GemmFused of an unknown kind", func() {
			kernels.GemmFused(false, false, 2, 2, 2, 1, x, 2, y, 2, 0, z, 2, kernels.Epilogue[float32]{Act: noAct})
		}},
		{"GemmFused of Deriv behind tanh", func() {
			kernels.GemmFused(false, false, 2, 2, 2, 1, x, 2, y, 2, 0, z, 2, kernels.Epilogue[float32]{Act: kernels.ActTanh, Deriv: w, LdDeriv: 2})
		}},
		{"Dropout with p = 1", func() { kernels.Dropout(y, x, 1, 0, 0) }},
		{"Dropout with p < 0", func() { kernels.Dropout(y, x, -0.1, 0, 0) }},
		{"Dropout with p = NaN", func() { kernels.Dropout(y, x, math.NaN(), 0, 0) }},
		{"UpdateAdam at step 0", func() { kernels.UpdateAdam(x, y, z, w, kernels.AdamParams{}) }},
		{"UpdateAMSGrad at step 0", func() { kernels.UpdateAMSGrad(x, y, z, w, make([]float32, 4), kernels.AdamParams{}) }},
		{"UpdateNAdam at step 0", func() { kernels.UpdateNAdam(x, y, z, w, kernels.NAdamParams{}) }},
		{"UpdateAdagrad at step 0", func() { kernels.UpdateAdagrad(x, y, z, kernels.AdagradParams{}) }},
		{"a label = cols", func() { kernels.SoftmaxCrossEntropy(2, 2, y, 2, x, 2, []int{0, 2}) }},
		{"a label < 0", func() { kernels.SoftmaxCrossEntropy(2, 2, y, 2, x, 2, []int{-1, 0}) }},
		{"a label with no columns", func() { kernels.SoftmaxCrossEntropy(1, 0, y, 1, x, 1, []int{0}) }},
		{"ArgMax of no columns", func() { kernels.ArgMax(2, 0, make([]int, 2), x, 1) }},
		{"Huber of delta 0", func() { kernels.Huber(z, x, y, 0) }},
		{"Clip to nothing", func() { kernels.Clip(y, x, 1, -1) }},
		{"AdaptiveClipRows of lambda 0", func() { kernels.AdaptiveClipRows(2, 2, y, 2, x, 2, 0, 1) }},
		{"AdaptiveClipColumns of eps 0", func() { kernels.AdaptiveClipColumns(2, 2, y, 2, x, 2, 1, 0) }},
		{"an index = n", func() { kernels.GatherRows(2, 2, y, 2, 2, x, 2, []int{0, 2}) }},
		{"TopKHits of k 0", func() { kernels.TopKHits(2, 2, x, 2, []int{0, 0}, 0) }},
		{"SetThreads(-1)", func() { kernels.SetThreads(-1) }},
	} {
		func() {
			defer func() {
				if e, ok := recover().(*kernels.ShapeError); !ok || e.Arg == "" || e.Error() == "" {
					t.Errorf("%s: want a ShapeError, got %v", c.what, e)
				}
			}()
			c.call()
		}()
	}
	for _, v := range [][]float32{x, y, z, w} {
		if slices.Max(v) != 0 || slices.Min(v) != 0 {
			t.Error("something was written by a call that was refused")
		}
	}
}

// TestNamedTypes: a named float type is the kernel of its underlying type.
func TestNamedTypes(t *testing.T) {
	type mine float32
	x := []mine{1, 2, 3}
	y := make([]mine, 3)
	kernels.Exp(y, x)
	want := make([]float32, 3)
	kernels.Exp(want, []float32{1, 2, 3})
	if !slices.Equal(unsafe.Slice((*float32)(&y[0]), 3), want) {
		t.Errorf("Exp of a named type = %v, want %v", y, want)
	}
}
