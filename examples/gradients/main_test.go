package main

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/ashlar-go/ashlar/examples/internal/console/consoletest"
)

// TestProducts: 1.5^10 is about 58, 0.5^10 about 0.001.
func TestProducts(t *testing.T) {
	for _, c := range []struct{ derivative, want float64 }{{1.5, 57.6650390625}, {1, 1},
		{0.5, 0.0009765625}} {
		left := chain(c.derivative, 10)
		for i, got := range left {
			if want := math.Pow(c.derivative, float64(i+1)); !(math.Abs(got-want) <= 1e-14*want) {
				t.Errorf("%d layers of derivative %v leave %v, want %v", i+1, c.derivative, got, want)
			}
		}
		if !(math.Abs(left[9]-c.want) <= 1e-12) {
			t.Errorf("ten layers of derivative %v leave %v, want %v", c.derivative, left[9], c.want)
		}
	}
}

func norms(t *testing.T, n network) []float64 {
	t.Helper()
	norms, err := n.build().gradients()
	if err != nil {
		t.Fatal(err)
	}
	return norms
}

// TestVanishing: the gradient of a sick network falls from layer to layer on its way down. That
// of a cured one stays within a factor of 10 over all layers.
func TestVanishing(t *testing.T) {
	for i, most := range []float64{1e-10, 1e-5} {
		g := norms(t, sick[i])
		for l := 1; l < depth; l++ {
			if !(g[l-1] < 0.8*g[l]) {
				t.Errorf("%s: %.3g at layer %d, %.3g at layer %d", sick[i].name, g[l-1], l, g[l], l+1)
			}
		}
		if !(g[0] < most*g[depth-1]) {
			t.Errorf("%s: %.3g at the first layer, %.3g at the last", sick[i].name, g[0], g[depth-1])
		}
	}
	for _, n := range cured {
		for l, g := range norms(t, n) {
			if !(g > 0.03 && g < 0.3) {
				t.Errorf("%s: %.3g at layer %d", n.name, g, l+1)
			}
		}
	}
}

// TestExploding: with large weights the gradient grows by more than 10^4 on its way down. With
// each cure it grows far less; with He and L2 it stays about the same.
func TestExploding(t *testing.T) {
	growth := func(g []float64) float64 { return g[0] / g[depth-1] }
	plain, he := growth(norms(t, explosive[0])), growth(norms(t, explosive[1]))
	batchNorm := growth(norms(t, explosive[2]))
	if !(plain > 1e4) || !(he < 3) || !(batchNorm < plain/1000) {
		t.Errorf("the gradient grows to %.3g times, with He weights %.3g, with batch norm %.3g", plain, he,
			batchNorm)
	}
	without, err := afterTraining(0)
	if err != nil {
		t.Fatal(err)
	}
	with, err := afterTraining(lambda)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := growth(without), growth(with); !(a > 20) || !(b < 3) || !(with[0] < without[0]/20) {
		t.Errorf("after training it grows to %.3g times without L2, %.3g with it", a, b)
	}
}

// TestClipping: the norm of all gradients becomes the limit, and their proportions stay.
func TestClipping(t *testing.T) {
	before, after, total, err := clipped(large)
	if err != nil {
		t.Fatal(err)
	}
	if !(total[0] > 1e5) || !(math.Abs(total[1]-clipNorm) < 1e-9) {
		t.Errorf("norm %v before, %v after, want the limit %v", total[0], total[1], clipNorm)
	}
	for l := range before {
		if want := before[l] * clipNorm / total[0]; !(math.Abs(after[l]-want) <= 1e-12*want) {
			t.Errorf("layer %d: %v, want %v", l+1, after[l], want)
		}
	}
}

// TestDying: with a ReLU all units of the layer are dead, and no gradient gets below it. With a
// leaky ReLU, and with batch normalisation, no unit is dead and a gradient gets through.
func TestDying(t *testing.T) {
	for i, n := range dead {
		model := n.pushedDown()
		g, err := model.gradients()
		if err != nil {
			t.Fatal(err)
		}
		share := model.probes[pushedLayer-1].dead
		if i == 0 && (share != 1 || g[0] != 0) || i > 0 && (share != 0 || !(g[0] > 0.01)) {
			t.Errorf("%s: %v of the units are dead, the gradient at the first layer is %.3g", n.name, share,
				g[0])
		}
	}
}

// TestOverfitting: L2 and dropout raise the training loss and are better on the test set.
func TestOverfitting(t *testing.T) {
	none, norm, err := regulars[0].learn()
	if err != nil {
		t.Fatal(err)
	}
	a := none[len(none)-1]
	for _, r := range regulars[1:] {
		history, small, err := r.learn()
		if err != nil {
			t.Fatal(err)
		}
		b := history[len(history)-1]
		if !(b.Loss > 5*a.Loss) || !(b.ValidationLoss < 0.85*a.ValidationLoss) ||
			!(b.ValidationAccuracy > a.ValidationAccuracy+0.02) {
			t.Errorf("%s: training loss %.3g, test loss %.3g, accuracy %v; without %.3g, %.3g, %v", r.name,
				b.Loss, b.ValidationLoss, b.ValidationAccuracy, a.Loss, a.ValidationLoss,
				a.ValidationAccuracy)
		}
		if r.lambda > 0 && !(small < norm/2) {
			t.Errorf("%s: weights of squared norm %v, without %v", r.name, small, norm)
		}
	}
}

func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("the other tests train the same networks")
	}
	dir := t.TempDir()
	r := consoletest.Run(t, nil, consoletest.Build(t), "-out", dir)
	if r.Code != 0 || r.Stderr != "" {
		t.Errorf("exit code %d, %s", r.Code, r.Stderr)
	}
	consoletest.Golden(t, "output", consoletest.Mask(r.Stdout))
	if info, err := os.Stat(filepath.Join(dir, "gradients.png")); err != nil || info.Size() == 0 {
		t.Errorf("the plot: %v", err)
	}
}

func TestUsage(t *testing.T) {
	consoletest.TestUsage(t, consoletest.Build(t), []string{"-bogus", "-bogus"},
		[]string{"extra", `"extra"`}, []string{"-out", "", "-out"})
}
