package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/ashlar-go/ashlar/examples/internal/console"
	"github.com/ashlar-go/ashlar/train"
)

// progress shows the progress of an epoch: a live bar on a terminal, a line at each quarter
// elsewhere.
type progress struct {
	w      io.Writer
	epochs int
	total  int // samples in an epoch
	live   bool

	bar     *progressbar.ProgressBar
	drawn   time.Time // when the bar was drawn last
	quarter int       // the last quarter of the epoch that got a line
}

func newProgress(w *os.File, epochs, total int) *progress {
	return &progress{w: w, epochs: epochs, total: total, live: term.IsTerminal(int(w.Fd()))}
}

const (
	redraw    = 100 * time.Millisecond // the bar's own limit would drop steps
	measuring = "measuring the speed"

	barWidth    = 8
	besideWidth = 79 - barWidth - len(" 100% ||  ") // 79: a full line would scroll some terminals
)

// begin starts the epoch, counted from 1.
func (p *progress) begin(epoch int) {
	p.quarter = 0
	if !p.live || epoch > p.epochs {
		return
	}
	p.bar = progressbar.NewOptions(p.total,
		progressbar.OptionSetWriter(p.w),
		progressbar.OptionSetDescription(p.name(epoch)+"  "+measuring),
		progressbar.OptionSetWidth(barWidth),
		progressbar.OptionSetElapsedTime(false), // status has the time left
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetRenderBlankState(true))
}

// step shows the epoch after a batch, with done samples trained.
func (p *progress) step(at train.Progress, done int) {
	if p.live {
		if time.Since(p.drawn) < redraw && done < p.total {
			return
		}
		p.drawn = time.Now()
		p.bar.Describe(p.beside(at, done))
		// An error here is a terminal that went away; the training goes on.
		_ = p.bar.Set(done)
		return
	}
	if quarter := 4 * done / p.total; quarter > p.quarter && quarter < 4 {
		p.quarter = quarter
		head := []string{p.name(at.Epoch), fmt.Sprintf("%2d %%", 100*done/p.total)}
		fmt.Fprintln(p.w, console.Wrap(slices.Concat(head, status(at, done, p.total))...))
	}
}

// clear removes the live bar.
func (p *progress) clear() {
	if p.live {
		_ = p.bar.Clear()
	}
}

// end closes the epoch with one line.
func (p *progress) end(e epochResult) {
	p.clear()
	fmt.Fprintln(p.w, console.Wrap(p.name(int(e.epoch)), fmt.Sprintf("loss %.4f", e.loss),
		fmt.Sprintf("accuracy %.2f %%", 100*e.trainAccuracy),
		fmt.Sprintf("test %.2f %%", 100*e.testAccuracy),
		fmt.Sprintf("%.0f samples/s", e.samplesPerSecond), fmt.Sprint(short(e.time))))
}

func (p *progress) name(epoch int) string {
	return fmt.Sprintf("epoch %*d/%d", len(fmt.Sprint(p.epochs)), epoch, p.epochs)
}

// beside returns what stands beside the bar: of the status what fits one line, since the bar
// is drawn over its own line.
func (p *progress) beside(at train.Progress, done int) string {
	text := p.name(at.Epoch)
	for _, part := range status(at, done, p.total) {
		if len(text)+len("  ")+len(part) <= besideWidth {
			text += "  " + part
		}
	}
	return text
}

// status describes an epoch of which done samples of total are trained, in parts.
func status(at train.Progress, done, total int) []string {
	rate := at.SamplesPerSecond
	if done == 0 || !(rate > 0) || math.IsInf(rate, 0) {
		return []string{measuring}
	}
	left := ">99h"
	if seconds := float64(total-done) / rate; seconds < 99*3600 {
		left = short(time.Duration(seconds * float64(time.Second))).String()
	}
	return []string{fmt.Sprintf("loss %.4f", at.Loss), fmt.Sprintf("accuracy %.2f %%", 100*at.Accuracy),
		left + " left", fmt.Sprintf("%.0f samples/s", rate)}
}

// short rounds for reading: to ms below a second, to tenths below ten seconds, else to seconds.
func short(d time.Duration) time.Duration {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond)
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Second)
}
