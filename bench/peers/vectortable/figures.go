//go:build linux && cgo && amd64

package main

import (
	"fmt"

	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/bench/peers/internal/figures"
)

// write writes the figures for the report.
func (c *config) write(libs []*library, torch *torchTimes) error {
	var out figures.Vectors
	for _, l := range libs {
		state := l.file
		if l.handle == nil {
			state = "absent"
		}
		out.Peers = append(out.Peers, figures.Peer{Name: l.name, State: state})
	}
	out.Peers = append(out.Peers, figures.Peer{Name: "PyTorch", State: torch.state})
	for _, v := range c.results.cells {
		cell := figures.Cell{Kernel: v.title, DType: v.dtype.String(), M: v.size.m, N: v.size.n,
			InCache: v.size.inCache, Bytes: v.bytes, Ns: v.ns, Stream: v.stream, Peers: map[string]float64{}}
		for _, p := range v.peers {
			cell.Peers[p.name] = p.ns
		}
		out.Cells = append(out.Cells, cell)
	}
	for _, r := range c.results.ratios {
		out.Ratios = append(out.Ratios, figures.Ratio{Kernel: r.title, DType: r.dtype.String(),
			Generic: r.generic, AVX2: r.avx2})
	}
	out.Bandwidth = c.bandwidth()
	return figures.Write(c.json, out)
}

// loops are the mixes of streams of which the fastest counts as the bandwidth of a cache.
var loops = []mix{{reads: 1}, {reads: 2}, {reads: 1, writes: 1}, {reads: 2, writes: 1}}

// bandwidth measures the streaming loops in half of each cache, and in eight times the last or at least
// 256 MiB for memory.
func (c *config) bandwidth() (list []figures.Bandwidth) {
	cache := cpuid.CPU.Cache
	for _, level := range []struct {
		name  string
		bytes int
	}{{"L1", cache.L1D / 2}, {"L2", cache.L2 / 2}, {"L3", cache.L3 / 2},
		{"memory", max(8*cache.L3, 256<<20)}} {
		if level.bytes <= 0 {
			continue // the CPU does not say
		}
		best := figures.Bandwidth{Level: level.name, Bytes: level.bytes}
		for _, m := range loops {
			if rate := c.stream(m, level.bytes); rate > best.Rate {
				best.Rate, best.Loop = rate, fmt.Sprintf("%d read, %d written", m.reads, m.writes)
			}
		}
		list = append(list, best)
	}
	return list
}

// stream is the rate of a mix in GB/s, over operands of so many bytes in total.
func (c *config) stream(m mix, bytes int) float64 {
	var owned arena
	defer owned.release()
	each := bytes / (m.reads + m.writes) &^ 63
	least := 0.0
	for _, ns := range c.times(m.loops(&owned, each)) {
		if least == 0 || ns < least {
			least = ns
		}
	}
	return float64(each*(m.reads+m.writes)) / least
}
