package command

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/train"
)

// scores are what a model is worth on some rows, in the units of the raw columns.
type scores struct {
	names     []string           // of the figures, in the order of a table
	figures   map[string]float64 // by name
	confusion train.Confusion    // of classes
	classes   []string

	truth  []float64 // of a regression with one target
	meanR2 float64   // R2 of the mean of the rows: 0, or NaN where no target varies
}

// baseline says how good it is to know nothing but the rows themselves: to take the most frequent class,
// or the mean.
const baseline = "baseline"

// The names of the figures, as people read them and as JSON has them.
const (
	nRows     = "rows"
	nAccuracy = "accuracy"
	nF1       = "macro F1"
	nAUC      = "AUC"
	nLogLoss  = "log loss"
	nR2       = "R2"
	nRMSE     = "RMSE"
	nMAE      = "MAE"
)

// jsonNames are the names in JSON.
var jsonNames = map[string]string{nRows: "rows", nAccuracy: "accuracy", nF1: "macro_f1", nAUC: "auc",
	nLogLoss: "log_loss", nR2: "r2", nRMSE: "rmse", nMAE: "mae"}

// json returns the figures by their names in JSON.
func (s *scores) json() map[string]number {
	list := map[string]number{}
	for name, v := range s.figures {
		list[jsonNames[name]] = number(v)
	}
	return list
}

// text returns a figure for a table.
func (s *scores) text(name string) string {
	switch v, is := s.figures[name]; {
	case !is:
		return ""
	case name == nRows:
		return fmt.Sprintf("%.0f", v)
	case name == nAccuracy:
		return fmt.Sprintf("%.2f %%", 100*v)
	case name == nRMSE || name == nMAE:
		return figure(v)
	default:
		return fmt.Sprintf("%.4f", v)
	}
}

// figure returns a number with five digits that count, without an exponent as far as people read it so.
func figure(v float64) string {
	text := strconv.FormatFloat(v, 'g', 5, 64)
	if short, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(short) < 1e12 &&
		math.Abs(short) >= 1e-4 {
		return strconv.FormatFloat(short, 'f', -1, 64)
	}
	return text
}

// score measures a model on the rows of a table, which has the targets.
func score[T kernels.Float](m *model.Model[T], t *data.Table, targets []string) (*scores, error) {
	features := t
	if m.Prepare == nil {
		var err error
		if features, err = t.Drop(targets...); err != nil {
			return nil, err
		}
	}
	list, err := m.PredictTable(features)
	if err != nil {
		return nil, err
	}
	if m.Output == model.OutputValues {
		truth, err := truthValues(t, targets)
		if err != nil {
			return nil, err
		}
		if len(list) > 0 && len(list[0].Values) != len(targets) {
			return nil, fmt.Errorf("the model predicts %d values, and there are %d targets",
				len(list[0].Values),
				len(targets))
		}
		return scoreValues(list, truth), nil
	}
	truth, err := truthClasses(m, t, targets)
	if err != nil {
		return nil, err
	}
	return scoreClasses(list, truth, classesOf(m)), nil
}

// errNoTarget is the error of a model that does not know what its target is called.
var errNoTarget = errors.New("the model does not name its target: give the column with --target")

// truthValues returns the targets of the rows in their own units.
func truthValues(t *data.Table, targets []string) ([][]float64, error) {
	rows := make([][]float64, t.Rows())
	for _, name := range targets {
		c := t.Column(name)
		if c == nil {
			return nil, fmt.Errorf("there is no target column %q", name)
		}
		if c.Kind != data.KindNumber {
			return nil, fmt.Errorf("the target column %q is of kind %v, want numbers", name, c.Kind)
		}
		for i, v := range c.Numbers {
			rows[i] = append(rows[i], v)
		}
	}
	return rows, nil
}

// truthClasses returns the classes of the rows, data.Ignored where the model does not know it.
func truthClasses[T kernels.Float](m *model.Model[T], t *data.Table, targets []string) ([]int, error) {
	if m.Prepare != nil && m.Prepare.Targets() != nil {
		set, err := data.Apply[T](m.Prepare, t)
		if err != nil {
			return nil, err
		}
		return set.Y, nil
	}
	c := t.Column(targets[0])
	index := map[string]int{}
	for i, name := range classesOf(m) {
		index[name] = i
	}
	truth := make([]int, t.Rows())
	for i := range truth {
		var is bool
		if truth[i], is = index[c.Text(i)]; !is {
			truth[i] = data.Ignored
		}
	}
	return truth, nil
}

func scoreClasses(list []model.Prediction, truth []int, names []string) *scores {
	s := &scores{names: []string{nRows, nAccuracy, nF1, nLogLoss}, classes: names,
		confusion: train.NewConfusion(len(names))}
	var hits, loss float64
	var guesses, classes []int
	var second []float64
	var positive []bool
	count := make([]int, len(names))
	for i, p := range list {
		c := truth[i]
		if c == data.Ignored {
			continue
		}
		count[c]++
		guesses, classes = append(guesses, p.Index), append(classes, c)
		if p.Index == c {
			hits++
		}
		loss -= math.Log(max(p.Probabilities[c], math.SmallestNonzeroFloat32))
		second, positive = append(second, p.Probabilities[1]), append(positive, c == 1)
	}
	n := float64(len(classes))
	s.confusion.Add(classes, guesses)
	s.figures = map[string]float64{nRows: n, nAccuracy: hits / n, nF1: s.confusion.MacroF1(),
		nLogLoss: loss / n}
	if len(names) == 2 {
		s.names = append(s.names, nAUC)
		s.figures[nAUC] = train.AUC(second, positive)
	}
	return s
}

func scoreValues(list []model.Prediction, truth [][]float64) *scores {
	s := &scores{names: []string{nRows, nR2, nRMSE, nMAE}}
	outputs := 0
	if len(truth) > 0 {
		outputs = len(truth[0])
	}
	n := len(list) * outputs
	guesses, values := make([]float64, 0, n), make([]float64, 0, n)
	for i, p := range list {
		for j, y := range truth[i] {
			guesses, values = append(guesses, p.Values[j]), append(values, y)
		}
	}
	if outputs == 1 {
		s.truth = values
	}
	y := mat.Of(len(list), outputs, values)
	s.figures = map[string]float64{nRows: float64(len(list)), nR2: train.R2(mat.Of(len(list), outputs, guesses), y)}
	s.figures[nRMSE], s.figures[nMAE] = errorSizes(func(i int) float64 { return guesses[i] - values[i] }, n)
	s.meanR2 = train.R2(y, y) - 1
	return s
}

// errorSizes returns the root of the mean square of n errors and the mean of their sizes. A power of two keeps
// squares and sums from overflow, and squares from 0, in any units.
func errorSizes(e func(i int) float64, n int) (rms, mean float64) {
	largest := 0.0
	for i := range n {
		largest = max(largest, math.Abs(e(i)))
	}
	_, exponent := math.Frexp(largest)
	for i := range n {
		size := math.Ldexp(math.Abs(e(i)), -exponent)
		rms += size * size
		mean += size
	}
	return math.Ldexp(math.Sqrt(rms/float64(n)), exponent), math.Ldexp(mean/float64(n), exponent)
}

// baseline returns the figures of a guess that is the same for every row: the most frequent class of
// these rows, or their mean.
func (s *scores) baseline() *scores {
	b := &scores{names: s.names, figures: map[string]float64{nRows: s.figures[nRows]}}
	if s.confusion != nil {
		most := 0
		for _, row := range s.confusion {
			of := 0
			for _, n := range row {
				of += n
			}
			most = max(most, of)
		}
		b.figures[nAccuracy] = float64(most) / s.figures[nRows]
		return b
	}
	b.figures[nR2] = s.meanR2
	if s.truth == nil {
		return b
	}
	mean := 0.0
	for _, y := range s.truth {
		mean += y / float64(len(s.truth))
	}
	b.figures[nRMSE], b.figures[nMAE] = errorSizes(func(i int) float64 { return s.truth[i] - mean }, len(s.truth))
	return b
}

// column is a column of a table of scores.
type column struct {
	name string
	*scores
}

// writeScores writes a table with a column for each part of the rows and one for the baseline of the
// last.
func (a *app) writeScores(columns []column) {
	last := columns[len(columns)-1].scores
	columns = append(columns, column{baseline, last.baseline()})
	head := []string{""}
	for _, c := range columns {
		head = append(head, c.name)
	}
	t := a.Table(1, head...)
	for _, name := range last.names {
		row := []string{name}
		for _, c := range columns {
			row = append(row, c.text(name))
		}
		t.Row(row...)
	}
	t.Write()
}
