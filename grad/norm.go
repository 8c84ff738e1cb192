package grad

import (
	"math"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// Norm returns the Euclidean norm of all gradients together, each times its Param.Scale. It is
// right for every gradient that T can hold, and +Inf only where float64 cannot hold the norm:
// where squares overflow or vanish, they are taken of scaled elements. A NaN makes it NaN.
func Norm[T kernels.Float](params []*layer.Param[T]) float64 {
	checkParams("Norm", params)
	return normOf(params).value()
}

// normOf is Norm. The plain sum of squares, one pass over the gradients, decides where it is
// as good as its terms.
func normOf[T kernels.Float](params []*layer.Param[T]) length {
	sum, plain := 0.0, true
	for _, p := range params {
		s := p.Scale()
		square := s * s
		sum += float64(square * kernels.SumSquares(p.Grad))
		plain = plain && square >= leastSum
	}
	if plain && sum >= leastSum && sum <= math.MaxFloat64 {
		return lengthOf(math.Sqrt(sum))
	}
	var norm length
	for _, p := range params {
		norm = norm.hypot(scaledNorm(p.Grad).times(lengthOf(p.Scale())))
	}
	return norm
}

// vectorNorm is the norm of one vector.
func vectorNorm[T kernels.Float](x []T) length {
	sum := kernels.SumSquares(x)
	if sum >= leastSum && sum <= math.MaxFloat64 {
		return lengthOf(math.Sqrt(sum))
	}
	return scaledNorm(x)
}

// leastSum is where the products of a sum of squares and a squared factor are normal numbers
// with room to spare.
const leastSum = 0x1p-900

// scaledNorm is the norm of a vector whose squares overflow or vanish. Norm2 has it, but for a
// norm that T cannot hold or rounds as a subnormal number: then the squares are taken of
// elements times a power of two.
func scaledNorm[T kernels.Float](x []T) length {
	norm := float64(kernels.Norm2(x))
	least, most := rangeOf[T]()
	if norm == 0 || norm != norm || norm >= least && norm <= most {
		return lengthOf(norm)
	}
	top := float64(kernels.MaxAbs(x))
	if math.IsInf(top, 1) || top != top {
		return lengthOf(top)
	}
	_, exp := math.Frexp(top)
	sum := 0.0
	for _, v := range x {
		q := math.Ldexp(float64(v), -exp)
		sum += float64(q * q)
	}
	return lengthOf(math.Sqrt(sum)).times(length{1, exp})
}

// rangeOf returns the least and the largest positive normal number of type T.
func rangeOf[T kernels.Float]() (least, most float64) {
	if unsafe.Sizeof(T(0)) == 4 {
		return 0x1p-126, math.MaxFloat32
	}
	return 0x1p-1022, math.MaxFloat64
}

// length is a number frac 2^exp that is not negative, with frac in [1/2, 1) as Frexp has it:
// the norm of float64 gradients may be too large for float64, and its quotients too small.
type length struct {
	frac float64 // 0, +Inf and NaN stand for themselves
	exp  int
}

func lengthOf(v float64) length {
	frac, exp := math.Frexp(v)
	return length{frac, exp}
}

func (a length) value() float64 { return math.Ldexp(a.frac, a.exp) }

// normal returns frac 2^exp for any frac.
func normal(frac float64, exp int) length {
	l := lengthOf(frac)
	l.exp += exp
	return l
}

func (a length) times(b length) length { return normal(a.frac*b.frac, a.exp+b.exp) }
func (a length) over(b length) length  { return normal(a.frac/b.frac, a.exp-b.exp) }

// shared returns a and b over the power of two of the larger one.
func (a length) shared(b length) (x, y float64, exp int) {
	switch {
	case a.frac == 0:
		exp = b.exp
	case b.frac == 0:
		exp = a.exp
	default:
		exp = max(a.exp, b.exp)
	}
	return math.Ldexp(a.frac, a.exp-exp), math.Ldexp(b.frac, b.exp-exp), exp
}

// hypot is sqrt(a^2 + b^2).
func (a length) hypot(b length) length {
	x, y, exp := a.shared(b)
	return normal(math.Hypot(x, y), exp)
}

// above reports whether a > b.
func (a length) above(b length) bool {
	x, y, _ := a.shared(b)
	return x > y
}
