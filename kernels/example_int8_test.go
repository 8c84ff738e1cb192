package kernels_test

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
)

// Weights take a quarter of the bytes, and a layer is off by less than a hundredth.
func ExampleGemmInt8() {
	weights, bias := []float32{0.5, -1, 2, 0.25}, []float32{0, 1} // 2 x 2
	b := kernels.QuantizeB(false, 2, 2, weights, 2)
	x, y := []float32{1, 0.5, -2, 3}, make([]float32, 4)
	kernels.GemmInt8(2, x, 2, b, y, 2, kernels.Epilogue[float32]{Bias: bias, Act: kernels.ActReLU})
	fmt.Printf("%.1f\n", y)
	// Output: [1.5 0.1 5.0 3.8]
}

// With a range from calibration data no row needs one of its own. What lies beyond it counts as its end.
func ExampleGemmInt8Range() {
	b := kernels.QuantizeB(false, 1, 1, []float32{3}, 1)
	y := make([]float32, 3)
	kernels.GemmInt8Range(0, 2, 3, []float32{1, 2, 7}, 1, b, y, 1, kernels.Epilogue[float32]{})
	fmt.Printf("%.1f\n", y)
	// Output: [3.0 6.0 6.0]
}

func ExampleQuantizeB() {
	b := kernels.QuantizeB(false, 3, 2, []float32{1, 20, -2, 40, 4, 0}, 2)
	k, n := b.Dims()
	q, scale := make([]int8, k*n), make([]float32, n)
	b.Unpack(q, n, scale)
	fmt.Println(q)
	fmt.Printf("%.4f\n", scale)
	// Output:
	// [32 64 -64 127 127 0]
	// [0.0315 0.3150]
}

// A file holds the integers and the scales, of which packed weights are made again.
func ExampleQuantizeColumns() {
	const k, n = 2, 2
	q, scale := make([]int8, k*n), make([]float32, n)
	kernels.QuantizeColumns(q, n, scale, false, k, n, []float32{127, 2, -127, 1}, n)
	fmt.Println(q, scale[0])
	// Output: [127 127 -127 64] 1
}

func ExamplePackInt8() {
	b := kernels.PackInt8(2, 1, []int8{1, -2}, 1, []float32{0.5})
	y := make([]float32, 1)
	kernels.GemmInt8(1, []float32{255, 0}, 2, b, y, 1, kernels.Epilogue[float32]{})
	fmt.Println(y)
	// Output: [127.5]
}

// Pure Go runs everywhere and stands first; the active path is one of the list.
func ExampleInt8Paths() {
	paths := kernels.Int8Paths()
	fmt.Println(paths[0])
	// Output: generic
}

func ExampleActiveInt8() {
	path, err := kernels.ParseInt8Path(kernels.ActiveInt8().String())
	fmt.Println(path == kernels.ActiveInt8(), err)
	// Output: true <nil>
}

func ExampleParseInt8Path() {
	fmt.Println(kernels.ParseInt8Path("avx512_vnni"))
	// Output: avx512_vnni <nil>
}

// All paths give the same bits.
func ExampleLimitInt8() {
	before := kernels.ActiveInt8()
	fmt.Println(kernels.LimitInt8(kernels.Int8Generic), kernels.ActiveInt8())
	if err := kernels.LimitInt8(before); err != nil {
		fmt.Println(err)
	}
	// Output: <nil> generic
}

func ExampleExplainInt8() {
	fmt.Println(kernels.ExplainInt8() == "" || kernels.ActiveInt8() < kernels.Int8AMX)
	// Output: true
}
