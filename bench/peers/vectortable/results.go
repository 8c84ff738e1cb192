//go:build linux && cgo && amd64

package main

import "github.com/ashlar-go/ashlar/fuzz/spec"

// results keeps what the tables print, for the summary.
type results struct {
	cells  []cell
	ratios []ratio
	steps  []stepTime
}

// cell is a kernel at one size: ns per element, its own, of the streams and of the peers.
type cell struct {
	title  string
	dtype  spec.DType
	size   extent
	ns     float64
	stream float64 // 0 if there is no loop for the mix
	bytes  float64 // read and written per element
	perNs  float64 // of these per ns
	limit  float64 // the slower of instructions and streams, 0 up to L2
	peers  []peer
}

type peer struct {
	name string
	ns   float64
}

// fastest is the fastest of the peers with these names, or of all.
func (c *cell) fastest(names ...string) (best peer) {
	for _, p := range c.peers {
		named := len(names) == 0
		for _, n := range names {
			named = named || n == p.name
		}
		if named && (best.ns == 0 || p.ns < best.ns) {
			best = p
		}
	}
	return best
}

// ratio compares times of a kernel on small operands with its own, and its own on one
// thread with those on two. 0 is what could not be measured.
type ratio struct {
	title                    string
	dtype                    spec.DType
	generic, avx2, grad      float64
	twoThreads, twoThreads1M float64
}
