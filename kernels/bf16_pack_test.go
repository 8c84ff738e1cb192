package kernels

import "testing"

// TestRoundLow: the low part of a number is what its rounding to bfloat16 leaves, rounded, also where a row
// is cut into several pieces.
func TestRoundLow(t *testing.T) {
	for _, tier := range Tiers() {
		g := &bf16Job{}
		g.tier = tier
		for _, cols := range []int{1, 1023, 1024, 1025, 2600} {
			const rows = 2
			ld, ldd := cols+3, cols+1
			src := mixed{f: uniforms[float32](rows*ld, 5), ld: ld}
			dst := make([]BFloat16, rows*ldd)
			g.roundLow(new(bf16Tile), dst, ldd, &src, rows, cols)
			for i, got := range dst {
				row, col := i/ldd, i%ldd
				want := BFloat16(0)
				if col < cols {
					x := src.f[row*ld+col]
					want = NewBFloat16(x - NewBFloat16(x).Float32())
				}
				if got != want {
					t.Fatalf("%v: row %d, column %d of %d: %v, want %v", tier, row, col, cols, got, want)
				}
			}
		}
	}
}
