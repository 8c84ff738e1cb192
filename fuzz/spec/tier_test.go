package spec

import (
	"sync"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
)

// tierRows are rows of a kernel that returns the tier it runs on.
func tierRows() []Row {
	tell := func(c *Call) { c.Result = float64(kernels.Active()) }
	return line{Row: Row{Kernel: "Tell", Returns: true}, run: calls{tell, tell}}.rows()
}

// TestRunLimitsTheTier: Run calls its kernel on the tier of the row, from however many
// goroutines and tiers at once, and leaves the tier as it was.
func TestRunLimitsTheTier(t *testing.T) {
	before := kernels.Active()
	var wg sync.WaitGroup
	for range 4 {
		for _, r := range tierRows() {
			wg.Go(func() {
				for range 1000 {
					c := &Call{}
					if r.Run(c); c.Result != float64(r.Tier) {
						t.Errorf("%v ran on %v", r, kernels.Tier(c.Result))
						return
					}
				}
			})
		}
	}
	wg.Wait()
	if kernels.Active() != before {
		t.Errorf("the tier is %v, was %v", kernels.Active(), before)
	}
}

// TestRunPanics: a kernel that panics, as it does at a bad call, keeps no tier.
func TestRunPanics(t *testing.T) {
	before := kernels.Active()
	for _, r := range (line{run: calls{func(*Call) { panic("bad") }}}).rows()[:len(tiers)] {
		func() {
			defer func() {
				if recover() != "bad" {
					t.Errorf("%v: the panic is lost", r.Tier)
				}
			}()
			r.Run(&Call{})
		}()
		if kernels.Active() != before {
			t.Errorf("the tier is %v, was %v", kernels.Active(), before)
		}
	}
}

// TestCallRunsOnTheActiveTier: Call leaves the tier to its caller.
func TestCallRunsOnTheActiveTier(t *testing.T) {
	defer kernels.Limit(kernels.Active())
	for _, tier := range tiers {
		if err := kernels.Limit(tier); err != nil {
			t.Fatal(err)
		}
		for _, r := range tierRows() {
			c := &Call{}
			if r.Call(c); c.Result != float64(tier) {
				t.Errorf("%v ran on %v, want %v", r, kernels.Tier(c.Result), tier)
			}
		}
	}
}
