package command

import (
	"fmt"
	"math"
	"strings"

	"github.com/ashlar-go/ashlar/cmd/ashlar/internal/console"
	"github.com/ashlar-go/ashlar/layer"
)

// writeData prints what was inferred about the columns.
func (a *app) writeData(path string, d *dataset) {
	if a.quiet {
		return
	}
	a.Text("%s", path)
	a.Printf("%s", d.columns)
	a.Heading("Preparation, measured on the training rows alone")
	a.Printf("%s", d.plan.String())
}

// writePlan prints the parts of the rows, the net and how it will be trained.
func (a *app) writePlan(s *settings, d *dataset, net *layer.Sequential[float32]) {
	if a.quiet {
		return
	}
	a.Heading("Training")
	kind := "values"
	if d.classes {
		kind = fmt.Sprintf("%d classes: %s", len(d.fitted.Classes()), listed(d.fitted.Classes()))
	}
	rows := fmt.Sprintf("%d for training", d.training.table.Rows())
	if d.validation.table != nil {
		rows += fmt.Sprintf(", %d for validation", d.validation.table.Rows())
	}
	if d.test.table != nil {
		rows += fmt.Sprintf(", %d for the test", d.test.table.Rows())
	}
	t := &s.Train
	how := fmt.Sprintf("%s, rate %g, %s, batch %d, at most %d epochs, seed %d", t.Optimizer, t.rate(),
		t.Schedule, t.batch(d.training.set.Rows), t.Epochs, s.Seed)
	a.Fields("target", d.target+", "+kind, "rows", rows, "net", netText(s, d, net), "by", how)
	a.Printf("\n")
}

// netText describes the net in a line.
func netText(s *settings, d *dataset, net *layer.Sequential[float32]) string {
	widths := []string{fmt.Sprint(len(d.fitted.Features()))}
	for _, n := range s.Net.hidden(d.training.set.Rows) {
		widths = append(widths, fmt.Sprint(n))
	}
	widths = append(widths, fmt.Sprint(max(1, len(d.fitted.Classes()))))
	text := strings.Join(widths, "-")
	if len(widths) > 2 {
		text += ", " + s.Net.Activation
		if s.Net.BatchNorm {
			text += ", batch normalisation"
		}
		if rate := s.Net.dropout(d.training.set.Rows); rate > 0 {
			text += fmt.Sprintf(", dropout %g", rate)
		}
	}
	return text + fmt.Sprintf(", %d weights", weights(net))
}

// writeResult prints what was learnt.
func (a *app) writeResult(s *settings, r *trained, columns []column, last column, files trainFiles) {
	a.warnResult(s, r, columns)
	if a.quiet {
		return
	}
	end := fmt.Sprintf("%d epochs in %s; the model is that of epoch %d", len(r.history),
		secondsText(r.seconds), r.best)
	if r.interrupted {
		end = "interrupted after " + end
	}
	a.Text("%s", end)
	a.Heading("Metrics")
	a.writeScores(columns)
	if last.confusion != nil {
		a.writeConfusion(last.name, last.scores)
	}
	a.Heading("Files")
	a.Fields("model", files.Model, "history", files.History, "curves", files.Curves)
	a.Printf("\n")
	a.Text("Next: ashlar predict %s NEW.csv", files.Model)
}

// writeConfusion prints what the classes of some rows were taken for.
func (a *app) writeConfusion(name string, s *scores) {
	if name != "" {
		name += " "
	}
	a.Heading("Classes of the " + name + "rows, and what they were taken for")
	names, numbers := make([]string, len(s.classes)), true
	for i, n := range s.classes {
		names[i] = console.Printable(n)
		numbers = numbers && n == fmt.Sprint(i)
	}
	if numbers {
		names = nil // the table numbers the classes itself
	}
	a.Printf("%s", s.confusion.Table(names))
}

// warnResult tells what a user might do better.
func (a *app) warnResult(s *settings, r *trained, columns []column) {
	if len(r.history) == s.Train.Epochs && r.best == s.Train.Epochs && !r.interrupted {
		a.Warn("the last epoch was the best: --epochs %d may give a better model", 2*s.Train.Epochs)
	}
	last := columns[len(columns)-1]
	if guess := last.baseline(); last.confusion != nil &&
		last.figures[nAccuracy] <= guess.figures[nAccuracy] {
		a.Warn("on the %s rows the model is no better than always taking the most frequent class", last.name)
	} else if last.confusion == nil && last.figures[nR2] <= 0 { // NaN compares nothing
		a.Warn("on the %s rows the model is no better than always taking the mean", last.name)
	}
	first := columns[0]
	if gap := first.figures[nAccuracy] - last.figures[nAccuracy]; gap > 0.1 {
		a.Warn("accuracy is %.0f %% on the training rows and %.0f %% on the %s rows: more rows, "+
			"a higher --dropout or a smaller net may help", 100*first.figures[nAccuracy],
			100*last.figures[nAccuracy], last.name)
	} else if gap := first.figures[nR2] - last.figures[nR2]; gap > 0.15 && last.figures[nR2] > 0 {
		a.Warn("R2 is %.2f on the training rows and %.2f on the %s rows: more rows, a higher --dropout "+
			"or a smaller net may help", first.figures[nR2], last.figures[nR2], last.name)
	}
}

// secondsText returns a time for reading.
func secondsText(s float64) string {
	switch {
	case s < 1:
		return fmt.Sprintf("%.0f ms", 1000*s)
	case s < 10:
		return fmt.Sprintf("%.1f s", s)
	case s < 120:
		return fmt.Sprintf("%.0f s", s)
	}
	return fmt.Sprintf("%.0f min %.0f s", math.Floor(s/60), math.Mod(s, 60))
}
