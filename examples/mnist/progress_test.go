package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// TestPlainProgress wants a line at each quarter and one at the end of an epoch where
// the output is no terminal.
func TestPlainProgress(t *testing.T) {
	var b bytes.Buffer
	p := &progress{w: &b, epochs: 2, total: 100}
	p.begin(1)
	for done := 10; done <= 100; done += 10 {
		p.step(1, done, 0.5, 0.9)
	}
	p.end(epochResult{epoch: 1, loss: 0.5, trainAccuracy: 0.9, testAccuracy: 0.95, samplesPerSecond: 1000, time: time.Second})
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d lines, want 3 quarters and the end:\n%s", len(lines), b.String())
	}
	if want := "validation accuracy 95.00 %"; !strings.Contains(lines[3], want) {
		t.Errorf("last line %q lacks %q", lines[3], want)
	}
}
