package fuzz

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/forced"
	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/kernels"
)

// TestThreadsAgree: the number of threads changes no bit of a kernel's results.
// TestGemmThreads and TestBlocks say the same of products.
func TestThreadsAgree(t *testing.T) {
	defer kernels.SetThreads(0)
	most, calls := 3, 0
	if testing.Short() {
		most = 2
	}
	for _, rows := range groups() {
		row := rows[len(rows)-1] // the fastest tier: the stretches are the same on all
		if testing.Short() && row.DType == spec.F64 {
			continue // threads run the same code for both dtypes
		}
		if row.Dims == "MNK" {
			continue
		}
		t.Run(row.Kernel+"/"+row.DType.String(), func(t *testing.T) {
			for _, s := range sharedCalls(&row) {
				for _, shape := range reshaped(&row, s) {
					threadsAgree(t, &row, shape, most)
					calls++
				}
			}
		})
	}
	proof.Count(t, "concurrency", "calls with the same bits on one thread and on several", calls)
}

// TestMemoryAgrees: no bit of a matrix kernel's results depends on whether it takes its operands for larger
// than the caches, where it comes to several pieces of rows as long as a block of columns.
func TestMemoryAgrees(t *testing.T) {
	defer kernels.SetThreads(0)
	defer forced.Memory.Store(false)
	for _, rows := range groups() {
		row := rows[len(rows)-1] // the fastest tier: the pieces are the same on all
		if row.Dims != "MN" || testing.Short() && row.DType == spec.F64 {
			continue
		}
		in := recurring(&row, spec.Sizes{M: 530, N: colBlock - 2}, rand.New(rand.NewPCG(7, 8)))
		var want []uint64
		for _, threads := range []int{0, 1, 2} { // 0 is one thread, and the caches as they are
			kernels.SetThreads(max(1, threads))
			forced.Memory.Store(threads > 0)
			c := heapCall(&row, in) // rows are two elements apart: they begin on cache lines
			row.Run(c)
			if got := append(contents(c), math.Float64bits(c.Result)); want == nil {
				want = got
			} else if !slices.Equal(got, want) {
				t.Errorf("%v: past the caches, with %d threads, the bits differ from those in them", &row, threads)
			}
		}
	}
}

// reshaped returns the sizes of a call and, for a matrix, those of matrices with about as many elements whose
// rows end behind a block of columns, are longer than what one call takes, and are shorter than a vector.
// GatherRows stays as it is: the table that threads share is too large to be drawn for more shapes.
func reshaped(row *spec.Row, s spec.Sizes) []spec.Sizes {
	all := []spec.Sizes{s}
	if row.Dims != "MN" || s.M*s.N > 1<<22 {
		return all
	}
	for _, cols := range []int{2*colBlock + 77, longVector + 77, 3} {
		shape := s
		shape.M, shape.N = s.M*s.N/cols+1, cols
		all = append(all, shape)
	}
	return all
}

// colBlock is the most columns that a kernel takes at a time where it goes down columns.
const colBlock = 1 << 10

// threadsAgree compares the bits of a row on 1 to most threads.
func threadsAgree(t *testing.T, row *spec.Row, s spec.Sizes, most int) {
	if !testing.Short() && s.N > longVector {
		s.N = 5*s.N/3 + 11
	}
	in := recurring(row, s, rand.New(rand.NewPCG(5, 6)))
	var want []uint64
	for threads := 1; threads <= most; threads++ {
		kernels.SetThreads(threads)
		c := heapCall(row, in)
		row.Run(c)
		if got := append(contents(c), math.Float64bits(c.Result)); want == nil {
			want = got
		} else if !slices.Equal(got, want) {
			t.Errorf("%v: the bits with %d threads differ from those with one", row, threads)
		}
	}
}

// recurring is random, but its numbers recur in each operand: to draw all of them would take
// longer than the kernels.
func recurring(row *spec.Row, s spec.Sizes, r *rand.Rand) *Input {
	const period = 4099 // fits no chunk
	drawn, next := map[*spec.Param][]float64{}, 0
	return newInput(row, s, r, func(p *spec.Param) float64 {
		if drawn[p] == nil {
			for range period {
				drawn[p] = append(drawn[p], ordinary(row, p, r))
			}
		}
		next++
		return drawn[p][next%period]
	})
}
