package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ashlar-go/ashlar/examples/internal/console/consoletest"
)

// TestBatchNormLearns: the network learns with batch normalisation and does not learn without.
func TestBatchNormLearns(t *testing.T) {
	without, err := learn(false, 0.1, 10)
	if err != nil {
		t.Fatal(err)
	}
	with, err := learn(true, 0.1, 10)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := without[9].ValidationAccuracy, with[9].ValidationAccuracy; !(a < 0.3) || !(b > 0.9) {
		t.Errorf("accuracy %v without, %v with", a, b)
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
	if info, err := os.Stat(filepath.Join(dir, "batchnorm.png")); err != nil || info.Size() == 0 {
		t.Errorf("the plot: %v", err)
	}
}
