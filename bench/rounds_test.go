package bench

import (
	"testing"
	"time"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

func TestRounds(t *testing.T) {
	r := Rounds{times: [][]time.Duration{{30, 10, 20}, {1, 2, 9}}}
	if m := r.Median(0); m != 20 {
		t.Errorf("median of 30, 10, 20 is %d", m)
	}
	if m := r.Least(0); m != 10 {
		t.Errorf("the least of 30, 10, 20 is %d", m)
	}
	if rate := r.Rate(1, 10); rate != 5 {
		t.Errorf("10 operations in a median of 2 ns give %v", rate)
	}
	calls := ""
	var turn Rounds
	for range 2 {
		turn.Run(func() { calls += "a" }, func() { calls += "b" })
	}
	if calls != "abab" {
		t.Errorf("two rounds ran %q, want abab", calls)
	}
}

// TestPeak wants a limit for every assembly tier.
func TestPeak(t *testing.T) {
	for _, tier := range kernels.Tiers() {
		for _, d := range []spec.DType{spec.F32, spec.F64} {
			run, flops := Peak(tier, d)
			if (run == nil) != (tier == kernels.Generic) || (run == nil) != (flops == 0) {
				t.Errorf("Peak(%v, %v): loop %v, flops %v", tier, d, run != nil, flops)
			}
			if run != nil {
				run()
			}
		}
	}
}

// TestPeakBF16 wants a limit where the path of dot products runs, or a better one, and nowhere else.
func TestPeakBF16(t *testing.T) {
	run, flops := PeakBF16()
	if runs := kernels.ActiveBF16() >= kernels.BF16Dot; (run != nil) != runs || (flops != 0) != runs {
		t.Errorf("PeakBF16: loop %v, flops %v, on the path %v", run != nil, flops, kernels.ActiveBF16())
	}
	if run != nil {
		run()
	}
}
