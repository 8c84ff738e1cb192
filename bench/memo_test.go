package bench

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// memoOf returns the Memo of a batch and of a perceptron: the layers of front, then layers of the
// given widths with one activation.
func memoOf(act kernels.Activation, rows int, dims []int,
	front ...layer.Layer[float32]) (*Memo, []*layer.Param[float32]) {
	parts := front
	for i := range len(dims) - 1 {
		if i == len(dims)-2 {
			act = kernels.ActIdentity
		}
		parts = append(parts, layer.NewLinear[float32](dims[i], dims[i+1], act))
	}
	model, classes := layer.NewSequential(parts...), dims[len(dims)-1]
	layer.Initialize[float32](model, 1)
	labels := make([]int, rows)
	for i := range labels {
		labels[i] = i % classes
	}
	return NewMemo(model, mat.Of(rows, dims[0], random[float32](rows*dims[0])),
		mat.New[float32](rows, classes),
		grad.SoftmaxCrossEntropy[float32]{}, grad.Target[float32]{Classes: labels}), model.Params()
}

// counter is a layer that counts its forward passes.
type counter int

func (*counter) Out(in int) (int, error) { return in, nil }

func (c *counter) Forward(_ *layer.Memo[float32], x mat.Dense[float32]) mat.Dense[float32] {
	*c++
	return x
}

func (*counter) Backward(_ *layer.Memo[float32], dy mat.Dense[float32]) mat.Dense[float32] { return dy }

func (*counter) Params() []*layer.Param[float32] { return nil }

// TestMemo wants the same gradients from all methods, and as many forward passes as their docs say.
func TestMemo(t *testing.T) {
	count := new(counter)
	k, params := memoOf(kernels.ActGELU, 9, []int{12, 11, 10, 4}, count)
	k.Memoised()
	if *count != 1 {
		t.Errorf("Memoised: %d forward passes, want 1", *count)
	}
	var want [][]float32
	for _, p := range params {
		want = append(want, slices.Clone(p.Grad))
	}
	for name, way := range map[string]struct {
		run      func()
		forwards counter
	}{"Again": {k.Again, 2}, "EachAgain": {k.EachAgain, 5}} { // 4 layers with the counter
		for _, p := range params {
			clear(p.Grad)
		}
		*count = 0
		way.run()
		if *count != way.forwards {
			t.Errorf("%s: %d forward passes, want %d", name, *count, way.forwards)
		}
		for i, p := range params {
			if !slices.Equal(p.Grad, want[i]) {
				t.Errorf("%s: the gradient of %s is %v, want %v", name, p, p.Grad, want[i])
			}
		}
	}
	// Outputs of 11, 10 and 4 columns; GELU keeps its derivative as well.
	if memo, each := k.Bytes(); memo != 4*9*(2*11+2*10+4) || each != 4*9*(2*11+2*10) {
		t.Errorf("Bytes() = %d, %d", memo, each)
	}
}

// BenchmarkMemo measures what the memo saves and costs: the gradients of a batch on one thread,
// memoised, with one more forward pass, and with a forward pass up to each layer. ns/op is the time
// of the first.
func BenchmarkMemo(b *testing.B) {
	kernels.SetThreads(1)
	defer kernels.SetThreads(0)
	for _, act := range []kernels.Activation{kernels.ActReLU, kernels.ActTanh, kernels.ActGELU} {
		for _, dims := range [][]int{{784, 512, 256, 10}, {784, 256, 256, 256, 256, 256, 256, 10}} {
			b.Run(fmt.Sprintf("tier=%v/net=%v/act=%v/batch=128", kernels.Active(),
				strings.Trim(strings.ReplaceAll(fmt.Sprint(dims), " ", "-"), "[]"), act),
				func(b *testing.B) {
					k, _ := memoOf(act, 128, dims)
					var r Rounds
					for b.Loop() {
						r.Run(k.Memoised, k.Again, k.EachAgain)
					}
					memo, each := k.Bytes()
					memoised := float64(r.Median(0))
					b.ReportMetric(memoised, "ns/op")
					b.ReportMetric(100*(1-memoised/float64(r.Median(1))), "%saved-of-again")
					b.ReportMetric(100*(1-memoised/float64(r.Median(2))), "%saved-of-each-again")
					b.ReportMetric(float64(memo)/1024, "memo-KiB")
					b.ReportMetric(float64(each)/1024, "each-again-KiB")
				})
		}
	}
}
