package kernels

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkTraining measures what a training step is made of beside the products, on
// the active tier in float32: whole public calls, with one thread and with all.
func BenchmarkTraining(b *testing.B) {
	type measured struct {
		name string
		n    int // elements
		run  func()
	}
	var all []measured
	add := func(name string, n int, run func()) { all = append(all, measured{name, n, run}) }
	for _, s := range [][2]int{{128, 512}, {1024, 1024}} {
		rows, cols := s[0], s[1]
		n := rows * cols
		x, y, dx := randoms(n), randoms(n), randoms(n)
		p := &BatchNorm[float32]{Gamma: randoms(cols), Beta: randoms(cols),
			Mean: randoms(cols), InvStd: randoms(cols),
			RunMean: randoms(cols), RunVar: randoms(cols), Momentum: 0.1, Eps: 1e-5}
		dgamma, dbeta := randoms(cols), randoms(cols)
		add(fmt.Sprintf("BatchNorm/rows=%d/cols=%d", rows, cols), n, func() {
			BatchNormForward(rows, cols, y, cols, x, cols, p)
			BatchNormBackward(rows, cols, dx, cols, y, cols, x, cols, p, dgamma, dbeta)
		})
		mean, inv := randoms(rows), randoms(rows)
		add(fmt.Sprintf("LayerNorm/rows=%d/cols=%d", rows, cols), n, func() {
			LayerNormForward(rows, cols, y, cols, x, cols, p.Gamma, p.Beta, mean, inv, 1e-5)
			LayerNormBackward(rows, cols, dx, cols, y, cols, x, cols, p.Gamma, mean, inv, dgamma, dbeta)
		})
	}
	for _, s := range [][2]int{{128, 10}, {128, 1000}, {1024, 1000}} {
		rows, cols := s[0], s[1]
		x, y, labels := randoms(rows*cols), randoms(rows*cols), make([]int, rows)
		targets := make([]float32, rows*cols)
		Softmax(rows, cols, targets, cols, x, cols)
		add(fmt.Sprintf("SoftmaxCrossEntropy/rows=%d/cols=%d", rows, cols), rows*cols,
			func() { SoftmaxCrossEntropy(rows, cols, y, cols, x, cols, labels) })
		add(fmt.Sprintf("SoftmaxCrossEntropyTargets/rows=%d/cols=%d", rows, cols), rows*cols,
			func() { SoftmaxCrossEntropyTargets(rows, cols, y, cols, x, cols, targets, cols) })
		add(fmt.Sprintf("LogSoftmax/rows=%d/cols=%d", rows, cols), rows*cols,
			func() { LogSoftmax(rows, cols, y, cols, x, cols) })
	}
	for _, n := range []int{1 << 12, 1 << 18, 1 << 20} {
		w, g, m, v, y := randoms(n), randoms(n), randoms(n), randoms(n), randoms(n)
		for i := range v {
			v[i] *= v[i]
		}
		step := AdamParams{LR: 1e-9, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 1e-9,
			Decoupled: true, Step: 10}
		add(fmt.Sprintf("AdamW/n=%d", n), n, func() { UpdateAdam(w, g, m, v, step) })
		add(fmt.Sprintf("Momentum/n=%d", n), n,
			func() { UpdateMomentum(w, g, m, SGDParams{LR: 1e-9, Momentum: 0.9}) })
		// 4 reads and 3 writes with next to no arithmetic
		add(fmt.Sprintf("CopyLikeAdamW/n=%d", n), n, func() {
			UpdateMomentum(w, g, m, SGDParams{LR: 1e-9})
			copy(y, v)
		})
		add(fmt.Sprintf("Dropout/n=%d", n), n, func() { Dropout(y, w, 0.5, 1, 2) })
		add(fmt.Sprintf("MSE/n=%d", n), n, func() { MSE(y, w, g) })
		add(fmt.Sprintf("BCEWithLogits/n=%d", n), n, func() { BCEWithLogits(y, w, g) })
		add(fmt.Sprintf("Sum/n=%d", n), n, func() { Sum(w) })
		add(fmt.Sprintf("Uniform/n=%d", n), n, func() { Uniform(y, 0, 1, 1, 2) })
		add(fmt.Sprintf("Normal/n=%d", n), n, func() { Normal(y, 0, 1, 1, 2) })
	}
	for _, k := range all {
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/threads=%d", k.name, threads), func(b *testing.B) {
				SetThreads(threads)
				defer SetThreads(0)
				for b.Loop() {
					k.run()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(k.n), "ns/element")
			})
		}
	}
}

func randoms(n int) []float32 {
	r, x := rand.New(rand.NewPCG(1, uint64(n))), make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}
