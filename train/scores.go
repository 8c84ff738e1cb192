package train

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/model"
)

// Scores are the figures of a whole model on rows of known target: of a regression in the units of
// the raw columns, of a classification by the names of the classes. Rows of weight 0 and of the label
// [data.Ignored] are left out; all others count alike. The mean of no rows is NaN.
type Scores struct {
	Rows int // that are not left out

	Targets []TargetScores // of a regression, one a target; nil in a classification

	Classes   []string  // the names of the classes, or their numbers; nil in a regression
	Confusion Confusion // a prediction of NaN is taken for no class
	Accuracy  float64   // NaN where a prediction is NaN, and in a regression
	// LogLoss is the mean of -log p, where p is the probability of the true class, in nats. It is
	// NaN where the outputs are no probabilities, and infinite where p is 0.
	LogLoss float64
	// AUC is the area under the ROC curve of class 1 among two classes, see the function [AUC]; NaN
	// for more classes.
	AUC float64
}

// TargetScores are the figures of one target of a regression, for predictions p of n values y, in the
// units of the raw column:
//
//	RMSE = sqrt(sum (y - p)^2 / n)
//	MAE  = sum |y - p| / n
//	R2   = 1 - sum (y - p)^2 / sum (y - mean y)^2
type TargetScores struct {
	Name          string
	RMSE, MAE, R2 float64
}

// EvaluateTable measures a whole model on the rows of a table with target columns. The model must
// have Prepare, which makes features and targets of the rows. [Evaluate] measures the loss, in the
// scaled units in which a net is trained.
func EvaluateTable[T kernels.Float](m *model.Model[T], t *data.Table) (*Scores, error) {
	switch {
	case m == nil:
		return nil, errors.New("train: there is no model to evaluate")
	case m.Prepare == nil:
		return nil, errors.New("train: the model has no Prepare, which makes features of raw rows: " +
			"EvaluateSet takes features as they are")
	}
	set, err := data.Apply[T](m.Prepare, t)
	if err != nil {
		return nil, err
	}
	return EvaluateSet(m, set)
}

// EvaluateSet is [EvaluateTable] on a set whose features and targets Prepare has made, or which the
// model takes as they are because it has no Prepare.
func EvaluateSet[T kernels.Float](m *model.Model[T], set *data.Set[T]) (*Scores, error) {
	if m == nil {
		return nil, errors.New("train: there is no model to evaluate")
	}
	if err := m.Check(); err != nil {
		return nil, fmt.Errorf("train: the model: %w", err)
	}
	if err := checkSet(m.Net, set, evaluated, "set"); err != nil {
		return nil, err
	}
	if set.Regression() != (m.Output == model.OutputValues) {
		return nil, errors.New("train: of the model and the set, one is for a regression and one is not")
	}
	set = weighty(set, nil)
	y, err := Outputs(m.Net, set, evaluated)
	if set.Rows == 0 {
		y, err = mat.New[T](0, 1), nil
	}
	if err != nil {
		return nil, err
	}
	if set.Regression() {
		return scoresOfValues(m, set, y), nil
	}
	return scoresOfClasses(m, set, y), nil
}

// evaluated is how many rows are predicted at once.
const evaluated = 256

// scoresOfValues compares outputs y with the values of a set, in raw units.
func scoresOfValues[T kernels.Float](m *model.Model[T], set *data.Set[T], y mat.Dense[T]) *Scores {
	var names []string
	if m.Prepare != nil {
		names = m.Prepare.Targets()
	}
	raw := func(x []T) []float64 {
		list := make([]float64, len(x))
		for i, v := range x {
			list[i] = float64(v)
		}
		if names != nil {
			data.Unscale(m.Prepare, list)
		}
		return list
	}
	s := &Scores{Rows: set.Rows, Accuracy: math.NaN(), LogLoss: math.NaN(), AUC: math.NaN()}
	p, want := make([][]float64, set.Outputs), make([][]float64, set.Outputs)
	for i := range set.Rows {
		a, b := raw(y.Row(i)), raw(set.Target(i))
		for k := range p {
			p[k], want[k] = append(p[k], a[k]), append(want[k], b[k])
		}
	}
	for k := range p {
		name := "target " + strconv.Itoa(k)
		if names != nil {
			name = names[k]
		} else if set.Outputs == 1 {
			name = "target"
		}
		s.Targets = append(s.Targets, scoresOfTarget(name, p[k], want[k]))
	}
	return s
}

func scoresOfTarget(name string, p, y []float64) TargetScores {
	n, shares := float64(len(y)), 0.0
	for i, v := range y {
		shares += math.Abs(v-p[i]) / n
	}
	s := TargetScores{Name: name, RMSE: distance(p, y) / math.Sqrt(n), MAE: shares, R2: math.NaN()}
	if len(y) == 0 {
		s.MAE = math.NaN()
	} else {
		s.R2 = R2(mat.Of(len(p), 1, p), mat.Of(len(y), 1, y))
	}
	return s
}

// scoresOfClasses compares outputs y with the classes of a set.
func scoresOfClasses[T kernels.Float](m *model.Model[T], set *data.Set[T], y mat.Dense[T]) *Scores {
	classes := max(2, set.Classes)
	s := &Scores{Rows: set.Rows, Confusion: NewConfusion(classes), AUC: math.NaN()}
	s.Classes = m.Classes
	if s.Classes == nil && m.Prepare != nil {
		s.Classes = m.Prepare.Classes()
	}
	for c := len(s.Classes); c < classes; c++ {
		s.Classes = append(s.Classes, strconv.Itoa(c))
	}
	right, loss, numbers := 0, 0.0, true
	ranks, positive := make([]float64, set.Rows), make([]bool, set.Rows)
	for i := range set.Rows {
		row, class := y.Row(i), set.Y[i]
		// The logit ranks like the probability, which many rows may share once it rounds to 1.
		ranks[i], positive[i] = float64(row[len(row)-1]), class == 1
		if len(row) == 2 {
			ranks[i] -= float64(row[0])
		}
		p := m.Interpret(row)
		loss -= math.Log(p.Probabilities[class])
		if hasNaN(y.RowRange(i, i+1)) {
			numbers = false
			continue
		}
		s.Confusion[class][p.Index]++
		if p.Index == class {
			right++
		}
	}
	n := float64(set.Rows)
	s.Accuracy, s.LogLoss = float64(right)/n, loss/n
	if !numbers {
		s.Accuracy, s.LogLoss = math.NaN(), math.NaN()
	}
	if classes == 2 {
		s.AUC = AUC(ranks, positive)
	}
	return s
}

// Names returns the names of the figures in Values: "rmse", "mae" and "r2", each followed by the name
// of the target if there are several, or "accuracy", "macro_f1", "log_loss" and for two classes "auc".
func (s *Scores) Names() []string {
	if s.Targets == nil {
		names := []string{"accuracy", "macro_f1", "log_loss"}
		if len(s.Confusion) == 2 {
			names = append(names, "auc")
		}
		return names
	}
	var names []string
	for _, t := range s.Targets {
		for _, name := range []string{"rmse", "mae", "r2"} {
			if len(s.Targets) > 1 {
				name += " " + t.Name
			}
			names = append(names, name)
		}
	}
	return names
}

// Values returns the figures in the order of Names.
func (s *Scores) Values() []float64 {
	if s.Targets == nil {
		values := []float64{s.Accuracy, s.Confusion.MacroF1(), s.LogLoss}
		if len(s.Confusion) == 2 {
			values = append(values, s.AUC)
		}
		return values
	}
	var values []float64
	for _, t := range s.Targets {
		values = append(values, t.RMSE, t.MAE, t.R2)
	}
	return values
}

// Table returns the scores as text for a terminal of 80 columns: of a regression a line a target, of
// a classification the figures of all rows, a line a class, and the confusion matrix.
func (s *Scores) Table() string {
	var b strings.Builder
	if s.Targets != nil {
		fmt.Fprintf(&b, "%-*s %12s %12s %10s\n", nameWidth, "target", "RMSE", "MAE", "R2")
		for _, t := range s.Targets {
			fmt.Fprintf(&b, "%s %12s %12s %10s\n", padded(t.Name), short(t.RMSE), short(t.MAE), short(t.R2))
		}
		return b.String()
	}
	if len(s.Classes) != len(s.Confusion) {
		fail("Scores.Table", "Classes", len(s.Classes), len(s.Confusion), "len(Classes) = %d, want %d, one a row of "+
			"Confusion", len(s.Classes), len(s.Confusion))
	}
	lines := [][2]string{{"rows", strconv.Itoa(s.Rows)}, {"accuracy %", percent(s.Accuracy)},
		{"macro F1 %", percent(s.Confusion.MacroF1())}, {"log loss", short(s.LogLoss)}}
	if len(s.Confusion) == 2 {
		lines = append(lines, [2]string{"AUC", short(s.AUC)})
	}
	for _, line := range lines {
		fmt.Fprintf(&b, "%-*s %8s\n", nameWidth, line[0], line[1])
	}
	fmt.Fprintf(&b, "\n%-*s %8s %12s %10s %8s\n", nameWidth, "class", "rows", "precision %", "recall %",
		"F1 %")
	for c, name := range s.Classes {
		rows := 0
		for _, n := range s.Confusion[c] {
			rows += n
		}
		fmt.Fprintf(&b, "%s %8d %12s %10s %8s\n", padded(name), rows, percent(s.Confusion.Precision(c)),
			percent(s.Confusion.Recall(c)), percent(s.Confusion.F1(c)))
	}
	b.WriteString("\n" + s.Confusion.Table(s.Classes))
	return b.String()
}

// padded is a name, cut or filled to the width of a column.
func padded(name string) string {
	name = shortName(name)
	return name + strings.Repeat(" ", nameWidth-utf8.RuneCountInString(name))
}

// short is a number to four digits, "-" for NaN.
func short(x float64) string {
	if math.IsNaN(x) {
		return "-"
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}
