package fuzz

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// resize sets the length of an operand in all its types.
func resize(o *spec.Operand, n int) {
	o.F32, o.F64, o.Int = append(o.F32, 0)[:n:n], append(o.F64, 0)[:n:n], append(o.Int, 0)[:n:n]
	o.BF16 = append(o.BF16, 0)[:n:n]
}

func length(row *spec.Row, i int, c *spec.Call) int {
	switch o := &c.Operands[i]; {
	case row.Params[i].Index:
		return len(o.Int)
	case row.TypeOf(i, c.Sizes) == spec.BF16:
		return len(o.BF16)
	case row.DType == spec.F32:
		return len(o.F32)
	default:
		return len(o.F64)
	}
}

// contents returns a copy of all operands of a call, up to their capacities.
func contents(c *spec.Call) []uint64 {
	n := 1 // callers add the result
	for _, o := range c.Operands {
		n += cap(o.F32) + cap(o.F64) + cap(o.BF16) + cap(o.Int)
	}
	all := make([]uint64, 0, n)
	for _, o := range c.Operands {
		for _, v := range o.F32[:cap(o.F32)] {
			all = append(all, uint64(math.Float32bits(v)))
		}
		for _, v := range o.F64[:cap(o.F64)] {
			all = append(all, math.Float64bits(v))
		}
		for _, v := range o.BF16[:cap(o.BF16)] {
			all = append(all, uint64(v))
		}
		for _, v := range o.Int[:cap(o.Int)] {
			all = append(all, uint64(v))
		}
	}
	return all
}

// huge is a size that wraps round to 0 when it is multiplied by 8 bytes.
const huge = 1 << (bits.UintSize - 3)

// refuses demands that a kernel refuses a call, by an error that names one of these arguments, or any of its own if
// there are none. It returns what went wrong, or "".
func refuses(row *spec.Row, c *spec.Call, args ...string) string {
	shape, problem := refusal(row, c)
	if problem == "" && len(args) > 0 && !slices.Contains(args, shape.Arg) {
		return fmt.Sprintf("panics with %#v, which names %s, want one of %s", shape, shape.Arg, args)
	}
	return problem
}

// refusal demands that a kernel refuses a call: it must panic with a ShapeError that names one of its arguments,
// and write nothing. It returns the error, or what went wrong.
func refusal(row *spec.Row, c *spec.Call) (shape *kernels.ShapeError, problem string) {
	before := contents(c)
	defer func() {
		e, _ := recover().(error)
		switch {
		case e == nil:
			problem = "is accepted"
		case !errors.As(e, &shape):
			problem = fmt.Sprintf("panics with %T: %v", e, e)
		case !names(row, shape):
			problem = fmt.Sprintf("panics with %#v, which names no parameter or has no text", shape)
		case !slices.Equal(before, contents(c)):
			problem = "is refused, but only after the kernel has written"
		}
	}()
	row.Run(c)
	return nil, ""
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

// TestBadCalls gives every kernel on every tier sizes, lengths and leading dimensions that it must
// refuse.
func TestBadCalls(t *testing.T) {
	for _, row := range slices.Concat(groups()...) {
		t.Run(row.String(), func(t *testing.T) {
			for c := range row.Cases {
				in := random(&row, spec.Sizes{M: 3, N: 5, K: 4, Case: c},
					rand.New(rand.NewPCG(3, uint64(c))))
				badCalls(t, &row, in)
			}
		})
	}
}

func badCalls(t *testing.T, row *spec.Row, in *Input) {
	bad := func(what string, change func(c *spec.Call), args ...string) {
		t.Helper()
		c := heapCall(row, in)
		change(c)
		if problem := refuses(row, c, args...); problem != "" {
			t.Errorf("case %q: %s %s", row.Cases[in.Case], what, problem)
		}
	}
	if problem := accepts(row, heapCall(row, in)); problem != "" {
		t.Errorf("case %q: a good call %s", row.Cases[in.Case], problem)
	}
	badSizes(row, bad)
	for i, p := range row.Params {
		rows, cols := p.Shape(in.Sizes)
		if rows == 0 || len(row.Params) == 1 || p.Collected {
			continue
		}
		named := []string{p.Name}
		if row.Dims == "N" { // the vectors decide together, and the first that differs is named
			named = nil
		}
		bad("a short "+p.Name, func(c *spec.Call) { resize(&c.Operands[i], length(row, i, c)-1) }, named...)
		bad("an empty "+p.Name, func(c *spec.Call) { resize(&c.Operands[i], 0) }, named...)
		if !p.HasLd {
			bad("a long "+p.Name, func(c *spec.Call) { resize(&c.Operands[i], length(row, i, c)+1) }, named...)
			continue
		}
		gaps := []string{"ld" + p.Name, "Ld" + p.Name, strings.NewReplacer("src", "lds", "dst", "ldd").Replace(p.Name),
			"stride" + strings.ToUpper(p.Name)}
		for _, ld := range []int{cols - 1, 0, -1, math.MinInt} {
			bad(fmt.Sprintf("the leading dimension %d of %s", ld, p.Name),
				func(c *spec.Call) { c.Operands[i].Ld = ld }, gaps...)
		}
		for _, ld := range []int{huge, 2 * huge, math.MaxInt, math.MaxInt / rows} { // beyond what p holds
			bad(fmt.Sprintf("the leading dimension %d of %s", ld, p.Name),
				func(c *spec.Call) { c.Operands[i].Ld = ld }, append(gaps, p.Name)...)
		}
	}
}

// badSizes makes calls with sizes that are negative, or larger than memory. An error names the size, or of a large
// one what it is too large for.
func badSizes(row *spec.Row, bad func(what string, change func(c *spec.Call), args ...string)) {
	for _, size := range []int{-1, math.MinInt, math.MaxInt, huge} {
		named := func(args ...string) []string {
			if size > 0 {
				return nil
			}
			return args
		}
		if row.Dims != "N" {
			bad(fmt.Sprint("rows or m = ", size), func(c *spec.Call) { c.M = size }, named("rows", "m")...)
			bad(fmt.Sprint("cols or n = ", size), func(c *spec.Call) { c.N = size }, named("cols", "n")...)
		}
		if row.Dims == "MNK" {
			bad(fmt.Sprint("k = ", size), func(c *spec.Call) { c.K = size }, named("k")...)
		}
	}
}

// TestBadArguments is TestBadCalls for the other arguments, and for sizes whose products overflow.
func TestBadArguments(t *testing.T) {
	x, y, z, w := make([]float32, 4), make([]float32, 4), make([]float32, 4), make([]float32, 4)
	noAct := kernels.Activation(99)
	for _, c := range []struct {
		what, names string
		call        func()
	}{
		{"Activate of an unknown kind", "Activate: act", func() { kernels.Activate(noAct, y, x) }},
		{"ActivateGrad of an unknown kind", "ActivateGrad: act", func() { kernels.ActivateGrad(noAct, y, z, x) }},
		{"ActivateBackward of an unknown kind", "ActivateBackward: act",
			func() { kernels.ActivateBackward(noAct, y, z, x) }},
		{"GemmFused of an unknown kind", "GemmFused: Act", func() {
			kernels.GemmFused(false, false, 2, 2, 2, 1, x, 2, y, 2, 0, z, 2,
				kernels.Epilogue[float32]{Act: noAct})
		}},
		{"GemmFused of Deriv behind tanh", "GemmFused: Deriv", func() {
			kernels.GemmFused(false, false, 2, 2, 2, 1, x, 2, y, 2, 0, z, 2,
				kernels.Epilogue[float32]{Act: kernels.ActTanh, Deriv: w, LdDeriv: 2})
		}},
		{"Dropout with p = 1", "Dropout: p", func() { kernels.Dropout(y, x, 1, 0, 0) }},
		{"Dropout with p < 0", "Dropout: p", func() { kernels.Dropout(y, x, -0.1, 0, 0) }},
		{"Dropout with p = NaN", "Dropout: p", func() { kernels.Dropout(y, x, math.NaN(), 0, 0) }},
		{"UpdateAdam at step 0", "UpdateAdam: Step", func() { kernels.UpdateAdam(x, y, z, w, kernels.AdamParams{}) }},
		{"UpdateAMSGrad at step 0", "UpdateAMSGrad: Step",
			func() { kernels.UpdateAMSGrad(x, y, z, w, make([]float32, 4), kernels.AdamParams{}) }},
		{"UpdateNAdam at step 0", "UpdateNAdam: Step",
			func() { kernels.UpdateNAdam(x, y, z, w, kernels.NAdamParams{}) }},
		{"UpdateAdagrad at step 0", "UpdateAdagrad: Step",
			func() { kernels.UpdateAdagrad(x, y, z, kernels.AdagradParams{}) }},
		{"a label = cols", "SoftmaxCrossEntropy: labels",
			func() { kernels.SoftmaxCrossEntropy(2, 2, y, 2, x, 2, []int{0, 2}) }},
		{"a label < 0", "SoftmaxCrossEntropy: labels",
			func() { kernels.SoftmaxCrossEntropy(2, 2, y, 2, x, 2, []int{-1, 0}) }},
		{"a label with no columns", "SoftmaxCrossEntropy: labels",
			func() { kernels.SoftmaxCrossEntropy(1, 0, y, 1, x, 1, []int{0}) }},
		{"ArgMax of no columns", "ArgMax: cols", func() { kernels.ArgMax(2, 0, make([]int, 2), x, 1) }},
		{"Huber of delta 0", "Huber: delta", func() { kernels.Huber(z, x, y, 0) }},
		{"Clip to nothing", "Clip: lo", func() { kernels.Clip(y, x, 1, -1) }},
		{"AdaptiveClipRows of lambda 0", "AdaptiveClipRows: lambda",
			func() { kernels.AdaptiveClipRows(2, 2, y, 2, x, 2, 0, 1) }},
		{"AdaptiveClipColumns of eps 0", "AdaptiveClipColumns: eps",
			func() { kernels.AdaptiveClipColumns(2, 2, y, 2, x, 2, 1, 0) }},
		{"an index = n", "GatherRows: index", func() { kernels.GatherRows(2, 2, y, 2, 2, x, 2, []int{0, 2}) }},
		{"TopKHits of k 0", "TopKHits: k", func() { kernels.TopKHits(2, 2, x, 2, []int{0, 0}, 0) }},
		{"SetThreads(-1)", "SetThreads: n", func() { kernels.SetThreads(-1) }},
		{"a batch of 1<<61", "GemmBatch: c", func() {
			kernels.GemmBatch(huge, false, false, 1, 1, 1, 1, x, 1, 0, y, 1, 0, 0, z, 1, 1)
		}},
		{"batch < 0", "GemmBatch: batch", func() {
			kernels.GemmBatch(-1, false, false, 1, 1, 1, 1, x, 1, 0, y, 1, 0, 0, z, 1, 1)
		}},
		{"the stride 1<<61 of A", "GemmBatch: a", func() {
			kernels.GemmBatch(4, false, false, 1, 1, 1, 1, x, 1, huge, y, 1, 0, 0, z, 1, 1)
		}},
		{"the largest stride of B", "GemmBatch: b", func() {
			kernels.GemmBatch(3, false, false, 1, 1, 1, 1, x, 1, 0, y, 1, math.MaxInt, 0, z, 1, 1)
		}},
		{"a stride of C that wraps", "GemmBatch: c", func() {
			kernels.GemmBatch(3, false, false, 1, 1, 1, 1, x, 1, 0, y, 1, 0, 0, z, 1, math.MaxInt-1)
		}},
		{"a stride < 0", "GemmBatch: strideA", func() {
			kernels.GemmBatch(3, false, false, 1, 1, 1, 1, x, 1, -1, y, 1, 0, 0, z, 1, 1)
		}},
		{"products of a batch over each other", "GemmBatch: strideC", func() {
			kernels.GemmBatch(2, false, false, 1, 2, 1, 1, x, 1, 0, y, 2, 0, 0, z, 2, 1)
		}},
		{"a prepared A that no slice holds", "PrepareGemm: lda", func() {
			kernels.PrepareGemm[float32](false, false, 9, 1, 1, 1, huge, 1, 0, 1)
		}},
		{"a prepared B that no slice holds", "PrepareGemm: ldb", func() {
			kernels.PrepareGemm[float32](false, false, 1, 1, 9, 1, 9, huge, 0, 1)
		}},
		{"a prepared C that no slice holds", "PrepareGemm: ldc", func() {
			kernels.PrepareGemm[float32](false, false, huge, huge, 0, 1, 1, huge, 0, huge)
		}},
		{"blocks of more elements than there are", "GemmBlocks: n", func() {
			kernels.GemmBlocks(huge, huge, 0, nil, huge, nil, huge, func(int, []float32) {})
		}},
		{"blocks of bfloat16 of more elements than there are", "GemmBlocksBFloat16: n", func() {
			kernels.GemmBlocksBFloat16[float32, float32](huge, huge, 0, nil, huge, nil, huge,
				func(int, []float32) {})
		}},
		{"blocks at a level of more elements than there are", "GemmBlocksPrecision: n", func() {
			kernels.GemmBlocksPrecision[float32](kernels.Medium, huge, huge, 0, nil, huge, nil, huge,
				func(int, []float32) {})
		}},
		{"packing of 1<<122 elements", "PackB: b", func() {
			kernels.PackB(false, huge, huge, x, huge)
		}},
		{"packing again of 1<<122 elements", "PackedB.Pack: b", func() {
			new(kernels.PackedB[float32]).Pack(false, huge, huge, x, huge)
		}},
	} {
		func() {
			defer func() {
				e, ok := recover().(*kernels.ShapeError)
				if !ok || e.Op+": "+e.Arg != "kernels."+c.names || !hasParameter(e.Op, e.Arg) || e.Msg == "" {
					t.Errorf("%s: want a ShapeError of %s, got %#v", c.what, c.names, e)
				}
			}()
			c.call()
		}()
	}
	for _, v := range [][]float32{x, y, z, w} {
		if slices.Max(v) != 0 || slices.Min(v) != 0 {
			t.Error("a call that was refused has written to an operand")
		}
	}
}

// TestNamedTypes: a named float type takes the kernel of its underlying type.
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

// TestSizesOfNothing: a matrix with a size of 0 has no elements, however huge its other size is,
// and a matrix of one row may have any leading dimension. A kernel accepts such a call, or refuses
// it with a ShapeError where a vector of the huge length is missing. It neither hangs nor panics
// in another way.
func TestSizesOfNothing(t *testing.T) {
	for _, rows := range groups() {
		row := &rows[len(rows)-1]
		if row.Dims == "N" {
			continue
		}
		t.Run(groupName(row), func(t *testing.T) {
			for c := range row.Cases {
				r := rand.New(rand.NewPCG(4, uint64(c)))
				sizes := []spec.Sizes{{N: 5, K: 4}, {M: 3, K: 4}, {M: 3, N: 5}, {M: 3}, {N: 5}, {K: 4}}
				for _, s := range sizes {
					s.Case = c
					if in := random(row, s, r); in != nil {
						manyOfNothing(t, row, in)
					}
				}
				one := random(row, spec.Sizes{M: 1, N: 5, K: 1, Case: c}, r)
				longRows(t, row, one)
			}
		})
	}
}

// manyOfNothing makes the sizes that are not 0 huge.
func manyOfNothing(t *testing.T, row *spec.Row, in *Input) {
	for _, n := range []int{huge, math.MaxInt, math.MaxInt / 3} {
		for which := range 3 {
			call := heapCall(row, in)
			size := []*int{&call.M, &call.N, &call.K}[which]
			if *size == 0 || which == 2 && row.Dims != "MNK" {
				continue
			}
			*size = n
			for i := range call.Operands {
				call.Operands[i].Ld = max(call.Operands[i].Ld, n)
			}
			func() {
				defer func() {
					if e := recover(); e != nil {
						if shape, ok := e.(*kernels.ShapeError); !ok || !names(row, shape) {
							t.Errorf("case %q: size %d of m %d, n %d, k %d: %v",
								row.Cases[in.Case], which, call.M, call.N, call.K, e)
						}
					}
				}()
				row.Run(call)
			}()
		}
	}
}

// longRows gives every operand of one row a huge leading dimension, which must not matter.
func longRows(t *testing.T, row *spec.Row, in *Input) {
	plain, long := heapCall(row, in), heapCall(row, in)
	for i, p := range row.Params {
		if rows, _ := p.Shape(in.Sizes); rows == 1 {
			long.Operands[i].Ld = huge
		}
	}
	if problem := accepts(row, plain) + accepts(row, long); problem != "" {
		t.Errorf("case %q: one row with a huge leading dimension %s", row.Cases[in.Case], problem)
	} else if !slices.Equal(contents(plain), contents(long)) {
		t.Errorf("case %q: one row with a huge leading dimension has another result", row.Cases[in.Case])
	}
}
