package optim_test

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// What the parts of an optimizer and of an average are: a head that learns four times as fast.
func ExampleGroups_All() {
	body := layer.NewLinear[float32](3, 2, kernels.ActReLU)
	head := layer.NewLinear[float32](2, 1, kernels.ActIdentity)
	groups := optim.NewGroups(
		optim.Group[float32]{Params: body.Params(), Optimizer: optim.NewAdam[float32]()},
		optim.Group[float32]{Params: head.Params(), Optimizer: optim.NewAdam[float32](), RateScale: 4})
	for _, g := range groups.All() {
		fmt.Println(len(g.Params), optim.Kind(g.Optimizer), g.RateScale)
	}
	// Output:
	// 2 Adam 0
	// 2 Adam 4
}

func ExampleAverage_Beta() {
	l := layer.NewLinear[float32](3, 2, kernels.ActReLU)
	fmt.Println(optim.NewAverage(l.Params(), 0.999).Beta())
	// Output: 0.999
}
