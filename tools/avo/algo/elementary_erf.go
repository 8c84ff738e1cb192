package algo

import (
	"github.com/ashlar-go/ashlar/internal/minimax"
	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// erf: x + x P(x^2) near 0, 1 - e^-Q(|x|) from minimax.ErfSplit on.
func erf(m *formula, x group) group {
	a := m.absOf(x)
	m.Comment("near = a + a*P(a*a)")
	near := m.fma(m.poly(m.times(a, a), m.series(minimax.Erf32[:], minimax.Erf64[:])), a, a)
	m.Comment("far = 1 - e^-q = (1 - T) + T*w, q = Q(a), w = 1 - e^-r")
	b := m.atMost(m.k(m.byType(4, 6)), a)
	q := m.poly(b, m.series(minimax.ErfTail32[:], minimax.ErfTail64[:]))
	t, k, _, r := m.expReduce(q, -1)
	w := m.expm1Poly(r, -1)
	T := m.power2(t, k, 0)
	far := m.fma(T, w, m.minus(m.k(1), T))
	return m.orSign(m.pick(m.where(isa.Less, a, m.k(minimax.ErfSplit)), near, far), x)
}
