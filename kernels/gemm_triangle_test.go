package kernels

import "testing"

// TestGemmTriangle: what is computed of C has the bits of Gemm on every path and any number
// of threads, and the rest is left alone.
func TestGemmTriangle(t *testing.T) {
	defer SetThreads(0)
	for _, tier := range checkedTiers() {
		testGemmTriangle[float32](t, tier)
		testGemmTriangle[float64](t, tier)
	}
}

func testGemmTriangle[T Float](t *testing.T, tier Tier) {
	for _, s := range [][3]int{{5, 5, 9}, {64, 64, 64}, {100, 100, 300}, {150, 60, 40}, {60, 150, 40},
		{260, 260, 70}, {540, 540, 20}} {
		m, n, k := s[0], s[1], s[2]
		for flags := range 16 {
			p := product[T]{transA: flags&1 != 0, transB: flags&2 != 0, m: m, n: n, k: k, alpha: 0.75,
				beta:     T(flags / 8),
				triangle: lowerC + triangle(flags/4%2)}
			_, p.lda = stored(p.transA, m, k)
			_, p.ldb = stored(p.transB, k, n)
			p.ldc = n + 3
			p.a, p.b = uniforms[T](m*k, 1), uniforms[T](k*n, 2)
			before := uniforms[T](m*p.ldc, 3)
			want := p
			want.triangle, want.c = wholeC, append([]T(nil), before...)
			gemm(tier, "Gemm", &want)
			for _, threads := range threadCounts() {
				p.c = append([]T(nil), before...)
				SetThreads(threads)
				gemm(tier, "GemmTriangle", &p)
				for i, got := range p.c {
					first, end := p.columns(i / p.ldc)
					w := before[i]
					if j := i % p.ldc; first <= j && j < end {
						w = want.c[i]
					}
					if got != w {
						t.Fatalf("%v m,n,k=%v flags=%b, %d threads: element %d, %d is %v, want %v", tier, s,
							flags, threads, i/p.ldc, i%p.ldc, got, w)
					}
				}
			}
		}
	}
}

// TestGemmTriangleBeside: an operand may lie in the triangle that is not written, and not
// in the other one.
func TestGemmTriangleBeside(t *testing.T) {
	const long, short, ld = 9, 3, 12
	other := uniforms[float64](long*short, 2)
	for _, c := range []struct {
		upper   bool
		at      int // the row or column of C where the operand begins
		refused bool
	}{{false, 3, false}, {false, 6, false}, {false, 2, true}, {true, 3, false}, {true, 6, false},
		{true, 2, true}} {
		x := uniforms[float64](long*ld, 1)
		func() {
			defer func() {
				if e := recover(); (e != nil) != c.refused {
					t.Errorf("upper=%v, operand at %d: %v", c.upper, c.at, e)
				}
			}()
			if c.upper { // B under the triangle, in the columns of C
				GemmTriangle(true, false, false, long, short, short, 1, other, short, x[c.at*ld:], ld, 1, x,
					ld)
			} else { // A beside it
				GemmTriangle(false, false, false, short, long, short, 1, x[c.at:], ld, other, long, 1, x, ld)
			}
		}()
	}
}

// TestGemmOfNothing: a C without elements shares none with what lies round its place.
func TestGemmOfNothing(t *testing.T) {
	x := uniforms[float64](9, 1)
	Gemm(false, false, 0, 2, 2, 1, x[:0], 2, x, 3, 0, x[4:], 3)
	Gemm(false, false, 2, 0, 2, 1, x, 3, x[:0], 2, 0, x[4:], 3)
}
