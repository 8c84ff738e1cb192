package console

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// Progress is a bar on a terminal, and nothing elsewhere.
type Progress struct {
	bar   *progressbar.ProgressBar // nil for none
	total int
	drawn time.Time
}

const (
	redraw   = 100 * time.Millisecond // the bar's own limit would drop steps
	barWidth = 10
	beside   = Width - 1 - barWidth - len(" 100% ||  ") // a full line would scroll some terminals
)

// Progress begins a bar of total steps with a text beside it, cut to fit.
func (c *Console) Progress(total int, text string) *Progress {
	p := &Progress{total: total}
	if c.Live {
		p.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(c.Out),
			progressbar.OptionSetDescription(Cut(text, beside)),
			progressbar.OptionSetWidth(barWidth),
			progressbar.OptionSetElapsedTime(false),
			progressbar.OptionSetPredictTime(false),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionSetRenderBlankState(true))
	}
	return p
}

// Set shows that done steps are done. It draws at most ten times a second.
func (p *Progress) Set(done int, text string) {
	if p.bar == nil || time.Since(p.drawn) < redraw && done < p.total {
		return
	}
	p.drawn = time.Now()
	p.bar.Describe(Cut(text, beside))
	_ = p.bar.Set(min(done, p.total)) // an error is a terminal that went away; the work goes on
}

// Clear removes the bar.
func (p *Progress) Clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
