package fuzz

import (
	"math"
	"math/rand/v2"

	"github.com/ashlar-go/ashlar/fuzz/spec"
)

// Input is the data of one call: the elements of each operand, row by row without gaps. An
// operand that is only written has none.
type Input struct {
	spec.Sizes
	Values [][]float64 // exact in the dtype
	Ints   [][]int     // of Index operands
	Wild   bool        // the data may be adverse: Tol.Any is the bound, not Tol.Max
}

// newInput makes the data of a call; value returns the next element of an operand.
// It returns nil where the sizes do not fit the row: no label lies in [0, 0).
func newInput(row *spec.Row, s spec.Sizes, r *rand.Rand, value func(*spec.Param) float64) *Input {
	in := &Input{Sizes: s, Values: make([][]float64, len(row.Params)), Ints: make([][]int, len(row.Params))}
	for i := range row.Params {
		p := &row.Params[i]
		rows, cols := p.Shape(s)
		switch {
		case p.Index && s.N == 0 && s.M > 0:
			return nil
		case p.Role == spec.Out:
		case p.Index:
			in.Ints[i] = make([]int, rows*cols)
			for j := range in.Ints[i] {
				in.Ints[i][j] = r.IntN(s.N)
			}
		default:
			in.Values[i] = make([]float64, rows*cols)
			d := row.TypeOf(i, s)
			for j := range in.Values[i] {
				in.Values[i][j] = d.Nearest(value(p))
			}
		}
	}
	return in
}

// random returns random numbers of the operand's domain: symmetric for products.
func random(row *spec.Row, s spec.Sizes, r *rand.Rand) *Input {
	return newInput(row, s, r, func(p *spec.Param) float64 { return ordinary(row, p, r) })
}

func ordinary(row *spec.Row, p *spec.Param, r *rand.Rand) float64 {
	if row.Dims == "MNK" {
		return 2*r.Float64() - 1
	}
	switch p.Domain {
	case spec.Unit:
		return r.Float64()
	case spec.Positive:
		return math.Exp2(16*r.Float64() - 8)
	case spec.Moderate:
		return r.NormFloat64() * math.Exp2(8*r.Float64()-4)
	}
	switch r.IntN(4) {
	case 0:
		return r.NormFloat64() * 10
	case 1:
		return r.NormFloat64() * math.Exp2(float64(r.IntN(30)-24))
	}
	return r.NormFloat64()
}

// special is random with special values in some places: in a third of a vector, but in at most
// two places of a matrix, since one of them decides a whole row or column.
func special(row *spec.Row, s spec.Sizes, r *rand.Rand) *Input {
	in := random(row, s, r)
	if in == nil {
		return nil
	}
	in.Wild = true
	for i := range row.Params {
		v := in.Values[i]
		if len(v) == 0 {
			continue
		}
		plants := 1 + len(v)/3
		if row.Dims != "N" {
			plants = r.IntN(3)
		}
		d := row.TypeOf(i, s)
		values := specials(&row.Params[i], d)
		for range plants {
			x := d.Nearest(values[r.IntN(len(values))])
			v[r.IntN(len(v))] = x
		}
	}
	return in
}

// specials are the special values of an operand's domain.
func specials(p *spec.Param, d spec.DType) []float64 {
	negZero := math.Copysign(0, -1)
	subnormal, normal := d.Smallest(), 0x1p-126
	if d == spec.F64 {
		normal = 0x1p-1022
	}
	tiny := []float64{subnormal, 5 * subnormal, normal - subnormal, normal}
	s := []float64{math.NaN(), 0, 1}
	switch p.Domain {
	case spec.Unit:
		return append(append(s, 1, 0x1p-30), tiny...)
	case spec.Positive:
		return append(append(s, math.Inf(1)), tiny...)
	}
	s = append(s, negZero, -1)
	signed := append(tiny, math.Inf(1))
	if p.Domain != spec.Moderate {
		signed = append(signed, d.Max(), d.Max()/3, 88.7, 709.78, 103.9, 745, 0.5, 3)
	}
	for _, v := range signed {
		s = append(s, v, -v)
	}
	return s
}

// tame maps any float into an operand's domain. It keeps most numbers that lie in the domain.
func tame(p *spec.Param, v float64) float64 {
	if v != v || v == 0 {
		return v
	}
	switch p.Domain {
	case spec.Moderate:
		return moderate(v)
	case spec.Positive:
		return math.Abs(moderate(v))
	case spec.Unit:
		if v = math.Abs(v); v > 1 {
			return 1 / v
		}
	}
	return v
}

// moderate changes the exponent of numbers outside 2^-12 .. 2^12.
func moderate(v float64) float64 {
	if math.IsInf(v, 0) {
		return v
	}
	m, e := math.Frexp(v)
	return math.Ldexp(m, e%12)
}
