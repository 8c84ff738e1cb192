package minimax

import (
	"math"
	"testing"

	"github.com/ashlar-go/ashlar/internal/dd"
)

// TestStatedErrors evaluates the polynomials of the logarithm and the error function in
// double-double arithmetic and demands the error that stands beside each.
func TestStatedErrors(t *testing.T) {
	for _, c := range []struct {
		name   string
		coef   []float64
		lo, hi float64
		stated float64
		err    func(x, p dd.Num) float64 // weighted, of the value p at x
	}{
		{"Log32", widen(Log32[:]), math.Sqrt2/2 - 1, math.Sqrt2 - 1, Log32Error, log1pError},
		{"Log64", Log64[:], math.Sqrt2/2 - 1, math.Sqrt2 - 1, Log64Error, log1pError},
		{"Softplus32", widen(Softplus32[:]), 0x1p-29, 1, Softplus32Error, log1pError},
		{"Softplus64", Softplus64[:], 0x1p-29 - 0.5, 0.5, Softplus64Error, softplusError},
		{"Erf32", widen(Erf32[:]), 0x1p-20, ErfSplit * ErfSplit, Erf32Error, erfError},
		{"Erf64", Erf64[:], 0x1p-20, ErfSplit * ErfSplit, Erf64Error, erfError},
		{"ErfTail32", widen(ErfTail32[:]), ErfSplit, 4, ErfTail32Error, erfTailError},
		{"ErfTail64", ErfTail64[:], ErfSplit, 6, ErfTail64Error, erfTailError},
		{"Mills32", widen(Mills32[:]), 0, 13.5, Mills32Error, millsError(widen(MillsDen32[:]))},
		{"SinTurn64", SinTurn64[:], 0x1p-40, 0x1p-6, SinTurn64Error, sinTurnError},
		{"CosTurn64", CosTurn64[:], 0, 0x1p-6, CosTurn64Error, cosTurnError},
		{"Mills64", Mills64[:], 0, 38, Mills64Error, millsError(MillsDen64[:])},
	} {
		const samples = 2000
		worst, at := 0.0, 0.0
		for i := range samples + 1 {
			x := dd.FromFloat64(c.lo + (c.hi-c.lo)*float64(i)/samples)
			p := dd.Num{}
			for j := len(c.coef) - 1; j >= 0; j-- {
				p = dd.Add(dd.Mul(p, x), dd.FromFloat64(c.coef[j]))
			}
			if e := math.Abs(c.err(x, p)); !(e <= worst) {
				worst, at = e, x.Hi
			}
		}
		t.Logf("%s: 2^%.2f at %v, stated 2^%.2f", c.name, math.Log2(worst), at, math.Log2(c.stated))
		if !(worst <= c.stated && worst > c.stated/2) {
			t.Errorf("%s: error %g at %v, stated %g", c.name, worst, at, c.stated)
		}
	}
}

func widen(c []float32) []float64 {
	out := make([]float64, len(c))
	for i, v := range c {
		out[i] = float64(v)
	}
	return out
}

// log1pError is relative.
func log1pError(x, p dd.Num) float64 {
	want := dd.Log1p(x)
	return dd.Div(dd.Sub(p, want), want).Hi
}

// softplusError is that of t + t^2 p, the logarithm of 1+t, t = x + 1/2, relative.
func softplusError(x, p dd.Num) float64 {
	t := dd.Add(x, dd.FromFloat64(0.5))
	return log1pError(t, dd.Add(t, dd.Mul(dd.Mul(t, t), p)))
}

// erfError is that of erf s = s (1 + p), s = sqrt x, relative.
func erfError(x, p dd.Num) float64 {
	s := dd.Sqrt(x)
	want := dd.Erf(s)
	return dd.Div(dd.Sub(dd.Add(s, dd.Mul(s, p)), want), want).Hi
}

// erfTailError is that of 1 - e^-p, relative.
func erfTailError(x, p dd.Num) float64 {
	want := dd.Erf(x)
	return dd.Div(dd.Sub(dd.Neg(dd.Expm1(dd.Neg(p))), want), want).Hi
}

// sinTurnError is that of sqrt(x) p, the sine of sqrt(x) turns, relative; cosTurnError
// that of p, the cosine.
func sinTurnError(x, p dd.Num) float64 {
	want := turnSeries(x, 1)
	return dd.Div(dd.Sub(p, want), want).Hi
}

func cosTurnError(x, p dd.Num) float64 {
	want := turnSeries(x, 0)
	return dd.Div(dd.Sub(p, want), want).Hi
}

// turnSeries is the series of the cosine of t = 2 pi sqrt x, or that of sin(t)/sqrt x.
func turnSeries(x dd.Num, odd int) dd.Num {
	twoPi := dd.Num{Hi: 2 * math.Pi, Lo: 2.4492935982947064e-16}
	square := dd.Mul(x, dd.Mul(twoPi, twoPi))
	term := dd.FromFloat64(1)
	if odd == 1 {
		term = twoPi
	}
	sum := term
	for k := 2; k < 40; k += 2 {
		term = dd.Neg(dd.Div(dd.Mul(term, square), dd.FromFloat64(float64((k-1+odd)*(k+odd)))))
		sum = dd.Add(sum, term)
	}
	return sum
}

// millsError is the relative error of the ratio of Mills that p over the denominator is, as the
// continued fraction 1/(x + 1/(x + 2/(x + ...))) has it for large x.
func millsError(denominator []float64) func(x, p dd.Num) float64 {
	return func(x, p dd.Num) float64 {
		q := dd.FromFloat64(0)
		for i := len(denominator) - 1; i >= 0; i-- {
			q = dd.Add(dd.Mul(q, x), dd.FromFloat64(denominator[i]))
		}
		half := dd.FromFloat64(0.5)
		var ratio dd.Num
		if x.Hi < 4 {
			power := dd.Exp(dd.Mul(half, dd.Mul(x, x)))
			beyond := dd.Sub(dd.FromFloat64(1), dd.Erf(dd.Div(x, dd.Sqrt(dd.FromFloat64(2)))))
			ratio = dd.Mul(half, dd.Mul(power, beyond))
		} else {
			r := x
			for n := 80; n > 0; n-- {
				r = dd.Add(x, dd.Div(dd.FromFloat64(float64(n)), r))
			}
			twoPi := dd.Num{Hi: 2 * math.Pi, Lo: 2.4492935982947064e-16}
			ratio = dd.Div(dd.FromFloat64(1), dd.Mul(r, dd.Sqrt(twoPi)))
		}
		return dd.Sub(dd.Div(dd.Div(p, q), ratio), dd.FromFloat64(1)).Hi
	}
}
