package optim_test

import (
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// TestAdjacentParametersStepAlone: weights and bias of a layer, which lie next to each other
// and are updated in one call, get the bits of parameters that do not, they and their state.
func TestAdjacentParametersStepAlone(t *testing.T) {
	withoutDecay := func() map[string]optim.Optimizer[float64] {
		return map[string]optim.Optimizer[float64]{
			"momentum without decay": optim.NewMomentum[float64](0.9),
			"adam without decay":     optim.NewAdam[float64](),
			"sgd without decay":      &optim.SGD[float64]{},
			"adagrad without decay":  &optim.Adagrad[float64]{Eps: 1e-10, Initial: 0.5},
		}
	}
	for _, make := range []func() map[string]optim.Optimizer[float64]{all, withoutDecay} {
		for name, together := range make() {
			alone := make()[name]
			l := layer.NewLinear[float64](5, 3, kernels.ActIdentity)
			a := append(l.Params(), layer.NewLayerNorm[float64](3).Params()...)
			b := apart(a)
			for s := range steps {
				feed(a, s)
				feed(b, s)
				for _, list := range [][]*layer.Param[float64]{a, b} {
					switch s {
					case 1:
						list[1].GradScale = 0.5
					case 2:
						list[0].GradScale, list[1].GradScale = 0.5, 0.5
					case 3:
						list[0].Stepped = true
					case 4:
						list[1].Stepped = true
					}
				}
				together.Step(a, rate(s))
				alone.Step(b, rate(s))
				for i, p := range a {
					if p.GradScale != 0 || p.Stepped {
						t.Errorf("%s, step %d, %s: GradScale %v, Stepped %v remain", name, s, p.Name,
							p.GradScale, p.Stepped)
					}
					for j, v := range p.Value {
						if b[i].Value[j] != v {
							t.Fatalf("%s, step %d, %s[%d] = %v, want %v", name, s, p.Name, j, v,
								b[i].Value[j])
						}
					}
				}
			}
			state := alone.Tensors(b)
			for i, s := range together.Tensors(a) {
				for j, v := range s.Value {
					if state[i].Value[j] != v {
						t.Fatalf("%s, %s[%d] = %v, want %v", name, s.Name, j, v, state[i].Value[j])
					}
				}
			}
		}
	}
}

// TestNeighboursWithStateApart: parameters that lie next to each other need not have their state there. The
// state of the second is older here.
func TestNeighboursWithStateApart(t *testing.T) {
	for name, together := range all() {
		alone := all()[name]
		a := layer.NewLinear[float64](5, 3, kernels.ActIdentity).Params()
		b := apart(a)
		for _, list := range [][]*layer.Param[float64]{a, b} {
			list[0].NoDecay, list[1].NoDecay = true, true // else each has a call of its own
			feed(list, 0)
		}
		together.Step(a[1:], rate(0))
		alone.Step(b[1:], rate(0))
		stepBoth(a, b, together, alone, 1, steps)
		for i, p := range a {
			if !slices.Equal(p.Value, b[i].Value) {
				t.Errorf("%s: %s is %v, want %v", name, p.Name, p.Value, b[i].Value)
			}
		}
		state := alone.Tensors(b)
		for i, s := range together.Tensors(a) {
			if !slices.Equal(s.Value, state[i].Value) {
				t.Errorf("%s: %s is %v, want %v", name, s.Name, s.Value, state[i].Value)
			}
		}
	}
}

// apart returns parameters like these that have no neighbours.
func apart(params []*layer.Param[float64]) []*layer.Param[float64] {
	var list []*layer.Param[float64]
	for _, p := range params {
		q := layer.NewParam(p.Name, p.Init, p.Shape...)
		q.NoDecay = p.NoDecay
		list = append(list, q)
	}
	return list
}
