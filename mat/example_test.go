package mat_test

import (
	"fmt"

	"github.com/ashlar-go/ashlar/mat"
)

func ExampleMul() {
	a := mat.FromRows([]float64{1, 2}, []float64{3, 4})
	b := mat.FromRows([]float64{5}, []float64{6})
	c := mat.New[float64](2, 1)
	mat.Mul(false, false, 1, a, b, 0, c) // C = A B
	fmt.Println(c.RawData())
	// Output: [17 39]
}

func ExampleDense_Sub() {
	m := mat.New[float32](3, 3)
	m.Sub(1, 3, 1, 3).Fill(1) // the lower right block, in place
	fmt.Println(m.RawData())
	// Output: [0 0 0 0 1 1 0 1 1]
}

func ExampleNew() {
	m := mat.New[float64](2, 3)
	m.Set(1, 2, 7)
	fmt.Println(m, m.RawData())
	// Output: mat.Dense 2x3 [0 0 0 0 0 7]
}

func ExampleFromRows() {
	m := mat.FromRows([]float64{1, 2}, []float64{3, 4}, []float64{5, 6})
	fmt.Println(m.Rows, m.Cols, m.At(2, 0))
	// Output: 3 2 5
}

func ExampleOf() {
	batch := mat.Of(2, 3, []float32{1, 2, 3, 4, 5, 6})
	fmt.Println(batch, batch.Row(1), batch.At(0, 2))
	// Output: mat.Dense 2x3 [4 5 6] 3
}
