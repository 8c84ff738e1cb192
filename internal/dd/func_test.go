package dd

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// functions lists each function with its reference and the interval beyond
// which it is constant, overflows or underflows.
var functions = []struct {
	name   string
	f      func(Num) Num
	ref    func(*big.Float) *big.Float
	lo, hi float64
}{
	{"Exp", Exp, bigExp, -747, 711},
	{"Expm1", Expm1, bigExpm1, -747, 711},
	{"Log", Log, bigLog, 0, math.MaxFloat64},
	{"Log1p", Log1p, bigLog1p, -1, math.MaxFloat64},
	{"Tanh", Tanh, bigTanh, -300, 300},
	{"Sigmoid", Sigmoid, bigSigmoid, -747, 300},
	{"Erf", Erf, bigErf, -15, 15},
	{"Softplus", Softplus, bigSoftplus, -747, math.MaxFloat64},
}

// boundaries are the arguments where an implementation changes its path, and
// the neighbours of each are tested too.
var boundaries = []float64{
	0x1p-1074, 0x1p-1022, 0x1p-450, 0x1p-107, 0x1p-55, 0x1p-54, 0x1p-27, 0.17, 0.25, 0.29, 0.34,
	math.Ln2 / 2, 0.41,
	0.5, math.Ln2, math.Sqrt2 / 2, 1, math.Sqrt2, 1.5 * math.Ln2, 2, 6, 8, 36.7, 75, 88.7, 104, 372,
	708.396418532264, 709.782712893384, 710, 745.1332191019411, 746, 0x1p+450, math.MaxFloat64,
}

func arguments(lo, hi float64, count int) []Num {
	r := rand.New(rand.NewPCG(9, 10))
	var xs []Num
	add := func(x Num) {
		if lo < x.Hi && x.Hi <= hi && x.Hi != 0 {
			xs = append(xs, x)
		}
	}
	for _, b := range boundaries {
		for _, x := range []Num{num(b), num(math.Nextafter(b, 0)), num(math.Nextafter(b, 2*b)),
			{b, b * 0x1p-55}, {b, -b * 0x1p-56}} {
			if x.Hi+x.Lo == x.Hi {
				add(x)
				add(Neg(x))
			}
		}
	}
	for range count {
		add(randNum(r, 1020))
		add(randNum(r, 11))
		add(randNum(r, 4))
		add(Add(one, randNum(r, 60)))
		add(Num{2000*r.Float64() - 1000, 0})
	}
	return xs
}

func TestFunctions(t *testing.T) {
	count := 2000
	if testing.Short() {
		count = 60
	}
	for _, fn := range functions {
		t.Run(fn.name, func(t *testing.T) {
			worst, at := 0.0, Num{}
			for _, x := range arguments(fn.lo, fn.hi, count) {
				want := fn.ref(toBig(x))
				got := fn.f(x)
				checkNum(t, got, want, 98, "%s(%v)", fn.name, x)
				if e := relError(got, want); e > worst && math.Abs(got.Hi) > 0x1p-900 && finite(got.Hi) {
					worst, at = e, x
				}
			}
			t.Logf("worst relative error 2^%.1f at %v", math.Log2(worst), at)
		})
	}
}

func TestSpecialFunctions(t *testing.T) {
	for _, c := range []struct {
		name    string
		f       func(Num) Num
		x, want Num
	}{
		{"Exp", Exp, ninf, zero}, {"Exp", Exp, pinf, pinf}, {"Exp", Exp, zero, one}, {"Exp", Exp, negz, one},
		{"Exp", Exp, num(-1e300), zero}, {"Exp", Exp, huge, pinf},
		{"Expm1", Expm1, ninf, Neg(one)}, {"Expm1", Expm1, pinf, pinf}, {"Expm1", Expm1, zero, zero},
		{"Expm1", Expm1, negz, negz},
		{"Expm1", Expm1, low, low}, {"Expm1", Expm1, num(-1e300), Neg(one)},
		{"Log", Log, zero, ninf}, {"Log", Log, negz, ninf}, {"Log", Log, one, zero},
		{"Log", Log, Neg(one), nans},
		{"Log", Log, ninf, nans}, {"Log", Log, pinf, pinf},
		{"Log1p", Log1p, zero, zero}, {"Log1p", Log1p, negz, negz}, {"Log1p", Log1p, Neg(one), ninf},
		{"Log1p", Log1p, num(-2), nans},
		{"Log1p", Log1p, pinf, pinf}, {"Log1p", Log1p, Neg(low), Neg(low)},
		{"Tanh", Tanh, zero, zero}, {"Tanh", Tanh, negz, negz}, {"Tanh", Tanh, pinf, one},
		{"Tanh", Tanh, ninf, Neg(one)},
		{"Tanh", Tanh, huge, one}, {"Tanh", Tanh, Neg(low), Neg(low)},
		{"Sigmoid", Sigmoid, zero, num(0.5)}, {"Sigmoid", Sigmoid, negz, num(0.5)},
		{"Sigmoid", Sigmoid, pinf, one},
		{"Sigmoid", Sigmoid, ninf, zero}, {"Sigmoid", Sigmoid, huge, one},
		{"Sigmoid", Sigmoid, Neg(huge), zero},
		{"Erf", Erf, zero, zero}, {"Erf", Erf, negz, negz}, {"Erf", Erf, pinf, one},
		{"Erf", Erf, ninf, Neg(one)}, {"Erf", Erf, low, low},
		{"Softplus", Softplus, ninf, zero}, {"Softplus", Softplus, pinf, pinf},
		{"Softplus", Softplus, huge, huge},
		{"Softplus", Softplus, num(-1e300), zero},
	} {
		if got := c.f(c.x); !same(got, c.want) {
			t.Errorf("%s(%v) = %v, want %v", c.name, c.x, got, c.want)
		}
	}
	for _, fn := range functions {
		if got := fn.f(nans); !same(got, nans) {
			t.Errorf("%s(NaN) = %v", fn.name, got)
		}
	}
}

// TestConstants derives the constants of the package again.
func TestConstants(t *testing.T) {
	lo := bsub(bigLn2, newBig().SetFloat64(ln2Hi))
	checkNum(t, ln2Lo, lo, 105, "ln2Lo")
	if math.Float64bits(ln2Hi)<<(64-11) != 0 {
		t.Error("ln2Hi has more than 42 bits")
	}
	checkNum(t, twoOverSqrtPi, bquo(bigInt(2), newBig().Sqrt(bigPi)), 105, "twoOverSqrtPi")
	fact := bigInt(1)
	for n := 1; n < len(series().fact); n++ {
		fact = bmul(fact, bigInt(n))
		checkNum(t, series().fact[n], bquo(bigInt(1), fact), 100, "fact[%d]", n)
	}
	for n, v := range series().odd {
		checkNum(t, v, bquo(bigInt(1), bigInt(2*n+1)), 102, "odd[%d]", n)
	}
}

var sink Num

func BenchmarkFunctions(b *testing.B) {
	for _, fn := range functions {
		b.Run("func="+fn.name, func(b *testing.B) {
			for b.Loop() {
				sink = fn.f(num(2.3))
			}
		})
	}
}
