//go:build race

package fuzz

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/internal/racetest"
	"github.com/ashlar-go/ashlar/kernels"
)

// TestAnnotations: the race detector sees which operands each kernel reads and writes, from the first
// element to the last. It sees no read of an operand that the contract says is not read, nor of gaps.
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

// annotated yields trials for each kernel, case and operand; seen says whether one is a race.
func annotated(yield func(name string, seen bool, call, touch func())) {
	sizes := spec.Sizes{M: 3, N: 37, K: 5}
	for _, rows := range groups() {
		row := &rows[0]
		if row.DType == spec.F64 { // the code is the same, and a report takes long
			continue
		}
		parted := map[string]bool{}                // operands whose parts have been tried
		parted["src"] = row.Kernel == "GatherRows" // which reads some rows
		for _, c := range someCases(row, sizes) {
			sizes.Case = c
			in := random(row, sizes, rand.New(rand.NewPCG(8, 8)))
			for i, p := range row.Params {
				rows, _ := p.Shape(sizes)
				if p.Copied && p.Index || p.Collected || rows == 0 {
					continue
				}
				unread := p.Role == spec.In && p.Unread != nil && p.Unread(sizes) ||
					slices.Contains(idle[row.Kernel], p.Name) ||
					slices.Contains(idle[row.Kernel+" of "+row.Cases[c]], p.Name)
				name := row.Kernel + "/" + row.DType.String() + "/" + row.Cases[c] + "/" + p.Name
				parts := partsOf(row, sizes, i, !unread)
				if unread || parted[p.Name] {
					parts = parts[:1]
				}
				parted[p.Name] = parted[p.Name] || !unread
				for _, t := range parts {
					call := heapCall(row, in)
					yield(name+t.name, t.seen, func() { row.Run(call) }, func() {
						touch(&call.Operands[i], t.from, t.to, p.Role == spec.In)
					})
				}
			}
		}
	}
	y, x := make([]float32, 20), make([]uint8, 20)
	yield("ScaleBytes/bytes", true, func() { kernels.ScaleBytes(y, x, 1, 0) }, func() { x[3] = 0 })
}

// part is some elements of an operand.
type part struct {
	name     string
	from, to int  // in its slice
	seen     bool // a call and another goroutine that touch them are a race
}

// partsOf are parts of operand i, as heapCall lays it out: all of it; the first element and the ends of the
// last row, as far as a triangle has them; the gap after the first row, which no call may announce.
func partsOf(row *spec.Row, s spec.Sizes, i int, read bool) []part {
	rows, cols := row.Params[i].Shape(s)
	ld := max(1, cols)
	if row.Params[i].HasLd {
		ld += 2
	}
	last := (rows - 1) * ld
	all := []part{{"", 0, last + cols, read}, {" at its start", 0, 1, true}}
	triangle := rows > 1 && cols > 1 && strings.HasSuffix(row.Kernel, "Triangle") && row.Params[i].HasLd
	upper := strings.Contains(row.Cases[s.Case], "upper")
	if !triangle || upper {
		all = append(all, part{" at its end", last + cols - 1, last + cols, true})
	}
	if rows > 1 && (!triangle || !upper) {
		all = append(all, part{" in its last row", last, last + 1, true})
	}
	if rows > 1 && ld > cols {
		all = append(all, part{" in a gap", cols, ld, false})
	}
	return all
}

// idle names the operands that a kernel neither reads nor writes: fields of a structure that
// several kernels share, or operands unused in one case.
var idle = map[string][]string{
	"Ger of alpha=0":    {"a"},
	"BatchNormInfer":    {"Mean", "InvStd"},
	"BatchNormBackward": {"Beta", "RunMean", "RunVar"},
}

// someCases returns the last case, and the first with each set of operands that are there and read.
func someCases(row *spec.Row, s spec.Sizes) []int {
	cases, seen := []int{len(row.Cases) - 1}, map[string]bool{}
	for s.Case = range row.Cases {
		set := ""
		for _, p := range row.Params {
			rows, cols := p.Shape(s)
			set += fmt.Sprint(rows*cols > 0, p.Unread != nil && p.Unread(s), " ")
		}
		if !seen[set] {
			cases = append(cases, s.Case)
		}
		seen[set] = true
	}
	slices.Sort(cases)
	return slices.Compact(cases)
}

// touched keeps the compiler from removing the reads of touch.
var touched float64

// touch reads the elements of an operand from from to to-1, or writes their own values to them.
func touch(o *spec.Operand, from, to int, write bool) {
	if write {
		set(o.F32[from:to])
		set(o.F64[from:to])
		set(o.BF16[from:to])
		set(o.Int[from:to])
		return
	}
	sum := 0.0
	for i := from; i < to; i++ {
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
