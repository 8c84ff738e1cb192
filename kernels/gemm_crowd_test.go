package kernels

import (
	"slices"
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels/asm"
)

// TestCrowdedRows holds products whose rows of A crowd L1 to the bits of those whose rows do not.
func TestCrowdedRows(t *testing.T) {
	for _, tier := range Tiers() {
		t.Run(tier.String(), func(t *testing.T) {
			testCrowdedRows[float32](t, tier)
			testCrowdedRows[float64](t, tier)
		})
	}
}

func testCrowdedRows[T Float](t *testing.T, tier Tier) {
	size, split := int(unsafe.Sizeof(T(0))), 0
	for _, s := range []struct{ m, n, k int }{{1, 10, 40}, {6, 10, 40}, {7, 5, 33}, {13, 10, 300}, {24, 17, 70},
		{121, 3, 65}, {130, 10, 260}, {61, 65, 64}, {9, 200, 300}, {300, 300, 40}} {
		for _, half := range []int{pageSize, pageSize / 2} {
			for _, more := range []int{-1, 0, 2} {
				want := crowdedProduct[T](tier, s.m, s.n, s.k, s.k+17)
				ld := roundUp(s.k+8, half/size) + more*4/size
				if strip := (&asm.GemmStrip[T]{N: min(s.n, tileOf[T](tier).NR), RsA: ld}); s.m > crowdRows && crowds(tier, strip) {
					split++
				}
				if got := crowdedProduct[T](tier, s.m, s.n, s.k, ld); !slices.Equal(got, want) {
					t.Errorf("%T %d x %d x %d: lda = %d gives other bits than lda = %d", T(0), s.m, s.n, s.k, ld, s.k+17)
				}
			}
		}
	}
	if split == 0 && tier != Generic {
		t.Errorf("%T: no product was split", T(0))
	}
}

// crowdedProduct is a product with all of an epilogue and then one without, of equal numbers for every lda.
func crowdedProduct[T Float](tier Tier, m, n, k, lda int) []T {
	number := func(i int) T { return T(i*i%83)/64 - 0.5 }
	a, b := make([]T, m*lda), make([]T, k*n)
	for i := range m {
		for j := range k {
			a[i*lda+j] = number(i*k + j)
		}
	}
	for i := range b {
		b[i] = number(i + 7)
	}
	c, bias, deriv := make([]T, 2*m*n), make([]T, n), make([]T, m*n)
	for i := range c {
		c[i] = number(i + 3)
	}
	for i := range deriv {
		deriv[i], bias[i%n] = number(i+5), number(i%n+11)
	}
	var p product[T]
	p.set(false, false, m, n, k, 0.75, a, lda, b, n, -0.5, c[:m*n], n)
	p.Epilogue, p.activator = Epilogue[T]{Bias: bias, Act: ActReLU, Deriv: deriv, LdDeriv: n}, anyActivation[T]{}
	gemm(tier, "test", &p)
	q := prepare(tier, "test", &product[T]{m: m, n: n, k: k, alpha: 1, lda: lda, ldb: n, ldc: n})
	q.Do(a, b, c[m*n:])
	return c
}

// TestCrowded pins down which distances crowd.
func TestCrowded(t *testing.T) {
	for ld, want := range map[int]bool{0: false, 1: false, 2: false, 3: false, 510: true, 509: false, 512: true, 514: true,
		515: false, 1022: true, 1024: true, 1536: true, 768: false} {
		if got := crowded[float32](ld, pageSize/2); got != want {
			t.Errorf("crowded[float32](%d, half a page) = %v, want %v", ld, got, want)
		}
	}
	for ld, want := range map[int]bool{256: false, 511: true, 512: true, 513: true, 514: false, 1024: true, -512: false} {
		if got := crowded[float64](ld, pageSize); got != want {
			t.Errorf("crowded[float64](%d, a page) = %v, want %v", ld, got, want)
		}
	}
}
