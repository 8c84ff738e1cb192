package plot

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// beyond is the size of numbers that are no more drawn, since the difference of two of them must
// be finite.
const beyond = 1e150

// scale maps values to the length of an axis.
type scale struct {
	log    bool
	lo, hi float64 // the ends of the axis; with log, their log10
	ticks  []tick
	minor  []float64 // lines without a label
	factor string    // such as "1e6", by which the labels must be multiplied; "" for 1
}

// tick is a labelled place on an axis, in the unit of lo and hi.
type tick struct {
	at    float64
	label string
}

// drawable reports whether a value has a place on the axis.
func (s *scale) drawable(v float64) bool {
	return math.Abs(v) <= beyond && (!s.log || v >= 1/beyond)
}

// at is 0 at one end of the axis and 1 at the other.
func (s *scale) at(v float64) float64 {
	if s.log {
		v = math.Log10(v)
	}
	return (v - s.lo) / (s.hi - s.lo)
}

// span collects the ends of values.
type span struct{ lo, hi float64 }

func newSpan() span { return span{math.Inf(1), math.Inf(-1)} }

func (s *span) add(v float64) { s.lo, s.hi = math.Min(s.lo, v), math.Max(s.hi, v) }

func (s *span) empty() bool { return s.lo > s.hi }

// linear returns the axis for a span of values with room at its ends, a share of its length. With
// whole, labels are whole numbers.
func linear(s span, room float64, whole bool) scale {
	lo, hi := s.lo, s.hi
	if size := math.Max(math.Abs(lo), math.Abs(hi)); hi-lo <= 1e-10*size || size < 1/beyond {
		// The values are equal, or their difference would fill the labels with digits.
		more := size / 10
		if whole && size < 1e9 {
			more = 0.5
		} else if size < 1/beyond {
			more = 1
		}
		lo, hi = lo-more, hi+more
	}
	a := scale{lo: lo - room*(hi-lo), hi: hi + room*(hi-lo)}
	step := niceStep((a.hi - a.lo) / 5)
	if whole {
		step = math.Max(1, step)
	}
	unit := 1.0
	if size := math.Max(math.Abs(a.lo), math.Abs(a.hi)); size >= 1e6 || size < 1e-3 {
		exponent := math.Floor(math.Log10(size))
		a.factor, unit = fmt.Sprintf("1e%g", exponent), math.Pow(10, exponent)
	}
	decimals := max(0, -int(math.Floor(math.Log10(step/unit)+1e-9)))
	for k := math.Ceil(a.lo/step - 1e-9); k*step <= a.hi+1e-9*step; k++ {
		a.ticks = append(a.ticks, tick{k * step, decimal(k*step/unit, decimals)})
	}
	return a
}

// shares leaves out the ticks beyond 0 and 100 %, where no share is.
func (s *scale) shares() {
	s.ticks = slices.DeleteFunc(s.ticks, func(t tick) bool { return t.at < -1e-9 || t.at > 100+1e-9 })
}

// decimal writes a number with its thousands separated, and without the sign of a zero.
func decimal(v float64, decimals int) string {
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if math.Abs(v) < 0.5*math.Pow(10, -float64(decimals)) {
		s = strconv.FormatFloat(0, 'f', decimals, 64)
	}
	return thousands(s)
}

// niceStep is 1, 2 or 5 times a power of ten, that next to a step by its logarithm.
func niceStep(step float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(step)))
	switch m := step / power; {
	case m < math.Sqrt(2):
		return power
	case m < math.Sqrt(10):
		return 2 * power
	case m < math.Sqrt(50):
		return 5 * power
	}
	return 10 * power
}

// logarithmic returns the axis for a span of positive values with room at its ends.
func logarithmic(s span, room float64) scale {
	lo, hi := math.Log10(s.lo), math.Log10(s.hi)
	if hi-lo < 1e-3 {
		lo, hi = lo-0.3, hi+0.3
	}
	a := scale{log: true, lo: lo - room*(hi-lo), hi: hi + room*(hi-lo)}
	decades := a.multiples(1)
	switch {
	case len(decades) >= 3:
		every := spacing(len(decades))
		var labelled []float64
		for _, v := range decades {
			if math.Mod(math.Round(math.Log10(v)), float64(every)) == 0 {
				labelled = append(labelled, v)
			}
		}
		a.label(labelled)
		if a.hi-a.lo < 4 {
			a.minor = a.multiples(2, 3, 4, 5, 6, 7, 8, 9)
		}
	case len(a.multiples(1, 2, 5)) >= 3:
		a.label(a.multiples(1, 2, 5))
		a.minor = a.multiples(3, 4, 6, 7, 8, 9)
	default:
		between := linear(span{math.Pow(10, a.lo), math.Pow(10, a.hi)}, 0, false)
		a.factor = between.factor
		for _, t := range between.ticks {
			if t.at > 0 {
				a.ticks = append(a.ticks, tick{math.Log10(t.at), t.label})
			}
		}
		return a
	}
	for i, v := range a.minor {
		a.minor[i] = math.Log10(v)
	}
	return a
}

// spacing returns the decades from one label to the next, so that there are about six at most.
func spacing(decades int) int {
	for _, every := range []int{1, 2, 3, 5, 10, 20} {
		if decades <= 6*every {
			return every
		}
	}
	return 50
}

// multiples returns the powers of ten on the axis times each of the factors, in order.
func (s *scale) multiples(factors ...float64) []float64 {
	var all []float64
	for e := math.Floor(s.lo); e <= math.Ceil(s.hi); e++ {
		for _, f := range factors {
			if at := e + math.Log10(f); at >= s.lo-1e-9 && at <= s.hi+1e-9 {
				all = append(all, f*math.Pow(10, e))
			}
		}
	}
	return all
}

// label makes ticks at values, all written in one way.
func (s *scale) label(values []float64) {
	plain := values[0] >= 0.99e-3 && values[len(values)-1] < 1.01e6
	for _, v := range values {
		e := math.Floor(math.Log10(v) + 1e-9)
		text := fmt.Sprintf("%.0fe%.0f", v/math.Pow(10, e), e)
		if plain {
			text = decimal(v, max(0, -int(e)))
		}
		s.ticks = append(s.ticks, tick{math.Log10(v), text})
	}
}
