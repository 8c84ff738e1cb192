package spec

import (
	"github.com/ashlar-go/ashlar/internal/freelist"
	"github.com/ashlar-go/ashlar/kernels"
)

// The variants of a product: packed, prepared, in batches, with column sums, in blocks, of one
// triangle.

func gemmVariantLines() []line {
	plain, fused := gemmCases()
	return []line{
		gemmPackedLine("PackB", "GemmPacked", plain, 3),
		gemmPackedLine("GemmPacked", "PackB", fused, 5),
		gemmPreparedLine(plain),
		gemmBatchLine(plain),
		gemmSumsLine(),
		gemmBlocksLine(),
		gemmTriangleLine(),
	}
}

// gemmBatches is the number of products in a batch of the table.
const gemmBatches = 2

// gemmBatchLine is GemmBatch on matrices whose rows follow each other: product i is in
// rows i*M.. of C. Every third case shares A, every third B.
func gemmBatchLine(cases []gemmCase) line {
	l := gemmLine("GemmBatch", cases, 3, calls{runGemmBatch[float32](cases), runGemmBatch[float64](cases)})
	for i, shape := range []func(Sizes) (int, int){l.Params[0].Shape, l.Params[1].Shape, l.Params[2].Shape} {
		l.Params[i].Shape = func(s Sizes) (int, int) {
			rows, cols := shape(s)
			if s.Case%3 == i {
				return rows, cols
			}
			return gemmBatches * rows, cols
		}
	}
	// Here C always follows, also where s.Case%3 is its place.
	l.Params[2].Shape = func(s Sizes) (int, int) { return gemmBatches * s.M, s.N }
	l.Ref = func(r *Ref) {
		for x := range gemmBatches {
			gemmOracle(r, cases[r.Case], batchPlace(r, x))
		}
	}
	return l
}

// batchPlace says in which rows of its operands product x of a batch stands.
func batchPlace(r *Ref, x int) (at [3]int) {
	for i := range at {
		if i == 2 || r.Case%3 != i {
			at[i] = x * r.Operands[i].Rows / gemmBatches
		}
	}
	return at
}

// gemmSumsLine is GemmSums. B is read whatever alpha is.
func gemmSumsLine() line {
	var cases []gemmCase
	for _, s := range gemmScalars {
		cases = append(cases, gemmCase{transA: true, alpha: s[0], beta: s[1]})
	}
	l := gemmLine("GemmSums", cases, 3, calls{runGemmSums[float32](cases), runGemmSums[float64](cases)})
	l.Params[1].Unread = nil
	l.Params = append(l.Params, vector("sum", Out, Any))
	product := l.Tol.Worst
	l.Tol.Worst = func(s Sizes) float64 { return max(product(s), chunkedSum(2).Worst(Sizes{M: s.K})) }
	l.Ref = func(r *Ref) {
		gemmOracle(r, cases[r.Case], [3]int{})
		for j := range r.N {
			var s sum
			for p := range r.K {
				s.add(r.in(1, p, j))
			}
			r.want(3, 0, j, s.value, s.scale(r.DType))
		}
	}
	return l
}

// gemmBlocksLine is GemmBlocks; the oracle judges C, assembled from the blocks.
func gemmBlocksLine() line {
	cases := []gemmCase{{transA: true, alpha: 1}}
	l := gemmLine("GemmBlocks", cases, 3,
		calls{runGemmBlocks[float32](cases), runGemmBlocks[float64](cases)})
	l.Params[2].Collected = true
	return l
}

// gemmTriangleLine is GemmTriangle, each triangle with every flag and every scalar.
func gemmTriangleLine() line {
	plain, _ := gemmCases()
	for i := range plain {
		plain[i].triangle = lowerC + triangle((i+i/len(gemmScalars)/2)%2)
	}
	run := calls{runGemmTriangle[float32](plain), runGemmTriangle[float64](plain)}
	return gemmLine("GemmTriangle", plain, 3, run)
}

// gemmPackedLine is PackB and GemmPacked.
func gemmPackedLine(name, also string, cases []gemmCase, random float64) line {
	l := gemmLine(name, cases, random, calls{runGemmPacked[float32](cases), runGemmPacked[float64](cases)})
	l.Also, l.Params[1].Copied = []string{also, "PackedB.Pack"}, true
	l.Params[1].Unread = nil // packed whatever alpha is
	return l
}

// gemmPreparedLine is PrepareGemm and Do.
func gemmPreparedLine(cases []gemmCase) line {
	run := calls{runPreparedGemm[float32](cases), runPreparedGemm[float64](cases)}
	l := gemmLine("PrepareGemm", cases, 3, run)
	l.Also = []string{"PreparedGemm.Do"}
	return l
}

// runGemmPacked packs B into memory that it reuses, and multiplies.
func runGemmPacked[T kernels.Float](cases []gemmCase) func(*Call) {
	var packed freelist.Lists
	return func(c *Call) {
		g := cases[c.Case]
		var e kernels.Epilogue[T]
		if len(c.Operands) > 3 {
			e = callEpilogue[T](cases, c)
		}
		b := freelist.Get[T, kernels.PackedB[T]](&packed)
		defer freelist.Put[T](&packed, b)
		b.Pack(g.transB, c.K, c.N, slice[T](c, 1), c.ld(1))
		kernels.GemmPacked(g.transA, c.M, T(g.alpha), slice[T](c, 0), c.ld(0), b,
			T(g.beta), slice[T](c, 2), c.ld(2), e)
	}
}

func runPreparedGemm[T kernels.Float](cases []gemmCase) func(*Call) {
	return func(c *Call) {
		p := callProduct[T](cases, c)
		g := kernels.PrepareGemm(p.transA, p.transB, p.m, p.n, p.k, p.alpha, p.lda, p.ldb, p.beta, p.ldc)
		g.Do(p.a, p.b, p.c)
	}
}

func runGemmBatch[T kernels.Float](cases []gemmCase) func(*Call) {
	return func(c *Call) {
		p := callProduct[T](cases, c)
		rowsA, _ := stored(p.transA, p.m, p.k)
		rowsB, _ := stored(p.transB, p.k, p.n)
		strideA, strideB, strideC := rowsA*p.lda, rowsB*p.ldb, p.m*p.ldc
		switch c.Case % 3 {
		case 0:
			strideA = 0
		case 1:
			strideB = 0
		}
		kernels.GemmBatch(gemmBatches, p.transA, p.transB, p.m, p.n, p.k,
			p.alpha, p.a, p.lda, strideA, p.b, p.ldb, strideB, p.beta, p.c, p.ldc, strideC)
	}
}

func runGemmSums[T kernels.Float](cases []gemmCase) func(*Call) {
	return func(c *Call) {
		p, sum := callProduct[T](cases, c), slice[T](c, 3)
		kernels.GemmSums(p.m, p.n, p.k, p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, p.c, p.ldc, sum)
	}
}

// assembled assembles C from blocks. Its function is made once, so that a call allocates nothing
// but what GemmBlocks allocates.
type assembled[T kernels.Float] struct {
	c     []T
	ld, n int
	put   func(row int, block []T)
}

func (a *assembled[T]) block(row int, block []T) {
	for i := 0; i < len(block); i += a.n {
		copy(a.c[row*a.ld:], block[i:i+a.n])
		row++
	}
}

// assembler takes one from a list, for a C of n columns; done gives it back.
func assembler[T kernels.Float](list *freelist.Lists, c []T, ld, n int) *assembled[T] {
	to := freelist.Get[T, assembled[T]](list)
	if to.put == nil {
		to.put = to.block
	}
	to.c, to.ld, to.n = c, ld, n
	return to
}

func (a *assembled[T]) done(list *freelist.Lists) {
	a.c = nil // the caller's
	freelist.Put[T](list, a)
}

func runGemmBlocks[T kernels.Float](cases []gemmCase) func(*Call) {
	var list freelist.Lists
	return func(c *Call) {
		p := callProduct[T](cases, c)
		to := assembler(&list, p.c, p.ldc, p.n)
		defer to.done(&list)
		kernels.GemmBlocks(p.m, p.n, p.k, p.a, p.lda, p.b, p.ldb, to.put)
	}
}

func runGemmTriangle[T kernels.Float](cases []gemmCase) func(*Call) {
	return func(c *Call) {
		p := callProduct[T](cases, c)
		kernels.GemmTriangle(cases[c.Case].triangle == upperC, p.transA, p.transB, p.m, p.n, p.k,
			p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, p.c, p.ldc)
	}
}
