package dd

import (
	"math"
	"math/big"
)

// The reference of these tests: math/big with the textbook series, prec bits
// wide, with none of the constants of the package.

const prec = 500

func newBig() *big.Float              { return new(big.Float).SetPrec(prec) }
func bigInt(n int) *big.Float         { return newBig().SetInt64(int64(n)) }
func badd(x, y *big.Float) *big.Float { return newBig().Add(x, y) }
func bsub(x, y *big.Float) *big.Float { return newBig().Sub(x, y) }
func bmul(x, y *big.Float) *big.Float { return newBig().Mul(x, y) }
func bquo(x, y *big.Float) *big.Float { return newBig().Quo(x, y) }
func bscale(x *big.Float, k int) *big.Float {
	return newBig().SetMantExp(x, k)
}

// toBig returns x exactly: 2200 bits span the range of float64.
func toBig(x Num) *big.Float {
	hi := new(big.Float).SetPrec(2200).SetFloat64(x.Hi)
	return hi.Add(hi, big.NewFloat(x.Lo))
}

// negligible reports whether term is below 2^-prec of sum.
func negligible(term, sum *big.Float) bool {
	return term.Sign() == 0 || term.MantExp(nil) < sum.MantExp(nil)-prec
}

func bigExpm1(x *big.Float) *big.Float {
	if x.MantExp(nil) > -2 {
		return bsub(bigExp(x), bigInt(1))
	}
	sum, term := newBig().Set(x), newBig().Set(x)
	for n := 2; !negligible(term, sum); n++ {
		term = bquo(bmul(term, x), bigInt(n))
		sum = badd(sum, term)
	}
	return sum
}

func bigExp(x *big.Float) *big.Float {
	f, _ := x.Float64()
	k := int(math.Round(f / math.Ln2))
	r := bsub(x, bmul(bigInt(k), bigLn2))
	const halvings = 16
	y := badd(bigInt(1), bigExpm1(bscale(r, -halvings)))
	for range halvings {
		y = bmul(y, y)
	}
	return bscale(y, k)
}

// bigAtanh2 returns 2 atanh(z), |z| < 1/2.
func bigAtanh2(z *big.Float) *big.Float {
	zz, pow, sum := bmul(z, z), newBig().Set(z), newBig().Set(z)
	for n, term := 3, pow; !negligible(term, sum); n += 2 {
		pow = bmul(pow, zz)
		term = bquo(pow, bigInt(n))
		sum = badd(sum, term)
	}
	return bscale(sum, 1)
}

var bigLn2 = bigAtanh2(bquo(bigInt(1), bigInt(3)))

func bigLog(x *big.Float) *big.Float {
	m := new(big.Float)
	k := x.MantExp(m)
	if f, _ := m.Float64(); f < math.Sqrt2/2 {
		m.SetMantExp(m, 1)
		k--
	}
	num := new(big.Float).SetPrec(2200).Sub(m, bigInt(1))
	y := bigAtanh2(bquo(num, badd(m, bigInt(1))))
	return badd(y, bmul(bigInt(k), bigLn2))
}

func bigLog1p(x *big.Float) *big.Float {
	if x.MantExp(nil) < -2 {
		return bigAtanh2(bquo(x, badd(bigInt(2), x)))
	}
	return bigLog(new(big.Float).SetPrec(2200).Add(x, bigInt(1)))
}

func bigTanh(x *big.Float) *big.Float {
	m := bigExpm1(bscale(x, 1))
	return bquo(m, badd(m, bigInt(2)))
}

func bigSigmoid(x *big.Float) *big.Float {
	return bquo(bigInt(1), badd(bigInt(1), bigExp(newBig().Neg(x))))
}

func bigSoftplus(x *big.Float) *big.Float {
	if f, _ := x.Float64(); f > prec {
		return x // e^-x is below 2^-prec
	}
	return bigLog1p(bigExp(x))
}

// bigErf sums the alternating Maclaurin series, whose cancellation costs
// 2 x² log2(e) bits.
func bigErf(x *big.Float) *big.Float {
	f, _ := x.Float64()
	p := uint(prec + 64 + 3*f*f)
	wide := func() *big.Float { return new(big.Float).SetPrec(p) }
	xx := wide().Mul(x, x)
	pow, sum := wide().Set(x), wide().Set(x)
	for n := 1; ; n++ {
		pow.Mul(pow, xx)
		pow.Quo(pow, wide().SetInt64(int64(-n)))
		term := wide().Quo(pow, wide().SetInt64(int64(2*n+1)))
		if term.Sign() == 0 || term.MantExp(nil) < sum.MantExp(nil)-int(p) {
			break
		}
		sum.Add(sum, term)
	}
	return bquo(bscale(sum, 1), newBig().Sqrt(bigPi))
}

// bigPi is Machin's 16 atan(1/5) - 4 atan(1/239).
var bigPi = bsub(bscale(bigAtanInv(5), 4), bscale(bigAtanInv(239), 2))

func bigAtanInv(n int) *big.Float {
	pow := bquo(bigInt(1), bigInt(n))
	sum, term := newBig().Set(pow), pow
	for k := 3; !negligible(term, sum); k += 2 {
		pow = bquo(pow, bigInt(-n*n))
		term = bquo(pow, bigInt(k))
		sum = badd(sum, term)
	}
	return sum
}
