package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/examples/internal/console/consoletest"
)

func TestRegression(t *testing.T) {
	training, test, err := run()
	if err != nil || !(training.r2 > 0.5 && training.r2 < 0.56) || !(test.r2 > 0.3) {
		t.Fatalf("R2 %v in training, %v on the test set, %v", training.r2, test.r2, err)
	}
	// In the unit of the set, whose targets are 25 to 346.
	if lo, hi := slices.Min(test.truth), slices.Max(test.truth); lo < 25 || hi > 346 || hi < 300 ||
		!(training.mse > 2800 && training.mse < 2950) {
		t.Errorf("targets %v to %v, mean squared error %v", lo, hi, training.mse)
	}
}

func TestCommand(t *testing.T) {
	command, dir := consoletest.Build(t), t.TempDir()
	consoletest.TestUsage(t, command, []string{"-bogus", "-bogus"}, []string{"extra", `"extra"`},
		[]string{"-out", "", "-out"})
	r := consoletest.Run(t, nil, command, "-out", dir)
	consoletest.Golden(t, "output", consoletest.Mask(r.Stdout))
	for _, want := range []string{"training       354 ", "test            88 "} {
		if r.Code != 0 || r.Stderr != "" || !strings.Contains(r.Stdout, want) {
			t.Errorf("exit code %d, want %q in\n%s%s", r.Code, want, r.Stdout, r.Stderr)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "regression.png")); err != nil || info.Size() == 0 {
		t.Errorf("the plot: %v", err)
	}
}
