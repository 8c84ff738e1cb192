package data

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// TestScikitLearn compares with scikit-learn, which bench/peers/fixtures/pipeline.py ran.
func TestScikitLearn(t *testing.T) {
	text, err := os.ReadFile("testdata/pipeline.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Train   int
		Columns map[string][]any
		Plans   map[string][][]float64
		Target  []float64
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	table := sklearnTable(t, want.Columns)
	train := make([]int, want.Train)
	for i := range train {
		train[i] = i
	}
	target := Target{Columns: names("price"), Scale: []Scaling{ScaleLog, ScaleStandard}}
	for name, steps := range map[string][]Step{
		"standard": {Choose{Columns: names("area", "rooms", "floor", "city")},
			Impute{Columns: names(AllNumbers), By: FillMean},
			Scale{names(AllNumbers), ScaleStandard}, Impute{Columns: names("city"), By: FillMostFrequent},
			OneHot{names("city"), UnknownZeros}},
		"min-max": {Choose{Columns: names("area", "rooms", "floor", "heat")},
			Impute{Columns: names("area", "rooms"), By: FillMedian},
			Impute{Columns: names("floor"), By: FillMostFrequent},
			Scale{names(AllNumbers), ScaleMinMax}, Ordinal{Columns: names("heat"), Unknown: UnknownOwn}},
		"log": {Choose{Columns: names("area", "rooms")},
			Impute{Columns: names("area"), By: FillValue, Value: 50},
			Scale{names("area"), ScaleLog1p}, Scale{names("area"), ScaleStandard},
			Impute{Columns: names("rooms"), By: FillMostFrequent, Indicator: true}},
	} {
		f, err := Pipeline{Target: target, Steps: steps}.Fit(table.Select(train))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var all []float64
		for _, column := range want.Plans[name] {
			all = append(all, column...)
		}
		sameFeatures[float64](t, f, table, all, 1e-8) // the area of row 33 is 50000 deviations from the mean
		s, err := Apply[float64](f, table)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, y := range s.Values {
			if !(math.Abs(y-want.Target[i]) <= 1e-13) {
				t.Errorf("%s: target %d is %v, want %v", name, i, y, want.Target[i])
			}
		}
	}
}

// sklearnTable returns the columns of the fixture as a table.
func sklearnTable(t *testing.T, columns map[string][]any) *Table {
	t.Helper()
	var list []*Column
	for _, name := range []string{"area", "rooms", "floor", "city", "heat", "price"} {
		var numbers []float64
		var texts []string
		for _, v := range columns[name] {
			x, isNumber := v.(float64)
			if !isNumber {
				x = nan
			}
			numbers = append(numbers, x)
			s, _ := v.(string)
			texts = append(texts, s)
		}
		c := NumberColumn(name, numbers)
		if name == "city" || name == "heat" {
			c = CategoryColumn(name, texts)
		}
		list = append(list, c)
	}
	return tableOf(t, list...)
}
