package fuzz

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/ashlar-go/ashlar/fuzz/spec"
)

// The operands of TestSameBits have the same bits on every architecture and with every version of
// Go: they are constants and bit patterns from PCG, the latter with other exponents or replaced by
// their reciprocals. Nothing here adds a product, which Go fuses on some architectures, or calls a
// function whose last bit may differ.

// stretch is the operands of one call, the results of which have a digest of their own.
type stretch struct {
	name string
	in   *Input
}

// stretches returns the operands of a case, the short ones first: calls at several sizes and, for
// a function of one number, the boundaries and a sweep over all exponents.
func stretches(row *spec.Row, c int, short bool) []stretch {
	r := rand.New(rand.NewPCG(17, uint64(row.DType)))
	list := callStretches(row, c, r, shortCalls)
	number := OfOneArgument(row)
	if number {
		near := slices.Concat(slices.Collect(Boundaries(row.DType, 8))...)
		list = append(list, numberStretches(row, c, near)...)
		list = append(list, numberStretches(row, c, strewn(row.DType, 1<<13, r))...)
		list = append(list, numberStretches(row, c, strewnNearOne(row.DType, 1<<12, r))...)
		list = append(list, numberStretches(row, c, nearEnds(row.DType))...)
	}
	if short {
		return list
	}
	list = append(list, callStretches(row, c, r, longCalls)...)
	if number {
		list = append(list, numberStretches(row, c, strewn(row.DType, 1<<16, r))...)
		list = append(list, numberStretches(row, c, strewnNearOne(row.DType, 1<<16, r))...)
	}
	return list
}

// Sizes of calls: the elements of a vector, the rows and columns of a matrix. They end with tails
// of several lengths. The last ones are cut into several calls of assembly.
var (
	shortCalls = [][3]int{{1, 1, 1}, {7, 3, 5}, {64, 9, 37}, {1003, 30, 129}}
	longCalls  = [][3]int{{4099, 129, 33}, {4105, 8, 520}, {longVector + 5, 70, 501}}
)

// callStretches makes a call of each size with each kind of operands.
func callStretches(row *spec.Row, c int, r *rand.Rand, sizes [][3]int) (list []stretch) {
	kinds := operandKinds(row.DType, r)
	for _, size := range sizes {
		s := spec.Sizes{M: size[1], N: size[2], Case: c}
		name := fmt.Sprintf("%d x %d", s.M, s.N)
		if row.Dims == "N" {
			s = spec.Sizes{N: size[0], Case: c}
			name = fmt.Sprintf("%d elements", s.N)
		}
		for _, k := range kinds {
			list = append(list, stretch{name + " of " + k.name, newInput(row, s, r, k.value)})
		}
	}
	return list
}

// operandKind is a way to fill the operands of a call.
type operandKind struct {
	name  string
	value func(*spec.Param) float64
}

func operandKinds(d spec.DType, r *rand.Rand) []operandKind {
	planted := map[spec.Domain][]float64{}
	return []operandKind{
		{"moderate numbers", func(p *spec.Param) float64 { return moderatePattern(d, p, r) }},
		{"moderate numbers and special values", func(p *spec.Param) float64 {
			values := planted[p.Domain]
			if values == nil {
				values = specials(p, d)
				planted[p.Domain] = values
			}
			if r.Uint64()%3 > 0 {
				return moderatePattern(d, p, r)
			}
			return values[r.Uint64()%uint64(len(values))]
		}},
		{"any bits", func(p *spec.Param) float64 {
			switch v := pattern(d, r.Uint64()); p.Domain {
			case spec.Positive:
				return math.Abs(v)
			case spec.Unit:
				return tame(p, v)
			default:
				return v
			}
		}},
	}
}

// moderatePattern returns a number of the operand's domain that has any mantissa and an exponent
// near 0.
func moderatePattern(d spec.DType, p *spec.Param, r *rand.Rand) float64 {
	bits := r.Uint64()
	mantissa, _ := widths(d)
	v := pattern(d, bits&^(1<<(mantissa+4))) // not NaN
	return tame(p, moderate(v))
}

// pattern returns the number with the low bits of a word.
func pattern(d spec.DType, bits uint64) float64 {
	if d == spec.F32 {
		return float64(math.Float32frombits(uint32(bits)))
	}
	return math.Float64frombits(bits)
}

// widths returns the number of bits of the mantissa and of the exponent.
func widths(d spec.DType) (mantissa, exponent int) {
	if d == spec.F32 {
		return 23, 8
	}
	return 52, 11
}

// strewn returns n numbers, as many of each exponent and sign, in order of their bits. The first of
// each exponent is the power of two. Those of the largest exponent are an infinity and NaN.
func strewn(d spec.DType, n int, r *rand.Rand) []float64 {
	_, exponent := widths(d)
	return strewnAmong(d, 0, 1<<exponent, n, r)
}

// strewnNearOne is strewn between 2^-32 and 2^32, where functions change their formulas.
func strewnNearOne(d spec.DType, n int, r *rand.Rand) []float64 {
	_, exponent := widths(d)
	bias := 1<<(exponent-1) - 1
	return strewnAmong(d, bias-32, bias+32, n, r)
}

func strewnAmong(d spec.DType, first, end, n int, r *rand.Rand) []float64 {
	mantissa, exponent := widths(d)
	each := n / 2 / (end - first)
	step := uint64(1) << mantissa / uint64(each)
	var list []float64
	for sign := range uint64(2) {
		for e := first; e < end; e++ {
			for i := range each {
				bits := (sign<<exponent|uint64(e))<<mantissa + uint64(i)*step
				if i > 0 {
					bits += r.Uint64() % step
				}
				list = append(list, pattern(d, bits))
			}
		}
	}
	return list
}

// nearEnds returns multiples of 1/32 where exponentials become subnormal, infinite or 0, and where
// they vanish beside 1: functions change their formulas there.
func nearEnds(d spec.DType) (list []float64) {
	ends := [][2]int{{14, 18}, {86, 105}}
	if d == spec.F64 {
		ends = [][2]int{{35, 38}, {707, 746}}
	}
	for _, e := range ends {
		for i := e[0] * 32; i <= e[1]*32; i++ {
			list = append(list, float64(i)/32, float64(-i)/32)
		}
	}
	return list
}

// numberStretches cuts the arguments of a function of one number into calls.
func numberStretches(row *spec.Row, c int, x []float64) (list []stretch) {
	for x := range slices.Chunk(x, piece) {
		values := make([][]float64, len(row.Params))
		values[len(values)-1] = x
		in := &Input{Sizes: spec.Sizes{N: len(x), Case: c}, Values: values, Ints: make([][]int, len(values))}
		list = append(list, stretch{fmt.Sprintf("%d numbers from %v to %v", len(x), x[0], x[len(x)-1]), in})
	}
	return list
}
