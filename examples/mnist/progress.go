package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/ashlar-go/ashlar/train"
)

// progress shows how an epoch goes: a live line on a terminal, a line at each quarter
// elsewhere.
type progress struct {
	w       io.Writer
	epochs  int
	total   int        // samples in an epoch
	columns func() int // of the terminal; nil where there is none

	drawn   time.Time // when the live line was, last
	quarter int       // of the epoch, the last with a line of its own
}

func newProgress(w *os.File, epochs, total int) *progress {
	p := &progress{w: w, epochs: epochs, total: total}
	if fd := int(w.Fd()); term.IsTerminal(fd) {
		p.columns = func() int {
			columns, _, err := term.GetSize(fd)
			if err != nil || columns < 1 {
				return 80
			}
			return columns
		}
	}
	return p
}

const (
	redraw    = 100 * time.Millisecond
	widest    = 30 // cells of the bar
	usual     = 58 // characters of a status, so that the bar keeps its length
	measuring = "measuring the speed"
)

// begin starts the epoch, counted from 1.
func (p *progress) begin(epoch int) {
	p.quarter = 0
	if p.columns != nil && epoch <= p.epochs {
		p.draw(train.Progress{Epoch: epoch}, 0)
	}
}

// step reports where the epoch stands after a batch: done samples.
func (p *progress) step(at train.Progress, done int) {
	if p.columns != nil {
		if time.Since(p.drawn) >= redraw || done == p.total {
			p.draw(at, done)
		}
		return
	}
	if quarter := 4 * done / p.total; quarter > p.quarter && quarter < 4 {
		p.quarter = quarter
		fmt.Fprintf(p.w, "%s  %2d %%  %s\n", p.name(at.Epoch), 100*done/p.total, status(at, done, p.total))
	}
}

// draw writes the live line over the one before it, with a bar in what room is left.
func (p *progress) draw(at train.Progress, done int) {
	p.drawn = time.Now()
	room := p.columns() - 1 // in the last column some terminals begin a new line
	name, text := p.name(at.Epoch), status(at, done, p.total)
	p.write(name+bar(done, p.total, min(widest, room-len(name)-max(usual, len(text))-5))+"  "+text, room)
}

// write puts a line of at most room characters in the place of the one before it.
func (p *progress) write(line string, room int) {
	fmt.Fprintf(p.w, "\r%-*s", room, line[:min(room, len(line))])
}

// clear takes the live line away.
func (p *progress) clear() {
	if p.columns != nil {
		p.write("", p.columns()-1)
		fmt.Fprint(p.w, "\r")
	}
}

// end closes the epoch with one line.
func (p *progress) end(e epochResult) {
	p.clear()
	fmt.Fprintf(p.w, "%s  loss %.4f  training accuracy %.2f %%  test accuracy %.2f %%  %.0f samples/s  %v\n",
		p.name(int(e.epoch)), e.loss, 100*e.trainAccuracy, 100*e.testAccuracy, e.samplesPerSecond, short(e.time))
}

func (p *progress) name(epoch int) string {
	return fmt.Sprintf("epoch %*d/%d", len(fmt.Sprint(p.epochs)), epoch, p.epochs)
}

// status is what there is to say of an epoch of which done samples of total are trained.
func status(at train.Progress, done, total int) string {
	rate := at.SamplesPerSecond
	if done == 0 || !(rate > 0) || math.IsInf(rate, 0) {
		return measuring
	}
	left := ">99h"
	if seconds := float64(total-done) / rate; seconds < 99*3600 {
		left = short(time.Duration(seconds * float64(time.Second))).String()
	}
	return fmt.Sprintf("loss %.4f  accuracy %.2f %%  %.0f samples/s  %s left", at.Loss, 100*at.Accuracy, rate, left)
}

// bar draws done of total in width cells, or nothing where there are fewer than four.
func bar(done, total, width int) string {
	if width < 4 {
		return ""
	}
	full := width * done / total
	return " [" + strings.Repeat("#", full) + strings.Repeat(".", width-full) + "]"
}

// short rounds to what is worth reading: ms below a second, tenths below ten, else seconds.
func short(d time.Duration) time.Duration {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond)
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Second)
}
