package command

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ashlar-go/ashlar/bench"
	"github.com/ashlar-go/ashlar/cmd/ashlar/internal/console"
	"github.com/ashlar-go/ashlar/kernels"
)

const benchHelp = `
Measures this machine for about a minute: the peak of its multiply-add units and the rate of its
memory, and how close kernels come to what these two allow (the roofline). Beside them run the same
kernels in pure Go and gonum's own, on as many threads; all run in turn, so that a change of the
clock hits all.

Other programs, and other guests of a virtual machine, make figures smaller. Ratios are steadier
than rates.`

// roof is what the machine can do at most.
type roof struct {
	CPU     string    `json:"cpu"`
	Tier    string    `json:"tier"`
	Threads int       `json:"threads"`
	Peaks   []ceiling `json:"peaks"`
}

// ceiling is a limit on one thread and on all of them; 0 where it was not measured.
type ceiling struct {
	Name string  `json:"name"`
	Unit string  `json:"unit"`
	One  float64 `json:"one_thread"`
	All  float64 `json:"all_threads"`
}

// measured is the result of one kernel.
type measured struct {
	Name   string   `json:"kernel"`
	Rate   float64  `json:"rate"`
	Unit   string   `json:"unit"`
	Micros float64  `json:"microseconds"`
	Share  *float64 `json:"share_of_roofline"` // null where the peak is unknown
	PureGo float64  `json:"times_pure_go"`
	Gonum  float64  `json:"times_gonum,omitempty"` // 0 where gonum has no such function
}

func (a *app) bench() *cobra.Command {
	var asJSON bool
	var seconds float64
	c := &cobra.Command{
		Use:     "bench",
		Short:   "Measure this machine, and kernels against pure Go and gonum",
		Long:    benchHelp,
		Example: "ashlar bench\nashlar bench --seconds 20 --json > bench.json\nASHLAR_THREADS=1 ashlar bench",
		Args:    cobra.NoArgs,
		RunE: a.runs(func(*cobra.Command, []string) error {
			if !(seconds > 0 && seconds <= 3600) {
				return usagef("--seconds is %v, want more than 0 and at most 3600", seconds)
			}
			items := benchItems()
			r, list := a.measure(items, time.Duration(seconds*float64(time.Second)))
			if asJSON {
				return a.JSON(struct {
					roof
					Kernels []measured `json:"kernels"`
				}{r, list})
			}
			a.writeRoof(r)
			a.writeMeasured(list)
			return nil
		}),
	}
	c.Flags().Float64Var(&seconds, "seconds", 60, "about how long to measure; more is steadier")
	jsonFlag(c.Flags(), &asJSON)
	return c
}

// benchItem is a kernel to measure.
type benchItem struct {
	name    string
	f64     bool
	flops   float64 // 0 where the memory is the limit that counts
	bytes   float64 // to and from memory, at least
	prepare func() contestants
}

// contestants do the same work. gonum is nil where it has no such function.
type contestants struct{ ours, gonum func() }

// measure measures the machine and each item for about that long. The machine is measured again
// before each item: what else runs changes from second to second.
func (a *app) measure(items []benchItem, about time.Duration) (roof, []measured) {
	p := a.Progress(len(items), "")
	defer p.Clear()
	each := about / time.Duration(len(items))
	r := newRoof()
	list := make([]measured, len(items))
	for i, it := range items {
		p.Set(i, "measuring the machine and "+it.name)
		r.measure(each / 4)
		list[i] = it.measure(each * 3 / 4)
	}
	for i, it := range items {
		list[i].Share = it.share(list[i].Micros, r)
	}
	return r, list
}

// measure runs ours, pure Go and gonum in turn for about that long.
func (it benchItem) measure(about time.Duration) measured {
	c := it.prepare()
	pure := func() {
		tier := kernels.Active()
		mustLimit(kernels.Generic)
		c.ours()
		mustLimit(tier)
	}
	runs := []func(){c.ours, pure}
	if c.gonum != nil {
		runs = append(runs, c.gonum)
	}
	micros := inTurn(runs, about)
	m := measured{Name: it.name, Micros: micros[0], PureGo: micros[1] / micros[0],
		Rate: it.bytes / micros[0] / 1e3, Unit: "GB/s"}
	if it.flops > 0 {
		m.Rate, m.Unit = it.flops/micros[0]/1e3, "GFLOP/s"
	}
	if c.gonum != nil {
		m.Gonum = micros[2] / micros[0]
	}
	return m
}

// share returns what part of the time is the least that the machine needs: that of the operations or
// that of the bytes, whichever is longer. It is nil where that of the operations is unknown.
func (it benchItem) share(micros float64, r roof) *float64 {
	peak := r.Peaks[0].All
	if it.f64 {
		peak = r.Peaks[1].All
	}
	least := it.bytes / r.Peaks[2].All / 1e3
	if it.flops > 0 {
		if peak == 0 {
			return nil
		}
		least = max(least, it.flops/peak/1e3)
	}
	part := least / micros
	return &part
}

// inTurn runs functions in turn for about that long and returns the median time of each call in µs.
func inTurn(runs []func(), about time.Duration) []float64 {
	const shortest = 2 * time.Millisecond // of what is timed at once
	timed, calls := make([]func(), len(runs)), make([]int, len(runs))
	start := time.Now()
	for i, run := range runs {
		run() // touches its memory
		once := time.Now()
		run()
		n := int(shortest/max(1, time.Since(once))) + 1
		calls[i] = n
		timed[i] = func() {
			for range n {
				run()
			}
		}
	}
	var rounds bench.Rounds
	for n := 0; n < 3 || n < 400 && time.Since(start) < about; n++ {
		rounds.Run(timed...)
	}
	micros := make([]float64, len(runs))
	for i := range runs {
		micros[i] = rounds.Median(i).Seconds() * 1e6 / float64(calls[i])
	}
	return micros
}

// mustLimit sets a tier that runs here.
func mustLimit(t kernels.Tier) {
	if err := kernels.Limit(t); err != nil {
		panic(err)
	}
}

func (a *app) writeRoof(r roof) {
	a.Text("%s, tier %s, %d threads", r.CPU, r.Tier, r.Threads)
	t := a.Table(1, "limit of the machine", "one thread", fmt.Sprintf("%d threads", r.Threads))
	for _, c := range r.Peaks {
		t.Row(c.Name, c.text(c.One), c.text(c.All))
	}
	t.Write()
	if peak, memory := r.Peaks[0].All, r.Peaks[2].All; peak > 0 {
		a.Text("A float32 kernel with fewer than %.0f operations a byte waits for the memory.", peak/memory)
	}
}

func (c ceiling) text(v float64) string {
	if v == 0 {
		return "not known"
	}
	return fmt.Sprintf("%.1f %s", v, c.Unit)
}

const shareColumns = 14 // of the bars

func (a *app) writeMeasured(list []measured) {
	a.Heading("Kernels beside the limit, pure Go and gonum")
	t := a.Table(1, "kernel", "rate", "pure Go", "gonum", "limit", fmt.Sprintf("%-*s", shareColumns,
		"share of it"))
	for _, m := range list {
		gonum, part, bar := "", "", ""
		if m.Gonum > 0 {
			gonum = fmt.Sprintf("%.1f x", m.Gonum)
		}
		if m.Share != nil {
			part = fmt.Sprintf("%.0f %%", 100**m.Share)
			bar = fmt.Sprintf("%-*s", shareColumns, console.Bar(*m.Share, 1, shareColumns))
		}
		t.Row(m.Name, fmt.Sprintf("%.1f %s", m.Rate, m.Unit), fmt.Sprintf("%.1f x", m.PureGo), gonum, part,
			bar)
	}
	t.Write()
	a.Text("float32 but for f64. pure Go, gonum: how many times as fast as they. limit: the share of what " +
		"the peak and the memory allow; more than 100 %% was in the caches.")
}
