//go:build linux && cgo

package blas

import "fmt"

// Shape is one product, row-major.
type Shape struct {
	TransA, TransB bool
	M, N, K        int
}

func (s Shape) String() string {
	op := map[bool]string{false: "N", true: "T"}
	return fmt.Sprintf("%s%s %dx%dx%d", op[s.TransA], op[s.TransB], s.M, s.N, s.K)
}

// Flops are the floating-point operations of the product.
func (s Shape) Flops() float64 { return 2 * float64(s.M) * float64(s.N) * float64(s.K) }

// Least is the least of m, n and k.
func (s Shape) Least() int { return min(s.M, s.N, s.K) }

// Shapes are cubes, odd sizes among them, and the products of training.
func Shapes() []Shape {
	var all []Shape
	for _, n := range []int{8, 16, 24, 32, 33, 48, 64, 65, 96, 100, 127, 128, 192, 250, 256, 384, 512,
		768, 1000, 1024, 1025, 1536, 2048} {
		all = append(all, Shape{M: n, N: n, K: n})
	}
	for _, s := range [][3]int{{1, 512, 784}, {128, 10, 512}, {32, 512, 784}, {64, 512, 784},
		{128, 512, 512}, {128, 512, 784},
		{256, 256, 784}, {512, 1024, 1024}} {
		all = append(all, Shape{M: s[0], N: s[1], K: s[2]})
	}
	for _, s := range [][3]int{{128, 512, 10}, {32, 784, 512}, {256, 256, 256}, {64, 784, 512},
		{128, 512, 784}, {128, 784, 512},
		{512, 1024, 1024}, {1024, 1024, 1024}} {
		all = append(all, Shape{TransB: true, M: s[0], N: s[1], K: s[2]})
	}
	for _, s := range [][3]int{{512, 10, 128}, {784, 512, 32}, {256, 256, 256}, {784, 512, 64},
		{784, 512, 128}, {1024, 1024, 512},
		{1024, 1024, 1024}} {
		all = append(all, Shape{TransA: true, M: s[0], N: s[1], K: s[2]})
	}
	return all
}
