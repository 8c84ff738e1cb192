//go:build linux && cgo && amd64

package main

import (
	"fmt"
	"strings"
	"unsafe"

	"github.com/ashlar-go/ashlar/fuzz/spec"
)

// extent is a size of operands. In cache the instructions limit the time per element. From 256k
// elements on it is compared with the slower of the instructions and the streams.
type extent struct {
	m, n    int
	inCache bool
}

var (
	lengths = []extent{{1, 1 << 10, true}, {1, 1 << 14, false}, {1, 1 << 18, false}, {1, 1 << 24, false}}
	shapes  = []extent{{16, 128, true}, {128, 10, true}, {128, 512, true}, {128, 1000, false},
		{1024, 1024, false}, {4096, 4096, false}}
)

func (e extent) beyondL2() bool { return e.m*e.n >= large }

func (e extent) String() string {
	if e.m == 1 {
		return size(e.n)
	}
	return e.dimensions()
}

func (e extent) dimensions() string { return fmt.Sprintf("%dx%d", e.m, e.n) }

// size is a number of elements in short, as 256k.
func size(n int) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%dM", n>>20)
	}
	return fmt.Sprintf("%dk", n>>10)
}

// extents are those of a kernel.
func (c *config) extents(e *entry) []extent {
	all := lengths
	if e.row.Dims == "MN" {
		all = shapes
	}
	if c.short {
		return []extent{all[0], all[len(all)-1]}
	}
	return all
}

// table measures all entries of a dtype.
func (c *config) table(d spec.DType, libs []*library, torch *torchTimes) {
	fmt.Printf("\n%v: ns per element (bytes per ns, share of the streaming rate; "+
		"beyond L2 also of the lower of that and the rate in cache);\npeers in ns per element\n", d)
	for _, e := range c.entries(d) {
		fmt.Printf("%-28s", e.title)
		compute := 0.0
		for _, x := range c.extents(&e) {
			cell := c.cell(&e, x, libs, torch)
			if x.inCache && (compute == 0 || cell.ns < compute) {
				compute = cell.ns
			}
			if x.beyondL2() {
				cell.limit = max(compute, cell.stream)
			}
			fmt.Printf("  %9v:%v", x, &cell)
			c.results.cells = append(c.results.cells, cell)
		}
		fmt.Println()
	}
}

func (c *cell) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%7.3f (%5.1f", c.ns, c.perNs)
	if c.stream > 0 {
		fmt.Fprintf(&b, ", %3.0f %%", 100*c.stream/c.ns)
	}
	if c.limit > 0 {
		fmt.Fprintf(&b, ", %3.0f %%", 100*c.limit/c.ns)
	}
	b.WriteString(")")
	for _, p := range c.peers {
		fmt.Fprintf(&b, " %s %.3f", p.name, p.ns)
	}
	return b.String()
}

// cell measures one entry at one size beside the streams and the libraries.
func (c *config) cell(e *entry, x extent, libs []*library, torch *torchTimes) cell {
	call, bytes, m := newCall(&e.row, spec.Sizes{M: x.m, N: x.n, Case: e.k})
	elements := bytes / e.row.DType.Size()
	list := []func(int){e.repeat(call)}
	var owned arena
	defer owned.release()
	streams := m.loops(&owned, bytes)
	list = append(list, streams...)
	var names []string
	for _, l := range libs {
		if f := l.on(e, &owned, elements); f != nil {
			list, names = append(list, f), append(names, l.name)
		}
	}
	ns := c.times(list)
	for i := range ns {
		ns[i] /= float64(elements)
	}
	out := cell{title: e.title, dtype: e.row.DType, size: x, ns: ns[0]}
	out.bytes = float64((m.reads + m.writes) * e.row.DType.Size())
	out.perNs = out.bytes / ns[0]
	if len(streams) > 0 {
		out.stream = min(ns[1], ns[2])
	}
	for i, name := range names {
		out.peers = append(out.peers, peer{name, ns[1+len(streams)+i]})
	}
	if t := torch.time(torchName(e), elements); t > 0 && e.row.DType == spec.F32 && e.row.Dims == "N" {
		out.peers = append(out.peers, peer{"PyTorch", t})
	}
	return out
}

// on is a function of the library over its own operands, nil if it has no such function.
func (l *library) on(e *entry, owned *arena, elements int) func(count int) {
	if !l.has(e.row.Kernel) {
		return nil
	}
	bytes := elements * e.row.DType.Size()
	y, x := owned.get(bytes), owned.get(bytes)
	fillC(x, &e.row, elements)
	return l.function(e.row.Kernel, e.row.DType.Size(), e.row.Tier, y, x, elements)
}

// torchName is PyTorch's name of a kernel.
func torchName(e *entry) string {
	if name, ok := strings.CutPrefix(e.title, "Activate "); ok {
		name, _, _ = strings.Cut(name, "(")
		return name
	}
	return strings.ToLower(e.title)
}

// arena is memory that C owns, until it is released.
type arena []unsafe.Pointer

func (a *arena) get(bytes int) unsafe.Pointer {
	p := memory(bytes)
	*a = append(*a, p)
	return p
}

func (a *arena) release() {
	for _, p := range *a {
		release(p)
	}
}
