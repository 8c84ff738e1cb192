package kernels_test

import (
	"fmt"
	"slices"

	"github.com/ashlar-go/ashlar/kernels"
)

// halves rounds numbers to bfloat16.
func halves(x ...float32) []kernels.BFloat16 {
	h := make([]kernels.BFloat16, len(x))
	for i, v := range x {
		h[i] = kernels.NewBFloat16(v)
	}
	return h
}

// 8 bits of precision hold integers up to 256.
func ExampleNewBFloat16() {
	for _, x := range []float32{3, 256, 257, 3.14159} {
		fmt.Println(kernels.NewBFloat16(x).Float32())
	}
	// Output:
	// 3
	// 256
	// 256
	// 3.140625
}

// Half of the bytes, and a relative error of at most 2^-8 where numbers are not subnormal.
func ExampleToBFloat16() {
	x := []float32{1, 1.0 / 3, 1e-3}
	y, back := make([]kernels.BFloat16, len(x)), make([]float32, len(x))
	kernels.ToBFloat16(y, x)
	kernels.FromBFloat16(back, y)
	fmt.Println(back)
	// Output: [1 0.33398438 0.0009994507]
}

func ExampleFromBFloat16() {
	y := make([]float32, 3)
	kernels.FromBFloat16(y, []kernels.BFloat16{0x3f80, 0x4049, 0xff80})
	fmt.Println(y)
	// Output: [1 3.140625 -Inf]
}

// A layer on float32 inputs with bfloat16 weights: sums and bias are float32.
func ExampleGemmBFloat16() {
	x := []float32{1, 2, 3}           // 1 x 3
	w := halves(1, 10, 2, 20, 3, 30)  // 3 x 2
	bias := []float32{0.001, -1000.5} // of the two outputs
	y := make([]float32, 2)
	kernels.GemmBFloat16(false, false, 1, 2, 3, 1, x, 3, w, 2, 0, y, 2,
		kernels.BF16Epilogue{Bias: bias, Act: kernels.ActReLU})
	fmt.Println(y)

	rounded := make([]kernels.BFloat16, 2)
	kernels.GemmBFloat16(false, false, 1, 2, 3, 1, x, 3, w, 2, 0, rounded, 2,
		kernels.BF16Epilogue{Bias: bias})
	fmt.Println(rounded[0].Float32(), rounded[1].Float32())
	// Output:
	// [14.001 0]
	// 14 -860
}

// Weights that many products share are packed once: half the bytes of float32.
func ExamplePackBFloat16() {
	w := []float32{ // 3 x 2, of which the transpose is packed
		1, 4,
		2, 5,
		3, 6,
	}
	p := kernels.PackBFloat16(true, 2, 3, w, 2)
	fmt.Println(p.Dims())

	y := make([]float32, 3)
	kernels.GemmPackedBFloat16(false, 1, 1, []float32{1, 10}, 2, p, 0, y, 3, kernels.BF16Epilogue{})
	fmt.Println(y)
	// Output:
	// 2 3
	// [41 52 63]
}

func ExampleGemmPackedBFloat16() {
	p := kernels.PackBFloat16(false, 2, 2, halves(1, 2, 3, 4), 2)
	y := make([]kernels.BFloat16, 2)
	kernels.GemmPackedBFloat16(false, 1, 1, halves(1, 1), 2, p, 0, y, 2, kernels.BF16Epilogue{})
	fmt.Println(y[0].Float32(), y[1].Float32())
	// Output: 4 6
}

// Two products of 1 x 2 and 2 x 1 matrices; B is shared.
func ExampleGemmBatchBFloat16() {
	a := halves(1, 2, 3, 4)
	b := []float32{10, 1}
	c := make([]float32, 2)
	kernels.GemmBatchBFloat16(2, false, false, 1, 1, 2, 1, a, 2, 2, b, 1, 0, 0, c, 1, 1)
	fmt.Println(c)
	// Output: [12 34]
}

// A level of precision is a permission: here the product is so small that it is computed in float32.
func ExampleGemmPrecision() {
	a, b, c := []float32{1.001, 2}, []float32{1, 1}, make([]float32, 1)
	kernels.GemmPrecision(kernels.Medium, false, false, 1, 1, 2, 1, a, 2, b, 1, 0, c, 1,
		kernels.Epilogue[float32]{})
	fmt.Println(c)
	// Output: [3.001]
}

// Gradient descent uses the gradient of the weights up as it comes out. The inputs are kept as bfloat16.
func ExampleGemmBlocksBFloat16() {
	x := halves(1, 2, 3, 4) // 2 rows, 2 features
	dz := []float32{1, -1}  // 2 rows, 1 output
	w := make([]float32, 2)
	kernels.GemmBlocksBFloat16(2, 1, 2, x, 2, dz, 1, func(row int, dw []float32) {
		kernels.UpdateSGD(w[row:row+len(dw)], dw, kernels.SGDParams{LR: 0.5})
	})
	fmt.Println(w)
	// Output: [1 1]
}

func ExampleGemmBlocksPrecision() {
	x, dz := []float32{1.001, 2}, []float32{1, 1} // 2 rows of one column each
	kernels.GemmBlocksPrecision(kernels.Medium, 1, 1, 2, x, 1, dz, 1, func(row int, c []float32) {
		fmt.Println(row, c)
	})
	// Output: 0 [3.001]
}

func ExampleParsePrecision() {
	fmt.Println(kernels.ParsePrecision("medium"))
	_, err := kernels.ParsePrecision("low")
	fmt.Println(err)
	// Output:
	// medium <nil>
	// kernels: unknown precision "low", want one of ["highest" "high" "medium"]
}

// Pure Go runs everywhere and stands first; the active path is one of the list.
func ExampleBF16Paths() {
	paths := kernels.BF16Paths()
	fmt.Println(paths[0], slices.Contains(paths, kernels.ActiveBF16()))
	// Output: generic true
}

// ActiveBF16 tells how products of bfloat16 numbers are computed, for a program's logs.
func ExampleActiveBF16() {
	path, err := kernels.ParseBF16Path(kernels.ActiveBF16().String())
	fmt.Println(path == kernels.ActiveBF16(), err)
	// Output: true <nil>
}

func ExampleParseBF16Path() {
	path, err := kernels.ParseBF16Path("avx512_bf16")
	fmt.Println(path, path.Tier(), err)
	// Output: avx512_bf16 avx512 <nil>
}

// A test that wants the same bits on every machine takes pure Go.
func ExampleLimitBF16() {
	best := kernels.ActiveBF16()
	defer kernels.LimitBF16(best)
	fmt.Println(kernels.LimitBF16(kernels.BF16Generic), kernels.ActiveBF16())
	// Output: <nil> generic
}

// The reason is for people: it names what the CPU lacks, or what lowered the path.
func ExampleExplainBF16() {
	best := kernels.ActiveBF16()
	defer kernels.LimitBF16(best)
	kernels.LimitBF16(kernels.BF16Generic)
	fmt.Println(kernels.ExplainBF16() != "")
	// Output: true
}
