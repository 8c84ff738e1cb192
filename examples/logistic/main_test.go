package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/examples/internal/console/consoletest"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/train"
)

// TestOptimum: the objective is convex, so a gradient of 0 marks the optimum. Mini-batches
// come near it.
func TestOptimum(t *testing.T) {
	set, err := load()
	if err != nil {
		t.Fatal(err)
	}
	var at [2]float64
	for i, way := range [][2]int{{set.Rows, 20000}, {32, 400}} {
		m, err := fit(set, way[0], way[1])
		if err != nil {
			t.Fatal(err)
		}
		report, err := train.Evaluate[float64](m, grad.BCEWithLogits[float64]{}, set, set.Rows)
		if err != nil {
			t.Fatal(err)
		}
		at[i] = objective(m, report.Loss, set.Rows)
		if i == 0 {
			if s := slope(m, set); !(s < 1e-6) {
				t.Errorf("the gradient at the end has norm %g", s)
			}
		}
		if !(report.Accuracy > 0.98) {
			t.Errorf("accuracy %v", report.Accuracy)
		}
	}
	if !(math.Abs(at[1]-at[0]) < 1e-4) {
		t.Errorf("objectives %v and %v", at[0], at[1])
	}
}

func TestCommand(t *testing.T) {
	command, dir := consoletest.Build(t), t.TempDir()
	consoletest.TestUsage(t, command, []string{"-bogus", "-bogus"}, []string{"extra", `"extra"`},
		[]string{"-out", "", "-out"})
	r := consoletest.Run(t, nil, command, "-out", dir)
	consoletest.Golden(t, "output", consoletest.Mask(r.Stdout))
	for _, want := range []string{"569 tumours, 30 features",
		"both reach the same optimum: the objectives differ by "} {
		if r.Code != 0 || r.Stderr != "" || !strings.Contains(r.Stdout, want) {
			t.Errorf("exit code %d, want %q in\n%s%s", r.Code, want, r.Stdout, r.Stderr)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "logistic.png")); err != nil || info.Size() == 0 {
		t.Errorf("the plot: %v", err)
	}
}
