package algo

import (
	"math/bits"
	"strings"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// fn is the function being generated: the operations of an instruction set on vectors of an
// element type, and what is made of them here.
type fn struct {
	isa.Machine
	size, lanes, bytes int
}

func newFn(m isa.Machine) *fn {
	s := m.Shape()
	return &fn{Machine: m, size: s.Size, lanes: s.Lanes, bytes: s.Bytes}
}

// doubles is the function with float64 for the dtype.
func (f *fn) doubles() *fn { return newFn(f.Doubles()) }

// logSize is the shift from elements to bytes.
func (f *fn) logSize() int { return bits.TrailingZeros(uint(f.size)) }

// many are vector registers enough to keep everything in them.
const many = 32

// roomOr returns a where the set has many vector registers, else b: how many vectors of
// columns a block has, for example, such that its constants and sums fit.
func (f *fn) roomOr(a, b int) int {
	if f.Shape().Registers >= many {
		return a
	}
	return b
}

// chains returns in how many vectors a sum runs that has n of them on AVX2: in more where vectors
// are shorter. So no sum adds more terms to each other than there, which the bounds of its error
// rest on, and the multiply-adds of a core with four units find enough to do.
func (f *fn) chains(n int) int { return f.asWide(n) }

// asWide returns how many vectors hold as much as n of AVX2, if they are shorter: as many a turn
// of a loop takes, so that it does not count more often.
func (f *fn) asWide(n int) int { return n * max(1, 32/f.bytes) }

// aTurn is how many vectors a turn of a loop takes whose steps are many: one, or, of short
// ones, as many as a cache line has, so that each line is fetched ahead once.
func (f *fn) aTurn() int {
	if f.asWide(1) == 1 {
		return 1
	}
	return 64 / f.bytes
}

// constant broadcasts a value that is exact in the dtype.
func (f *fn) constant(v float64) isa.Vec {
	r := f.NewVec()
	f.Broadcast(f.Element(v), r)
	return r
}

// fma: dst = a*b + c, rounded once; dst is a register of its own.
func (f *fn) fma(a, b, c, dst isa.Vec) {
	f.Move(c, dst)
	f.FMA(a, b, dst)
}

// inRegister is an operand in a register: tmp, if it is in memory.
func (f *fn) inRegister(o isa.Operand, tmp isa.Vec) isa.Vec {
	if v, ok := o.(isa.Vec); ok {
		return v
	}
	f.Move(o, tmp)
	return tmp
}

// names are words, most often names of parameters.
func names(list string) []string { return strings.Fields(list) }
