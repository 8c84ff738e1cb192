package plot

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/internal/size"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/train"
)

// ROC draws how many of the positive samples a threshold on the scores finds (the true positive
// rate) over how many of the negative ones it takes for positive (the false positive rate), for
// every threshold. The legend has the area under the curve, [train.AUC]. Guessing is the dotted
// diagonal.
//
// It returns an error if the lengths differ, without samples of either kind, and for a score that
// is NaN.
func ROC[T kernels.Float](scores []T, positive []bool) (*Figure, error) {
	c, auc, err := rocCurve(scores, positive)
	if err != nil {
		return nil, fmt.Errorf("plot: %w", err)
	}
	c.Name = fmt.Sprintf("AUC %.4f", auc)
	return rocFigure("ROC curve", []Curve{c})
}

// mostCurves is how many curves of classes one diagram has.
const mostCurves = 10

// ROCOfClasses draws the ROC curve of each class against all others, with the column of the class
// in the outputs as the score. names are those of the classes, nil for none. Rows of class
// [data.Ignored] do not count. A class that no row or every row has gets no curve. Of more than 10
// curves it draws those with the smallest areas.
//
// It returns an error if the shapes do not fit, for a row whose class is no column of the outputs,
// for an output that is NaN, and where no class has a curve.
func ROCOfClasses[T kernels.Float](outputs mat.Dense[T], classes []int, names []string) (*Figure, error) {
	if len(classes) != outputs.Rows {
		return nil, fmt.Errorf("plot: len(classes) = %d, want %d, one a row of the outputs",
			len(classes), outputs.Rows)
	}
	if !size.Fits(len(outputs.Data), outputs.Rows, outputs.Cols, outputs.Stride) {
		return nil, fmt.Errorf("plot: the outputs are %dx%d with stride %d, which does not fit their %d elements",
			outputs.Rows, outputs.Cols, outputs.Stride, len(outputs.Data))
	}
	if names != nil && len(names) != outputs.Cols {
		return nil, fmt.Errorf("plot: len(names) = %d, want %d, one a column of the outputs",
			len(names), outputs.Cols)
	}
	for i, c := range classes {
		if c != data.Ignored && (c < 0 || c >= outputs.Cols) {
			return nil, fmt.Errorf("plot: classes[%d] = %d, want in [0, %d), or data.Ignored",
				i, c, outputs.Cols)
		}
	}
	type result struct {
		Curve
		auc float64
	}
	var all []result
	for c := range outputs.Cols {
		scores, positive := column(outputs, classes, c)
		curve, auc, err := rocCurve(scores, positive)
		if errors.Is(err, errOneKind) {
			continue
		} else if err != nil {
			return nil, fmt.Errorf("plot: class %d: %w", c, err)
		}
		curve.Name = fmt.Sprintf("%s: AUC %.4f", className(names, c), auc)
		all = append(all, result{curve, auc})
	}
	if len(all) == 0 {
		return nil, errors.New("plot: no class is that of some rows and not of others: no ROC curve to draw")
	}
	title := "ROC curves, each class against the others"
	if len(all) > mostCurves {
		title = fmt.Sprintf("ROC curves, the %d of %s classes with the smallest areas",
			mostCurves, count(len(all)))
		slices.SortStableFunc(all, func(a, b result) int { return cmp.Compare(a.auc, b.auc) })
		all = all[:mostCurves]
	}
	var curves []Curve
	for _, r := range all {
		curves = append(curves, r.Curve)
	}
	return rocFigure(title, curves)
}

// className is the name of class c, or its number.
func className(names []string, c int) string {
	if names == nil {
		return fmt.Sprintf("class %d", c)
	}
	return names[c]
}

// column returns a column of the outputs, and which of its rows are of class c, for the rows that
// have a class.
func column[T kernels.Float](outputs mat.Dense[T], classes []int, c int) (scores []T, positive []bool) {
	for i, class := range classes {
		if class != data.Ignored {
			scores, positive = append(scores, outputs.At(i, c)), append(positive, class == c)
		}
	}
	return scores, positive
}

var errOneKind = errors.New("the samples are all positive or all negative, want some of both kinds")

// rocCurve returns the curve from (0, 0) to (1, 1), in %, and its area.
func rocCurve[T kernels.Float](scores []T, positive []bool) (Curve, float64, error) {
	var c Curve
	if err := checkScores(scores, positive); err != nil {
		return c, 0, err
	}
	order := make([]int, len(scores))
	positives := 0
	for i := range order {
		order[i] = i
		if positive[i] {
			positives++
		}
	}
	negatives := len(scores) - positives
	if positives == 0 || negatives == 0 {
		return c, 0, errOneKind
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	found, alarms := 0, 0
	c.X, c.Y = []float64{0}, []float64{0}
	for i, k := range order {
		if positive[k] {
			found++
		} else {
			alarms++
		}
		if i+1 == len(order) || scores[order[i+1]] != scores[k] {
			c.X = append(c.X, 100*float64(alarms)/float64(negatives))
			c.Y = append(c.Y, 100*float64(found)/float64(positives))
		}
	}
	return c, train.AUC(scores, positive), nil
}

// checkScores wants as many scores as answers, and numbers.
func checkScores[T kernels.Float](scores []T, positive []bool) error {
	if len(positive) != len(scores) {
		return fmt.Errorf("len(positive) = %d, want %d, one a score", len(positive), len(scores))
	}
	for i, s := range scores {
		if s != s {
			return fmt.Errorf("score %d is NaN", i)
		}
	}
	return nil
}

func rocFigure(title string, curves []Curve) (*Figure, error) {
	p := Panel{Title: title, X: "false positive rate (%)", Y: "true positive rate (%)", Curves: curves}
	a, err := p.axes()
	if err != nil {
		return nil, fmt.Errorf("plot: %w", err)
	}
	a.square = true
	a.items = slices.Insert(a.items, 0, diagonal(0, 100))
	a.legend = append(a.legend, guideEntry("guessing"))
	return &Figure{panels: []panel{a}}, nil
}

// diagonal is a dotted line from (lo, lo) to (hi, hi).
func diagonal(lo, hi float64) item {
	return func(p pen, f frame) { p.line(guide(ink), f.point(lo, lo), f.point(hi, hi)) }
}

func guideEntry(name string) entry {
	return entry{name, lineSample(guide(ink))}
}
