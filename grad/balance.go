package grad

import (
	"fmt"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/size"
	"github.com/ashlar-go/ashlar/kernels"
)

// BalancedWeights returns weights of classes, for ClassWeight of [SoftmaxCrossEntropy], with
// which each class that is there weighs as much as any other, however rare it is:
//
//	w[c] = n / (classes count[c])
//
// for n labels of which count[c] are c, and 0 where none is. Labels that are [Ignored] do not
// count. Another label outside [0, classes) panics.
//
// Where every class is there, the weights of all labels together are n, so that a mean or a sum
// over the set keeps its size (King and Zeng, Logistic Regression in Rare Events Data, 2001).
func BalancedWeights[T kernels.Float](labels []int, classes int) []T {
	if classes < 0 {
		panic(&kernels.ShapeError{Op: "grad.BalancedWeights", Arg: "classes", Got: classes, Want: 0,
			Msg: fmt.Sprintf("classes = %d, want >= 0", classes)})
	}
	if _, ok := size.Elements(unsafe.Sizeof(0), classes); !ok {
		panic(&kernels.ShapeError{Op: "grad.BalancedWeights", Arg: "classes", Got: classes,
			Msg: fmt.Sprintf("weights of %d classes do not fit in memory", classes)})
	}
	count, n := make([]int, classes), 0
	for i, c := range labels {
		switch {
		case c == Ignored:
			continue
		case c < 0 || c >= classes:
			panic(&kernels.ShapeError{Op: "grad.BalancedWeights", Arg: "labels", Got: c, Want: classes,
				Msg: fmt.Sprintf("labels[%d] = %d, want in [0, %d), or Ignored (%d)", i, c, classes,
					Ignored)})
		}
		count[c]++
		n++
	}
	return balanced[T](count, n)
}

// BalancedWeightsOf is [BalancedWeights] for count[c] labels of each class c, such as Counts of a
// data.Survey. A count below 0 panics.
func BalancedWeightsOf[T kernels.Float](count []int) []T {
	n := 0
	for c, k := range count {
		if k < 0 {
			panic(&kernels.ShapeError{Op: "grad.BalancedWeightsOf", Arg: "count", Got: k, Want: 0,
				Msg: fmt.Sprintf("count[%d] = %d, want >= 0", c, k)})
		}
		n += k
	}
	return balanced[T](count, n)
}

// balanced returns the weights of n labels, of which count[c] are c.
func balanced[T kernels.Float](count []int, n int) []T {
	weights := make([]T, len(count))
	for c, k := range count {
		if k > 0 {
			weights[c] = T(float64(n) / (float64(len(count)) * float64(k)))
		}
	}
	return weights
}
