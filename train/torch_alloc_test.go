package train_test

import (
	"runtime"
	"testing"

	"github.com/ashlar-go/ashlar/internal/mallocs"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/optim"
)

// TestNoCombinationAllocates: with every layer, loss, optimizer, clipping and schedule, and
// every pair of them, a step of training allocates nothing once it has run.
func TestNoCombinationAllocates(t *testing.T) {
	for _, f := range readFixtures(t) {
		for d, step := range []func(){stepOf[float32](f), stepOf[float64](f)} {
			for range 3 {
				step()
			}
			if n := mallocs.Least(func() { step(); runtime.GC(); step() }); n > 0 {
				t.Errorf("%s, %v: 2 steps made %d allocations", f.Name, []string{"float32", "float64"}[d], n)
			}
		}
	}
}

// stepOf returns what takes a step of the fixture's training.
func stepOf[T kernels.Float](f *fixture) func() {
	net := network[T](f.Layers)
	params := net.Params()
	start(f, params)
	opt, loss, batch := optimizer(f.Optimizer, net), lossOf[T](f.Loss), batchesOf[T](f)[0]
	rate := f.Schedule.rate(f.Optimizer.LR)
	if plateau := f.Schedule.plateau(f.Optimizer.LR); plateau != nil {
		rate = plateau.Rate
	}
	average := optim.NewAverage(params, f.Average)
	ws := layer.NewWorkspace(net)
	dp := mat.New[T](f.Rows, f.Outputs)
	s := 0
	return func() {
		loss.Grad(dp, ws.Forward(batch.x, true), batch.target)
		ws.Backward(dp)
		clip(f.Clip, params)
		opt.Step(params, rate(s))
		average.Update()
		s++
	}
}
