package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ashlar-go/ashlar/examples/internal/console/consoletest"
)

// TestAllLearn: each optimizer learns the digits.
func TestAllLearn(t *testing.T) {
	for _, c := range contestants() {
		history, err := learn(c, 15)
		if err != nil {
			t.Fatal(err)
		}
		if last := history[len(history)-1]; !(last.ValidationAccuracy > 0.93) ||
			!(last.Loss < history[0].Loss/3) {
			t.Errorf("%s: %+v", c.name, last)
		}
	}
}

func TestCommand(t *testing.T) {
	command, dir := consoletest.Build(t), t.TempDir()
	consoletest.TestUsage(t, command, []string{"-bogus", "-bogus"}, []string{"extra", `"extra"`},
		[]string{"-out", "", "-out"}, []string{"-epochs", "0", "-epochs"})
	r := consoletest.Run(t, nil, command, "-out", dir, "-epochs", "2")
	if r.Code != 0 || r.Stderr != "" {
		t.Errorf("exit code %d, %s", r.Code, r.Stderr)
	}
	consoletest.Golden(t, "output", consoletest.Mask(r.Stdout))
	if info, err := os.Stat(filepath.Join(dir, "optimizers.png")); err != nil || info.Size() == 0 {
		t.Errorf("the plot: %v", err)
	}
}
