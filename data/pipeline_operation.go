package data

import (
	"fmt"
	"math"
	"slices"
)

// OperationKind is what an [Operation] does.
type OperationKind uint8

const (
	// OpIndicator writes Outputs[0]: 1 where Column is missing, else 0. Column stays.
	OpIndicator OperationKind = iota + 1
	// OpFillNumber replaces missing numbers of Column by Number.
	OpFillNumber
	// OpFillCategory replaces missing categories of Column by Text.
	OpFillCategory
	// OpCategory replaces each number of Column by a category, the text that Column.Text has for
	// it: 3 by "3", 0.5 by "0.5". -0 becomes "0".
	OpCategory
	// OpOneHot replaces the category Column by Outputs, one for each of Levels: 1 where the category
	// is that level, else 0. With UnknownOwn there is one more output, for all that is no level.
	OpOneHot
	// OpOrdinal replaces each category of Column by its index in Levels, with UnknownOwn by
	// len(Levels) where it is no level.
	OpOrdinal
	// OpScale replaces each number of Column by the result of Scaling.
	OpScale
)

var operationNames = [...]string{OpIndicator: "indicator", OpFillNumber: "fill number",
	OpFillCategory: "fill category", OpCategory: "category", OpOneHot: "one-hot", OpOrdinal: "ordinal",
	OpScale: "scale"}

// String returns the name that JSON has for the kind.
func (k OperationKind) String() string { return nameOf(operationNames[:], k, "OperationKind") }

// Unknown says what becomes of a category that is no level of the training rows, and of a missing
// one that no step has filled.
type Unknown uint8

const (
	UnknownError Unknown = iota // an error that names row, column and category
	UnknownZeros                // OneHot: 0 in every column
	UnknownOwn                  // a level of its own behind the others
)

var unknownNames = [...]string{UnknownError: "error", UnknownZeros: "zeros", UnknownOwn: "own level"}

// String returns the name that JSON has for the policy.
func (u Unknown) String() string { return nameOf(unknownNames[:], u, "Unknown") }

// Scaling is a way to scale numbers. Results are computed in float64 and rounded to the type of the
// features at the end. Nothing is clipped: a row outside the range of the training rows gives
// numbers outside that of theirs.
type Scaling uint8

const (
	ScaleStandard Scaling = iota + 1 // (x - mean) / std, as Standardize measures; x - mean if constant
	ScaleMinMax                      // (x - min) / (max - min), 0 to 1; x - min if constant
	ScaleLog                         // the natural logarithm of x > 0
	ScaleLog1p                       // the natural logarithm of 1 + x, for x > -1
)

var scalingNames = [...]string{ScaleStandard: "standard", ScaleMinMax: "min-max", ScaleLog: "log",
	ScaleLog1p: "log1p"}

// String returns the name that JSON has for the scaling.
func (s Scaling) String() string { return nameOf(scalingNames[:], s, "Scaling") }

// nameOf returns the name of an enumeration's value.
func nameOf[E ~uint8](names []string, e E, typ string) string {
	if int(e) < len(names) && names[e] != "" {
		return names[e]
	}
	return fmt.Sprintf("%s(%d)", typ, uint8(e))
}

// Operation is one operation on one column, with the numbers that were measured. Fields that the
// doc of its kind does not name are zero.
type Operation struct {
	Kind    OperationKind
	Column  string   // the column that it reads, and replaces unless it has Outputs
	Outputs []string // OpIndicator and OpOneHot: the columns that it writes
	Number  float64  // OpFillNumber
	Text    string   // OpFillCategory
	Levels  []string // OpOneHot and OpOrdinal
	Unknown Unknown  // OpOneHot and OpOrdinal
	Scaling Scaling  // OpScale

	Mean, Std Statistic // ScaleStandard
	Min, Max  float64   // ScaleMinMax

	index map[string]int // of Levels
}

func cloneOperations(list []Operation) []Operation {
	list = slices.Clone(list)
	for i := range list {
		o := &list[i]
		o.Outputs, o.Levels, o.index = slices.Clone(o.Outputs), slices.Clone(o.Levels), nil
	}
	return list
}

// prepare indexes the levels.
func (o *Operation) prepare() {
	if len(o.Levels) == 0 {
		return
	}
	o.index = make(map[string]int, len(o.Levels))
	for i, s := range o.Levels {
		o.index[s] = i
	}
}

// run runs a prepared operation on a frame, whose columns have the kinds that it needs.
func (o *Operation) run(f *frame) error {
	c := f.column[o.Column]
	switch o.Kind {
	case OpIndicator:
		f.insert(c.Name, []*Column{o.indicator(c)})
	case OpFillNumber:
		f.put(o.fillNumber(c))
	case OpFillCategory:
		f.put(o.fillCategory(c))
	case OpCategory:
		f.put(asCategory(c))
	case OpOneHot:
		return o.oneHot(f, c)
	case OpOrdinal:
		n := newNumbers(c.Name, f.rows)
		err := o.codes(f, c, func(i, code int) { n.Numbers[i] = float64(code) })
		f.put(n)
		return err
	case OpScale:
		n := newNumbers(c.Name, f.rows)
		for i, x := range c.Numbers {
			if wrong := o.outside(x); wrong != "" {
				return f.cell(i, c.Name, "is %v, want %s", x, wrong)
			}
			n.Numbers[i] = o.scale(x)
		}
		f.put(n)
	}
	return nil
}

func newNumbers(name string, rows int) *Column {
	return &Column{Name: name, Kind: KindNumber, Numbers: make([]float64, rows)}
}

func (o *Operation) indicator(c *Column) *Column {
	n := newNumbers(o.Outputs[0], c.Len())
	for i := range n.Numbers {
		if c.IsMissing(i) {
			n.Numbers[i] = 1
		}
	}
	return n
}

func (o *Operation) fillNumber(c *Column) *Column {
	if !slices.ContainsFunc(c.Numbers, math.IsNaN) {
		return c
	}
	n := &Column{Name: c.Name, Kind: KindNumber, Numbers: slices.Clone(c.Numbers)}
	for i, x := range n.Numbers {
		if math.IsNaN(x) {
			n.Numbers[i] = o.Number
		}
	}
	return n
}

func (o *Operation) fillCategory(c *Column) *Column {
	n := &Column{Name: c.Name, Kind: KindCategory, Levels: c.Levels, Codes: slices.Clone(c.Codes)}
	code := slices.Index(n.Levels, o.Text)
	if code < 0 {
		code = len(n.Levels)
		n.Levels = append(slices.Clip(n.Levels), o.Text)
	}
	for i, k := range n.Codes {
		if k == Missing {
			n.Codes[i] = code
		}
	}
	return n
}

func (o *Operation) oneHot(f *frame, c *Column) error {
	columns, list := make([]*Column, len(o.Outputs)), make([]Column, len(o.Outputs))
	numbers := make([]float64, len(o.Outputs)*f.rows)
	for k, name := range o.Outputs {
		from, to := k*f.rows, (k+1)*f.rows
		list[k] = Column{Name: name, Kind: KindNumber, Numbers: numbers[from:to:to]}
		columns[k] = &list[k]
	}
	err := o.codes(f, c, func(i, code int) {
		if code < len(columns) { // else all zeros
			columns[code].Numbers[i] = 1
		}
	})
	f.insert(c.Name, columns)
	f.remove(c.Name)
	return err
}

// codes calls set with the index in Levels of each row, len(Levels) where the category is unknown.
func (o *Operation) codes(f *frame, c *Column, set func(row, code int)) error {
	code := make([]int, len(c.Levels))
	for k, s := range c.Levels {
		var ok bool
		if code[k], ok = o.index[s]; !ok {
			code[k] = len(o.Levels)
		}
	}
	for i, k := range c.Codes {
		n := len(o.Levels)
		if k != Missing {
			n = code[k]
		}
		if n == len(o.Levels) && o.Unknown == UnknownError {
			if k == Missing {
				return f.cell(i, c.Name, "is missing, want %s", few(quotedAll(o.Levels)))
			}
			return f.cell(i, c.Name, "is %s, which is no level of the training rows, want %s",
				quoted(c.Levels[k]), few(quotedAll(o.Levels)))
		}
		set(i, n)
	}
	return nil
}

// outside says what x should be where it is outside the domain of the scaling. A missing number
// stays missing.
func (o *Operation) outside(x float64) string {
	switch {
	case o.Scaling == ScaleLog && x <= 0:
		return "a number above 0 for its logarithm"
	case o.Scaling == ScaleLog1p && x <= -1:
		return "a number above -1 for the logarithm of 1 + x"
	}
	return ""
}

// scale returns the scaled x.
func (o *Operation) scale(x float64) float64 {
	switch o.Scaling {
	case ScaleStandard:
		return standardizedNumber(x, o.Mean, o.Std)
	case ScaleMinMax:
		if o.Min == o.Max {
			return x - o.Min
		}
		if d := o.Max - o.Min; !math.IsInf(d, 0) {
			return (x - o.Min) / d
		}
		return (x/2 - o.Min/2) / (o.Max/2 - o.Min/2)
	case ScaleLog:
		return math.Log(x)
	}
	return math.Log1p(x)
}

// unscale returns the number whose scaled number is y. Every product is rounded, so that all
// machines agree.
func (o *Operation) unscale(y float64) float64 {
	switch o.Scaling {
	case ScaleStandard:
		if o.Mean.Exp == o.Std.Exp {
			return math.Ldexp(o.Mean.Hi+(o.Mean.Lo+float64(y*(o.Std.Hi+o.Std.Lo))), o.Mean.Exp)
		}
		return o.Mean.Float64() + float64(y*o.Std.Float64())
	case ScaleMinMax:
		if o.Min == o.Max {
			return o.Min + y
		}
		if d := o.Max - o.Min; !math.IsInf(d, 0) {
			return o.Min + float64(y*d)
		}
		return 2 * (o.Min/2 + float64(y*(o.Max/2-o.Min/2)))
	case ScaleLog:
		return math.Exp(y)
	}
	return math.Expm1(y)
}
