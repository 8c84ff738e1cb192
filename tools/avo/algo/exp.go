package algo

import (
	"github.com/ashlar-go/ashlar/internal/minimax"
	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// expConstants are the registers and memory that the exponential needs. The
// coefficients stay in memory where there are too few registers for them.
type expConstants struct {
	*fn
	coef                        []isa.Operand
	lo, hi, log2e, ln2hi, ln2lo isa.Operand
}

func (f *fn) expConstants() *expConstants {
	e := &expConstants{fn: f}
	e.lo = e.Keep(e.byType(float64(minimax.ExpMin32), minimax.ExpMin64))
	e.hi = e.Keep(e.byType(float64(minimax.ExpMax32), minimax.ExpMax64))
	e.log2e = e.Keep(e.byType(float64(minimax.Log2E32), minimax.Log2E64))
	e.ln2hi = e.Keep(e.byType(float64(minimax.Ln2Hi32), minimax.Ln2Hi64))
	e.ln2lo = e.Keep(e.byType(float64(minimax.Ln2Lo32), minimax.Ln2Lo64))
	for _, c := range e.series(minimax.Exp32[:], minimax.Exp64[:]) {
		e.coef = append(e.coef, e.Keep(c))
	}
	return e
}

// expAll replaces each x by e^x. Every step is done for all the vectors before the
// next, so that their chains of dependent operations overlap. The order of
// operations is the one that package minimax fixes and measures.
func (e *expConstants) expAll(xs []isa.Vec) {
	ks, ps := make([]isa.Vec, len(xs)), make([]isa.Vec, len(xs))
	e.Comment("x = max(ExpMin, min(ExpMax, x)), NaN kept; k = rint(x * log2e)")
	for i, x := range xs {
		ks[i], ps[i] = e.NewVec(), e.NewVec()
		e.clamp(x, ks[i])
		e.Mul(e.log2e, x, ks[i])
		e.Round(ks[i])
	}
	e.Comment("r = x - k*ln2hi - k*ln2lo")
	for i, x := range xs {
		e.FNMA(e.ln2hi, ks[i], x)
		e.FNMA(e.ln2lo, ks[i], x)
	}
	e.Comment("p = c0 + r*(c1 + r*(c2 + ...))")
	n := len(e.coef) - 1
	for i := range xs {
		e.Move(e.coef[n], ps[i])
	}
	for j := n - 1; j >= 0; j-- {
		for i, x := range xs {
			e.Horner(e.coef[j], x, ps[i])
		}
	}
	e.Comment("y = p * 2^k")
	for i, x := range xs {
		e.scale(ps[i], ks[i], x)
	}
}

// clamp: x = max(lo, min(hi, x)); NaN stays, being the second source.
func (e *expConstants) clamp(x, tmp isa.Vec) {
	e.Min(e.inRegister(e.hi, tmp), x, x)
	e.Max(e.inRegister(e.lo, tmp), x, x)
}
