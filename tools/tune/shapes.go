package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ashlar-go/ashlar/internal/tuning"
)

// class is shapes that a rule should treat alike. The short form takes the first few of them.
type class struct {
	name   string
	shapes []tuning.Shape
	few    int
}

// classes are the products that rules are judged by.
func classes() []class {
	return []class{
		{"small cubes", cubes(16, 32, 64, 8, 24, 48), 3},
		{"cubes", cubes(96, 256, 128, 192), 2},
		{"large cubes", cubes(512, 768, 384, 1024, 1536), 1},
		{"odd cubes", cubes(65, 257, 100, 333, 33, 127, 500, 1000), 3},
		{"few rows", list("NN", [][3]int{{64, 512, 784}, {16, 1024, 1024}, {1, 512, 784}, {4, 1024, 1024},
			{32, 512, 784}, {128, 512, 512}, {128, 512, 784}, {128, 1024, 1024}, {32, 4096, 1024}}), 2},
		{"few columns", slices.Concat(
			list("NN", [][3]int{{128, 10, 512}, {512, 10, 256}, {1000, 3, 500}}),
			list("NT", [][3]int{{128, 10, 256}, {600, 10, 256}}),
			list("TN", [][3]int{{512, 10, 128}, {256, 10, 512}, {1000, 3, 500}, {128, 40, 256}})), 2},
		{"NT", list("NT", [][3]int{{128, 512, 784}, {32, 784, 512}, {128, 512, 10}, {16, 16, 60},
			{40, 40, 40}, {64, 784, 512}, {128, 784, 512}, {256, 256, 256}, {256, 1024, 512},
			{60, 500, 784}, {25, 784, 512}, {300, 4096, 400}, {512, 1024, 1024}, {1024, 1024, 1024}}), 2},
		{"TN", list("TN", [][3]int{{784, 512, 32}, {256, 256, 256}, {784, 512, 64}, {784, 512, 128},
			{784, 1024, 128}, {400, 300, 64}, {100, 100, 100}, {1024, 1024, 512}, {1024, 1024, 1024}}), 2},
		{"tall and wide", slices.Concat(
			list("NN", [][3]int{{2000, 100, 100}, {100, 2000, 100}, {100, 100, 12000}, {4096, 64, 64},
				{64, 100, 200}, {60, 200, 256}, {3000, 256, 256}, {256, 4096, 256}, {3000, 1024, 100},
				{200, 1024, 300}}),
			list("NT", [][3]int{{16, 3000, 300}, {3000, 256, 256}})), 2},
		{"rows and columns", slices.Concat(
			list("NT", [][3]int{{1, 512, 100}, {1, 100, 3}, {1, 100, 6}, {1, 512, 48}}),
			list("NN", [][3]int{{512, 1, 100}, {512, 1, 48}, {1, 1024, 1024}})), 1},
	}
}

func cubes(sizes ...int) (all []tuning.Shape) {
	for _, n := range sizes {
		all = append(all, tuning.Shape{M: n, N: n, K: n})
	}
	return all
}

// list returns shapes of m x n x k with the operands as stored (N) or transposed (T).
func list(ops string, sizes [][3]int) (all []tuning.Shape) {
	for _, s := range sizes {
		all = append(all, tuning.Shape{TransA: ops[0] == 'T', TransB: ops[1] == 'T',
			M: s[0], N: s[1], K: s[2]})
	}
	return all
}

// name is a shape as tables name it.
func name(s tuning.Shape) string {
	op := map[bool]string{false: "N", true: "T"}
	return fmt.Sprintf("%s%s %dx%dx%d", op[s.TransA], op[s.TransB], s.M, s.N, s.K)
}

// A shape of one's own has at most so many elements in A, B and C, 1 GiB in float64, and operations, so that
// its hundreds of products end: 4096^3 is one of the largest.
const (
	mostElements = 1 << 27
	mostFlops    = 1 << 38
)

// parseShapes reads names of shapes with commas between them.
func parseShapes(text string) (all []tuning.Shape, err error) {
	for _, one := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' }) {
		var ops string
		var s tuning.Shape
		n, _ := fmt.Sscanf(strings.TrimSpace(one), "%2s %dx%dx%d", &ops, &s.M, &s.N, &s.K)
		s.TransA, s.TransB = strings.HasPrefix(ops, "T"), strings.HasSuffix(ops, "T")
		if n < 4 || min(s.M, s.N, s.K) < 1 || name(s) != strings.TrimSpace(one) {
			return nil, fmt.Errorf("%q is no shape such as \"NT 64x784x512\"", one)
		}
		m, cols, terms := float64(s.M), float64(s.N), float64(s.K)
		if all := m*terms + terms*cols + m*cols; all > mostElements || 2*m*cols*terms > mostFlops {
			return nil, fmt.Errorf("%q has %.3g elements and takes %.3g operations, want at most %.3g, %.3g",
				one, all, 2*m*cols*terms, float64(mostElements), float64(mostFlops))
		}
		all = append(all, s)
	}
	return all, nil
}

func flops(s tuning.Shape) float64 { return 2 * float64(s.M) * float64(s.N) * float64(s.K) }

// neighbours are the shapes of a class moved to sizes near by, most of them odd, so that no rule is
// fitted to a shape. Sizes below 24 stay: a few more would make another class of them.
func neighbours(c class) class {
	moved := class{name: c.name + ", sizes near by"}
	for _, s := range c.shapes {
		for _, by := range [][3]int{{1, -3, 5}, {-5, 7, -1}} {
			t := s
			for i, size := range []*int{&t.M, &t.N, &t.K} {
				if *size >= 24 {
					*size += by[i]
				}
			}
			moved.shapes = append(moved.shapes, t)
		}
	}
	return moved
}
