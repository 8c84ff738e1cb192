package minimax

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/ashlar-go/ashlar/internal/dd"
)

// sampled is the step through float32 patterns; short tests take longer steps.
func sampled(step uint32) uint32 {
	if testing.Short() {
		return 16*step + 1
	}
	return step
}

// TestExp32Error evaluates the polynomial in float64, whose own error is below
// 2^-50, on the reduced interval and demands the stated error.
func TestExp32Error(t *testing.T) {
	worst := 0.0
	end := math.Float32bits(math.Ln2 / 2 * (1 + 0x1p-13))
	for b := uint32(0); b < end; b += sampled(97) {
		r := float64(math.Float32frombits(b))
		for _, r := range [...]float64{r, -r} {
			p := 0.0
			for i := len(Exp32) - 1; i >= 0; i-- {
				p = math.FMA(p, r, float64(Exp32[i]))
			}
			worst = max(worst, math.Abs(p/math.Exp(r)-1))
		}
	}
	t.Logf("largest relative error 2^%.2f", math.Log2(worst))
	if !(worst <= Exp32Error+0x1p-50) {
		t.Errorf("relative error %g, stated %g", worst, Exp32Error)
	}
}

// TestExp64Error does the same in math/big.
func TestExp64Error(t *testing.T) {
	const samples = 10000
	end := math.Ln2 / 2 * (1 + 0x1p-13)
	worst := 0.0
	for i := range samples + 1 {
		r := end * (2*float64(i)/samples - 1)
		want := bigExp(r)
		p := newBig(0)
		for j := len(Exp64) - 1; j >= 0; j-- {
			p.Mul(p, newBig(r))
			p.Add(p, newBig(Exp64[j]))
		}
		p.Quo(p.Sub(p, want), want)
		e, _ := p.Abs(p).Float64()
		worst = max(worst, e)
	}
	t.Logf("largest relative error 2^%.2f", math.Log2(worst))
	if !(worst <= Exp64Error) {
		t.Errorf("relative error %g, stated %g", worst, Exp64Error)
	}
}

func newBig(v float64) *big.Float { return new(big.Float).SetPrec(160).SetFloat64(v) }

// bigExp returns e^r for |r| < 1 by the Taylor series.
func bigExp(r float64) *big.Float {
	sum, term := newBig(1), newBig(1)
	for n := 1; term.Sign() != 0 && term.MantExp(nil) > -130; n++ {
		term.Mul(term, newBig(r))
		term.Quo(term, newBig(float64(n)))
		sum.Add(sum, term)
	}
	return sum
}

// TestCodyWaite demands that k*Ln2Hi is exact and the two parts make ln 2.
func TestCodyWaite(t *testing.T) {
	for k := range 161 {
		if p := float64(k) * float64(Ln2Hi32); float64(float32(p)) != p {
			t.Fatalf("%d * Ln2Hi32 is not exact", k)
		}
	}
	for k := range 1101 {
		if math.FMA(float64(k), Ln2Hi64, -(float64(k)*Ln2Hi64)) != 0 {
			t.Fatalf("%d * Ln2Hi64 is not exact", k)
		}
	}
	ln2 := dd.Log(dd.FromFloat64(2))
	for _, c := range []struct{ hi, lo, err float64 }{
		{float64(Ln2Hi32), float64(Ln2Lo32), 0x1p-44},
		{Ln2Hi64, Ln2Lo64, 0x1p-98},
	} {
		sum := dd.Add(dd.FromFloat64(c.hi), dd.FromFloat64(c.lo))
		if e := math.Abs(dd.Sub(sum, ln2).Float64()); !(e <= c.err) {
			t.Errorf("%x + %x differs from ln 2 by %g", c.hi, c.lo, e)
		}
	}
	if Log2E32 != float32(math.Log2E) || Log2E64 != math.Log2E {
		t.Error("Log2E is not the nearest number")
	}
}

// exp32 is the evaluation that the package documentation fixes.
func exp32(x float32) float32 {
	p, k := exp32Parts(x)
	return scale32(p, k)
}

// exp32Parts returns p and k with e^x = p * 2^k.
func exp32Parts(x float32) (p float32, k int) {
	x = max(ExpMin32, min(ExpMax32, x))
	t := x * Log2E32
	kf := float32(math.RoundToEven(float64(t)))
	r := dd.FMA32(-kf, Ln2Hi32, x)
	r = dd.FMA32(-kf, Ln2Lo32, r)
	p = Exp32[len(Exp32)-1]
	for i := len(Exp32) - 2; i >= 0; i-- {
		p = dd.FMA32(p, r, Exp32[i])
	}
	return p, int(kf)
}

// scale32 returns p * 2^k in two products.
func scale32(p float32, k int) float32 {
	h := k >> 1
	y := p * float32(math.Ldexp(1, h))
	return y * float32(math.Ldexp(1, k-h))
}

func exp64(x float64) float64 {
	p, k := exp64Parts(x)
	return scale64(p, k)
}

func exp64Parts(x float64) (p float64, k int) {
	x = max(ExpMin64, min(ExpMax64, x))
	t := x * Log2E64
	kf := math.RoundToEven(t)
	r := math.FMA(-kf, Ln2Hi64, x)
	r = math.FMA(-kf, Ln2Lo64, r)
	p = Exp64[len(Exp64)-1]
	for i := len(Exp64) - 2; i >= 0; i-- {
		p = math.FMA(p, r, Exp64[i])
	}
	return p, int(kf)
}

func scale64(p float64, k int) float64 {
	h := k >> 1
	y := p * math.Ldexp(1, h)
	return y * math.Ldexp(1, k-h)
}

// worst keeps the largest error and its argument.
type worst struct{ err, x float64 }

func (w *worst) note(err, x float64) {
	if !(err <= w.err) {
		*w = worst{err, x}
	}
}

// check fails unless the largest error is at most one ulp.
func (w *worst) check(t *testing.T, what string) {
	t.Helper()
	t.Logf("%s: largest error %.4f ulp, at %x", what, w.err, w.x)
	if !(w.err <= 1) {
		t.Errorf("%s: error %v ulp at %x", what, w.err, w.x)
	}
}

func TestExp32ULP(t *testing.T) {
	var all, edges worst
	note := func(w *worst, x float32) {
		w.note(dd.ULP32(exp32(x), dd.Exp(dd.FromFloat64(float64(x)))), float64(x))
	}
	for b, step := uint64(0), uint64(sampled(1009)); b < 1<<32; b += step {
		note(&all, math.Float32frombits(uint32(b)))
	}
	all.check(t, "all patterns")
	// Where results overflow, become subnormal and become zero.
	for _, x := range []float32{88.72284, -87.33655, -103.27893, -103.97208} {
		b := math.Float32bits(x)
		for d := range uint32(4000) {
			note(&edges, math.Float32frombits(b+d-2000))
		}
	}
	edges.check(t, "edges")
}

func TestExp64ULP(t *testing.T) {
	var normal, subnormal, edges worst
	samples := 200000
	if testing.Short() {
		samples /= 16
	}
	r := rand.New(rand.NewPCG(11, 12))
	for range samples {
		x := -708.3 + r.Float64()*(708.3+709.7)
		normal.note(exp64Error(x), x)
		x = math.Ldexp(2*r.Float64()-1, -r.IntN(60))
		normal.note(exp64Error(x), x)
		x = -708.4 - r.Float64()*37
		subnormal.note(exp64Error(x), x)
	}
	for _, x := range []float64{709.782712893384, -708.396418532264, -744.4400719213812,
		-745.1332191019411} {
		b := math.Float64bits(x)
		for d := range uint64(4000) {
			v := math.Float64frombits(b + d - 2000)
			edges.note(exp64Error(v), v)
		}
	}
	normal.check(t, "normal results")
	subnormal.check(t, "subnormal results")
	edges.check(t, "edges")
}

// exp64Error returns the error of exp64 in ulps. A subnormal result is compared
// far above that range, as dd has no bits to spare in it.
func exp64Error(x float64) float64 {
	y := exp64(x)
	if x > -700 {
		return dd.ULP64(y, dd.Exp(dd.FromFloat64(x)))
	}
	const up = 200
	root := dd.Ldexp(dd.Exp(dd.FromFloat64(x/2)), up/2)
	want := dd.Mul(root, root)
	diff := dd.Sub(dd.FromFloat64(math.Ldexp(y, up)), want)
	unit := max(math.Ilogb(want.Float64())-52, up-1074)
	return math.Abs(math.Ldexp(diff.Float64(), -unit))
}

// TestScaling compares the two products with p * 2^k rounded once.
func TestScaling(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for range 300000 {
		p := 0.7 + 0.72*r.Float64()
		k := r.IntN(150+128+1) - 150
		p32 := float32(p)
		if got, want := scale32(p32, k), dd.Ldexp(dd.FromFloat64(float64(p32)), k).Float32(); got != want {
			t.Fatalf("scale32(%x, %d) = %x, want %x", p32, k, got, want)
		}
		k = r.IntN(1076+1024+1) - 1076
		if r.IntN(2) == 0 {
			k = -1020 - r.IntN(57) // subnormal
		}
		if got, want := scale64(p, k), dd.Ldexp(dd.FromFloat64(p), k).Float64(); got != want {
			t.Fatalf("scale64(%x, %d) = %x, want %x", p, k, got, want)
		}
	}
}

// TestExpRanges checks what the documentation says of k, p and special values.
func TestExpRanges(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct{ x, want float64 }{
		{0, 1}, {math.Copysign(0, -1), 1}, {inf, inf}, {-inf, 0}, {math.NaN(), math.NaN()},
		{math.MaxFloat64, inf}, {-math.MaxFloat64, 0}, {1e-320, 1},
	} {
		same := func(got float64) bool { return got == c.want || got != got && c.want != c.want }
		if got := exp64(c.x); !same(got) || got == 0 && math.Signbit(got) {
			t.Errorf("exp64(%v) = %v", c.x, got)
		}
		if got := float64(exp32(float32(c.x))); !same(got) || got == 0 && math.Signbit(got) {
			t.Errorf("exp32(%v) = %v", c.x, got)
		}
	}
	for _, c := range []struct{ got, want int }{
		{second(exp32Parts(ExpMin32)), -150}, {second(exp32Parts(ExpMax32)), 128},
		{second(exp64Parts(ExpMin64)), -1076}, {second(exp64Parts(ExpMax64)), 1024},
	} {
		if c.got != c.want {
			t.Errorf("k = %d at the end of the range, want %d", c.got, c.want)
		}
	}
	if exp32(ExpMin32) != 0 || exp64(ExpMin64) != 0 || exp32(ExpMax32) != float32(inf) ||
		exp64(ExpMax64) != inf {
		t.Error("the clamp is inside the range of e^x")
	}
	r := rand.New(rand.NewPCG(15, 16))
	for range 100000 {
		x := ExpMin64 + r.Float64()*(ExpMax64-ExpMin64)
		p, _ := exp64Parts(x)
		p32, _ := exp32Parts(float32(x / 8))
		if !(0.7 < p && p < 1.42 && 0.7 < p32 && p32 < 1.42) {
			t.Fatalf("p = %v, %v for x = %v", p, p32, x)
		}
	}
}

func second[T any](_ T, k int) int { return k }
