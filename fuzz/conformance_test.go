package fuzz

import (
	"slices"
	"sync"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/forced"
	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/internal/tiertest"
	"github.com/ashlar-go/ashlar/kernels"
)

// TestConformance runs every kernel on every tier of this CPU against its oracle. With -v it
// prints the counts of its checks.
func TestConformance(t *testing.T) {
	conformance(t, "kernels and dtypes with every tail and offset", groups())
}

// TestConformanceFromMemory does that for kernels over vectors and over the rows and columns of matrices
// once more, with operands that these take for larger than the caches.
func TestConformanceFromMemory(t *testing.T) {
	if raceEnabled {
		return // the race detector sees nothing of assembly
	}
	forced.Memory.Store(true)
	t.Cleanup(func() { forced.Memory.Store(false) }) // after the parallel tests
	conformance(t, "of them with operands from memory",
		slices.DeleteFunc(groups(), func(rows []spec.Row) bool { return rows[0].Dims == "MNK" }))
}

func conformance(t *testing.T, count string, all [][]spec.Row) {
	if !Guarded {
		t.Log("no guard pages on this system: reads outside the operands go unnoticed")
	}
	var mu sync.Mutex
	var total Tally
	t.Cleanup(func() { // after the parallel tests
		t.Log("in all", total)
		proof.Count(t, "bounds", "calls of kernels between pages", total.Calls)
		proof.Count(t, "bounds", "operands whose last element touches a page", total.Behind)
		proof.Count(t, "bounds", "operands whose first element touches a page", total.Before)
		proof.Count(t, "bounds", "matrices with gaps whose last element touches a page", total.Strided)
		proof.Count(t, "bounds", count, len(all))
	})
	for _, rows := range all {
		t.Run(groupName(&rows[0]), func(t *testing.T) {
			t.Parallel()
			tally := Check(t, testing.Short() || raceEnabled, rows...)
			t.Log(tally)
			covers(t, &rows[0], tally)
			mu.Lock()
			defer mu.Unlock()
			total.Add(tally)
		})
	}
}

// covers demands that a kernel ran with every tail, every offset in a cache line, and operands at the
// pages before and behind them.
func covers(t *testing.T, row *spec.Row, tally Tally) {
	lanes := 64 / row.DType.Size()
	all := uint64(1)<<lanes - 1
	if tally.Tails != all || tally.Offsets != all {
		t.Errorf("tails %b and offsets %b were tried, want all of %b", tally.Tails, tally.Offsets, all)
	}
	if tally.Before == 0 || tally.Behind == 0 || row.Dims != "N" && tally.Strided == 0 {
		t.Errorf("%d operands began at a page, %d ended at one, %d of them with gaps: want some of each",
			tally.Before, tally.Behind, tally.Strided)
	}
}

// groups returns the rows of the table in groups of one kernel, dtype and oracle. Where
// ASHLAR_REQUIRE_TIER names a tier, it returns the rows of that tier only. Under the race
// detector, which sees nothing of assembly, it returns those of the active tier only, and none that
// flush: their calls differ from others in assembly alone.
func groups() [][]spec.Row {
	var all [][]spec.Row
	only, one := tiertest.Required()
	if raceEnabled && !one {
		only, one = kernels.Active(), true
	}
	for _, r := range spec.Table() {
		if one && r.Tier != only || raceEnabled && r.Flushes {
			continue
		}
		if n := len(all); n > 0 && groupName(&all[n-1][0]) == groupName(&r) {
			all[n-1] = append(all[n-1], r)
			continue
		}
		all = append(all, []spec.Row{r})
	}
	return all
}
