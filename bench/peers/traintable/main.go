//go:build linux && cgo && amd64

// Command traintable measures training steps: forward, loss, backward and update of a
// multi-layer perceptron in float32, on a batch that is in memory; and the inference of a
// trained one. Beside ours stand a trainer in plain C on each cblas library that is
// installed, and PyTorch. The rounds are interleaved; each figure is the median of them.
package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/bench"
	"github.com/ashlar-go/ashlar/kernels"
)

// setting is one row of the table.
type setting struct {
	net, optimizer string
	norm           bool
	batch, threads int
}

func (c *setting) String() string {
	norm := ""
	if c.norm {
		norm = ", batch norm"
	}
	return fmt.Sprintf("%s %s%s, batch %d, threads %d", c.net, c.optimizer, norm, c.batch, c.threads)
}

func (c *setting) dims() []int {
	var d []int
	for _, s := range strings.Split(c.net, "-") {
		n, err := strconv.Atoi(s)
		if err != nil {
			panic(err)
		}
		d = append(d, n)
	}
	return d
}

// flops of a step: three products a layer, but two in the first; one in inference.
func (c *setting) flops() float64 {
	total := 0.0
	d := c.dims()
	for i := range len(d) - 1 {
		n := 3.0
		switch {
		case c.optimizer == inference:
			n = 1
		case i == 0:
			n = 2
		}
		total += n * 2 * float64(c.batch) * float64(d[i]) * float64(d[i+1])
	}
	return total
}

// batchOf draws a batch.
func (c *setting) batchOf() (x []float32, labels []int) {
	d := c.dims()
	x, labels = make([]float32, c.batch*d[0]), make([]int, c.batch)
	kernels.Normal(x, 0, 1, 1, 0)
	for i := range labels {
		labels[i] = i * 7 % d[len(d)-1]
	}
	return x, labels
}

func settings() (list []*setting) {
	for _, net := range []string{"784-512-256-10", "784-1024-1024-10", "13-32-16-3", "30-64-1"} {
		for _, optimizer := range []string{"momentum", "adamw"} {
			for _, norm := range []bool{false, true} {
				for _, threads := range []int{1, 2} {
					for _, batch := range []int{1, 8, 32, 64, 128, 512, 4096} {
						small := net == "13-32-16-3" || net == "30-64-1"
						if norm && (batch == 1 || small) || small && (batch > 128 || threads > 1) {
							continue
						}
						list = append(list, &setting{net, optimizer, norm, batch, threads})
					}
				}
			}
		}
	}
	for _, net := range []string{"784-512-256-10", "30-64-1"} {
		for _, batch := range []int{1, 8, 128} {
			list = append(list, &setting{net, inference, net[0] == '7', batch, 1})
		}
	}
	return list
}

// inference stands in place of an optimizer for the model that has been trained.
const inference = "inference"

func main() {
	run := flag.String("run", ".", "only settings that match, as \"adamw, batch 128\"")
	rounds := flag.Int("rounds", 7, "interleaved rounds")
	pythons := flag.String("python", "python3,/usr/bin/python3", "the first of these Pythons that has PyTorch, or nothing")
	flag.Parse()
	match, err := regexp.Compile(*run)
	if err != nil {
		fmt.Fprintln(os.Stderr, "traintable:", err)
		os.Exit(2)
	}
	libs, t := libraries(), []*torch{startTorch(*pythons, 1), startTorch(*pythons, 2)}
	fmt.Printf("%s, tier %v, %s, PyTorch %s\n\nµs a step; share of the FMA peak; how often ours goes into the others'\n", strings.TrimSpace(cpuid.CPU.BrandName), kernels.Active(), runtime.Version(), t[0].state)
	fmt.Printf("%-52s %9s %6s", "", "ours", "peak")
	for _, l := range libs {
		fmt.Printf(" %15s", "C, "+l.name)
	}
	fmt.Printf(" %17s   forward loss backward update\n", "PyTorch")
	for _, c := range settings() {
		if match.MatchString(c.String()) && c.threads <= runtime.GOMAXPROCS(0) {
			c.row(libs, t, *rounds)
		}
	}
}

// row measures one setting.
func (c *setting) row(libs []*library, t []*torch, rounds int) {
	ours := newModel(c)
	contestants := []func(count int){ours.steps}
	if c.optimizer == inference {
		contestants[0] = ours.predictions()
	}
	for _, l := range libs {
		if !c.inC() {
			break
		}
		ct := newCTrainer(l, c)
		defer ct.free()
		contestants = append(contestants, func(count int) { ct.steps(c.threads, count) })
	}
	peak, flops := bench.Peak(kernels.Active(), kernels.F32)
	times := make([][]float64, len(contestants)+2)
	counts := make([]int, len(contestants))
	for i, f := range contestants {
		f(3)
		start := time.Now()
		f(2)
		counts[i] = max(1, int(30*time.Millisecond/max(1, time.Since(start)/2)))
	}
	kernels.SetThreads(c.threads)
	for range rounds {
		for i, f := range contestants {
			time.Sleep(5 * time.Millisecond) // for the threads of the last one to sleep
			f(max(1, counts[i]/10))
			start := time.Now()
			f(counts[i])
			times[i] = append(times[i], micros(start)/float64(counts[i]))
		}
		time.Sleep(5 * time.Millisecond)
		times[len(contestants)] = append(times[len(contestants)], c.best(t))
		start := time.Now()
		for range 5 {
			peak()
		}
		times[len(contestants)+1] = append(times[len(contestants)+1], micros(start)/5/flops*c.flops()/float64(c.threads))
	}
	us := make([]float64, len(times))
	for i, v := range times {
		slices.Sort(v)
		us[i] = v[len(v)/2]
	}
	fmt.Printf("%-52s %9.1f %4.0f %%", c, us[0], 100*us[len(us)-1]/us[0])
	for i := range libs {
		if !c.inC() {
			fmt.Printf(" %15s", "")
		} else {
			fmt.Printf(" %9.1f %5.2f", us[1+i], us[1+i]/us[0])
		}
	}
	if v := us[len(us)-2]; !math.IsNaN(v) {
		fmt.Printf(" %10.1f %6.2f", v, v/us[0])
	} else {
		fmt.Printf(" %17s", "")
	}
	if c.optimizer == inference {
		fmt.Println()
		return
	}
	p := ours.phases()
	fmt.Printf("   %5.0f %% %3.0f %% %5.0f %% %5.0f %%\n", p[0], p[1], p[2], p[3])
}

// inC reports whether the trainer in C has it all.
func (c *setting) inC() bool { return !c.norm && c.optimizer != inference }

// best is PyTorch's step with at most as many threads as ours.
func (c *setting) best(t []*torch) float64 {
	us := math.Inf(1)
	for _, p := range t[:min(c.threads, len(t))] {
		us = min(us, p.step(c))
		time.Sleep(5 * time.Millisecond)
	}
	return us
}

func micros(start time.Time) float64 { return float64(time.Since(start).Nanoseconds()) / 1e3 }
