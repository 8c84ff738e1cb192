package kernels

import "testing"

// TestTransposeStreamed: what goes past the caches, with borders that do not, is the
// transpose, and nothing is written beside it.
func TestTransposeStreamed(t *testing.T) {
	for _, tier := range Tiers() {
		testTransposeStreamed[float32](t, tier)
		testTransposeStreamed[float64](t, tier)
	}
}

func testTransposeStreamed[T Float](t *testing.T, tier Tier) {
	const lds, ldd = 203, 192
	src, dst := uniforms[T](lds*lds, 1), grow[T](nil, ldd*lds)
	for _, s := range [][2]int{{1, 1}, {64, 64}, {63, 200}, {190, 65}, {128, 128}, {191, 203}, {40, 33}} {
		rows, cols := s[0], s[1]
		for i := range dst {
			dst[i] = -2
		}
		p := transposeJob[T]{tier: tier, rows: rows, cols: cols, dst: dst, ldd: ldd, src: src, lds: lds}
		p.partStreamed(0, rows, 0, cols)
		for k, v := range dst {
			want, i, j := T(-2), k%ldd, k/ldd
			if i < rows && j < cols {
				want = src[i*lds+j]
			}
			if v != want {
				t.Fatalf("%v, %T, %d x %d: [%d,%d] = %v, want %v", tier, v, rows, cols, j, i, v, want)
			}
		}
	}
}

// TestTransposeLarge: a result that outgrows L2, with rows that share few sets of a cache.
func TestTransposeLarge(t *testing.T) {
	const ldd = 1 << 12
	cols := 2*caches().l2/(4*ldd) + 3
	rows := ldd - 5
	src, dst := uniforms[float32](rows*cols, 1), grow[float32](nil, cols*ldd)
	for _, tier := range Tiers() {
		clear(dst)
		transpose(tier, rows, cols, dst, ldd, src, cols)
		for i := range rows {
			for j := range cols {
				if dst[j*ldd+i] != src[i*cols+j] {
					t.Fatalf("%v: [%d,%d] = %v, want %v", tier, j, i, dst[j*ldd+i], src[i*cols+j])
				}
			}
		}
	}
}
