package kernels

import (
	"errors"
	"math"
	"testing"
)

// TestNilArguments: a pointer or function that is nil, and sizes that no memory holds, panic with a
// ShapeError that names the parameter.
func TestNilArguments(t *testing.T) {
	x, y := make([]float32, 4), make([]float32, 4)
	for arg, calls := range map[string][]func(){
		"p": {func() { BatchNormForward(2, 2, y, 2, x, 2, nil) }, func() { BatchNormInfer(2, 2, y, 2, x, 2, nil) },
			func() { BatchNormBackward(2, 2, y, 2, y, 2, x, 2, nil, make([]float32, 2), make([]float32, 2)) }},
		"b": {func() { GemmPacked(false, 2, 1, x, 2, nil, 0, x, 2, Epilogue[float32]{}) }},
		"f": {func() { GemmBlocks(2, 2, 2, x, 2, x, 2, nil) },
			func() { GemmBlocksBFloat16(2, 2, 2, x, 2, x, 2, nil) },
			func() { GemmBlocksPrecision(Medium, 2, 2, 2, x, 2, x, 2, nil) }},
		"m": {func() { ExplainGemm[float32](false, false, math.MaxInt, 2, 2) }},
		"n": {func() { ExplainGemm[float32](false, false, 2, math.MaxInt, 2) }},
	} {
		for i, f := range calls {
			func() {
				defer func() {
					err, _ := recover().(error)
					var shape *ShapeError
					if !errors.As(err, &shape) || shape.Arg != arg {
						t.Errorf("call %d for %s: %v", i, arg, err)
					}
				}()
				f()
			}()
		}
	}
}

// TestPreparedNothing: a prepared product of no rows or no columns takes nil for all operands, as Gemm does.
func TestPreparedNothing(t *testing.T) {
	for _, s := range [][3]int{{0, 3, 2}, {3, 0, 2}, {0, 0, 2}, {0, 3, 0}} {
		for _, trans := range []bool{false, true} {
			g := PrepareGemm[float32](trans, trans, s[0], s[1], s[2], 1, 8, 8, 0, 8)
			g.Do(nil, nil, nil)
		}
	}
}
