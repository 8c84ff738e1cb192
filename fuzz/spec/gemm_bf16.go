package spec

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/internal/forced"
	"github.com/ashlar-go/ashlar/internal/freelist"
	"github.com/ashlar-go/ashlar/kernels"
)

// Products of bfloat16 numbers, and products of float32 numbers at the levels of precision that are
// computed as such. Each has a row for every path. The operands of a case have each of the two types in
// turn.

func gemmBF16Lines() []line {
	plain, fused := gemmCases()
	return []line{
		bf16Line("GemmBFloat16", halved(fused), 5, bf16Whole),
		bf16BatchLine(halved(plain)),
		bf16PackedLine("PackBFloat16", "GemmPackedBFloat16", halved(plain), 3),
		bf16PackedLine("GemmPackedBFloat16", "PackBFloat16", halved(fused), 5),
		precisionLine(fused),
		bf16BlocksLine(),
		precisionBlocksLine(),
	}
}

// halved gives the operands of cases types, so that all eight forms come with all transposes.
func halved(cases []gemmCase) (list []gemmCase) {
	for i, g := range cases {
		form := i + i/8
		g.half = [3]bool{form&1 != 0, form&2 != 0, form&4 != 0}
		g.term = roundedTerm
		list = append(list, g)
	}
	return list
}

// roundedTerm adds the product of two numbers rounded to bfloat16.
func roundedTerm(s *sum, x, y dd.Num, flush bool) { s.addProduct(rounded(x, flush), rounded(y, flush)) }

// rounded is x as a bfloat16 number, 0 with its sign where that is flushed.
func rounded(x dd.Num, flush bool) dd.Num {
	v := BF16.Nearest(x.Hi)
	if flush && math.Abs(v) < BF16.smallestNormal() {
		v = math.Copysign(0, v)
	}
	return num(v)
}

// bf16Form is which function a row calls.
type bf16Form uint8

const (
	bf16Whole bf16Form = iota
	bf16Batch
	bf16Packed
	bf16Blocks
)

func bf16Line(name string, cases []gemmCase, random float64, form bf16Form) line {
	l := gemmLine(name, cases, random, calls{runGemmBF16(cases, form)})
	l.paths = true
	for i := range 3 {
		l.Params[i].Half = func(s Sizes) bool { return cases[s.Case].half[i] }
	}
	l.Tol.Worst = func(s Sizes) float64 { return random - 3 + bf16Chain(s.K) }
	return l
}

// bf16Chain bounds the errors of a sum of k terms, in chains of at most 1024.
func bf16Chain(k int) float64 { return max(3, float64(min(k, 1024)+k/1024+2)/2) }

// bf16BatchLine is GemmBatchBFloat16, laid out as GemmBatch is.
func bf16BatchLine(cases []gemmCase) line {
	batch := gemmBatchLine(cases)
	l := bf16Line("GemmBatchBFloat16", cases, 3, bf16Batch)
	for i := range 3 {
		l.Params[i].Shape = batch.Params[i].Shape
	}
	l.Ref = batch.Ref
	return l
}

// bf16PackedLine is PackBFloat16 and GemmPackedBFloat16.
func bf16PackedLine(name, also string, cases []gemmCase, random float64) line {
	l := bf16Line(name, cases, random, bf16Packed)
	l.Also, l.Params[1].Copied = []string{also, "PackedBFloat16.Pack", "PackedBFloat16.PackHalf"}, true
	l.Params[1].Unread = nil // packed whatever alpha is
	return l
}

// bf16BlocksLine is GemmBlocksBFloat16, with A and B of each type.
func bf16BlocksLine() line {
	var cases []gemmCase
	for i := range 4 {
		cases = append(cases, gemmCase{transA: true, alpha: 1, half: [3]bool{i&1 != 0, i&2 != 0},
			term: roundedTerm})
	}
	l := bf16Line("GemmBlocksBFloat16", cases, 3, bf16Blocks)
	l.Params[2].Collected = true
	return l
}

// runGemmBF16 calls a function with the operands of the types of the case.
func runGemmBF16(cases []gemmCase, form bf16Form) func(*Call) {
	r := &bf16Runner{cases: cases, form: form}
	return func(c *Call) {
		if cases[c.Case].half[0] {
			withB(r, c, c.Operands[0].BF16)
		} else {
			withB(r, c, c.Operands[0].F32)
		}
	}
}

// bf16Runner packs B into memory that it reuses, and assembles blocks.
type bf16Runner struct {
	cases  []gemmCase
	form   bf16Form
	packed freelist.Lists
	blocks freelist.Lists
}

func withB[A kernels.BF16Operand](r *bf16Runner, c *Call, a []A) {
	if r.cases[c.Case].half[1] {
		withC(r, c, a, c.Operands[1].BF16)
	} else {
		withC(r, c, a, c.Operands[1].F32)
	}
}

func withC[A, B kernels.BF16Operand](r *bf16Runner, c *Call, a []A, b []B) {
	if r.cases[c.Case].half[2] {
		bf16Call(r, c, a, b, c.Operands[2].BF16)
	} else {
		bf16Call(r, c, a, b, c.Operands[2].F32)
	}
}

func bf16Call[A, B, C kernels.BF16Operand](r *bf16Runner, call *Call, a []A, b []B, c []C) {
	g := r.cases[call.Case]
	alpha, beta, lda, ldb, ldc := float32(g.alpha), float32(g.beta), call.ld(0), call.ld(1), call.ld(2)
	var e kernels.BF16Epilogue
	if len(call.Operands) > 3 {
		e = callEpilogue[float32](r.cases, call)
	}
	switch r.form {
	case bf16Blocks:
		to := assembler(&r.blocks, call.Operands[2].F32, ldc, call.N)
		defer to.done(&r.blocks)
		kernels.GemmBlocksBFloat16(call.M, call.N, call.K, a, lda, b, ldb, to.put)
	case bf16Whole:
		kernels.GemmBFloat16(g.transA, g.transB, call.M, call.N, call.K, alpha, a, lda, b, ldb,
			beta, c, ldc, e)
	case bf16Batch:
		rowsA, _ := stored(g.transA, call.M, call.K)
		rowsB, _ := stored(g.transB, call.K, call.N)
		strideA, strideB, strideC := rowsA*lda, rowsB*ldb, call.M*ldc
		switch call.Case % 3 {
		case 0:
			strideA = 0
		case 1:
			strideB = 0
		}
		kernels.GemmBatchBFloat16(gemmBatches, g.transA, g.transB, call.M, call.N, call.K,
			alpha, a, lda, strideA, b, ldb, strideB, beta, c, ldc, strideC)
	default:
		p := freelist.Get[float32, kernels.PackedBFloat16](&r.packed)
		defer freelist.Put[float32](&r.packed, p)
		if g.half[1] {
			p.PackHalf(g.transB, call.K, call.N, call.Operands[1].BF16, ldb)
		} else {
			p.Pack(g.transB, call.K, call.N, call.Operands[1].F32, ldb)
		}
		kernels.GemmPackedBFloat16(g.transA, call.M, alpha, a, lda, p, beta, c, ldc, e)
	}
}

// The errors of the levels of precision, in units of eps = 2^-23 of |A||B|. Rounding to bfloat16 changes
// a number by at most u = 2^-8 of it.
//
// Medium: (1+u)^2 - 1 = 2u + u^2 for the rounded operands.
//
// High: A = A0 + A1 + rA, where |A1| <= u |A|, up to its rounding, and |rA| <= u^2 |A|. The product
// leaves out A1*B1, rA*B and A*rB: 3 u^2, and less than 1/50 of it in smaller terms.
const (
	mediumError = (0x1p-7 + 0x1p-16) / 0x1p-23
	highError   = 3.06 * 0x1p-16 / 0x1p-23
)

var levelErrors = [...]float64{kernels.Highest: 0, kernels.High: highError, kernels.Medium: mediumError}

// precisionLine is GemmPrecision, forced to compute at the level on every path.
func precisionLine(fused []gemmCase) line {
	var cases []gemmCase
	var bounds []float64
	for i, g := range fused {
		g.level = [...]kernels.Precision{kernels.Medium, kernels.High}[(i+i/4)%2]
		g.term = leveledTerm
		cases = append(cases, g)
		bounds = append(bounds, 5+levelErrors[g.level])
	}
	highest := fused[len(fused)-1]
	cases, bounds = append(cases, highest), append(bounds, 5)
	l := gemmLine("GemmPrecision", cases, mediumError+5, calls{runPrecision(cases)})
	l.paths, l.Tol.Cases = true, bounds
	l.Tol.Worst = func(s Sizes) float64 { return bounds[s.Case] - 3 + 3*bf16Chain(s.K) }
	return l
}

// leveledTerm adds a product with the errors that operands near the ends of the range of bfloat16 make:
// what is too large makes the result anything, what is too small is lost.
func leveledTerm(s *sum, x, y dd.Num, _ bool) {
	s.addProduct(x, y)
	if x.IsNaN() || y.IsNaN() {
		return
	}
	if !isFinite(rounded(x, false)) || !isFinite(rounded(y, false)) {
		s.magnitude = math.Inf(1)
		return
	}
	s.magnitude += F32.smallestNormal() / F32.Eps() * (size(x) + size(y))
}

func runPrecision(cases []gemmCase) func(*Call) {
	return func(c *Call) {
		p := callProduct[float32](cases, c)
		forced.Precision.Store(true)
		kernels.GemmPrecision(cases[c.Case].level, p.transA, p.transB, p.m, p.n, p.k,
			p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, p.c, p.ldc, callEpilogue[float32](cases, c))
	}
}

// precisionBlocksLine is GemmBlocksPrecision, forced as GemmPrecision is.
func precisionBlocksLine() line {
	var cases []gemmCase
	bounds := map[kernels.Precision]float64{kernels.Medium: mediumError + 3, kernels.High: highError + 3,
		kernels.Highest: 3}
	for _, level := range []kernels.Precision{kernels.Medium, kernels.High, kernels.Highest} {
		g := gemmCase{transA: true, alpha: 1, level: level}
		if level != kernels.Highest {
			g.term = leveledTerm
		}
		cases = append(cases, g)
	}
	var list freelist.Lists
	l := gemmLine("GemmBlocksPrecision", cases, mediumError+3, calls{func(c *Call) {
		p := callProduct[float32](cases, c)
		to := assembler(&list, p.c, p.ldc, p.n)
		defer to.done(&list)
		forced.Precision.Store(true)
		kernels.GemmBlocksPrecision(cases[c.Case].level, p.m, p.n, p.k, p.a, p.lda, p.b, p.ldb, to.put)
	}})
	l.Params[2].Collected, l.paths = true, true
	for _, g := range cases {
		l.Tol.Cases = append(l.Tol.Cases, bounds[g.level])
	}
	l.Tol.Worst = func(s Sizes) float64 { return l.Tol.Cases[s.Case] - 3 + 3*bf16Chain(s.K) }
	return l
}
