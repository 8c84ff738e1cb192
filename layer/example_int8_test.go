package layer_test

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// A net in int8 with ranges from rows such as it will get.
func ExampleQuantize() {
	net := layer.NewSequential[float32](layer.NewLinear[float32](2, 3, kernels.ActReLU),
		layer.NewLinear[float32](3, 2, kernels.ActIdentity))
	layer.Initialize(net, 1)
	small, err := layer.Quantize[float32](net, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(layer.Calibrate(small, mat.Of(3, 2, []float32{1, 0, 0.5, 1, -1, 2})))
	p, err := layer.NewPredictor(small, 2)
	fmt.Println(p.Out(), p.Bytes(), err)
	// Output:
	// <nil>
	// 2 52 <nil>
}

func ExampleCalibrate() {
	small, _ := layer.Quantize[float32](layer.NewLinear[float32](2, 2, kernels.ActReLU), 2)
	err := layer.Calibrate(small, mat.Of(2, 2, []float32{-1, 0, 3, 0.5}))
	fmt.Println(err)
	fmt.Println(small.(*layer.Int8Linear[float32]).Range())
	// Output:
	// <nil>
	// -1 3 true
}

// A Linear of one output stays in float32.
func ExampleInt8Layers() {
	net := layer.NewSequential[float32](layer.NewLinear[float32](2, 3, kernels.ActReLU),
		layer.NewLinear[float32](3, 1, kernels.ActIdentity))
	small, err := layer.Quantize[float32](net, 2)
	fmt.Println(len(layer.Int8Layers[float32](net)), len(layer.Int8Layers(small)), err)
	// Output: 0 1 <nil>
}

func ExampleNewInt8Linear() {
	l, err := layer.NewInt8Linear[float32](2, 1, []int8{127, -127}, []float32{1. / 127}, []float32{0.5},
		kernels.ActIdentity)
	fmt.Println(err)
	y := layer.NewWorkspace[float32](l).Forward(mat.Of(1, 2, []float32{2, 1}), false)
	fmt.Printf("%.2f\n", y.Row(0))
	// Output:
	// <nil>
	// [1.50]
}
