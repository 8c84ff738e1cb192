package main

import "testing"

// TestAllLearn: each optimizer learns the digits.
func TestAllLearn(t *testing.T) {
	for _, c := range contestants() {
		history, err := learn(c, 15)
		if err != nil {
			t.Fatal(err)
		}
		if last := history[len(history)-1]; !(last.ValidationAccuracy > 0.93) || !(last.Loss < history[0].Loss/3) {
			t.Errorf("%s: %+v", c.name, last)
		}
	}
	if err := run(t.TempDir(), 2); err != nil {
		t.Error(err)
	}
}
