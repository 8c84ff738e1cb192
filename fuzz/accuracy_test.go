package fuzz

import (
	"flag"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
)

var stride = flag.Uint("stride", 0, "TestAccuracy takes every stride-th float32; 1 takes all of them, which is hours")

// TestAccuracy measures the functions of one variable over the whole range of their
// argument and fails above the tolerance of their row. With -v it prints the
// largest errors: go test ./fuzz -run Accuracy -v -stride 1009
func TestAccuracy(t *testing.T) {
	step := uint64(*stride)
	switch {
	case step > 0:
	case testing.Short() || raceEnabled:
		step = 1<<20 - 3
	default:
		step = 1<<14 - 3
	}
	for _, rows := range groups() {
		row := &rows[0]
		if len(row.Params) != 2 || row.Params[0].Name != "y" || row.Params[0].Role != kernels.Out || row.Dims != "N" || row.Params[1].Index || row.Kernel == "Dropout" {
			continue
		}
		t.Run(row.Kernel+"/"+row.DType.String(), func(t *testing.T) {
			for c, name := range row.Cases {
				worst := make([]float64, len(rows))
				at := make([]float64, len(rows))
				sweep(row.DType, step, func(x []float64) {
					in := &Input{Sizes: kernels.Sizes{N: len(x), Case: c}, Values: [][]float64{nil, x}, Ints: make([][]int, 2)}
					ref := reference(row, in)
					for i := range rows {
						call := heapCall(row, in)
						rows[i].Run(call)
						for j := range x {
							got := call.Operands[0].F64[j]
							if row.DType == kernels.F32 {
								got = float64(call.Operands[0].F32[j])
							}
							if err := distance(row.Tol.Kind, row.DType, got, ref.Operands[0].Want[j], ref.Operands[0].Scale[j]); !(err <= worst[i]) {
								worst[i], at[i] = err, x[j]
							}
						}
					}
				})
				for i, r := range rows {
					t.Logf("%v %s: %.3f at %v", r, name, worst[i], at[i])
					if !(worst[i] <= r.Tol.Max) {
						t.Errorf("%v %s: error %.4g at %v, allowed %v", r, name, worst[i], at[i], r.Tol.Max)
					}
				}
			}
		})
	}
}

// sweep calls f with all arguments, some thousand at a time: every step-th bit
// pattern of float32, or as many float64, half of them of moderate size.
func sweep(d kernels.DType, step uint64, f func(x []float64)) {
	r := rand.New(rand.NewPCG(step, 1))
	var x []float64
	for bits := r.Uint64N(step); bits < 1<<32; bits += step {
		switch {
		case d == kernels.F32:
			x = append(x, float64(math.Float32frombits(uint32(bits))))
		case bits/step%2 == 0:
			x = append(x, math.Float64frombits(r.Uint64()))
		default:
			x = append(x, r.NormFloat64()*math.Exp2(20*r.Float64()-10))
		}
		if len(x) == 4096 {
			f(x)
			x = x[:0]
		}
	}
	f(x)
}
