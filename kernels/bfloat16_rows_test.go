package kernels

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/guard"
)

// rawBits is what a kernel on bfloat16 numbers reads or writes.
type rawBits interface{ uint16 | uint32 }

// guarded are n elements of any bits before an inaccessible page, many of them NaN.
func guarded[T rawBits](r *rand.Rand, memory []byte, n int) []T {
	size := int(unsafe.Sizeof(T(0)))
	if n == 0 {
		return nil
	}
	part := memory[len(memory)-n*size:]
	for i := range part {
		part[i] = byte(r.Uint32())
		if i%2 == 1 && r.IntN(8) == 0 {
			part[i] = 0x7f | byte(r.IntN(2))<<7
		}
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&part[0])), n)
}

func floatsOf(s []uint32) []float32  { return *(*[]float32)(unsafe.Pointer(&s)) }
func halvesOf(s []uint16) []BFloat16 { return *(*[]BFloat16)(unsafe.Pointer(&s)) }

// spans is how many elements a matrix has from its first to its last one.
func spans(rows, cols, ld int) int {
	if rows == 0 {
		return 0
	}
	return (rows-1)*ld + cols
}

// rowsCase is memory for the operands of a kernel, and what names them in a message.
type rowsCase struct {
	r        *rand.Rand
	to, from []byte
	name     string
}

// compareRows runs a kernel and its pure Go on the same memory and compares all of it.
func compareRows[D, S rawBits](t *testing.T, c *rowsCase, n, m int, kernel, generic func(dst []D, src []S)) {
	t.Helper()
	dst, src := guarded[D](c.r, c.to, n), guarded[S](c.r, c.from, m)
	want := slices.Clone(dst)
	kernel(dst, src)
	generic(want, src)
	for i := range want {
		if dst[i] != want[i] {
			t.Fatalf("%s: element %d is %x, pure Go has %x", c.name, i, dst[i], want[i])
		}
	}
}

// TestBFloat16Rows: on every tier the kernels that round, widen and pack have the bits of their pure Go, for
// all lengths around those of vectors and panels, and touch nothing else.
func TestBFloat16Rows(t *testing.T) {
	const room = 1 << 15
	c := &rowsCase{r: rand.New(rand.NewPCG(1, 2)), to: guard.New(room), from: guard.New(room)}
	for _, tier := range Tiers() {
		t.Run(tier.String(), func(t *testing.T) {
			for rows := range 6 {
				for cols := 1; cols < 70; cols++ {
					c.convert(t, tier, rows, cols)
					for _, nr := range panelWidths(tier, cols) {
						c.pack(t, tier, rows, cols, nr)
					}
				}
			}
		})
	}
}

func (c *rowsCase) convert(t *testing.T, tier Tier, rows, cols int) {
	t.Helper()
	ldd, lds := cols+c.r.IntN(4), cols+c.r.IntN(4)
	n, m := spans(rows, cols, ldd), spans(rows, cols, lds)
	c.name = fmt.Sprintf("RoundRows of %dx%d", rows, cols)
	compareRows(t, c, n, m, func(dst []uint16, src []uint32) {
		dispatchRoundRows(tier, halvesOf(dst), floatsOf(src), rows, cols, ldd, lds)
	}, func(dst []uint16, src []uint32) {
		roundRowsGeneric(halvesOf(dst), floatsOf(src), rows, cols, ldd, lds)
	})
	c.name = fmt.Sprintf("WidenRows of %dx%d", rows, cols)
	compareRows(t, c, n, m, func(dst []uint32, src []uint16) {
		dispatchWidenRows(tier, floatsOf(dst), halvesOf(src), rows, cols, ldd, lds)
	}, func(dst []uint32, src []uint16) {
		widenRowsGeneric(floatsOf(dst), halvesOf(src), rows, cols, ldd, lds)
	})
}

// panelWidths are widths of panels: whole vectors of the tier, and one panel for all columns.
func panelWidths(t Tier, cols int) []int {
	lanes := map[Tier]int{Generic: 1, AVX2: 8, AVX512: 16, NEON: 4}[t]
	return []int{lanes, 3 * lanes, 48, cols + 1, max(1, cols)}
}

func (c *rowsCase) pack(t *testing.T, tier Tier, rows, cols, nr int) {
	t.Helper()
	pairs := (rows + 1) / 2
	lds, ldd, n := cols+c.r.IntN(4), pairs*nr+c.r.IntN(3), 0
	for j := 0; j < cols; j += nr { // a narrow panel may end before the one in front of it
		n = max(n, j/nr*ldd+spans(pairs, min(nr, cols-j), nr))
	}
	if rows == 0 {
		n = 0
	}
	m := spans(rows, cols, lds)
	c.name = fmt.Sprintf("PackPairs of %dx%d into panels of %d", rows, cols, nr)
	compareRows(t, c, n, m, func(dst, src []uint32) {
		dispatchPackPairs(tier, dst, floatsOf(src), rows, cols, nr, ldd, lds)
	}, func(dst, src []uint32) { packPairsGeneric(dst, floatsOf(src), rows, cols, nr, ldd, lds) })
	c.name = fmt.Sprintf("PackPairsBF16 of %dx%d into panels of %d", rows, cols, nr)
	compareRows(t, c, n, m, func(dst []uint32, src []uint16) {
		dispatchPackPairsBF16(tier, dst, halvesOf(src), rows, cols, nr, ldd, lds)
	}, func(dst []uint32, src []uint16) {
		packPairsBF16Generic(dst, halvesOf(src), rows, cols, nr, ldd, lds)
	})
}
