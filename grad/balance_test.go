package grad_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
)

func TestBalancedWeights(t *testing.T) {
	for _, c := range []struct {
		labels  []int
		classes int
		want    []float64
	}{
		{[]int{0, 0, 0, 1}, 2, []float64{4. / 6, 2}},
		{[]int{2, 0, 0, 2, 0, 0}, 4, []float64{6. / 16, 0, 6. / 8, 0}},
		{[]int{1, grad.Ignored, 1, 0, grad.Ignored}, 2, []float64{1.5, 0.75}},
		{[]int{0, 0}, 1, []float64{1}}, {nil, 2, []float64{0, 0}}, {nil, 0, nil},
	} {
		if got := grad.BalancedWeights[float64](c.labels, c.classes); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.labels, got, c.want)
		}
	}
	weights := grad.BalancedWeights[float32]
	for want, f := range map[string]func(){
		"grad.BalancedWeights: labels[1] = 2, want in [0, 2), or Ignored (-100)":  func() { weights([]int{0, 2}, 2) },
		"grad.BalancedWeights: labels[0] = -1, want in [0, 2), or Ignored (-100)": func() { weights([]int{-1}, 2) },
		"grad.BalancedWeights: classes = -1, want >= 0": func() {
			weights(nil,
				-1)
		},
	} {
		func() {
			defer func() {
				err, _ := recover().(error)
				var shape *kernels.ShapeError
				if !errors.As(err, &shape) || err.Error() != want {
					t.Errorf("got %v, want %q", err, want)
				}
			}()
			f()
		}()
	}
}

func TestBalancedWeightsOf(t *testing.T) {
	for _, labels := range [][]int{{0, 0, 0, 1}, {2, 0, 0, 2, 0, 0}, {1, 1}, nil} {
		count := make([]int, 4)
		for _, c := range labels {
			count[c]++
		}
		got, want := grad.BalancedWeightsOf[float32](count), grad.BalancedWeights[float32](labels, 4)
		if !slices.Equal(got, want) {
			t.Errorf("%v: %v, want %v", count, got, want)
		}
	}
	defer func() {
		var shape *kernels.ShapeError
		if err, ok := recover().(error); !ok || !errors.As(err, &shape) ||
			err.Error() != "grad.BalancedWeightsOf: count[1] = -1, want >= 0" {
			t.Error(err)
		}
	}()
	grad.BalancedWeightsOf[float64]([]int{2, -1})
}
