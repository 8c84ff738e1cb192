package kernels

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/forced"
)

// GemmPrecision is [GemmFused] at a level of precision, which says how a product of float32 operands may
// be computed. Sums and the epilogue are always in float32, and the result is not rounded.
//
//	Highest  in float32, with the bits of GemmFused
//	High     A = A0 + A1 and B = B0 + B1 as bfloat16 numbers: A1*B0 + A0*B1 + A0*B0, summed in this order
//	Medium   A and B are rounded to bfloat16: the product of [GemmBFloat16]
//
// Rounding to bfloat16 changes a number by at most u = 2^-8 of it. The componentwise error, beside that of
// the sums in float32, is at most (2u + u^2) |A||B| at Medium. At High it is at most 3.1 u^2 |A||B|: the
// product leaves out A1*B1 and what A0 + A1 and B0 + B1 leave of A and B; on random data it is a thirtieth
// of that. Numbers below about 2^-110, whose second part is subnormal, have an error of
// 2^-126 times the other factor instead. An element with a term that is not finite in float32, or a factor
// that is not finite as a bfloat16 number, beyond 3.39e38, is NaN or infinite at both levels.
//
// A level is a permission. Where it would gain nothing, GemmPrecision computes in float32: everywhere but
// on the path amx_bf16 for High, and on avx512_bf16 and amx_bf16 for Medium (see [ActiveBF16]), for small
// products, and for float64. Which products are small depends on the path, m, n and k alone.
//
// Source: Henry, Tang and Heinecke, Leveraging the bfloat16 Artificial Intelligence Datatype For
// Higher-Precision Computations, ARITH 2019.
func GemmPrecision[T Float](level Precision, transA, transB bool, m, n, k int, alpha T, a []T, lda int,
	b []T, ldb int, beta T, c []T, ldc int, e Epilogue[T]) {
	const op = "GemmPrecision"
	level.check(op)
	t := Active()
	if level != Highest && isF32[T]() {
		p := bf16Product{transA: transA, transB: transB, m: m, n: n, k: k, alpha: float32(alpha),
			beta: float32(beta), a: mixed{f: as[float32](a), ld: lda}, b: mixed{f: as[float32](b), ld: ldb},
			c: mixed{f: as[float32](c), ld: ldc}, Epilogue: *(*Epilogue[float32])(unsafe.Pointer(&e)),
			parts: level.parts()}
		if p.pays(bf16On(t)) {
			p.check(op)
			p.compute(t)
			return
		}
	}
	var p product[T]
	p.set(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
	p.Bias, p.Act, p.Deriv, p.LdDeriv = e.Bias, e.Act, e.Deriv, e.LdDeriv
	if !p.tiny(t) {
		p.activator = anyActivation[T]{}
		gemm(t, op, &p)
	}
}

// check panics unless l is a level.
func (l Precision) check(op string) {
	if l > Medium {
		failWith(op, "level", "level is "+l.String()+", want highest, high or medium")
	}
}

// parts is the number of products of bfloat16 numbers of a level.
func (l Precision) parts() int {
	if l == High {
		return 3
	}
	return 1
}

// pays reports whether products of bfloat16 numbers take less time than one of float32. It depends on
// the path and the sizes alone.
func (p *bf16Product) pays(path BF16Path) bool {
	if forced.Precision.Load() {
		return true
	}
	if path < BF16Dot || p.parts == 3 && path != BF16AMX {
		return false
	}
	c := float64(p.m) * float64(p.n)
	return p.m >= paysRows && p.n >= paysCols && c >= paysArea && c*float64(p.k) >= paysTerms
}

// From these sizes on, rounding and packing both operands takes less time than the faster instructions
// save. Measured on avx512_bf16 (Zen 4), one thread, all transposes, m from 1 to 128, n from 1 to 1024, k
// from 8 to 2048, a product of bfloat16 numbers is then 0.97 to 2 times as fast as one of float32.
const (
	paysRows  = 16
	paysCols  = 32
	paysArea  = 768
	paysTerms = 1 << 17
)
