package train_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/optim"
)

// fixture is a small network that PyTorch trained in float64, as bench/peers/fixtures
// wrote it: the specification from the metadata, and its tensors.
type fixture struct {
	torchSpec
	x, y, class, rowWeights, out, grad, w []float64
}

// marks are the steps after which w holds the parameters, behind those at the start.
var marks = [...]int{1, 10, 100}

const torchFile = "testdata/torch.safetensors"

// readFixtures returns them all.
func readFixtures(t *testing.T) []*fixture {
	t.Helper()
	text, err := model.ReadText(torchFile)
	if err != nil {
		t.Fatal(err)
	}
	var specs []torchSpec
	if err := json.Unmarshal([]byte(text["fixtures"]), &specs); err != nil {
		t.Fatal(err)
	}
	var list []*fixture
	var tensors []model.Tensor[float64]
	for i, s := range specs {
		f := &fixture{torchSpec: s}
		take := func(v *[]float64, name string, n int) {
			*v = make([]float64, n)
			tensors = append(tensors, model.Tensor[float64]{Name: fmt.Sprintf("%d/%s", i, name), Shape: []int{n}, Value: *v})
		}
		n, all, trained := s.Rows*s.Batches, 0, 0
		for _, p := range network[float64](s.Layers).Params() {
			all += len(p.Value)
			trained += len(p.Grad)
		}
		take(&f.x, "x", 4*n)
		take(&f.out, "out", 3*s.Rows)
		take(&f.grad, "grad", trained)
		take(&f.w, "w", all*(1+len(marks)))
		if s.Loss.Kind == "ce" && !s.Loss.Probabilities {
			take(&f.class, "class", n)
		} else {
			take(&f.y, "y", 3*n)
		}
		if s.Loss.RowWeights {
			take(&f.rowWeights, "row_weights", n)
		}
		list = append(list, f)
	}
	if _, err := model.LoadTensors(torchFile, tensors); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestTorchFloat64 trains each fixture and compares: the output, loss and gradient of the
// first batch, and the parameters after 1, 10 and 100 steps. Later steps carry on what
// rounding did to the earlier ones, by as much as PyTorch's float32 run shows.
func TestTorchFloat64(t *testing.T) {
	for _, f := range readFixtures(t) {
		t.Run(f.Name, func(t *testing.T) {
			got := follow[float64](f)
			const tolerance = 1e-12
			near(t, "output", got.out, f.out, tolerance)
			near(t, "loss", []float64{got.loss}, []float64{f.LossValue}, tolerance)
			near(t, "gradient", got.grad, f.grad, tolerance)
			for i, s := range marks {
				growth := max(1, f.Errors[i]/f.Errors[0])
				near(t, fmt.Sprintf("parameters after %d steps", s), got.w[i], f.mark(1+i), tolerance*growth)
			}
		})
	}
}

// TestTorchFloat32 trains each fixture in float32: we end no further from the float64 run
// than twice as far as PyTorch does in float32.
func TestTorchFloat32(t *testing.T) {
	for _, f := range readFixtures(t) {
		t.Run(f.Name, func(t *testing.T) {
			got := follow[float32](f)
			for i, s := range marks {
				near(t, fmt.Sprintf("parameters after %d steps", s), got.w[i], f.mark(1+i), 2*f.Errors[i])
			}
		})
	}
}

// mark returns the parameters at the start, or after marks[i-1] steps.
func (f *fixture) mark(i int) []float64 {
	n := len(f.w) / (1 + len(marks))
	return f.w[i*n : (i+1)*n]
}

// near compares in the Euclidean norm.
func near(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	diff, size := 0.0, 0.0
	for i, w := range want {
		diff += (got[i] - w) * (got[i] - w)
		size += w * w
	}
	if e := math.Sqrt(diff / size); !(e <= tolerance) {
		t.Errorf("%s: %.3g from PyTorch's, want <= %.3g", what, e, tolerance)
	}
}

// followed is what a run of ours left: out, loss and grad of the first batch.
type followed struct {
	out, grad []float64
	loss      float64
	w         [len(marks)][]float64
}

// follow takes the steps that PyTorch took.
func follow[T kernels.Float](f *fixture) (got followed) {
	net := network[T](f.Layers)
	params := net.Params()
	start := f.mark(0)
	for _, p := range params {
		start = start[fill(p.Value, start):]
	}
	opt, rate, observe := optimizer[T](f.Optimizer), f.Schedule.rate(f.Optimizer.LR), func(float64) {}
	if plateau := f.Schedule.plateau(f.Optimizer.LR); plateau != nil {
		rate, observe = plateau.Rate, func(l float64) { plateau.Observe(l) }
	}
	average := optim.NewAverage(params, f.Average)
	ws := layer.NewWorkspace(net)
	loss, batches := lossOf[T](f.Loss), batchesOf[T](f)
	sums := make([][]T, len(params))
	for s := range marks[len(marks)-1] {
		total := 0.0
		for a := range f.Accumulate {
			b := &batches[(s*f.Accumulate+a)%len(batches)]
			p := ws.Forward(b.x, true)
			dp := mat.New[T](p.Rows, p.Cols)
			value := loss.Grad(dp, p, b.target)
			if s == 0 && a == 0 {
				got.out, got.loss = flatten(p.RawData()), value
			}
			total += value / float64(f.Accumulate)
			kernels.Scale(dp.RawData(), 1/T(f.Accumulate), dp.RawData())
			ws.Backward(dp)
			addUp(sums, params, a == f.Accumulate-1)
		}
		if s == 0 {
			for _, p := range params {
				got.grad = append(got.grad, flatten(p.Grad)...)
			}
		}
		clip(f.Clip, params)
		opt.Step(params, rate(s))
		observe(total)
		average.Update()
		for i, m := range marks {
			if s+1 == m {
				got.w[i] = parameters(params, average, f.Average != 0)
			}
		}
	}
	return got
}

// addUp adds the gradients to sums, and after the last batch sets them to the sums.
func addUp[T kernels.Float](sums [][]T, params []*layer.Param[T], last bool) {
	for i, p := range params {
		if sums[i] == nil {
			sums[i] = make([]T, len(p.Grad))
		}
		kernels.Axpy(sums[i], 1, p.Grad)
		if last {
			copy(p.Grad, sums[i])
			clear(sums[i])
		}
	}
}

// parameters returns their values or averages.
func parameters[T kernels.Float](params []*layer.Param[T], average *optim.Average[T], averaged bool) (w []float64) {
	if averaged {
		average.Swap()
		defer average.Swap()
	}
	for _, p := range params {
		w = append(w, flatten(p.Value)...)
	}
	return w
}

// batch is what a fixture has for one step.
type batch[T kernels.Float] struct {
	x      mat.Dense[T]
	target grad.Target[T]
}

func batchesOf[T kernels.Float](f *fixture) (list []batch[T]) {
	n := f.Rows
	part := func(v []float64, cols, i int) []T {
		if v == nil {
			return nil
		}
		d := make([]T, n*cols)
		fill(d, v[i*n*cols:])
		return d
	}
	for i := range f.Batches {
		b := batch[T]{x: mat.Of(n, 4, part(f.x, 4, i))}
		if f.class != nil {
			for _, c := range f.class[i*n : (i+1)*n] {
				b.target.Classes = append(b.target.Classes, int(c))
			}
		} else {
			b.target.Values = mat.Of(n, 3, part(f.y, 3, i))
		}
		b.target.Weights = part(f.rowWeights, 1, i)
		list = append(list, b)
	}
	return list
}

// fill sets dst from the front of src and returns len(dst).
func fill[T kernels.Float](dst []T, src []float64) int {
	for i := range dst {
		dst[i] = T(src[i])
	}
	return len(dst)
}

func flatten[T kernels.Float](v []T) []float64 {
	f := make([]float64, len(v))
	for i, x := range v {
		f[i] = float64(x)
	}
	return f
}
