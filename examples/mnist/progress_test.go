package main

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/ashlar-go/ashlar/train"
)

// TestPlainProgress wants a line at each quarter and one at the end of an epoch where
// the output is no terminal.
func TestPlainProgress(t *testing.T) {
	var b bytes.Buffer
	p := &progress{w: &b, epochs: 12, total: 100}
	for epoch := 1; epoch <= 2; epoch++ {
		p.begin(epoch)
		for done := 10; done <= 100; done += 10 {
			p.step(train.Progress{Epoch: epoch, Loss: 0.5, Accuracy: 0.9, SamplesPerSecond: 40}, done)
		}
		p.end(epochResult{epoch: float64(epoch), loss: 0.5, trainAccuracy: 0.9, testAccuracy: 0.95,
			samplesPerSecond: 1000, time: time.Second})
	}
	want := `epoch  1/12  30 %  loss 0.5000  accuracy 90.00 %  1.8s left  40 samples/s
epoch  1/12  50 %  loss 0.5000  accuracy 90.00 %  1.3s left  40 samples/s
epoch  1/12  80 %  loss 0.5000  accuracy 90.00 %  500ms left  40 samples/s
epoch  1/12  loss 0.5000  accuracy 90.00 %  test 95.00 %  1000 samples/s  1s
`
	want += strings.ReplaceAll(want, " 1/12", " 2/12")
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// TestStatus wants no figures before there are any, and a sensible time left.
func TestStatus(t *testing.T) {
	for _, c := range []struct {
		done int
		rate float64
		want string
	}{
		{0, 0, "measuring the speed"},
		{0, 5000, "measuring the speed"},
		{128, 0, "measuring the speed"},
		{128, math.NaN(), "measuring the speed"},
		{128, math.Inf(1), "measuring the speed"},
		{128, 59872, "loss 0.2500  accuracy 12.34 %  1s left  59872 samples/s"},
		{128, 1000, "loss 0.2500  accuracy 12.34 %  1m0s left  1000 samples/s"},
		{59500, 5000, "loss 0.2500  accuracy 12.34 %  100ms left  5000 samples/s"},
		{60000, 5000, "loss 0.2500  accuracy 12.34 %  0s left  5000 samples/s"},
		{1, 1e-300, "loss 0.2500  accuracy 12.34 %  >99h left  0 samples/s"},
	} {
		if got := strings.Join(status(train.Progress{Loss: 0.25, Accuracy: 0.1234, SamplesPerSecond: c.rate},
			c.done, 60000), "  "); got != c.want {
			t.Errorf("%d samples at %v: %q, want %q", c.done, c.rate, got, c.want)
		}
	}
}

// TestLiveProgress wants a bar with figures beside it, which disappears when the epoch ends.
func TestLiveProgress(t *testing.T) {
	var b bytes.Buffer
	p := &progress{w: &b, epochs: 9, total: 100, live: true}
	p.begin(1)
	if !strings.Contains(b.String(), "epoch 1/9  "+measuring) {
		t.Errorf("at the beginning %q", b.String())
	}
	b.Reset()
	p.step(train.Progress{Epoch: 1, Loss: 0.5, Accuracy: 0.9, SamplesPerSecond: 100}, 50)
	if !strings.Contains(b.String(),
		"epoch 1/9  loss 0.5000  accuracy 90.00 %  500ms left") ||
		!strings.Contains(b.String(), "50%") {
		t.Errorf("half way %q", b.String())
	}
	b.Reset()
	p.end(epochResult{epoch: 1, time: time.Second})
	lines := strings.Split(b.String(), "\r")
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, "epoch 1/9  loss") ||
		strings.TrimSpace(strings.Join(lines[:len(lines)-1], "")) != "" {
		t.Errorf("at the end %q", b.String())
	}
}

// TestProgressFits: no line is wider than 80 columns, however large the figures.
func TestProgressFits(t *testing.T) {
	for _, live := range []bool{false, true} {
		for _, epochs := range []int{1, 10, 1000000} {
			for _, at := range []train.Progress{{Loss: 0.5, Accuracy: 1, SamplesPerSecond: 59872},
				{Loss: 123456.789, Accuracy: 1, SamplesPerSecond: 1e9},
				{Loss: 1e30, Accuracy: 0.5, SamplesPerSecond: 1}} {
				var b bytes.Buffer
				p := &progress{w: &b, epochs: epochs, total: 60000, live: live}
				at.Epoch = epochs
				p.begin(epochs)
				for _, done := range []int{128, 30000, 60000} {
					p.drawn = time.Time{}
					p.step(at, done)
				}
				p.end(epochResult{epoch: float64(epochs), loss: at.Loss, trainAccuracy: 1, testAccuracy: 1,
					samplesPerSecond: at.SamplesPerSecond, time: 98 * time.Hour})
				lines := strings.FieldsFunc(b.String(), func(r rune) bool { return r == '\r' || r == '\n' })
				for _, line := range lines {
					if n := utf8.RuneCountInString(line); n > 80 {
						t.Errorf("live %v: %d columns: %q", live, n, line)
					}
				}
				if len(lines) < 3 {
					t.Errorf("live %v: %q", live, lines)
				}
			}
		}
	}
}
