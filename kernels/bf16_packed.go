package kernels

// PackedBFloat16 is a copy of op(B), k x n, rounded to bfloat16 and in the order in which the
// micro-kernel reads it, for weights that many products share. It takes half the bytes of a [PackedB]. It
// does not follow later changes of B; pack again. Any number of goroutines may pass one PackedBFloat16 to
// [GemmPackedBFloat16], but not while it is packed.
type PackedBFloat16 struct {
	k, n   int
	tier   Tier
	path   BF16Path
	panels []float32 // of words
}

// PackBFloat16 packs op(B), which is k x n, of float32 or of BFloat16; the arguments are those of
// [GemmBFloat16]. Products with the result run on the path that is active now.
func PackBFloat16[B BF16Operand](transB bool, k, n int, b []B, ldb int) *PackedBFloat16 {
	p := new(PackedBFloat16)
	p.pack("PackBFloat16", transB, k, n, mixedOf(b, ldb))
	return p
}

// Pack replaces the contents of p by op(B), which is k x n, rounded to bfloat16; the arguments are those
// of [PackBFloat16]. It allocates only if the memory of p is too small.
func (p *PackedBFloat16) Pack(transB bool, k, n int, b []float32, ldb int) {
	p.pack("PackedBFloat16.Pack", transB, k, n, mixedOf(b, ldb))
}

// PackHalf is Pack of what is bfloat16 already.
func (p *PackedBFloat16) PackHalf(transB bool, k, n int, b []BFloat16, ldb int) {
	p.pack("PackedBFloat16.PackHalf", transB, k, n, mixedOf(b, ldb))
}

// Dims returns the shape of op(B).
func (p *PackedBFloat16) Dims() (k, n int) { return p.k, p.n }

// Bytes returns the memory that the packed matrix takes.
func (p *PackedBFloat16) Bytes() int { return 4 * len(p.panels) }

func (p *PackedBFloat16) pack(op string, transB bool, k, n int, b mixed) {
	checkSize(op, "k", k)
	checkSize(op, "n", n)
	rows, cols := stored(transB, k, n)
	checkMatrix(op, "b", "ldb", b.len(), rows, cols, b.ld)
	b.raceRead(rows, cols)
	p.k, p.n, p.tier = k, n, Active()
	p.path = bf16On(p.tier)
	if k == 0 || n == 0 {
		p.panels = p.panels[:0]
		return
	}
	g := takeBF16Job(p.tier, p.path)
	g.bf16Product = bf16Product{transB: transB, m: 1, n: n, k: k, b: b, parts: 1, packed: p}
	g.planWords(p.path.shape())
	size := g.words * roundUp(n, g.plan.NR)
	p.panels = grow(p.panels[:cap(p.panels)], size)[:size]
	raceWrite(p.panels)
	if k*n >= packedParallel {
		g.plan.threads = Threads()
	}
	own := g.packB
	g.packB, g.jc, g.nc, g.phase = [2][]float32{p.panels}, 0, n, bf16PackingB
	parallel(g.plan.threads, ceilDiv(n, g.plan.packCols)*ceilDiv(g.words, g.plan.KC), g)
	g.packB = own
	g.put()
}

// GemmPackedBFloat16 is [GemmBFloat16] with a packed B,
//
//	C = epilogue(alpha * op(A) * op(B) + beta * C)
//
// where op(A) is m x k, and k and n are those of b.Dims. It runs on the path that b was packed for, with
// the bits of GemmBFloat16.
func GemmPackedBFloat16[A, C BF16Operand](transA bool, m int, alpha float32, a []A, lda int,
	b *PackedBFloat16, beta float32, c []C, ldc int, e BF16Epilogue) {
	const op = "GemmPackedBFloat16"
	if b == nil {
		failWith(op, "b", "b is nil, want what PackBFloat16 returns")
	}
	p := bf16Product{transA: transA, m: m, n: b.n, k: b.k, alpha: alpha, beta: beta, a: mixedOf(a, lda),
		c: mixedOf(c, ldc), Epilogue: e, parts: 1, packed: b}
	p.check(op)
	p.compute(b.tier)
}
