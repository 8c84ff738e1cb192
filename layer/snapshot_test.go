package layer_test

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// copied is a Scale that implements Snapshotter.
type copied struct{ *Scale }

func (c copied) Snapshot() layer.Layer[float64] {
	s := NewScale(len(c.S.Value))
	copy(s.S.Value, c.S.Value)
	return s
}

// TestPredictorIsASnapshot: for each layer in each place of a model, a change of the model does
// not reach a Predictor made before it, and reaches one made after it.
func TestPredictorIsASnapshot(t *testing.T) {
	linear := func() layer.Layer[float64] { return layer.NewLinear[float64](4, 4, kernels.ActTanh) }
	for name, make := range map[string]func() layer.Layer[float64]{
		"Linear":    linear,
		"BatchNorm": func() layer.Layer[float64] { return layer.NewBatchNorm[float64](4) },
		"LayerNorm": func() layer.Layer[float64] { return layer.NewLayerNorm[float64](4) },
		"RMSNorm":   func() layer.Layer[float64] { return layer.NewRMSNorm[float64](4) },
		"PReLU":     func() layer.Layer[float64] { return layer.NewPReLU[float64](4) },
		"one slope": func() layer.Layer[float64] { return layer.NewPReLU[float64](1) },
		"own":       func() layer.Layer[float64] { return copied{NewScale(4)} },
	} {
		for place, model := range map[string]layer.Layer[float64]{
			"alone": make(),
			"first": layer.NewSequential(make(), linear()),
			"last":  layer.NewSequential(linear(), make()),
			"body": layer.NewSequential(linear(),
				layer.Layer[float64](layer.NewResidual(make(), nil))),
			"skip": layer.NewResidual(linear(), make()),
			"body in depth": layer.NewResidual[float64](layer.NewSequential(linear(),
				layer.Layer[float64](layer.NewSequential(make()))), nil),
		} {
			layer.Initialize(model, 1)
			x := randomMatrix(5, 4, 3)
			predict := func(p *layer.Predictor[float64]) []float64 {
				y := mat.New[float64](5, 4)
				p.Predict(y, x)
				return y.Data
			}
			before := newPredictor(t, model)
			want := predict(before)
			for _, p := range model.Params() {
				for i := range p.Value {
					p.Value[i] = 0.7*p.Value[i] + 0.11
				}
			}
			if got := predict(before); !slices.Equal(got, want) {
				t.Errorf("%s, %s: a change of the model reached the Predictor", name, place)
			}
			now := layer.NewWorkspace(model).Forward(x, false).RawData()
			for i, v := range predict(newPredictor(t, model)) {
				if !(math.Abs(v-now[i]) <= 1e-13) {
					t.Errorf("%s, %s: element %d is %v, want %v", name, place, i, v, now[i])
					break
				}
			}
		}
	}
}

func newPredictor(t *testing.T, model layer.Layer[float64]) *layer.Predictor[float64] {
	t.Helper()
	p, err := layer.NewPredictor(model, 4)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPredictorRefuses(t *testing.T) {
	for _, model := range []layer.Layer[float64]{
		NewScale(4), layer.NewSequential[float64](NewScale(4)), layer.NewResidual[float64](NewScale(4), nil),
	} {
		_, err := layer.NewPredictor(model, 4)
		if err == nil || !strings.Contains(err.Error(),
			"scale [4] of *layer_test.Scale, which is no Snapshotter") {
			t.Errorf("got %v", err)
		}
	}
}

// TestPredictorFolds: a chain of Linear, BatchNorm, activation and Dropout becomes products with
// the other layers folded into them, where that is possible.
func TestPredictorFolds(t *testing.T) {
	linear := func() layer.Layer[float64] { return layer.NewLinear[float64](4, 4, kernels.ActIdentity) }
	norm := func() layer.Layer[float64] { return layer.NewBatchNorm[float64](4) }
	act := func() layer.Layer[float64] { return layer.NewActivation[float64](kernels.ActReLU) }
	drop := func() layer.Layer[float64] { return layer.NewDropout[float64](0.5) }
	for _, c := range []struct {
		parts []layer.Layer[float64]
		want  []string
	}{
		{[]layer.Layer[float64]{linear(), norm(), act(), drop()}, []string{"packedLinear"}},
		{[]layer.Layer[float64]{norm(), norm(), linear(), act()}, []string{"packedLinear"}},
		{[]layer.Layer[float64]{linear(), act(), norm(), linear()},
			[]string{"packedLinear", "packedLinear"}},
		{[]layer.Layer[float64]{norm(), act(), linear()},
			[]string{"scaleShift", "Activation", "packedLinear"}},
	} {
		p := newPredictor(t, layer.NewSequential(c.parts...))
		var got []string
		parts := reflect.ValueOf(p).Elem().FieldByName("model").Elem().Elem().FieldByName("parts")
		for i := range parts.Len() {
			name, _, _ := strings.Cut(parts.Index(i).Elem().Elem().Type().Name(), "[")
			got = append(got, name)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v, want %v", got, c.want)
		}
	}
}
