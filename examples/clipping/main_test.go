package main

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/examples/internal/console/consoletest"
	"github.com/ashlar-go/ashlar/examples/internal/digits"
	"github.com/ashlar-go/ashlar/layer"
)

// tolerance allows for the rounding of sums of squares.
const tolerance = 1e-9

func norm(g []float64) float64 {
	sum := 0.0
	for _, v := range g {
		sum += v * v
	}
	return math.Sqrt(sum)
}

// TestEffects checks what each method promises of the clipped gradient.
func TestEffects(t *testing.T) {
	set, _, err := digits.Float64()
	if err != nil {
		t.Fatal(err)
	}
	effects := map[string]effect{}
	for _, w := range ways {
		effects[w.name] = w.effect(set)
	}
	none := effects["none"]
	if none.before < 100 || none.after != none.before || math.Abs(none.cosine-1) > tolerance {
		t.Errorf("not clipped: %+v", none)
	}
	if e := effects["global norm 1"]; math.Abs(e.after-1) > tolerance || math.Abs(e.cosine-1) > tolerance {
		t.Errorf("by the norm of all: %+v, want the norm 1 and the direction as it was", e)
	}
	if e := effects["value 0.01"]; e.largest != 0.01 || e.cosine > 0.9 {
		t.Errorf("by value: %+v, want at most 0.01 in another direction", e)
	}
	byLayer := effects["layer norm 0.3"]
	for l, got := range byLayer.layers {
		if none.layers[l] <= 0.3 || math.Abs(got-0.3) > tolerance {
			t.Errorf("by layer: layer %d has the norm %v, had %v, want 0.3", l+1, got, none.layers[l])
		}
	}
	for name, e := range effects {
		if e.before != none.before {
			t.Errorf("%s: the norm was %v, want %v", name, e.before, none.before)
		}
		if strings.HasPrefix(name, "AGC") && e.layers[layers-1] != none.layers[layers-1] {
			t.Errorf("%s: the last layer has the norm %v, want it left at %v", name, e.layers[layers-1],
				none.layers[layers-1])
		}
	}
}

// TestAdaptive: AGC scales the gradient of a unit, or tensor, to 0.02 times the norm of its
// weights if it was longer, and leaves it alone otherwise.
func TestAdaptive(t *testing.T) {
	set, _, err := digits.Float64()
	if err != nil {
		t.Fatal(err)
	}
	limit := func(w []float64) float64 { return 0.02 * math.Max(norm(w), 1e-3) }
	check := func(t *testing.T, unit string, raw, got, w []float64) {
		t.Helper()
		if want := math.Min(norm(raw), limit(w)); math.Abs(norm(got)-want) > tolerance*want {
			t.Errorf("%s has the norm %v, want %v", unit, norm(got), want)
		}
	}
	column := func(p *layer.Param[float64], v []float64, j int) []float64 {
		var c []float64
		for i := range p.Shape[0] {
			c = append(c, v[i*p.Shape[1]+j])
		}
		return c
	}
	for _, w := range ways[4:] {
		t.Run(w.name, func(t *testing.T) {
			net := withGradient(set)
			raw := taken(net.Params())
			w.clip(net.Params())
			got := taken(net.Params())
			for i, p := range hidden(net.Params()) {
				if strings.Contains(w.name, "unit") && len(p.Shape) == 2 {
					for j := range p.Shape[1] {
						check(t, p.Name, column(p, raw[i], j), column(p, got[i], j), column(p, p.Value, j))
					}
				} else {
					check(t, p.Name, raw[i], got[i], p.Value)
				}
			}
		})
	}
}

// TestTraining: training fails without clipping and succeeds with each method.
func TestTraining(t *testing.T) {
	set, test, err := digits.Float64()
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range ways {
		history, err := w.learn(set, test, 10)
		switch {
		case i == 0 && (err == nil || !strings.Contains(err.Error(), "the loss is ")):
			t.Errorf("not clipped: error %v, want a loss that is not finite", err)
		case i > 0 && err != nil:
			t.Errorf("%s: %v", w.name, err)
		case i > 0 && !(history[9].ValidationAccuracy > 0.8):
			t.Errorf("%s: accuracy %v", w.name, history[9].ValidationAccuracy)
		}
	}
}

func TestCommand(t *testing.T) {
	clipping, dir := consoletest.Build(t), t.TempDir()
	consoletest.TestUsage(t, clipping, []string{"-bogus", "-bogus"}, []string{"extra", `"extra"`},
		[]string{"-out", "", "-out"}, []string{"-epochs", "0", "-epochs"})
	r := consoletest.Run(t, nil, clipping, "-out", dir, "-epochs", "1")
	if r.Code != 0 || r.Stderr != "" {
		t.Errorf("exit code %d, %s", r.Code, r.Stderr)
	}
	// Where training fails without clipping depends on the tier.
	consoletest.Golden(t, "output", consoletest.Mask(regexp.MustCompile(`(?m)^none fails(.*\n  .*)*`).
		ReplaceAllString(r.Stdout, "none fails")))
	for _, w := range ways {
		if strings.Count(r.Stdout, "\n"+w.name+" ") != 2 {
			t.Errorf("want two lines for %s in\n%s", w.name, r.Stdout)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "clipping.png")); err != nil || info.Size() == 0 {
		t.Errorf("the plot: %v", err)
	}
}
