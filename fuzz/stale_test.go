package fuzz

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/internal/spoil"
	"github.com/ashlar-go/ashlar/kernels"
)

// TestStaleScratch: what earlier calls left in scratch memory, on the stack and in vector registers
// never reaches a result. Each kernel runs with all numbers of the free scratch set to 1.5, and again
// with NaN there, on the stack and in the registers. The bits must be the same.
func TestStaleScratch(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector slows the loops over scratch down and sees nothing of assembly")
	}
	calls, numbers := 0, 0
	for _, rows := range groups() {
		for i := range rows {
			if rows[i].Tier == kernels.Generic && testing.Short() && rows[i].DType == spec.F64 {
				continue // the same Go code as for float32
			}
			c, n := staleRow(t, &rows[i])
			calls += c
			numbers += n
		}
	}
	proof.Count(t, "values", "calls on spoiled scratch, stack and registers", calls)
	proof.Count(t, "values", "numbers of scratch overwritten with NaN", numbers)
}

// staleSizes are calls that use scratch of every kind: on one thread and on several, packed products
// and others.
func staleSizes(row *spec.Row, c int) []spec.Sizes {
	tail, large := 2*64/row.DType.Size()+5, c == 0 && row.Tier == kernels.Active()
	if row.Kernel == "Gemv" && c < 2 && row.Tier == kernels.Active() { // each transpose shares in its own way
		return sharedCalls(row)[c:][:1]
	}
	switch row.Dims {
	case "N":
		if large {
			return []spec.Sizes{{N: tail}, {N: 3*longVector + 77}}
		}
		return []spec.Sizes{{N: tail}}
	case "MN":
		s := []spec.Sizes{{M: 5, N: tail}, {M: 131, N: 70}}
		if large {
			s = append(s, spec.Sizes{M: 530, N: 270}, beyond[0])
		}
		return s
	}
	s := []spec.Sizes{{M: 5, N: tail, K: 7}}
	if c%3 == 0 {
		s = append(s, spec.Sizes{M: 40, N: 67, K: 170}) // packs B
	}
	if large {
		s = append(s, spec.Sizes{M: 150, N: 140, K: 130})
	}
	return s
}

func staleRow(t *testing.T, row *spec.Row) (calls, numbers int) {
	for c := range row.Cases {
		if testing.Short() && c%4 != 0 {
			continue
		}
		for _, s := range staleSizes(row, c) {
			s.Case = c
			in := recurring(row, s, rand.New(rand.NewPCG(23, uint64(c))))
			want, _ := onScratch(row, in, 1.5)
			got, n := onScratch(row, in, math.NaN())
			calls += 4
			numbers += n
			if at := firstWord(want, got); at >= 0 {
				t.Errorf("%v: m=%d n=%d k=%d case %q: word %d of operands and result is %#x, "+
					"and %#x where scratch, stack and registers hold NaN",
					row, s.M, s.N, s.K, row.Cases[c], at, want[at], got[at])
				return calls, numbers
			}
		}
	}
	return calls, numbers
}

// onScratch runs a row where the numbers of all free scratch are v, and NaN the others that it must
// not read. It returns the bits that the call left and the numbers of scratch it was given.
func onScratch(row *spec.Row, in *Input, v float64) (bits []uint64, numbers int) {
	restore := spoil.Freed(v)
	defer func() { numbers = int(restore()) }()
	row.Run(heapCall(row, in)) // gives back what the next call takes
	c := heapCall(row, in)
	if v != v {
		spoil.Stack()
		spoil.Registers()
	}
	row.Run(c)
	return append(contents(c), math.Float64bits(c.Result)), numbers
}

// firstWord is the first place where two calls left different bits, -1 if there is none.
func firstWord(a, b []uint64) int {
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return -1
}
