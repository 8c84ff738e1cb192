package plot

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/ashlar-go/ashlar/train"
)

// LearningCurves draws the history of a training over its epochs: the loss, the accuracy if there
// is one, and each of the metrics, in panels of their own. Figures of the training are solid,
// those of the validation dashed. Where there is a validation, a line marks the best epoch: the
// first with the lowest validation loss. The axis of the loss is logarithmic where the largest is
// more than ten times the smallest.
//
// It returns an error for an empty history, for epochs that do not follow each other, and where no
// loss is finite.
func LearningCurves(history []train.Epoch) (*Figure, error) {
	if len(history) == 0 {
		return nil, errors.New("plot: the history is empty, want at least one epoch")
	}
	for i := 1; i < len(history); i++ {
		if history[i].Epoch <= history[i-1].Epoch {
			return nil, fmt.Errorf("plot: history[%d] is epoch %d, want one after %d, the epoch before it",
				i, history[i].Epoch, history[i-1].Epoch)
		}
	}
	panels := learningPanels(history)
	f := &Figure{columns: 2}
	missing := false
	best := bestEpoch(history)
	for _, p := range panels {
		a, err := p.axes()
		if err != nil {
			return nil, fmt.Errorf("plot: the %s of the history: %w", p.Title, err)
		}
		if p.Y == rightAnswers {
			a.y.shares()
		}
		missing = missing || a.missing
		a.legend = nil
		if best > 0 {
			a.items = slices.Insert(a.items, 0, vertical(float64(best), guide(ink)))
		}
		f.panels = append(f.panels, a)
	}
	f.shared = learningLegend(panels[0].Curves, best, missing)
	return f, nil
}

const rightAnswers = "right answers (%)"

// learningPanels returns the panels that have values, and that of the loss in any case.
func learningPanels(history []train.Epoch) []Panel {
	over := func(name string, dashed bool, value func(train.Epoch) float64) Curve {
		c := Curve{Name: name, Dashed: dashed}
		for _, e := range history {
			c.X, c.Y = append(c.X, float64(e.Epoch)), append(c.Y, value(e))
		}
		return c
	}
	panels := []Panel{{Title: "loss", X: "epoch", Y: "mean loss", Curves: []Curve{
		over("training", false, train.TrainLoss), over("validation", true, train.ValidationLoss)}}}
	panels[0].Log = wide(panels[0].Curves)
	accuracy := Panel{Title: "accuracy", X: "epoch", Y: rightAnswers, Curves: []Curve{
		over("training", false, func(e train.Epoch) float64 { return 100 * e.Accuracy }),
		over("validation", true, func(e train.Epoch) float64 { return 100 * e.ValidationAccuracy })}}
	if anyFinite(accuracy.Curves[0].Y) || anyFinite(accuracy.Curves[1].Y) {
		panels = append(panels, accuracy)
	}
	for _, name := range metricNames(history) {
		// The first curve would be that of the training, and has its colour.
		p := Panel{Title: name, X: "epoch", Y: name, Curves: []Curve{{}, over("validation", true,
			train.MetricOf(name))}}
		if anyFinite(p.Curves[1].Y) {
			panels = append(panels, p)
		}
	}
	return panels
}

// learningLegend explains the curves that have values, the line of the best epoch unless it is 0,
// and the crosses if there are any.
func learningLegend(curves []Curve, best int, missing bool) []entry {
	var all []entry
	for i, c := range curves {
		if anyFinite(c.Y) {
			all = append(all, entry{c.Name, lookOf(i, c.Dashed).sample()})
		}
	}
	if best > 0 {
		all = append(all, entry{"best epoch: " + count(best), uprightSample(guide(ink))})
	}
	if missing {
		all = append(all, missingEntry(false))
	}
	return all
}

// metricNames are those of all epochs, sorted.
func metricNames(history []train.Epoch) []string {
	all := map[string]bool{}
	for _, e := range history {
		for name := range e.Metrics {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// bestEpoch is the first with the lowest validation loss, 0 where none is a number.
func bestEpoch(history []train.Epoch) int {
	best, lowest := 0, math.NaN()
	for _, e := range history {
		if v := e.ValidationLoss; v < lowest || math.IsNaN(lowest) && !math.IsNaN(v) {
			best, lowest = e.Epoch, v
		}
	}
	return best
}

// wide reports whether all finite values are positive and the largest is more than ten times the
// smallest.
func wide(curves []Curve) bool {
	s := newSpan()
	for _, c := range curves {
		for _, v := range c.Y {
			if math.Abs(v) <= beyond {
				s.add(v)
			}
		}
	}
	return s.lo >= 1/beyond && s.hi > 10*s.lo
}

func anyFinite(values []float64) bool {
	return slices.ContainsFunc(values, func(v float64) bool { return math.Abs(v) <= beyond })
}
