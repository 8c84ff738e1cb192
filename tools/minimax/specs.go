package main

import "math"

// files are the generated files with their contents.
var files = []file{
	{name: "zexp.go", specs: expSpecs, reduction: true},
	{name: "zlog.go", specs: logSpecs},
	{name: "zerf.go", specs: erfSpecs},
	{name: "zturn.go", specs: turnSpecs},
	{name: "ztanh.go", tables: []table{tanhTable}, specs: tanhSpecs},
	{name: "zlogistic.go", tables: []table{logisticTable}},
}

type file struct {
	name      string
	specs     func() []spec
	reduction bool // with the constants that reduce the argument of e^x
	tables    []table
}

// expSpecs are e^r on the reduced interval, for each dtype: 1 + r + r²P(r),
// with the least relative error.
//
// The target of 2^-27 in float32 is at most an eighth of an ulp, that of 2^-57 in float64 at most
// a sixteenth. Rounding the result costs half an ulp.
func expSpecs() []spec {
	half := halfLn2()
	relative := func(x *bigFloat) *bigFloat { return exp(neg(x)) }
	return []spec{
		{name: "Exp32", fn: "e^r", f: exp, weight: relative, lo: neg(half), hi: half,
			fixed: []float64{1, 1}, target: math.Ldexp(1, -27), format: float32Format},
		{name: "Exp64", fn: "e^r", f: exp, weight: relative, lo: neg(half), hi: half,
			fixed: []float64{1, 1}, target: math.Ldexp(1, -57), format: float64Format},
	}
}

// tanhSpecs are e^r for the tanh in float64: as Exp64, but with the least error relative to e^r - 1,
// which is what counts where tanh x is near x.
func tanhSpecs() []spec {
	one, half := fromInt(1), halfLn2()
	return []spec{{name: "Tanh64", fn: "e^r", unit: "1/|e^r - 1|", f: exp, lo: neg(half), hi: half,
		weight: func(x *bigFloat) *bigFloat { return newFloat().Abs(quo(one, sub(exp(x), one))) },
		fixed:  []float64{1, 1}, target: math.Ldexp(1, -57), format: float64Format}}
}

// halfLn2 is the largest |r|: ln2/2 if k = rint(x log2(e)) were exact. Its product is rounded:
// for |x log2(e)| <= 150 in float32, by at most 2^-16, which is 2^-15 of the interval.
func halfLn2() *bigFloat { return mul(scale(ln2(), -1), fromFloat(1+0x1p-12)) }

// logSpecs are log(1+x) = x + x^2 P(x): on the reduced interval of the logarithm,
// m - 1 for sqrt(1/2) <= m < sqrt(2), and on [0, 1] for the softplus, where x = e^-|t|.
func logSpecs() []spec {
	log1p := func(x *bigFloat) *bigFloat { return ln(add(fromInt(1), x)) }
	relative := func(x *bigFloat) *bigFloat { return newFloat().Abs(quo(fromInt(1), log1p(x))) }
	// A float32 product by sqrt(1/2) decides about the exponent, so m may lie
	// outside by a rounding or two.
	slack := fromFloat(0x1p-21)
	lo, hi := sub(sub(sqrt(fromFloat(0.5)), fromInt(1)), slack),
		add(sub(sqrt(fromInt(2)), fromInt(1)), slack)
	s := spec{fn: "log(1+x)", f: log1p, weight: relative, fixed: []float64{0, 1}}
	s.lo, s.hi = lo, hi
	log32, log64 := s.both("Log", 27, 57)
	s.lo, s.hi = fromFloat(0x1p-30), fromInt(1) // at 0 the weight is infinite
	soft32, _ := s.both("Softplus", 27, 57)
	// A float64 polynomial in powers of x has too large rounding errors where x is near 1.
	half := fromFloat(0.5)
	tail := spec{fn: "(log(1+x) - x)/x^2 in powers of x - 1/2", unit: "log(1+x)/x^2",
		lo: sub(s.lo, half), hi: half,
		f:      func(u *bigFloat) *bigFloat { x := add(u, half); return quo(sub(log1p(x), x), mul(x, x)) },
		weight: func(u *bigFloat) *bigFloat { x := add(u, half); return quo(mul(x, x), log1p(x)) }}
	_, soft64 := tail.both("Softplus", 27, 57)
	return []spec{log32, log64, soft32, soft64}
}

// ErfSplit in package minimax is where erf changes from x + x P(x^2) to 1 - e^-Q(x).
const erfSplit = 1

// erfSpecs are the two parts of erf, and the ratio of Mills.
func erfSpecs() []spec {
	one := fromInt(1)
	near := spec{fn: "erf(sqrt x)/sqrt x - 1", unit: "sqrt x / erf(sqrt x)", lo: fromInt(0),
		hi:     fromFloat(erfSplit * erfSplit * (1 + 0x1p-20)),
		f:      func(z *bigFloat) *bigFloat { return sub(erfRatio(z), one) },
		weight: func(z *bigFloat) *bigFloat { return quo(one, erfRatio(z)) }}
	near32, near64 := near.both("Erf", 27, 56)
	far := spec{fn: "-log(1 - erf x)", unit: "(1 - erf x) / erf x", lo: fromFloat(erfSplit),
		f:      func(x *bigFloat) *bigFloat { return neg(ln(erfc(x))) },
		weight: func(x *bigFloat) *bigFloat { e := erfc(x); return quo(e, sub(one, e)) }}
	far.hi = fromInt(4)
	far32, _ := far.both("ErfTail", 27, 56)
	far.hi = fromInt(6)
	_, far64 := far.both("ErfTail", 27, 56)
	return append([]spec{near32, near64, far32, far64}, millsSpecs()...)
}

// turnSpecs are the sine and cosine of up to an eighth of a turn, as functions of z, the square of
// the part of a turn.
func turnSpecs() []spec {
	end := fromFloat(0x1p-6)
	relative := func(f func(*bigFloat) *bigFloat) func(*bigFloat) *bigFloat {
		return func(z *bigFloat) *bigFloat { return quo(fromInt(1), f(z)) }
	}
	sine := func(z *bigFloat) *bigFloat { return mul(scale(pi(), 1), turnSeries(z, 1)) }
	cosine := func(z *bigFloat) *bigFloat { return turnSeries(z, 0) }
	_, s := spec{fn: "sin(2 pi sqrt z)/sqrt z", f: sine, weight: relative(sine), lo: fromInt(0),
		hi: end}.both("SinTurn", 27, 57)
	_, c := spec{fn: "cos(2 pi sqrt z)", f: cosine, weight: relative(cosine), lo: fromInt(0), hi: end,
		fixed: []float64{1}}.both("CosTurn", 27, 57)
	return []spec{s, c}
}

// both returns s for each dtype, with targets of 2^-bits.
func (s spec) both(name string, bits32, bits64 int) (single, double spec) {
	single, double = s, s
	single.name, single.format, single.target = name+"32", float32Format, math.Ldexp(1, -bits32)
	double.name, double.format, double.target = name+"64", float64Format, math.Ldexp(1, -bits64)
	return single, double
}
