package layer_test

import (
	"math"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// overflowing returns a model in which the large weights at the top have finite gradients, and
// the first layer has a gradient proportional to big.
func overflowing(big float32) (model *layer.Sequential[float32], x, dy mat.Dense[float32]) {
	model = layer.NewSequential[float32](
		layer.NewLinear[float32](70, 500, kernels.ActIdentity),
		layer.NewLinear[float32](500, 500, kernels.ActIdentity),
		layer.NewBatchNorm[float32](500),
		layer.NewResidual[float32](layer.NewLinear[float32](500, 500, kernels.ActTanh),
			layer.NewLinear[float32](500, 500, kernels.ActIdentity).NoBias()),
		layer.NewLinear[float32](500, 4, kernels.ActIdentity))
	layer.Initialize[float32](model, 1)
	clear(model.Params()[0].Value)                                       // the first layer puts out 0
	kernels.Scale(model.Params()[2].Value, big, model.Params()[2].Value) // and passes a large gradient down
	x, dy = mat.New[float32](9, 70), mat.New[float32](9, 4)
	kernels.Normal(x.Data, 0, 1, 1, 1)
	kernels.Normal(dy.Data, 0, 1, 1, 2)
	return model, x, dy
}

// TestNonFiniteGradient: where a gradient overflows, Backward changes no value and stores all
// gradients in Grad.
func TestNonFiniteGradient(t *testing.T) {
	for _, c := range []struct {
		big  float32
		want string
	}{{1e18, ""}, {1e33, "0.weight"}} {
		model, x, dy := overflowing(c.big)
		kernels.Scale(x.Data, 1e4, x.Data)
		var before, want [][]float32
		ws := layer.NewWorkspace[float32](model)
		ws.Forward(x, true)
		for _, p := range model.Params() {
			before = append(before, slices.Clone(p.Value))
		}
		ws.Backward(dy.Clone()) // without Update
		if c.want == "" {
			if p := ws.NonFinite(); p != nil {
				t.Errorf("%g: the gradient of %s is not finite", c.big, p.Name)
			}
			continue
		}
		for _, p := range model.Params() {
			want = append(want, slices.Clone(p.Grad))
			clear(p.Grad)
		}
		var calls atomic.Int64
		ws.Update = func(*layer.Param[float32], int, []float32) { calls.Add(1) }
		ws.Forward(x, true)
		ws.Backward(dy.Clone())
		if p := ws.NonFinite(); p == nil || p.Name != c.want {
			t.Errorf("%g: non-finite gradient of %v, want %s", c.big, p, c.want)
		}
		if n := calls.Load(); n != 0 {
			t.Errorf("%d updates", n)
		}
		for i, p := range model.Params() {
			if !slices.Equal(p.Value, before[i]) || p.Stepped {
				t.Errorf("%s changed", p.Name)
			}
			if !slices.EqualFunc(p.Grad, want[i],
				func(a, b float32) bool { return a == b || a != a && b != b }) {
				t.Errorf("%s: another gradient than without Update", p.Name)
			}
		}
	}
}

// TestUpdateGetsGradients: Update gets the gradients that Backward stores without it, in every
// place of a model, and so it does in later passes, which reuse the buffers.
func TestUpdateGetsGradients(t *testing.T) {
	model, x, dy := overflowing(1)
	ws := layer.NewWorkspace[float32](model)
	kernels.Normal(model.Params()[0].Value, 0, 0.1, 1, 5)
	pass := func() {
		ws.Forward(x, true)
		ws.Backward(dy.Clone())
	}
	pass()
	want := map[*layer.Param[float32]][]float32{}
	for _, p := range model.Params() {
		want[p] = slices.Clone(p.Grad)
		clear(p.Grad)
	}
	ws.Update = func(p *layer.Param[float32], lo int, g []float32) { copy(p.Grad[lo:], g) }
	for range 3 {
		pass()
		stepped := 0
		for _, p := range model.Params() {
			if !slices.Equal(p.Grad, want[p]) {
				t.Errorf("%s: another gradient", p.Name)
			}
			if p.Stepped {
				stepped++
			}
			p.Stepped = false
			clear(p.Grad)
		}
		if stepped != 4 {
			t.Errorf("%d weights were updated in the pass, want 4", stepped)
		}
	}
}

// TestNonFiniteState: a batch whose variance overflows leaves the running statistics as they
// were, though its loss and gradients are finite.
func TestNonFiniteState(t *testing.T) {
	model := layer.NewBatchNorm[float32](1)
	layer.Initialize[float32](model, 1)
	ws := layer.NewWorkspace[float32](model)
	for _, c := range []struct {
		x   float32
		bad bool
	}{{1e25, true}, {1, false}} {
		ws.Forward(mat.FromRows([]float32{c.x}, []float32{-c.x}), true)
		ws.Backward(mat.FromRows([]float32{1}, []float32{-1}))
		if p := ws.NonFinite(); (p == model.RunVar) != c.bad {
			t.Errorf("x = %g: non-finite is %v", c.x, p)
		}
		if v := float64(model.RunVar.Value[0]); math.IsInf(v, 0) || (v == 1) != c.bad {
			t.Errorf("x = %g: running variance %g", c.x, v)
		}
	}
}
