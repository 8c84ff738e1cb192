package size_test

import (
	"math"
	"testing"

	"github.com/ashlar-go/ashlar/internal/size"
)

const half = math.MaxInt/2 + 1 // 2^62 where an int has 64 bits

func TestProduct(t *testing.T) {
	for _, c := range []struct {
		sizes []int
		want  int
		ok    bool
	}{
		{nil, 1, true},
		{[]int{3, 4, 5}, 60, true},
		{[]int{3, 0, 5}, 0, true},
		{[]int{0, half, half}, 0, true},
		{[]int{half, half, 0}, 0, false}, // overflows before the 0, which safetensors forbids
		{[]int{math.MaxInt, 1}, math.MaxInt, true},
		{[]int{half, 2}, 0, false},
		{[]int{half, 4}, 0, false}, // overflows an int to 0
		{[]int{2, -1}, 0, false},
		{[]int{-1, -1}, 0, false},
		{[]int{0, -1}, 0, false},
	} {
		if n, ok := size.Product(c.sizes...); n != c.want || ok != c.ok {
			t.Errorf("Product(%v) = %d, %v, want %d, %v", c.sizes, n, ok, c.want, c.ok)
		}
	}
}

func TestElements(t *testing.T) {
	for _, c := range []struct {
		width uintptr
		sizes []int
		ok    bool
	}{
		{8, []int{1 << 10, 1 << 10}, true},
		{8, []int{half}, false},
		{4, []int{half}, false},
		{4, []int{half, 4}, false},
		{4, []int{-1}, false},
	} {
		if n, ok := size.Elements(c.width, c.sizes...); ok != c.ok || (ok && n != 1<<20) {
			t.Errorf("Elements(%d, %v) = %d, %v, want %v", c.width, c.sizes, n, ok, c.ok)
		}
	}
}

func TestFits(t *testing.T) {
	for _, c := range []struct {
		length, rows, cols, stride int
		want                       bool
	}{
		{0, 0, 0, 0, true},
		{0, 0, half, 0, true},
		{0, half, 0, 1, true},
		{6, 2, 3, 3, true},
		{7, 2, 3, 4, true},
		{6, 2, 3, 4, false},
		{3, 1, 3, 0, true}, // one row needs no stride
		{9, 2, 3, 2, false},
		{2, 1, 3, 3, false},
		{8, half, 4, 4, false},
		{8, 5, 4, half, false}, // 4 strides overflow an int to 0
		{8, -1, 4, 4, false},
		{8, 2, -1, 4, false},
		{8, 2, 1, -4, false},
	} {
		if got := size.Fits(c.length, c.rows, c.cols, c.stride); got != c.want {
			t.Errorf("Fits(%d, %d, %d, %d) = %v", c.length, c.rows, c.cols, c.stride, got)
		}
	}
}
