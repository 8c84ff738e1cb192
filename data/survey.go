package data

import (
	"fmt"
	"io"
	"math"
)

// Survey is what one look at the rows of a set or a source finds. Rows of the label [Ignored] or of
// weight 0 weigh nothing: but for Rows, its figures leave them out.
type Survey struct {
	Rows     int
	Weighing int       // rows that weigh something
	Features []Moments // one a feature
	Targets  []Moments // of a regression: one a value to predict; else nil
	Counts   []int     // rows of each class; nil for a regression

	weighted bool // some rows have weights
}

// Moments describe the numbers of a column, but for those that are no numbers or infinite.
type Moments struct {
	Mean, Std float64 // of the numbers; the deviation divides by their count. 0 without numbers
	Min, Max  float64 // likewise
	NonFinite int     // elements that are NaN or infinite

	unit unit // of Mean and Std while rows are added
}

// unit is 2^exp, in which no square of a difference overflows or vanishes.
type unit struct {
	exp    int
	factor float64 // 2^-exp
	top    float64 // the first magnitude that needs a larger unit; 0 before the first number
}

// Statistics returns the mean and deviation of each feature as [Set.Apply] takes them. As with
// [Standardize], a feature that is the same in all rows gets std = 1. Unlike there, rows that weigh
// nothing and elements that are NaN or infinite do not count. Apart from that the figures differ by
// rounding.
func (s *Survey) Statistics() (mean, std []Statistic) {
	mean, std = make([]Statistic, len(s.Features)), make([]Statistic, len(s.Features))
	for j, f := range s.Features {
		mean[j].Hi, std[j].Hi = f.Mean, f.Std
		if f.Std == 0 {
			std[j].Hi = 1
		}
	}
	return mean, std
}

// Survey looks at the targets and weights of all rows, and at the features of at most `most` of
// them, evenly spread. It panics if [Set.Check] fails or most is negative.
func (s *Set[T]) Survey(most int) *Survey {
	if err := s.Check(); err != nil {
		panic(fmt.Errorf("data.Set.Survey: %w", err))
	}
	if most < 0 {
		panic(fmt.Errorf("data.Set.Survey: most = %d, want >= 0", most))
	}
	v, sample := newSurvey(s.shape()), min(most, s.Rows)
	for i := range s.Rows {
		surveyTarget(v, s, i)
	}
	looked := 0
	for k := range sample {
		i := k*(s.Rows/sample) + k*(s.Rows%sample)/sample // k * Rows / sample without overflow
		if weighsIn(s, i) {
			looked++
			surveyRow(v.Features, s.Row(i), looked)
		}
	}
	v.finish(looked)
	return v
}

// SurveySource reads all rows of a source once. It returns the error of the source where it cannot,
// and it is an error if there is no row.
func SurveySource[T Float](s Source[T]) (*Survey, error) {
	if s == nil {
		return nil, fmt.Errorf("data: there is no source")
	}
	shape := s.Shape()
	if err := shape.check(); err != nil {
		return nil, err
	}
	pass, err := s.Open()
	if err != nil {
		return nil, err
	}
	v := newSurvey(shape)
	if err := surveyPass(v, pass, shape); err != nil {
		return nil, err
	}
	if v.Rows == 0 {
		return nil, fmt.Errorf("data: the source has no rows, want at least 1")
	}
	v.finish(v.Weighing)
	return v, nil
}

// surveyPass looks at the rows of a pass and closes it, also where the pass panics.
func surveyPass[T Float](v *Survey, pass Pass[T], shape Shape) (err error) {
	defer func() {
		if e := pass.Close(); err == nil {
			err = e
		}
	}()
	for {
		part, err := nextPart(pass, shape)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range part.Rows {
			if surveyTarget(v, part, i) {
				surveyRow(v.Features, part.Row(i), v.Weighing)
			}
		}
	}
}

// nextPart returns the next rows of a pass, or an error unless they have the shape that the source
// announced.
func nextPart[T Float](p Pass[T], want Shape) (*Set[T], error) {
	part, err := p.Next()
	if err != nil {
		return nil, err
	}
	if part == nil || part.Rows == 0 {
		return nil, fmt.Errorf("data: the source handed out no rows, want some or io.EOF")
	}
	if got := part.shape(); got != want {
		return nil, fmt.Errorf("data: the source handed out rows of %v, want %v as its Shape", got, want)
	}
	return part, part.Check()
}

func newSurvey(s Shape) *Survey {
	v := &Survey{Features: make([]Moments, s.Features)}
	if s.Regression() {
		v.Targets = make([]Moments, s.Outputs)
	} else {
		v.Counts = make([]int, s.Classes)
	}
	return v
}

// weighsIn reports whether row i of a set weighs something.
func weighsIn[T Float](s *Set[T], i int) bool {
	return (s.Weights == nil || s.Weights[i] != 0) && (s.Regression() || s.Y[i] != Ignored)
}

// surveyTarget counts a row and looks at its target. It reports whether the row weighs something.
func surveyTarget[T Float](v *Survey, s *Set[T], i int) bool {
	v.Rows++
	v.weighted = v.weighted || s.Weights != nil
	if !weighsIn(s, i) {
		return false
	}
	v.Weighing++
	if s.Regression() {
		surveyRow(v.Targets, s.Target(i), v.Weighing)
	} else {
		v.Counts[s.Y[i]]++
	}
	return true
}

// surveyRow adds row n, from 1, to the moments of its columns, by the recurrence of Welford (Note
// on a method for calculating corrected sums of squares and products, 1962), which loses no digits
// where the mean is large. Until finish, Std is the sum of squared differences from the mean.
func surveyRow[T Float](moments []Moments, x []T, n int) {
	moments = moments[:len(x)]
	for j, v := range x {
		m, v := &moments[j], float64(v)
		if v-v != 0 { // NaN or infinite
			m.NonFinite++
			continue
		}
		k := n - m.NonFinite
		if k == 1 {
			m.Min, m.Max = v, v
		}
		m.Min, m.Max = min(m.Min, v), max(m.Max, v)
		if math.Abs(v) >= m.unit.top {
			m.enlarge(math.Abs(v))
		}
		v = float64(v * m.unit.factor)
		d := v - m.Mean
		m.Mean += d / float64(k)
		m.Std += float64(d * (v - m.Mean)) // rounded, never fused, so that all machines agree
	}
}

// enlarge takes the unit of Mean and Std that a number of that magnitude needs, see unitExp.
func (m *Moments) enlarge(magnitude float64) {
	u := unit{exp: -unitExp, top: 0x1p-400}
	switch {
	case magnitude >= 0x1p400:
		u = unit{exp: unitExp, top: math.Inf(1)}
	case magnitude >= 0x1p-400:
		u = unit{top: 0x1p400}
	}
	u.factor = math.Ldexp(1, -u.exp)
	if m.unit.top > 0 {
		m.Mean = math.Ldexp(m.Mean, m.unit.exp-u.exp)
		m.Std = math.Ldexp(m.Std, 2*(m.unit.exp-u.exp))
	}
	m.unit = u
}

// finish turns the sums into deviations, for so many rows whose features were looked at.
func (v *Survey) finish(looked int) {
	for _, c := range []struct {
		list []Moments
		rows int
	}{{v.Features, looked}, {v.Targets, v.Weighing}} {
		for j := range c.list {
			m := &c.list[j]
			if n := c.rows - m.NonFinite; n > 0 {
				m.Mean = math.Ldexp(m.Mean, m.unit.exp)
				m.Std = math.Ldexp(math.Sqrt(m.Std/float64(n)), m.unit.exp)
			}
			m.unit = unit{}
		}
	}
}
