package data

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// String describes the plan, a line or more for each step, none wider than 80 columns.
func (p Pipeline) String() string {
	var b strings.Builder
	if len(p.Target.Columns) > 0 {
		wrap(&b, "target", p.Target.describe())
	}
	if p.Target.Weight != "" {
		wrap(&b, "weight", nameText(p.Target.Weight))
	}
	for _, s := range p.Steps {
		if s == nil {
			wrap(&b, "nil", "")
			continue
		}
		name, columns, what := s.describe()
		text := few(nameTexts(columns))
		if what != "" {
			text += ": " + what
		}
		wrap(&b, name, text)
	}
	return b.String()
}

func (t Target) describe() string {
	text := few(nameTexts(t.Columns))
	if t.Classes {
		text += ": whole numbers as classes"
	}
	for i, s := range t.Scale {
		text += []string{": ", ", then "}[min(i, 1)] + s.String()
	}
	if t.IgnoreUnknown {
		text += "; unknown classes are ignored"
	}
	return text
}

func (s Choose) describe() (string, []string, string) { return "choose", s.Columns, s.Reason }
func (s Drop) describe() (string, []string, string)   { return "drop", s.Columns, s.Reason }

func (s AsCategory) describe() (string, []string, string) { return "category", s.Columns, "" }

func (s OneHot) describe() (string, []string, string) {
	return "one-hot", s.Columns, s.Unknown.describe()
}

func (s Ordinal) describe() (string, []string, string) {
	text := s.Unknown.describe()
	if s.Levels != nil {
		text = "in the order " + few(nameTexts(s.Levels)) + "; " + text
	}
	return "ordinal", s.Columns, text
}

func (s Scale) describe() (string, []string, string) { return "scale", s.Columns, s.By.String() }

func (s Impute) describe() (string, []string, string) {
	text := s.By.String()
	if s.By == FillValue {
		text = fmt.Sprintf("%g for numbers", s.Value)
		if s.Text != "" {
			text += ", " + nameText(s.Text) + " for categories"
		}
	}
	if s.Indicator {
		text += ", and a column that tells where a value was missing"
	}
	return "impute", s.Columns, text
}

var fillingNames = [...]string{FillMean: "mean", FillMedian: "median", FillMostFrequent: "most frequent",
	FillValue: "value"}

// String returns the name of the rule.
func (f Filling) String() string { return nameOf(fillingNames[:], f, "Filling") }

func (u Unknown) describe() string {
	switch u {
	case UnknownZeros:
		return "unknown levels become zeros"
	case UnknownOwn:
		return "unknown levels have a level of their own"
	}
	return "unknown levels are an error"
}

// String describes what was measured, none of its lines wider than 80 columns.
func (f *Fitted) String() string {
	var b strings.Builder
	for _, in := range f.inputs {
		text := nameText(in.Name) + ": " + in.Kind.String()
		for _, o := range f.operations {
			if o.Column == in.Name {
				text += "; " + o.describe()
			}
		}
		wrap(&b, "input", text)
	}
	wrap(&b, "features", fmt.Sprintf("%d: %s", len(f.features), few(nameTexts(f.features))))
	for _, name := range f.target.columns {
		text := nameText(name)
		if n := len(f.target.classes); n > 0 {
			text += fmt.Sprintf(": %d classes: %s", n, few(nameTexts(f.target.classes)))
		}
		for _, o := range f.target.scales {
			if o.Column == name {
				text += "; " + o.describe()
			}
		}
		wrap(&b, "target", text)
	}
	if f.target.weight != "" {
		wrap(&b, "weight", nameText(f.target.weight))
	}
	return b.String()
}

// describe tells what the operation does, without its column.
func (o *Operation) describe() string {
	switch o.Kind {
	case OpIndicator:
		return "indicator " + nameText(o.Outputs[0])
	case OpFillNumber:
		return fmt.Sprintf("fill with %.6g", o.Number)
	case OpFillCategory:
		return "fill with " + nameText(o.Text)
	case OpCategory:
		return "as category"
	case OpScale:
		switch o.Scaling {
		case ScaleStandard:
			return fmt.Sprintf("(x - %.6g) / %.6g", o.Mean.Float64(), o.Std.Float64())
		case ScaleMinMax:
			return fmt.Sprintf("range %.6g to %.6g to 0 to 1", o.Min, o.Max)
		}
		return o.Scaling.String()
	}
	return fmt.Sprintf("%v of %d levels: %s; %s", o.Kind, len(o.Levels), few(nameTexts(o.Levels)),
		o.Unknown.describe())
}

// nameText returns a name as it is shown: quoted where it has unusual characters, and not too long.
func nameText(name string) string {
	if name == "" || strings.ContainsFunc(name,
		func(r rune) bool { return !strconv.IsPrint(r) || r == utf8.RuneError }) {
		name = strconv.Quote(name)
	}
	const most = 40
	if utf8.RuneCountInString(name) > most {
		name = string([]rune(name)[:most]) + "..."
	}
	return name
}

func nameTexts(list []string) []string {
	s := make([]string, len(list))
	for i := range list {
		s[i] = nameText(list[i])
	}
	return s
}

// wrap writes a label of up to 9 characters and a text. It breaks the text before column 80, behind
// commas, colons and semicolons, or where that is not enough at other spaces.
func wrap(b *strings.Builder, label, text string) {
	const indent, width = 10, 80
	fmt.Fprintf(b, "%-*s", indent, label)
	at := indent
	write := func(part string) {
		n := utf8.RuneCountInString(part)
		switch {
		case at > indent && at+1+n > width:
			fmt.Fprintf(b, "\n%*s", indent, "")
			at = indent
		case at > indent:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(part)
		at += n
	}
	for len(text) > 0 {
		part := text
		for i, r := range text[:len(text)-1] {
			if strings.ContainsRune(",:;", r) && text[i+1] == ' ' {
				part = text[:i+1]
				break
			}
		}
		text = strings.TrimPrefix(text[len(part):], " ")
		if utf8.RuneCountInString(part) <= width-indent {
			write(part)
			continue
		}
		for _, word := range strings.Fields(part) {
			write(word)
		}
	}
	b.WriteByte('\n')
}
