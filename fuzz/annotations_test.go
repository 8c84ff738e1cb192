//go:build race

package fuzz

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/internal/racetest"
	"github.com/ashlar-go/ashlar/kernels"
)

// TestAnnotations: the race detector sees which operands each kernel reads and writes. It sees no
// read of an operand that the contract says is not read.
func TestAnnotations(t *testing.T) {
	want := map[string]bool{}
	races := racetest.Trials(t, func(try func(name string, call, touch func())) {
		annotated(func(name string, seen bool, call, touch func()) { try(name, call, touch) })
	})
	if races == nil {
		return
	}
	annotated(func(name string, seen bool, call, touch func()) { want[name] = seen })
	for name, seen := range want {
		if got, ok := races[name]; !ok || got != seen {
			t.Errorf("%s: reported %v (was tried: %v), want %v", name, got, ok, seen)
		}
	}
	proof.Count(t, "concurrency", "operands whose accesses the race detector sees", len(want))
}

// annotated yields a trial for each kernel, case and operand; seen says whether it is a race.
func annotated(yield func(name string, seen bool, call, touch func())) {
	sizes := spec.Sizes{M: 3, N: 37, K: 5}
	for _, rows := range groups() {
		row := &rows[0]
		if row.DType == spec.F64 { // the code is the same, and a report takes long
			continue
		}
		for _, c := range someCases(row, sizes) {
			sizes.Case = c
			in := random(row, sizes, rand.New(rand.NewPCG(8, 8)))
			for i, p := range row.Params {
				rows, _ := p.Shape(sizes)
				if p.Copied && p.Index || p.Collected || rows == 0 {
					continue
				}
				call := heapCall(row, in)
				unread := p.Role == spec.In && p.Unread != nil && p.Unread(sizes) ||
					slices.Contains(idle[row.Kernel], p.Name) ||
					slices.Contains(idle[row.Kernel+" of "+row.Cases[c]], p.Name)
				name := row.Kernel + "/" + row.DType.String() + "/" + row.Cases[c] + "/" + p.Name
				yield(name, !unread, func() { row.Run(call) }, func() {
					touch(&call.Operands[i], p.Role == spec.In)
				})
			}
		}
	}
	y, x := make([]float32, 20), make([]uint8, 20)
	yield("ScaleBytes/bytes", true, func() { kernels.ScaleBytes(y, x, 1, 0) }, func() { x[3] = 0 })
}

// idle names the operands that a kernel neither reads nor writes: fields of a structure that
// several kernels share, or operands unused in one case.
var idle = map[string][]string{
	"Ger of alpha=0":    {"a"},
	"BatchNormInfer":    {"Mean", "InvStd"},
	"BatchNormBackward": {"Beta", "RunMean", "RunVar"},
}

// someCases returns the first case, the last one, and the first that leaves an operand unread.
func someCases(row *spec.Row, s spec.Sizes) []int {
	cases := []int{0, len(row.Cases) - 1}
	for s.Case = range row.Cases {
		if slices.ContainsFunc(row.Params, func(p spec.Param) bool {
			return p.Role == spec.In && p.Unread != nil && p.Unread(s)
		}) {
			cases = append(cases, s.Case)
			break
		}
	}
	slices.Sort(cases)
	return slices.Compact(cases)
}

// touched keeps the compiler from removing the reads of touch.
var touched float64

// touch reads all elements of an operand, or writes their own values to them.
func touch(o *spec.Operand, write bool) {
	if write {
		set(o.F32)
		set(o.F64)
		set(o.BF16)
		set(o.Int)
		return
	}
	sum := 0.0
	for i := range o.F32 {
		sum += float64(o.F32[i]) + o.F64[i] + float64(o.BF16[i]) + float64(o.Int[i])
	}
	touched = sum
}

func set[T any](s []T) {
	for i, v := range s {
		s[i] = v
	}
}

// TestTwoWriters: the race detector reports two calls that write one output at a time, of each kernel that
// writes anything, and does not report two that share all they read.
func TestTwoWriters(t *testing.T) {
	want := map[string]bool{}
	races := racetest.Trials(t, func(try func(name string, call, touch func())) {
		twoCalls(func(name string, _ bool, one, other func()) { try(name, one, other) })
	})
	if races == nil {
		return
	}
	twoCalls(func(name string, seen bool, _, _ func()) { want[name] = seen })
	for name, seen := range want {
		if got, ok := races[name]; !ok || got != seen {
			t.Errorf("%s: reported %v (was tried: %v), want %v", name, got, ok, seen)
		}
	}
	proof.Count(t, "concurrency", "pairs of calls at once that the race detector judges right", len(want))
}

// twoCalls yields two calls of each kernel that share their outputs, and two that share what they read.
func twoCalls(yield func(name string, seen bool, one, other func())) {
	for _, rows := range groups() {
		row := &rows[0]
		if row.DType == spec.F64 || slices.Contains([]string{"PackB", "GemmPacked", "PackBFloat16",
			"GemmPackedBFloat16", "GemmInt8", "GemmInt8Range", "ScaleBytes"}, row.Kernel) {
			continue // PackB's output is a value of its own; the table's calls of the others synchronise
		}
		sizes := spec.Sizes{M: 3, N: 37, K: 5}
		in := random(row, sizes, rand.New(rand.NewPCG(9, 9)))
		first, second := heapCall(row, in), heapCall(row, in)
		run := func(c *spec.Call) func() { return func() { row.Call(c) } } // Run has a lock
		third := &spec.Call{Sizes: sizes, Operands: slices.Clone(second.Operands)}
		writes := false
		for i, p := range row.Params {
			if p.Role == spec.In || p.Collected {
				second.Operands[i] = first.Operands[i]
			} else {
				third.Operands[i] = first.Operands[i]
				writes = true
			}
		}
		name := row.Kernel + "/" + row.DType.String()
		yield(name+"/shared inputs", false, run(first), run(second))
		if writes {
			yield(name+"/shared outputs", true, run(first), run(third))
		}
	}
	x, y := make([]uint8, 20), make([]float32, 20)
	bytes := func() { kernels.ScaleBytes(y, x, 1, 0) }
	yield("ScaleBytes/shared outputs", true, bytes, bytes)
	a, b := make([]float32, 20), kernels.PackB(false, 5, 5, make([]float32, 25), 5)
	packed := func(c []float32) func() {
		return func() { kernels.GemmPacked(false, 4, 1, a, 5, b, 0, c, 5, kernels.Epilogue[float32]{}) }
	}
	yield("GemmPacked/shared outputs", true, packed(y), packed(y))
	yield("GemmPacked/shared inputs", false, packed(y), packed(make([]float32, 20)))
	q := kernels.QuantizeB(false, 5, 5, make([]float32, 25), 5)
	quantized := func(c []float32) func() {
		return func() { kernels.GemmInt8(4, a, 5, q, c, 5, kernels.Epilogue[float32]{}) }
	}
	z := make([]float32, 20) // the detector reports a place once
	yield("GemmInt8/shared outputs", true, quantized(z), quantized(z))
	yield("GemmInt8/shared inputs", false, quantized(z), quantized(make([]float32, 20)))
}
