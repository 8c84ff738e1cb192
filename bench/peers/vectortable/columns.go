//go:build linux && cgo && amd64

package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"unsafe"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// columns measures the kernels of matrices at given shapes, on one thread and on two, beside as many
// threads that do nothing but read and write as many streams: those show what the memory allows.
func (c *config) columns(d spec.DType, list []extent, torch *torchTimes) {
	fmt.Printf("\n%v: ns per element (share of the streaming rate) on one thread and on two; "+
		"one thread over two, in brackets that of the streams\n", d)
	for _, x := range list {
		fmt.Printf("%s, %.1f MB a matrix\n", x.dimensions(), float64(x.m*x.n*d.Size())/1e6)
		for _, e := range c.entries(d) {
			fmt.Printf("  %-28s %v\n", e.title, c.onThreads(&e, x, torch))
		}
	}
}

// both has figures of one thread and of two; 0 stands for none.
type both struct {
	ns, stream [2]float64
	torch      float64
}

func (b both) String() string {
	var s strings.Builder
	for i, ns := range b.ns {
		if ns == 0 {
			continue
		}
		fmt.Fprintf(&s, " %7.3f", ns)
		if b.stream[i] > 0 {
			fmt.Fprintf(&s, " (%3.0f %%)", 100*b.stream[i]/ns)
		}
	}
	if b.ns[1] > 0 {
		fmt.Fprintf(&s, "   x%.2f", b.ns[0]/b.ns[1])
		if b.stream[1] > 0 {
			fmt.Fprintf(&s, " (x%.2f)", b.stream[0]/b.stream[1])
		}
	}
	if b.torch > 0 {
		fmt.Fprintf(&s, "   PyTorch %.3f, x%.2f", b.torch, b.torch/b.ns[0])
	}
	return s.String()
}

// onThreads measures one entry. The faster of the loops that store to the caches and past them counts.
func (c *config) onThreads(e *entry, x extent, torch *torchTimes) both {
	call, bytes, m := newCall(&e.row, spec.Sizes{M: x.m, N: x.n, Case: e.k})
	run := e.repeat(call)
	awake := max(1, busy*large/(x.m*x.n)) // calls, so that the pool is awake in most of them
	with := func(threads int) func(int) {
		return func(count int) {
			kernels.SetThreads(threads)
			run(count * awake)
		}
	}
	var owned arena
	defer owned.release()
	list := []func(int){with(1)}
	threads := min(2, runtime.GOMAXPROCS(0))
	if threads == 2 {
		list = append(list, with(2))
	}
	if m.possible() {
		halves := m.shared(&owned, bytes)
		for n := 1; n <= threads; n++ {
			list = append(list, halves(n, false, awake), halves(n, true, awake))
		}
	}
	ns := c.times(list)
	kernels.SetThreads(1)
	var out both
	per := float64(x.m * x.n * awake)
	for i := range threads {
		out.ns[i] = ns[i] / per
		if m.possible() {
			out.stream[i] = min(ns[threads+2*i], ns[threads+2*i+1]) / per
		}
	}
	if e.row.DType == spec.F32 {
		out.torch = torch.time(torchName(e)+"_"+x.dimensions(), x.m*x.n)
	}
	return out
}

// shared returns the streaming loops for a mix of streams of that many bytes, half of which each
// of two threads takes, or one thread one half after the other. A call runs them that many times.
func (m mix) shared(owned *arena, bytes int) func(threads int, past bool, calls int) func(count int) {
	half := bytes / 2 &^ 63
	pointers := [2]*[16]unsafe.Pointer{m.pointers(owned.get, half), m.pointers(owned.get, half)}
	return func(threads int, past bool, calls int) func(count int) {
		var part [2]func(int)
		for i := range part {
			part[i] = stream(kernels.Active(), m.reads, m.writes, past, pointers[i], half)
		}
		return func(count int) {
			if threads == 1 {
				for range count * calls {
					part[0](1)
					part[1](1)
				}
				return
			}
			var both sync.WaitGroup
			for _, f := range part {
				both.Go(func() { f(count * calls) })
			}
			both.Wait()
		}
	}
}

// parseShapes reads a list such as "1024x1024,3000x130".
func parseShapes(text string) (list []extent, err error) {
	for _, s := range strings.Split(text, ",") {
		var x extent
		if _, err := fmt.Sscanf(s, "%dx%d", &x.m, &x.n); err != nil || x.m < 1 || x.n < 1 {
			return nil, fmt.Errorf("-shapes: %q, want rows x columns, as 1024x1024", s)
		}
		list = append(list, x)
	}
	return list, nil
}
