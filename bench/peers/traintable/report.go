//go:build linux && cgo && amd64

package main

import (
	"fmt"
	"math"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/bench"
	"github.com/ashlar-go/ashlar/kernels"
)

// report is the table of steps.
type report struct {
	libs     []*library
	torch    []*torch // with one thread, with two
	rounds   int
	compiled *regexp.Regexp

	ratios [][]float64 // to each library and PyTorch, of all rows
}

func (r *report) header() {
	fmt.Printf("%s, tier %v, %s, PyTorch %s\n\n", strings.TrimSpace(cpuid.CPU.BrandName), kernels.Active(), runtime.Version(), r.torch[0].state)
	fmt.Println("µs a step; limit: FLOPs/peak + bytes/bandwidth as a share of it; products: the time of its products alone as a share of it;")
	fmt.Printf("how often ours goes into the others'; how our step divides (the update of large weights runs in the backward pass)\n%-58s %9s %6s %9s", "", "ours", "limit", "products")
	for _, l := range r.libs {
		fmt.Printf(" %15s", "C, "+l.name)
	}
	fmt.Printf(" %17s   forward loss backward update\n", "PyTorch")
	r.ratios = make([][]float64, len(r.libs)+1)
}

// row measures one setting.
func (r *report) row(c *setting) {
	ours := newModel(c)
	contestants := []func(count int){ours.steps}
	if c.optimizer == inference {
		contestants[0] = ours.predictions()
	}
	if c.inC() {
		for _, l := range r.libs {
			ct := newCTrainer(l, c)
			defer ct.free()
			contestants = append(contestants, func(count int) { ct.steps(c.threads, count) })
		}
	}
	kernels.SetThreads(c.threads)
	m := r.measure(c, contestants)
	fmt.Printf("%-58s %9.1f %4.0f %%", c, m.us[0], 100*m.limit/m.us[0])
	if c.optimizer == inference {
		fmt.Printf(" %9s", "")
	} else {
		fmt.Printf(" %7.0f %%", 100*m.products/m.us[0])
	}
	for i := range r.libs {
		if c.inC() {
			r.ratio(i, m.us[1+i], m.us[0], 9)
		} else {
			fmt.Printf(" %15s", "")
		}
	}
	if math.IsNaN(m.torch) {
		fmt.Printf(" %17s", "")
	} else {
		r.ratio(len(r.libs), m.torch, m.us[0], 10)
	}
	if c.optimizer != inference {
		p := ours.phases()
		fmt.Printf("   %5.0f %% %3.0f %% %5.0f %% %5.0f %%", p[0], p[1], p[2], p[3])
	}
	fmt.Println()
}

// ratio prints the time of another and its ratio to ours, and keeps it for the means.
func (r *report) ratio(i int, theirs, ours float64, width int) {
	fmt.Printf(" %*.1f %5.2f", width, theirs, theirs/ours)
	r.ratios[i] = append(r.ratios[i], theirs/ours)
}

// means prints the geometric mean of each column of ratios and its least.
func (r *report) means() {
	names := []string{}
	for _, l := range r.libs {
		names = append(names, "C, "+l.name)
	}
	for i, name := range append(names, "PyTorch") {
		if len(r.ratios[i]) == 0 {
			continue
		}
		sum := 0.0
		for _, v := range r.ratios[i] {
			sum += math.Log(v)
		}
		fmt.Printf("%s: geometric mean %.2f, least %.2f\n", name, math.Exp(sum/float64(len(r.ratios[i]))), slices.Min(r.ratios[i]))
	}
}

// measured are medians over the rounds, in µs a step.
type measured struct {
	us                     []float64 // ours and the libraries'
	torch, limit, products float64
}

// measure runs the contestants in turn.
func (r *report) measure(c *setting, contestants []func(count int)) (m measured) {
	peak, flops := bench.Peak(kernels.Active(), kernels.F32)
	stream, bytes := c.streaming()
	products := c.products()
	alone := func(count int) {
		for range count {
			products()
		}
	}
	all := append(slices.Clone(contestants), alone)
	counts := make([]int, len(all))
	for i, f := range all {
		f(3)
		start := time.Now()
		f(2)
		counts[i] = max(1, int(30*time.Millisecond/max(1, time.Since(start)/2)))
	}
	times := make([][]float64, len(all))
	var torch, limit []float64
	for range r.rounds {
		for i, f := range all {
			time.Sleep(5 * time.Millisecond) // for the threads of the last one to sleep
			f(max(1, counts[i]/10))
			start := time.Now()
			f(counts[i])
			times[i] = append(times[i], micros(start)/float64(counts[i]))
		}
		time.Sleep(5 * time.Millisecond)
		torch = append(torch, r.best(c))
		start := time.Now()
		for range 5 {
			peak()
		}
		perFlop := micros(start) / 5 / flops / float64(c.threads)
		stream()
		start = time.Now()
		for range 3 {
			stream()
		}
		limit = append(limit, perFlop*c.flops()+micros(start)/3/bytes*c.bytes())
	}
	for i := range contestants {
		m.us = append(m.us, median(times[i]))
	}
	m.products, m.torch, m.limit = median(times[len(all)-1]), median(torch), median(limit)
	return m
}

// inC reports whether the trainer in C has it all.
func (c *setting) inC() bool { return !c.norm && c.optimizer != inference }

// best is PyTorch's step with at most as many threads as ours, eager or compiled.
func (r *report) best(c *setting) float64 {
	us := math.Inf(1)
	for _, p := range r.torch[:min(c.threads, len(r.torch))] {
		t, _ := p.step(c, false)
		us = min(us, t)
		if r.compiled.MatchString(c.String()) {
			if t, _ := p.step(c, true); t < us {
				us = t
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	return us
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

func micros(start time.Time) float64 { return float64(time.Since(start).Nanoseconds()) / 1e3 }
