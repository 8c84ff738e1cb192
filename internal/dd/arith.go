package dd

import "math"

// twoSum returns s = fl(a+b) and e = a + b - s, exactly (Knuth). Where s is
// not finite, e is 0.
func twoSum(a, b float64) (s, e float64) {
	s = a + b
	if !finite(s) {
		return s, 0
	}
	bb := s - a
	aa := s - bb
	e = (a - aa) + (b - bb)
	return s, e
}

// fastTwoSum is twoSum for |a| >= |b| or a == 0 (Dekker).
func fastTwoSum(a, b float64) (s, e float64) {
	s = a + b
	if !finite(s) {
		return s, 0
	}
	bb := s - a
	e = b - bb
	return s, e
}

// twoProd returns p = fl(a*b) and e = a*b - p, exactly for central a and b.
func twoProd(a, b float64) (p, e float64) {
	p = float64(a * b)
	e = math.FMA(a, b, -p)
	return p, e
}

// frexp returns m and k with x = m * 2^k and 1/2 <= |m.Hi| < 1.
func frexp(x Num) (m Num, k int) {
	hi, k := math.Frexp(x.Hi)
	return Num{hi, math.Ldexp(x.Lo, -k)}, k
}

// Ldexp returns x * 2^k. A result below the normal range of float64 is rounded
// once, from Hi and Lo together, to the nearest float64, ties to even.
func Ldexp(x Num, k int) Num {
	if -1022 <= k && k <= 1023 {
		p := math.Float64frombits(uint64(k+1023) << 52)
		if h := float64(x.Hi * p); 0x1p-900 < math.Abs(h) && finite(h) {
			return Num{h, float64(x.Lo * p)}
		}
	}
	if !ordinary(x.Hi) {
		return x
	}
	x, e := frexp(x)
	k += e
	if k < -1021 {
		return Num{roundSubnormal(x, k), 0}
	}
	h, l := math.Ldexp(x.Hi, k), math.Ldexp(x.Lo, k)
	if !finite(h) {
		return Num{h, 0}
	}
	if h+l != h { // l was rounded up to a tie
		l = math.Nextafter(l, 0)
	}
	return Num{h, l}
}

// roundSubnormal returns the subnormal number or zero nearest to x * 2^k, where
// 1/2 <= |x.Hi| < 1 and k < -1021. Hi decides, unless it is a tie and Lo, being
// on the far side, breaks it.
func roundSubnormal(x Num, k int) float64 {
	h := math.Ldexp(x.Hi, k)
	rest := x.Hi - math.Ldexp(h, -k)
	tie := math.Abs(rest) == math.Ldexp(1, -1075-k)
	if tie && x.Lo != 0 && math.Signbit(x.Lo) == math.Signbit(rest) {
		h += math.Copysign(0x1p-1074, x.Lo)
	}
	return h
}

// Add returns x + y, with a relative error below 2^-104.
func Add(x, y Num) Num {
	sh, sl := twoSum(x.Hi, y.Hi)
	if !finite(sh) && finite(x.Hi) && finite(y.Hi) { // Lo may yet prevent overflow
		return Ldexp(Add(Ldexp(x, -2), Ldexp(y, -2)), 2)
	}
	if !finite(sh) || x.Hi == 0 && y.Hi == 0 {
		return Num{sh, 0}
	}
	th, tl := twoSum(x.Lo, y.Lo)
	sh, sl = fastTwoSum(sh, sl+th)
	sh, sl = fastTwoSum(sh, sl+tl)
	return Num{sh, sl}
}

// Sub returns x - y, with a relative error below 2^-104.
func Sub(x, y Num) Num { return Add(x, Neg(y)) }

// Mul returns x * y, with a relative error below 2^-103.
func Mul(x, y Num) Num {
	if central(x.Hi) && central(y.Hi) {
		return mul(x, y)
	}
	if !ordinary(x.Hi) || !ordinary(y.Hi) {
		return Num{float64(x.Hi * y.Hi), 0}
	}
	x, i := frexp(x)
	y, j := frexp(y)
	return Ldexp(mul(x, y), i+j)
}

// mul is Mul for central operands.
func mul(x, y Num) Num {
	ph, pl := twoProd(x.Hi, y.Hi)
	t := float64(x.Lo * y.Lo)
	t = math.FMA(x.Hi, y.Lo, t)
	t = math.FMA(x.Lo, y.Hi, t)
	ph, pl = fastTwoSum(ph, pl+t)
	return Num{ph, pl}
}

// mulFloat returns x * f for central operands.
func mulFloat(x Num, f float64) Num {
	ph, pl := twoProd(x.Hi, f)
	ph, pl = fastTwoSum(ph, math.FMA(x.Lo, f, pl))
	return Num{ph, pl}
}

// Div returns x / y, with a relative error below 2^-102.
func Div(x, y Num) Num {
	if central(x.Hi) && central(y.Hi) {
		return div(x, y)
	}
	if !ordinary(x.Hi) || !ordinary(y.Hi) {
		return Num{x.Hi / y.Hi, 0}
	}
	x, i := frexp(x)
	y, j := frexp(y)
	return Ldexp(div(x, y), i-j)
}

// div is Div for central operands: long division with three digits of 53 bits
// (Hida, Li, Bailey).
func div(x, y Num) Num {
	q1 := x.Hi / y.Hi
	r := Sub(x, mulFloat(y, q1))
	q2 := r.Hi / y.Hi
	r = Sub(r, mulFloat(y, q2))
	q3 := r.Hi / y.Hi
	q1, q2 = fastTwoSum(q1, q2)
	return Add(Num{q1, q2}, Num{q3, 0})
}

// Sqrt returns the square root of x, with a relative error below 2^-103. It is
// NaN for x < 0, and Sqrt(-0) is -0.
func Sqrt(x Num) Num {
	if !ordinary(x.Hi) || x.Hi < 0 {
		return Num{math.Sqrt(x.Hi), 0}
	}
	x, k := frexp(x)
	if k&1 != 0 {
		x, k = Ldexp(x, 1), k-1
	}
	// One Newton step from the float64 root s: s + (x-s²)/2s.
	s := math.Sqrt(x.Hi)
	ph, pl := twoProd(s, s)
	r := Sub(x, Num{ph, pl})
	s, e := fastTwoSum(s, r.Hi/(2*s))
	return Ldexp(Num{s, e}, k/2)
}

// MulAdd returns x*y + z with a relative error below 2^-102 of the result,
// however much cancels: the terms are summed exactly and rounded at the end.
func MulAdd(x, y, z Num) Num {
	if !ordinary(x.Hi) || !ordinary(y.Hi) || !finite(z.Hi) {
		if z.Lo != 0 && finite(x.Hi) && finite(y.Hi) {
			return z
		}
		return Num{math.FMA(x.Hi, y.Hi, z.Hi), 0}
	}
	if z.Hi == 0 {
		return Mul(x, y)
	}
	x, i := frexp(x)
	y, j := frexp(y)
	z, k := frexp(z)
	top := max(i+j, k)
	var sum expansion
	for _, f := range [...][2]float64{{x.Lo, y.Lo}, {x.Lo, y.Hi}, {x.Hi, y.Lo}, {x.Hi, y.Hi}} {
		p, e := twoProd(f[0], f[1])
		sum.add(math.Ldexp(e, i+j-top))
		sum.add(math.Ldexp(p, i+j-top))
	}
	sum.add(math.Ldexp(z.Lo, k-top))
	sum.add(math.Ldexp(z.Hi, k-top))
	return Ldexp(sum.num(), top)
}

// An expansion is an exact sum of float64: terms that do not overlap, in order
// of increasing magnitude, zeros among them (J. R. Shewchuk, Adaptive precision
// floating-point arithmetic, 1997).
type expansion struct {
	term [10]float64
	n    int
}

// add adds v, exactly (Shewchuk's GROW-EXPANSION).
func (s *expansion) add(v float64) {
	for i := range s.term[:s.n] {
		v, s.term[i] = twoSum(v, s.term[i])
	}
	s.term[s.n] = v
	s.n++
}

// num rounds the sum to a Num.
func (s *expansion) num() Num {
	var r Num
	for i := s.n - 1; i >= 0; i-- {
		r = Add(r, Num{s.term[i], 0})
	}
	return r
}

// FMA32 returns x*y + z, rounded once to float32: the fused multiply-add of
// the float32 kernels. float32(math.FMA(x, y, z)) in float64 rounds twice and
// differs from it beside ties.
func FMA32(x, y, z float32) float32 {
	p := float64(float64(x) * float64(y)) // exact: 48 bits
	s, e := twoSum(p, float64(z))
	return Num{s, e}.Float32()
}
