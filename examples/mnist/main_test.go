package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/examples/dataset"
	"github.com/ashlar-go/ashlar/examples/internal/mlp"
	"github.com/ashlar-go/ashlar/model"
)

// digits is a short run on the embedded data.
func digits(t *testing.T, args ...string) config {
	t.Helper()
	c, err := parse(append([]string{"-data", "digits", "-epochs", "3", "-batch", "64", "-out", t.TempDir()}, args...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{"-epochs", "0"}, {"-epochs", "many"}, {"-batch", "1"}, {"-lr", "-1"}, {"-lr", "NaN"}, {"-optimizer", "lion"},
		{"-data", "cifar"}, {"-tier", "sse"}, {"-threads", "-2"}, {"-nonsense"}, {"extra"},
	} {
		_, err := parse(args)
		var usage usageError
		if !errors.As(err, &usage) {
			t.Errorf("%q: error %v, want a usage error", args, err)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: more than one line: %q", args, err)
		}
	}
}

// TestDigits trains for three epochs and wants a model that has learnt, the same one
// in a second run, and every file that the program promises.
func TestDigits(t *testing.T) {
	var results [2][]epochResult
	for i := range results {
		c := digits(t)
		set, test, err := dataset.Digits()
		if err != nil {
			t.Fatal(err)
		}
		net := mlp.New(set.Features, set.Classes, c.seed)
		if results[i], err = learn(context.Background(), c, net, set, test); err != nil {
			t.Fatal(err)
		}
		out, err := newOutput(c.out)
		if err != nil {
			t.Fatal(err)
		}
		if err := out.save(c, net, results[i]); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"digits.safetensors", "digits.csv", "digits.svg"} {
			if info, err := os.Stat(filepath.Join(c.out, name)); err != nil || info.Size() == 0 {
				t.Errorf("%s: %v", name, err)
			}
		}
		again := mlp.New(set.Features, set.Classes, c.seed+1)
		if err := model.Load(filepath.Join(c.out, "digits.safetensors"), again); err != nil {
			t.Error(err)
		}
	}
	last := results[0][len(results[0])-1]
	if !(last.testAccuracy >= 0.93) {
		t.Errorf("test accuracy %v after 3 epochs, want >= 0.93", last.testAccuracy)
	}
	for i, e := range results[0] {
		if r := results[1][i]; r.loss != e.loss || r.testAccuracy != e.testAccuracy {
			t.Errorf("epoch %d differs between two runs: loss %v and %v", e.epoch, e.loss, r.loss)
		}
	}
}

// TestInterrupted wants the weights of an interrupted run saved and no error.
func TestInterrupted(t *testing.T) {
	c := digits(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := run(ctx, c); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(c.out, "digits.safetensors")); err != nil {
		t.Error(err)
	}
}

// TestUnwritable wants one line before any training where the results could not be
// written.
func TestUnwritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	c := digits(t, "-out", filepath.Join(file, "out"))
	err := run(context.Background(), c)
	if err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v, want one line", err)
	}
}
