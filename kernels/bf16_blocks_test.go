package kernels

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/ashlar-go/ashlar/internal/forced"
)

// TestBF16Blocks: on each path the blocks of both functions have the bits of GemmBFloat16 and of
// GemmPrecision at the level, for operands of both types and any number of threads, and cover C once.
func TestBF16Blocks(t *testing.T) {
	onBF16Paths(t, func(t *testing.T, path BF16Path) {
		defer SetThreads(0)
		r := rand.New(rand.NewPCG(1, uint64(path)))
		for _, s := range [][3]int{{1, 1, 1}, {7, 5, 3}, {300, 96, 8}, {530, 48, 33}, {90, 270, 301},
			{40, 900, 0}, {3, 20000, 2}} {
			m, n, k := s[0], s[1], s[2]
			if path == BF16Generic && m*n*k > 1e6 && testing.Short() {
				continue
			}
			a, b := randomBF16(k, m, r), randomBF16(k, n, r)
			testBF16Blocks(t, m, n, k, a, b)
		}
	})
}

func testBF16Blocks(t *testing.T, m, n, k int, a, b bf16Matrix) {
	t.Helper()
	halfA, halfB := make([]BFloat16, len(a.at)), make([]BFloat16, len(b.at))
	ToBFloat16(halfA, a.at)
	ToBFloat16(halfB, b.at)
	want := make([]float32, m*n)
	GemmBFloat16(true, false, m, n, k, 1, a.at, m, b.at, n, 0, want, n, BF16Epilogue{})
	high := make([]float32, m*n)
	GemmPrecision(High, true, false, m, n, k, 1, a.at, m, b.at, n, 0, high, n, Epilogue[float32]{})
	for threads := range 3 {
		SetThreads(threads)
		got, rows := make([]float32, m*n), atomic.Int64{}
		f := func(row int, c []float32) {
			rows.Add(int64(len(c) / n))
			copy(got[row*n:], c)
		}
		for name, c := range map[string]struct {
			call func()
			want []float32
		}{
			"float32":            {func() { GemmBlocksBFloat16(m, n, k, a.at, m, b.at, n, f) }, want},
			"bfloat16":           {func() { GemmBlocksBFloat16(m, n, k, halfA, m, halfB, n, f) }, want},
			"bfloat16 x float32": {func() { GemmBlocksBFloat16(m, n, k, halfA, m, b.at, n, f) }, want},
			"float32 x bfloat16": {func() { GemmBlocksBFloat16(m, n, k, a.at, m, halfB, n, f) }, want},
			"high":               {func() { GemmBlocksPrecision(High, m, n, k, a.at, m, b.at, n, f) }, high},
		} {
			clear(got)
			rows.Store(0)
			if c.call(); rows.Load() != int64(m) || !slices.Equal(got, c.want) {
				t.Errorf("%dx%dx%d, %d threads, %s: blocks have %d rows, or other bits", m, n, k, threads, name,
					rows.Load())
			}
		}
	}
}

// TestBlocksPrecision: the blocks have the bits of GemmPrecision at each level, where that computes in
// float32, too, and for float64.
func TestBlocksPrecision(t *testing.T) {
	onBF16Paths(t, func(t *testing.T, _ BF16Path) {
		testBlocksPrecision[float32](t)
		testBlocksPrecision[float64](t)
	})
}

func testBlocksPrecision[T Float](t *testing.T) {
	for _, force := range []bool{false, true} {
		forced.Precision.Store(force)
		for _, s := range [][3]int{{9, 20, 5}, {70, 90, 100}} {
			m, n, k := s[0], s[1], s[2]
			a, b := uniforms[T](k*m, 1), uniforms[T](k*n, 2)
			for _, level := range []Precision{Highest, High, Medium} {
				want, got := make([]T, m*n), make([]T, m*n)
				GemmPrecision(level, true, false, m, n, k, 1, a, m, b, n, 0, want, n, Epilogue[T]{})
				GemmBlocksPrecision(level, m, n, k, a, m, b, n, func(row int, c []T) { copy(got[row*n:], c) })
				if !slices.Equal(got, want) {
					t.Errorf("%v, %v, forced %v: other bits than GemmPrecision", s, level, force)
				}
			}
		}
	}
	forced.Precision.Store(false)
}

// TestBlocksPanics: what is wrong panics with the name of the function and of the argument, before f gets
// a block.
func TestBlocksPanics(t *testing.T) {
	x := make([]float32, 100*100)
	f := func(int, []float32) { t.Error("a block of a product that is none") }
	for arg, call := range map[string]func(){
		"level": func() { GemmBlocksPrecision(Medium+1, 2, 2, 2, x, 2, x, 2, f) },
		"m":     func() { GemmBlocksBFloat16(-1, 2, 2, x, 2, x, 2, f) },
		"a":     func() { GemmBlocksBFloat16(2, 2, 2, x[:3], 2, x, 2, f) },
		"b":     func() { GemmBlocksPrecision(Medium, 100, 100, 100, x, 100, x[1:], 100, f) },
		"lda":   func() { GemmBlocksBFloat16(2, 2, 2, x, 1, x, 2, f) },
		"ldb":   func() { GemmBlocksPrecision(Medium, 100, 100, 100, x, 100, x, 99, f) },
		"f":     func() { GemmBlocksPrecision(High, 2, 2, 2, x, 2, x, 2, nil) },
	} {
		func() {
			defer func() {
				err, _ := recover().(error)
				var shape *ShapeError
				if !errors.As(err, &shape) || shape.Arg != arg {
					t.Errorf("%s: %v", arg, err)
				}
			}()
			call()
		}()
	}
}

// TestBlocksOfHugeC: where there are no terms, no operand bounds C, and its blocks would take memory that
// nobody has. The error names the size that is too large, and what it may be beside the other.
func TestBlocksOfHugeC(t *testing.T) {
	x := make([]float32, 16)
	f := func(int, []float32) { t.Error("a block of a product that is none") }
	for name, call := range map[string]func(m, n int){
		"GemmBlocks":          func(m, n int) { GemmBlocks(m, n, 0, x, m, x, n, f) },
		"GemmBlocksBFloat16":  func(m, n int) { GemmBlocksBFloat16(m, n, 0, x, m, x, n, f) },
		"GemmBlocksPrecision": func(m, n int) { GemmBlocksPrecision(Medium, m, n, 0, x, m, x, n, f) },
	} {
		for _, c := range []struct {
			m, n, got, want int
			arg             string
		}{
			{math.MaxInt, 2, math.MaxInt, mostZeros / 2, "m"},
			{2, math.MaxInt, math.MaxInt, zerosOfRow, "n"},
			{1, zerosOfRow + 1, zerosOfRow + 1, zerosOfRow, "n"},
			{math.MaxInt / 2, 3, math.MaxInt / 2, mostZeros / 3, "m"},
			{math.MaxInt, math.MaxInt, math.MaxInt, zerosOfRow, "n"},
		} {
			func() {
				defer func() {
					err, _ := recover().(error)
					var shape *ShapeError
					if !errors.As(err, &shape) || shape.Arg != c.arg || shape.Got != c.got ||
						shape.Want != c.want || shape.Op != "kernels."+name {
						t.Errorf("%s of %d x %d: %v, want %s <= %d", name, c.m, c.n, err, c.arg, c.want)
					}
				}()
				call(c.m, c.n)
			}()
		}
	}
}

// TestBlocksOfZeros: a product without terms hands out zeros for every row of C, in blocks that take no
// more memory than others.
func TestBlocksOfZeros(t *testing.T) {
	const m, n = 4097, 4096 // weights of a layer, whose batch has no rows
	var rows, longest atomic.Int64
	f := func(row int, c []float32) {
		if slices.ContainsFunc(c, func(v float32) bool { return v != 0 }) {
			t.Errorf("from row %d on: an element is not 0", row)
		}
		rows.Add(int64(len(c) / n))
		if old := longest.Load(); int64(len(c)) > old {
			longest.CompareAndSwap(old, int64(len(c)))
		}
		c[0] = 1 // f may overwrite it
	}
	for name, call := range map[string]func(){
		"GemmBlocks":          func() { GemmBlocks(m, n, 0, nil, m, nil, n, f) },
		"GemmBlocksBFloat16":  func() { GemmBlocksBFloat16[float32, float32](m, n, 0, nil, m, nil, n, f) },
		"GemmBlocksPrecision": func() { GemmBlocksPrecision[float32](Medium, m, n, 0, nil, m, nil, n, f) },
	} {
		rows.Store(0)
		if call(); rows.Load() != m || longest.Load() > blockArea {
			t.Errorf("%s: %d rows in blocks of up to %d elements, want %d and at most %d", name, rows.Load(),
				longest.Load(), m, blockArea)
		}
	}
}
