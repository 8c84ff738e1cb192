package plot

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/train"
)

// Residuals draws the values that a regression predicted over the true ones, and a histogram of the
// residuals, predicted - true. quantity is what was predicted, with its unit, such as "rent (EUR)";
// "" for none. The diagonal is where predictions are right. The legend has R2, [train.R2], and the
// root mean square and the mean of the residuals. Pairs in which a number is not finite, or beyond
// 1e150, are left out and counted.
//
// It returns an error if the lengths differ and where no pair is left.
func Residuals[T kernels.Float](predicted, truth []T, quantity string) (*Figure, error) {
	if len(predicted) != len(truth) {
		return nil, fmt.Errorf("plot: len(predicted) = %d, want %d, one for each true value",
			len(predicted), len(truth))
	}
	var p, y, rest []float64
	for i := range truth {
		a, b := float64(predicted[i]), float64(truth[i])
		if math.Abs(a) <= beyond && math.Abs(b) <= beyond {
			p, y, rest = append(p, a), append(y, b), append(rest, a-b)
		}
	}
	if len(p) == 0 {
		return nil, errors.New("plot: no pair of a predicted and a true value is finite")
	}
	if quantity == "" {
		quantity = "value"
	}
	all := newSpan()
	for i := range p {
		all.add(p[i])
		all.add(y[i])
	}
	a := &axes{title: "predicted and true", xLabel: "true " + quantity, yLabel: "predicted " + quantity,
		square: true, x: linear(all, room, false), y: linear(all, room, false)}
	a.items = []item{cloud(y, p), diagonal(all.lo, all.hi)}
	a.legend = []entry{{fmt.Sprintf("n = %s, R2 %s", count(len(p)), r2(p, y)),
		func(p pen, at vg.Point) { p.disc(palette[0], at, 2) }}, guideEntry("predicted = true")}
	if left := len(truth) - len(p); left > 0 {
		a.legend = append(a.legend, entry{count(left) + " left out: not finite", crossSample})
	}
	h := histogramOf(rest).axes("residuals", "predicted − true "+quantity)
	mean, square := moments(rest)
	meanLine := stroke{color: palette[1], width: 1.4}
	h.items = append(h.items, vertical(mean, meanLine))
	h.legend = []entry{{fmt.Sprintf("mean %.4g, root mean square %.4g", mean, square),
		uprightSample(meanLine)}}
	return &Figure{columns: 2, panels: []panel{a, h}}, nil
}

// r2 is R2 as text, "-" where the true values do not vary.
func r2(p, y []float64) string {
	v := train.R2(mat.Of(len(p), 1, p), mat.Of(len(y), 1, y))
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "-"
	}
	return fmt.Sprintf("%.4f", v)
}

// moments returns the mean and the root of the mean square.
func moments(v []float64) (mean, root float64) {
	n := float64(len(v))
	for _, x := range v {
		mean += x / n
		root = math.Hypot(root, x/math.Sqrt(n))
	}
	return mean, root
}

// cloud draws points that are half transparent. It merges those that fall into one square of
// 1.5 points, in the opacity that they would have over each other.
func cloud(x, y []float64) item {
	const size, opacity = 1.5, 0.45
	return func(p pen, f frame) {
		counts := map[cell]int{}
		for i := range x {
			at := f.point(x[i], y[i])
			counts[cellAt(xy(at.X/size, at.Y/size))]++
		}
		var cells []cell
		for c := range counts {
			cells = append(cells, c)
		}
		slices.SortFunc(cells, func(a, b cell) int { return (a.x-b.x)*(1<<16) + a.y - b.y })
		blue := palette[0].(color.RGBA)
		for _, c := range cells {
			alpha := 1 - math.Pow(1-opacity, float64(counts[c]))
			shade := color.NRGBA{R: blue.R, G: blue.G, B: blue.B, A: uint8(math.Round(255 * alpha))}
			p.disc(shade, xy((vg.Length(c.x)+0.5)*size, (vg.Length(c.y)+0.5)*size), 1.8)
		}
	}
}
