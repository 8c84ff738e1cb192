package fuzz

import (
	"math"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
)

// TestExact demands the exact values of every function of one argument, every activation and
// every backward pass, on every tier of this CPU.
func TestExact(t *testing.T) {
	for _, row := range spec.Table() {
		if !HasExact(&row) {
			continue
		}
		for c, name := range row.Cases {
			for _, wrong := range CheckExact(&row, c) {
				t.Errorf("%v %s at %s", row, name, wrong)
			}
		}
	}
}

// TestExactIsComplete: every function has exact values at the infinities, at both zeros and for NaN.
func TestExactIsComplete(t *testing.T) {
	for _, row := range spec.Table() {
		if !HasExact(&row) {
			continue
		}
		if row.Points == nil {
			t.Errorf("%v: no points", row)
			continue
		}
		for c, name := range row.Cases {
			arguments := []float64{math.Inf(-1), math.Copysign(0, -1), 0, math.Inf(1), math.NaN()}
			memo := row.Kernel == "ActivateBackward"
			if memo {
				arguments = []float64{1}
			}
			for _, x := range arguments {
				if !slices.ContainsFunc(row.Points(c), func(p []float64) bool {
					return math.Float64bits(p[0]) == math.Float64bits(x) || x != x && p[0] != p[0]
				}) {
					t.Errorf("%v %s: no point for the argument %v", row, name, x)
				}
			}
		}
	}
}
