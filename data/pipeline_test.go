package data

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

var nan, inf = math.NaN(), math.Inf(1)

// people is a small table with missing numbers and categories.
func people(t testing.TB) *Table {
	t.Helper()
	return tableOf(t,
		NumberColumn("age", []float64{20, nan, 40, 60}),
		CategoryColumn("city", []string{"Rome", "Oslo", "", "Rome"}),
		NumberColumn("code", []float64{7, 10, 7, 8}),
		TextColumn("name", []string{"Ann", "Bob", "Cy", ""}),
		NumberColumn("income", []float64{1, 10, 100, 1000}))
}

func tableOf(t testing.TB, columns ...*Column) *Table {
	t.Helper()
	table, err := NewTable(columns...)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// fitted returns the pipeline of steps on the table, which must fit.
func fitted(t testing.TB, table *Table, target Target, steps ...Step) *Fitted {
	t.Helper()
	f, err := Pipeline{Target: target, Steps: steps}.Fit(table)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func names(list ...string) []string { return list }

// TestSteps compares single steps with results worked out by hand.
func TestSteps(t *testing.T) {
	table := people(t)
	std := math.Sqrt(800. / 3) // of 20, 40, 60
	age := func(x ...float64) *Table { return tableOf(t, NumberColumn("age", x)) }
	for _, c := range []struct {
		table    *Table
		steps    []Step
		features []string
		want     []float64 // column after column
	}{
		{table, []Step{Choose{Columns: names("code", "income")}}, names("code", "income"),
			[]float64{7, 10, 7, 8, 1, 10, 100, 1000}},
		{table, []Step{Choose{Columns: names("income", AllNumbers)}}, nil, nil}, // named twice
		{table, []Step{Drop{Columns: names(AllTexts, AllCategories, "age")}}, names("code", "income"),
			[]float64{7, 10, 7, 8, 1, 10, 100, 1000}},
		{age(20, nan, 40, 60), []Step{Impute{Columns: names("age"), By: FillMean}}, names("age"),
			[]float64{20, 40, 40, 60}},
		{age(20, nan, 40, 80, 90), []Step{Impute{Columns: names("age"), By: FillMedian}}, names("age"),
			[]float64{20, 60, 40, 80, 90}},
		{age(3, nan, 2, 3, 2, 1), []Step{Impute{Columns: names("age"), By: FillMostFrequent}}, names("age"),
			[]float64{3, 2, 2, 3, 2, 1}},
		{age(3, nan, 1), []Step{Impute{Columns: names(AllNumbers), By: FillValue, Value: -1,
			Indicator: true}},
			names("age", "age missing"), []float64{3, -1, 1, 0, 1, 0}},
		{age(3, nan, 1), []Step{Impute{Columns: names("age"), By: FillValue, Value: 2, Indicator: true},
			Scale{Columns: names(AllNumbers), By: ScaleStandard}}, names("age", "age missing"),
			[]float64{math.Sqrt(1.5), 0, -math.Sqrt(1.5), 0, 1, 0}}, // the indicator is not scaled
		{tableOf(t, CategoryColumn("x", names("b", "", "a", "b", "a"))),
			[]Step{Impute{Columns: names("x"), By: FillMostFrequent}, Ordinal{Columns: names("x")}}, names("x"),
			[]float64{1, 0, 0, 1, 0}}, // of equally frequent levels the first
		{tableOf(t, CategoryColumn("x", names("b", "a"))),
			[]Step{Impute{Columns: names("x"), By: FillValue, Text: "none"}, OneHot{Columns: names("x")}},
			names("x=a", "x=b"), []float64{0, 1, 1, 0}}, // a level that no training row has makes no column
		{age(3, 2), []Step{Impute{Columns: names("age"), By: FillValue, Indicator: true}}, names("age"),
			[]float64{3, 2}},
		{age(20, nan, 40, 60), []Step{Scale{Columns: names("age"), By: ScaleStandard},
			Impute{Columns: names("age"), By: FillValue}}, names("age"),
			[]float64{-20 / std, 0, 0, 20 / std}},
		{age(5, 5, 5), []Step{Scale{Columns: names("age"), By: ScaleStandard}}, names("age"),
			[]float64{0, 0, 0}},
		{age(5, 5, 5), []Step{Scale{Columns: names("age"), By: ScaleMinMax}}, names("age"),
			[]float64{0, 0, 0}},
		{age(2, 4, 10), []Step{Scale{Columns: names("age"), By: ScaleMinMax}}, names("age"),
			[]float64{0, 0.25, 1}},
		{age(-math.MaxFloat64, 0, math.MaxFloat64), []Step{Scale{Columns: names("age"), By: ScaleMinMax}},
			names("age"),
			[]float64{0, 0.5, 1}},
		{age(1, math.E), []Step{Scale{Columns: names("age"), By: ScaleLog}}, names("age"), []float64{0, 1}},
		{age(0, math.E-1), []Step{Scale{Columns: names("age"), By: ScaleLog1p}}, names("age"),
			[]float64{0, 1}},
		{table, []Step{Choose{Columns: names("city")},
			Impute{Columns: names("city"), By: FillMostFrequent, Indicator: true},
			OneHot{Columns: names(AllCategories)}}, names("city=Oslo", "city=Rome", "city missing"),
			[]float64{0, 1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0}},
		{table, []Step{Choose{Columns: names("city")},
			OneHot{Columns: names("city"), Unknown: UnknownZeros}},
			names("city=Oslo", "city=Rome"), []float64{0, 1, 0, 0, 1, 0, 0, 1}},
		{table, []Step{Choose{Columns: names("city")}, OneHot{Columns: names("city"), Unknown: UnknownOwn}},
			names("city=Oslo", "city=Rome", "city=other"), []float64{0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0}},
		{table, []Step{Choose{Columns: names("city")}, Ordinal{Columns: names("city"), Unknown: UnknownOwn}},
			names("city"), []float64{1, 0, 2, 1}},
		{table, []Step{Choose{Columns: names("city")},
			Impute{Columns: names("city"), By: FillValue, Text: "none"},
			Ordinal{Columns: names("city"), Levels: names("none", "Rome", "Oslo")}}, names("city"),
			[]float64{1, 2, 0, 1}},
		{table, []Step{Choose{Columns: names("code")}, AsCategory{Columns: names("code")},
			OneHot{Columns: names("code")}}, names("code=10", "code=7", "code=8"),
			[]float64{0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1}},
		{table, []Step{Choose{Columns: names("name")}, AsCategory{Columns: names("name")},
			OneHot{Columns: names("name"), Unknown: UnknownOwn}},
			names("name=Ann", "name=Bob", "name=Cy", "name=other"),
			[]float64{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}},
		{tableOf(t, CategoryColumn("x", names("a", "other", "a")), NumberColumn("x=a", []float64{5, 6, 7})),
			[]Step{OneHot{Columns: names("x"), Unknown: UnknownOwn}},
			names("x=a 2", "x=other", "x=other 2", "x=a"),
			[]float64{1, 0, 1, 0, 1, 0, 0, 0, 0, 5, 6, 7}},
		{table, []Step{Drop{Columns: names("age", "city", "name")},
			Scale{Columns: names("income"), By: ScaleLog},
			Scale{Columns: names("income"), By: ScaleMinMax}}, names("code", "income"),
			[]float64{7, 10, 7, 8, 0, 1. / 3, 2. / 3, 1}},
	} {
		f, err := Pipeline{Steps: c.steps}.Fit(c.table)
		if c.want == nil {
			if err == nil {
				t.Errorf("%+v fits", c.steps)
			}
			continue
		}
		if err != nil {
			t.Errorf("%+v: %v", c.steps, err)
			continue
		}
		if got := f.Features(); !slices.Equal(got, c.features) {
			t.Errorf("%+v: features %q, want %q", c.steps, got, c.features)
		}
		sameFeatures[float32](t, f, c.table, c.want, 1e-6)
		sameFeatures[float64](t, f, c.table, c.want, 1e-15)
	}
}

// sameFeatures compares the features of a table with columns of numbers.
func sameFeatures[T Float](t *testing.T, f *Fitted, table *Table, want []float64, tol float64) {
	t.Helper()
	got, err := Features[T](f, table)
	if err != nil || len(got) != len(want) {
		t.Errorf("features %v, %v, want %v", got, err, want)
		return
	}
	columns := len(f.Features())
	for i, x := range got {
		w := want[i%columns*table.Rows()+i/columns]
		if !(math.Abs(float64(x)-w) <= tol) {
			t.Errorf("%q, row %d: %v, want %v", f.Features()[i%columns], i/columns, x, w)
		}
	}
}

// TestNewRows applies to rows that the fit has not seen.
func TestNewRows(t *testing.T) {
	f := fitted(t, people(t), Target{}, Drop{Columns: names("name", "income")},
		Impute{Columns: names("age"), By: FillMedian, Indicator: true},
		Impute{Columns: names("city"), By: FillMostFrequent}, AsCategory{Columns: names("code")},
		Scale{Columns: names(AllNumbers), By: ScaleMinMax},
		OneHot{Columns: names("city"), Unknown: UnknownZeros},
		Ordinal{Columns: names("code"), Unknown: UnknownOwn})
	rows := tableOf(t, TextColumn("city", names("Rome", "Paris", "")),
		NumberColumn("more", []float64{inf, 0, 0}),
		CategoryColumn("age", names("100", "", "2e1")), NumberColumn("code", []float64{8, 9, nan}))
	sameFeatures[float64](t, f, rows, []float64{2, 0.5, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 2, 3, 3}, 0)
	want := []Column{{Name: "age", Kind: KindNumber},
		{Name: "city", Kind: KindCategory, Levels: names("Oslo", "Rome")}, {Name: "code", Kind: KindNumber}}
	if got := f.Inputs(); !reflect.DeepEqual(got, want) {
		t.Errorf("inputs %+v, want %+v", got, want)
	}
}

func TestFitErrors(t *testing.T) {
	one := func(c *Column) *Table { return tableOf(t, c) }
	numbers := Drop{Columns: names(AllTexts, AllCategories)}
	for want, c := range map[string]struct {
		table *Table
		p     Pipeline
	}{
		"data: there is no table to fit to": {nil, Pipeline{}},
		"data: there are no rows to fit to": {one(NumberColumn("x", nil)), Pipeline{}},
		`data: step 0 (drop): there is no column "x", the columns are "age", "city", "code"`: {
			people(t), Pipeline{Steps: []Step{Drop{Columns: names("x")}}}},
		`data: step 1 (scale): column "name" is no longer there, the columns are "age", "code", "income"`: {
			people(t), Pipeline{Steps: []Step{numbers, Scale{Columns: names("name"), By: ScaleLog}}}},
		`data: step 0 (scale): column "name" has the kind text, want number`: {
			people(t), Pipeline{Steps: []Step{Scale{Columns: names("name"), By: ScaleLog}}}},
		"data: step 0 (drop): the step names no columns": {people(t), Pipeline{Steps: []Step{Drop{}}}},
		"data: step 0 of the pipeline is nil":            {people(t), Pipeline{Steps: []Step{nil}}},
		`data: step 0 (drop): column "income" is a target or the weight`: {people(t),
			Pipeline{Target{Columns: names("income")}, []Step{Drop{Columns: names("income")}}}},
		`data: step 0 (impute): the rule is Filling(0), want FillMean`: {people(t),
			Pipeline{Steps: []Step{Impute{Columns: names("age")}}}},
		"data: step 0 (impute): the value is NaN, want a finite number": {people(t),
			Pipeline{Steps: []Step{Impute{Columns: names("age"), By: FillValue, Value: nan}}}},
		`data: step 0 (impute): column "city" is a category, and the text to fill it with is empty`: {
			people(t),
			Pipeline{Steps: []Step{Impute{Columns: names("city"), By: FillValue}}}},
		`data: step 0 (impute): column "x" has no value in the training rows`: {
			one(NumberColumn("x", []float64{nan})),
			Pipeline{Steps: []Step{Impute{Columns: names("x"), By: FillMean}}}},
		`data: step 0 (scale): column "x" has no value in the training rows`: {
			one(NumberColumn("x", []float64{nan})),
			Pipeline{Steps: []Step{Scale{Columns: names("x"), By: ScaleStandard}}}},
		`data: step 0 (one-hot): column "x" has no value in the training rows`: {
			one(CategoryColumn("x", names(""))),
			Pipeline{Steps: []Step{OneHot{Columns: names("x"), Unknown: UnknownOwn}}}},
		`data: step 0 (scale): row 1: column "x" is 0, want a number above 0 for its logarithm`: {
			one(NumberColumn("x", []float64{1, 0})),
			Pipeline{Steps: []Step{Scale{Columns: names("x"), By: ScaleLog}}}},
		`data: step 0 (scale): row 0: column "x" is -1, want a number above -1`: {
			one(NumberColumn("x", []float64{-1, 0})),
			Pipeline{Steps: []Step{Scale{Columns: names("x"), By: ScaleLog1p}}}},
		`data: step 0 (scale): row 1: column "x" is -Inf, want a finite number`: {
			one(NumberColumn("x", []float64{1, -inf})),
			Pipeline{Steps: []Step{Scale{Columns: names("x"), By: ScaleMinMax}}}},
		`data: row 1: column "x" is +Inf, want a finite number`: {one(NumberColumn("x", []float64{1, inf})),
			Pipeline{}},
		`data: row 1: column "x" is missing, and no step of the pipeline fills it`: {
			one(NumberColumn("x", []float64{1, nan})), Pipeline{}},
		`data: step 0 (scale): the scaling is Scaling(9), want ScaleStandard`: {
			one(NumberColumn("x", []float64{1})),
			Pipeline{Steps: []Step{Scale{Columns: names("x"), By: 9}}}},
		"data: step 0 (one-hot): the policy is Unknown(3)": {people(t),
			Pipeline{Steps: []Step{OneHot{Columns: names("city"), Unknown: 3}}}},
		"data: step 0 (ordinal): the policy is zeros": {people(t),
			Pipeline{Steps: []Step{Ordinal{Columns: names("city"), Unknown: UnknownZeros}}}},
		`data: step 0 (ordinal): row 1: column "city" is "Oslo", which is no level of the training rows`: {
			people(t), Pipeline{Steps: []Step{Ordinal{Columns: names("city"), Levels: names("Rome")}}}},
		`data: operation 0 (ordinal) on column "city": the level "Rome" is empty, there twice`: {people(t),
			Pipeline{Steps: []Step{Choose{Columns: names("city")},
				Ordinal{Columns: names("city"), Unknown: UnknownOwn,
					Levels: names("Rome", "Rome")}}}},
		`data: step 0 (one-hot): row 2: column "city" is missing, want "Oslo", "Rome"`: {people(t),
			Pipeline{Steps: []Step{OneHot{Columns: names("city")}}}},
		`data: column "city" is a category after the last step`: {people(t),
			Pipeline{Steps: []Step{Choose{Columns: names("code", "city")}}}},
		`data: column "name" has texts after the last step`: {people(t),
			Pipeline{Steps: []Step{Choose{Columns: names("name")}}}},
		"data: the steps leave no column": {people(t),
			Pipeline{Steps: []Step{Drop{Columns: names(AllNumbers, AllTexts,
				AllCategories)}}}},
		`data: a column has the name "all texts", which selects columns`: {
			one(NumberColumn(AllTexts, []float64{1})),
			Pipeline{}},
		`data: the name "\xff" is not valid UTF-8`: {one(NumberColumn("\xff", []float64{1})), Pipeline{}},
		`data: the input "x": the level "\xff" is empty, there twice or not valid UTF-8`: {
			one(CategoryColumn("x", names("\xff"))), Pipeline{Steps: []Step{OneHot{Columns: names("x")}}}},
	} {
		f, err := c.p.Fit(c.table)
		if f != nil || err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, %v, want %q", f, err, want)
		}
	}
}

func TestTargets(t *testing.T) {
	table := tableOf(t, NumberColumn("x", []float64{1, 2, 3, 4}),
		NumberColumn("digit", []float64{10, 9, math.Copysign(0, -1), 9}),
		CategoryColumn("kind", names("b", "a", "b", "c")), NumberColumn("y", []float64{1, 2, 4, 8}),
		NumberColumn("w", []float64{1, 0, 0.5, 2}))
	x := Choose{Columns: names("x")}

	f := fitted(t, table, Target{Columns: names("digit"), Classes: true, Weight: "w"}, x)
	s, err := Apply[float32](f, table)
	if err != nil || s.Check() != nil || !slices.Equal(s.Y, []int{2, 1, 0, 1}) || s.Classes != 3 ||
		!slices.Equal(f.Classes(), names("0", "9", "10")) ||
		!slices.Equal(s.Weights, []float32{1, 0, 0.5, 2}) ||
		f.Weight() != "w" || !slices.Equal(f.Targets(), names("digit")) {
		t.Errorf("digits: %+v, %v, classes %q", s, err, f.Classes())
	}
	texts := tableOf(t, NumberColumn("x", []float64{1}), TextColumn("digit", names("9.0")),
		NumberColumn("w", []float64{1}))
	if s, err = Apply[float32](f, texts); err != nil || s.Y[0] != 1 {
		t.Errorf("the text of a digit: %+v, %v", s, err)
	}

	f = fitted(t, table, Target{Columns: names("kind")}, x)
	if s, err = Apply[float32](f, table); err != nil || !slices.Equal(s.Y, []int{1, 0, 1, 2}) ||
		!slices.Equal(f.Classes(), names("a", "b", "c")) {
		t.Errorf("kinds: %+v, %v", s, err)
	}
	new := tableOf(t, NumberColumn("x", []float64{1, 2}), TextColumn("kind", names("a", "d")))
	_, err = Apply[float32](f, new)
	wantCell(t, err, CellError{Row: 1, Column: "kind",
		Msg: `is "d", which is no class of the training rows, want "a", "b", "c"`})
	f = fitted(t, table, Target{Columns: names("kind"), IgnoreUnknown: true}, x)
	if s, err = Apply[float32](f, new); err != nil || !slices.Equal(s.Y, []int{0, Ignored}) ||
		s.Check() != nil {
		t.Errorf("unknown class: %+v, %v", s, err)
	}

	f = fitted(t, table, Target{Columns: names("y", "w"), Scale: []Scaling{ScaleMinMax}}, x)
	s, err = Apply[float32](f, table)
	want := []float32{0, 0.5, 1. / 7, 0, 3. / 7, 0.25, 1, 1}
	if err != nil || !slices.Equal(s.Values, want) || s.Outputs != 2 || s.Check() != nil ||
		f.Classes() != nil {
		t.Errorf("values: %+v, %v, want %v", s, err, want)
	}
	Unscale(f, s.Values)
	if want = []float32{1, 1, 2, 0, 4, 0.5, 8, 2}; !slices.Equal(s.Values, want) {
		t.Errorf("unscaled: %v, want %v", s.Values, want)
	}
	const short = "data.Unscale: len(y) = 3, want a multiple of 2 targets"
	if got := panics(t, func() { Unscale(f, make([]float32, 3)) }); got != short {
		t.Errorf("Unscale panics with %q", got)
	}
}

// TestClassTexts: where the classes are numbers, a text is the class of its number, however it is written, and a
// number is too. Minus 0 is 0.
func TestClassTexts(t *testing.T) {
	train := tableOf(t, NumberColumn("x", []float64{1, 2, 3, 4}), NumberColumn("y", []float64{0, 1, -3, 1e21}))
	f := fitted(t, train, Target{Columns: names("y"), Classes: true, IgnoreUnknown: true}, Choose{Columns: names("x")})
	if want := names("-3", "0", "1", "1e+21"); !slices.Equal(f.Classes(), want) {
		t.Fatalf("the classes are %q, want %q", f.Classes(), want)
	}
	for class, texts := range map[int][]string{
		0:       names("-3", "-3.0", "-03", "-3e0", "-30e-1"),
		1:       names("0", "-0", "+0", "00", "0.0", "-0.0", "-0e5", "-.0", "-1e-999"),
		2:       names("1", "+1", "01", "1.0", "1e0", "0.1e1"),
		3:       names("1e21", "1e+21", "1000000000000000000000", "1.0e21"),
		Ignored: names("3", "2", "-1", "0.5", "x", "- 0", "1e22", "true", ""),
	} {
		for _, text := range texts {
			columns := []*Column{TextColumn("y", names(text)), CategoryColumn("y", names(text))}
			if v, err := strconv.ParseFloat(text, 64); err == nil {
				columns = append(columns, NumberColumn("y", []float64{v}))
			}
			for _, y := range columns {
				set, err := Apply[float64](f, tableOf(t, NumberColumn("x", []float64{1}), y))
				if err != nil || set.Y[0] != class {
					t.Errorf("%v %q: %+v, %v, want class %d", y.Kind, text, set, err, class)
				}
			}
		}
	}
}

func wantCell(t *testing.T, err error, want CellError) {
	t.Helper()
	if got, ok := errors.AsType[*CellError](err); !ok || got.Row != want.Row || got.Column != want.Column ||
		!strings.HasPrefix(got.Msg, want.Msg) {
		t.Errorf("got %v, want %v", err, &want)
	}
}

func TestTargetErrors(t *testing.T) {
	table := tableOf(t, NumberColumn("x", []float64{1, 2, 3}), NumberColumn("y", []float64{1, nan, 0.5}),
		CategoryColumn("kind", names("b", "a", "")), NumberColumn("same", []float64{1, 1, 1}),
		NumberColumn("half", []float64{1, 0.5, 2}), NumberColumn("far", []float64{1, inf, 2}),
		NumberColumn("below", []float64{1, 2, -2}))
	for want, target := range map[string]Target{
		`data: column "no" is not in the table of "x", "y", "kind", "same"`: {Columns: names("no")},
		`data: the target "x" is named twice`: {
			Columns: names("x", "x")},
		`data: row 1: column "y" is missing, want the value of the target`: {Columns: names("y")},
		`data: row 1: column "y" is missing, want a class`: {Columns: names("y"),
			Classes: true},
		`data: row 2: column "kind" is missing, want a class`: {
			Columns: names("kind")},
		`data: row 1: column "half" is 0.5, want a whole number as its class`: {Columns: names("half"),
			Classes: true},
		`data: row 1: column "far" is +Inf, want a finite number`: {Columns: names("far")},
		`data: row 1: column "far" is +Inf, want a whole number`: {Columns: names("far"),
			Classes: true},
		`data: the training rows have 1 classes in column "same"`: {Columns: names("same"),
			Classes: true},
		`data: there are 2 target columns, want 1 with classes`: {
			Columns: names("x", "kind")},
		`data: the target "kind" has classes, and Scale is for values`: {Columns: names("kind"),
			Scale: []Scaling{ScaleLog}},
		`data: the target has settings and no columns`: {Scale: []Scaling{ScaleLog}},
		`data: IgnoreUnknown is for classes`:           {Columns: names("x"), IgnoreUnknown: true},
		`data: target: row 2: column "below" is -2, want a number above 0`: {Columns: names("below"),
			Scale: []Scaling{ScaleLog}},
		`data: target: the scaling is Scaling(0)`: {Columns: names("x"),
			Scale: []Scaling{0}},
		`data: row 2: column "below" is -2, want a finite weight from 0 up`: {Columns: names("x"),
			Weight: "below"},
		`data: row 1: column "y" is NaN, want a finite weight`: {Columns: names("x"),
			Weight: "y"},
		`data: column "no" is not in the table`: {Columns: names("x"),
			Weight: "no"},
		`data: column "x" is a target and the weight`: {Columns: names("x"),
			Weight: "x"},
	} {
		f, err := Pipeline{Target: target, Steps: []Step{Choose{Columns: names("same")}}}.Fit(table)
		if f != nil || err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: %v, %v, want %q", target, f, err, want)
		}
	}
}

// TestCells applies a pipeline to hostile cells and rows.
func TestCells(t *testing.T) {
	train := tableOf(t, NumberColumn("x", []float64{1, 2}), CategoryColumn("c", names("a", "b")),
		NumberColumn("y", []float64{1, 3}))
	f := fitted(t, train, Target{Columns: names("y"), Weight: ""}, Scale{Columns: names("x"), By: ScaleLog},
		OneHot{Columns: names("c")})
	x := func(v ...float64) *Column { return NumberColumn("x", v) }
	c := func(v ...string) *Column { return CategoryColumn("c", v) }
	y := func(v ...float64) *Column { return NumberColumn("y", v) }
	for _, test := range []struct {
		columns []*Column
		want    CellError
	}{
		{[]*Column{x(1), y(1)}, CellError{Row: -1, Column: "c",
			Msg: `is not in the table of "x", "y"`}},
		{[]*Column{x(1, nan), c("a", "b"), y(1, 1)},
			CellError{Row: 1, Column: "x", Msg: "is missing, and no step"}},
		{[]*Column{x(1, inf), c("a", "b"), y(1, 1)},
			CellError{Row: 1, Column: "x", Msg: "is +Inf, want a finite number"}},
		{[]*Column{x(1, -1), c("a", "b"), y(1, 1)},
			CellError{Row: 1, Column: "x", Msg: "is -1, want a number above 0"}},
		{[]*Column{TextColumn("x", names("1", "0x1p1")), c("a", "b"), y(1, 1)},
			CellError{Row: 1, Column: "x", Msg: `is "0x1p1", want a number`}},
		{[]*Column{x(1, 1), c("a", "A"), y(1, 1)},
			CellError{Row: 1, Column: "c", Msg: `is "A", which is no level`}},
		{[]*Column{x(1, 1), c("a", ""), y(1, 1)},
			CellError{Row: 1, Column: "c", Msg: `is missing, want "a", "b"`}},
		{[]*Column{x(1, 1), NumberColumn("c", []float64{3, 4}), y(1, 1)},
			CellError{Row: 0, Column: "c", Msg: `is "3", which is no level`}},
		{[]*Column{x(1, 1), c("a", "b"), y(1, nan)},
			CellError{Row: 1, Column: "y", Msg: "is missing, want the value"}},
		{[]*Column{x(1, 1), c("a", "b"), y(1, 1e39)}, CellError{Row: 1, Column: "y",
			Msg: "becomes 1e+39, which float32 cannot hold"}},
		{[]*Column{x(1, 1), c("a", "b")}, CellError{Row: -1, Column: "y", Msg: "is not in the table"}},
		{[]*Column{x(1, 1), c("a", "b"), TextColumn("y", names("1", "many"))},
			CellError{Row: 1, Column: "y", Msg: `is "many", want a number`}},
	} {
		s, err := Apply[float32](f, tableOf(t, test.columns...))
		wantCell(t, err, test.want)
		if s != nil {
			t.Errorf("%v beside a set", err)
		}
	}
	for _, test := range []struct {
		row  any
		want string
	}{
		{map[string]any{"x": 1}, `data: column "c" is not in the map, which has ["x"]`},
		{map[string]any{"x": "1", "c": "a"}, `data: column "x" is "1", want a number`},
		{map[string]any{"x": []int{1}, "c": "a"}, `data: column "x" is of type []int, want a number`},
		{map[string]any{"x": nil, "c": "a"},
			`data: column "x" is missing, and no step of the pipeline fills it`},
		{map[string]any{"x": json.Number("1e999"), "c": "a"},
			`data: column "x" is "1e999", want a finite number`},
		{map[string]any{"x": inf, "c": "a"}, `data: column "x" is +Inf, want a finite number`},
		{map[string]any{"x": 1, "c": map[string]any{}},
			`data: column "c" is of type map[string]interface {}, want a string`},
		{map[string]any{"x": 1, "c": strings.Repeat("z", 1000)}, `data: column "c" is "zzzz`},
		{map[string]string{"x": "one", "c": "a"}, `data: column "x" is "one", want a number`},
		{map[string]string{"x": "1"}, `data: column "c" is not in the map, which has ["x"]`},
		{nil, "data: a row of type <nil>, want a map"},
		{3, "data: a row of type int, want a map"},
		{(*struct{ X int })(nil), "data: a row of type *struct"},
	} {
		row, err := FeatureRow[float32](f, test.row)
		if row != nil || err == nil || !strings.HasPrefix(err.Error(), test.want) || len(err.Error()) > 200 {
			t.Errorf("%v: %v, %v, want %q", test.row, row, err, test.want)
		}
	}
	for _, err := range []error{
		func() error { _, err := Apply[float32](new(Fitted), train); return err }(),
		func() error { _, err := Features[float32](new(Fitted), train); return err }(),
		func() error { _, err := FeatureRow[float32](new(Fitted), map[string]any{}); return err }(),
		func() error { _, err := json.Marshal(new(Fitted)); return err }(),
	} {
		if err == nil || !strings.HasSuffix(err.Error(), "data: the pipeline is not fitted") {
			t.Errorf("without a fit: %v", err)
		}
	}
	if _, err := Features[float32](f, nil); err == nil || err.Error() != "data: there is no table" {
		t.Errorf("without a table: %v", err)
	}
	if _, err := Apply[float32](fitted(t, train, Target{}, Choose{Columns: names("x")}),
		train); err == nil ||
		!strings.HasPrefix(err.Error(), "data: the pipeline has no target") {
		t.Errorf("without a target: %v", err)
	}
}

// TestFeatureRow compares rows one by one with those of the table, in all their forms.
func TestFeatureRow(t *testing.T) {
	train := people(t)
	f := fitted(t, train, Target{Columns: names("income")}, Drop{Columns: names("name")},
		Impute{Columns: names("age"), By: FillMean, Indicator: true}, AsCategory{Columns: names("code")},
		OneHot{Columns: names("city", "code"), Unknown: UnknownOwn})
	type person struct {
		Age  *float64 `column:"age"`
		City string   `column:"city"`
		Code int      `column:"code"`
	}
	want, err := Features[float32](f, train)
	if err != nil {
		t.Fatal(err)
	}
	n := len(f.Features())
	for i := range train.Rows() {
		age, city, code := train.Column("age").Numbers[i], train.Column("city").Text(i),
			train.Column("code").Numbers[i]
		p := &person{&age, city, int(code)}
		var missing any = age
		if math.IsNaN(age) {
			p.Age, missing = nil, nil
		}
		for _, row := range []any{p, *p, map[string]any{"age": missing, "city": city, "code": code,
			"extra": t},
			map[string]string{"age": train.Column("age").Text(i), "city": city,
				"code": train.Column("code").Text(i)}} {
			got, err := FeatureRow[float32](f, row)
			if err != nil || !slices.Equal(got, want[i*n:(i+1)*n]) {
				t.Errorf("row %d of type %T: %v, %v, want %v", i, row, got, err, want[i*n:(i+1)*n])
			}
		}
	}
}

// TestConcurrent uses one fitted pipeline in many goroutines; the race detector watches.
func TestConcurrent(t *testing.T) {
	train := people(t)
	f, err := AutoPipeline(train, "income").Fit(train)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Features[float64](f, train)
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 50 {
				got, err := Features[float64](f, train)
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("%v, %v, want %v", got, err, want)
				}
				if _, err := FeatureRow[float32](f,
					map[string]any{"age": 3, "city": "Bergen", "code": 7}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
}

// randomTable returns a table with numbers, categories and missing cells, and the target y.
func randomTable(t testing.TB, r *rand.Rand, rows int) *Table {
	a, b, c, y := make([]float64, rows), make([]float64, rows), make([]string, rows), make([]float64, rows)
	d, e := make([]float64, rows), make([]float64, rows)
	for i := range rows {
		d[i], e[i] = float64(r.IntN(3)), 1+r.ExpFloat64()
		if r.IntN(4) == 0 {
			d[i] = nan
		}
		a[i], b[i], y[i] = r.NormFloat64()*1e3, math.Exp(r.NormFloat64()), r.NormFloat64()
		c[i] = string(rune('a' + r.IntN(5)))
		if r.IntN(4) == 0 {
			a[i] = nan
		}
		if r.IntN(4) == 0 {
			c[i] = ""
		}
	}
	return tableOf(t, NumberColumn("a", a), NumberColumn("b", b), CategoryColumn("c", c),
		NumberColumn("d", d),
		NumberColumn("e", e), NumberColumn("y", y))
}

// everything is a plan with every kind of operation for randomTable.
var everything = Pipeline{
	Target: Target{Columns: []string{"y"}, Scale: []Scaling{ScaleMinMax, ScaleStandard}},
	Steps: []Step{
		AsCategory{Columns: []string{"d"}},
		Scale{Columns: []string{"e"}, By: ScaleLog},
		Impute{Columns: []string{"a"}, By: FillMedian, Indicator: true},
		Impute{Columns: []string{"c"}, By: FillMostFrequent, Indicator: true},
		Scale{Columns: []string{"b"}, By: ScaleMinMax},
		Scale{Columns: []string{"b"}, By: ScaleLog1p},
		Scale{Columns: []string{AllNumbers}, By: ScaleStandard},
		OneHot{Columns: []string{"c"}, Unknown: UnknownOwn},
		Ordinal{Columns: []string{"d"}, Unknown: UnknownOwn},
	},
}

// TestHeldOutRows changes the held-out rows in every cell and demands the same measurements.
func TestHeldOutRows(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for k := range 20 {
		plan := everything
		if k%2 == 0 {
			plan = AutoPipeline(randomTable(t, r, 40), "y")
		}
		all := randomTable(t, r, 60)
		train, test := r.Perm(60)[:40], []int{}
		for i := range 60 {
			if !slices.Contains(train, i) {
				test = append(test, i)
			}
		}
		other := randomTable(t, r, 60)
		var changed []*Column
		for _, c := range other.Columns() {
			for _, i := range train {
				from := all.Column(c.Name)
				if c.Kind == KindNumber {
					c.Numbers[i] = from.Numbers[i]
				}
			}
			if c.Kind == KindCategory { // with levels that the training rows do not have
				texts := make([]string, 60)
				for i := range texts {
					texts[i] = "new" + c.Text(i)
				}
				for _, i := range train {
					texts[i] = all.Column(c.Name).Text(i)
				}
				c = CategoryColumn(c.Name, texts)
			}
			changed = append(changed, c)
		}
		folds := []Fold{{Train: train, Test: test}}
		a, b := firstFold(t, plan, all, folds), firstFold(t, plan, tableOf(t, changed...), folds)
		if !reflect.DeepEqual(a.Fitted, b.Fitted) || !reflect.DeepEqual(a.Train, b.Train) {
			t.Fatalf("held-out rows change the measurements:\n%v\n%v", a.Fitted, b.Fitted)
		}
		if reflect.DeepEqual(a.Test, b.Test) {
			t.Fatal("the test rows are the same")
		}
		f, first, rest, err := FitSplit[float32](plan, all.Select(train), all.Select(test))
		if err != nil || !reflect.DeepEqual(f, a.Fitted) || !reflect.DeepEqual(first, a.Train) ||
			!reflect.DeepEqual(rest, a.Test) {
			t.Fatalf("FitSplit differs from FitFolds: %v", err)
		}
	}
}

func firstFold(t *testing.T, p Pipeline, table *Table, folds []Fold) *FittedFold[float32] {
	t.Helper()
	for f, err := range FitFolds[float32](p, table, folds) {
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	t.Fatal("no fold")
	return nil
}

func TestFoldErrors(t *testing.T) {
	table := people(t)
	p := Pipeline{Target: Target{Columns: names("income")}, Steps: []Step{Choose{Columns: names("code")}}}
	for want, fold := range map[string]Fold{
		"data: fold 0: row 1 is one to train and one to test on": {Train: []int{0, 1}, Test: []int{1}},
		"data: fold 0: there is no row 4, want 0 to 3":           {Train: []int{0, 4}},
		"data: fold 0: there is no row -1, want 0 to 3":          {Train: []int{0}, Test: []int{-1}},
		"data: fold 0: there are no rows to fit to":              {Test: []int{0}},
	} {
		for f, err := range FitFolds[float32](p, table, []Fold{fold, fold}) {
			if f != nil || err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%+v: %v, %v, want %q", fold, f, err, want)
			}
		}
	}
	p.Steps = append(p.Steps, Scale{Columns: names("code"), By: ScaleLog})
	far := tableOf(t, NumberColumn("code", []float64{1, 2, -3}), NumberColumn("income", []float64{1, 2, 3}))
	for _, err := range FitFolds[float32](p, far, []Fold{{Train: []int{0, 1}, Test: []int{2}}}) {
		wantCell(t, err, CellError{Row: 2, Column: "code", Msg: "is -3, want a number above 0"})
	}
	_, _, _, err := FitSplit[float32](p, far.Select([]int{0, 1}), far.Select([]int{2}))
	if err == nil ||
		!strings.HasPrefix(err.Error(), `data: the test rows: row 0: column "code" is -3, want a number`) {
		t.Errorf("FitSplit: %v", err)
	}
	_, _, _, err = FitSplit[float32](p, far, far)
	if err == nil || !strings.HasPrefix(err.Error(),
		`data: the training rows: step 1 (scale): row 2: column "code"`) {
		t.Errorf("FitSplit: %v", err)
	}
}

// TestUnscale scales targets and back.
func TestUnscale(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, scale := range [][]Scaling{nil, {ScaleStandard}, {ScaleMinMax}, {ScaleLog}, {ScaleLog1p},
		{ScaleLog1p, ScaleStandard}, {ScaleLog, ScaleMinMax}} {
		for _, unit := range []float64{1, 1e-300, 1e300, 1e9} {
			y := make([]float64, 20)
			for i := range y {
				y[i] = (1 + r.Float64()) * unit
			}
			table := tableOf(t, NumberColumn("x", y), NumberColumn("y", y))
			f := fitted(t, table, Target{Columns: names("y"), Scale: scale})
			s, err := Apply[float64](f, table)
			if err != nil {
				t.Fatal(err)
			}
			Unscale(f, s.Values)
			tol := 1e-15
			if len(scale) > 0 && (scale[0] == ScaleLog || scale[0] == ScaleLog1p) {
				tol = 2e-13 // the logarithm of 1e300 has three digits before the point
			}
			for i, v := range s.Values {
				if !(math.Abs(v-y[i]) <= tol*y[i]) {
					t.Errorf("%v in units of %g: %v, want %v", scale, unit, v, y[i])
				}
			}
		}
	}
}

// TestOperations runs the operations as another package would, from what they export.
func TestOperations(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	table := randomTable(t, r, 50)
	f, err := everything.Fit(table)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Features[float64](f, table)
	if err != nil {
		t.Fatal(err)
	}
	columns := len(f.Features())
	for i := range table.Rows() {
		for j, want := range interpreted(f, table, i) {
			if x := got[i*columns+j]; !(math.Abs(x-want) <= 1e-12) {
				t.Errorf("row %d, %s: %v, want %v", i, f.Features()[j], x, want)
			}
		}
	}
	for _, o := range f.Operations() { // what is returned is a copy
		for i := range o.Levels {
			o.Levels[i] = "changed"
		}
		for i := range o.Outputs {
			o.Outputs[i] = "changed"
		}
	}
	f.Inputs()[2].Levels[0] = "changed"
	f.Features()[0] = "changed"
	if again, err := Features[float64](f, table); err != nil || !slices.Equal(again, got) ||
		strings.Contains(f.String(), "changed") {
		t.Errorf("a change of what the methods return changes the pipeline: %v", err)
	}
}

// interpreted returns the features of a row by the docs of the operations.
func interpreted(f *Fitted, table *Table, row int) (features []float64) {
	numbers, texts := map[string]float64{}, map[string]string{}
	for _, in := range f.Inputs() {
		if c := table.Column(in.Name); in.Kind == KindNumber {
			numbers[in.Name] = c.Numbers[row]
		} else {
			texts[in.Name] = c.Text(row)
		}
	}
	for _, o := range f.Operations() {
		x, text := numbers[o.Column], texts[o.Column]
		switch o.Kind {
		case OpIndicator:
			numbers[o.Outputs[0]] = 0
			if _, isText := texts[o.Column]; math.IsNaN(x) || isText && text == "" {
				numbers[o.Outputs[0]] = 1
			}
		case OpFillNumber:
			if math.IsNaN(x) {
				numbers[o.Column] = o.Number
			}
		case OpFillCategory:
			if text == "" {
				texts[o.Column] = o.Text
			}
		case OpCategory:
			texts[o.Column] = strconv.FormatFloat(x, 'f', -1, 64)
		case OpOrdinal:
			numbers[o.Column] = float64(slices.Index(o.Levels, text))
			if text == "NaN" { // what FormatFloat writes for a missing number
				numbers[o.Column] = float64(len(o.Levels))
			}
		case OpOneHot:
			for k, name := range o.Outputs {
				numbers[name] = 0
				if k < len(o.Levels) && o.Levels[k] == text || k == len(o.Levels) &&
					!slices.Contains(o.Levels, text) {
					numbers[name] = 1
				}
			}
		case OpScale:
			numbers[o.Column] = map[Scaling]float64{ScaleLog: math.Log(x), ScaleLog1p: math.Log1p(x),
				ScaleStandard: (x - o.Mean.Float64()) / o.Std.Float64(),
				ScaleMinMax:   (x - o.Min) / (o.Max - o.Min)}[o.Scaling]
		}
	}
	for _, name := range f.Features() {
		features = append(features, numbers[name])
	}
	return features
}

func TestAutoPipeline(t *testing.T) {
	rows := 202
	number := func(name string, f func(i int) float64) *Column {
		c := NumberColumn(name, nil)
		for i := range rows {
			c.Numbers = append(c.Numbers, f(i))
		}
		return c
	}
	category := func(name string, levels int) *Column {
		texts := make([]string, rows)
		for i := range texts {
			texts[i] = string(rune('a'+i%levels/26)) + string(rune('a'+i%levels%26))
		}
		return CategoryColumn(name, texts)
	}
	table := tableOf(t, number("age", func(i int) float64 { return float64(i) / 2 }),
		number("void", func(int) float64 { return nan }), number("constant", func(int) float64 { return 3 }),
		number("gaps", func(i int) float64 { return []float64{nan, 1}[i%2] }),
		category("few", 3), category("many", 101), category("edge", 100), category("single", 1),
		TextColumn("note", make([]string, rows)), TextColumn("id", category("", rows).Levels),
		number("class", func(i int) float64 { return float64(i % 20) }),
		number("classes", func(i int) float64 { return float64(i % 21) }))
	columns := names(AllNumbers)
	steps := []Step{Drop{names("void", "note"), "no values"},
		Drop{names("constant", "single"), "the same value in every row"},
		Drop{names("id"), "texts"}, Drop{names("many"), "more than 100 levels"},
		Impute{Columns: columns, By: FillMedian, Indicator: true},
		Impute{Columns: names(AllCategories), By: FillMostFrequent}, Scale{columns, ScaleStandard},
		OneHot{names(AllCategories), UnknownZeros}}
	for want, target := range map[*Target]string{
		{Columns: names("class"), Classes: true}:                     "class",
		{Columns: names("classes"), Scale: []Scaling{ScaleStandard}}: "classes",
		{Columns: names("age"), Scale: []Scaling{ScaleStandard}}:     "age",
		{Columns: names("few")}:                                      "few", {Columns: names("no")}: "no",
		{}: "",
	} {
		p := AutoPipeline(table, target)
		if !reflect.DeepEqual(p.Target, *want) || !reflect.DeepEqual(p.Steps, steps) {
			t.Errorf("target %q: %+v, want %+v and %+v", target, p, *want, steps)
		}
		f, err := p.Fit(table)
		if (err == nil) != (target != "no") {
			t.Errorf("target %q: %v", target, err)
		}
		if err == nil && target != "" {
			if s, err := Apply[float32](f, table); err != nil || s.Check() != nil {
				t.Errorf("target %q: %v, %v", target, err, s.Check())
			}
		}
	}
}

// TestWidth demands lines of at most 80 columns, however long the names.
func TestWidth(t *testing.T) {
	long := strings.Repeat("ж", 200)
	var columns []*Column
	for _, c := range people(t).Columns() {
		c := *c
		c.Name += long
		columns = append(columns, &c)
	}
	columns = append(columns, CategoryColumn("c\n",
		names("a\tb", long+"a", strings.Repeat("\u200b", 50), "d")))
	table := tableOf(t, columns...)
	p := AutoPipeline(table, "income"+long)
	p.Target.Weight = "code" + long
	p.Steps = append(p.Steps, nil)
	checkWidth(t, p.String())
	p.Steps = p.Steps[:len(p.Steps)-1]
	f, err := p.Fit(table)
	if err != nil {
		t.Fatal(err)
	}
	checkWidth(t, f.String())
}

func checkWidth(t *testing.T, text string) {
	t.Helper()
	if strings.Count(text, "\n") < 5 {
		t.Errorf("the text is short:\n%s", text)
	}
	for line := range strings.Lines(text) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
}

// TestUnused: columns that no feature depends on are no inputs, and nothing is computed of them.
func TestUnused(t *testing.T) {
	table := people(t)
	f := fitted(t, table, Target{}, Drop{Columns: names("name")},
		Impute{Columns: names("age"), By: FillMean, Indicator: true},
		Scale{Columns: names("income"), By: ScaleLog},
		OneHot{Columns: names("city"), Unknown: UnknownOwn}, Choose{Columns: names("code", "age missing")})
	if got := f.Operations(); len(got) != 1 || got[0].Kind != OpIndicator {
		t.Errorf("operations %+v, want the indicator alone", got)
	}
	if in := f.Inputs(); len(in) != 2 || in[0].Name != "age" || in[1].Name != "code" {
		t.Errorf("inputs %+v, want age and code", in)
	}
	sameFeatures[float64](t, f, table, []float64{7, 10, 7, 8, 0, 1, 0, 0}, 0)
	f = fitted(t, table, Target{}, OneHot{Columns: names("city"), Unknown: UnknownOwn},
		Choose{Columns: names("city=Rome")})
	sameFeatures[float64](t, f, table, []float64{1, 0, 0, 1}, 0)
	if err := new(Fitted).UnmarshalJSON(must(f.MarshalJSON())); err != nil {
		t.Error(err)
	}
}

func must(text []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return text
}

// TestUnscaleLimits undoes scales at the ends of the range.
func TestUnscaleLimits(t *testing.T) {
	const most = math.MaxFloat64
	for _, c := range []struct {
		targets     []float64
		scale       Scaling
		scaled, raw float64
	}{
		{[]float64{7, 7}, ScaleStandard, 0, 7},
		{[]float64{7, 7}, ScaleMinMax, 0, 7},
		{[]float64{7, 7}, ScaleMinMax, 1, 8},
		{[]float64{1e-310, 1e-310}, ScaleStandard, 0, 1e-310},
		{[]float64{1e-310, 1e-310}, ScaleStandard, 3, 3}, // a constant has the deviation 1
		{[]float64{most, most}, ScaleStandard, 0, most},
		{[]float64{-most, most}, ScaleMinMax, 0.5, 0},
		{[]float64{-most, most}, ScaleMinMax, 1, most},
		{[]float64{-most, most}, ScaleStandard, -1, -most},
		{[]float64{1, 2}, ScaleLog, 1e9, inf},
		{[]float64{1, 2}, ScaleLog1p, -1e9, -1},
	} {
		table := tableOf(t, NumberColumn("x", c.targets), NumberColumn("y", c.targets))
		f := fitted(t, table, Target{Columns: names("y"), Scale: []Scaling{c.scale}})
		y := []float64{c.scaled}
		Unscale(f, y)
		if y[0] != c.raw && !(math.Abs(y[0]-c.raw) <= 1e-15*math.Abs(c.raw)) {
			t.Errorf("%v of %v: %v becomes %v, want %v", c.scale, c.targets, c.scaled, y[0], c.raw)
		}
	}
	if m := median([]float64{most, most}); m != most {
		t.Errorf("the median of the largest numbers is %v", m)
	}
	f := fitted(t, people(t), Target{Columns: names("city"), IgnoreUnknown: true},
		Choose{Columns: names("code")})
	logits := []float32{1, 2, 3}
	if Unscale(f, logits); !slices.Equal(logits, []float32{1, 2, 3}) {
		t.Errorf("logits become %v", logits)
	}
}

// TestDescriptions compares the text of a plan with every step, and of what it measures.
func TestDescriptions(t *testing.T) {
	p := Pipeline{Target: Target{Columns: names("city"), IgnoreUnknown: true, Weight: "income"},
		Steps: []Step{
			Choose{Columns: names("age", "code", "name"), Reason: "known at the time"},
			Impute{Columns: names("age"), By: FillValue, Value: 1.5, Text: "none"},
			AsCategory{Columns: names("code", "name")},
			Ordinal{Columns: names("code"), Levels: names("7", "8", "10")},
			OneHot{Columns: names("name"), Unknown: UnknownOwn},
			Scale{Columns: names("age"), By: ScaleMinMax}}}
	const plan = `target    city; unknown classes are ignored
weight    income
choose    age, code, name: known at the time
impute    age: 1.5 for numbers, none for categories
category  code, name
ordinal   code: in the order 7, 8, 10; unknown levels are an error
one-hot   name: unknown levels have a level of their own
scale     age: min-max
`
	if got := p.String(); got != plan {
		t.Errorf("the plan is\n%s", got)
	}
	f, err := p.Fit(people(t))
	if err != nil {
		t.Fatal(err)
	}
	const measured = `input     age: number; fill with 1.5; range 1.5 to 60 to 0 to 1
input     code: number; as category; ordinal of 3 levels: 7, 8, 10;
          unknown levels are an error
input     name: category; one-hot of 3 levels: Ann, Bob, Cy;
          unknown levels have a level of their own
features  6: age, code, name=Ann, name=Bob, name=Cy, name=other
target    city: 2 classes: Oslo, Rome
weight    income
`
	if got := f.String(); got != measured {
		t.Errorf("measured is\n%s", got)
	}
	digits := Target{Columns: names("code"), Classes: true}
	if got := (Pipeline{Target: digits}).String(); got != "target    code: whole numbers as classes\n" {
		t.Errorf("the plan is\n%s", got)
	}
}
