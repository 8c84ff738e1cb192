package kernels

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels/asm"
)

// The direct path: no packing in advance, nothing but calls of the micro-kernel on the
// caller's memory. Packing B costs a read and a write of B, and saves most where many
// rows use each panel or where B is read from beyond L2 again and again.

// fitsDirect reports whether B is read in place. Either path sums in the same order,
// so the choice does not show in the result. Measured interleaved, float32 and
// float64, avx512, one and two threads, m from 8 to 512 and B from 4 KiB to 64 MiB,
// reading in place is
//
//	2 times as fast, or more     with one register tile of rows, whatever B is
//	1.0 to 1.3 times as fast     with B in half L2 and up to 512 rows, in L2 and up to
//	                             256, in twice L2 and up to 128
//	slower, down to 0.6 times    beyond, and with more than maxKC terms in a pass
//	slower, down to 0.8 times    with rows of B whole pages apart and many rows of A
//
// In the last two cases the rows of B displace each other in the caches.
//
// One strip of a transposed B takes less time to transpose for each tile of a few than to
// pack in a job of its own.
func (p *product[T]) fitsDirect(t Tier) bool {
	if p.transB {
		return p.n <= tileOf[T](t).NR && p.m <= 512
	}
	if t == AVX2 && p.transA && p.m >= turnRows && p.n > 2*tileOf[T](t).NR && p.k > 32 {
		return false
	}
	size := int(unsafe.Sizeof(T(0)))
	if p.m >= pagesRows && p.k > pagesTerms && p.n*size%pageSize == 0 {
		return false
	}
	l2, b := caches().l2, p.k*p.n*size
	return p.m <= tileOf[T](t).MR || p.m <= 512 && b <= 2*l2 && p.kc <= maxKC && p.m*b <= 256*l2
}

// turnRows is the number of rows from which a transposed A is transposed back on AVX2, if it
// has more than a few terms, and B packed with it: the micro-kernel there has no loop of its
// own for such an A. It is 1.1 to 1.4 times as fast.
const turnRows = 250

// From pagesRows rows of A and more than pagesTerms terms on packing pays where rows of B are
// a multiple of pageSize bytes apart, the distance at which all lines take the same set of L1.
const (
	pagesRows  = 120
	pagesTerms = 128
	pageSize   = 4096
)

// direct computes a block of C, in the same passes over the terms as the packed path
// and, for the length of one assembly call, in strips of maxDirectRows rows.
func (p *product[T]) direct(t Tier, i0, rows, j0, cols int) {
	step := p.kc
	s := asm.GemmStrip[T]{Alpha: p.alpha, Ldc: p.ldc, Ldd: p.LdDeriv, Far: p.far()}
	var panel *[]T
	if p.transB {
		panel = packs[T]().get()
		*panel = grow(*panel, step*tileOf[T](t).NR)
	}
	for pc := 0; pc < p.k; pc += step {
		s.K = min(step, p.k-pc)
		p.passFlags(&s, pc, s.K)
		for j := j0; j < j0+cols; j += s.N {
			s.N = p.stripWidth(t, rows, j0+cols-j)
			s.B, s.RsB = p.stripB(t, panel, pc, s.K, j, s.N)
			s.Next = s.B
			for i := i0; i < i0+rows; i += maxDirectRows {
				s.M = min(maxDirectRows, i0+rows-i)
				s.A, s.RsA, s.CsA = p.directA(i, pc)
				p.strip(t, &s, i, j)
			}
		}
	}
	p.finish(t, i0, rows, j0, cols)
	if panel != nil {
		packs[T]().put(panel)
	}
}

// stripB returns where the terms from pc on of the columns from j on of op(B) begin, and
// how far apart the terms are: in place, packed, or else transposed into panel.
func (p *product[T]) stripB(t Tier, panel *[]T, pc, kc, j, cols int) (*T, int) {
	switch nr := tileOf[T](t).NR; {
	case p.packed:
		return &p.b[pc*roundUp(p.n, nr)+kc*j], nr
	case p.transB:
		p.transposeB(t, *panel, pc, kc, j, cols)
		return &(*panel)[0], nr
	}
	return &p.b[pc*p.ldb+j], p.ldb
}

// stripWidth is the width of the next strip where cols columns are left: NR, or wideNR if
// rows are few and no diagonal cuts them. Where NR would leave one vector for the last strip,
// two strips of two are faster.
func (p *product[T]) stripWidth(t Tier, rows, cols int) int {
	tile := tileOf[T](t)
	if p.packed || cols <= tile.NR {
		return min(cols, tile.NR)
	}
	if rows <= wideMR && cols >= tile.wideNR && !p.transB && p.triangle == wholeC {
		return tile.wideNR
	}
	if lanes := tile.lanes; tile.NR == 3*lanes && (cols-1)%tile.NR < lanes {
		return 2 * lanes
	}
	return tile.NR
}

// maxDirectRows bounds the rows of one assembly call, a multiple of every MR.
const maxDirectRows = 120
