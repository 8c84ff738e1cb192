package train

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// TestTrainInt8: a net in int8 has nothing to train. Each way to train one is an error before the first
// step, also where a layer of float32 is left, whose weights stay; it can still be measured.
func TestTrainInt8(t *testing.T) {
	set := blobs[float32](60, 10, 4, 1)
	for name, last := range map[string]int{"whole": 4, "with a Linear": 1} {
		inner := layer.NewSequential[float32](layer.NewLinear[float32](8, 8, kernels.ActReLU))
		net := layer.NewSequential[float32](layer.NewLinear[float32](10, 8, kernels.ActReLU),
			layer.NewResidual(inner, nil),
			layer.NewLinear[float32](8, last, kernels.ActIdentity))
		layer.Initialize(net, 1)
		small, err := layer.Quantize[float32](net, 10)
		if err != nil {
			t.Fatal(err)
		}
		if last == 1 {
			head := layer.NewLinear[float32](1, 4, kernels.ActReLU)
			small = layer.NewSequential[float32](small, head)
			layer.Initialize(small, 1)
		}
		tr := trainer(small, 2, 20)
		before := values(tr)
		ways := map[string]func() error{
			"Run": func() error { _, err := tr.Run(context.Background(), set); return err },
			"RunStream": func() error {
				_, err := tr.RunStream(context.Background(), streamed(t, set, 10, 1))
				return err
			},
			"CrossValidate": func() error {
				folds, err := set.Folds(2, 1)
				if err != nil {
					return err
				}
				start := func(int, *data.Set[float32]) (*Trainer[float32], error) {
					return trainer(small, 2, 2), nil
				}
				_, err = CrossValidate(context.Background(), set, folds, start)
				return err
			},
		}
		for way, run := range ways {
			const want = "layers of Model are in int8, for inference: train the model that they were"
			if err := run(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s, %s: %v, want %s", name, way, err, want)
			}
		}
		if !slices.Equal(values(tr), before) {
			t.Errorf("%s: weights have changed", name)
		}
		if _, err := Evaluate(small, tr.Loss, set, 20); err != nil {
			t.Errorf("%s: Evaluate: %v", name, err)
		}
	}
}
