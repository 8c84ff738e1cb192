package data_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ashlar-go/ashlar/data"
)

// splitFlats reads sales of flats and splits them.
func splitFlats() (train, test *data.Table, err error) {
	t, err := data.ReadTableFile("testdata/flats.csv", data.TableOptions{})
	if err != nil {
		return nil, nil, err
	}
	return t.Split(0.8, 1)
}

func ExampleAutoPipeline() {
	train, _, err := splitFlats()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(data.AutoPipeline(train, "price"))
	// Output:
	// target    price: standard
	// drop      date: texts
	// impute    all numbers: median, and a column that tells where a value was missing
	// impute    all categories: most frequent
	// scale     all numbers: standard
	// one-hot   all categories: unknown levels become zeros
}

// The plan of one's own: prices are sums of money, so their logarithm is standardised.
func ExamplePipeline() {
	train, _, err := splitFlats()
	if err != nil {
		fmt.Println(err)
		return
	}
	plan := data.Pipeline{
		Target: data.Target{
			Columns: []string{"price"},
			Scale:   []data.Scaling{data.ScaleLog, data.ScaleStandard},
		},
		Steps: []data.Step{
			data.Choose{Columns: []string{"area", "built", "city", "balcony"}},
			data.Impute{Columns: []string{data.AllNumbers}, By: data.FillMedian, Indicator: true},
			data.Impute{Columns: []string{data.AllCategories}, By: data.FillMostFrequent},
			data.Scale{Columns: []string{data.AllNumbers}, By: data.ScaleStandard},
			data.Ordinal{Columns: []string{"balcony"}, Levels: []string{"no", "yes"}},
			data.OneHot{Columns: []string{"city"}, Unknown: data.UnknownZeros},
		},
	}
	f, err := plan.Fit(train)
	fmt.Print(f)
	fmt.Println(err)
	// Output:
	// input     city: category; fill with Berlin; one-hot of 5 levels: Berlin,
	//           Cologne, Hamburg, Leipzig, Munich; unknown levels become zeros
	// input     area: number; indicator area missing; fill with 78.7;
	//           (x - 77.8906) / 21.6373
	// input     built: number; indicator built missing; fill with 1961;
	//           (x - 1961.47) / 31.9588
	// input     balcony: category; fill with yes; ordinal of 2 levels: no, yes;
	//           unknown levels are an error
	// features  10: area, area missing, built, built missing, city=Berlin,
	//           city=Cologne and 4 more
	// target    price; log; (x - 12.8235) / 0.401943
	// <nil>
}

func ExampleFitted() {
	train, _, err := splitFlats()
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := data.AutoPipeline(train, "price").Fit(train)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, in := range f.Inputs() {
		fmt.Println(in.Name, in.Kind, in.Levels)
	}
	text, err := json.Marshal(f)
	if err != nil {
		fmt.Println(err)
		return
	}
	again := new(data.Fitted)
	err = json.Unmarshal(text, again)
	fmt.Println(again.String() == f.String(), err)
	// Output:
	// city category [Berlin Cologne Hamburg Leipzig Munich]
	// area number []
	// rooms number []
	// built number []
	// balcony category [no yes]
	// true <nil>
}

func ExampleFitted_Operations() {
	t, err := data.NewTable(data.NumberColumn("age", []float64{30, 40, 50}),
		data.CategoryColumn("city", []string{"Rome", "Oslo", "Rome"}))
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := data.AutoPipeline(t, "").Fit(t)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, o := range f.Operations() {
		switch o.Kind {
		case data.OpScale:
			fmt.Println(o.Kind, o.Column, o.Scaling, o.Mean, o.Std)
		default:
			fmt.Println(o.Kind, o.Column, o.Levels, o.Outputs)
		}
	}
	// Output:
	// fill number age [] []
	// fill category city [] []
	// scale age standard 40 8.16496580927726
	// one-hot city [Oslo Rome] [city=Oslo city=Rome]
}

func ExampleFitSplit() {
	train, test, err := splitFlats()
	if err != nil {
		fmt.Println(err)
		return
	}
	f, trainSet, testSet, err := data.FitSplit[float32](data.AutoPipeline(train, "price"), train, test)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(trainSet.Rows, testSet.Rows, trainSet.Features, len(f.Features()))
	// Output: 160 40 13 13
}

func ExampleFitFolds() {
	t, err := data.ReadTableFile("testdata/flats.csv", data.TableOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	folds, err := t.Folds(4, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for fold, err := range data.FitFolds[float32](data.AutoPipeline(t, "price"), t, folds) {
		if err != nil {
			fmt.Println(err)
			return
		}
		price := fold.Fitted.TargetOperations()[0]
		fmt.Printf("%d rows to train on, their mean price %.0f; %d to test on\n", fold.Train.Rows,
			price.Mean.Float64(), fold.Test.Rows)
	}
	// Output:
	// 150 rows to train on, their mean price 403410; 50 to test on
	// 150 rows to train on, their mean price 404593; 50 to test on
	// 150 rows to train on, their mean price 402263; 50 to test on
	// 150 rows to train on, their mean price 408423; 50 to test on
}

func ExampleApply() {
	train, test, err := splitFlats()
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := data.AutoPipeline(train, "price").Fit(train)
	if err != nil {
		fmt.Println(err)
		return
	}
	set, err := data.Apply[float32](f, test)
	fmt.Println(set.Rows, set.Features, set.Outputs, err)

	less, err := test.Drop("area")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = data.Apply[float32](f, less)
	fmt.Println(err)
	// Output:
	// 40 13 1 <nil>
	// data: column "area" is not in the table of "date", "city", "rooms", "built", "balcony", "price"
}

func ExampleFeatures() {
	t, err := data.NewTable(data.NumberColumn("age", []float64{20, 40}),
		data.NumberColumn("paid", []float64{1, 0}))
	if err != nil {
		fmt.Println(err)
		return
	}
	p := data.Pipeline{Target: data.Target{Columns: []string{"paid"}, Classes: true},
		Steps: []data.Step{data.Scale{Columns: []string{"age"}, By: data.ScaleMinMax}}}
	f, err := p.Fit(t)
	if err != nil {
		fmt.Println(err)
		return
	}
	new, err := data.NewTable(data.NumberColumn("age", []float64{30, 25, 60}))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(data.Features[float32](f, new))
	// Output: [0.5 0.25 2] <nil>
}

// The training rows had the codes 01, 02 and A1. All codes of the new rows are digits, and stay codes.
func ExampleFitted_ReadTable() {
	train, err := data.NewTable(data.CategoryColumn("code", []string{"01", "02", "A1"}))
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := data.Pipeline{Steps: []data.Step{data.OneHot{Columns: []string{"code"}}}}.Fit(train)
	if err != nil {
		fmt.Println(err)
		return
	}
	t, err := f.ReadTable(strings.NewReader("code\n02\n01\n"), data.TableOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(data.Features[float32](f, t))
	// Output: [0 1 0 1 0 0] <nil>
}

func ExampleFitted_ReadTableFile() {
	train, test, err := splitFlats()
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := data.AutoPipeline(train, "price").Fit(train)
	if err != nil {
		fmt.Println(err)
		return
	}
	t, err := f.ReadTableFile("testdata/flats.csv", data.TableOptions{})
	fmt.Println(t.Rows() == train.Rows()+test.Rows(), err)
	// Output: true <nil>
}

// What a client sends is JSON; its errors are the client's.
func ExampleFeatureRow() {
	t, err := data.NewTable(data.NumberColumn("age", []float64{20, 40}),
		data.CategoryColumn("city", []string{"Rome", "Oslo"}))
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := data.Pipeline{Steps: []data.Step{data.OneHot{Columns: []string{"city"}}}}.Fit(t)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, client := range []string{`{"age": 31, "city": "Oslo"}`, `{"age": 31, "city": "Paris"}`} {
		var row map[string]any
		if err := json.Unmarshal([]byte(client), &row); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(data.FeatureRow[float32](f, row))
	}
	type person struct {
		Age  int    `column:"age"`
		City string `column:"city"`
	}
	fmt.Println(data.FeatureRow[float32](f, person{50, "Rome"}))
	// Output:
	// [31 1 0] <nil>
	// [] data: column "city" is "Paris", which is no level of the training rows, want "Oslo", "Rome"
	// [50 0 1] <nil>
}

func ExampleUnscale() {
	t, err := data.NewTable(data.NumberColumn("area", []float64{50, 100, 150}),
		data.NumberColumn("price", []float64{100e3, 200e3, 300e3}))
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := data.AutoPipeline(t, "price").Fit(t)
	if err != nil {
		fmt.Println(err)
		return
	}
	predictions := []float64{0, -1, 2}
	data.Unscale(f, predictions)
	fmt.Printf("%.0f\n", predictions)
	// Output: [200000 118350 363299]
}

func ExampleCellError() {
	t, err := data.NewTable(data.NumberColumn("income", []float64{3000, 0}))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = data.Pipeline{Steps: []data.Step{
		data.Scale{Columns: []string{"income"}, By: data.ScaleLog}}}.Fit(t)
	fmt.Println(err)
	if cell, ok := errors.AsType[*data.CellError](err); ok {
		fmt.Println(cell.Row, cell.Column)
	}
	// Output:
	// data: step 0 (scale): row 1: column "income" is 0, want a number above 0 for its logarithm
	// 1 income
}

func ExampleFilling() {
	fmt.Println(data.FillMean, data.FillMedian, data.FillMostFrequent, data.FillValue)
	// Output: mean median most frequent value
}

func ExampleScaling() {
	fmt.Println(data.ScaleStandard, data.ScaleMinMax, data.ScaleLog, data.ScaleLog1p)
	// Output: standard min-max log log1p
}

func ExampleUnknown() {
	t, err := data.NewTable(data.CategoryColumn("city", []string{"Oslo", "Rome"}))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, u := range []data.Unknown{data.UnknownError, data.UnknownZeros, data.UnknownOwn} {
		f, err := data.Pipeline{Steps: []data.Step{
			data.OneHot{Columns: []string{"city"}, Unknown: u}}}.Fit(t)
		if err != nil {
			fmt.Println(err)
			return
		}
		x, err := data.FeatureRow[float32](f, map[string]any{"city": "Paris"})
		fmt.Println(u, x, err)
	}
	// Output:
	// error [] data: column "city" is "Paris", which is no level of the training rows, want "Oslo", "Rome"
	// zeros [0 0] <nil>
	// own level [0 0 1] <nil>
}

func ExampleOperationKind() {
	fmt.Println(data.OpIndicator, data.OpFillNumber, data.OpOneHot, data.OpScale)
	// Output: indicator fill number one-hot scale
}

func ExampleSet_Oversample() {
	s := &data.Set[float32]{Rows: 4, Features: 1, Classes: 2, X: []float32{10, 11, 12, 13},
		Y: []int{0, 0, 0, 1}}
	b, err := s.Oversample(1)
	fmt.Println(b.X, b.Y, err)
	// Output: [10 11 12 13 13 13] [0 0 0 1 1 1] <nil>
}

func ExampleSet_Undersample() {
	s := &data.Set[float32]{Rows: 4, Features: 1, Classes: 2, X: []float32{10, 11, 12, 13},
		Y: []int{0, 0, 0, 1}}
	b, err := s.Undersample(1)
	fmt.Println(b.Rows, b.Y, err)
	// Output: 2 [0 1] <nil>
}
