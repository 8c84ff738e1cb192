package data_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/ashlar-go/ashlar/data"
)

// A stream may be zipped; what it inflates to is limited.
func ExampleLimit() {
	var file bytes.Buffer
	z := gzip.NewWriter(&file)
	z.Write(append([]byte{0, 0, 0x08, 1, 0, 0, 0x27, 0x10}, make([]byte, 10000)...))
	z.Close()
	x, err := data.ReadIDX(bytes.NewReader(file.Bytes()))
	fmt.Println(x.Dims, err)

	_, err = data.ReadIDX(bytes.NewReader(file.Bytes()), data.Limit(5000))
	fmt.Println(strings.Contains(err.Error(), "inflates to more than 5000 bytes"))
	// Output:
	// [10000] <nil>
	// true
}

// numpy wrote the file by np.savez("flowers.npz", x=x, y=y).
func ExampleReadNPZFile() {
	x, err := data.ReadNPZFile[float32]("testdata/flowers.npz", "x")
	if err != nil {
		fmt.Println(err)
		return
	}
	y, err := data.ReadNPZFile[int]("testdata/flowers.npz", "y")
	if err != nil {
		fmt.Println(err)
		return
	}
	set, err := data.FromArrays(x, y, 0)
	fmt.Println(set.Rows, set.Features, set.Classes, set.Row(1), set.Y, err)

	_, err = data.ReadNPZFile[int]("testdata/flowers.npz", "labels")
	fmt.Println(err)
	// Output:
	// 4 2 3 [7 3.2] [0 1 2 0] <nil>
	// data: testdata/flowers.npz: array "labels": is not in the archive, which has "x", "y"
}

func ExampleReadNPZ() {
	file, err := os.ReadFile("testdata/flowers.npz")
	if err != nil {
		fmt.Println(err)
		return
	}
	x, err := data.ReadNPZ[float64](bytes.NewReader(file), int64(len(file)), "x")
	fmt.Println(x.Dims, x.Data[:2], err)
	// Output: [4 2] [5.1 3.5] <nil>
}

func ExampleReadNPZInfo() {
	file, err := os.ReadFile("testdata/flowers.npz")
	if err != nil {
		fmt.Println(err)
		return
	}
	list, err := data.ReadNPZInfo(bytes.NewReader(file), int64(len(file)))
	fmt.Println(list, err)
	// Output: [{x float64 [4 2]} {y int64 [4]}] <nil>
}

func ExampleReadNPYInfo() {
	f, err := os.Open("testdata/version1.npy")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	info, err := data.ReadNPYInfo(f)
	fmt.Println(info.Type, info.Dims, err)
	// Output: float32 [4 6] <nil>
}

func ExampleReadNPYFile() {
	x, err := data.ReadNPYFile[float32]("testdata/version1.npy")
	fmt.Println(x.Dims, x.Data[6:12], err)
	// Output: [4 6] [6 7 8 9 10 11] <nil>
}

func ExampleReadNPY() {
	var file bytes.Buffer
	err := data.WriteNPY(&file, &data.Array[float64]{Dims: []int{2}, Data: []float64{1, 2.5}})
	fmt.Println(err)
	_, err = data.ReadNPY[int](bytes.NewReader(file.Bytes()))
	fmt.Println(err)
	x, err := data.ReadNPY[float32](&file)
	fmt.Println(x.Dims, x.Data, err)
	// Output:
	// <nil>
	// data: byte 136: element 1 is 2.5, which int cannot hold
	// [2] [1 2.5] <nil>
}

func ExampleWriteNPY() {
	var file bytes.Buffer
	err := data.WriteNPY(&file, &data.Array[float32]{Dims: []int{2, 3}, Data: []float32{1, 2, 3, 4, 5, 6}})
	fmt.Printf("%q %d bytes %v\n", bytes.TrimRight(file.Bytes()[10:128], " \n"), file.Len(), err)
	// Output: "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" 152 bytes <nil>
}

// predictions go to Python, where np.load reads the file.
func ExampleWriteNPYFile() {
	path := filepath.Join(os.TempDir(), "predictions.npy")
	defer os.Remove(path)
	fmt.Println(data.WriteNPYFile(path, &data.Array[int]{Dims: []int{3}, Data: []int{2, 0, 1}}))
	y, err := data.ReadNPYFile[int](path)
	fmt.Println(y.Data, err)
	// Output:
	// <nil>
	// [2 0 1] <nil>
}

func ExampleWriteNPZ() {
	var file bytes.Buffer
	err := data.WriteNPZ(&file, map[string]data.AnyArray{
		"x": &data.Array[float32]{Dims: []int{2, 2}, Data: []float32{1, 2, 3, 4}},
		"y": &data.Array[int]{Dims: []int{2}, Data: []int{0, 1}},
	})
	fmt.Println(err)
	y, err := data.ReadNPZ[int](bytes.NewReader(file.Bytes()), int64(file.Len()), "y")
	fmt.Println(y.Data, err)
	// Output:
	// <nil>
	// [0 1] <nil>
}

// A set is written as its two arrays.
func ExampleWriteNPZFile() {
	set := count(4)
	path := filepath.Join(os.TempDir(), "set.npz")
	defer os.Remove(path)
	fmt.Println(data.WriteNPZFile(path, map[string]data.AnyArray{
		"x": &data.Array[float64]{Dims: []int{set.Rows, set.Features}, Data: set.X},
		"y": &data.Array[int]{Dims: []int{set.Rows}, Data: set.Y},
	}))
	x, err := data.ReadNPZFile[float64](path, "x")
	fmt.Println(x.Dims, x.Data, err)
	// Output:
	// <nil>
	// [4 1] [0 1 2 3] <nil>
}

func ExampleFromArrays() {
	images := &data.Array[float32]{Dims: []int{2, 2, 2}, Data: []float32{1, 2, 3, 4, 5, 6, 7, 8}}
	set, err := data.FromArrays(images, &data.Array[int]{Dims: []int{2}, Data: []int{2, 0}}, 3)
	fmt.Println(set.Rows, set.Features, set.Row(1), set.Y, err)

	_, err = data.FromArrays(images, &data.Array[int]{Dims: []int{1}, Data: []int{2}}, 3)
	fmt.Println(err)
	// Output:
	// 2 4 [5 6 7 8] [2 0] <nil>
	// data: row 1 has no class: there are 2 rows of features and 1 of targets
}

func ExampleFromArraysValues() {
	x := &data.Array[float64]{Dims: []int{3}, Data: []float64{1, 2, 3}}
	prices := &data.Array[float64]{Dims: []int{3}, Data: []float64{10, 20, math.NaN()}}
	_, err := data.FromArraysValues(x, prices)
	fmt.Println(err)
	prices.Data[2] = 30
	set, err := data.FromArraysValues(x, prices)
	fmt.Println(set.Rows, set.Features, set.Outputs, set.Target(2), err)
	// Output:
	// data: row 2: value 0 is NaN, want a finite number
	// 3 1 1 [30] <nil>
}

func ExampleFromRows() {
	set, err := data.FromRows([][]float32{{1, 2}, {3, 4}, {5, 6}}, []int{0, 1, 1}, 0)
	fmt.Println(set.X, set.Y, set.Classes, err)

	_, err = data.FromRows([][]float32{{1, 2}, {3}}, []int{0, 1}, 0)
	fmt.Println(err)
	// Output:
	// [1 2 3 4 5 6] [0 1 1] 2 <nil>
	// data: row 1 has 1 features, want 2 as in row 0
}

func ExampleFromRowsValues() {
	set, err := data.FromRowsValues([][]float64{{1, 2}, {3, 4}}, [][]float64{{0.5}, {1.5}})
	fmt.Println(set.X, set.Values, set.Outputs, err)
	// Output: [1 2 3 4] [0.5 1.5] 1 <nil>
}

func ExampleFromMatrix() {
	x := mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6})
	set, err := data.FromMatrix[float32](x, []int{1, 0}, 0)
	fmt.Println(set.Rows, set.Features, set.Row(1), set.Y, err)
	// Output: 2 3 [4 5 6] [1 0] <nil>
}

func ExampleFromMatrixValues() {
	x := mat.NewDense(3, 1, []float64{1, 2, 3})
	set, err := data.FromMatrixValues[float64](x, mat.NewVecDense(3, []float64{2, 4, 6}))
	fmt.Println(set.X, set.Values, err)
	// Output: [1 2 3] [2 4 6] <nil>
}

func ExampleFromStructs() {
	type house struct {
		Area   float64
		Rooms  int
		Garden bool
		Price  float64 `data:"value"`
		Street string  `data:"-"`
	}
	set, err := data.FromStructs[float32]([]house{
		{80, 3, false, 210, "High Street"},
		{120, 4, true, 350, "Mill Lane"},
	}, 0)
	fmt.Println(set.X, set.Values, err)

	_, err = data.FromStructs[float32]([]house{{80, 3, false, math.NaN(), ""}}, 0)
	fmt.Println(err)
	// Output:
	// [80 3 0 120 4 1] [210 350] <nil>
	// data: row 0: value 0 is NaN, want a finite number
}
