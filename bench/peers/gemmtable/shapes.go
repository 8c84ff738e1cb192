//go:build linux && cgo

package main

import "fmt"

// shape is one product, row-major.
type shape struct {
	transA, transB bool
	m, n, k        int
}

func (s shape) String() string {
	op := map[bool]string{false: "N", true: "T"}
	return fmt.Sprintf("%s%s %dx%dx%d", op[s.transA], op[s.transB], s.m, s.n, s.k)
}

func (s shape) flops() float64 { return 2 * float64(s.m) * float64(s.n) * float64(s.k) }

// shapes are cubes, odd sizes among them, and the products of training.
func shapes() []shape {
	var all []shape
	for _, n := range []int{8, 16, 24, 32, 33, 48, 64, 65, 96, 100, 127, 128, 192, 250, 256, 384, 512,
		768, 1000, 1024, 1025, 1536, 2048} {
		all = append(all, shape{m: n, n: n, k: n})
	}
	for _, s := range [][3]int{{1, 512, 784}, {128, 10, 512}, {32, 512, 784}, {64, 512, 784},
		{128, 512, 512}, {128, 512, 784},
		{256, 256, 784}, {512, 1024, 1024}} {
		all = append(all, shape{m: s[0], n: s[1], k: s[2]})
	}
	for _, s := range [][3]int{{128, 512, 10}, {32, 784, 512}, {256, 256, 256}, {64, 784, 512},
		{128, 512, 784}, {128, 784, 512},
		{512, 1024, 1024}, {1024, 1024, 1024}} {
		all = append(all, shape{transB: true, m: s[0], n: s[1], k: s[2]})
	}
	for _, s := range [][3]int{{512, 10, 128}, {784, 512, 32}, {256, 256, 256}, {784, 512, 64},
		{784, 512, 128}, {1024, 1024, 512},
		{1024, 1024, 1024}} {
		all = append(all, shape{transA: true, m: s[0], n: s[1], k: s[2]})
	}
	return all
}

// floor is the target of a shape: the least ratio to the best peer.
func (s shape) floor(threads int) float64 {
	switch least := min(s.m, s.n, s.k); {
	case threads > 1 && least >= 96:
		return 0.95
	case threads > 1:
		return 0
	case s.m == s.n && s.n == s.k && least < 16:
		return 0.75
	case s.m == s.n && s.n == s.k && least < 32:
		return 0.85
	case s.m == s.n && s.n == s.k && least < 48:
		return 0.95
	}
	return 0.97
}
