package kernels

import "testing"

// TestGemmSmallIntegers: products of small integers are exact, so every shape,
// transpose and thread count must give the naive product to the last bit.
func TestGemmSmallIntegers(t *testing.T) {
	for _, tier := range Tiers() {
		testGemmIntegers[float32](t, tier)
		testGemmIntegers[float64](t, tier)
	}
}

func testGemmIntegers[T Float](t *testing.T, tier Tier) {
	for _, s := range [][3]int{{1, 1, 1}, {3, 5, 7}, {13, 33, 17}, {12, 32, 256}, {65, 63, 257},
		{128, 10, 70}, {130, 200, 520}} {
		m, n, k := s[0], s[1], s[2]
		for flags := range 4 {
			transA, transB := flags&1 != 0, flags&2 != 0
			ra, ca := stored(transA, m, k)
			rb, cb := stored(transB, k, n)
			a, b, c := ints[T](ra*(ca+3), 1), ints[T](rb*(cb+1), 2), ints[T](m*(n+2), 3)
			want := make([]T, len(c))
			copy(want, c)
			for i := range m {
				for j := range n {
					var sum T
					for p := range k {
						av, bv := a[at(transA, i, p, ca+3)], b[at(transB, p, j, cb+1)]
						sum += av * bv
					}
					want[i*(n+2)+j] = 2*sum - 3*c[i*(n+2)+j]
				}
			}
			p := product[T]{transA: transA, transB: transB, m: m, n: n, k: k, alpha: 2, a: a, lda: ca + 3,
				b: b, ldb: cb + 1, beta: -3, c: c, ldc: n + 2}
			gemm(tier, "Gemm", &p)
			for i := range c {
				if !(c[i] == want[i]) {
					t.Fatalf("%v m,n,k=%v transA=%v transB=%v: c[%d] = %v, want %v", tier, s, transA,
						transB, i, c[i], want[i])
				}
			}
		}
	}
}

// at is the place of element i, j of op(X) in memory.
func at(trans bool, i, j, ld int) int {
	if trans {
		return j*ld + i
	}
	return i*ld + j
}

func ints[T Float](n int, seed uint64) []T {
	s := make([]T, n)
	for i := range s {
		x, _, _, _ := philox(uint64(i), 0, seed)
		s[i] = T(int(x%9) - 4)
	}
	return s
}
