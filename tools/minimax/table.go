package main

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
)

// segments is the size of a table: the float32 that one permutation of a 64-byte register selects
// from.
const segments = 16

// A table describes a function of numbers x >= 0 by one polynomial for each of some
// intervals.
type table struct {
	name, fn string
	f        func(*bigFloat) *bigFloat
	pieces   []piece
	entry    string    // which x an entry is for, in words
	atZero   []float64 // the first coefficients of the interval that begins at 0
	lessX    bool      // the polynomial of that interval is of f(x) - x: the kernels add x
	degree   int
	last     float64 // where the last interval ends
	limit    float64 // the constant from there on, with an entry of its own; 0 for none
}

// piece is an interval with its entry in the table.
type piece struct {
	index       int
	lo, mid, hi float64
}

// byExponent are the intervals up to last where 1 + x has the same exponent and the same
// first two bits of the mantissa: a quarter wide below 1, half below 3, 1 below 7 and 2
// below 15.
func byExponent(last float64) (list []piece) {
	bits := func(x float64) uint32 { return math.Float32bits(float32(1 + x)) }
	for lo := 0.0; lo < last; {
		hi := float64(math.Float32frombits(bits(lo)+1<<21)) - 1
		list = append(list, piece{index: int(bits(lo)>>21) % segments, lo: lo, mid: (lo + hi) / 2, hi: hi})
		lo = hi
	}
	return list
}

// byNearest are the intervals of the numbers that are nearest to a multiple of width, for a
// function that falls like e^-x. Their centers lie right of the middle: the rounding errors of the
// terms grow towards the ends of an interval, and faster to the right.
func byNearest(width float64) (list []piece) {
	for i := range segments {
		mid := float64(i) * width
		list = append(list, piece{index: i, lo: max(0, mid-width/2), mid: mid + 0.08*width,
			hi: mid + width/2})
	}
	return list
}

// tanhTable is the table of tanh, which rounds to 1 from 9.011 on and at 9 is 0.51 units in the
// last place below 1. Beyond 9 a polynomial might give another number than 1.
var tanhTable = table{name: "Tanh32", fn: "tanh x", f: tanh, pieces: byExponent(9), atZero: []float64{0, 1},
	lessX: true, entry: "bits 21 to 24 of 1 + x are i", last: 9, limit: 1, degree: 6}

// logisticTable is the table of the logistic function of -x. Beyond its last interval the kernels
// use a formula.
var logisticTable = table{name: "Logistic32", fn: "1/(1 + e^x)", pieces: byNearest(0.75),
	atZero: []float64{0.5},
	entry:  "3/4 i is nearest to x", last: 0.75 * (segments - 0.5), degree: 6,
	f: func(x *bigFloat) *bigFloat { return quo(fromInt(1), add(fromInt(1), exp(x))) }}

func tanh(x *bigFloat) *bigFloat {
	if x.Sign() == 0 {
		return newFloat()
	}
	e := exp(scale(x, 1))
	return quo(sub(e, fromInt(1)), add(e, fromInt(1)))
}

// interval is one polynomial of a table.
type interval struct {
	center float64
	result
}

// run derives the polynomials, in powers of x - center. The last one may be constant.
func (t *table) run() (list [segments]interval, err error) {
	for _, p := range t.pieces {
		if list[p.index], err = t.interval(p); err != nil {
			return list, err
		}
	}
	if t.limit != 0 {
		end := interval{center: t.last}
		end.coef = make([]float64, t.degree+1)
		end.coef[0] = t.limit
		list[t.pieces[len(t.pieces)-1].index+1] = end
	}
	return list, nil
}

func (t *table) interval(p piece) (interval, error) {
	s := interval{}
	fixed := t.atZero
	if p.lo > 0 {
		s.center = t.center(p.mid)
		fixed = []float64{toFloat(float32Format.round(t.f(fromFloat(s.center))))}
	}
	c := fromFloat(s.center)
	spec := spec{name: t.name, fn: t.fn, fixed: fixed, degree: t.degree, format: float32Format,
		lo: sub(fromFloat(p.lo), c), hi: sub(fromFloat(p.hi), c),
		f:      func(r *bigFloat) *bigFloat { return t.f(add(c, r)) },
		weight: func(r *bigFloat) *bigFloat { return quo(fromInt(1), t.f(add(c, r))) }}
	if p.lo == 0 {
		spec.lo = fromFloat(0x1p-30) // at 0 the weight of tanh is infinite
	}
	var err error
	if s.result, err = spec.run(); err == nil && p.lo == 0 && t.lessX {
		s.coef[1]--
	}
	return s, err
}

// center returns the float32 near v whose function value is nearest to a float32, so that the
// first coefficient is almost exact (Gal, Computing Elementary Functions: A New
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
	fmt.Fprintf(b, "// x - %sCenter[i]: entry i is for those x for which %s. The\n", t.name, t.entry)
	fmt.Fprintf(b, "// largest relative error below %v is 2^%.2f.", t.last, math.Log2(worst))
	if t.limit != 0 {
		fmt.Fprintf(b, " From there on the function is taken to be %v.", t.limit)
	}
	if t.lessX {
		fmt.Fprintf(b, "\n// Entry %d, where the center is 0, has the coefficients of %s - x.", t.pieces[0].index, t.fn)
	}
	fmt.Fprintf(b, "\nvar %s = [...][%d]float32{\n", t.name, segments)
	for k := range t.degree + 1 {
		t.row(b, func(i int) float64 {
			if list[i].coef == nil {
				return 0
			}
			return list[i].coef[k]
		})
		fmt.Fprintf(b, ",\n")
	}
	fmt.Fprintf(b, "}\n\n")
	fmt.Fprintf(b, "// %sCenter are the centers, %sError the error, %sLast where the polynomials end.\n",
		t.name, t.name, t.name)
	fmt.Fprintf(b, "var %sCenter = [%d]float32", t.name, segments)
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
