package kernels

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels/asm"
)

// The direct path: no packing, no pool, nothing but calls of the micro-kernel on
// the caller's memory. It serves products whose B stays in L1 or near it between two
// tiles of rows, and those with so few rows that B is used once or twice.

// directRows is the number of register tiles of rows up to which packing B costs
// more than reading it where it stands.
const directRows = 2

// fitsDirect reports whether the product takes the direct path. The answer depends
// on the shape and the tier alone.
func (p *product[T]) fitsDirect(t Tier) bool {
	if p.transB || p.m > maxCall/maxKC {
		return false
	}
	size := int(unsafe.Sizeof(T(0)))
	if p.m > directRows*tileOf[T](t).MR && p.k*p.n*size > directBytes {
		return false
	}
	return 2*float64(p.m)*float64(p.n)*float64(p.k) < parallelFlops
}

// directBytes is the size of B up to which it is read in place by any number of
// rows. Measured interleaved with packing at 24^3 to 96^3 and row lengths to 1024, it
// was as fast or faster throughout, by up to a third.
const directBytes = 64 << 10

// direct computes the product, in the same passes over the terms as planFor.
func (p *product[T]) direct(t Tier) {
	nr, step := tileOf[T](t).NR, termsPerPass(p.k)
	s := asm.GemmStrip[T]{M: p.m, Alpha: p.alpha, RsB: p.ldb, Ldc: p.ldc, Ldd: p.LdDeriv}
	for pc := 0; pc < p.k; pc += step {
		s.K = min(step, p.k-pc)
		s.A, s.RsA, s.CsA = p.directA(0, pc)
		p.passFlags(&s, pc, s.K)
		for j := 0; j < p.n; j += nr {
			s.N, s.B = min(nr, p.n-j), &p.b[pc*p.ldb+j]
			s.Next = s.B
			p.strip(t, &s, 0, j)
		}
	}
	p.finish(t, 0, p.m, 0, p.n)
}
