package grad_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// clipParams are two layers, the first with a weight of 2x2 and a bias.
func clipParams() []*layer.Param[float64] {
	w := layer.NewParam("0.weight", layer.Zeros[float64], 2, 2)
	b := layer.NewParam("0.bias", layer.Zeros[float64], 2)
	u := layer.NewParam("1.weight", layer.Zeros[float64], 2, 1)
	s := layer.NewState("1.state", layer.Zeros[float64], 3)
	copy(w.Value, []float64{1, 0, 0, 2})
	copy(u.Value, []float64{3, 4})
	copy(w.Grad, []float64{3, 0, 4, 1})
	copy(b.Grad, []float64{1, 0})
	copy(u.Grad, []float64{-3, 0})
	return []*layer.Param[float64]{w, b, u, s}
}

// effective is the gradient that the optimizer takes.
func effective(p *layer.Param[float64]) []float64 {
	g := make([]float64, len(p.Grad))
	for i, v := range p.Grad {
		g[i] = v * p.Scale()
	}
	return g
}

func TestClip(t *testing.T) {
	const norm = 6 // sqrt(9 + 16 + 1 + 1 + 9)
	for name, c := range map[string]struct {
		clip func([]*layer.Param[float64]) float64
		want [][]float64
	}{
		"norm": {func(p []*layer.Param[float64]) float64 { return grad.ClipNorm(p, 3) },
			[][]float64{{1.5, 0, 2, 0.5}, {0.5, 0}, {-1.5, 0}}},
		"long": {func(p []*layer.Param[float64]) float64 { return grad.ClipNorm(p, 6) },
			[][]float64{{3, 0, 4, 1}, {1, 0}, {-3, 0}}},
		"zero": {func(p []*layer.Param[float64]) float64 { return grad.ClipNorm(p, 0) },
			[][]float64{{0, 0, 0, 0}, {0, 0}, {0, 0}}},
		"value": {func(p []*layer.Param[float64]) float64 { return grad.ClipValue(p, 2) },
			[][]float64{{2, 0, 2, 1}, {1, 0}, {-2, 0}}},
		"layers": {func(p []*layer.Param[float64]) float64 { return grad.ClipLayers(p, 3) },
			[][]float64{scaled(3/math.Sqrt(27), 3, 0, 4, 1), scaled(3/math.Sqrt(27), 1, 0), {-3, 0}}},
		"adaptive": {func(p []*layer.Param[float64]) float64 { return grad.ClipAdaptive(p, 0.5, 0.1) },
			[][]float64{{0.3, 0, 0.4, 1}, {0.05, 0}, {-2.5, 0}}},
		// the bias is 0 and has eps for its size, the first column of w is above it and the last weight not
		"floor": {func(p []*layer.Param[float64]) float64 { return grad.ClipAdaptive(p, 0.5, 1.5) },
			[][]float64{{0.45, 0, 0.6, 1}, {0.75, 0}, {-2.5, 0}}},
		"floor of tensors": {func(p []*layer.Param[float64]) float64 {
			return grad.ClipAdaptiveTensors(p,
				0.5, 4)
		},
			[][]float64{scaled(2/math.Sqrt(26), 3, 0, 4, 1), {1, 0}, {-2.5, 0}}},
		"tensors": {func(p []*layer.Param[float64]) float64 { return grad.ClipAdaptiveTensors(p, 0.5, 0.1) },
			[][]float64{scaled(0.5*math.Sqrt(5/26.), 3, 0, 4, 1), {0.05, 0}, {-2.5, 0}}},
	} {
		t.Run(name, func(t *testing.T) {
			p := clipParams()
			if got := c.clip(p); !(math.Abs(got-norm) <= 1e-14) {
				t.Errorf("norm %v, want %v", got, norm)
			}
			for i, want := range c.want {
				for j, v := range effective(p[i]) {
					if !(math.Abs(v-want[j]) <= 1e-14) {
						t.Errorf("%s: %v, want %v", p[i].Name, effective(p[i]), want)
						break
					}
				}
			}
			// the next step takes what clipping left and forgets it
			(&optim.SGD[float64]{}).Step(p, 1)
			if p[0].GradScale != 0 || !(math.Abs(p[0].Value[0]-(1-c.want[0][0])) <= 1e-14) {
				t.Errorf("after the step: scale %v, weight %v", p[0].GradScale, p[0].Value[0])
			}
		})
	}
}

func scaled(f float64, v ...float64) []float64 {
	for i := range v {
		v[i] *= f
	}
	return v
}

// TestClipLayersOfNestedNames: a layer is all of a name before its last dot, so that blocks of one net are
// clipped each on its own.
func TestClipLayersOfNestedNames(t *testing.T) {
	var p []*layer.Param[float64]
	for i, name := range []string{"net.0.weight", "net.0.bias", "net.1.weight", "bias", "weight"} {
		p = append(p, layer.NewParam(name, layer.Zeros[float64], 1))
		p[i].Grad[0] = []float64{3, 4, 1, 6, 8}[i]
	}
	if norm := grad.ClipLayers(p, 1); math.Abs(norm-math.Sqrt(126)) > 1e-14 {
		t.Errorf("norm %v, want the root of 126", norm)
	}
	for i, want := range []float64{0.6, 0.8, 1, 0.6, 0.8} {
		if got := effective(p[i])[0]; math.Abs(got-want) > 1e-14 {
			t.Errorf("%s: %v, want %v", p[i].Name, got, want)
		}
	}
}

// TestClipInfinite: an infinite norm leaves no gradient that an optimizer could take.
func TestClipInfinite(t *testing.T) {
	p := clipParams()
	p[0].Grad[0] = math.Inf(1)
	if norm := grad.ClipNorm(p, 1); !math.IsInf(norm, 1) {
		t.Errorf("norm %v", norm)
	}
	if g := effective(p[0]); !math.IsNaN(g[0]) || g[2] != 0 || effective(p[2])[0] != 0 {
		t.Errorf("gradients %v, %v", g, effective(p[2]))
	}
}

// TestNormOverflow: gradients whose squares overflow have a norm, and are clipped to it.
func TestNormOverflow(t *testing.T) {
	w := layer.NewParam("w", layer.Zeros[float32], 2)
	u := layer.NewParam("u", layer.Zeros[float32], 1)
	w.Grad[0], w.Grad[1], u.Grad[0] = 2e30, -3e30, 6e30
	if norm := grad.ClipNorm([]*layer.Param[float32]{w, u}, 7e3); !(math.Abs(norm/7e30-1) <= 1e-6) {
		t.Errorf("norm %v, want 7e30", norm)
	}
	if g := float64(w.Grad[1]) * w.Scale(); !(math.Abs(g/-3e3-1) <= 1e-6) {
		t.Errorf("gradient %v, want -3000", g)
	}
	d := layer.NewParam("d", layer.Zeros[float64], 2)
	d.Grad[0], d.Grad[1] = 3e200, 4e200
	if norm := grad.Norm([]*layer.Param[float64]{d}); !(math.Abs(norm/5e200-1) <= 1e-15) {
		t.Errorf("norm %v, want 5e200", norm)
	}
}

func ExampleClipNorm() {
	l := layer.NewLinear[float64](2, 1, kernels.ActIdentity).NoBias()
	copy(l.W.Grad, []float64{3, 4})
	fmt.Println(grad.ClipNorm(l.Params(), 1), l.W.Scale())
	// Output: 5 0.2
}
