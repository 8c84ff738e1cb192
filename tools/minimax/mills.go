package main

import "github.com/ashlar-go/ashlar/internal/minimax"

// millsSpecs are the ratio of Mills over sqrt(2 pi), (1 - Phi(x)) e^(x^2/2), from which GELU and its
// derivative follow, times the denominators in package minimax: the numerators of quotients with a
// small relative error as far out as e^(-x^2/2) is a normal number. The ratio falls like 1/x, for
// which a polynomial alone would need three times the degree.
func millsSpecs() []spec {
	var single []float64
	for _, v := range minimax.MillsDen32 {
		single = append(single, float64(v))
	}
	return []spec{
		millsNumerator("Mills32", 13.5, float32Format, single),
		millsNumerator("Mills64", 38, float64Format, minimax.MillsDen64[:]),
	}
}

// millsNumerator is of one degree less than the denominator, and 1/2 at 0, where the denominator is 1.
func millsNumerator(name string, hi float64, f format, denominator []float64) spec {
	var q []*bigFloat
	for _, v := range denominator {
		q = append(q, fromFloat(v))
	}
	value := func(x *bigFloat) *bigFloat { return mul(mills(x), horner(q, x)) }
	return spec{name: name, fn: "(1 - Phi(x)) e^(x^2/2) Q(x)", f: value, lo: fromInt(0), hi: fromFloat(hi),
		weight: func(x *bigFloat) *bigFloat { return quo(fromInt(1), value(x)) },
		fixed:  []float64{0.5}, degree: len(denominator) - 2, format: f}
}

// mills is (1 - Phi(x)) e^(x^2/2), from 6 on by Laplace's continued fraction 1/(x + 1/(x + 2/(x + ...))).
func mills(x *bigFloat) *bigFloat {
	if x.Cmp(fromInt(6)) < 0 {
		half := scale(mul(x, x), -1)
		return scale(mul(exp(half), erfc(sqrt(half))), -1)
	}
	r := x
	for n := 400; n > 0; n-- {
		r = add(x, quo(fromInt(n), r))
	}
	return quo(fromInt(1), mul(r, sqrt(scale(pi(), 1))))
}
