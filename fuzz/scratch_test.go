package fuzz

import (
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/freelist"
	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/internal/spoil"
	"github.com/ashlar-go/ashlar/kernels"
)

// TestScratchBounds: no kernel touches anything outside the memory that it keeps for itself: scratch,
// packed panels, and the contents of PackedB, PackedBFloat16 and QuantizedB. Each slice of numbers that a
// call gives back to a free list moves between pages without permissions. The same call takes it out again,
// where it ends at a page, and once more where it begins at one. All have the bits of the first call.
//
// Arrays of fixed size inside such a value stay where they are.
func TestScratchBounds(t *testing.T) {
	if raceEnabled || !Guarded {
		t.Skip("this is about assembly, and needs pages without permissions")
	}
	kernels.SetThreads(1) // all faults come up here, and calls take the same values out of the lists
	t.Cleanup(func() { kernels.SetThreads(0) })
	m := &mover{}
	for _, rows := range groups() {
		m.group(t, rows)
	}
	proof.Count(t, "bounds", "buffers of kernels at pages, in two calls each", m.moved)
}

// TestSharedScratchBounds: nor does a call that threads share, with their parts of a result. A fault in a
// helper ends the program.
func TestSharedScratchBounds(t *testing.T) {
	if raceEnabled || !Guarded {
		t.Skip("this is about assembly, and needs pages without permissions")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	defer freelist.OnPut(nil)
	var mu sync.Mutex
	var pages spoil.Pages // taken for good: threads leave more in the lists than the next call takes out
	moved := 0
	move := func(atStart bool) func(kept any) {
		return func(kept any) {
			mu.Lock()
			defer mu.Unlock()
			moved += pages.Move(kept, atStart)
		}
	}
	for _, rows := range groups() {
		row := &rows[len(rows)-1]
		if testing.Short() && (row.DType == spec.F64 || row.Kernel == "GatherRows") {
			continue // the stretches are the same; and it keeps nothing, of 500 MB
		}
		for _, s := range sharedCalls(row) {
			freelist.OnPut(spoil.Forget)
			c := newRepeatedCall(row, recurring(row, s, rand.New(rand.NewPCG(15, 16))))
			if c == nil {
				continue
			}
			before := moved
			for i, given := range []func(kept any){move(false), move(true), move(false), spoil.Forget} {
				if i > 0 && moved == before {
					break // it keeps no slice
				}
				freelist.OnPut(given)
				if wrong := c.again(); wrong != "" {
					t.Fatalf("%v, where buffers of the kernel touch pages: %s", row, wrong)
				}
			}
		}
	}
	proof.Count(t, "bounds", "buffers of calls on several threads moved to pages", moved)
}

// mover runs calls whose scratch lies between pages.
type mover struct {
	pages     spoil.Pages
	moved     int      // buffers
	want, got []uint64 // the bits of the first call and of the last
	wrong     string   // with a call; "" if nothing
}

// scratchSizes are calls that use growing scratch of every kind.
func scratchSizes(row *spec.Row) []spec.Sizes {
	tail := 2*64/row.DType.Size() + 5
	switch row.Dims {
	case "N":
		return []spec.Sizes{{N: tail}}
	case "MN":
		return []spec.Sizes{{M: 5, N: tail}, {M: 131, N: 70}}
	}
	return []spec.Sizes{{M: 5, N: tail, K: 7}, {M: 40, N: 67, K: 170}}
}

// group runs the rows of a kernel and a dtype, in all cases with ASHLAR_SCRATCH=every. Else it does so in
// some, in two of the short tests, and leaves a kernel whose first case keeps no slice.
func (m *mover) group(t *testing.T, rows []spec.Row) {
	rows = slices.DeleteFunc(rows, func(r spec.Row) bool {
		return r.Tier == kernels.Generic // Go checks its indices
	})
	if len(rows) == 0 {
		return
	}
	before := m.moved
	for c := range rows[0].Cases {
		if os.Getenv("ASHLAR_SCRATCH") != "every" &&
			(c%3 != 0 || c > 0 && m.moved == before || c > 3 && testing.Short()) {
			continue
		}
		for _, s := range scratchSizes(&rows[0]) {
			s.Case = c
			in := random(&rows[0], s, rand.New(rand.NewPCG(29, uint64(c))))
			for i := range rows {
				if what := m.calls(&rows[i], in); what != "" {
					t.Errorf("%v: m=%d n=%d k=%d case %q: %s",
						rows[i], s.M, s.N, s.K, rows[0].Cases[c], what)
					return
				}
			}
		}
	}
}

// calls makes one call several times, and returns what is wrong with one of them.
func (m *mover) calls(row *spec.Row, in *Input) string {
	m.want, m.wrong = nil, ""
	if !m.repeat(row, in, spoil.Forget) {
		return m.wrong
	}
	moved := 0
	m.want = m.got
	if m.repeat(row, in, func(kept any) { moved += m.pages.Move(kept, false) }) && moved > 0 &&
		m.repeat(row, in, func(kept any) { m.pages.Move(kept, true) }) {
		m.moved += moved
		m.repeat(row, in, spoil.Forget)
	}
	if m.wrong == "" {
		m.pages.Reset()
	}
	return m.wrong
}

// repeat makes a call and does to every value that it gives back what given says. It reports whether the
// call had the bits of the first one.
func (m *mover) repeat(row *spec.Row, in *Input, given func(kept any)) bool {
	freelist.OnPut(given)
	defer freelist.OnPut(nil)
	c := heapCall(row, in)
	if what, addr := guarded(row.Run, c); what != "" {
		m.wrong = what + m.pages.Place(addr)
		return false
	}
	m.got = append(contents(c), math.Float64bits(c.Result))
	if m.want != nil && firstWord(m.want, m.got) >= 0 {
		m.wrong = "other bits than the first time, where buffers of the kernel touch pages"
	}
	return m.wrong == ""
}
