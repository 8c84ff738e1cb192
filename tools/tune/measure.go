package main

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/ashlar-go/ashlar/bench"
	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/tuning"
	"github.com/ashlar-go/ashlar/kernels"
)

// result is what candidates came to at one shape.
type result struct {
	shape tuning.Shape
	today float64   // GFLOP/s by today's rules
	peak  float64   // of the multiply-add units, 0 if unknown
	noise float64   // how far today's rules, timed twice in each round, differ from themselves: see noise
	gains []float64 // of each candidate: today's time divided by its time; NaN if it changes no step
}

// way is one sequence of steps: the candidates that lead to it share its time.
type way struct {
	candidate
	ns []float64 // a product's time in each round
}

// ways returns a way for each sequence of steps that the candidates lead to, and which of them each
// candidate takes. The first two are today's.
func (r registry) ways(s tuning.Shape, candidates []candidate) (all []*way, takes []int) {
	tier := kernels.Active().String()
	r.apply(nil)
	steps := []string{tuning.Decide(tier, s), ""}
	all = []*way{{}, {}}
	for _, c := range candidates {
		r.apply(c)
		text := tuning.Decide(tier, s)
		at := slices.Index(steps, text)
		if at < 0 {
			at = len(all)
			all, steps = append(all, &way{candidate: c}), append(steps, text)
		}
		takes = append(takes, at)
	}
	r.apply(nil)
	return all, takes
}

// measure times today's rules and the candidates in turn, and compares their results.
func measure[T kernels.Float](c *config, s tuning.Shape, candidates []candidate) (*result, error) {
	p := newProduct[T](s)
	all, takes := c.rules.ways(p.Shape, candidates)
	defer c.rules.apply(nil)
	repeat := 1
	for _, w := range all {
		c.rules.apply(w.candidate)
		if err := p.check(w.candidate); err != nil {
			return nil, err
		}
		if repeat == 1 {
			repeat = p.calibrate(c.each)
		}
	}
	var limit bench.Rounds
	peak, work := bench.Peak(kernels.Active(), p.dtype())
	for round := range c.rounds {
		if peak != nil {
			limit.Run(peak)
		}
		for i := range all {
			if round%2 == 1 { // forwards and backwards in turn
				i = len(all) - 1 - i
			}
			c.rules.apply(all[i].candidate)
			all[i].ns = append(all[i].ns, p.time(repeat))
		}
	}
	r := &result{shape: s, today: flops(s) / median(slices.Clone(all[0].ns))}
	if peak != nil {
		r.peak = work / float64(limit.Least(0).Nanoseconds()) * float64(c.inUse)
	}
	r.noise = noise(all[0].ns, all[1].ns)
	for _, at := range takes {
		g := math.NaN()
		if at > 0 {
			g = gain(all[0].ns, all[1].ns, all[at].ns)
		}
		r.gains = append(r.gains, g)
	}
	return r, nil
}

// gain is the median over the rounds of today's time, of which there are two, divided by ns.
func gain(today, again, ns []float64) float64 {
	ratios := make([]float64, len(ns))
	for i := range ns {
		ratios[i] = (today[i] + again[i]) / 2 / ns[i]
	}
	return median(ratios)
}

// noise is the half of the middle half of the ratios of two times in each round, or, if that is more,
// how far their median is from 1.
func noise(today, again []float64) float64 {
	ratios := make([]float64, len(today))
	for i := range today {
		ratios[i] = today[i] / again[i]
	}
	middle := median(ratios)
	low, high := ratios[len(ratios)/4], ratios[len(ratios)-1-len(ratios)/4]
	return max(math.Abs(middle-1), (high-low)/2)
}

// median sorts v and returns the middle.
func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// product is a product on operands of its own, and what today's rules make of it.
type product[T kernels.Float] struct {
	tuning.Shape
	a, b, c, want []T
	lda, ldb      int
}

func newProduct[T kernels.Float](s tuning.Shape) *product[T] {
	p := &product[T]{Shape: s, lda: s.K, ldb: s.N, a: make([]T, s.M*s.K), b: make([]T, s.K*s.N),
		c: make([]T, s.M*s.N)}
	p.Size = p.dtype().Size()
	if s.TransA {
		p.lda = s.M
	}
	if s.TransB {
		p.ldb = s.K
	}
	kernels.Uniform(p.a, -1, 1, 1, 0)
	kernels.Uniform(p.b, -1, 1, 2, 0)
	return p
}

func (p *product[T]) dtype() spec.DType {
	if T(1)/3 == T(float32(1)/3) {
		return spec.F32
	}
	return spec.F64
}

func (p *product[T]) run() {
	kernels.Gemm(p.TransA, p.TransB, p.M, p.N, p.K, 1, p.a, p.lda, p.b, p.ldb, 0, p.c, p.N)
}

// check runs the product once and compares it with today's: to the bit, unless the candidate changes
// the order of summation.
func (p *product[T]) check(by candidate) error {
	clear(p.c)
	p.run()
	if p.want == nil {
		p.want = slices.Clone(p.c)
	}
	tolerance := 0.0
	if by.bits() {
		eps := 0x1p-23
		if p.Size == 8 {
			eps = 0x1p-52
		}
		tolerance = eps * float64(p.K)
	}
	for i, got := range p.c {
		if !(math.Abs(float64(got)-float64(p.want[i])) <= tolerance) {
			return fmt.Errorf("%s f%d with %v: element %d is %v, by today's rules %v", name(p.Shape),
				8*p.Size, by, i, got, p.want[i])
		}
	}
	return nil
}

// calibrate returns the repetitions that take about that time.
func (p *product[T]) calibrate(each time.Duration) int {
	for count := 1; ; count *= 2 {
		if d := p.clock(count); d >= each/8 {
			return max(1, int(float64(count)*float64(each)/float64(d)))
		}
	}
}

// Products that run before the clock starts: enough in a row that the pool's workers are awake, for
// which large products need no more than a few.
const (
	warmCalls = 20
	warmTime  = 4 * time.Millisecond
)

// time returns the ns of a product. Some run before the clock starts: they bring operands and
// panels into the caches and wake the workers.
func (p *product[T]) time(repeat int) float64 {
	for i, start := 0, time.Now(); i < warmCalls && time.Since(start) < warmTime; i++ {
		p.run()
	}
	return float64(p.clock(repeat).Nanoseconds()) / float64(repeat)
}

func (p *product[T]) clock(count int) time.Duration {
	start := time.Now()
	for range count {
		p.run()
	}
	return time.Since(start)
}
