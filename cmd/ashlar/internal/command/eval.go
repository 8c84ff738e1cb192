package command

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/model"
)

const evalHelp = `
Measures a model on the rows of FILE, which has the target beside the columns that the model takes:
accuracy, macro F1, log loss, of two classes the area under the ROC curve, and the confusion matrix;
of values R2 and the errors in the units of the target. The baseline is what the most frequent class
or the mean of these rows would reach. R2 is NaN, null in JSON, where the target is the same in all rows.`

// evalResult is what eval prints as JSON.
type evalResult struct {
	Model     string            `json:"model"`
	File      string            `json:"file"`
	Target    string            `json:"target"`
	Metrics   map[string]number `json:"metrics"`
	Baseline  map[string]number `json:"baseline"`
	Classes   []string          `json:"classes,omitempty"`
	Confusion [][]int           `json:"confusion,omitempty"` // [class][what it was taken for]
}

func (a *app) eval() *cobra.Command {
	var s tableSettings
	var target string
	var asJSON bool
	c := &cobra.Command{
		Use:   "eval MODEL FILE",
		Short: "Measure a model on the rows of a file",
		Long:  evalHelp,
		Example: "ashlar eval flats.safetensors flats.csv\n" +
			"ashlar eval net.onnx test.csv --target species --json",
		Args: cobra.ExactArgs(2),
		RunE: a.runs(func(c *cobra.Command, args []string) error {
			if err := s.check(); err != nil {
				return err
			}
			for _, p := range []*string{&args[0], &args[1], &s.Labels} {
				var err error
				if *p, err = a.input(*p); err != nil {
					return err
				}
			}
			return withModel(args[0],
				func(m *model.Model[float32]) error { return evalModel(c, a, m, args, target, &s, asJSON) },
				func(m *model.Model[float64]) error { return evalModel(c, a, m, args, target, &s, asJSON) })
		}),
	}
	f := c.Flags()
	f.StringVarP(&target, "target", "t", "", "the `column` of the target, for a model that does not name it")
	f.StringVar(&s.Labels, "labels", "", "`file` with the target: one column of npy, IDX or CSV")
	s.flags(f, asTrained, asTrained)
	jsonFlag(f, &asJSON)
	return c
}

// evalModel measures a model on a file.
func evalModel[T kernels.Float](c *cobra.Command, a *app, m *model.Model[T], args []string, target string,
	s *tableSettings, asJSON bool) error {
	if err := s.recall(m.Text, c.Flags()); err != nil {
		return err
	}
	t, err := readFor(m, args[1], s)
	if err != nil {
		return err
	}
	targets := []string{target}
	if m.Prepare != nil && m.Prepare.Targets() != nil {
		targets = m.Prepare.Targets()
		if target != "" && target != strings.Join(targets, ",") {
			return usagef("--target is %q, but the model predicts %s", target, listed(targets))
		}
	}
	if s.Labels != "" && len(targets) == 1 && targets[0] != "" && t.Column(targets[0]) == nil {
		if t, err = calledTarget(t, targets[0]); err != nil {
			return err
		}
	}
	for _, name := range targets {
		if name == "" {
			return usageError{errNoTarget}
		}
		if t.Column(name) == nil {
			return usagef("%s has no target column %q", args[1], name)
		}
		if t, err = withTarget(t, name, "", a.Warn); err != nil {
			return err
		}
	}
	r, err := score(m, t, targets)
	if err != nil {
		return err
	}
	if r.figures[nRows] == 0 {
		return fmt.Errorf("no row of %s is of a class that the model knows: %s", args[1], listed(r.classes))
	}
	if unknown := t.Rows() - int(r.figures[nRows]); unknown > 0 {
		a.Warn("%d rows are of a class that the model does not know, and do not count", unknown)
	}
	if asJSON {
		return a.JSON(evalResult{a.name(args[0]), a.name(args[1]), strings.Join(targets, ","),
			r.json(), r.baseline().json(), r.classes, r.confusion})
	}
	a.Text("%s on %s, target %s", a.name(args[0]), a.name(args[1]), listed(targets))
	a.writeScores([]column{{"figure", r}})
	if r.confusion != nil {
		a.writeConfusion("", r)
	}
	return nil
}

// calledTarget gives the last column, that of --labels, the name of the target.
func calledTarget(t *data.Table, target string) (*data.Table, error) {
	columns := slices.Clone(t.Columns())
	last := *columns[len(columns)-1]
	last.Name = target
	columns[len(columns)-1] = &last
	return data.NewTable(columns...)
}

// readFor reads a table with the columns of a model in the kinds that it takes.
func readFor[T kernels.Float](m *model.Model[T], path string, s *tableSettings) (*data.Table, error) {
	kinds := map[string]data.Kind{}
	if m.Prepare != nil {
		for _, in := range m.Prepare.Inputs() {
			kinds[in.Name] = in.Kind
		}
	}
	return readKinds(path, s.Labels, s.options(), kinds)
}

// readKinds reads a table of which those columns that it has are to be of those kinds. Its first cells may
// look like others: a category of codes such as 1, 2 and A1 may have digits alone in another file.
func readKinds(path, labels string, o data.TableOptions, kinds map[string]data.Kind) (*data.Table, error) {
	t, err := readTable(path, labels, o)
	if err != nil {
		return nil, err
	}
	given := maps.Clone(o.Kinds)
	if given == nil {
		given = map[string]data.Kind{}
	}
	differs := false
	for _, c := range t.Columns() {
		if kind, is := kinds[c.Name]; is {
			given[c.Name] = kind
			differs = differs || c.Kind != kind
		}
	}
	if !differs {
		return t, nil
	}
	o.Kinds = given
	return readTable(path, labels, o) // its errors name the line and the column
}
