package data_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/ashlar-go/ashlar/data"
)

// get returns a value, or panics where an example cannot go on.
func get[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

// tempFile writes a file in a new directory, which the returned function removes.
func tempFile(name, text string) (path string, remove func()) {
	dir := get(os.MkdirTemp("", "example"))
	path = filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		panic(err)
	}
	return path, func() { os.RemoveAll(dir) }
}

// showRows prints the features and targets of all rows of a source.
func showRows(source data.Source[float64]) {
	pass, err := source.Open()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pass.Close()
	for {
		part, err := pass.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(part.X, part.Y, part.Values)
	}
}

// Batches of three rows, from a file of seven through a shuffle buffer of four.
func ExampleNewStream() {
	path, remove := tempFile("rows.csv", "0,10\n1,11\n0,12\n1,13\n0,14\n1,15\n0,16\n")
	defer remove()
	source, err := data.CSVSource[float64](path, data.CSVOptions{Classes: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	stream, err := data.NewStream(source, 4)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(stream.Shape(), stream.Survey().Rows, stream.Survey().Counts)
	dealer := stream.Deal(3, 1)
	for epoch := range 2 {
		dealer.Start(epoch, 0)
		for {
			batch, err := dealer.Next(context.Background())
			if err == io.EOF {
				break
			}
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Println(epoch, batch.X, batch.Y)
		}
	}
	// Output:
	// 1 features and 2 classes 7 [4 3]
	// 0 [10 14 12] [0 0 0]
	// 0 [13 15 11] [1 1 1]
	// 0 [16] [0]
	// 1 [13 12 11] [1 0 1]
	// 1 [15 16 10] [1 0 0]
	// 1 [14] [0]
}

// A dealer that goes on within an epoch, and one that is stopped.
func ExampleDealer() {
	set := &data.Set[float64]{X: []float64{0, 1, 2, 3, 4}, Y: make([]int, 5), Rows: 5, Features: 1, Classes: 1}
	stream := get(data.NewStream(get(data.SetSource(set)), 1))
	dealer := stream.Deal(2, 1)
	dealer.Start(1, 1) // from the second batch on
	batch, err := dealer.Next(context.Background())
	fmt.Println(batch.X, err, dealer.Len())
	dealer.Stop()
	_, err = dealer.Next(context.Background())
	fmt.Println(err)
	// Output:
	// [2 3] <nil> 3
	// EOF
}

func ExampleShape() {
	fmt.Println(data.Shape{Features: 784, Classes: 10})
	fmt.Println(data.Shape{Features: 3, Outputs: 1}.Regression())
	// Output:
	// 784 features and 10 classes
	// true
}

func ExampleSetSource() {
	set := &data.Set[float64]{X: []float64{1, 2, 3, 4}, Y: []int{1, 0}, Rows: 2, Features: 2, Classes: 2}
	showRows(get(data.SetSource(set)))
	// Output: [1 2 3 4] [1 0] []
}

func ExampleCSVSource() {
	path, remove := tempFile("rows.csv", "price,area,rooms\n9.5,70,3\n5,40,x\n")
	defer remove()
	source, err := data.CSVSource[float64](path, data.CSVOptions{Header: true, Values: true})
	fmt.Println(source.Shape(), err)
	_, err = data.SurveySource(source)
	var format *data.FormatError
	fmt.Println(errors.As(err, &format), format.Place, format.Msg)
	// Output:
	// 2 features and 1 outputs <nil>
	// true line 3, column 3 "x" is no feature, want a finite number
}

// A pipeline is fitted to a table that fits in memory, such as the first rows of a file. The rows of
// the whole file then go through it.
func ExampleTableSource() {
	path, remove := tempFile("rents.csv", "area;city;rent\n70,5;Köln;900\n40;Bonn;500\n55;Bonn;\n")
	defer remove()
	sample, err := data.NewTable(data.NumberColumn("area", []float64{40, 60}),
		data.CategoryColumn("city", []string{"Bonn", "Köln"}), data.NumberColumn("rent", []float64{500, 800}))
	if err != nil {
		fmt.Println(err)
		return
	}
	plan := data.Pipeline{Target: data.Target{Columns: []string{"rent"}},
		Steps: []data.Step{data.Scale{Columns: []string{"area"}, By: data.ScaleStandard},
			data.OneHot{Columns: []string{"city"}}}}
	fitted, err := plan.Fit(sample)
	if err != nil {
		fmt.Println(err)
		return
	}
	source, err := data.TableSource[float64](path, data.TableOptions{}, fitted)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(fitted.Features(), source.Shape())
	_, err = data.SurveySource(source)
	var format *data.FormatError
	fmt.Println(errors.As(err, &format), format.Place, format.Msg)
	// Output:
	// [area city=Bonn city=Köln] 3 features and 1 outputs
	// true line 4 column "rent" is missing, want the value of the target; Table.DropMissing leaves out such rows
}

func ExampleNPYSource() {
	dir := get(os.MkdirTemp("", "example"))
	defer os.RemoveAll(dir)
	x, y := filepath.Join(dir, "x.npy"), filepath.Join(dir, "y.npy")
	fmt.Println(data.WriteNPYFile(x, &data.Array[float32]{Dims: []int{3, 2}, Data: []float32{1, 2, 3, 4, 5, 6}}))
	fmt.Println(data.WriteNPYFile(y, &data.Array[int]{Dims: []int{3}, Data: []int{0, 1, 1}}))
	showRows(get(data.NPYSource[float64](x, y, 2)))
	// Output:
	// <nil>
	// <nil>
	// [1 2 3 4 5 6] [0 1 1] []
}

func ExampleNPYValuesSource() {
	dir := get(os.MkdirTemp("", "example"))
	defer os.RemoveAll(dir)
	x := filepath.Join(dir, "x.npy")
	fmt.Println(data.WriteNPYFile(x, &data.Array[float32]{Dims: []int{2, 2}, Data: []float32{1, 2, 3, 4}}))
	showRows(get(data.NPYValuesSource[float64](x, x)))
	// Output:
	// <nil>
	// [1 2 3 4] [] [1 2 3 4]
}

func ExampleIDXSource() {
	source, err := data.IDXSource[float64]("testdata/tiny-images.idx.gz", "testdata/tiny-labels.idx", 3, 1, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(source.Shape())
	showRows(source)
	// Output:
	// 4 features and 3 classes
	// [0 51 102 153 204 255 0 0 255 0 255 0] [2 0 1] []
}

func ExampleJoinSources() {
	part := func(x ...float64) data.Source[float64] {
		return get(data.SetSource(&data.Set[float64]{X: x, Y: make([]int, len(x)), Rows: len(x), Features: 1,
			Classes: 1}))
	}
	showRows(get(data.JoinSources(part(1, 2), part(3))))
	// Output:
	// [1 2] [0 0] []
	// [3] [0] []
}

// Features standardised by the means and deviations of the whole source.
func ExampleMapSource() {
	raw := get(data.SetSource(&data.Set[float64]{X: []float64{100, 300}, Y: []int{0, 1}, Rows: 2, Features: 1,
		Classes: 2}))
	mean, std := get(data.SurveySource(raw)).Statistics()
	showRows(data.MapSource(raw, 1, func(part *data.Set[float64]) error {
		part.Apply(mean, std)
		return nil
	}))
	// Output: [-1 1] [0 1] []
}

func ExampleSurveySource() {
	source := get(data.SetSource(&data.Set[float64]{X: []float64{1, 2, 3, 6}, Y: []int{0, 2, 2, data.Ignored}, Rows: 4,
		Features: 1, Classes: 3}))
	v, err := data.SurveySource(source)
	fmt.Println(v.Rows, v.Weighing, v.Counts, err)
	fmt.Printf("mean %.4f, deviation %.4f\n", v.Features[0].Mean, v.Features[0].Std)
	// Output:
	// 4 3 [1 0 2] <nil>
	// mean 2.0000, deviation 0.8165
}

func ExampleSet_FoldsStratified() {
	set := &data.Set[float64]{X: make([]float64, 6), Y: []int{0, 0, 0, 0, 1, 1}, Rows: 6, Features: 1, Classes: 2}
	folds, err := set.FoldsStratified(2, 1)
	for _, f := range folds {
		fmt.Println(set.Select(f.Train).Y, set.Select(f.Test).Y, err)
	}
	// Output:
	// [0 0 1] [0 0 1] <nil>
	// [0 0 1] [0 0 1] <nil>
}
