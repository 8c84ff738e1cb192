package main

import "testing"

// TestBatchNormLearns: the network learns with it and does not without.
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
	if err := run(t.TempDir(), 2); err != nil {
		t.Error(err)
	}
}
