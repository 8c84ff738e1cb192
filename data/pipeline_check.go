package data

import (
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
)

// mostFitted bounds the columns that come and go in a pipeline: each row costs time for each of them.
const mostFitted = 1 << 20

// prepare indexes levels and classes. The pipeline must have passed check.
func (f *Fitted) prepare() {
	for i := range f.operations {
		f.operations[i].prepare()
	}
	f.target.index = map[string]int{}
	for i, s := range f.target.classes {
		f.target.index[s] = i
	}
}

// check returns an error unless every operation finds a column of the kind that it needs, names are
// unique and numbers finite. It goes through the operations with the kinds of the columns.
func (f *Fitted) check() error {
	kinds, used := map[string]Kind{}, map[string]bool{}
	for i := range f.inputs {
		in := &f.inputs[i]
		if err := unique(used, in.Name); err != nil {
			return err
		}
		if in.Kind != KindNumber && in.Kind != KindCategory || in.Kind == KindNumber && in.Levels != nil {
			return fmt.Errorf("the input %.60q has the kind %v and %d levels, want a number or a category",
				in.Name, in.Kind, len(in.Levels))
		}
		if err := checkTexts(in.Levels, "level"); err != nil {
			return fmt.Errorf("the input %.60q: %w", in.Name, err)
		}
		kinds[in.Name] = in.Kind
	}
	for i := range f.operations {
		if err := f.operations[i].check(kinds, used); err != nil {
			return fmt.Errorf("operation %d (%v) on column %.60q: %w", i, f.operations[i].Kind,
				f.operations[i].Column, err)
		}
	}
	if len(used) > mostFitted {
		return fmt.Errorf("there are %d inputs and outputs, want at most %d", len(used), mostFitted)
	}
	if len(f.features) == 0 {
		return fmt.Errorf("there are no features, want at least 1")
	}
	seen := map[string]bool{}
	for _, name := range f.features {
		if kinds[name] != KindNumber || seen[name] {
			return fmt.Errorf("the feature %.60q is no column of numbers, or is there twice", name)
		}
		seen[name] = true
	}
	return f.target.check(used)
}

// unique adds a name to those that are used.
func unique(used map[string]bool, name string) error {
	switch {
	case used[name]:
		return fmt.Errorf("two columns have the name %.60q", name)
	case !utf8.ValidString(name):
		return fmt.Errorf("the name %.60q is not valid UTF-8", name)
	}
	used[name] = true
	return nil
}

// checkTexts returns an error unless texts are not empty, valid and all different.
func checkTexts(list []string, what string) error {
	seen := make(map[string]bool, len(list))
	for _, s := range list {
		if s == "" || seen[s] || !utf8.ValidString(s) {
			return fmt.Errorf("the %s %.60q is empty, there twice or not valid UTF-8", what, s)
		}
		seen[s] = true
	}
	return nil
}

// check checks one operation, and changes the kinds of the columns as it does.
func (o *Operation) check(kinds map[string]Kind, used map[string]bool) error {
	kind, outputs := KindNumber, 0
	switch o.Kind {
	case OpIndicator:
		kind, outputs = kinds[o.Column], 1
	case OpFillNumber, OpCategory, OpScale:
	case OpFillCategory, OpOrdinal:
		kind = KindCategory
	case OpOneHot:
		kind, outputs = KindCategory, len(o.Levels)
		if o.Unknown == UnknownOwn {
			outputs++
		}
	default:
		return fmt.Errorf("there is no such kind of operation")
	}
	if kinds[o.Column] == 0 || kinds[o.Column] != kind {
		return fmt.Errorf("want a column with the kind %v", kind)
	}
	if len(o.Outputs) != outputs {
		return fmt.Errorf("there are %d outputs, want %d", len(o.Outputs), outputs)
	}
	if err := o.checkFields(); err != nil {
		return err
	}
	for _, name := range o.Outputs {
		if err := unique(used, name); err != nil {
			return err
		}
		kinds[name] = KindNumber
	}
	switch o.Kind {
	case OpCategory:
		kinds[o.Column] = KindCategory
	case OpOrdinal:
		kinds[o.Column] = KindNumber
	case OpOneHot:
		delete(kinds, o.Column)
	}
	return nil
}

// checkFields checks what an operation was measured to be.
func (o *Operation) checkFields() error {
	finite := func(x ...float64) bool {
		return !slices.ContainsFunc(x, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) })
	}
	switch o.Kind {
	case OpFillNumber:
		if !finite(o.Number) {
			return fmt.Errorf("the value is %v, want a finite number", o.Number)
		}
	case OpFillCategory:
		return checkTexts([]string{o.Text}, "text")
	case OpOneHot, OpOrdinal:
		if len(o.Levels) == 0 || o.Unknown > UnknownOwn || o.Kind == OpOrdinal && o.Unknown == UnknownZeros {
			return fmt.Errorf("there are %d levels, and unknown ones have the policy %v", len(o.Levels),
				o.Unknown)
		}
		return checkTexts(o.Levels, "level")
	case OpScale:
		m, s := o.Mean, o.Std
		switch {
		case o.Scaling < ScaleStandard || o.Scaling > ScaleLog1p:
			return fmt.Errorf("there is no scaling %v", o.Scaling)
		case o.Scaling == ScaleStandard && !(finite(m.Hi, m.Lo, s.Hi, s.Lo) && s.Hi > 0 &&
			math.Abs(s.Lo) <= s.Hi && math.Abs(m.Lo) <= math.Abs(m.Hi) && goodExp(m.Exp) && goodExp(s.Exp)):
			return fmt.Errorf("the mean is %+v and the deviation %+v, want what Standardize returns", m, s)
		case o.Scaling == ScaleMinMax && !(finite(o.Min, o.Max) && o.Min <= o.Max):
			return fmt.Errorf("the range is %v to %v, want finite numbers in their order", o.Min, o.Max)
		}
	}
	return nil
}

// goodExp reports whether a Statistic can have the exponent.
func goodExp(e int) bool { return e == 0 || e == unitExp || e == -unitExp }

// check checks a fitted target. used has the names of all columns of the features.
func (t *fittedTarget) check(used map[string]bool) error {
	seen := map[string]bool{}
	for _, name := range t.columns {
		if used[name] {
			return fmt.Errorf("the target %.60q is an input or a feature too", name)
		}
		if err := unique(seen, name); err != nil {
			return fmt.Errorf("target: %w", err)
		}
	}
	if t.weight != "" && (used[t.weight] || seen[t.weight] || !utf8.ValidString(t.weight)) {
		return fmt.Errorf("the weight %.60q is an input, a feature or a target too, or not valid UTF-8",
			t.weight)
	}
	if t.classes != nil {
		return t.checkClasses()
	}
	if t.numbers || t.ignoreUnknown && len(t.columns) > 0 || len(t.columns) == 0 && len(t.scales) > 0 {
		return fmt.Errorf("the target has settings without columns, or of classes without classes")
	}
	for i := range t.scales {
		o := &t.scales[i]
		if want := t.columns[i*len(t.columns)/len(t.scales)]; o.Kind != OpScale || o.Column != want ||
			len(t.scales)%len(t.columns) != 0 {
			return fmt.Errorf("the targets have %d scales, want as many for each of %d", len(t.scales),
				len(t.columns))
		}
		if err := o.checkFields(); err != nil {
			return fmt.Errorf("target %.60q: %w", o.Column, err)
		}
	}
	return nil
}

func (t *fittedTarget) checkClasses() error {
	if len(t.columns) != 1 || len(t.scales) > 0 || len(t.classes) < 2 {
		return fmt.Errorf("there are %d classes, %d target columns and %d scales, want 2 or more, 1, none",
			len(t.classes), len(t.columns), len(t.scales))
	}
	for _, s := range t.classes {
		if _, ok := wholeNumber(s); t.numbers && !ok {
			return fmt.Errorf("the class %.60q is not the text of a whole number", s)
		}
	}
	return checkTexts(t.classes, "class")
}
