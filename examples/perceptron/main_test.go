package main

import (
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/examples/internal/console/consoletest"
)

func TestPerceptron(t *testing.T) {
	set := separable(200)
	neuron, epochs, right, err := learn(set, 100)
	if err != nil || right != 1 || epochs == 100 {
		t.Fatalf("%d epochs, %v right, %v", epochs, right, err)
	}
	for i := range set.Rows {
		x := set.Row(i)
		z := neuron.W.Value[0]*x[0] + neuron.W.Value[1]*x[1] + neuron.B.Value[0]
		if (z > 0) != (set.Y[i] == 1) {
			t.Errorf("point %v is on the wrong side", x)
		}
	}
	if _, epochs, right, err := learn(xor(), 50); err != nil || epochs != 50 || right == 1 {
		t.Errorf("XOR: %d epochs, %v right, %v", epochs, right, err)
	}
}

func TestCommand(t *testing.T) {
	command := consoletest.Build(t)
	consoletest.TestUsage(t, command, []string{"-bogus", "-bogus"}, []string{"extra", `"extra"`})
	r := consoletest.Run(t, nil, command)
	consoletest.Golden(t, "output", consoletest.Mask(r.Stdout))
	for _, want := range []string{"separable points: converged after ",
		"XOR: not converged after 100 epochs"} {
		if r.Code != 0 || r.Stderr != "" || !strings.Contains(r.Stdout, want) {
			t.Errorf("exit code %d, want %q in\n%s%s", r.Code, want, r.Stdout, r.Stderr)
		}
	}
}
