package fuzz_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz"
	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// double is the kernel under test, y = 2x. It computes groups of four elements and omits the
// remainder.
func double(y, x []float32) {
	for i := 0; i+4 <= len(x); i += 4 {
		for j := i; j < i+4; j++ {
			y[j] = 2 * x[j]
		}
	}
}

// row describes double: its operands, how to call it, and what y should be.
func row() spec.Row {
	vector := func(s spec.Sizes) (rows, cols int) { return 1, s.N }
	return spec.Row{
		Kernel: "double", Tier: kernels.Generic, DType: spec.F32, Dims: "N", Cases: []string{""},
		Params: []spec.Param{{Name: "y", Role: spec.Out, Shape: vector}, {Name: "x", Shape: vector}},
		Tol:    spec.Tol{Kind: spec.Exact},
		Run:    func(c *spec.Call) { double(c.Operands[0].F32, c.Operands[1].F32) },
		Ref: func(r *spec.Ref) {
			for i, x := range r.Operands[1].Before {
				r.Operands[0].Want[i].Hi = 2 * x
			}
		},
	}
}

// report stands for the *testing.T of a test. It prints each part of a message on its own line.
type report struct{ testing.TB }

func (report) Helper()           {}
func (report) Error(args ...any) { fmt.Println(strings.ReplaceAll(fmt.Sprint(args...), ": ", ":\n")) }

// The kernel computes groups of four elements and omits the remainder. At length 1 it writes
// nothing, and y still holds the NaN from before the call.
func ExampleCheck() {
	fuzz.Check(report{}, true, row())
	// Output:
	// double/f32/generic:
	// m=0 n=1 k=0 case "", operands at the end of its page:
	// y[0, 0] = NaN, want -3.7173051834106445; error +Inf, allowed 0 (+Inf ulp)
}

// Tallies of several kernels add up.
func ExampleTally() {
	t := fuzz.Tally{Inputs: 1, Calls: 4, Judged: 10, Compared: 3}
	t.Add(t)
	fmt.Println(t)
	// Output: 2 inputs, 8 calls, 20 values judged, 6 outcomes compared, 0 across tiers
}

// One row and one seed give the same call each time. A matrix has a leading dimension of cols + 2.
func ExampleNewCall() {
	row := row()
	a, b := fuzz.NewCall(&row, spec.Sizes{N: 5}, 1), fuzz.NewCall(&row, spec.Sizes{N: 5}, 1)
	fmt.Println(len(a.Operands), "operands, x of", len(a.Operands[1].F32), "elements")
	fmt.Println("the same x:", slices.Equal(a.Operands[1].F32, b.Operands[1].F32))
	// Output:
	// 2 operands, x of 5 elements
	// the same x: true
}
