package optim_test

import (
	"fmt"
	"testing"

	"github.com/ashlar-go/ashlar/optim"
)

type ownOptimizer struct{ optim.Optimizer[float64] }

// TestKind: no two optimizers whose state differs in meaning are of one kind.
func TestKind(t *testing.T) {
	seen := map[string]bool{}
	for want, o := range map[string]optim.Optimizer[float64]{
		"SGD": &optim.SGD[float64]{}, "SGDW": &optim.SGD[float64]{Decay: optim.Decay{Decoupled: true}},
		"Momentum": optim.NewMomentum[float64](0.9), "Nesterov": optim.NewNesterov[float64](0.9),
		"Adam": optim.NewAdam[float64](), "AdamW": optim.NewAdamW[float64](0.1),
		"AMSGrad": optim.NewAMSGrad[float64](),
		"NAdam":   optim.NewNAdam[float64](), "Adagrad": optim.NewAdagrad[float64](),
		"Adadelta": optim.NewAdadelta[float64](),
		"Lion":     optim.NewLion[float64](0.1), "RMSProp": optim.NewRMSProp[float64](),
		"RMSProp, centered":       &optim.RMSProp[float64]{Centered: true},
		"RMSProp, momentum":       &optim.RMSProp[float64]{Mu: 0.5},
		"optim_test.ownOptimizer": ownOptimizer{},
		"Groups(AdamW, Lion)": optim.NewGroups(optim.Group[float64]{Optimizer: optim.NewAdamW[float64](0)},
			optim.Group[float64]{Optimizer: optim.NewLion[float64](0)}),
	} {
		if got := optim.Kind(o); got != want || seen[got] {
			t.Errorf("%T is of kind %q, want %q", o, got, want)
		}
		seen[optim.Kind(o)] = true
	}
}

func ExampleKind() {
	fmt.Println(optim.Kind[float32](optim.NewAdamW[float32](0.01)),
		optim.Kind[float32](optim.NewNesterov[float32](0.9)))
	// Output: AdamW Nesterov
}
