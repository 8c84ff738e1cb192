package kernels

// The variants of a product in the table: packed, prepared, in batches, with column sums,
// in blocks, of a triangle.

// gemmBatches is the number of products in a batch of the table.
const gemmBatches = 2

// gemmBatchLine is GemmBatch on matrices whose rows follow each other: product i is in
// rows i*M.. of C. Every third case shares A, every third B.
func gemmBatchLine(cases []gemmCase) line {
	l := gemmLine("GemmBatch", cases, 3, [2]func(Tier, *Call){runGemmBatch[float32](cases), runGemmBatch[float64](cases)})
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
	l := gemmLine("GemmSums", cases, 3, [2]func(Tier, *Call){runGemmSums[float32](cases), runGemmSums[float64](cases)})
	l.Params[1].Unread = nil
	l.Params = append(l.Params, Param{Name: "sum", Role: Out, Shape: func(s Sizes) (int, int) { return 1, s.N }})
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

// gemmBlocksLine is GemmBlocks, whose blocks are put together to C.
func gemmBlocksLine() line {
	cases := []gemmCase{{transA: true, alpha: 1}}
	return gemmLine("GemmBlocks", cases, 3, [2]func(Tier, *Call){runGemmBlocks[float32](cases), runGemmBlocks[float64](cases)})
}

// gemmTriangleLine is GemmTriangle. Either triangle meets every flag and every scalar.
func gemmTriangleLine() line {
	plain, _ := gemmCases()
	for i := range plain {
		plain[i].triangle = lowerC + triangle((i+i/len(gemmScalars)/2)%2)
	}
	return gemmLine("GemmTriangle", plain, 3, [2]func(Tier, *Call){runGemmTriangle[float32](plain), runGemmTriangle[float64](plain)})
}

// gemmPackedLine is PackB and GemmPacked.
func gemmPackedLine(name, also string, cases []gemmCase, random float64) line {
	l := gemmLine(name, cases, random, [2]func(Tier, *Call){runGemmPacked[float32](cases), runGemmPacked[float64](cases)})
	l.Also, l.Params[1].Copied = also, true
	l.Params[1].Unread = nil // packed whatever alpha is
	return l
}

// gemmPreparedLine is PrepareGemm and Do.
func gemmPreparedLine(cases []gemmCase) line {
	l := gemmLine("PrepareGemm", cases, 3, [2]func(Tier, *Call){runPreparedGemm[float32](cases), runPreparedGemm[float64](cases)})
	l.Also = "PreparedGemm.Do"
	return l
}

// runGemmPacked packs B, in memory used before, and multiplies.
func runGemmPacked[T Float](cases []gemmCase) func(Tier, *Call) {
	var packed freeList[PackedB[T]]
	return func(t Tier, c *Call) {
		g := cases[c.Case]
		var e Epilogue[T]
		if len(c.Operands) > 3 {
			e = callEpilogue[T](cases, c)
		}
		b := packed.get()
		defer packed.put(b)
		if t == public {
			b.Pack(g.transB, c.K, c.N, slice[T](c, 1), c.ld(1))
		} else {
			b.pack(t, "PackB", g.transB, c.K, c.N, termsPerPass(1, c.N, c.K), slice[T](c, 1), c.ld(1))
		}
		GemmPacked(g.transA, c.M, T(g.alpha), slice[T](c, 0), c.ld(0), b, T(g.beta), slice[T](c, 2), c.ld(2), e)
	}
}

func runPreparedGemm[T Float](cases []gemmCase) func(Tier, *Call) {
	return func(t Tier, c *Call) {
		if t == public {
			t = Active()
		}
		p := callProduct[T](cases, c)
		g := prepare(t, "PrepareGemm", &p)
		g.Do(p.a, p.b, p.c)
	}
}

func runGemmBatch[T Float](cases []gemmCase) func(Tier, *Call) {
	return func(t Tier, c *Call) {
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
		if t == public {
			GemmBatch(gemmBatches, p.transA, p.transB, p.m, p.n, p.k, p.alpha, p.a, p.lda, strideA, p.b, p.ldb, strideB, p.beta, p.c, p.ldc, strideC)
			return
		}
		gemmBatch(t, gemmBatches, &p, strideA, strideB, strideC)
	}
}

func runGemmSums[T Float](cases []gemmCase) func(Tier, *Call) {
	return func(t Tier, c *Call) {
		p, sum := callProduct[T](cases, c), slice[T](c, 3)
		if t == public {
			GemmSums(p.m, p.n, p.k, p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, p.c, p.ldc, sum)
			return
		}
		gemmSums(t, &p, sum)
	}
}

// assembled puts blocks together. Its function is made once, so that calls with it count
// the allocations of GemmBlocks alone.
type assembled[T Float] struct {
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

// runGemmBlocks checks C itself, since C is none of the kernel's arguments.
func runGemmBlocks[T Float](cases []gemmCase) func(Tier, *Call) {
	var list freeList[assembled[T]]
	return func(t Tier, c *Call) {
		to := list.get()
		defer list.put(to)
		if to.put == nil {
			to.put = to.block
		}
		p := callProduct[T](cases, c)
		p.check("GemmBlocks")
		to.c, to.ld, to.n = p.c, p.ldc, p.n
		if t == public {
			GemmBlocks(p.m, p.n, p.k, p.a, p.lda, p.b, p.ldb, to.put)
			return
		}
		gemmBlocks(t, p.m, p.n, p.k, p.a, p.lda, p.b, p.ldb, to.put)
	}
}

func runGemmTriangle[T Float](cases []gemmCase) func(Tier, *Call) {
	return func(t Tier, c *Call) {
		p := callProduct[T](cases, c)
		p.triangle = cases[c.Case].triangle
		if t == public {
			GemmTriangle(p.triangle == upperC, p.transA, p.transB, p.m, p.n, p.k, p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, p.c, p.ldc)
			return
		}
		gemm(t, "GemmTriangle", &p)
	}
}
