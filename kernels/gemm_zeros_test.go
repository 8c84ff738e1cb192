package kernels

import (
	"math"
	"testing"
)

// TestGemmZeros: on every path and any number of threads a zero has the sign that the
// formula gives it, step by step in the order in which the doc of [Epilogue] has them.
func TestGemmZeros(t *testing.T) {
	defer SetThreads(0)
	for _, tier := range checkedTiers() {
		testGemmZeros[float32](t, tier)
		testGemmZeros[float64](t, tier)
	}
}

func testGemmZeros[T Float](t *testing.T, tier Tier) {
	for _, s := range [][3]int{{3, 5, 2}, {410, 2, 2}, {16, 130, 70}, {130, 16, 70}, {1, 40, 100},
		{40, 1, 100}, {60, 70, 300}, {7, 9, 0}} {
		m, n, k := s[0], s[1], s[2]
		bias, deriv := signedZeros[T](n, 4), signedZeros[T](m*(n+1), 5)
		for i, e := range []Epilogue[T]{{}, {Bias: bias}, {Deriv: deriv, LdDeriv: n + 1},
			{Bias: bias, Act: ActReLU, Deriv: deriv, LdDeriv: n + 1},
			{Act: ActLeakyReLU(0.25), Deriv: deriv, LdDeriv: n + 1}} {
			for flags := range 16 {
				p := product[T]{transA: flags&1 != 0, transB: flags&2 != 0, m: m, n: n, k: k,
					Epilogue: e, activator: anyActivation[T]{},
					alpha: []T{1, -2, 0, -1}[(flags/4+i)%4], beta: []T{0, -1, 1, 2}[flags/4]}
				_, p.lda = stored(p.transA, m, k)
				_, p.ldb = stored(p.transB, k, n)
				p.lda, p.ldb, p.ldc = max(1, p.lda), max(1, p.ldb), n+3
				p.a, p.b, p.c = signedZeros[T](m*k, 1), signedZeros[T](k*n, 2), signedZeros[T](m*p.ldc, 3)
				want := append([]T(nil), p.c...)
				for i := range m {
					for j := range n {
						want[i*p.ldc+j] = p.element(i, j)
					}
				}
				for _, threads := range threadCounts() {
					got := p
					got.c = append([]T(nil), p.c...)
					SetThreads(threads)
					gemm(tier, "GemmFused", &got)
					expectBits(t, tier, &p, "GemmFused", got.c, want)
				}
				if !p.dots() {
					var packed PackedB[T]
					packed.pack(tier, "PackB", p.transB, k, n, termsPerPass(m, n, k), p.b, p.ldb)
					got := append([]T(nil), p.c...)
					GemmPacked(p.transA, m, p.alpha, p.a, p.lda, &packed, p.beta, got, p.ldc, e)
					expectBits(t, tier, &p, "GemmPacked", got, want)
				}
			}
		}
	}
}

func expectBits[T Float](t *testing.T, tier Tier, p *product[T], name string, got, want []T) {
	t.Helper()
	for i := range want {
		if math.Float64bits(float64(got[i])) != math.Float64bits(float64(want[i])) {
			t.Fatalf("%v %s %T %dx%dx%d transA=%v transB=%v alpha=%v beta=%v bias=%v %v deriv=%v: "+
				"element %d,%d is %v, want %v", tier, name, got[i], p.m, p.n, p.k,
				p.transA, p.transB, p.alpha, p.beta, p.Bias != nil, p.Act, p.Deriv != nil,
				i/p.ldc, i%p.ldc, got[i], want[i])
		}
	}
}

// element is the definition, on numbers so small that nothing is rounded.
func (p *product[T]) element(i, j int) T {
	z, step := T(0), p.k
	if p.beta != 0 {
		z = p.beta * p.c[i*p.ldc+j]
	}
	if !p.dots() && p.k > 0 {
		step = termsPerPass(p.m, p.n, p.k)
	}
	for from := 0; from < p.k && p.alpha != 0; from += step {
		sum := T(0)
		for q := from; q < min(from+step, p.k); q++ {
			sum += p.a[at(p.transA, i, q, p.lda)] * p.b[at(p.transB, q, j, p.ldb)]
		}
		if from == 0 && p.beta == 0 {
			z = p.alpha * sum
		} else {
			z += p.alpha * sum
		}
	}
	if p.Bias != nil {
		z += p.Bias[j]
	}
	switch p.Act {
	case ActReLU:
		if z < 0 {
			z = 0
		}
	case ActLeakyReLU(0.25):
		if z < 0 {
			z *= 0.25
		}
	}
	if p.Deriv != nil {
		z *= p.Deriv[i*p.LdDeriv+j]
	}
	return z
}

// signedZeros returns zeros of both signs with a few other numbers among them.
func signedZeros[T Float](n int, seed uint64) []T {
	s := make([]T, n)
	for i := range s {
		x, _, _, _ := philox(uint64(i), 0, seed)
		s[i] = []T{0, T(math.Copysign(0, -1)), 0, T(math.Copysign(0, -1)), 0, 1, -1, 0}[x%8]
	}
	return s
}
