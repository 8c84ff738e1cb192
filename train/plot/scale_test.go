package plot

import (
	"math"
	"strings"
	"testing"
)

func labelsOf(s scale) string {
	var all []string
	for _, t := range s.ticks {
		all = append(all, t.label)
	}
	if s.factor != "" {
		all = append(all, "×", s.factor)
	}
	return strings.Join(all, " ")
}

func TestTicks(t *testing.T) {
	lin := func(lo, hi float64) string { return labelsOf(linear(span{lo, hi}, 0, false)) }
	whole := func(lo, hi float64) string { return labelsOf(linear(span{lo, hi}, 0, true)) }
	log := func(lo, hi float64) string { return labelsOf(logarithmic(span{lo, hi}, 0)) }
	for _, c := range []struct{ got, want string }{
		{whole(1, 3), "1 2 3"},
		{whole(1, 10), "2 4 6 8 10"},
		{whole(1, 30), "5 10 15 20 25 30"},
		{whole(1, 10000), "2,000 4,000 6,000 8,000 10,000"},
		{whole(1, 1), "1"},
		{whole(7, 7), "7"},
		{lin(0, 1), "0.0 0.2 0.4 0.6 0.8 1.0"},
		{lin(78.2, 97.9), "80 85 90 95"},
		{lin(0.1, 0.73), "0.1 0.2 0.3 0.4 0.5 0.6 0.7"},
		{lin(-0.5, 0.5), "−0.4 −0.2 0.0 0.2 0.4"},
		{lin(-1234, 5678), "−1,000 0 1,000 2,000 3,000 4,000 5,000"},
		{lin(0, 3e6), "0.0 0.5 1.0 1.5 2.0 2.5 3.0 × 1e6"},
		{lin(0, 4e-5), "0 1 2 3 4 × 1e-5"},
		{lin(2, 2), "1.8 1.9 2.0 2.1 2.2"},
		{lin(0, 0), "−1.0 −0.5 0.0 0.5 1.0"},
		{lin(1, 1+1e-13), "0.90 0.95 1.00 1.05 1.10"},
		{log(21, 1900), "50 100 200 500 1,000"},
		{log(0.06, 2.5), "0.1 0.2 0.5 1 2"},
		{log(0.17, 0.36), "0.20 0.25 0.30 0.35"},
		{log(0.01, 100), "0.01 0.1 1 10 100"},
		{log(1.1e-7, 4e-6), "2e-7 5e-7 1e-6 2e-6"},
		{log(2e-13, 1e4), "1e-12 1e-9 1e-6 1e-3 1e0 1e3"},
		{log(1e-150, 1e150), "1e-150 1e-100 1e-50 1e0 1e50 1e100 1e150"},
		{log(5, 5), "4 6 8"},
	} {
		if c.got != c.want {
			t.Errorf("ticks %s, want %s", c.got, c.want)
		}
	}
}

// TestTickCounts wants two to eight ticks in order within every axis, at the place of their label.
func TestTickCounts(t *testing.T) {
	for k := range 4000 {
		lo := math.Sin(float64(k)) * math.Pow(10, float64(k%13-6))
		hi := lo + math.Pow(10, float64(k%17-8)+math.Cos(float64(k)))
		axes := []scale{linear(span{lo, hi}, room, false)}
		if lo > 0 {
			axes = append(axes, logarithmic(span{lo, hi}, room))
		}
		for _, a := range axes {
			if n := len(a.ticks); n < 2 || n > 8 {
				t.Errorf("log %v, %v to %v: ticks %s", a.log, lo, hi, labelsOf(a))
			}
			for i, tick := range a.ticks {
				if tick.at < a.lo-1e-9*(a.hi-a.lo) || tick.at > a.hi+1e-9*(a.hi-a.lo) ||
					i > 0 && (tick.at <= a.ticks[i-1].at || tick.label == a.ticks[i-1].label) {
					t.Errorf("log %v, %v to %v: tick %d of %s at %v", a.log, lo, hi, i, labelsOf(a), tick.at)
				}
			}
		}
	}
}

func TestThousands(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{count(0), "0"}, {count(999), "999"}, {count(1000), "1,000"}, {count(1234567), "1,234,567"},
		{decimal(-1234.5, 1), "−1,234.5"}, {decimal(-0.001, 2), "0.00"}, {decimal(-100, 0), "−100"},
		{rounded(950), "950"}, {rounded(999_499), "999k"}, {rounded(999_500), "1M"}, {rounded(12_345),
			"12k"},
		{rounded(math.MaxInt32), "2G"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
