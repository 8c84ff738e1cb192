package kernels

import "unsafe"

// Packing. The micro-kernel reads A through two strides, so it takes A as stored. Only a large
// A that is stored transposed, whose terms are whole rows apart, is transposed block by block.
// B is packed into micro-panels of kc rows and NR columns. A panel of fewer columns keeps the
// row length NR; its missing columns are neither written nor read.

// blockA returns where the rows from ic on of op(A), terms from pc on, begin, and how far
// apart rows and terms are: in the caller's memory or, if buf is not nil, transposed into buf.
func (g *gemmJob[T]) blockA(buf *[]T, ic, mc, pc, kc int) (a *T, rs, cs int) {
	if buf == nil {
		return g.directA(ic, pc)
	}
	line := 64 / int(unsafe.Sizeof(T(0)))
	rs = roundUp(kc, line) + line // not kc alone: rows a power of two apart share sets of the caches
	*buf = grow(*buf, mc*rs)
	for q := 0; q < kc; q += transposeTerms {
		terms := min(transposeTerms, kc-q)
		dispatchTranspose(g.tier, (*buf)[q:], g.a[(pc+q)*g.lda+ic:], terms, mc, rs, g.lda)
	}
	return &(*buf)[0], rs, 1
}

// directA returns where the rows from ic on of op(A), terms from pc on, begin in the
// caller's memory.
func (p *product[T]) directA(ic, pc int) (a *T, rs, cs int) {
	if p.transA {
		return &p.a[pc*p.lda+ic], 1, p.lda
	}
	return &p.a[ic*p.lda+pc], p.lda, 1
}

// packB packs columns j..j+cols of the current block of op(B), kc terms from pc on.
func (g *gemmJob[T]) packB(pc, kc, j, cols int) {
	nr := g.plan.NR
	if !g.transB {
		dst, src := g.bScratch[g.panel(pc, kc, j):], g.b[pc*g.ldb+g.jc+j:]
		dispatchPackPanels(g.tier, dst, src, kc, cols, nr, kc*nr, g.ldb)
		return
	}
	for end := j + cols; j < end; j += nr {
		g.transposeB(g.tier, g.bScratch[g.panel(pc, kc, j):], pc, kc, g.jc+j, min(nr, end-j))
	}
}

// transposeB makes a micro-panel of kc terms from pc on of the columns from j on of
// op(B), which is stored transposed.
func (p *product[T]) transposeB(t Tier, panel []T, pc, kc, j, cols int) {
	nr := tileOf[T](t).NR
	for q := 0; q < kc; q += transposeTerms {
		dispatchTranspose(t, panel[q*nr:], p.b[j*p.ldb+pc+q:], cols, min(transposeTerms, kc-q), nr, p.ldb)
	}
}

// packPanelsGeneric splits a rows x cols matrix into panels of nr columns:
// dst[j/nr*ldd+i*nr+j%nr] = src[i*lds+j].
func packPanelsGeneric[T Float](dst, src []T, rows, cols, nr, ldd, lds int) {
	for i := range rows {
		for j := 0; j < cols; j += nr {
			copy(dst[j/nr*ldd+i*nr:], src[i*lds+j:i*lds+min(j+nr, cols)])
		}
	}
}

// transposeGeneric transposes a rows x cols matrix: dst[j*ldd+i] = src[i*lds+j].
// It works in 8 x 8 blocks so that each cache line of either side is used whole.
func transposeGeneric[T Float](dst, src []T, rows, cols, ldd, lds int) {
	const block = 8
	for i0 := 0; i0 < rows; i0 += block {
		for j0 := 0; j0 < cols; j0 += block {
			for i := i0; i < min(i0+block, rows); i++ {
				for j := j0; j < min(j0+block, cols); j++ {
					dst[j*ldd+i] = src[i*lds+j]
				}
			}
		}
	}
}
