//go:build linux && cgo && amd64

package main

import (
	"fmt"
	"runtime"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// busy is a number of calls in a row after which the threads of the pool are awake.
const busy = 64

// large is a number of elements that threads share.
const large = 1 << 18

// compared are the sizes of a comparison: in L1, and two that threads share.
func (e *entry) compared() (inL1, shared, larger extent) {
	if e.row.Dims == "MN" {
		return extent{m: 16, n: 128}, extent{m: 512, n: 512}, extent{m: 1024, n: 1024}
	}
	return extent{m: 1, n: 1 << 10}, extent{m: 1, n: large}, extent{m: 1, n: 4 * large}
}

// ratios compares our own kernels in the same rounds: the active tier with the others, value and
// derivative with the value alone, two threads with one.
func (c *config) ratios(d spec.DType) {
	fmt.Printf("\n%v: time ratios in L1, on 1k elements or 16x128; "+
		"of one thread to two on 256k and 1M, or 512x512 and 1024x1024\n", d)
	fmt.Printf("%-34s %9s %9s %9s %9s %9s\n", "", "generic", "avx2", "+grad", "256k", "1M")
	for _, e := range c.entries(d) {
		inL1, shared, larger := e.compared()
		r := ratio{title: e.title, dtype: d, generic: c.against(&e, e.on(kernels.Generic), inL1)}
		if !c.short {
			r.avx2 = c.against(&e, e.on(kernels.AVX2), inL1)
			r.twoThreads, r.twoThreads1M = c.twoThreads(&e, shared), c.twoThreads(&e, larger)
		}
		if e.row.Kernel == "Activate" && !c.short {
			r.grad = c.against(&e, e.of("ActivateGrad", e.row.Tier), inL1)
		}
		fmt.Printf("%-34s", e.title)
		for _, v := range []float64{r.generic, r.avx2, r.grad, r.twoThreads, r.twoThreads1M} {
			if v > 0 {
				fmt.Printf(" %9.2f", v)
			} else {
				fmt.Printf(" %9s", "")
			}
		}
		fmt.Println()
		c.results.ratios = append(c.results.ratios, r)
	}
}

// against is the time of another entry over that of e, 0 if there is none to compare.
func (c *config) against(e, other *entry, x extent) float64 {
	switch {
	case other == nil,
		e.row.Kernel == "ScaleBytes", // the row converts ints to bytes in every call
		e.row.Kernel == "GatherRows": // the same copies in Go on every tier
		return 0
	}
	ns := c.times([]func(int){e.at(x), other.at(x)})
	return ns[1] / ns[0]
}

// at repeats the entry on operands of a size.
func (e *entry) at(x extent) func(count int) {
	call, _, _ := newCall(&e.row, spec.Sizes{M: x.m, N: x.n, Case: e.k})
	return e.repeat(call)
}

// repeat calls the kernel on its tier count times.
func (e *entry) repeat(call *spec.Call) func(count int) {
	run := func() { e.row.Call(call) }
	if e.row.Kernel == "ScaleBytes" {
		run = scaleBytes(call)
	}
	return func(count int) {
		defer kernels.Limit(kernels.Active())
		if err := kernels.Limit(e.row.Tier); err != nil {
			panic(err) // no row of the table
		}
		for range count {
			run()
		}
	}
}

// scaleBytes calls the public function. The row of the table would convert ints to bytes in the
// measured time.
func scaleBytes(call *spec.Call) func() {
	x, y := make([]uint8, len(call.Operands[1].Int)), call.Operands[0]
	for i, v := range call.Operands[1].Int {
		x[i] = uint8(v)
	}
	if y.F64 != nil {
		return func() { kernels.ScaleBytes(y.F64, x, 1.0/255, -0.5) }
	}
	return func() { kernels.ScaleBytes(y.F32, x, 1.0/255, -0.5) }
}

// twoThreads is the time on one thread over that on two, 0 where there is one.
func (c *config) twoThreads(e *entry, x extent) float64 {
	// GatherRows has 5 columns in the table, too few to share.
	if runtime.GOMAXPROCS(0) < 2 || e.row.Kernel == "GatherRows" {
		return 0
	}
	run := e.at(x)
	with := func(threads int) func(int) {
		return func(count int) {
			kernels.SetThreads(threads)
			run(count * busy)
		}
	}
	ns := c.times([]func(int){with(1), with(2)})
	kernels.SetThreads(1)
	return ns[0] / ns[1]
}
