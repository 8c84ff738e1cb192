package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/ashlar-go/ashlar/internal/minimax"
)

// expConstants are the registers and memory that the exponential needs. The
// coefficients stay in memory on AVX2, which has too few registers for them.
type expConstants struct {
	*fn
	coef                          []Op
	min, max, log2e, ln2hi, ln2lo Op
}

func (f *fn) expConstants() *expConstants {
	e := &expConstants{fn: f}
	lo, hi, log2e, ln2hi, ln2lo := minimax.ExpMin64, minimax.ExpMax64, minimax.Log2E64, minimax.Ln2Hi64, minimax.Ln2Lo64
	coef := minimax.Exp64[:]
	if f.size == 4 {
		lo, hi, log2e, ln2hi, ln2lo = float64(minimax.ExpMin32), float64(minimax.ExpMax32),
			float64(minimax.Log2E32), float64(minimax.Ln2Hi32), float64(minimax.Ln2Lo32)
		coef = nil
		for _, c := range minimax.Exp32 {
			coef = append(coef, float64(c))
		}
	}
	e.min, e.max, e.log2e, e.ln2hi, e.ln2lo = e.keep(lo), e.keep(hi), e.keep(log2e), e.keep(ln2hi), e.keep(ln2lo)
	for _, c := range coef {
		e.coef = append(e.coef, e.keep(c))
	}
	return e
}

// keep is a constant as an operand: a register on AVX-512, a full vector in memory
// on AVX2.
func (f *fn) keep(v float64) Op {
	if f.wide() {
		return f.constant(v)
	}
	return f.vectorData(v)
}

// expAll replaces each x by e^x. Every step is done for all the vectors before the
// next, so that their chains of dependent operations overlap. The order of
// operations is the one that package minimax fixes and measures.
func (e *expConstants) expAll(xs []reg.VecVirtual) {
	c := e.c
	ks, ps := make([]reg.VecVirtual, len(xs)), make([]reg.VecVirtual, len(xs))
	c.Comment("x = max(ExpMin, min(ExpMax, x)), NaN kept; k = rint(x * log2e)")
	for i, x := range xs {
		ks[i], ps[i] = e.vec(), e.vec()
		e.clamp(x, ks[i])
		e.mul(e.log2e, x, ks[i])
		e.round(ks[i])
	}
	c.Comment("r = x - k*ln2hi - k*ln2lo")
	for i, x := range xs {
		e.fnma(e.ln2hi, ks[i], x)
		e.fnma(e.ln2lo, ks[i], x)
	}
	c.Comment("p = c0 + r*(c1 + r*(c2 + ...))")
	n := len(e.coef) - 1
	for i := range xs {
		e.move(e.coef[n], ps[i])
	}
	for j := n - 1; j >= 0; j-- {
		for i, x := range xs {
			e.horner(e.coef[j], x, ps[i])
		}
	}
	c.Comment("y = p * 2^k")
	for i, x := range xs {
		e.scale(ps[i], ks[i], x)
	}
}

// clamp: x = max(min, min(max, x)); NaN stays, being the second source.
func (e *expConstants) clamp(x, tmp reg.VecVirtual) {
	if e.wide() {
		e.fn.min(e.max, x, x)
		e.fn.max(e.min, x, x)
		return
	}
	e.move(e.max, tmp)
	e.fn.min(tmp, x, x)
	e.move(e.min, tmp)
	e.fn.max(tmp, x, x)
}

// horner: p = p*r + coef.
func (e *expConstants) horner(coef, r, p Op) { e.op(e.c.VFMADD213PS, e.c.VFMADD213PD, coef, r, p) }

// round: k = k rounded to the nearest integer, ties to even.
func (f *fn) round(k Op) {
	if f.wide() {
		f.op(func(o ...Op) { f.c.VRNDSCALEPS(o...) }, func(o ...Op) { f.c.VRNDSCALEPD(o...) }, U8(8), k, k)
		return
	}
	f.op(func(o ...Op) { f.c.VROUNDPS(o[0], o[1], o[2]) }, func(o ...Op) { f.c.VROUNDPD(o[0], o[1], o[2]) }, U8(8), k, k)
}

// scale: dst = p * 2^k, rounded once. k is clobbered. Without VSCALEF it is the
// exact product with 2^(k>>1) times 2^(k-(k>>1)), powers that are normal numbers.
func (f *fn) scale(p, k, dst reg.VecVirtual) {
	c := f.c
	if f.wide() {
		f.op(c.VSCALEFPS, c.VSCALEFPD, k, p, dst)
		return
	}
	h := f.vec()
	if f.size == 4 {
		c.VCVTPS2DQ(k, k)
		c.VPSRAD(U8(1), k, h)
		c.VPSUBD(h, k, k)
		for _, e := range []reg.VecVirtual{h, k} {
			c.VPSLLD(U8(23), e, e)
			c.VPADDD(f.vectorBits(0x3f800000), e, e)
			f.mul(e, p, p)
		}
		f.move(p, dst)
		return
	}
	f.scale64(p, k, h, dst)
}

// scale64 is scale for float64 on AVX2, which cannot convert to 64-bit integers:
// adding 1.5 * 2^52 leaves k in the low bits of the sum.
func (f *fn) scale64(p, k, h, dst reg.VecVirtual) {
	c := f.c
	c.Comment("h = floor(k/2) and k-h, as floats; 2^h by shifting h + 1023 into the exponent")
	c.VMULPD(f.vectorData(0.5), k, h)
	c.VROUNDPD(U8(9), h, h)
	c.VSUBPD(h, k, k)
	for _, e := range []reg.VecVirtual{h, k} {
		c.VADDPD(f.vectorData(0x1.8p52+1023), e, e)
		c.VPSLLQ(U8(52), e, e)
		f.mul(e, p, p)
	}
	f.move(p, dst)
}

func (f *fn) move(a, dst Op) { f.op(f.c.VMOVAPS, f.c.VMOVAPD, a, dst) }
