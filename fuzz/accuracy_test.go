package fuzz

import (
	"flag"
	"iter"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
)

var stride = flag.Uint("stride", 0,
	"TestAccuracy takes every stride-th float32; 1 takes all of them, which is hours")

// TestAccuracy measures the errors of the functions of one argument and of their derivatives,
// over the whole range of the argument and at all numbers near the boundaries. It fails above
// the tolerance of the row. With -v it prints the largest errors:
//
//	go test ./fuzz -run Accuracy -v -stride 1009
func TestAccuracy(t *testing.T) {
	step, near := uint64(*stride), 32
	switch {
	case step > 0:
	case testing.Short() || raceEnabled:
		step, near = 1<<20-3, 2
	default:
		step = 1<<14 - 3
	}
	for _, rows := range groups() {
		if !OfOneArgument(&rows[0]) {
			continue
		}
		t.Run(rows[0].Kernel+"/"+rows[0].DType.String(), func(t *testing.T) {
			for c, name := range rows[0].Cases {
				if name == "" {
					testAccuracy(t, Accuracy{Rows: rows, Case: c}, step, near)
					continue
				}
				t.Run(name, func(t *testing.T) { testAccuracy(t, Accuracy{Rows: rows, Case: c}, step, near) })
			}
		})
	}
}

func testAccuracy(t *testing.T, search Accuracy, step uint64, near int) {
	d := search.Rows[0].DType
	for _, arguments := range []iter.Seq[[]float64]{Boundaries(d, near), sweep(d, step)} {
		for _, w := range search.Run(arguments) {
			output := w.Row.Params[w.Output].Name
			t.Logf("%v %s: %.3f at %v", w.Row, output, w.Error, w.At)
			if !w.Judge() {
				t.Errorf("%v %s: error %.4g at %v, allowed %v", w.Row, output, w.Error, w.At,
					w.Row.Tol.Of(search.Case))
			}
		}
	}
}

// sweep yields every step-th bit pattern of float32, or as many random float64.
func sweep(d spec.DType, step uint64) iter.Seq[[]float64] {
	if d == spec.F32 {
		return AllFloat32(step/3, 1<<32, step)
	}
	return SampleFloat64(int(1<<32/step), step)
}
