package kernels_test

import (
	"fmt"
	"slices"

	"github.com/ashlar-go/ashlar/kernels"
)

// Pure Go runs everywhere and stands first; the active tier is one of the list.
func ExampleTiers() {
	tiers := kernels.Tiers()
	fmt.Println(tiers[0], slices.Contains(tiers, kernels.Active()))
	// Output: generic true
}

// Active tells which kernels a program runs on, for its logs.
func ExampleActive() {
	tier, err := kernels.ParseTier(kernels.Active().String())
	fmt.Println(tier == kernels.Active(), err)
	// Output: true <nil>
}

func ExampleParseTier() {
	fmt.Println(kernels.ParseTier("avx2"))
	_, err := kernels.ParseTier("sse9")
	fmt.Println(err)
	// Output:
	// avx2 <nil>
	// kernels: unknown tier "sse9", want one of ["generic" "neon" "avx2" "avx512"]
}

// One thread a call suits a program that runs many goroutines of its own. The results
// are the same.
func ExampleSetThreads() {
	kernels.SetThreads(1)
	fmt.Println(kernels.Threads())
	kernels.SetThreads(0) // no cap any more
	// Output: 1
}

func ExampleThreads() {
	fmt.Println(kernels.Threads() >= 1)
	// Output: true
}

// A transposed matrix, packed into the form that products read.
func ExamplePackB() {
	b := []float32{ // 3 x 2, of which the transpose is packed
		1, 4,
		2, 5,
		3, 6,
	}
	p := kernels.PackB(true, 2, 3, b, 2)
	fmt.Println(p.Dims())

	y := make([]float32, 3)
	kernels.GemmPacked(false, 1, 1, []float32{1, 10}, 2, p, 0, y, 3, kernels.Epilogue[float32]{})
	fmt.Println(y)
	// Output:
	// 2 3
	// [41 52 63]
}

// How Gemm computes a product of this shape on this machine.
func ExampleExplainGemm() {
	plan := kernels.ExplainGemm[float32](false, false, 1000, 1000, 1000)
	fmt.Println(plan.Path, plan.Tier == kernels.Active(), plan.KC)
	fmt.Println(kernels.ExplainGemm[float32](false, true, 1, 100, 300).Path)
	// Output:
	// loops true 500
	// dots
}

// The sizes are positive on every machine.
func ExampleCaches() {
	l1, l2, last := kernels.Caches()
	fmt.Println(l1 > 0, l2 > 0, last > 0)
	// Output: true true true
}
