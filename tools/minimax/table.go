package main

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
)

// segments is the size of a table: what one permutation of a 64-byte register reaches.
const segments = 16

// A table describes a function of numbers x >= 0 by one polynomial for each of some
// intervals: those where 1 + x has the same exponent and the same first two bits of the
// mantissa, which are a quarter wide below 1, half below 3, 1 below 7 and 2 below 15.
type table struct {
	name, fn string
	f        func(*bigFloat) *bigFloat // with f(0) = 0 and f'(0) = 1
	last     float64                   // f is taken to be limit from here on: an interval begins here
	limit    float64                   // a coefficient by itself, so that it is reached exactly
	degree   int
}

// tanhTable stands for tanh, which rounds to 1 from 9.011 on and at 9 is 0.51 units in the
// last place below it. A polynomial there could not be relied on to end in 1.
var tanhTable = table{name: "Tanh32", fn: "tanh x", f: tanh, last: 9, limit: 1, degree: 6}

func tanh(x *bigFloat) *bigFloat {
	if x.Sign() == 0 {
		return newFloat()
	}
	e := exp(scale(x, 1))
	return quo(sub(e, fromInt(1)), add(e, fromInt(1)))
}

// index is the number of the interval of x: the last four of the bits named above.
func index(x float64) int { return int(math.Float32bits(float32(1+x))>>21) % segments }

// interval is one polynomial of a table.
type interval struct {
	center float64
	result
}

// run derives the polynomials, in powers of x - center. The last one is constant.
func (t *table) run() (list [segments]interval, err error) {
	for lo := 0.0; lo < t.last; lo = next(lo) {
		if list[index(lo)], err = t.interval(lo, next(lo)); err != nil {
			return list, err
		}
	}
	end := interval{center: t.last}
	end.coef = make([]float64, t.degree+1)
	end.coef[0] = t.limit
	list[index(t.last)] = end
	return list, nil
}

// next is where the interval ends that begins at x.
func next(x float64) float64 {
	return float64(math.Float32frombits(math.Float32bits(float32(1+x))+1<<21)) - 1
}

func (t *table) interval(lo, hi float64) (interval, error) {
	s := interval{}
	fixed := []float64{0, 1}
	if lo > 0 {
		s.center = t.center((lo + hi) / 2)
		fixed = []float64{toFloat(float32Format.round(t.f(fromFloat(s.center))))}
	}
	c := fromFloat(s.center)
	spec := spec{name: t.name, fn: t.fn, fixed: fixed, degree: t.degree, format: float32Format,
		lo: sub(fromFloat(lo), c), hi: sub(fromFloat(hi), c),
		f:      func(r *bigFloat) *bigFloat { return t.f(add(c, r)) },
		weight: func(r *bigFloat) *bigFloat { return quo(fromInt(1), t.f(add(c, r))) }}
	if lo == 0 {
		spec.lo = fromFloat(0x1p-30) // at 0 the weight is infinite
	}
	var err error
	s.result, err = spec.run()
	return s, err
}

// center is the float32 near v whose function value comes nearest to a float32, so that
// the first coefficient is as good as exact (Gal, Computing Elementary Functions: A New
// Approach for Achieving High Accuracy and Good Performance, 1986).
func (t *table) center(v float64) float64 {
	best, least := v, math.Inf(1)
	for i := range 400 {
		c := float64(math.Float32frombits(math.Float32bits(float32(v)) + uint32(i)))
		y := t.f(fromFloat(c))
		if e := math.Abs(toFloat(sub(y, float32Format.round(y)))); e < least {
			best, least = c, e
		}
	}
	return best
}

func (t *table) emit(b *bytes.Buffer) error {
	list, err := t.run()
	if err != nil {
		return fmt.Errorf("%s: %w", t.name, err)
	}
	worst := 0.0
	for _, s := range list {
		worst = max(worst, s.final)
	}
	fmt.Fprintf(b, "// %s has the coefficients of %s, x >= 0, an array for each power of\n", t.name, t.fn)
	fmt.Fprintf(b, "// x - %sCenter[i]: entry i is for those x for which bits 21 to 24 of 1 + x are i. The\n", t.name)
	fmt.Fprintf(b, "// largest relative error below %v is 2^%.2f. From there on the function is taken to be %v.\n", t.last, math.Log2(worst), t.limit)
	fmt.Fprintf(b, "var %s = [...][%d]float32{\n", t.name, segments)
	for k := range t.degree + 1 {
		t.row(b, func(i int) float64 {
			if list[i].coef == nil {
				return 0
			}
			return list[i].coef[k]
		})
		fmt.Fprintf(b, ",\n")
	}
	fmt.Fprintf(b, "}\n\n// %sCenter are the centers, %sError the error, %sLast where the last one, a constant, begins.\nvar %sCenter = [%d]float32", t.name, t.name, t.name, t.name, segments)
	t.row(b, func(i int) float64 { return list[i].center })
	fmt.Fprintf(b, "\n\nconst (\n%sError = %s\n", t.name, strconv.FormatFloat(roundUp(worst), 'x', -1, 64))
	fmt.Fprintf(b, "%sLast = %v\n)\n", t.name, t.last)
	return nil
}

func (t *table) row(b *bytes.Buffer, v func(i int) float64) {
	fmt.Fprintf(b, "{")
	for i := range segments {
		if i > 0 {
			fmt.Fprintf(b, ", ")
		}
		fmt.Fprint(b, float32Format.literal(v(i)))
	}
	fmt.Fprintf(b, "}")
}
