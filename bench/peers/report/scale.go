package main

import (
	"math"
	"strconv"
	"strings"
)

// scale maps values from lo to hi to positions from a to b.
type scale struct {
	lo, hi, a, b float64
	log          bool
}

func (s scale) at(v float64) float64 {
	if s.log {
		return s.a + (s.b-s.a)*math.Log(v/s.lo)/math.Log(s.hi/s.lo)
	}
	return s.a + (s.b-s.a)*(v-s.lo)/(s.hi-s.lo)
}

// tick is a mark on an axis; without a label it is a line only.
type tick struct {
	value float64
	label string
}

// decades are ticks at powers of ten, or where these are few at 1, 2 and 5 times them.
func (s scale) decades() (ticks []tick) {
	steps := []float64{1}
	if math.Log10(s.hi/s.lo) < 2.5 {
		steps = []float64{1, 2, 5}
	}
	for e := math.Floor(math.Log10(s.lo)); math.Pow(10, e) <= s.hi; e++ {
		for _, m := range steps {
			if v := m * math.Pow(10, e); v >= s.lo*0.999 && v <= s.hi*1.001 {
				ticks = append(ticks, tick{v, number(v)})
			}
		}
	}
	return ticks
}

// number writes three digits.
func number(v float64) string {
	switch a := math.Abs(v); {
	case a == 0:
		return "0"
	case a >= 99.5:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 9.95:
		return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// span is the least and the greatest of positive values.
func span(values []float64) (lo, hi float64) {
	lo, hi = math.Inf(1), 0
	for _, v := range values {
		lo, hi = min(lo, v), max(hi, v)
	}
	return lo, hi
}
