package kernels

// Packing of bfloat16 products. A is packed into rows of words, B into panels of words. Low parts are
// what rounding to bfloat16 leaves of a float32, rounded again.

// packRowsA packs kc words from pc on of rows rows of op(A), from row i on: dst[r*ld+q] is the pair q.
func (g *bf16Job) packRowsA(t *bf16Tile, dst []float32, ld, i, rows, pc, kc, part int) {
	first, terms := 2*pc, min(2*kc, g.k-2*pc)
	if terms < 2*kc { // the missing partners are zeros
		for r := range rows {
			clear(halves(dst[r*ld:][:kc])[max(0, terms):])
		}
	}
	if terms <= 0 {
		return
	}
	if !g.transA {
		src := g.a.from(i*g.a.ld + first)
		g.round(t, halves(dst), 2*ld, &src, rows, terms, part)
		return
	}
	// A is stored transposed: pairs of its rows are made words, and these are transposed.
	across := roundUp(rows, 16)
	t.part = grow(t.part, transposeTerms*across)
	for q := 0; 2*q < terms; q += transposeTerms {
		n := min(2*transposeTerms, terms-2*q)
		src := g.a.from((first+2*q)*g.a.ld + i)
		g.pairs(t, t.part, &src, n, rows, across, 0, part)
		dispatchTranspose(g.tier, dst[q:], t.part, ceilDiv(n, 2), rows, ld, across) // of words, not numbers
	}
}

// packPanels packs a part of columns j..j+cols of the current block of op(B), kc words from pc on.
func (g *bf16Job) packPanels(t *bf16Tile, part, pc, kc, j, cols int) {
	nr, panels := g.plan.NR, g.packB[part]
	first, terms := 2*pc, max(0, min(2*kc, g.k-2*pc))
	for jr := j; jr < j+cols; jr += nr {
		clear(panels[g.panel(pc, kc, jr)+ceilDiv(terms, 2)*nr : g.panel(pc, kc, jr)+kc*nr])
	}
	if terms == 0 {
		return
	}
	if !g.transB {
		src := g.b.from(first*g.b.ld + g.jc + j)
		g.pairs(t, panels[g.panel(pc, kc, j):], &src, terms, cols, nr, kc*nr, part)
		return
	}
	for end := j + cols; j < end; j += nr {
		src := g.b.from((g.jc+j)*g.b.ld + first)
		g.panelOfRows(t, panels[g.panel(pc, kc, j):], &src, terms, min(nr, end-j), part)
	}
}

// panelOfRows makes a panel of columns that are rows in memory.
func (g *bf16Job) panelOfRows(t *bf16Tile, panel []float32, src *mixed, terms, cols, part int) {
	words, ld := src.wordsOf(terms)
	if words == nil {
		ld = paddedWords(ceilDiv(terms, 2))
		t.part = grow(t.part, cols*ld)
		words = t.part
		if terms%2 != 0 {
			for r := range cols {
				words[r*ld+terms/2] = 0
			}
		}
		g.round(t, halves(words), 2*ld, src, cols, terms, part)
	}
	for q := 0; 2*q < terms; q += transposeTerms {
		n := min(transposeTerms, ceilDiv(terms, 2)-q)
		dispatchTranspose(g.tier, panel[q*g.plan.NR:], words[q:], cols, n, g.plan.NR, ld)
	}
}

// wordsOf returns the pairs of a matrix where they are, and their leading dimension, or nil.
func (x *mixed) wordsOf(terms int) ([]float32, int) {
	if !x.inWords(terms) {
		return nil, 0
	}
	return x.words(), x.ld / 2
}

// round computes a part of rows x cols elements as bfloat16 numbers.
func (g *bf16Job) round(t *bf16Tile, dst []BFloat16, ldd int, src *mixed, rows, cols, part int) {
	switch {
	case src.is:
		for i := range rows {
			copy(dst[i*ldd:][:cols], src.h[i*src.ld:])
		}
	case part == 0:
		dispatchRoundRows(g.tier, dst, src.f, rows, cols, ldd, src.ld)
	default:
		g.roundLow(t, dst, ldd, src, rows, cols)
	}
}

// roundLow computes the low parts, in pieces of a row that stay in the first level of the cache.
func (g *bf16Job) roundLow(t *bf16Tile, dst []BFloat16, ldd int, src *mixed, rows, cols int) {
	const most = 1 << 10
	t.rest = grow(t.rest, 3*most)
	high, wide, rest := halves(t.rest[:most/2]), t.rest[most:2*most], t.rest[2*most:]
	for i := range rows {
		for j := 0; j < cols; j += most {
			n := min(most, cols-j)
			x := src.f[i*src.ld+j:][:n]
			dispatchRoundRows(g.tier, high, x, 1, n, n, n)
			dispatchWidenRows(g.tier, wide, high, 1, n, n, n)
			copy(rest, x)
			dispatchAxpy(g.tier, rest[:n], -1, wide[:n])
			dispatchRoundRows(g.tier, dst[i*ldd+j:], rest, 1, n, n, n)
		}
	}
}

// pairs packs a part of rows x cols elements, pairs of rows, into panels of nr columns that begin ldd
// words apart.
func (g *bf16Job) pairs(t *bf16Tile, dst []float32, src *mixed, rows, cols, nr, ldd, part int) {
	for j := 0; j < cols; {
		// The kernels take several panels at once where the panels are whole vectors.
		n := cols - j
		if nr%16 != 0 {
			n = min(n, nr)
		}
		to, from := uints(dst[j/nr*ldd:]), src.from(j)
		switch {
		case from.is:
			dispatchPackPairsBF16(g.tier, to, from.h, rows, n, nr, ldd, from.ld)
		case part == 0:
			dispatchPackPairs(g.tier, to, from.f, rows, n, nr, ldd, from.ld)
		default:
			g.lowPairs(t, to, &from, rows, n, nr, ldd)
		}
		j += n
	}
}

// lowPairs is pairs of low parts, a few rows at a time.
func (g *bf16Job) lowPairs(t *bf16Tile, dst []uint32, src *mixed, rows, cols, nr, ldd int) {
	const most = 8
	ld := roundUp(cols, 2)
	t.low = grow(t.low, most*ld/2)
	for i := 0; i < rows; i += most {
		n := min(most, rows-i)
		from := src.from(i * src.ld)
		g.roundLow(t, halves(t.low), ld, &from, n, cols)
		dispatchPackPairsBF16(g.tier, dst[i/2*nr:], halves(t.low), n, cols, nr, ldd, ld)
	}
}
