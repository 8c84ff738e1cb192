package fuzz

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"weak"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/mallocs"
)

// TestNoAllocations: after the first call no kernel allocates, neither on the caller's
// goroutine nor on a worker's. A garbage collection does not free the memory it reuses.
func TestNoAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, row := range slices.Concat(groups()...) {
		sizes := spec.Sizes{M: 150, N: 140, K: 130}
		if row.Dims == "N" {
			sizes.N = 1000
			if row.Params[0].Role == spec.InOut && !testing.Short() {
				sizes.N = 5 * longVector // an update: enough for several threads
			}
		}
		var calls []*spec.Call
		for c := range row.Cases {
			if c <= 3 && !testing.Short() || c%7 == 0 {
				sizes.Case = c
				calls = append(calls, heapCall(&row, random(&row, sizes, rand.New(rand.NewPCG(1, 1)))))
			}
		}
		// All cases at once: a collection for each would take most of the time.
		n := eightTimes(func() {
			for _, call := range calls {
				row.Run(call)
			}
		})
		if n == 0 {
			continue
		}
		t.Errorf("%v: %d allocations in 8 calls of each case", row, n)
		for _, call := range calls {
			t.Logf("case %q: %d", row.Cases[call.Case], eightTimes(func() { row.Run(call) }))
		}
	}
}

// eightTimes counts the allocations of f in 8 calls after the first, with a
// collection among them.
func eightTimes(f func()) uint64 {
	f()
	return mallocs.Least(func() {
		for i := range 8 {
			if i == 3 {
				runtime.GC()
			}
			f()
		}
	})
}

// TestOperandsAreCollected: no kernel keeps its operands alive, neither in the memory that it reuses nor in the
// pool. Jobs of a kind share a list, so the kernel that a failure names is the last one that used it.
func TestOperandsAreCollected(t *testing.T) {
	kept := map[string][]func() bool{} // whether the operands of a row are alive
	for _, rows := range groups() {
		row := &rows[len(rows)-1] // the fastest tier: above the kernels all run the same code
		if row.DType == spec.F64 {
			continue // so do all dtypes
		}
		for _, s := range slices.Concat(sharedCalls(row), staleSizes(row, 0)) {
			if in := recurring(row, s, rand.New(rand.NewPCG(17, 18))); in != nil {
				kept[row.String()] = append(kept[row.String()], runAndForget(row, in)...)
			}
		}
	}
	for range 5 { // a worker may still be on its way out of a job
		runtime.GC()
		for name, operands := range kept {
			kept[name] = slices.DeleteFunc(operands, func(alive func() bool) bool { return !alive() })
		}
	}
	for name, operands := range kept {
		if len(operands) > 0 {
			t.Errorf("%v: %d operands outlive the calls", name, len(operands))
		}
	}
}

// runAndForget makes a call and returns functions that report whether its operands are alive.
func runAndForget(row *spec.Row, in *Input) (operands []func() bool) {
	call := heapCall(row, in)
	row.Run(call)
	for _, o := range call.Operands {
		operands = append(operands, livesOn(o.F32), livesOn(o.F64), livesOn(o.Int), livesOn(o.BF16))
	}
	return operands
}

// livesOn returns a function that reports whether the elements of s are alive. Go keeps a few small objects
// together, so it says nothing about those.
func livesOn[E any](s []E) func() bool {
	if len(s) < 16 {
		return func() bool { return false }
	}
	first := weak.Make(&s[0])
	return func() bool { return first.Value() != nil }
}
