package kernels

// BF16Epilogue is what a product of bfloat16 numbers does to its elements, in float32, before they are
// stored.
type BF16Epilogue = Epilogue[float32]

// GemmBFloat16 computes the matrix product
//
//	C = epilogue(alpha * op(A) * op(B) + beta * C)
//
// of bfloat16 numbers, with sums in float32. The arguments are those of [Gemm] and the epilogue is that
// of [GemmFused]. Each of A, B and C is a matrix of BFloat16 or of float32. Elements of A and B that
// are float32 are rounded to bfloat16 first; one beyond the largest bfloat16 number becomes Inf. A C of
// BFloat16 is rounded once, when its elements are finished.
//
// beta = 0 overwrites C without reading it. alpha = 0 or k = 0 leaves A and B unread; beta and the
// epilogue apply all the same. Nothing else is skipped. C must not share an element with A, B, Bias or
// Deriv. The panics are those of GemmFused.
//
// Each element of C sums pairs of terms in ascending order, in blocks of at most 1024 terms; on amx_bf16
// it sums groups of 16 pairs. The sums of the blocks are added in order. The componentwise error is at most that of [Gemm] on the rounded
// operands: 3 eps * (|alpha| |A| |B| + |beta| |C|) on symmetric random data up to k = 4096 (eps = 2^-23),
// and at most 1/2 ulp of bfloat16 more where C is BFloat16. The bits are the same for every number of
// threads. They depend on the path ([ActiveBF16]): the paths avx512_bf16 and amx_bf16 take subnormal
// elements of A and B for 0, and make subnormal sums 0.
//
// Source: Intel, BFLOAT16 – Hardware Numerics Definition, 338302-001US, 2018.
func GemmBFloat16[A, B, C BF16Operand](transA, transB bool, m, n, k int, alpha float32, a []A, lda int,
	b []B, ldb int, beta float32, c []C, ldc int, e BF16Epilogue) {
	p := bf16Product{transA: transA, transB: transB, m: m, n: n, k: k, alpha: alpha, beta: beta,
		a: mixedOf(a, lda), b: mixedOf(b, ldb), c: mixedOf(c, ldc), Epilogue: e, parts: 1}
	p.check("GemmBFloat16")
	p.compute(Active())
}

// bf16Product is the arguments of a product whose terms are bfloat16 numbers.
type bf16Product struct {
	transA, transB bool
	m, n, k        int
	alpha, beta    float32
	a, b, c        mixed
	Epilogue[float32]
	parts  int             // 3 if each operand is the sum of two bfloat16 numbers, else 1: see highPasses
	packed *PackedBFloat16 // the whole of op(B), if not nil
}

// check panics unless the arguments describe a product.
func (p *bf16Product) check(op string) {
	p.checkOperands(op)
	rowsA, colsA := stored(p.transA, p.m, p.k)
	rowsB, colsB := stored(p.transB, p.k, p.n)
	if p.m == 0 || p.n == 0 {
		rowsA, rowsB = 0, 0
	}
	checkMatrix(op, "c", "ldc", p.c.len(), p.m, p.n, p.c.ld)
	c := p.c.view(p.m, p.n)
	checkApart(op, "c", "a", c, p.a.view(rowsA, colsA))
	if p.packed == nil {
		checkApart(op, "c", "b", c, p.b.view(rowsB, colsB))
	}
	if p.Bias != nil || p.Deriv != nil || p.Act != ActIdentity {
		p.Epilogue.check(op, p.m, p.n, c)
	}
}

// checkOperands checks the sizes, A and B. Where C is empty, A and B may be too short.
func (p *bf16Product) checkOperands(op string) {
	checkSize(op, "m", p.m)
	checkSize(op, "n", p.n)
	checkSize(op, "k", p.k)
	rowsA, colsA := stored(p.transA, p.m, p.k)
	rowsB, colsB := stored(p.transB, p.k, p.n)
	if p.m == 0 || p.n == 0 {
		rowsA, rowsB = 0, 0
	}
	checkMatrix(op, "a", "lda", p.a.len(), rowsA, colsA, p.a.ld)
	if p.packed == nil {
		checkMatrix(op, "b", "ldb", p.b.len(), rowsB, colsB, p.b.ld)
	}
}

// compute computes a product whose arguments have been checked, on the path of a tier.
func (p *bf16Product) compute(t Tier) {
	path := BF16Generic
	if p.packed != nil {
		t, path = p.packed.tier, p.packed.path
	} else {
		path = bf16On(t)
	}
	if p.m == 0 || p.n == 0 {
		return
	}
	p.announce()
	if p.k == 0 || p.alpha == 0 {
		p.withoutProduct(t)
		return
	}
	g := takeBF16Job(t, path)
	g.bf16Product = *p
	g.run(path.shape())
	g.put()
}

// announce tells the race detector what the product reads and writes.
func (p *bf16Product) announce() {
	rowsA, colsA := stored(p.transA, p.m, p.k)
	rowsB, colsB := stored(p.transB, p.k, p.n)
	if p.alpha != 0 {
		p.a.raceRead(rowsA, colsA)
		if p.packed != nil {
			raceRead(p.packed.panels)
		} else {
			p.b.raceRead(rowsB, colsB)
		}
	}
	p.c.raceWrite(p.m, p.n)
	raceRead(p.Bias)
	if p.Deriv != nil {
		raceReadMatrix(p.Deriv, p.m, p.n, p.LdDeriv)
	}
}

// withoutProduct applies beta and the epilogue where A and B are not read, row by row.
func (p *bf16Product) withoutProduct(t Tier) {
	row := product[float32]{m: 1, n: p.n, beta: p.beta, ldc: p.n, Epilogue: p.Epilogue,
		activator: anyActivation[float32]{}}
	tile := takeTile()
	for i := range p.m {
		c := p.c.from(i * p.c.ld)
		row.c = c.f
		if c.is {
			tile.c = grow(tile.c, p.n)
			row.c = tile.c
			if p.beta != 0 {
				dispatchWidenRows(t, row.c, c.h, 1, p.n, p.n, p.n)
			}
		}
		if p.Deriv != nil {
			row.Deriv = p.Deriv[i*p.LdDeriv:]
		}
		row.withoutProduct(t)
		if c.is {
			dispatchRoundRows(t, c.h, row.c, 1, p.n, p.n, p.n)
		}
	}
	tile.put()
}
