package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestActivationNames: every activation comes back from its name, with each bit of its parameter.
func TestActivationNames(t *testing.T) {
	for k := range Activation(kinds) {
		list := []Activation{k}
		if traits[k].param {
			random := rand.New(rand.NewPCG(1, 2))
			for range 1000 {
				list = append(list, withParam(k, random.NormFloat64()),
					withParam(k, random.ExpFloat64()*1e-300))
			}
			for i := range 2000 {
				list = append(list, withParam(k, float64(i)/1000), withParam(k, -float64(i)*1e-7))
			}
			for _, p := range []float64{0, math.Copysign(0, -1), 0.01, 1.0 / 3, 1e300, math.MaxFloat64,
				0x1p-1074, 0x1p-1064, 0x1p-1022, math.Inf(1), math.Inf(-1), math.NaN()} {
				list = append(list, withParam(k, p))
			}
		}
		for _, act := range list {
			if got, err := ParseActivation(act.String()); got != act || err != nil {
				t.Errorf("%v: got %#x, %v, want %#x", act, uint64(got), err, uint64(act))
			}
		}
	}
	for i := range 2000 {
		v := float64(i) / 1000
		if got, want := ActLeakyReLU(v).String(), fmt.Sprintf("leaky_relu(%v)", v); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for act, want := range map[Activation]string{
		ActReLU: "relu", ActLeakyReLU(0.01): "leaky_relu(0.01)", ActLeakyReLU(-0.5): "leaky_relu(-0.5)",
		ActELU(1): "elu(1)", ActELU(1e-9): "elu(1e-09)", ActGELUTanh: "gelu_tanh",
	} {
		if got := act.String(); got != want {
			t.Errorf("%#x is %s, want %s", uint64(act), got, want)
		}
	}
}

func TestParseActivationErrors(t *testing.T) {
	for _, name := range []string{"", "ReLU", "relu ", "relu(1)", "leaky_relu", "leaky_relu(", "leaky_relu()",
		"leaky_relu(x)", "leaky_relu(0.1", "leaky_relu(0.1))", "leaky_relu(1e999)", "elu(1)2", "(1)",
		Activation(kinds).String()} {
		act, err := ParseActivation(name)
		if err == nil || act != 0 || !strings.Contains(err.Error(), "want one of identity, step,") ||
			!strings.Contains(err.Error(), "leaky_relu(number)") {
			t.Errorf("%q: got %v, %v", name, act, err)
		}
	}
}
