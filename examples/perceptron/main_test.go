package main

import "testing"

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
