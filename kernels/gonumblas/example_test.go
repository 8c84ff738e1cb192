package gonumblas_test

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/mat"

	"github.com/ashlar-go/ashlar/kernels/gonumblas"
)

// After Use gonum's matrices compute on the kernels.
func ExampleUse() {
	gonumblas.Use()
	a := mat.NewDense(2, 2, []float64{2, 1, 1, 3})
	b := mat.NewDense(2, 1, []float64{3, 5})
	var c, x mat.Dense
	c.Mul(a, a)
	if err := x.Solve(a, b); err != nil {
		fmt.Println(err)
	}
	fmt.Println(mat.Formatted(&c))
	fmt.Printf("%.1f %.1f\n", x.At(0, 0), x.At(1, 0))
	// Output:
	// ⎡ 5   5⎤
	// ⎣ 5  10⎦
	// 0.8 1.4
}

// The methods are BLAS's routines on row-major slices.
func ExampleImplementation() {
	a := []float32{1, 2, 3, 4} // 2 x 2, its lower triangle is not read
	x := []float32{10, 100}
	gonumblas.Implementation{}.Strmv(blas.Upper, blas.NoTrans, blas.NonUnit, 2, a, 2, x, 1)
	fmt.Println(x)
	// Output: [210 400]
}
