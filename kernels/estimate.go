package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/dd"
)

// estimate is a value of an oracle with the scale of its error: a kernel may be off
// by 4 eps times that. Each operation adds an eighth of the size of its result, which
// is half a unit in the last place, to what its operands bring along, to first order.
type estimate struct {
	v dd.Num
	e float64
}

// exact is an estimate without an error.
func exact(v dd.Num) estimate { return estimate{v, 0} }

// rounded is the estimate of an operation whose operands bring the error e along.
func rounded(v dd.Num, e float64) estimate {
	if !isFinite(v) {
		return estimate{v, 0}
	}
	return estimate{v, e + size(v)/8}
}

func (a estimate) add(b estimate) estimate { return rounded(dd.Add(a.v, b.v), a.e+b.e) }
func (a estimate) sub(b estimate) estimate { return rounded(dd.Sub(a.v, b.v), a.e+b.e) }

func (a estimate) mul(b estimate) estimate {
	return rounded(dd.Mul(a.v, b.v), size(a.v)*b.e+size(b.v)*a.e)
}

// div is open where the divisor may be anything down to a quarter of itself.
func (a estimate) div(b estimate, d DType) estimate {
	q := dd.Div(a.v, b.v)
	if 4*d.Eps()*b.e > size(b.v)/4 && !q.IsNaN() {
		return estimate{q, math.Inf(1)}
	}
	return rounded(q, (a.e+size(q)*b.e)/size(b.v))
}

// sqrt takes the whole range that the error leaves: near 0 it is far from linear.
func (a estimate) sqrt(d DType) estimate {
	r, gap := dd.Sqrt(a.v), 4*d.Eps()*a.e
	low := math.Sqrt(max(0, a.v.Hi-gap))
	return rounded(r, max(math.Sqrt(a.v.Hi+gap)-r.Hi, r.Hi-low)/(4*d.Eps()))
}

// positive is max(0, a), and NaN for NaN.
func (a estimate) positive(d DType) estimate {
	if !dd.Less(a.v, num(0)) {
		return a
	}
	if size(a.v) > 4*d.Eps()*a.e {
		return exact(num(0))
	}
	return estimate{num(0), a.e}
}

// sign is open where the error may change it.
func (a estimate) sign(d DType) estimate {
	switch {
	case a.v.IsNaN() || a.v.Hi == 0 && a.e == 0:
		return exact(a.v)
	case size(a.v) <= 4*d.Eps()*a.e:
		return estimate{num(0), math.Inf(1)}
	}
	return exact(num(math.Copysign(1, a.v.Hi)))
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
