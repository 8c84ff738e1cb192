package kernels_test

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
)

func ExampleDot() {
	fmt.Println(kernels.Dot([]float64{1, 2, 3}, []float64{4, -5, 6}))
	// Output: 12
}

func ExampleAxpy() {
	y := []float32{1, 1, 1}
	kernels.Axpy(y, 2, []float32{1, 2, 3})
	fmt.Println(y)
	// Output: [3 5 7]
}

func ExampleScale() {
	x := []float32{1, -2, 3}
	kernels.Scale(x, 0.5, x) // in place
	fmt.Println(x)
	// Output: [0.5 -1 1.5]
}

func ExampleDivide() {
	x := []float64{1, -2, 3}
	kernels.Divide(x, x, 10) // in place
	fmt.Println(x)
	// Output: [0.1 -0.2 0.3]
}

func ExampleAbsSum() {
	fmt.Println(kernels.AbsSum([]float64{3, -4, 0.5}))
	// Output: 7.5
}

// The squares of these elements are beyond the largest float64.
func ExampleNorm2() {
	fmt.Println(kernels.Norm2([]float64{3e300, -4e300}))
	// Output: 5e+300
}

func ExampleMaxAbs() {
	fmt.Println(kernels.MaxAbs([]float64{1, -7, 3}))
	// Output: 7
}

func ExampleArgMaxAbs() {
	fmt.Println(kernels.ArgMaxAbs([]float64{1, -7, 7}), kernels.ArgMaxAbs[float64](nil))
	// Output: 1 -1
}

func ExampleSwap() {
	x, y := []float64{1, 2}, []float64{3, 4}
	kernels.Swap(x, y)
	fmt.Println(x, y)
	// Output: [3 4] [1 2]
}

// A quarter turn takes (1, 0) to (0, -1) and (0, 1) to (1, 0).
func ExampleRot() {
	x, y := []float64{1, 0}, []float64{0, 1}
	kernels.Rot(x, y, 0, 1)
	fmt.Println(x, y)
	// Output: [0 1] [-1 0]
}

func ExampleGemvTriangle() {
	a := []float64{
		1, 2,
		0, 3, // below the diagonal, and not read
	}
	y := make([]float64, 2)
	kernels.GemvTriangle(true, 2, 2, 1, a, 2, []float64{10, 1}, 0, y)
	fmt.Println(y)
	// Output: [12 3]
}

func ExampleGemv() {
	a := []float64{ // 2 x 3
		1, 2, 3,
		4, 5, 6,
	}
	y, z := []float64{100, 200}, make([]float64, 3)
	kernels.Gemv(false, 2, 3, 1, a, 3, []float64{1, 0, -1}, 1, y) // y = A x + y
	kernels.Gemv(true, 2, 3, 1, a, 3, []float64{1, 10}, 0, z)     // z = transposed A x
	fmt.Println(y, z)
	// Output: [98 198] [41 52 63]
}

func ExampleGer() {
	a := []float64{ // 2 x 2
		1, 0,
		0, 1,
	}
	kernels.Ger(2, 2, 2, []float64{1, 3}, []float64{5, 7}, a, 2)
	fmt.Println(a)
	// Output: [11 14 30 43]
}
