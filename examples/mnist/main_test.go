package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ashlar-go/ashlar/examples/dataset"
	"github.com/ashlar-go/ashlar/examples/internal/mlp"
	"github.com/ashlar-go/ashlar/model"
)

// digits returns the settings of a short run on the embedded data.
func digits(t *testing.T, args ...string) config {
	t.Helper()
	c, err := parse(append([]string{"-data", "digits", "-epochs", "3", "-batch", "64", "-out", t.TempDir()},
		args...))
	if err != nil {
		t.Fatal(err)
	}
	return c
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
		if results[i], _, err = learn(context.Background(), c, net, set, test); err != nil {
			t.Fatal(err)
		}
		out, err := newOutput(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := out.saveWeights(net); err != nil {
			t.Fatal(err)
		}
		m, err := report(net, test, results[i], set.Rows, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if err := out.savePlots(c, results[i], m); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"digits.safetensors", "digits.csv", "digits.png",
			"digits-confusion.png"} {
			if info, err := os.Stat(filepath.Join(c.out, name)); err != nil || info.Size() == 0 {
				t.Errorf("%s: %v", name, err)
			}
		}
		again := mlp.New(set.Features, set.Classes, c.seed+1)
		if err := model.LoadWeights(filepath.Join(c.out, "digits.safetensors"), again); err != nil {
			t.Error(err)
		}
	}
	last := results[0][len(results[0])-1]
	if !(last.testAccuracy >= 0.93) {
		t.Errorf("test accuracy %v after 3 epochs, want >= 0.93", last.testAccuracy)
	}
	for i, e := range results[0] {
		if r := results[1][i]; r.loss != e.loss || r.testAccuracy != e.testAccuracy {
			t.Errorf("epoch %v differs between two runs: loss %v and %v", e.epoch, e.loss, r.loss)
		}
	}
}

// TestInterrupted interrupts a run before its first step, which writes nothing, and in an epoch,
// which is then measured and saved.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c := digits(t)
	weights := filepath.Join(c.out, "digits.safetensors")
	if err := os.WriteFile(weights, []byte("earlier"), 0o600); err != nil {
		t.Fatal(err)
	}
	set, test, err := dataset.Digits()
	if err != nil {
		t.Fatal(err)
	}
	net := mlp.New(set.Features, set.Classes, c.seed)
	if _, _, err := learn(ctx, c, net, set, test); err != errNothingLearnt {
		t.Errorf("learn: error %v, want %v", err, errNothingLearnt)
	}
	if err := run(ctx, c); err != errNothingLearnt {
		t.Errorf("run: error %v, want %v", err, errNothingLearnt)
	}
	if got, err := os.ReadFile(weights); err != nil || string(got) != "earlier" {
		t.Errorf("the weights of an earlier run became %q, %v", got, err)
	}
	epochs, _, err := learn(&cancelledAfter{Context: context.Background(), calls: 6 + 23}, c, net, set, test)
	if !errors.Is(err, context.Canceled) || len(epochs) != 2 {
		t.Fatalf("%d epochs, %v, want the second of 23 steps interrupted", len(epochs), err)
	}
	if _, err := report(net, test, epochs, set.Rows, time.Second); err != nil {
		t.Fatal(err)
	}
	last := epochs[1]
	if !(last.epoch > 1 && last.epoch < 1.5) || !(last.loss > 0) || !(last.testLoss > 0) ||
		!(last.testAccuracy > 0.5) || !(last.trainAccuracy > 0.5) || last.time <= 0 {
		t.Errorf("the interrupted epoch came to %+v", last)
	}
}

// cancelledAfter is a context whose Err returns context.Canceled after that many calls.
type cancelledAfter struct {
	context.Context
	calls int
}

func (c *cancelledAfter) Err() error {
	if c.calls--; c.calls < 0 {
		return context.Canceled
	}
	return nil
}
