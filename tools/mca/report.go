package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

const productsText = `
## Products

FMLAs a cycle in the largest loops, and their share of the model's peak, which is the rate of a loop
of 24 independent FMLAs, by vector or by element, whichever is faster. llvm-mca knows no caches: all
loads hit L1. apple-a7 is Cyclone, the only Apple core that LLVM has a model of.

`

const elementwiseText = `
## Other kernels

Cycles an element in the main loop, and what is busiest in it, for which share of the cycles: a unit,
or all units of a kind (as LLVM's model calls them: V, or W and X on cortex-a72, compute on vectors, L
and LS load and store, the others work on integers), or "width", that of the core. Far below
100 %, instructions wait for each other. All loads hit L1. The elements of a turn are what it counts
down by, those of one row if the loop takes several, or else what it stores, or else what it loads.

`

const sleefText = `
## Instructions an element beside SLEEF

Ours are those of the main loop, with its loads, stores and counting. SLEEF's are those of a call on
one vector, without the loop around it. The ratio is that to the version with fewer instructions.

| kernel | ours | SLEEF's function | 3.5.1 | 3.9.0 | ratio |
| --- | --- | --- | --- | --- | --- |
`

// report prints the tables and keeps what is missed.
type report struct {
	out      io.Writer
	kernels  []*kernel
	timings  map[string]map[string]timing // of a core, of a regionName
	failures []string
	missed   int // failures that have no exception
}

// gemm reports whether a kernel must reach the share of the peak.
func (k *kernel) gemm() bool { return strings.HasPrefix(k.name, "GemmStrip") }

// product reports whether a kernel is measured in multiply-adds: Gemm's, and the loop that the
// benchmarks take for the peak.
func (k *kernel) product() bool { return k.gemm() || strings.HasPrefix(k.name, "FMAPeak") }

// products prints the loops with the most multiply-adds of the kernels of products.
func (r *report) products() {
	fmt.Fprint(r.out, productsText)
	r.header("loop", "FMLA a turn", "instructions")
	for _, size := range []int{4, 8} {
		fmt.Fprintf(r.out, "| peak, float%d | %d | %[2]d |", 8*size, peakFMLAs)
		for _, c := range cores {
			fmt.Fprintf(r.out, " %.2f |", peak(r.timings[c.cpu], size))
		}
		fmt.Fprintln(r.out)
	}
	for _, k := range r.kernels {
		if k.product() {
			r.product(k)
		}
	}
}

// product prints a row for each loop of a kernel that has as many multiply-adds as the largest.
func (r *report) product(k *kernel) {
	most := 1
	for _, l := range k.loops {
		most = max(most, l.fmlas())
	}
	for i, l := range k.loops {
		if l.fmlas() < most {
			continue
		}
		fmt.Fprintf(r.out, "| %s %s | %d | %d |", k.name, l.label, l.fmlas(), len(l.turn))
		for _, c := range cores {
			t := r.timings[c.cpu]
			rate := float64(l.fmlas()) / t[regionName(k, i)].cycles
			share := rate / peak(t, k.size())
			fmt.Fprintf(r.out, " %.2f, %.1f %% |", rate, 100*share)
			if share < c.share && k.gemm() {
				r.fail(k.name+" "+l.label+" on "+c.cpu,
					fmt.Sprintf("%.1f %% of the peak, want %.0f %%", 100*share, 100*c.share))
			}
		}
		fmt.Fprintln(r.out)
	}
}

// header prints the head of a table that ends in a column for each core.
func (r *report) header(columns ...string) {
	for _, c := range cores {
		columns = append(columns, c.cpu)
	}
	fmt.Fprintf(r.out, "| %s |\n|%s\n", strings.Join(columns, " | "), strings.Repeat(" --- |", len(columns)))
}

// elementwise prints the main loops of the other kernels.
func (r *report) elementwise() {
	fmt.Fprint(r.out, elementwiseText)
	r.header("loop", "elements a turn", "instructions an element")
	for _, k := range r.kernels {
		main := k.mainLoop()
		if k.product() || main < 0 {
			continue
		}
		l := k.loops[main]
		n := l.elements(k.size())
		fmt.Fprintf(r.out, "| %s %s | %d | %.2f |", k.name, l.label, n, float64(len(l.turn))/float64(n))
		for _, c := range cores {
			t := r.timings[c.cpu][regionName(k, main)]
			fmt.Fprintf(r.out, " %.2f, %s %.0f %% |", t.cycles/float64(n), t.limit, 100*t.busy)
		}
		fmt.Fprintln(r.out)
	}
}

// mainLoop is the loop with the most vector instructions, or -1. A loop for rows that are shorter
// than a vector is long, but not the main one.
func (k *kernel) mainLoop() int {
	best, most := -1, 0
	for i, l := range k.loops {
		if v := l.vectors(); v > most && !strings.HasPrefix(l.label, "short") {
			best, most = i, v
		}
	}
	return best
}

// elements is how many elements of a size a turn computes: what it counts down by, if that is more
// than 1, else what it stores, else what it loads; at least 1.
func (l loop) elements(size int) int {
	last := l.turn[len(l.turn)-1]
	for _, in := range slices.Backward(l.turn) {
		args := strings.Split(in.args, ", ")
		if (in.op == "subs" || in.op == "sub") && len(args) == 3 && args[0] == args[1] &&
			(last.op != "cbnz" || strings.HasPrefix(last.args, args[0]+",")) {
			n, err := strconv.ParseInt(strings.TrimPrefix(args[2], "#"), 0, 64)
			if err == nil && n > 1 {
				return int(n)
			}
			break
		}
	}
	bytes := func(op string) (n int) {
		for _, in := range l.turn {
			n += in.bytes(op)
		}
		return n
	}
	return max(1, cmp.Or(bytes("st"), bytes("ld"))/size)
}

// bytes is how much the instruction loads ("ld") or stores ("st") of whole vectors.
func (in instr) bytes(op string) int {
	switch {
	case in.op == op+"r" && in.args[0] == 'q':
		return 16
	case in.op == op+"p" && in.args[0] == 'q':
		return 32
	}
	return 0
}

// fail notes a figure that is missed.
func (r *report) fail(what, how string) {
	if reason, ok := exceptions[what]; ok {
		how += "; known: " + reason
	} else {
		r.missed++
	}
	r.failures = append(r.failures, what+": "+how)
}

// verdict prints what is missed.
func (r *report) verdict() {
	fmt.Fprintf(r.out, "\n## Verdict\n\nFigures missed: %d, of which %d have a reason.\n\n",
		len(r.failures), len(r.failures)-r.missed)
	for _, f := range r.failures {
		fmt.Fprintln(r.out, "-", f)
	}
}
