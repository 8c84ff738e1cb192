package kernels

import (
	"github.com/ashlar-go/ashlar/internal/freelist"
	"github.com/ashlar-go/ashlar/kernels/asm"
)

// The direct path: the micro-kernel reads A and B in the caller's memory. Packing B would cost
// a read and a write of B; it saves most where many rows use each panel or where B is read from
// beyond L2 again and again.

// direct computes a block of C, in the same passes over the terms as the five loops. Strips
// have at most maxDirectRows rows, which bounds the time of one assembly call.
func (p *product[T]) direct(t Tier, i0, rows, j0, cols int) {
	step := p.kc
	s := asm.GemmStrip[T]{Alpha: p.alpha, Ldc: p.ldc, Ldd: p.LdDeriv, Far: p.far()}
	var panel *[]T
	if p.transB {
		panel = freelist.Get[T, []T](&packs)
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
		freelist.Put[T](&packs, panel)
	}
}

// stripB returns where the terms from pc on of the columns from j on of op(B) begin, and how
// far apart the terms are. They lie in place or in packed panels, or stripB transposes them
// into panel.
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

// stripWidth returns the width of the next strip where cols columns are left: NR, or wideNR if
// there are at most wideMR rows and no diagonal cuts them. If NR, three vectors, would leave one
// vector for the last strip, two strips of two vectors are faster.
func (p *product[T]) stripWidth(t Tier, rows, cols int) int {
	tile := tileOf[T](t)
	if p.packed || cols <= tile.NR {
		return min(cols, tile.NR)
	}
	if rows <= wideMR && cols >= tile.wideNR && !p.transB && p.triangle == wholeC {
		return tile.wideNR
	}
	last, lanes := (cols-1)%tile.NR, tile.lanes
	if t == AVX512 && rows >= tile.MR {
		return widthBeforeHalf(tile.NR, lanes, last)
	}
	if tile.NR == 3*lanes && last < lanes {
		return 2 * lanes
	}
	return tile.NR
}

// widthBeforeHalf is stripWidth for the full tiles of AVX-512, of whose last vector the micro-kernel computes
// half if no more is wanted; strips of NR columns would leave last+1. The half goes to a strip of two and a half
// vectors, in which it takes less time than in a narrower one: 2 % less at 52^3, 5 % at 65^3 (Zen 4).
func widthBeforeHalf(nr, lanes, last int) int {
	switch {
	case last < lanes/2:
		return lanes
	case last < lanes+lanes/2:
		return 2 * lanes
	}
	return nr
}
