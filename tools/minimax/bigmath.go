package main

import (
	"math"
	"math/big"
	"sync"
)

type bigFloat = big.Float

// prec is the working precision in bits: far more than 57 bits of accuracy and the bits that the
// linear systems lose.
const prec = 320

func newFloat() *bigFloat                { return new(bigFloat).SetPrec(prec) }
func fromFloat(v float64) *bigFloat      { return newFloat().SetFloat64(v) }
func fromInt(n int) *bigFloat            { return newFloat().SetInt64(int64(n)) }
func neg(x *bigFloat) *bigFloat          { return newFloat().Neg(x) }
func add(x, y *bigFloat) *bigFloat       { return newFloat().Add(x, y) }
func sub(x, y *bigFloat) *bigFloat       { return newFloat().Sub(x, y) }
func mul(x, y *bigFloat) *bigFloat       { return newFloat().Mul(x, y) }
func quo(x, y *bigFloat) *bigFloat       { return newFloat().Quo(x, y) }
func scale(x *bigFloat, k int) *bigFloat { return newFloat().SetMantExp(x, k) }

// absLess reports whether |x| < |y|.
func absLess(x, y *bigFloat) bool {
	return newFloat().Abs(x).Cmp(newFloat().Abs(y)) < 0
}

// vanished reports whether adding term to sum changes nothing.
func vanished(term, sum *bigFloat) bool {
	return term.Sign() == 0 || term.MantExp(nil) < sum.MantExp(nil)-prec-1
}

// exp returns e^x: the Taylor series of x/2^n, small, squared n times.
func exp(x *bigFloat) *bigFloat {
	squarings := max(8, 8+x.MantExp(nil))
	r := scale(x, -squarings)
	sum, term := fromInt(1), fromInt(1)
	for n := 1; ; n++ {
		term = quo(mul(term, r), fromInt(n))
		if vanished(term, sum) {
			break
		}
		sum = add(sum, term)
	}
	for range squarings {
		sum = mul(sum, sum)
	}
	return sum
}

// ln returns the natural logarithm of y > 0: each step l + (y/e^l - 1) doubles the
// bits of a float64 start.
func ln(y *bigFloat) *bigFloat {
	mant := newFloat()
	k := y.MantExp(mant)
	l := add(fromFloat(math.Log(toFloat(mant))), mul(fromInt(k), ln2()))
	for range 3 {
		l = add(l, sub(mul(y, exp(neg(l))), fromInt(1)))
	}
	return l
}

// erfRatio returns erf(sqrt z) / sqrt z = 2/sqrt(pi) sum of (-z)^n / (n! (2n+1)).
func erfRatio(z *bigFloat) *bigFloat {
	sum, term := fromInt(1), fromInt(1)
	for n := 1; ; n++ {
		term = neg(quo(mul(term, z), fromInt(n)))
		if vanished(term, sum) {
			return quo(scale(sum, 1), sqrtPi())
		}
		sum = add(sum, quo(term, fromInt(2*n+1)))
	}
}

func erf(x *bigFloat) *bigFloat { return mul(x, erfRatio(mul(x, x))) }

// erfc cancels; prec has enough bits to spare for it.
func erfc(x *bigFloat) *bigFloat { return sub(fromInt(1), erf(x)) }

// turnSeries is the sum of (-x)^k / (2k+odd)! for x = (2 pi)^2 z: cos(2 pi sqrt z), or
// sin(2 pi sqrt z) / (2 pi sqrt z) where odd is 1.
func turnSeries(z *bigFloat, odd int) *bigFloat {
	x := neg(mul(z, scale(mul(pi(), pi()), 2)))
	sum, term := fromInt(1), fromInt(1)
	for k := 2; ; k += 2 {
		term = quo(mul(term, x), fromInt((k-1+odd)*(k+odd)))
		if vanished(term, sum) {
			return sum
		}
		sum = add(sum, term)
	}
}

func sqrt(x *bigFloat) *bigFloat { return newFloat().Sqrt(x) }

// pi returns 16 atan(1/5) - 4 atan(1/239) (Machin).
var pi = sync.OnceValue(func() *bigFloat {
	atan := func(inverse int) *bigFloat {
		pow := quo(fromInt(1), fromInt(inverse))
		sum := newFloat().Set(pow)
		for n := 3; ; n += 2 {
			pow = neg(quo(pow, fromInt(inverse*inverse)))
			term := quo(pow, fromInt(n))
			if vanished(term, sum) {
				return sum
			}
			sum = add(sum, term)
		}
	}
	return sub(scale(atan(5), 4), scale(atan(239), 2))
})

var sqrtPi = sync.OnceValue(func() *bigFloat { return sqrt(pi()) })

// ln2 returns ln 2 = 2 atanh(1/3).
var ln2 = sync.OnceValue(func() *bigFloat {
	pow := quo(fromInt(1), fromInt(3))
	sum := newFloat().Set(pow)
	for n := 3; ; n += 2 {
		pow = quo(pow, fromInt(9))
		term := quo(pow, fromInt(n))
		if vanished(term, sum) {
			return scale(sum, 1)
		}
		sum = add(sum, term)
	}
})

// horner returns the sum of c[n] * x^n.
func horner(c []*bigFloat, x *bigFloat) *bigFloat {
	y := newFloat()
	for n := len(c) - 1; n >= 0; n-- {
		y = add(mul(y, x), c[n])
	}
	return y
}

// power returns x^n for n >= 0.
func power(x *bigFloat, n int) *bigFloat {
	y := fromInt(1)
	for range n {
		y = mul(y, x)
	}
	return y
}

// solve returns x with a*x = b, by Gaussian elimination with partial pivoting.
// It overwrites a and b.
func solve(a [][]*bigFloat, b []*bigFloat) []*bigFloat {
	n := len(b)
	for i := range n {
		p := i
		for r := i + 1; r < n; r++ {
			if absLess(a[p][i], a[r][i]) {
				p = r
			}
		}
		a[i], a[p], b[i], b[p] = a[p], a[i], b[p], b[i]
		for r := i + 1; r < n; r++ {
			f := quo(a[r][i], a[i][i])
			for c := i; c < n; c++ {
				a[r][c] = sub(a[r][c], mul(f, a[i][c]))
			}
			b[r] = sub(b[r], mul(f, b[i]))
		}
	}
	x := make([]*bigFloat, n)
	for i := n - 1; i >= 0; i-- {
		x[i] = b[i]
		for c := i + 1; c < n; c++ {
			x[i] = sub(x[i], mul(a[i][c], x[c]))
		}
		x[i] = quo(x[i], a[i][i])
	}
	return x
}
