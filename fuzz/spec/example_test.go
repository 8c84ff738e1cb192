package spec_test

import (
	"fmt"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// A row of the table calls its kernel. These two compute tanh.
func ExampleTable() {
	for _, row := range spec.Table() {
		if row.Kernel != "Tanh" || row.Tier != kernels.Generic {
			continue
		}
		call := spec.Call{Sizes: spec.Sizes{N: 2}, Operands: []spec.Operand{
			{F32: make([]float32, 2), F64: make([]float64, 2)},
			{F32: []float32{0, 1}, F64: []float64{0, 1}},
		}}
		row.Run(&call)
		fmt.Println(row, call.Operands[0].F32, call.Operands[0].F64)
	}
	// Output:
	// Tanh/f32/generic [0 0.7615942] [0 0]
	// Tanh/f64/generic [0 0] [0 0.7615941559557649]
}

func ExampleDType() {
	for _, d := range []spec.DType{spec.F32, spec.F64} {
		fmt.Println(d, d.Size(), d.Eps(), d.Max())
	}
	// Output:
	// f32 4 1.1920928955078125e-07 3.4028234663852886e+38
	// f64 8 2.220446049250313e-16 1.7976931348623157e+308
}

// The bound of the error, in units of eps times the sum of the terms' magnitudes: on random data,
// where most rounding errors cancel, and on any data.
func ExampleTol_Any() {
	for _, row := range spec.Table() {
		if row.Tier == kernels.Generic && row.DType == spec.F32 && row.Kernel == "Gemm" {
			fmt.Println(row.Tol.Max, row.Tol.Any(spec.Sizes{M: 1, N: 1, K: 1024}))
		}
	}
	// Output: 3 131
}
