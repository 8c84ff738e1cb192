package layer_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// BenchmarkPredictorWeights is a prediction with weights of bfloat16 and one with weights of int8 beside one
// with full weights in turn: x-full and x-full-int8 are the median time of that over theirs.
func BenchmarkPredictorWeights(b *testing.B) {
	for _, hidden := range [][2]int{{32, 32}, {64, 64}, {128, 128}, {256, 256}, {512, 256}, {512, 512},
		{1024, 1024}, {2048, 2048}} {
		for _, rows := range []int{1, 8, 64} {
			name := fmt.Sprintf("path=%v/net=784-%d-%d-10/batch=%d", kernels.ActiveBF16(), hidden[0], hidden[1],
				rows)
			b.Run(name, func(b *testing.B) { compareWeights(b, hidden, rows) })
		}
	}
}

func compareWeights(b *testing.B, hidden [2]int, rows int) {
	model := layer.NewSequential[float32](layer.NewLinear[float32](784, hidden[0], kernels.ActReLU),
		layer.NewLinear[float32](hidden[0], hidden[1], kernels.ActReLU),
		layer.NewLinear[float32](hidden[1], 10, kernels.ActIdentity))
	layer.Initialize(model, 1)
	x, y := normal32(rows, 784, 1), mat.New[float32](rows, 10)
	var predictors [3]*layer.Predictor[float32]
	for w := range predictors {
		var err error
		if predictors[w], err = layer.NewPredictorWith(model, 784, layer.Weights(w)); err != nil {
			b.Fatal(err)
		}
	}
	var times [3][]float64
	for b.Loop() {
		for w, p := range predictors {
			start := time.Now()
			p.Predict(y, x)
			times[w] = append(times[w], time.Since(start).Seconds())
		}
	}
	for w := range times {
		slices.Sort(times[w])
	}
	median, small := times[1][len(times[1])/2], times[2][len(times[2])/2]
	b.ReportMetric(0, "ns/op") // it would be of both
	b.ReportMetric(1e6*median, "µs/prediction")
	b.ReportMetric(times[0][len(times[0])/2]/median, "x-full")
	b.ReportMetric(1e6*small, "µs-int8/prediction")
	b.ReportMetric(times[0][len(times[0])/2]/small, "x-full-int8")
}
