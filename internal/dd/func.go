package dd

import (
	"math"
	"sync"
)

// ln 2 in three parts. ln2Hi has 42 bits, so that k*ln2Hi is exact for every
// exponent k of a float64.
const ln2Hi = 0x1.62e42fefa3800p-1

var ln2Lo = Num{0x1.ef35793c76730p-45, 0x1.f97b57a079a19p-103}

var one = Num{1, 0}

// tiny bounds the arguments at which functions with f(x) = x + O(x²) return x:
// the second term is below 2^-107 x.
const tiny = 0x1p-107

// coefficients of the series: fact[n] is 1/n!, odd[n] is 1/(2n+1).
type coefficients struct {
	fact [26]Num
	odd  [160]Num
}

// series makes the coefficients at first use.
var series = sync.OnceValue(makeSeries)

func makeSeries() *coefficients {
	c := new(coefficients)
	fact, odd := &c.fact, &c.odd
	fact[0] = one
	for n := 1; n < len(fact); n++ {
		fact[n] = Div(fact[n-1], Num{float64(n), 0})
	}
	for n := range odd {
		odd[n] = Div(one, Num{float64(2*n + 1), 0})
	}
	return c
}

// horner returns the sum of c[n] * x^n. Terms from c[low] on, which must be
// below 2^-53 of the sum, are summed in float64.
func horner(x Num, c []Num, low int) Num {
	tail := 0.0
	for n := len(c) - 1; n >= low; n-- {
		tail = math.FMA(tail, x.Hi, c[n].Hi)
	}
	s := Num{tail, 0}
	for n := low - 1; n >= 0; n-- {
		s = Add(Mul(s, x), c[n])
	}
	return s
}

// expm1Reduced returns e^r - 1 for |r| <= 0.35, by the Taylor series.
func expm1Reduced(r Num) Num { return Mul(r, horner(r, series().fact[1:], 14)) }

// Exp returns e^x.
func Exp(x Num) Num {
	switch {
	case x.IsNaN():
		return x
	case x.Hi > 710:
		return Num{math.Inf(1), 0}
	case x.Hi < -746:
		return Num{0, 0}
	}
	// x = k ln 2 + r, with |r| <= ln2/2: e^x = 2^k e^r.
	k := math.RoundToEven(float64(x.Hi * math.Log2E))
	r := Sub(Sub(x, Num{float64(k * ln2Hi), 0}), Mul(ln2Lo, Num{k, 0}))
	return Ldexp(Add(one, expm1Reduced(r)), int(k))
}

// Expm1 returns e^x - 1, without cancellation near 0.
func Expm1(x Num) Num {
	switch a := math.Abs(x.Hi); {
	case a < tiny:
		return x
	case a <= 0.34:
		return expm1Reduced(x)
	}
	return Sub(Exp(x), one)
}

// atanhSeries returns 2 atanh(z) for |z| <= 0.18: the sum of 2 z^(2n+1)/(2n+1).
func atanhSeries(z Num) Num {
	return Ldexp(Mul(z, horner(Mul(z, z), series().odd[:25], 11)), 1)
}

// Log returns the natural logarithm of x: -Inf for 0, NaN for x < 0.
func Log(x Num) Num {
	if !ordinary(x.Hi) || x.Hi < 0 {
		return Num{math.Log(x.Hi), 0}
	}
	// x = 2^k m with sqrt(1/2) <= m < sqrt(2); log m = 2 atanh((m-1)/(m+1)),
	// whose relative error stays small as m tends to 1.
	m, k := frexp(x)
	if m.Hi < math.Sqrt2/2 {
		m, k = Ldexp(m, 1), k-1
	}
	y := atanhSeries(Div(Sub(m, one), Add(m, one)))
	if k == 0 {
		return y
	}
	kf := float64(k)
	return Add(Num{float64(kf * ln2Hi), 0}, Add(Mul(ln2Lo, Num{kf, 0}), y))
}

// Log1p returns log(1+x), without cancellation near 0: -Inf for -1, NaN for
// x < -1.
func Log1p(x Num) Num {
	switch {
	case math.Abs(x.Hi) < tiny:
		return x
	case -0.29 < x.Hi && x.Hi < 0.41:
		return atanhSeries(Div(x, Add(Num{2, 0}, x)))
	}
	return Log(Add(one, x))
}

// Tanh returns the hyperbolic tangent of x.
func Tanh(x Num) Num {
	a := Abs(x)
	if !(a.Hi >= tiny) { // NaN too
		return x
	}
	m := Expm1(Ldexp(a, 1))
	d := Add(m, Num{2, 0})
	if a.Hi < 1 {
		return copysign(Div(m, d), x.Hi)
	}
	return copysign(Sub(one, Div(Num{2, 0}, d)), x.Hi)
}

// Sigmoid returns 1 / (1 + e^-x).
func Sigmoid(x Num) Num {
	if x.Hi < 0 {
		e := Exp(x)
		return Div(e, Add(one, e))
	}
	return Div(one, Add(one, Exp(Neg(x))))
}

// Softplus returns log(1 + e^x).
func Softplus(x Num) Num {
	if x.Hi > 0 {
		return Add(x, Log1p(Exp(Neg(x))))
	}
	return Log1p(Exp(x))
}

// twoOverSqrtPi is 2/sqrt(π).
var twoOverSqrtPi = Num{0x1.20dd750429b6dp+0, 0x1.1ae3a914fed80p-56}

// Erf returns the error function of x.
func Erf(x Num) Num {
	a := Abs(x)
	switch {
	case x.IsNaN():
		return x
	case a.Hi < 0x1p-55: // the next term is x³/3
		return Mul(x, twoOverSqrtPi)
	case a.Hi > 6: // erfc(6) < 2^-55, so the float64 erfc has the bits that remain
		return copysign(Num{1, -math.Erfc(a.Hi)}, x.Hi)
	}
	// erf x = 2/sqrt(π) e^(-x²) Σ 2^n x^(2n+1) / (1·3·5…(2n+1)). All terms are
	// positive, so nothing cancels (Abramowitz and Stegun 7.1.6).
	xx := Mul(a, a)
	y := Mul(Mul(a, twoOverSqrtPi), Exp(Neg(xx)))
	return copysign(Mul(y, erfSeries(Ldexp(xx, 1))), x.Hi)
}

// erfSeries returns Σ t^n / (1·3·5…(2n+1)) for 0 <= t <= 72. Where the terms
// have fallen below 2^-56 of the sum, float64 holds all the bits that matter.
func erfSeries(t Num) Num {
	sum, term := one, one
	n := 1
	for ; term.Hi > sum.Hi*0x1p-56; n++ {
		term = Mul(Mul(term, t), series().odd[n])
		sum = Add(sum, term)
	}
	tail, last := 0.0, term.Hi
	for ; last > sum.Hi*0x1p-112; n++ {
		ratio := float64(t.Hi * series().odd[n].Hi)
		last = float64(last * ratio)
		tail += last
	}
	return Add(sum, Num{tail, 0})
}
