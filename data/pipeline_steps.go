package data

import (
	"fmt"
	"math"
	"slices"
	"sort"
)

// Choose keeps the columns that it names, in that order, and drops all others.
type Choose struct {
	Columns []string // names and selectors
	Reason  string   // why, for String alone
}

// Drop drops columns.
type Drop struct {
	Columns []string // names and selectors
	Reason  string   // why, for String alone
}

// Filling is what [Impute] fills missing values with.
type Filling uint8

const (
	FillMean         Filling = iota + 1 // the mean of the values that are there; numbers only
	FillMedian                          // their median, the mean of the middle two; numbers only
	FillMostFrequent                    // the most frequent value; of equally frequent ones the smallest
	FillValue                           // Value for numbers, Text for categories
)

// Impute fills missing values. All columns of a step are filled by its rule, also those in which no
// value of the training rows is missing, so that a new row may lack any of them.
type Impute struct {
	Columns []string // names and selectors, of numbers or categories
	By      Filling
	Value   float64 // FillValue of numbers, finite
	Text    string  // FillValue of categories, not empty
	// Indicator adds a column "name missing" with 1 where the value was missing, else 0, behind
	// each column in which one is missing in the training rows.
	Indicator bool
}

// AsCategory makes categories of numbers that are codes, such as postcodes, and of texts. The
// category of a number is its shortest decimal text.
type AsCategory struct {
	Columns []string // names and selectors, of numbers, texts or categories
}

// OneHot replaces a category by one column of 0 and 1 for each level of the training rows, in the
// order of sort.Strings. The columns are called "name=level", and the one of [UnknownOwn]
// "name=other". A name that exists already gets a number, as in "name=other 2".
type OneHot struct {
	Columns []string // names and selectors, of categories
	Unknown Unknown
}

// Ordinal replaces a category by the index of its level, 0 for the first. Levels sets the order;
// nil takes the levels of the training rows in the order of sort.Strings. The policy may not be
// [UnknownZeros], since 0 is the first level.
type Ordinal struct {
	Columns []string // names and selectors, of categories
	Levels  []string
	Unknown Unknown
}

// Scale scales numbers. Missing ones do not count and stay missing.
type Scale struct {
	Columns []string // names and selectors, of numbers
	By      Scaling
}

// measuring is the state of a fit.
type measuring struct {
	frame      *frame
	raw        []*Column          // inputs without values, in the order of the table
	texts      map[string]*Column // those of raw that are texts until a step makes categories of them
	names      map[string]bool    // of all columns that there are and were, targets and weights too
	target     Target
	operations []Operation
}

// newMeasuring returns a fit with the columns of a table that are neither targets nor weights.
func newMeasuring(t *Table, rows []int, target Target) (*measuring, error) {
	if err := checkRows(t, rows); err != nil {
		return nil, err
	}
	m := &measuring{frame: emptyFrame(t, rows), texts: map[string]*Column{}, names: map[string]bool{},
		target: target}
	m.frame.fit = true
	if m.frame.rows == 0 {
		return nil, fmt.Errorf("data: there are no rows to fit to, want at least 1")
	}
	for _, c := range t.Columns() {
		m.names[c.Name] = true
		switch {
		case c.Name == AllNumbers || c.Name == AllCategories || c.Name == AllTexts:
			return nil, fmt.Errorf("data: a column has the name %q, which selects columns", c.Name)
		case target.has(c.Name):
			continue
		}
		c = taken(c, rows)
		in := &Column{Name: c.Name, Kind: c.Kind}
		switch c.Kind {
		case KindCategory:
			in.Levels = levelsOf(c)
		case KindText:
			m.texts[c.Name] = in
		}
		m.raw = append(m.raw, in)
		m.frame.put(c)
	}
	return m, nil
}

// levelsOf returns the levels that occur, in the order of sort.Strings.
func levelsOf(c *Column) []string {
	occurs := make([]bool, len(c.Levels))
	for _, k := range c.Codes {
		if k != Missing {
			occurs[k] = true
		}
	}
	var levels []string
	for k, s := range c.Levels {
		if occurs[k] {
			levels = append(levels, s)
		}
	}
	sort.Strings(levels)
	return slices.Compact(levels)
}

// columns returns what names and selectors stand for. Columns of other kinds are an error.
func (m *measuring) columns(list []string, kinds ...Kind) (columns []*Column, err error) {
	if len(list) == 0 {
		return nil, fmt.Errorf("the step names no columns")
	}
	selectors := map[string]Kind{AllNumbers: KindNumber, AllCategories: KindCategory, AllTexts: KindText}
	seen := map[string]bool{}
	for _, name := range list {
		names := []string{name}
		if kind, ok := selectors[name]; ok {
			names = m.ofKind(kind)
		}
		for _, name := range names {
			c := m.frame.column[name]
			switch {
			case c == nil && m.target.has(name):
				return nil, fmt.Errorf("column %q is a target or the weight, which steps leave alone", name)
			case c == nil && m.names[name]:
				return nil, fmt.Errorf("column %q is no longer there, the columns are %s", name,
					few(quotedAll(m.frame.names)))
			case c == nil:
				return nil, fmt.Errorf("there is no column %q, the columns are %s", name,
					few(quotedAll(m.frame.names)))
			case seen[name]:
				return nil, fmt.Errorf("column %q is named twice", name)
			case kinds != nil && !slices.Contains(kinds, c.Kind):
				return nil, fmt.Errorf("column %q has the kind %v, want %v", name, c.Kind, kinds[0])
			}
			seen[name] = true
			if err := m.frame.finite(c); err != nil && kinds != nil {
				return nil, err
			}
			columns = append(columns, c)
		}
	}
	return columns, nil
}

// ofKind returns the names of the columns of a kind, without those that operations made.
func (m *measuring) ofKind(kind Kind) (names []string) {
	for _, name := range m.frame.names {
		if m.frame.column[name].Kind == kind && !m.frame.made[name] {
			names = append(names, name)
		}
	}
	return names
}

// newName returns a name that no column has or had.
func (m *measuring) newName(name string) string {
	unique := name
	for i := 2; m.names[unique]; i++ {
		unique = fmt.Sprintf("%s %d", name, i)
	}
	m.names[unique] = true
	return unique
}

// run runs operations and keeps them.
func (m *measuring) run(operations ...Operation) error {
	for _, o := range operations {
		o.prepare()
		if err := o.run(m.frame); err != nil {
			return err
		}
		m.operations = append(m.operations, o)
	}
	return nil
}

// used returns the operations that the features depend on, and the inputs that these read.
func (m *measuring) used(features []string) (operations []Operation, inputs []Column) {
	need := map[string]bool{}
	for _, name := range features {
		need[name] = true
	}
	for _, o := range slices.Backward(m.operations) {
		if len(o.Outputs) == 0 && !need[o.Column] {
			continue
		}
		if len(o.Outputs) > 0 && !slices.ContainsFunc(o.Outputs, func(s string) bool { return need[s] }) {
			continue
		}
		need[o.Column] = true
		operations = append(operations, o)
	}
	slices.Reverse(operations)
	for _, in := range m.raw {
		if need[in.Name] {
			inputs = append(inputs, *in)
		}
	}
	return operations, inputs
}

// complete returns an error unless every column has numbers alone.
func (m *measuring) complete() error {
	if len(m.frame.names) == 0 {
		return fmt.Errorf("data: the steps leave no column for a feature")
	}
	for _, name := range m.frame.names {
		switch c := m.frame.column[name]; c.Kind {
		case KindCategory:
			return fmt.Errorf("data: column %q is a category after the last step; add OneHot or Drop",
				name)
		case KindText:
			return fmt.Errorf("data: column %q has texts after the last step; add AsCategory or Drop", name)
		}
	}
	return m.frame.complete()
}

// complete returns an error unless all numbers are there and finite.
func (f *frame) complete() error {
	for _, name := range f.names {
		for i, x := range f.column[name].Numbers {
			if math.IsNaN(x) {
				return f.cell(i, name, "is missing, and no step of the pipeline fills it")
			}
		}
		if err := f.finite(f.column[name]); err != nil {
			return err
		}
	}
	return nil
}

func (s Choose) fit(m *measuring) error {
	columns, err := m.columns(s.Columns)
	if err != nil {
		return err
	}
	f := m.frame
	f.names, f.column = nil, map[string]*Column{}
	for _, c := range columns {
		f.put(c)
	}
	return nil
}

func (s Drop) fit(m *measuring) error {
	columns, err := m.columns(s.Columns)
	for _, c := range columns {
		m.frame.remove(c.Name)
	}
	return err
}

func (s Impute) fit(m *measuring) error {
	kinds := []Kind{KindNumber, KindCategory}
	switch s.By {
	case FillMean, FillMedian:
		kinds = kinds[:1]
	case FillMostFrequent:
	case FillValue:
		if math.IsNaN(s.Value) || math.IsInf(s.Value, 0) {
			return fmt.Errorf("the value is %v, want a finite number", s.Value)
		}
	default:
		return fmt.Errorf("the rule is %v, want FillMean, FillMedian, FillMostFrequent or FillValue", s.By)
	}
	columns, err := m.columns(s.Columns, kinds...)
	if err != nil {
		return err
	}
	for _, c := range columns {
		var operations []Operation
		if s.Indicator && c.MissingCount() > 0 {
			operations = append(operations, Operation{Kind: OpIndicator, Column: c.Name,
				Outputs: []string{m.newName(c.Name + " missing")}})
		}
		fill, err := s.measure(c)
		if err != nil {
			return err
		}
		if err := m.run(append(operations, fill)...); err != nil {
			return err
		}
	}
	return nil
}

// measure returns the operation that fills a column.
func (s Impute) measure(c *Column) (o Operation, err error) {
	o = Operation{Kind: OpFillNumber, Column: c.Name, Number: s.Value}
	if c.Kind == KindCategory {
		o = Operation{Kind: OpFillCategory, Column: c.Name, Text: s.Text}
	}
	if s.By == FillValue {
		if c.Kind == KindCategory && s.Text == "" {
			return o, fmt.Errorf("column %q is a category, and the text to fill it with is empty", c.Name)
		}
		return o, nil
	}
	if c.MissingCount() == c.Len() {
		return o, fmt.Errorf("column %q has no value in the training rows; drop it or fill it with a value",
			c.Name)
	}
	switch {
	case c.Kind == KindCategory:
		o.Text = mostFrequentLevel(c)
	case s.By == FillMean:
		mean, _ := Standardize(present(c))
		o.Number = mean[0].Float64()
	default:
		x := present(c).X
		slices.Sort(x)
		if o.Number = median(x); s.By == FillMostFrequent {
			o.Number = mostFrequent(x)
		}
	}
	return o, nil
}

// present returns the numbers that are not missing as a set with one feature.
func present(c *Column) *Set[float64] {
	s := &Set[float64]{Features: 1}
	for _, x := range c.Numbers {
		if !math.IsNaN(x) {
			s.X = append(s.X, x)
		}
	}
	s.Rows = len(s.X)
	return s
}

// median returns the median of sorted numbers.
func median(x []float64) float64 {
	a, b := x[(len(x)-1)/2], x[len(x)/2]
	if m := (a + b) / 2; !math.IsInf(m, 0) {
		return m
	}
	return a/2 + b/2
}

// mostFrequent returns the smallest of the most frequent of sorted numbers.
func mostFrequent(x []float64) float64 {
	best, most := x[0], 0
	for i := 0; i < len(x); {
		n := 1
		for i+n < len(x) && x[i+n] == x[i] {
			n++
		}
		if n > most {
			best, most = x[i], n
		}
		i += n
	}
	return best
}

// mostFrequentLevel returns the first, in the order of sort.Strings, of the most frequent levels.
func mostFrequentLevel(c *Column) string {
	count := map[string]int{}
	for _, k := range c.Codes {
		if k != Missing {
			count[c.Levels[k]]++
		}
	}
	best, most := "", 0
	for _, s := range levelsOf(c) {
		if count[s] > most {
			best, most = s, count[s]
		}
	}
	return best
}

func (s AsCategory) fit(m *measuring) error {
	columns, err := m.columns(s.Columns, KindCategory, KindNumber, KindText)
	if err != nil {
		return err
	}
	for _, c := range columns {
		switch c.Kind {
		case KindNumber:
			if err := m.run(Operation{Kind: OpCategory, Column: c.Name}); err != nil {
				return err
			}
		case KindText: // a raw column: the input is a category from now on
			n := asCategory(c)
			m.frame.put(n)
			in := m.texts[c.Name]
			in.Kind, in.Levels = KindCategory, n.Levels
		}
	}
	return nil
}

func (s OneHot) fit(m *measuring) error {
	if s.Unknown > UnknownOwn {
		return fmt.Errorf("the policy is %v, want UnknownError, UnknownZeros or UnknownOwn", s.Unknown)
	}
	columns, err := m.columns(s.Columns, KindCategory)
	if err != nil {
		return err
	}
	for _, c := range columns {
		o := Operation{Kind: OpOneHot, Column: c.Name, Levels: levelsOf(c), Unknown: s.Unknown}
		if len(o.Levels) == 0 {
			return fmt.Errorf("column %q has no value in the training rows", c.Name)
		}
		for _, level := range o.Levels {
			o.Outputs = append(o.Outputs, m.newName(c.Name+"="+level))
		}
		if s.Unknown == UnknownOwn {
			o.Outputs = append(o.Outputs, m.newName(c.Name+"=other"))
		}
		if err := m.run(o); err != nil {
			return err
		}
	}
	return nil
}

func (s Ordinal) fit(m *measuring) error {
	if s.Unknown != UnknownError && s.Unknown != UnknownOwn {
		return fmt.Errorf("the policy is %v, want UnknownError or UnknownOwn", s.Unknown)
	}
	columns, err := m.columns(s.Columns, KindCategory)
	if err != nil {
		return err
	}
	for _, c := range columns {
		o := Operation{Kind: OpOrdinal, Column: c.Name, Levels: slices.Clone(s.Levels), Unknown: s.Unknown}
		if o.Levels == nil {
			o.Levels = levelsOf(c)
		}
		if len(o.Levels) == 0 {
			return fmt.Errorf("column %q has no levels in the training rows", c.Name)
		}
		if err := m.run(o); err != nil {
			return err
		}
	}
	return nil
}

func (s Scale) fit(m *measuring) error {
	columns, err := m.columns(s.Columns, KindNumber)
	if err != nil {
		return err
	}
	for _, c := range columns {
		o, err := measureScale(s.By, c)
		if err != nil {
			return err
		}
		if err := m.run(o); err != nil {
			return err
		}
	}
	return nil
}

// measureScale returns the operation that scales a column of finite and missing numbers.
func measureScale(by Scaling, c *Column) (o Operation, err error) {
	o = Operation{Kind: OpScale, Column: c.Name, Scaling: by}
	set := present(c)
	switch {
	case by < ScaleStandard || by > ScaleLog1p:
		return o, fmt.Errorf("the scaling is %v, want ScaleStandard, ScaleMinMax, ScaleLog or ScaleLog1p",
			by)
	case set.Rows == 0:
		return o, fmt.Errorf("column %q has no value in the training rows", c.Name)
	case by == ScaleStandard:
		mean, std := Standardize(set)
		o.Mean, o.Std = mean[0], std[0]
	case by == ScaleMinMax:
		o.Min, o.Max = slices.Min(set.X)+0, slices.Max(set.X)+0
	}
	return o, nil
}
