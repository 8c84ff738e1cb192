package kernels

import "unsafe"

// Packing. The micro-kernel reads A through two strides, so packing A is copying
// rows as they are stored, close together and with a row length that does not
// throw all rows into the same cache sets. B is packed into micro-panels: kc rows
// of NR columns each; a panel of fewer columns keeps the row length NR, its
// missing columns are neither written nor read.

// directA returns where the rows from ic on of op(A), terms from pc on, stand in
// the caller's memory.
func (p *product[T]) directA(ic, pc int) (a *T, rs, cs int) {
	if p.transA {
		return &p.a[pc*p.lda+ic], 1, p.lda
	}
	return &p.a[ic*p.lda+pc], p.lda, 1
}

// packA copies mc rows of op(A) from ic on, kc terms of each from pc on, and returns
// their strides.
func (g *gemmJob[T]) packA(buf []T, ic, mc, pc, kc int) (packed []T, rs, cs int) {
	rows, cols := stored(g.transA, mc, kc)
	r0, c0 := stored(g.transA, ic, pc)
	ld := oddLines(cols, int(unsafe.Sizeof(T(0))))
	buf = grow(buf, rows*ld)
	for i := range rows {
		copy(buf[i*ld:i*ld+cols], g.a[(r0+i)*g.lda+c0:])
	}
	if g.transA {
		return buf, 1, ld
	}
	return buf, ld, 1
}

// oddLines rounds a row of n elements up to an odd number of 64-byte cache lines,
// so that consecutive rows begin in different cache sets.
func oddLines(n, size int) int {
	per := 64 / size
	return (ceilDiv(n, per) | 1) * per
}

// packB packs columns j..j+cols of the current block of op(B), kc terms from pc on,
// panel by panel.
func (g *gemmJob[T]) packB(pc, kc, j, cols int) {
	nr := g.plan.NR
	for end := j + cols; j < end; j += nr {
		w := min(nr, end-j)
		panel := g.bScratch[g.panel(pc, kc, j):][:kc*nr]
		if g.transB {
			dispatchTranspose(g.tier, panel, g.b[(g.jc+j)*g.ldb+pc:], w, kc, nr, g.ldb)
			continue
		}
		dispatchCopyRows(g.tier, panel, g.b[pc*g.ldb+g.jc+j:], kc, w, nr, g.ldb)
	}
}

// copyRowsGeneric copies a rows x cols matrix: dst[i*ldd+j] = src[i*lds+j].
func copyRowsGeneric[T Float](dst, src []T, rows, cols, ldd, lds int) {
	for i := range rows {
		copy(dst[i*ldd:i*ldd+cols], src[i*lds:])
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

// grow returns a slice of at least n elements that starts on a cache line,
// reusing buf where it is long enough. The contents are not kept.
func grow[T Float](buf []T, n int) []T {
	if len(buf) >= n {
		return buf
	}
	per := 64 / int(unsafe.Sizeof(T(0)))
	buf = make([]T, n+per)
	if off := uintptr(unsafe.Pointer(&buf[0])) % 64; off != 0 {
		buf = buf[(64-off)/unsafe.Sizeof(T(0)):]
	}
	return buf[:n]
}
