package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows how an epoch goes: a live bar on a terminal, plain lines
// elsewhere.
type progress struct {
	w      io.Writer
	epochs int
	total  int // samples in an epoch
	live   bool

	bar    *progressbar.ProgressBar
	start  time.Time
	marked int // quarters of the epoch already reported, without a terminal
}

func newProgress(w *os.File, epochs, total int) *progress {
	return &progress{w: w, epochs: epochs, total: total, live: term.IsTerminal(int(w.Fd()))}
}

// begin starts the epoch, counted from 1.
func (p *progress) begin(epoch int) {
	p.start, p.marked = time.Now(), 0
	if !p.live {
		return
	}
	p.bar = progressbar.NewOptions(p.total,
		progressbar.OptionSetWriter(p.w),
		progressbar.OptionSetDescription(fmt.Sprintf("epoch %2d/%d", epoch, p.epochs)),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("samples"),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionSetWidth(24),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetRenderBlankState(true))
}

// step reports the samples done so far and the running loss and accuracy.
func (p *progress) step(epoch, done int, loss, accuracy float64) {
	if p.live {
		p.bar.Describe(fmt.Sprintf("epoch %2d/%d  loss %.4f  accuracy %.2f %%", epoch, p.epochs, loss, 100*accuracy))
		// An error here is a terminal that went away; the training goes on.
		_ = p.bar.Set(done)
		return
	}
	quarter := 4 * done / p.total
	if quarter <= p.marked || quarter == 4 {
		return
	}
	p.marked = quarter
	spent := time.Since(p.start)
	left := time.Duration(float64(spent) / float64(done) * float64(p.total-done))
	fmt.Fprintf(p.w, "epoch %2d/%d  %3d %%  loss %.4f  training accuracy %.2f %%  %.0f samples/s  %v left\n",
		epoch, p.epochs, 100*done/p.total, loss, 100*accuracy, float64(done)/spent.Seconds(), left.Round(100*time.Millisecond))
}

// end closes the epoch with one line.
func (p *progress) end(e epochResult) {
	if p.live {
		_ = p.bar.Finish()
	}
	fmt.Fprintf(p.w, "epoch %2d/%d  loss %.4f  training accuracy %.2f %%  validation accuracy %.2f %%  %.0f samples/s  %v\n",
		e.epoch, p.epochs, e.loss, 100*e.trainAccuracy, 100*e.testAccuracy, e.samplesPerSecond, e.time.Round(time.Millisecond))
}
