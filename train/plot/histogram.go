package plot

import (
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
)

// histogram counts values between edges.
type histogram struct{ edges, counts []float64 }

// axes returns the panel of a histogram.
func (h histogram) axes(title, xLabel string) *axes {
	last := len(h.edges) - 1
	a := &axes{title: title, xLabel: xLabel, yLabel: "samples", square: true,
		x: linear(span{h.edges[0], h.edges[last]}, room/2, false),
		y: linear(span{0, slices.Max(h.counts)}, 0, true)}
	a.y.hi += room * (a.y.hi - a.y.lo)
	a.items = []item{func(p pen, f frame) {
		for i, n := range h.counts {
			lo, hi := f.point(h.edges[i], 0), f.point(h.edges[i+1], n)
			if n > 0 {
				p.fill(palette[5], vg.Rectangle{Min: lo, Max: hi})
				p.line(stroke{color: palette[0], width: 0.7}, lo, xy(lo.X, hi.Y), hi, xy(hi.X, lo.Y))
			}
		}
	}}
	return a
}

// histogramOf counts values in bins of one width, which is 1, 2 or 5 times a power of ten. They are
// about as many as Rice's rule says, twice the cube root of the number of values, 5 to 40.
func histogramOf(v []float64) histogram {
	s := newSpan()
	for _, x := range v {
		s.add(x)
	}
	size := math.Max(math.Abs(s.lo), math.Abs(s.hi))
	if s.hi-s.lo <= 1e-10*size || size < 1/beyond { // equal, but for rounding: one bin about them
		half := size / 20
		if size < 1/beyond {
			half = 0.5
		}
		return histogram{edges: []float64{s.lo - half, s.hi + half}, counts: []float64{float64(len(v))}}
	}
	bins := math.Min(math.Max(2*math.Cbrt(float64(len(v))), 5), 40)
	step := niceStep((s.hi - s.lo) / bins)
	first := math.Floor(s.lo / step)
	n := max(1, int(math.Ceil(s.hi/step)-first))
	h := histogram{counts: make([]float64, n)}
	for i := range n + 1 {
		h.edges = append(h.edges, (first+float64(i))*step)
	}
	for _, x := range v {
		h.counts[min(max(int(math.Floor(x/step)-first), 0), n-1)]++
	}
	return h
}
