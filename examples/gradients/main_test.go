package main

import "testing"

// TestDiseasesAndCures: which gradients vanish, explode or stay.
func TestDiseasesAndCures(t *testing.T) {
	for i, want := range []string{"vanish", "vanish", "explode", "stay", "stay", "stay", "stay", "stay"} {
		norms, err := gradientNorms(networks[i])
		if err != nil {
			t.Fatal(err)
		}
		got := "stay"
		switch ratio := norms[0] / norms[depth-1]; {
		case ratio < 1e-3:
			got = "vanish"
		case norms[0] > 1e3:
			got = "explode"
		}
		if got != want {
			t.Errorf("%s: the gradients %s (%.3g at the first layer, %.3g at the last), want %s", networks[i].name, got, norms[0], norms[depth-1], want)
		}
	}
	if err := run(t.TempDir()); err != nil {
		t.Error(err)
	}
}
