//go:build linux && cgo

package main

import (
	"fmt"
	"math"
	"slices"
	"unsafe"

	"github.com/ashlar-go/ashlar/bench/peers/internal/blas"
	"github.com/ashlar-go/ashlar/kernels"
)

// agree demands that each peer computes the same product as ours, so that no wrong call is timed.
func agree[T kernels.Float](p *blas.Product, s blas.Shape, peers []*blas.Peer, threads int) error {
	size := int(unsafe.Sizeof(T(0)))
	eps := 1.0 / (1 << 23)
	if size == 8 {
		eps = 1.0 / (1 << 52)
	}
	ours[T](p, s)(1)
	_, _, c, _, _ := slicesOf[T](p, s)
	want := slices.Clone(c)
	for _, peer := range peers {
		f := peer.Function(p, threads)
		if f == nil {
			continue
		}
		clear(c)
		p.Repeat(peer, f, threads, 1)
		for i := range c {
			// The terms are at most a quarter each.
			if d := math.Abs(float64(c[i] - want[i])); !(d <= eps*float64(s.K)) {
				return fmt.Errorf("%v: element %d is %v with %s, want %v", s, i, c[i], peer.Name, want[i])
			}
		}
	}
	return nil
}
