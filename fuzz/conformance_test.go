package fuzz

import (
	"sync"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/tiertest"
	"github.com/ashlar-go/ashlar/kernels"
)

// TestConformance runs every kernel on every tier of this CPU against its oracle. With -v it
// prints the counts of its checks.
func TestConformance(t *testing.T) {
	if !Guarded {
		t.Log("no guard pages on this system: reads outside the operands go unnoticed")
	}
	var mu sync.Mutex
	var total Tally
	t.Cleanup(func() { t.Log("in all", total) }) // after the parallel tests
	for _, rows := range groups() {
		t.Run(rows[0].Kernel+"/"+rows[0].DType.String(), func(t *testing.T) {
			t.Parallel()
			tally := Check(t, testing.Short() || raceEnabled, rows...)
			t.Log(tally)
			mu.Lock()
			defer mu.Unlock()
			total.Add(tally)
		})
	}
}

// groups returns the rows of the table in groups of one kernel and dtype. Where
// ASHLAR_REQUIRE_TIER names a tier, it returns the rows of that tier only. Under the race
// detector, which sees nothing of assembly, it returns those of the active tier only.
func groups() [][]spec.Row {
	var all [][]spec.Row
	only, one := tiertest.Required()
	if raceEnabled && !one {
		only, one = kernels.Active(), true
	}
	for _, r := range spec.Table() {
		if one && r.Tier != only {
			continue
		}
		if n := len(all); n > 0 && all[n-1][0].Kernel == r.Kernel && all[n-1][0].DType == r.DType {
			all[n-1] = append(all[n-1], r)
			continue
		}
		all = append(all, []spec.Row{r})
	}
	return all
}
