package command

import (
	"fmt"
	"slices"

	"github.com/ashlar-go/ashlar/cmd/ashlar/internal/console"
	"github.com/ashlar-go/ashlar/data"
)

// dataset is the rows of a training, split and prepared.
type dataset struct {
	rows    int    // of the file
	columns string // of the file, for people; the table itself would stay in memory
	target  string
	classes bool // the target has classes
	plan    data.Pipeline
	fitted  *data.Fitted

	training, validation, test part
}

// part is some of the rows; of those of a part that there is not, table is nil.
type part struct {
	table *data.Table
	set   *data.Set[float32]
}

// load reads, splits and prepares the rows. warn is told what a user should know.
func (s *settings) load(path string, warn func(format string, args ...any)) (*dataset, error) {
	t, err := readTable(path, s.Table.Labels, s.Table.options())
	if err != nil {
		return nil, err
	}
	d := &dataset{rows: t.Rows(), columns: t.String()}
	if d.target, err = s.target(t); err != nil {
		return nil, err
	}
	if len(s.Table.Drop) > 0 {
		if slices.Contains(s.Table.Drop, d.target) {
			return nil, usagef("--drop leaves out the target %q", d.target)
		}
		if t, err = t.Drop(s.Table.Drop...); err != nil {
			return nil, usageError{err}
		}
	}
	if t, err = withTarget(t, d.target, "", warn); err != nil {
		return nil, err
	}
	if err := constant(t, d.target, ""); err != nil {
		return nil, err
	}
	if err := d.split(s, t, warn); err != nil {
		return nil, err
	}
	return d, d.prepare(s, warn)
}

// target returns the name of the target column.
func (s *settings) target(t *data.Table) (string, error) {
	columns := t.Columns()
	if len(columns) < 2 {
		return "", fmt.Errorf("the table has %d column, want at least one feature and the target",
			len(columns))
	}
	if s.Target == "" {
		return columns[len(columns)-1].Name, nil
	}
	if t.Column(s.Target) == nil {
		names := make([]string, len(columns))
		for i, c := range columns {
			names[i] = c.Name
		}
		return "", usagef("there is no column %q, want one of %s", s.Target, listed(names))
	}
	return s.Target, nil
}

// listed joins names, but not all of many.
func listed(names []string) string {
	const most = 12
	text := ""
	for i, n := range names[:min(most, len(names))] {
		if i > 0 {
			text += ", "
		}
		text += console.Cut(n, 40)
	}
	if len(names) > most {
		text += fmt.Sprintf(" and %d more", len(names)-most)
	}
	return text
}

// withTarget returns the rows that have a target. What it says begins with the text before.
func withTarget(t *data.Table, target, before string, warn func(string, ...any)) (*data.Table, error) {
	c := t.Column(target)
	var rows []int
	for i := range t.Rows() {
		if !c.IsMissing(i) {
			rows = append(rows, i)
		}
	}
	switch missing := t.Rows() - len(rows); {
	case len(rows) == 0:
		return nil, fmt.Errorf("%sno row has a value of the target %q", before, target)
	case missing > 0:
		warn("%s%d of %d rows have no value of %q and are left out", before, missing, t.Rows(), target)
		return t.Select(rows), nil
	}
	return t, nil
}

// split splits the rows into those of the training, the validation and the test. Classes are in
// proportion.
func (d *dataset) split(s *settings, t *data.Table, warn func(string, ...any)) (err error) {
	if d.classes, err = s.classes(t, d.target); err != nil {
		return err
	}
	if s.Train.Balance && !d.classes {
		return usagef("--balance gives each class the same weight, and the target %q has values", d.target)
	}
	rest := t
	if s.Split.TestFile != "" {
		if d.test.table, err = d.testFile(s, t, warn); err != nil {
			return err
		}
	} else if s.Split.Test > 0 {
		if d.test.table, rest, err = d.cut(rest, s.Split.Test, s.Seed); err != nil {
			return err
		}
	}
	if s.Split.Validation > 0 {
		fraction := s.Split.Validation * float64(t.Rows()) / float64(rest.Rows())
		if d.validation.table, rest, err = d.cut(rest, min(fraction, 1), s.Seed+1); err != nil {
			return err
		}
	}
	d.training.table = rest
	return nil
}

// testFile reads the rows of the file for the test that have a target. Categories of t, and the target, are of
// the same kind there.
func (d *dataset) testFile(s *settings, t *data.Table, warn func(string, ...any)) (*data.Table, error) {
	kinds, path := map[string]data.Kind{}, s.Split.TestFile
	for _, c := range t.Columns() {
		if c.Kind == data.KindCategory || c.Name == d.target {
			kinds[c.Name] = c.Kind
		}
	}
	test, err := readKinds(path, "", s.Table.options(), kinds)
	if err != nil {
		return nil, err
	}
	if test.Column(d.target) == nil {
		return nil, fmt.Errorf("%s has no column %q", path, d.target)
	}
	return withTarget(test, d.target, path+": ", warn)
}

// cut draws a fraction of the rows, at least one.
func (d *dataset) cut(t *data.Table, fraction float64, seed uint64) (first, rest *data.Table, err error) {
	if d.classes {
		first, rest, err = t.SplitStratified(d.target, fraction, seed)
		if err != nil && t.Column(d.target).Kind == data.KindNumber {
			err = fmt.Errorf("%w; --task values takes whole numbers for values", err)
		}
	} else {
		first, rest, err = t.Split(fraction, seed)
	}
	if err == nil && (first.Rows() == 0 || rest.Rows() == 0) {
		err = fmt.Errorf("%d rows are too few for training, validation and test: "+
			"lower --validation or --test, or give more rows", d.rows)
	}
	return first, rest, err
}

// classes reports whether the target has classes.
func (s *settings) classes(t *data.Table, target string) (bool, error) {
	c, numbers := t.Column(target), false
	if c.Kind == data.KindNumber {
		numbers = true
	}
	switch {
	case s.Task == "values" && !numbers:
		return false, usagef("--task values: the target %q is of %v, want numbers", target, c.Kind)
	case s.Task == "values":
		return false, nil
	case s.Task == "classes" || !numbers:
		return true, nil
	}
	return data.AutoPipeline(t, target).Target.Classes, nil
}

// prepare fits the pipeline to the training rows and applies it to all.
func (d *dataset) prepare(s *settings, warn func(string, ...any)) (err error) {
	if err := constant(d.training.table, d.target, "training "); err != nil {
		return err
	}
	d.plan = data.AutoPipeline(d.training.table, d.target)
	d.plan.Target = data.Target{Columns: []string{d.target}, Scale: []data.Scaling{data.ScaleStandard}}
	if d.classes {
		d.plan.Target = data.Target{Columns: []string{d.target}, IgnoreUnknown: true,
			Classes: d.training.table.Column(d.target).Kind == data.KindNumber}
	}
	if d.fitted, err = d.plan.Fit(d.training.table); err != nil {
		return err
	}
	for _, p := range []*part{&d.training, &d.validation, &d.test} {
		if p.table == nil {
			continue
		}
		p.set, err = data.Apply[float32](d.fitted, p.table)
		if err != nil && p == &d.test && s.Split.TestFile != "" {
			return inFile(s.Split.TestFile, err)
		}
		if err != nil {
			return err
		}
	}
	if set := d.test.set; d.classes && set != nil && !slices.ContainsFunc(set.Y, counts) {
		return fmt.Errorf("no test row is of a class that a training row has: %s", listed(d.fitted.Classes()))
	}
	d.warn(s.Train.Balance, warn)
	return nil
}

// constant returns an error if all rows have the same target.
func constant(t *data.Table, target, what string) error {
	c := t.Column(target)
	for i := range t.Rows() {
		if c.Text(i) != c.Text(0) {
			return nil
		}
	}
	return fmt.Errorf("the target %q is %s in all %d %srows: there is nothing to learn", target, c.Text(0),
		t.Rows(), what)
}

// counts reports whether a row is of a class that the training rows have.
func counts(class int) bool { return class != data.Ignored }

// uneven is how many times the rows of the rarest class the most frequent one may have.
const uneven = 20

// warn tells what may make a training or its figures worth little. balanced says that rare classes weigh
// more.
func (d *dataset) warn(balanced bool, warn func(string, ...any)) {
	if n := d.training.table.Rows(); n < 100 {
		warn("there are only %d rows to train on: the figures can change much with the seed", n)
	}
	if !d.classes {
		return
	}
	const few = 5
	var rare []string
	count := make([]int, d.training.set.Classes)
	for _, c := range d.training.set.Y {
		if c >= 0 {
			count[c]++
		}
	}
	for c, n := range count {
		if n < few {
			rare = append(rare, d.fitted.Classes()[c])
		}
	}
	if len(rare) > 0 {
		warn("fewer than %d training rows are of %s", few, listed(rare))
	} else if most, least := slices.Max(count), slices.Min(count); !balanced && most > uneven*least {
		name := d.fitted.Classes()
		warn("%d training rows are of %s and %d of %s, which will often be taken for another: --balance "+
			"gives each class the same weight", most, name[slices.Index(count, most)], least,
			name[slices.Index(count, least)])
	}
	d.validation.warn("validation", warn)
	d.test.warn("test", warn)
}

// warn tells how many rows do not count.
func (p *part) warn(name string, warn func(string, ...any)) {
	unknown := 0
	if p.set != nil {
		for _, c := range p.set.Y {
			if c == data.Ignored {
				unknown++
			}
		}
	}
	if unknown > 0 {
		warn("%d %s rows are of a class that no training row has, and do not count", unknown, name)
	}
}
