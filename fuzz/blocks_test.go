package fuzz

import (
	"math/rand/v2"
	"os"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/forced"
	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/kernels"
)

// blockedSizes are products that have several blocks of rows, of columns and of terms where the caches are
// as small as smallCaches: with few terms several tiles in a block of columns, with more than the longest
// pass several passes.
var blockedSizes = []spec.Sizes{{M: 300, N: 610, K: 40}, {M: 150, N: 530, K: 300}}

// TestBlocks: the bits of a product depend neither on how the sizes of the caches cut it nor on the threads
// that share the blocks. The call to compare with has one thread and the caches of this machine.
//
// ASHLAR_BLOCKS=every takes minutes: every tier and case in both sizes.
func TestBlocks(t *testing.T) {
	if raceEnabled {
		return // the race detector sees nothing of assembly
	}
	defer kernels.SetThreads(0)
	every, calls := os.Getenv("ASHLAR_BLOCKS") == "every", 0
	for _, rows := range groups() {
		if !every {
			rows = rows[len(rows)-1:]
		}
		slow := rows[0].DType == spec.F64 || rows[0].Tier == kernels.Generic
		if rows[0].Dims != "MNK" || testing.Short() && slow {
			continue
		}
		t.Run(groupName(&rows[0]), func(t *testing.T) {
			for i := range rows {
				calls += inBlocks(t, &rows[i], every)
			}
		})
	}
	proof.Count(t, "values", "products cut for small caches, same bits", calls)
}

// inBlocks compares the bits of products in blocks with those in one, and returns how many they are.
func inBlocks(t *testing.T, row *spec.Row, every bool) (calls int) {
	step := 9 // shares no divisor with the numbers of flags, scalars and epilogues: all of them come
	switch {
	case every:
		step = 1
	case row.Tier == kernels.Generic:
		step = 27 // a product takes a tenth of a second
	}
	for taken := 0; taken*step < len(row.Cases); taken++ {
		c := taken * step
		for i, s := range blockedSizes {
			if !every && i != taken/2%2 { // of two cases in a row one has the other triangle
				continue
			}
			s.Case = c
			in := recurring(row, s, rand.New(rand.NewPCG(27, uint64(c))))
			kernels.SetThreads(1)
			call := newRepeatedCall(row, in)
			for threads := 1; threads <= 3; threads++ {
				kernels.SetThreads(threads)
				forced.Caches.Store(smallCaches)
				wrong := call.again()
				forced.Caches.Store(0)
				if calls++; wrong != "" {
					t.Errorf("%v: m=%d n=%d k=%d case %q, small blocks on %d threads: %s",
						row, s.M, s.N, s.K, row.Cases[c], threads, wrong)
					return calls
				}
			}
		}
	}
	return calls
}
