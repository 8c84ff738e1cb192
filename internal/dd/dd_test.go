package dd

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

var (
	inf  = math.Inf(1)
	nan  = math.NaN()
	zero = Num{}
	negz = Num{math.Copysign(0, -1), 0}
	ninf = Num{-inf, 0}
	pinf = Num{inf, 0}
	nans = Num{nan, 0}
	huge = Num{math.MaxFloat64, 0}
	low  = Num{math.SmallestNonzeroFloat64, 0}
)

func num(x float64) Num { return Num{x, 0} }

// normalise returns hi + lo as a normalised Num.
func normalise(hi, lo float64) Num {
	s, e := twoSum(hi, lo)
	return Num{s, e}
}

// randNum returns a Num with 2^-e <= |x| < 2^e, log-uniform, and a Lo that is
// full, short, zero or far below Hi.
func randNum(r *rand.Rand, e int) Num {
	hi := math.Ldexp(1+r.Float64(), r.IntN(2*e)-e)
	if r.IntN(2) == 0 {
		hi = -hi
	}
	lo := hi * 0x1p-54 * (2*r.Float64() - 1)
	switch r.IntN(8) {
	case 0:
		lo = 0
	case 1:
		lo = math.Ldexp(lo, -r.IntN(60))
	case 2:
		hi = math.Copysign(math.Ldexp(1, r.IntN(2*e)-e), hi)
		lo = -hi * 0x1p-55 * r.Float64()
	}
	return normalise(hi, lo)
}

// checkNum fails if got is not normalised, differs from want by more than
// 2^-bits relatively or, below the range where Num has all its bits, is not
// the float64 nearest to want.
func checkNum(t *testing.T, got Num, want *big.Float, bits int, format string, args ...any) {
	t.Helper()
	w64, _ := want.Float64()
	if math.IsInf(w64, 0) || math.Abs(w64) < 0x1p-900 {
		if got.Float64() != w64 || got.Hi+got.Lo != got.Hi {
			t.Errorf(format+": got %v, want %v", append(args, got, w64)...)
		}
		return
	}
	if got.Hi+got.Lo != got.Hi {
		t.Errorf(format+": %v is not normalised", append(args, got)...)
		return
	}
	if e := relError(got, want); !(e <= math.Ldexp(1, -bits)) {
		t.Errorf(format+": got %v, want %v, relative error 2^%.1f",
			append(args, got, want.Text('g', 40), math.Log2(e))...)
	}
}

// relError returns |got - want| / |want|, and |got| for want == 0.
func relError(got Num, want *big.Float) float64 {
	d := toBig(got)
	d.Sub(d, want)
	if want.Sign() != 0 {
		d.Quo(d, want)
	}
	e, _ := d.Abs(d).Float64()
	return e
}

func TestArithmetic(t *testing.T) {
	exact := func() *big.Float { return new(big.Float).SetPrec(4500) }
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 60000 {
		e := []int{4, 60, 440, 1020}[i%4]
		x, y, z := randNum(r, e), randNum(r, e), randNum(r, e)
		if i%3 == 0 { // near cancellation
			y = Add(x, mulFloat(x, math.Ldexp(r.Float64()-0.5, -r.IntN(104))))
			y = Num{-y.Hi, -y.Lo}
		}
		bx, by, bz := toBig(x), toBig(y), toBig(z)
		checkNum(t, Add(x, y), exact().Add(bx, by), 104, "Add(%v, %v)", x, y)
		checkNum(t, Sub(x, y), exact().Sub(bx, by), 104, "Sub(%v, %v)", x, y)
		checkNum(t, Mul(x, y), exact().Mul(bx, by), 103, "Mul(%v, %v)", x, y)
		checkNum(t, Div(x, y), newBig().Quo(bx, by), 102, "Div(%v, %v)", x, y)
		checkNum(t, Sqrt(Abs(x)), newBig().Sqrt(exact().Abs(bx)), 103, "Sqrt(%v)", Abs(x))
		if i%3 == 0 {
			z = Neg(Mul(x, y))
			bz = toBig(z)
		}
		sum := exact().Mul(bx, by)
		checkNum(t, MulAdd(x, y, z), sum.Add(sum, bz), 102, "MulAdd(%v, %v, %v)", x, y, z)
		if got, want := Cmp(x, y), bx.Cmp(by); got != want {
			t.Errorf("Cmp(%v, %v) = %d, want %d", x, y, got, want)
		}
		if t.Failed() {
			return
		}
	}
}

func TestAddKeepsLargestFinite(t *testing.T) {
	x := Num{math.MaxFloat64, -0x1p+969}
	y := Num{0x1p+970, -0x1p+900}
	checkNum(t, Add(x, y), new(big.Float).SetPrec(4500).Add(toBig(x), toBig(y)), 104, "Add(%v, %v)", x, y)
}

// same reports whether got is the special value want: its sign, NaN, Lo == 0.
func same(got, want Num) bool {
	if want.IsNaN() {
		return got.IsNaN() && got.Lo == 0
	}
	return got.Hi == want.Hi && math.Signbit(got.Hi) == math.Signbit(want.Hi) && got.Lo == 0
}

func TestSpecialArithmetic(t *testing.T) {
	pair := Num{1, 0x1p-60}
	values := []Num{zero, negz, one, Neg(one), pair, pinf, ninf, nans, huge, Neg(huge), low, Neg(low),
		{3e300, 0}, {1e-300, 0}}
	for _, x := range values {
		for _, y := range values {
			special := !ordinary(x.Hi) || !ordinary(y.Hi)
			for _, op := range []struct {
				name string
				got  Num
				want float64
			}{
				{"Add", Add(x, y), x.Hi + y.Hi},
				{"Sub", Sub(x, y), x.Hi - y.Hi},
				{"Mul", Mul(x, y), x.Hi * y.Hi},
				{"Div", Div(x, y), x.Hi / y.Hi},
			} {
				if !finite(op.want) || op.want == 0 && special {
					if !same(op.got, num(op.want)) {
						t.Errorf("%s(%v, %v) = %v, want %v", op.name, x, y, op.got, op.want)
					}
				} else if op.got.IsNaN() || op.got.Lo != op.got.Lo {
					t.Errorf("%s(%v, %v) = %v", op.name, x, y, op.got)
				}
			}
			for _, z := range values {
				got, want := MulAdd(x, y, z), math.FMA(x.Hi, y.Hi, z.Hi)
				if special || !finite(z.Hi) {
					want := num(want)
					if z.Lo != 0 && finite(want.Hi) {
						want = z
					}
					if !(got == want && math.Signbit(got.Hi) == math.Signbit(want.Hi) || got.IsNaN() &&
						want.IsNaN()) {
						t.Errorf("MulAdd(%v, %v, %v) = %v, want %v", x, y, z, got, want)
					}
				}
			}
		}
		if want := math.Sqrt(x.Hi); x.Hi <= 0 || !finite(x.Hi) {
			if !same(Sqrt(x), num(want)) {
				t.Errorf("Sqrt(%v) = %v, want %v", x, Sqrt(x), want)
			}
		}
	}
}

func TestCompare(t *testing.T) {
	up, down := Num{1, 0x1p-80}, Num{1, -0x1p-80}
	order := []Num{nans, ninf, Neg(one), negz, low, down, one, up, pinf}
	for i, x := range order {
		for j, y := range order {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = +1
			}
			if got := Cmp(x, y); got != want {
				t.Errorf("Cmp(%v, %v) = %d, want %d", x, y, got, want)
			}
			if got := Less(x, y); got != (want < 0 && i > 0) {
				t.Errorf("Less(%v, %v) = %v", x, y, got)
			}
		}
	}
	if Cmp(negz, zero) != 0 || Less(nans, nans) {
		t.Error("-0 and 0 must be equal, NaN not less than NaN")
	}
	if !same(Abs(negz), zero) || !same(Neg(zero), negz) || Abs(Neg(up)) != up {
		t.Error("Abs or Neg is wrong")
	}
	if !pinf.IsInf(1) || pinf.IsInf(-1) || !ninf.IsInf(0) || one.IsInf(0) {
		t.Error("IsInf is wrong")
	}
}

func TestRounding(t *testing.T) {
	tie := 1 + 0x1p-24 // between the float32 numbers 1 and 1 + 2^-23
	for _, c := range []struct {
		x    Num
		want float32
	}{
		{Num{tie, 0}, 1},
		{Num{tie, 0x1p-90}, 1 + 0x1p-23},
		{Num{tie, -0x1p-90}, 1},
		{Num{1 + 3*0x1p-24, 0}, 1 + 0x1p-22},
		{Num{1 + 3*0x1p-24, -0x1p-90}, 1 + 0x1p-23},
		{Num{0x1p-150, 0}, 0},
		{Num{0x1p-150, 0x1p-300}, 0x1p-149},
		{Num{0x1.ffffffp+127, 0}, float32(inf)},
		{Num{0x1.ffffffp+127, -1}, math.MaxFloat32},
		{ninf, float32(-inf)},
	} {
		if got := c.x.Float32(); got != c.want {
			t.Errorf("%v.Float32() = %v, want %v", c.x, got, c.want)
		}
	}
	if f := negz.Float32(); f != 0 || !math.Signbit(float64(f)) || !math.Signbit(negz.Float64()) {
		t.Error("the sign of -0 is lost")
	}
	if f := nans.Float32(); f == f {
		t.Error("NaN is lost")
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 100000 {
		x := randNum(r, 160)
		if r.IntN(2) == 0 { // close to a tie of float32
			x = normalise(float64(float32(x.Hi))*(1+0x1p-24), x.Lo)
		}
		if got, want := x.Float32(), nearest32(x); got != want {
			t.Fatalf("%v.Float32() = %v, want %v", x, got, want)
		}
	}
}

func nearest32(x Num) float32 {
	f, _ := toBig(x).Float32()
	return f
}

func TestLdexp(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 100000 {
		x, k := randNum(r, 1000), r.IntN(2400)-1200
		if r.IntN(2) == 0 { // result near the subnormal range, perhaps a tie
			_, e := math.Frexp(x.Hi)
			k = -1015 - r.IntN(65) - e
			drop := uint(r.IntN(50))
			x.Hi = math.Float64frombits(math.Float64bits(x.Hi)>>drop<<drop | uint64(r.IntN(2))<<drop)
		}
		checkNum(t, Ldexp(x, k), bscale(toBig(x), k).SetMantExp(toBig(x), k), 106, "Ldexp(%v, %d)", x, k)
		if t.Failed() {
			return
		}
	}
}

func TestFMA32(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	float := func() float32 {
		return math.Float32frombits(r.Uint32()&0x807fffff | uint32(127-30+r.IntN(60))<<23)
	}
	twice := 0
	for range 300000 {
		x, y := float(), float()
		z := float()
		if r.IntN(2) == 0 { // x*y + z beside a tie of z
			d := 0x1p-23 * float32(r.IntN(1<<8))
			x = 1 + d
			y = 0x1p-24 * (1 - d)
			z = 1 + 0x1p-23*float32(r.IntN(4))
		}
		sum := new(big.Float).SetPrec(2200).SetFloat64(float64(x) * float64(y))
		want, _ := sum.Add(sum, big.NewFloat(float64(z))).Float32()
		if got := FMA32(x, y, z); got != want {
			t.Fatalf("FMA32(%v, %v, %v) = %v, want %v", x, y, z, got, want)
		}
		if float32(math.FMA(float64(x), float64(y), float64(z))) != want {
			twice++
		}
	}
	if twice == 0 {
		t.Error("no case in which rounding twice differs")
	}
	if got := FMA32(float32(inf), 0, 1); got == got {
		t.Errorf("FMA32(Inf, 0, 1) = %v", got)
	}
	if got := FMA32(2, 3, float32(-inf)); got != float32(-inf) {
		t.Errorf("FMA32(2, 3, -Inf) = %v", got)
	}
}

func TestULP(t *testing.T) {
	next := math.Nextafter32(2, 0)
	big32 := float32(math.MaxFloat32)
	for _, c := range []struct {
		got  float32
		want Num
		err  float64
	}{
		{1, one, 0},
		{1, Num{1, 0x1p-60}, 0x1p-37},
		{1, Num{1, -0x1p-60}, 0x1p-36}, // want lies in the binade below 1
		{next, Num{2, 0}, 0.5},
		{2, num(float64(next)), 1},
		{0, num(0x1p-150), 0.5},
		{0x1p-149, zero, 1},
		{float32(math.Copysign(0, -1)), zero, 0},
		{-1, one, 0x1p+24},
		{float32(inf), pinf, 0},
		{float32(inf), num(0x1p+128), 0},
		{big32, num(0x1p+128), inf},
		{float32(-inf), pinf, inf},
		{float32(inf), num(math.MaxFloat32), inf},
		{big32, num(math.MaxFloat32), 0},
		{float32(nan), nans, 0},
		{float32(nan), one, inf},
		{1, nans, inf},
	} {
		if got := ULP32(c.got, c.want); got != c.err {
			t.Errorf("ULP32(%v, %v) = %v, want %v", c.got, c.want, got, c.err)
		}
	}
	for _, c := range []struct {
		got  float64
		want Num
		err  float64
	}{
		{1, Num{1, 0x1p-54}, 0.25},
		{1, Num{1, -0x1p-54}, 0.5},
		{0, low, 1},
		{0x1p-1022, num(0x1p-1022 - 0x1p-1074), 1},
		{math.MaxFloat64, huge, 0},
		{-math.MaxFloat64, huge, inf},
		{inf, huge, inf},
		{inf, pinf, 0},
		{nan, nans, 0},
		{nan, zero, inf},
	} {
		if got := ULP64(c.got, c.want); got != c.err {
			t.Errorf("ULP64(%v, %v) = %v, want %v", c.got, c.want, got, c.err)
		}
	}
}
