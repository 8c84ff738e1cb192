package grad_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// exactNorm is the norm of products of a gradient and a scale, without rounding.
func exactNorm[T kernels.Float](params []*layer.Param[T]) *big.Float {
	sum := new(big.Float).SetPrec(6000)
	for _, p := range params {
		scale := new(big.Float).SetPrec(6000).SetFloat64(p.Scale())
		for _, v := range p.Grad {
			x := new(big.Float).SetPrec(6000).SetFloat64(float64(v))
			x.Mul(x, scale)
			sum.Add(sum, x.Mul(x, x))
		}
	}
	return sum.Sqrt(sum)
}

// nearly reports whether got is want, up to the rounding of type T.
func nearly[T kernels.Float](got float64, want *big.Float) bool {
	w, _ := want.Float64()
	eps := 1e-6
	if _, double := any(T(0)).(float64); double {
		eps = 1e-13
	}
	return math.Abs(got-w) <= eps*w || math.IsInf(w, 1) && got == w
}

// paramsOf returns layers of one parameter each with these gradients and scales.
func paramsOf[T kernels.Float](grads [][]T, scales []T) (params []*layer.Param[T]) {
	for i, g := range grads {
		p := layer.NewParam(fmt.Sprintf("%d.weight", i), layer.Zeros[T], len(g))
		copy(p.Grad, g)
		if i < len(scales) {
			p.GradScale = scales[i]
		}
		params = append(params, p)
	}
	return params
}

func TestNormOfWholeRange(t *testing.T) {
	testNorms(t, []float32{math.SmallestNonzeroFloat32, 3e-45, 1e-40, 1e-38, 1e-30, 1e-23, 1e-22, 1e-19,
		1e-10,
		1, 1e10, 1e19, 1e25, 3e38, math.MaxFloat32})
	testNorms(t, []float64{math.SmallestNonzeroFloat64, 3e-323, 1e-310, 1e-300, 1e-200, 1e-170, 1e-161,
		1e-150,
		1, 1e150, 1e155, 1e160, 1e300, 1e308, math.MaxFloat64})
}

// TestNormOfAVanishingScale: a scale whose square float64 cannot hold belongs to one parameter of several, at each
// place; the gradient times it is far above the others all the same, and so it is where they are 0.
func TestNormOfAVanishingScale(t *testing.T) {
	for _, scale := range []float64{0x1p-449, 0x1p-450, 0x1p-451, 3.3e-158, 1e-162} {
		for _, other := range []float64{0, 1e-100} {
			for place := range 3 {
				grads, scales := [][]float64{{other}, {other, other}, {other}}, []float64{1, 1, 1}
				grads[place][0], scales[place] = 1e154, scale
				for name, f := range map[string]func([]*layer.Param[float64]) float64{
					"Norm":       grad.Norm[float64],
					"ClipNorm":   func(p []*layer.Param[float64]) float64 { return grad.ClipNorm(p, 1e-3) },
					"ClipLayers": func(p []*layer.Param[float64]) float64 { return grad.ClipLayers(p, 1e-3) },
				} {
					params := paramsOf(grads, scales)
					want := exactNorm(params)
					if got := f(params); !nearly[float64](got, want) {
						t.Errorf("%s of gradients of %g and 1e154 times %g at %d: %v, want %v", name, other, scale,
							place, got, want.Text('g', 17))
					}
				}
			}
		}
	}
}

// TestClipTwice: a clipping takes the gradients as the one before leaves them, with their factor.
func TestClipTwice(t *testing.T) {
	type params = []*layer.Param[float64]
	clips := map[string]func(params){
		"norm":     func(p params) { grad.ClipNorm(p, 1) },
		"layers":   func(p params) { grad.ClipLayers(p, 0.7) },
		"value":    func(p params) { grad.ClipValue(p, 0.4) },
		"adaptive": func(p params) { grad.ClipAdaptive(p, 0.01, 1) },
		"tensors":  func(p params) { grad.ClipAdaptiveTensors(p, 0.01, 1) },
	}
	start := func() params {
		p := paramsOf([][]float64{{3, -4, 12}, {0.5, 60}}, nil)
		p[0].Value[1], p[1].Value[0] = 50, -7
		return p
	}
	times := func(p params) (list []float64) {
		for _, p := range p {
			for _, g := range p.Grad {
				list = append(list, g*p.Scale())
			}
		}
		return list
	}
	for first, clip := range clips {
		for second, again := range clips {
			whole, apart := start(), start()
			clip(whole)
			clip(apart)
			for _, p := range apart { // the same gradients without a factor
				kernels.Scale(p.Grad, p.Scale(), p.Grad)
				p.GradScale = 0
			}
			again(whole)
			again(apart)
			got, want := times(whole), times(apart)
			for i := range got {
				if !(math.Abs(got[i]-want[i]) <= 1e-14*math.Abs(want[i])) {
					t.Errorf("%s, then %s: %v, want %v", first, second, got, want)
					break
				}
			}
		}
	}
}

// TestClipAtLimit: gradients as long as the limit stay as they are, also those of length 0 or +Inf.
func TestClipAtLimit(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		grad  []float32
		limit float64
	}{{[]float32{3, 4}, 5}, {[]float32{0, 0}, 0}, {[]float32{inf, 1}, math.Inf(1)}} {
		for name, clip := range map[string]func([]*layer.Param[float32], float64) float64{
			"ClipNorm": grad.ClipNorm[float32], "ClipLayers": grad.ClipLayers[float32]} {
			params := paramsOf([][]float32{c.grad}, nil)
			norm := clip(params, c.limit)
			if p := params[0]; norm != c.limit || p.Scale() != 1 || !slices.Equal(p.Grad, c.grad) {
				t.Errorf("%s of %v to %v: norm %v, gradient %v times %v", name, c.grad, c.limit, norm, p.Grad,
					p.Scale())
			}
		}
	}
}

func testNorms[T kernels.Float](t *testing.T, sizes []T) {
	check := func(grads [][]T, scales []T) {
		first := grads[0]
		what := fmt.Sprintf("%d layers of %d elements %T %v, scales %v", len(grads), len(first), first[0],
			first[0], scales)
		params := paramsOf(grads, scales)
		want := exactNorm(params)
		if got := grad.Norm(params); !nearly[T](got, want) {
			t.Errorf("Norm of %s: %v, want %v", what, got, want.Text('g', 17))
		}
		layers := paramsOf(grads, scales)
		if got := grad.ClipLayers(layers, math.Inf(1)); !nearly[T](got, want) {
			t.Errorf("ClipLayers of %s: %v, want %v", what, got, want.Text('g', 17))
		}
		for _, limit := range []float64{1e-30, 1, 1e30} {
			clipped := paramsOf(grads, scales)
			norm := grad.ClipNorm(clipped, limit)
			after := exactNorm(clipped)
			size, _ := after.Float64()
			most := new(big.Float).SetFloat64(limit)
			if want.Cmp(most) < 0 {
				most = want
			}
			least, _ := new(big.Float).Mul(most, big.NewFloat(0.999)).Float64()
			top, _ := new(big.Float).Mul(most, big.NewFloat(1.001)).Float64()
			if !nearly[T](norm, want) || !(size >= least && size <= top) {
				t.Errorf("ClipNorm of %s, to %v: returns %v, leaves %v", what, limit, norm, size)
			}
		}
	}
	for _, a := range sizes {
		check([][]T{{a}}, nil)
		check([][]T{{a, -a, a}, {a}}, nil)
		check([][]T{{0, a}, {-a}}, []T{0.5, 0.25})
		for _, b := range sizes {
			check([][]T{{a, b}}, nil)
			check([][]T{{a}, {b, b}, {0}}, nil)
		}
		if top := sizes[len(sizes)-1]; a < 1 {
			check([][]T{{top, 1}}, []T{max(a, sizes[3])}) // a scale of its own at the other end
		}
	}
	long := make([]T, 5000)
	for _, a := range sizes[:len(sizes)-3] {
		for i := range long {
			long[i] = a
		}
		check([][]T{long, {1}}, nil)
		check([][]T{long}, nil)
	}
}

// TestNormOfNothing: no parameters, none with a gradient, gradients of 0.
func TestNormOfNothing(t *testing.T) {
	state := layer.NewState("0.mean", layer.Zeros[float64], 3)
	for _, params := range [][]*layer.Param[float64]{nil, {state}, paramsOf([][]float64{{0}, {0, 0}}, nil)} {
		for name, f := range map[string]func([]*layer.Param[float64]) float64{
			"Norm":       grad.Norm[float64],
			"ClipNorm":   func(p []*layer.Param[float64]) float64 { return grad.ClipNorm(p, 1) },
			"ClipLayers": func(p []*layer.Param[float64]) float64 { return grad.ClipLayers(p, 1) },
			"ClipValue":  func(p []*layer.Param[float64]) float64 { return grad.ClipValue(p, 1) },
			"ClipAdaptive": func(p []*layer.Param[float64]) float64 {
				return grad.ClipAdaptive(p, 0.01,
					1e-3)
			},
			"ClipAdaptiveTensors": func(p []*layer.Param[float64]) float64 {
				return grad.ClipAdaptiveTensors(p, 0.01, 1e-3)
			},
		} {
			if n := f(params); n != 0 {
				t.Errorf("%s of %v: %v, want 0", name, params, n)
			}
		}
	}
}

// TestClipTensorsOfWholeRange: the norms of weights and gradients whose squares overflow or
// vanish.
func TestClipTensorsOfWholeRange(t *testing.T) {
	for _, c := range []struct{ w, g, eps, want float64 }{
		{3e-170, 5, 1e-200, 3e-172}, {3e-170, 5, 1, 0.01}, {3e200, 5e205, 1e-3, 3e198},
		{3e200, 5e100, 1e-3, 5e100},
		{1e-300, 1e300, 1e-310, 1e-302},
	} {
		p := paramsOf([][]float64{{c.g, 0}}, nil)
		p[0].Value[1] = c.w
		if n := grad.ClipAdaptiveTensors(p, 0.01, c.eps); n != c.g {
			t.Errorf("norm %v, want %v", n, c.g)
		}
		if got := effective(p[0])[0]; !(math.Abs(got-c.want) <= 1e-13*c.want) {
			t.Errorf("w %v, g %v, eps %v: %v, want %v", c.w, c.g, c.eps, got, c.want)
		}
	}
}

// TestClipsInARow: the factors of one clip after another go together, however small.
func TestClipsInARow(t *testing.T) {
	p := paramsOf([][]float32{{3e37, 4e37}}, nil)
	for _, limit := range []float64{1e20, 1e-3, 1e-20} {
		grad.ClipNorm(p, limit)
		if s := p[0].Scale(); !(s >= 0x1p-126 && s <= 1) {
			t.Errorf("the scale is %v after a clip to %v", s, limit)
		}
		if n := grad.Norm(p); !(math.Abs(n-limit) <= 1e-6*limit) {
			t.Errorf("the norm is %v after a clip to %v", n, limit)
		}
	}
	if n := grad.ClipValue(p, 7e-21); !(math.Abs(n-1e-20) <= 1e-26) || p[0].Grad[1] != 7e-21 {
		t.Errorf("norm %v, gradient %v after a clip by value", n, p[0].Grad)
	}
}

// TestClipLimits that make no sense panic, before anything is written.
func TestClipLimits(t *testing.T) {
	type params = []*layer.Param[float64]
	for want, f := range map[string]func(params){
		"grad.ClipNorm: max = -1, want at least 0": func(p params) { grad.ClipNorm(p, -1) },
		"grad.ClipLayers: max = NaN, want at least 0": func(p params) {
			grad.ClipLayers(p,
				math.NaN())
		},
		"grad.ClipValue: limit = -0.5, want at least 0": func(p params) { grad.ClipValue(p, -0.5) },
		"grad.ClipAdaptive: lambda = 0, want above 0": func(p params) {
			grad.ClipAdaptive(p, 0,
				1)
		},
		"grad.ClipAdaptive: eps = -1, want above 0": func(p params) {
			grad.ClipAdaptive(p, 1,
				-1)
		},
		"grad.ClipAdaptiveTensors: lambda = NaN, want above 0": func(p params) { grad.ClipAdaptiveTensors(p, math.NaN(), 1) },
		"grad.ClipAdaptiveTensors: eps = 0, want above 0":      func(p params) { grad.ClipAdaptiveTensors(p, 1, 0) },
	} {
		p := paramsOf([][]float64{{3, 4}}, nil)
		func() {
			defer func() {
				err, _ := recover().(error)
				var shape *kernels.ShapeError
				if !errors.As(err, &shape) || err.Error() != want {
					t.Errorf("got %v, want %q", err, want)
				}
			}()
			f(p)
		}()
		if p[0].Grad[0] != 3 || p[0].GradScale != 0 {
			t.Errorf("%s: changed the gradient", want)
		}
	}
}

// TestCheckOfLargeAndSmallGradients: the comparison with differences does not square what
// cannot be squared.
func TestCheckOfLargeAndSmallGradients(t *testing.T) {
	for _, scale := range []float64{1e-200, 1e200} {
		model := layer.NewLinear[float64](1, 1, kernels.ActIdentity).NoBias()
		model.W.Value[0] = 1
		loss := timesLoss{scale}
		for _, d := range grad.Check(model, loss, mat.FromRows([]float64{2}), target{}) {
			if !(d.Rel <= 1e-10) {
				t.Errorf("scale %v: %v", scale, d)
			}
		}
		wrong := grad.Check(model, halfLoss{loss}, mat.FromRows([]float64{2}), target{})
		if d := grad.Worst(wrong); scale > 1 && !(d.Rel >= 0.4) {
			t.Errorf("scale %v: %v of a gradient that is wrong by half", scale, d)
		}
	}
}

// timesLoss is s p for one number p.
type timesLoss struct{ s float64 }

func (l timesLoss) Grad(dp, p mat.Dense[float64], y target) float64 {
	loss := l.s * p.At(0, 0)
	dp.Set(0, 0, l.s)
	return loss
}
func (timesLoss) Classify([]int, mat.Dense[float64]) {}

// halfLoss has half of its gradient.
type halfLoss struct{ timesLoss }

func (l halfLoss) Grad(dp, p mat.Dense[float64], y target) float64 {
	loss := l.timesLoss.Grad(dp, p, y)
	dp.Set(0, 0, l.s/2)
	return loss
}
