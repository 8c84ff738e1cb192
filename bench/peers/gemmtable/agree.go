//go:build linux && cgo

package main

import (
	"fmt"
	"math"
	"slices"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels"
)

// agree demands that each peer computes the same product as ours, so that no wrong call is timed.
func agree[T kernels.Float](p *cProduct, s shape, peers []*peer, threads int) error {
	size := int(unsafe.Sizeof(T(0)))
	eps := 1.0 / (1 << 23)
	if size == 8 {
		eps = 1.0 / (1 << 52)
	}
	ours[T](p, s)(1)
	_, _, c, _, _ := slicesOf[T](p, s)
	want := slices.Clone(c)
	for _, peer := range peers {
		f := peer.function(p, size, threads)
		if f == nil {
			continue
		}
		clear(c)
		p.repeat(peer, f, size, threads, 1)
		for i := range c {
			// The terms are at most a quarter each.
			if d := math.Abs(float64(c[i] - want[i])); !(d <= eps*float64(s.k)) {
				return fmt.Errorf("%v: element %d is %v with %s, want %v", s, i, c[i], peer.name, want[i])
			}
		}
	}
	return nil
}
