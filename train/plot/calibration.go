package plot

import (
	"errors"
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/kernels"
)

// Calibration draws how often samples are positive over the probabilities that were predicted for
// them, in ten bins of equal width, beside how many samples have such a probability. Where the
// probabilities are honest the points are on the diagonal. The legend has the expected
// calibration error (Naeini, Cooper and Hauskrecht, 2015),
//
//	ECE = sum over the bins of n/N |share of positives - mean probability|
//
// It returns an error if the lengths differ, without samples, and for a probability outside [0, 1].
func Calibration[T kernels.Float](probabilities []T, positive []bool) (*Figure, error) {
	const bins = 10
	if err := checkScores(probabilities, positive); err != nil {
		return nil, fmt.Errorf("plot: %w", err)
	}
	if len(probabilities) == 0 {
		return nil, errors.New("plot: no probabilities, want at least one")
	}
	var n, sum, hits [bins]float64
	for i, p := range probabilities {
		if !(p >= 0 && p <= 1) {
			return nil, fmt.Errorf("plot: probability %d is %v, want 0 to 1", i, p)
		}
		b := min(int(p*bins), bins-1)
		n[b]++
		sum[b] += float64(p)
		if positive[i] {
			hits[b]++
		}
	}
	c := Curve{}
	ece := 0.0
	h := histogram{edges: []float64{0}}
	for b := range bins {
		h.edges, h.counts = append(h.edges, 100*float64(b+1)/bins), append(h.counts, n[b])
		if n[b] > 0 {
			c.X, c.Y = append(c.X, 100*sum[b]/n[b]), append(c.Y, 100*hits[b]/n[b])
			ece += math.Abs(hits[b]-sum[b]) / float64(len(probabilities))
		}
	}
	c.Name = fmt.Sprintf("ECE %.2f %%", 100*ece)
	a := &axes{title: "calibration", xLabel: "predicted probability (%)", yLabel: "share of positives (%)",
		square: true, x: linear(span{0, 100}, room/2, false), y: linear(span{0, 100}, room, false)}
	one := curve{Curve: c, look: lookOf(0, false)}
	one.split(&a.x, &a.y)
	a.items = []item{diagonal(0, 100), func(p pen, f frame) { drawCurves(p, f, []curve{one}) }}
	a.legend = []entry{{c.Name, one.look.sample()}, guideEntry("honest")}
	samples := h.axes("predicted probabilities", a.xLabel)
	return &Figure{columns: 2, panels: []panel{a, samples}}, nil
}
