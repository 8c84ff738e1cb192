package data_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ashlar-go/ashlar/data"
)

func ExampleReadIDX() {
	file := []byte{0, 0, 0x08, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 20, 30, 40, 50, 60}
	x, err := data.ReadIDX(bytes.NewReader(file))
	fmt.Println(x.Dims, x.Data, err)

	_, err = data.ReadIDX(bytes.NewReader(file[:16]))
	fmt.Println(err)
	fmt.Println(errors.Is(err, io.ErrUnexpectedEOF))
	// Output:
	// [2 3] [10 20 30 40 50 60] <nil>
	// data: byte 16: the data end here, want 6 bytes of elements, found 4
	// true
}

func ExampleReadIDXFile() {
	images, err := data.ReadIDXFile("testdata/tiny-images.idx.gz")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(images.Dims, len(images.Data))
	// Output: [3 2 2] 12
}

func ExampleFromIDX() {
	images, err := data.ReadIDXFile("testdata/tiny-images.idx.gz")
	if err != nil {
		fmt.Println(err)
		return
	}
	labels, err := data.ReadIDXFile("testdata/tiny-labels.idx")
	if err != nil {
		fmt.Println(err)
		return
	}
	set, err := data.FromIDX(images, labels, 3, 1.0/255, 0.0)
	fmt.Println(set.Rows, set.Features, set.Row(1), set.Y, err)

	_, err = data.FromIDX(images, labels, 2, 1.0/255, 0.0)
	fmt.Println(err)
	// Output:
	// 3 4 [0.8 1 0 0] [2 0 1] <nil>
	// data: label 0 is 2, want 0 to 1, or Ignored (-100)
}

func ExampleReadCSV() {
	text := "1.5;4.5;0\n2.5;5.5;1\n0.5;3.5;yes\n"
	opts := data.CSVOptions{Comma: ';', Label: data.LabelLast}
	_, err := data.ReadCSV[float32](strings.NewReader(text), opts)
	fmt.Println(err)

	set, err := data.ReadCSV[float32](strings.NewReader(strings.Replace(text, "yes", "0", 1)), opts)
	fmt.Println(set.X, set.Y, set.Classes, err)
	// Output:
	// data: line 3, column 3: "yes" is no class, want an integer
	// [1.5 4.5 2.5 5.5 0.5 3.5] [0 1 0] 2 <nil>
}

func ExampleReadCSVFile() {
	set, err := data.ReadCSVFile[float64]("testdata/tiny.csv",
		data.CSVOptions{Header: true, Label: data.LabelLast})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(set.Rows, set.Features, set.Classes, set.Row(3))
	// Output: 4 2 2 [2 6]
}

func ExampleSet_Check() {
	set := &data.Set[float32]{X: []float32{0, 0, 0, 1, 1, 0, 1, 1}, Y: []int{0, 1, 1, 0}, Rows: 4,
		Features: 2, Classes: 2}
	fmt.Println(set.Check())
	set.Y[2] = -1
	fmt.Println(set.Check())
	// Output:
	// <nil>
	// data: label 2 is -1, want 0 to 1, or Ignored (-100)
}

// count returns a set of n rows whose one feature is the row, the first third of
// class 0.
func count(n int) *data.Set[float64] {
	set := &data.Set[float64]{Rows: n, Features: 1, Classes: 2}
	for i := range n {
		set.X = append(set.X, float64(i))
		set.Y = append(set.Y, min(1, 3*i/n))
	}
	return set
}

func ExampleSet_Split() {
	train, test, err := count(10).Split(0.8, 1)
	fmt.Println(train.Rows, test.Rows, err)
	// Output: 8 2 <nil>
}

func ExampleSet_SplitStratified() {
	train, test, err := count(12).SplitStratified(0.75, 1)
	fmt.Println(train.Y, test.Y, err)
	// Output: [0 0 0 1 1 1 1 1 1] [0 1 1] <nil>
}

func ExampleNewBatcher() {
	set := count(10)
	const size = 4
	batches := data.NewBatcher(set, size, 42)
	x, y := make([]float64, size*set.Features), make([]int, size)
	for epoch := range 2 {
		batches.Shuffle(epoch)
		for n := batches.Next(x, y); n > 0; n = batches.Next(x, y) {
			fmt.Print(n, " rows; ")
		}
	}
	fmt.Println(batches.Len(), "mini-batches an epoch")
	batches.DropLast = true
	fmt.Println(batches.Len(), "without the short one")
	// Output:
	// 4 rows; 4 rows; 2 rows; 4 rows; 4 rows; 2 rows; 3 mini-batches an epoch
	// 2 without the short one
}

func ExampleStandardize() {
	train := &data.Set[float64]{X: []float64{1, 7, 3, 7}, Y: []int{0, 1}, Rows: 2, Features: 2, Classes: 2}
	test := &data.Set[float64]{X: []float64{5, 8}, Y: []int{1}, Rows: 1, Features: 2, Classes: 2}
	mean, std := data.Standardize(train)
	train.Apply(mean, std)
	test.Apply(mean, std)
	fmt.Println(mean, std, train.X, test.X)
	// Output: [2 7] [1 1] [-1 0 1 0] [3 1]
}

// Seconds since 1970 in float32 are 128 apart, and their mean is between two of them.
func ExampleStatistic() {
	x := []float32{1.6e9, 1.6e9 + 128}
	set := &data.Set[float32]{X: x, Y: []int{0, 0}, Rows: 2, Features: 1, Classes: 1}
	mean, std := data.Standardize(set)
	set.Apply(mean, std)
	fmt.Println(mean, std[0].Float64(), set.X)
	// Output: [1.600000064e+09] 64 [-1 1]
}

// The error of a reader says where it is, what was found and what was expected.
func ExampleFormatError() {
	_, err := data.ReadCSV[float32](strings.NewReader("0,1.5\n1,2.5,3.5\n"), data.CSVOptions{})
	if format, ok := errors.AsType[*data.FormatError](err); ok {
		fmt.Println(format.Place)
	}
	fmt.Println(err)
	// Output:
	// line 2, column 3
	// data: line 2, column 3: the row has 3 columns, want 2 as in the first
}
