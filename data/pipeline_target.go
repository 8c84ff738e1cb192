package data

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Target says what is to be predicted: a class, or one or several values of a regression. A
// category or a text has classes, whose names are its levels. Numbers are the values of a
// regression, unless Classes is set. The zero Target predicts nothing: the pipeline then has
// features only.
type Target struct {
	Columns []string // one with classes, or one or several with values
	// Classes makes classes of a column of whole numbers, in their order. Their names are their
	// texts.
	Classes bool
	// Scale scales the values of a regression, one way after the other, as in
	// []Scaling{ScaleLog1p, ScaleStandard}. Unscale undoes it in predictions, so that errors are
	// measured in the units of the column.
	Scale []Scaling
	// IgnoreUnknown gives a row the label Ignored if its class is missing, or is none of the
	// training rows. Otherwise such a row is an error.
	IgnoreUnknown bool
	// Weight is the column of row weights, which are finite and not below 0; "" has none. The weights go
	// into the set and do not count in what Fit measures: it takes a row of weight 0 like any other, and
	// Table.Select leaves it out. A table without the column, after the fit, has the weights 1.
	Weight string
}

// has reports whether a column is a target or the weight.
func (t Target) has(column string) bool {
	return t.Weight != "" && t.Weight == column || slices.Contains(t.Columns, column)
}

// fittedTarget is what a target is after the fit.
type fittedTarget struct {
	columns       []string
	classes       []string // nil for a regression
	ignoreUnknown bool
	numbers       bool        // the classes are the texts of numbers
	scales        []Operation // of a regression
	weight        string

	index map[string]int // of classes
}

// fit measures the target on some rows.
func (t Target) fit(table *Table, rows []int) (f fittedTarget, err error) {
	if err := checkRows(table, rows); err != nil {
		return f, err
	}
	f.columns, f.ignoreUnknown = slices.Clone(t.Columns), t.IgnoreUnknown
	if f.weight = t.Weight; f.weight != "" {
		if slices.Contains(f.columns, f.weight) {
			return f, fmt.Errorf("data: column %q is a target and the weight", f.weight)
		}
		if _, err := weightsOf[float64](emptyFrame(table, rows), table, f.weight); err != nil {
			return f, err
		}
	}
	classes := t.Classes
	for i, name := range f.columns {
		c := table.Column(name)
		switch {
		case c == nil:
			return f, missingColumn(table, name)
		case slices.Contains(f.columns[:i], name):
			return f, fmt.Errorf("data: the target %q is named twice", name)
		}
		classes = classes || c.Kind != KindNumber
	}
	switch {
	case len(f.columns) == 0:
		if t.Classes || len(t.Scale) > 0 || t.IgnoreUnknown {
			err = errors.New("data: the target has settings and no columns")
		}
	case !classes:
		if t.IgnoreUnknown {
			return f, errors.New("data: IgnoreUnknown is for classes, and the target has values")
		}
		err = f.measureValues(table, rows, t.Scale)
	case len(f.columns) > 1:
		err = fmt.Errorf("data: there are %d target columns, want 1 with classes, or numbers in all",
			len(f.columns))
	case len(t.Scale) > 0:
		err = fmt.Errorf("data: the target %q has classes, and Scale is for values", f.columns[0])
	default:
		err = f.measureClasses(emptyFrame(table, rows), taken(table.Column(f.columns[0]), rows))
	}
	return f, err
}

// dropHint tells what to do about rows without a target.
const dropHint = "; Table.DropMissing leaves out such rows"

// measureClasses finds the names of the classes.
func (f *fittedTarget) measureClasses(fr *frame, c *Column) error {
	f.numbers = c.Kind == KindNumber
	values := map[string]float64{}
	for i := range fr.rows {
		text := categoryText(c, i)
		if text == "" {
			if !f.ignoreUnknown {
				return fr.cell(i, c.Name, "is missing, want a class"+dropHint)
			}
			continue
		}
		if f.numbers {
			if x := c.Numbers[i]; x != math.Trunc(x) || math.IsInf(x, 0) {
				return fr.cell(i, c.Name, "is %v, want a whole number as its class", x)
			}
			values[text] = c.Numbers[i]
		} else if _, ok := values[text]; !ok {
			values[text] = 0
		}
	}
	for text := range values {
		f.classes = append(f.classes, text)
	}
	slices.SortFunc(f.classes, func(a, b string) int {
		if values[a] != values[b] {
			return cmp.Compare(values[a], values[b])
		}
		return cmp.Compare(a, b)
	})
	if len(f.classes) < 2 {
		return fmt.Errorf("data: the training rows have %d classes in column %q, want at least 2",
			len(f.classes), c.Name)
	}
	return nil
}

// measureValues measures the scales of a regression.
func (f *fittedTarget) measureValues(t *Table, rows []int, scale []Scaling) error {
	fr := emptyFrame(t, rows)
	for _, name := range f.columns {
		c := taken(t.Column(name), rows)
		if err := fr.values(c); err != nil {
			return err
		}
		fr.put(c)
		for _, by := range scale {
			if c.Len() == 0 {
				break // newMeasuring reports it
			}
			o, err := measureScale(by, fr.column[name])
			if err == nil {
				err = o.run(fr)
			}
			if err != nil {
				return inStep("target: ", err)
			}
			f.scales = append(f.scales, o)
		}
	}
	return nil
}

// values returns an error unless all numbers are there and finite.
func (f *frame) values(c *Column) error {
	for i, x := range c.Numbers {
		if math.IsNaN(x) {
			return f.cell(i, c.Name, "is missing, want the value of the target"+dropHint)
		}
	}
	return f.finite(c)
}

// targets stores the targets and weights of some rows of a table in a set.
func targets[T Float](f *Fitted, t *Table, rows []int, set *Set[T]) (err error) {
	target := &f.target
	fr := emptyFrame(t, rows)
	if t.Column(target.weight) != nil {
		if set.Weights, err = weightsOf[T](fr, t, target.weight); err != nil {
			return err
		}
	}
	for _, name := range target.columns {
		if t.Column(name) == nil {
			return missingColumn(t, name)
		}
	}
	if target.classes != nil {
		return labels(target, fr, taken(t.Column(target.columns[0]), rows), set)
	}
	for _, name := range target.columns {
		c, err := fr.as(taken(t.Column(name), rows), &Column{Name: name, Kind: KindNumber})
		if err != nil {
			return err
		}
		if err := fr.values(c); err != nil {
			return err
		}
		fr.put(c)
	}
	for i := range target.scales {
		if err := target.scales[i].run(fr); err != nil {
			return err
		}
	}
	set.Outputs = len(target.columns)
	set.Values, err = rounded[T](fr, target.columns)
	return err
}

// labels stores the classes of the rows.
func labels[T Float](target *fittedTarget, fr *frame, c *Column, set *Set[T]) error {
	set.Classes, set.Y = len(target.classes), make([]int, fr.rows)
	if !target.numbers {
		var err error
		if c, err = fr.asLevels(c, target.classes); err != nil {
			return err
		}
	}
	for i := range set.Y {
		text := categoryText(c, i)
		if target.numbers && c.Kind != KindNumber {
			if x, err := number[float64](text); err == nil { // "01" and "1.0" are class 1
				text = numberText(x + 0) // -0 + 0 is 0
			}
		}
		k, ok := target.index[text]
		switch {
		case ok:
			set.Y[i] = k
		case target.ignoreUnknown:
			set.Y[i] = Ignored
		case text == "":
			return fr.cell(i, c.Name, "is missing, want a class"+dropHint)
		default:
			return fr.cell(i, c.Name, "is %s, which is no class of the training rows, want %s", quoted(text),
				few(quotedAll(target.classes)))
		}
	}
	return nil
}

// weightsOf returns the weights of the rows of a frame.
func weightsOf[T Float](fr *frame, t *Table, name string) ([]T, error) {
	c := t.Column(name)
	if c == nil {
		return nil, missingColumn(t, name)
	}
	c, err := fr.as(taken(c, fr.origin), &Column{Name: name, Kind: KindNumber})
	if err != nil {
		return nil, err
	}
	weights := make([]T, fr.rows)
	for i, w := range c.Numbers {
		if weights[i] = T(w); !(w >= 0) || math.IsInf(float64(weights[i]), 0) {
			return nil, fr.cell(i, name, "is %v, want a finite weight from 0 up", w)
		}
	}
	return weights, nil
}

// Unscale turns predictions of scaled targets, row-major with one column a target, into the units
// of the raw columns, in place. It computes in float64 and rounds to T. Predictions of classes and
// of targets without a scale stay as they are. A prediction beyond the range of an exponential gives
// an infinity.
//
// Unscale panics unless the length of y is a multiple of the number of targets.
func Unscale[T Float](f *Fitted, y []T) {
	if f == nil {
		panic(errNotFitted)
	}
	outputs := len(f.target.columns)
	if f.target.classes != nil || len(f.target.scales) == 0 {
		return
	}
	if len(y)%outputs != 0 {
		panic(fmt.Errorf("data.Unscale: len(y) = %d, want a multiple of %d targets", len(y), outputs))
	}
	each := len(f.target.scales) / outputs // the scales come target by target
	for i, v := range y {
		x := float64(v)
		k := i % outputs
		for _, o := range slices.Backward(f.target.scales[k*each : (k+1)*each]) {
			x = o.unscale(x)
		}
		y[i] = T(x)
	}
}

// wholeNumber returns the number whose text is a class.
func wholeNumber(class string) (float64, bool) {
	x, err := strconv.ParseFloat(class, 64)
	return x, err == nil && x == math.Trunc(x) && numberText(x) == class
}
