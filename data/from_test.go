package data

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestFromArrays flattens all but the first dimension.
func TestFromArrays(t *testing.T) {
	numbers := make([]float64, 24)
	for i := range numbers {
		numbers[i] = float64(i)
	}
	y := &Array[int]{[]int{2}, []int{1, Ignored}}
	for _, dims := range [][]int{{2, 12}, {2, 3, 4}, {2, 1, 3, 2, 2}} {
		s, err := FromArrays(&Array[float64]{dims, numbers}, y, 0)
		if err != nil || s.Rows != 2 || s.Features != 12 || s.Classes != 2 || !slices.Equal(s.Row(1), numbers[12:]) ||
			!slices.Equal(s.Y, []int{1, Ignored}) {
			t.Errorf("%v: %+v, %v", dims, s, err)
		}
		v, err := FromArraysValues(&Array[float64]{dims, numbers}, &Array[float64]{[]int{2, 2, 1}, numbers[:4]})
		if err != nil || v.Rows != 2 || v.Outputs != 2 || !slices.Equal(v.Target(1), []float64{2, 3}) {
			t.Errorf("%v: %+v, %v", dims, v, err)
		}
	}
	for _, dims := range [][]int{{2}, {2, 1}, {1, 2}} {
		s, err := FromArrays(&Array[float64]{[]int{2}, numbers[:2]}, &Array[int]{dims, []int{0, 1}}, 3)
		if err != nil || s.Rows != 2 || s.Features != 1 || s.Classes != 3 {
			t.Errorf("%v: %+v, %v", dims, s, err)
		}
	}
	x := &Array[float64]{[]int{2, 12}, numbers}
	for _, c := range []struct {
		x    *Array[float64]
		y    *Array[int]
		want string
	}{
		{nil, y, "data: the array of features is nil"},
		{x, nil, "data: the array of classes is nil"},
		{&Array[float64]{nil, numbers[:1]}, y, "data: the features are a single number, want an array"},
		{&Array[float64]{[]int{3}, numbers}, y, "data: the array of features has dimensions [3] but 24 elements"},
		{&Array[float64]{[]int{0, 3}, nil}, &Array[int]{[]int{0}, nil}, "data: the features have dimensions [0 3], want at"},
		{&Array[float64]{[]int{1 << 30, 0}, nil}, y, "data: the features have dimensions [1073741824 0], want at least 1"},
		{x, &Array[int]{[]int{2, 2}, []int{1, 0, 1, 0}}, "data: the classes have dimensions [2 2], want one a row"},
		{x, &Array[int]{[]int{1}, []int{1}}, "data: row 1 has no class: there are 2 rows of features and 1 of targets"},
		{x, &Array[int]{nil, []int{1}}, "data: row 1 has no class: there are 2 rows of features and 1 of targets"},
		{x, &Array[int]{[]int{3}, []int{1, 0, 1}}, "data: row 2 has no features: there are 2 rows of features and 3 of"},
		{x, &Array[int]{[]int{2}, []int{1, -1}}, "data: label 1 is -1, want 0 to 1, or Ignored (-100)"},
		{x, &Array[int]{[]int{2}, []int{1 << 20, 0}}, "data: label 0 is 1048576, want at most 1048575 unless"},
	} {
		if s, err := FromArrays(c.x, c.y, 0); s != nil || err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%v, %v, want %s", s, err, c.want)
		}
	}
	if s, err := FromArrays(x, y, -1); s != nil || err == nil ||
		err.Error() != "data: the number of classes is -1, want at least 0" {
		t.Error(s, err)
	}
	if s, err := FromArraysValues(x, &Array[float64]{[]int{0}, nil}); s != nil || err == nil ||
		err.Error() != "data: the values have dimensions [0], want at least 1 row and 1 column" {
		t.Error(s, err)
	}
}

// TestFromRows also checks the sets of matrices of the same numbers.
func TestFromRows(t *testing.T) {
	x := [][]float64{{1, 2}, {3, math.NaN()}, {5, 6}}
	m := mat.NewDense(3, 2, []float64{1, 2, 3, math.NaN(), 5, 6})
	y := []int{2, 0, Ignored}
	values := [][]float64{{1}, {2}, {3}}
	column := mat.NewVecDense(3, []float64{1, 2, 3})
	rows, err := FromRows(x, y, 0)
	if err != nil {
		t.Fatal(err)
	}
	ofMatrix, err := FromMatrix[float64](m, y, 0)
	if err != nil {
		t.Fatal(err)
	}
	transposed, err := FromMatrix[float64](mat.DenseCopyOf(m.T()).T(), y, 3)
	if err != nil {
		t.Fatal(err)
	}
	want := "&{[1 2 3 NaN 5 6] [2 0 -100] 3 2 3 [] 0 []}"
	for _, s := range []*Set[float64]{rows, ofMatrix, transposed} {
		if got := fmt.Sprint(s); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	rowsValues, err := FromRowsValues(x, values)
	if err != nil {
		t.Fatal(err)
	}
	ofMatrixValues, err := FromMatrixValues[float64](m, column)
	if err != nil {
		t.Fatal(err)
	}
	want = "&{[1 2 3 NaN 5 6] [] 3 2 0 [1 2 3] 1 []}"
	for _, s := range []*Set[float64]{rowsValues, ofMatrixValues} {
		if got := fmt.Sprint(s); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	x[0][0], y[0], values[0][0] = 7, 7, 7
	m.Set(0, 0, 7)
	column.SetVec(0, 7)
	if rows.X[0] != 1 || rows.Y[0] != 2 || rowsValues.Values[0] != 1 || ofMatrix.X[0] != 1 || ofMatrix.Y[0] != 2 ||
		ofMatrixValues.Values[0] != 1 {
		t.Error("the sets share memory with the arguments")
	}
}

func TestFromRowsErrors(t *testing.T) {
	x := [][]float32{{1, 2}, {3, 4}, {5, 6}}
	huge := mat.NewDense(1, 2, []float64{0, 1e300})
	for i, c := range []struct {
		err  error
		want string
	}{
		{second(FromRows[float32](nil, nil, 0)), "there are no features, want at least 1 row and 1 column"},
		{second(FromRows([][]float32{{}}, []int{0}, 0)), "there are no features, want at least 1 row and 1 column"},
		{second(FromRows([][]float32{{1, 2}, {1, 2}, {1}}, []int{0, 0, 0}, 0)), "row 2 has 1 features, want 2 as in row 0"},
		{second(FromRows([][]float32{{1}, {1, 2}}, []int{0, 0}, 0)), "row 1 has 2 features, want 1 as in row 0"},
		{second(FromRows([][]float32{{1}, nil}, []int{0, 0}, 0)), "row 1 has 0 features, want 1 as in row 0"},
		{second(FromRows(x, []int{0, 1}, 0)), "row 2 has no class: there are 3 rows of features and 2 of targets"},
		{second(FromRows(x, nil, 0)), "row 0 has no class: there are 3 rows of features and 0 of targets"},
		{second(FromRows(x, []int{0, 1, 2}, 2)), "label 2 is 2, want 0 to 1, or Ignored (-100)"},
		{second(FromRowsValues(x, [][]float32{{1}, {2}})), "row 2 has no value: there are 3 rows of features and 2 of"},
		{second(FromRowsValues(x, [][]float32{{1}, {2}, {}})), "row 2 has 0 values, want 1 as in row 0"},
		{second(FromRowsValues(x, [][]float32{{1, 2}, {2, float32(math.NaN())}, {3, 4}})),
			"row 1: value 1 is NaN, want a finite number"},
		{second(FromRowsValues(x, [][]float32{{1}, {2}, {float32(math.Inf(-1))}})), "row 2: value 0 is -Inf, want a finite"},
		{second(FromMatrix[float32](nil, nil, 0)), "there is no matrix of features"},
		{second(FromMatrix[float32](new(mat.Dense), nil, 0)), "the matrix of features is 0 x 0, want at least 1 x 1"},
		{second(FromMatrix[float32](huge, []int{0}, 0)), "row 0, column 1 of the features: 1e+300 is more than float32"},
		{second(FromMatrix[float64](huge, []int{0, 1}, 0)), "row 1 has no features: there are 1 rows of features and 2 of"},
		{second(FromMatrixValues[float32](mat.NewDense(1, 1, nil), huge)), "row 0, column 1 of the values: 1e+300 is more"},
		{second(FromMatrixValues[float64](huge, nil)), "there is no matrix of values"},
	} {
		if c.err == nil || !strings.HasPrefix(c.err.Error(), "data: "+c.want) {
			t.Errorf("%d: %v, want %s", i, c.err, c.want)
		}
	}
}

// second returns the error of a function, and an error if there is half a result beside one.
func second[T Float](s *Set[T], err error) error {
	if (s == nil) == (err == nil) {
		return fmt.Errorf("half a result: %v, %w", s, err)
	}
	return err
}

// TestFromStructs has a field of every kind.
func TestFromStructs(t *testing.T) {
	type meters float32
	type row struct {
		A      int8
		B      bool
		C      [2]uint16
		name   string
		D      []meters
		E      *float64
		Class  uint8   `data:"class"`
		Weight float64 `data:"weight"`
		Text   string  `data:"-"`
		F      int64
	}
	e := 0.5
	list := []row{
		{-1, true, [2]uint16{2, 3}, "x", []meters{4, 5}, &e, 7, 0.25, "", 9},
		{1, false, [2]uint16{}, "", []meters{1.5, 0}, &e, 0, 1, "", 1 << 40},
	}
	const want = "&{[-1 1 2 3 4 5 0.5 9 1 0 0 0 1.5 0 0.5 1.099511627776e+12] [7 0] 2 8 8 [] 0 [0.25 1]}"
	s, err := FromStructs[float64](list, 0)
	if got := fmt.Sprint(s); err != nil || got != want {
		t.Errorf("%s, %v", got, err)
	}
	s, err = FromStructs[float64]([]*row{&list[0], &list[1]}, 8)
	if got := fmt.Sprint(s); err != nil || got != want {
		t.Errorf("pointers: %s, %v", got, err)
	}
	type regression struct {
		Y1 float64 `data:"value"`
		X  float64
		Y2 [2]float64 `data:"value"`
	}
	v, err := FromStructs[float64]([]regression{{1, 2, [2]float64{3, 4}}, {5, math.NaN(), [2]float64{7, 8}}}, 0)
	if got := fmt.Sprint(v); err != nil || got != "&{[2 NaN] [] 2 1 0 [1 3 4 5 7 8] 3 []}" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestFromStructsErrors(t *testing.T) {
	type ragged struct {
		X []float64
		P *int
		Y int `data:"class"`
	}
	type value struct {
		X float64
		Y *float64 `data:"value"`
		W float64  `data:"weight"`
	}
	one, inf, huge := 1, math.Inf(1), 1e300
	good := ragged{[]float64{1, 2}, &one, 1}
	for i, c := range []struct {
		err  error
		want string
	}{
		{second(FromStructs[float32]([]ragged(nil), 0)), "there are no rows, want at least 1"},
		{second(FromStructs[float32]([]ragged{good, {[]float64{1}, &one, 0}}, 0)),
			"row 1: field X has 1 numbers, want 2 as in row 0"},
		{second(FromStructs[float32]([]ragged{good, good, {[]float64{1, 2}, nil, 0}}, 0)), "row 2: field P is missing"},
		{second(FromStructs[float32]([]ragged{{[]float64{1, 1e300}, &one, 1}}, 0)),
			"row 0: field X is 1e+300, which float32 cannot hold"},
		{second(FromStructs[float32]([]ragged{good, {good.X, &one, -1}}, 0)), "label 1 is -1, want 0 to 1, or Ignored"},
		{second(FromStructs[float32]([]*ragged{&good, nil}, 0)), "row 1 is nil"},
		{second(FromStructs[float32]([]value{{1, &huge, 1}}, 0)), "row 0: field Y is 1e+300, which float32 cannot hold"},
		{second(FromStructs[float64]([]value{{1, &huge, 1}, {1, nil, 1}}, 0)), "row 1: field Y is missing"},
		{second(FromStructs[float64]([]value{{1, &huge, 1}, {1, &inf, 1}}, 0)), "row 1: value 0 is +Inf, want a finite"},
		{second(FromStructs[float64]([]value{{1, &huge, -1}}, 0)), "weight 0 is -1, want a finite number from 0 up"},
		{second(FromStructs[float64]([]value{{1, &huge, 1}}, 2)), "the number of classes is 2, want 0 for a regression"},
		{second(FromStructs[float64]([]int{1}, 2)), "the rows are of type int, want structs"},
		{second(FromStructs[float64]([]any{good}, 2)), "the rows are of type interface {}, want structs"},
		{second(FromStructs[float64]([]struct{ X, Y float64 }{{}}, 2)), "struct { X float64; Y float64 } has 0 fields with"},
		{second(FromStructs[float64]([]struct {
			Y int `data:"class"`
		}{{}}, 2)), "struct { Y int \"data:\\\"class\\\"\" } has no field that is a feature"},
		{second(FromStructs[float64]([]struct {
			City string
			Y    int `data:"class"`
		}{{}}, 2)), "field City has type string, want numbers, or the tag data:\"-\""},
		{second(FromStructs[float64]([]struct {
			X float64
			Y float64 `data:"class"`
		}{{}}, 2)), "field Y is a class of type float64, want an integer"},
		{second(FromStructs[float64]([]struct {
			X, Z float64
			Y    int `data:"clas"`
		}{{}}, 2)), "field Y has the tag data:\"clas\", want class, value, weight or -"},
		{second(FromStructs[float64]([]struct {
			X float64
			y int `data:"class"`
		}{{}}, 2)), "field y is not exported"},
		{second(FromStructs[float64]([]struct {
			X, Y float64
			W    []float64 `data:"weight"`
		}{{}}, 2)), "field W is a weight of type []float64, want a number"},
		{second(FromStructs[float64]([]struct {
			X    float64
			Y, Z int `data:"class"`
		}{{}}, 2)), "struct { X float64; Y int \"data:\\\"class\\\"\"; Z int \"data:\\\"class\\\"\" } has 2 classes and 0"},
		{second(FromStructs[float64]([]struct {
			X []float64
			Y int `data:"class"`
		}{{}}, 2)), "the fields of struct { X []float64; Y int \"data:\\\"class\\\"\" } make no feature"},
	} {
		if c.err == nil || !strings.HasPrefix(c.err.Error(), "data: "+c.want) {
			t.Errorf("%d: %v, want %s", i, c.err, c.want)
		}
	}
}
