package fuzz

import (
	"math"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/proof"
)

// TestExact demands the exact values of every function of one argument, every activation and
// every backward pass, on every tier of this CPU.
func TestExact(t *testing.T) {
	points := 0
	for _, row := range spec.Table() {
		if !HasExact(&row) {
			continue
		}
		for c, name := range row.Cases {
			points += len(row.Points(c))
			for _, wrong := range CheckExact(&row, c) {
				t.Errorf("%v %s at %s", row, name, wrong)
			}
		}
	}
	proof.Count(t, "exact", "exact values at the special numbers", points)
}

// TestExactEverywhere: a kernel has the formula several times, in the unrolled round of its loop, in
// that of a single vector and for the tail. Each exact value comes in every place of a call that has
// them all.
func TestExactEverywhere(t *testing.T) {
	for _, rows := range groups() {
		if !HasExact(&rows[0]) {
			continue
		}
		t.Run(rows[0].Kernel+"/"+rows[0].DType.String(), func(t *testing.T) {
			for i := range rows {
				for c, name := range rows[i].Cases {
					if wrong := checkEverywhere(&rows[i], c); len(wrong) > 0 {
						t.Errorf("%v %s at %d points, the first is %s", rows[i], name, len(wrong), wrong[0])
					}
				}
			}
		})
	}
}

// checkEverywhere makes a call of 8 vectors of 16, one more and a tail, once for each way to turn the
// list of points.
func checkEverywhere(row *spec.Row, c int) (wrong []string) {
	const n = 9*16 + 7
	points := row.Points(c)
	list := make([][]float64, n)
	for turn := range points {
		for i := range list {
			list[i] = points[(i+turn)%len(points)]
		}
		wrong = append(wrong, checkPoints(row, c, list)...)
	}
	return wrong
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
