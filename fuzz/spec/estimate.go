package spec

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/dd"
)

// estimate is a value v of an oracle with the scale e of its error: a kernel may differ from v by
// up to 4 eps e. The error of each operation is, to first order, the error that its operands
// carry plus half a unit in the last place of its result, an eighth of its magnitude. Products,
// quotients and roots add an eighth of the smallest normal number, for results below it.
type estimate struct {
	v dd.Num
	e float64
	d DType
}

// exact is an estimate without an error.
func (r *Ref) exact(v dd.Num) estimate { return estimate{v, 0, r.DType} }

// rounded is v with the error of one rounding.
func (r *Ref) rounded(v dd.Num) estimate { return r.exact(v).become(v, 0) }

// become is the result v of an operation whose operands carry the error e.
func (a estimate) become(v dd.Num, e float64) estimate {
	if !isFinite(v) {
		return estimate{v, 0, a.d}
	}
	return estimate{v, e + size(v)/8, a.d}
}

// underflow is the error of a result below the smallest normal number.
func (a estimate) underflow() float64 { return a.d.smallestNormal() / 8 }

// gap is the largest difference from v that a kernel may have.
func (a estimate) gap() float64 { return 4 * a.d.Eps() * a.e }

func (a estimate) add(b estimate) estimate { return a.become(dd.Add(a.v, b.v), a.e+b.e) }

func (a estimate) sub(b estimate) estimate { return a.become(dd.Sub(a.v, b.v), a.e+b.e) }

func (a estimate) mul(b estimate) estimate {
	return a.become(dd.Mul(a.v, b.v), size(a.v)*b.e+size(b.v)*a.e+a.gap()*b.e+a.underflow())
}

// div has an infinite error, so that any value is right, where the divisor's error exceeds a quarter
// of it.
func (a estimate) div(b estimate) estimate {
	q := dd.Div(a.v, b.v)
	if b.gap() > size(b.v)/4 && !q.IsNaN() {
		return estimate{q, math.Inf(1), a.d}
	}
	return a.become(q, (a.e+size(q)*b.e)/size(b.v)+a.underflow())
}

// sqrt takes the roots of both ends of the error's range: near 0 the root is far from linear.
func (a estimate) sqrt() estimate {
	r := dd.Sqrt(a.v)
	low := math.Sqrt(max(0, a.v.Hi-a.gap()))
	return a.become(r, max(math.Sqrt(a.v.Hi+a.gap())-r.Hi, r.Hi-low)/(4*a.d.Eps())+a.underflow())
}

// flushed is 0 where a is below the least number that a state keeps. If the error covers that
// limit, either is right.
func (a estimate) flushed() estimate {
	tiny := 0x1p-960
	if a.d == F32 {
		tiny = 0x1p-100
	}
	switch s := size(a.v); {
	case !(s < tiny+a.gap()): // NaN too
		return a
	case s+a.gap() < tiny:
		return estimate{num(0), 0, a.d}
	default:
		a.e += s / (4 * a.d.Eps())
		return a
	}
}

// positive is max(0, a), and NaN for NaN.
func (a estimate) positive() estimate {
	if !dd.Less(a.v, num(0)) {
		return a
	}
	if size(a.v) > a.gap() {
		a.e = 0
	}
	a.v = num(0)
	return a
}

// sign has an infinite error, so that any value is right, where the error may change the sign.
func (a estimate) sign() estimate {
	switch {
	case a.v.IsNaN() || a.v.Hi == 0 && a.e == 0:
		return estimate{a.v, 0, a.d}
	case size(a.v) <= a.gap():
		return estimate{num(0), math.Inf(1), a.d}
	}
	return estimate{num(math.Copysign(1, a.v.Hi)), 0, a.d}
}

// set makes a the wanted value of element j of output p.
func (r *Ref) set(p, j int, a estimate) {
	if !isFinite(a.v) {
		a.e = 0
	}
	if math.IsInf(a.e, 1) {
		a.e = AnyValue
	}
	r.want(p, 0, j, a.v, a.e)
}
