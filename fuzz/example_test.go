package fuzz_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz"
	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// rowOf returns a row of the table, on the generic tier.
func rowOf(kernel string, d spec.DType) spec.Row {
	for _, r := range spec.Table() {
		if r.Kernel == kernel && r.DType == d && r.Tier == kernels.Generic {
			return r
		}
	}
	panic("no kernel " + kernel)
}

// failures stands for the *testing.T of a test. It keeps the errors reported.
type failures struct {
	testing.TB
	list []*fuzz.Failure
}

func (f *failures) Helper()           {}
func (f *failures) Error(args ...any) { f.list = append(f.list, args[0].(*fuzz.Failure)) }

// Check one call on your own numbers, special values among them, in several layouts.
func ExampleCheckInput() {
	in := &fuzz.Input{
		Sizes:  spec.Sizes{N: 4},
		Values: [][]float64{nil, {0, math.Inf(-1), math.NaN(), 0.5}}, // y is only written
		Ints:   make([][]int, 2),
		Wild:   true,
	}
	t := &failures{}
	fuzz.CheckInput(t, 0, in, rowOf("Exp", spec.F32))
	fmt.Println(len(t.list), "failures")
	// Output: 0 failures
}

// A failure names the kernel, the call and the error: this kernel rounds down.
func ExampleFailure() {
	row := rowOf("Sqrt", spec.F64)
	run := row.Run
	row.Run = func(c *spec.Call) {
		run(c)
		for i, y := range c.Operands[0].F64 {
			c.Operands[0].F64[i] = math.Nextafter(y, 0)
		}
	}
	in := &fuzz.Input{Sizes: spec.Sizes{N: 1}, Values: [][]float64{nil, {9}}, Ints: make([][]int, 2)}
	t := &failures{}
	fuzz.CheckInput(t, 0, in, row)
	for _, f := range t.list {
		fmt.Println(f.Row, f.What)
	}
	// Output: Sqrt/f64/generic y[0, 0] = 2.9999999999999996, want 3; error 1, allowed 0.5 (1 ulp)
}

// Exact values are those such as tanh(+Inf) = 1 and tanh(-0) = -0.
func ExampleCheckExact() {
	row := rowOf("Tanh", spec.F64)
	fmt.Println(fuzz.CheckExact(&row, 0))

	row.Run = func(c *spec.Call) { // without the sign of zero
		for i, x := range c.Operands[1].F64 {
			c.Operands[0].F64[i] = math.Tanh(x) + 0
		}
	}
	fmt.Println(fuzz.CheckExact(&row, 0))
	// Output:
	// []
	// [[-0]: y = 0, want -0]
}

func ExampleHasExact() {
	for _, kernel := range []string{"Tanh", "ActivateBackward", "Softmax"} {
		row := rowOf(kernel, spec.F32)
		fmt.Println(kernel, fuzz.HasExact(&row))
	}
	// Output:
	// Tanh true
	// ActivateBackward true
	// Softmax false
}

func ExampleOfOneArgument() {
	for _, kernel := range []string{"Tanh", "ActivateGrad", "Axpy"} {
		row := rowOf(kernel, spec.F32)
		fmt.Println(kernel, fuzz.OfOneArgument(&row))
	}
	// Output:
	// Tanh true
	// ActivateGrad true
	// Axpy false
}

// The largest error of sqrt over one float32 in a million: it is rounded correctly.
func ExampleAccuracy() {
	search := fuzz.Accuracy{Rows: []spec.Row{rowOf("Sqrt", spec.F32)}}
	for _, w := range search.Run(fuzz.AllFloat32(0, 1<<32, 1<<20-3)) {
		fmt.Println(w.Row, w.Judge(), w.Error <= 0.5)
	}
	// Output: Sqrt/f32/generic true true
}

// A search returns one Worst for each row and output: here the value and the derivative.
func ExampleWorst() {
	search := fuzz.Accuracy{Rows: []spec.Row{rowOf("ActivateGrad", spec.F32)}}
	for _, w := range search.Run(fuzz.Boundaries(spec.F32, 1)) {
		fmt.Println(w.Row.Params[w.Output].Name, w.Judge())
	}
	// Output:
	// y true
	// d true
}

// The four float32 from 1 on.
func ExampleAllFloat32() {
	first := uint64(math.Float32bits(1))
	for x := range fuzz.AllFloat32(first, first+4, 1) {
		fmt.Println(x)
	}
	// Output: [1 1.0000001192092896 1.000000238418579 1.0000003576278687]
}

// The first boundary is 0. It comes with its neighbours of either sign and NaN.
func ExampleBoundaries() {
	for x := range fuzz.Boundaries(spec.F64, 1) {
		fmt.Println(x)
		break
	}
	// Output: [0 -0 5e-324 -5e-324 NaN]
}

// The numbers come in pieces. A seed gives the same numbers each time.
func ExampleSampleFloat64() {
	draw := func() (all []float64) {
		for x := range fuzz.SampleFloat64(10000, 1) {
			all = append(all, x...)
		}
		return all
	}
	x, y := draw(), draw()
	fmt.Println(len(x), math.Float64bits(x[9999]) == math.Float64bits(y[9999]))
	// Output: 10000 true
}

// Whether a search takes the square root, and a product.
func ExampleOfOneNumber() {
	root, product := rowOf("Sqrt", spec.F32), rowOf("Gemm", spec.F32)
	fmt.Println(fuzz.OfOneNumber(&root), fuzz.OfOneNumber(&product))
	// Output: true false
}

// All float32 between 1 and 2 are searched for the largest error of the square root, which is
// the best possible.
func ExampleNewSweep() {
	s := fuzz.NewSweep(rowOf("Sqrt", spec.F32), 0)
	s.Bits(uint64(math.Float32bits(1)), uint64(math.Float32bits(2)))
	fmt.Printf("%d numbers, at most %.2f ulp\n", s.Count, s.Worst()[0].Error)
	// Output: 8388608 numbers, at most 0.50 ulp
}
