package fuzz

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// TestThreadsAgree: the number of threads changes no bit of a kernel's results.
// TestGemmThreads says the same of products.
func TestThreadsAgree(t *testing.T) {
	defer kernels.SetThreads(0)
	most := 3
	if testing.Short() {
		most = 2
	}
	for _, rows := range groups() {
		row := rows[len(rows)-1] // the fastest tier: the stretches are the same on all
		if testing.Short() && row.DType == spec.F64 {
			continue // threads run the same code for both dtypes
		}
		s := spec.Sizes{M: 530, N: 270}
		switch row.Dims {
		case "N":
			s = spec.Sizes{N: 5*longVector + 77}
		case "MNK":
			continue
		}
		in := random(&row, s, rand.New(rand.NewPCG(5, 6)))
		var want []uint64
		for threads := 1; threads <= most; threads++ {
			kernels.SetThreads(threads)
			c := heapCall(&row, in)
			row.Run(c)
			if got := append(contents(c), math.Float64bits(c.Result)); want == nil {
				want = got
			} else if !slices.Equal(got, want) {
				t.Errorf("%v: the bits with %d threads differ from those with one", row, threads)
			}
		}
	}
}
