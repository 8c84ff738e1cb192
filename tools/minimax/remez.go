package main

import (
	"errors"
	"fmt"
	"slices"
)

// A spec describes one polynomial: the p of a given form which minimises the
// largest |p(x) - f(x)| * weight(x) over [lo, hi].
type spec struct {
	name   string                    // the Go variable
	fn     string                    // f in words
	f      func(*bigFloat) *bigFloat // the function
	weight func(*bigFloat) *bigFloat // positive; 1/|f| for the relative error
	unit   string                    // the weight in words, "" for the relative error
	lo, hi *bigFloat
	fixed  []float64 // the coefficients from degree 0 up that are given
	degree int       // 0: the least degree which reaches target
	target float64   // bound of the error before the coefficients are rounded
	format format    // of the coefficients
}

// A result is a polynomial with its largest error, while the coefficients had
// the working precision and after they were rounded to the format.
type result struct {
	coef             []float64
	unrounded, final float64
}

// maxDegree ends the search for the least degree.
const maxDegree = 40

// run derives the polynomial of s.
func (s *spec) run() (result, error) {
	g := newGrid(s)
	var fixed []*bigFloat
	for _, v := range s.fixed {
		fixed = append(fixed, fromFloat(v))
	}
	degree, unrounded, err := s.chooseDegree(g, fixed)
	if err != nil {
		return result{}, fmt.Errorf("%s: %w", s.name, err)
	}
	coef, err := s.roundProgressively(g, fixed, degree)
	if err != nil {
		return result{}, fmt.Errorf("%s: %w", s.name, err)
	}
	_, final := g.largest(coef)
	r := result{unrounded: unrounded, final: toFloat(final)}
	for _, c := range coef {
		r.coef = append(r.coef, toFloat(c))
	}
	return r, nil
}

// chooseDegree returns the degree of s, or the least which reaches the target,
// and the minimax error.
func (s *spec) chooseDegree(g *grid, fixed []*bigFloat) (int, float64, error) {
	first, last := s.degree, s.degree
	if s.degree == 0 {
		first, last = len(fixed), maxDegree
	}
	for d := first; d <= last; d++ {
		_, e, err := g.exchange(fixed, d)
		if err != nil {
			return 0, 0, err
		}
		if v := toFloat(e); v <= s.target || s.degree != 0 {
			return d, v, nil
		}
	}
	return 0, 0, fmt.Errorf("no degree up to %d reaches %g", maxDegree, s.target)
}

// roundProgressively returns all coefficients in the format of s. It rounds
// the lowest free one, fixes it, and lets the exchange adapt the rest to it;
// rounding all at once would be several times worse.
func (s *spec) roundProgressively(g *grid, fixed []*bigFloat, degree int) ([]*bigFloat, error) {
	coef := append([]*bigFloat(nil), fixed...)
	for len(coef) <= degree {
		p, _, err := g.exchange(coef, degree)
		if err != nil {
			return nil, err
		}
		coef = append(coef, s.format.round(p[len(coef)]))
	}
	return coef, nil
}

// A grid is where the exchange looks for the extrema of the error: points
// which are denser near the ends, as the extrema are, and never 0, where the
// free powers of x vanish. f and weight are evaluated there once.
type grid struct {
	spec    *spec
	x, f, w []*bigFloat
}

// gridSize is odd, which keeps the middle of a symmetric interval out.
const gridSize = 1001

func newGrid(s *spec) *grid {
	g := &grid{spec: s}
	for i := range gridSize + 1 {
		x := s.place(2*i-gridSize, gridSize)
		g.x = append(g.x, x)
		g.f = append(g.f, s.f(x))
		g.w = append(g.w, s.weight(x))
	}
	return g
}

// place maps u = num/den in [-1, 1] to the interval by (3u - u³)/2, a rational
// likeness of the sine that spaces the extrema of Chebyshev polynomials.
func (s *spec) place(num, den int) *bigFloat {
	u := quo(fromInt(num), fromInt(den))
	t := scale(sub(mul(fromInt(3), u), power(u, 3)), -1)
	mid, radius := scale(add(s.lo, s.hi), -1), scale(sub(s.hi, s.lo), -1)
	return add(mid, mul(radius, t))
}

// A point is a place of the interval with the signed error there.
type point struct{ x, err *bigFloat }

// errAt returns the weighted error of p at x, given f(x) and the weight there.
func errAt(p []*bigFloat, x, f, w *bigFloat) *bigFloat {
	return mul(sub(horner(p, x), f), w)
}

func (s *spec) pointAt(p []*bigFloat, x *bigFloat) point {
	return point{x, errAt(p, x, s.f(x), s.weight(x))}
}

// exchange returns the best polynomial of the given degree whose low
// coefficients are fixed, and its largest error (Remez, 1934).
//
// With k fixed coefficients the free powers are x^k q(x). The best error takes
// its extreme value at one point more than there are free coefficients, with
// signs that alternate; an odd k turns them round where x changes its sign.
func (g *grid) exchange(fixed []*bigFloat, degree int) ([]*bigFloat, *bigFloat, error) {
	free := degree + 1 - len(fixed)
	ref := g.spec.firstReference(free + 1)
	const iterations = 60
	for range iterations {
		p, level := g.spec.interpolate(fixed, ref)
		extrema, largest := g.largest(p)
		// Done when the largest error exceeds the level by less than 2^-20 of it.
		if excess := sub(largest, level); absLess(excess, scale(level, -20)) {
			return p, largest, nil
		}
		for _, r := range ref { // the old points keep the number of points at the level from falling
			extrema = append(extrema, g.spec.pointAt(p, r.x))
		}
		slices.SortFunc(extrema, func(a, b point) int { return a.x.Cmp(b.x) })
		ref = alternate(extrema, level, len(fixed), free+1)
		if len(ref) <= free {
			return nil, nil, errors.New("the error does not alternate often enough")
		}
	}
	return nil, nil, fmt.Errorf("degree %d: no convergence after %d exchanges", degree, iterations)
}

// firstReference returns n points spread like Chebyshev's, none of them in the
// middle.
func (s *spec) firstReference(n int) []point {
	ref := make([]point, n)
	for i := range ref {
		ref[i].x = s.place(10*i+4-5*n, 5*n)
	}
	return ref
}

// interpolate returns the polynomial whose weighted errors at the reference
// have one magnitude and alternate, and that magnitude.
func (s *spec) interpolate(fixed []*bigFloat, ref []point) ([]*bigFloat, *bigFloat) {
	n, k := len(ref), len(fixed)
	a, b := make([][]*bigFloat, n), make([]*bigFloat, n)
	for i, r := range ref {
		for j := range n - 1 {
			a[i] = append(a[i], power(r.x, k+j))
		}
		level := quo(fromInt(1), s.weight(r.x))
		if (i%2 != 0) != turned(r.x, k) {
			level = neg(level)
		}
		a[i] = append(a[i], level)
		b[i] = sub(s.f(r.x), horner(fixed, r.x))
	}
	c := solve(a, b)
	p := append(append([]*bigFloat(nil), fixed...), c[:n-1]...)
	return p, newFloat().Abs(c[n-1])
}

// turned reports whether x^k is negative.
func turned(x *bigFloat, k int) bool { return k%2 != 0 && x.Sign() < 0 }

// largest returns the local extrema of the error of p in order of x, and the
// largest magnitude.
func (g *grid) largest(p []*bigFloat) ([]point, *bigFloat) {
	e := make([]*bigFloat, len(g.x))
	for i, x := range g.x {
		e[i] = errAt(p, x, g.f[i], g.w[i])
	}
	var extrema []point
	largest := newFloat()
	for i := range e {
		inner := i > 0 && i < len(e)-1
		if i > 0 && absLess(e[i], e[i-1]) || i < len(e)-1 && absLess(e[i], e[i+1]) {
			continue
		}
		best := point{g.x[i], e[i]}
		if inner {
			best = g.refine(p, e, i)
		}
		extrema = append(extrema, best)
		if absLess(largest, best.err) {
			largest.Abs(best.err)
		}
	}
	return extrema, largest
}

// refine returns the extremum near grid point i: the apex of the parabola
// through it and its neighbours, if the error is larger there.
func (g *grid) refine(p, e []*bigFloat, i int) point {
	at := point{g.x[i], e[i]}
	hl, hr := sub(g.x[i], g.x[i-1]), sub(g.x[i+1], g.x[i])
	dl, dr := quo(sub(e[i], e[i-1]), hl), quo(sub(e[i+1], e[i]), hr)
	curve := sub(dr, dl)
	if curve.Sign() == 0 {
		return at
	}
	slope := quo(add(mul(dl, hr), mul(dr, hl)), add(hl, hr))
	step := quo(mul(slope, add(hl, hr)), scale(curve, 1))
	x := sub(g.x[i], step)
	if x.Cmp(g.x[i-1]) <= 0 || x.Cmp(g.x[i+1]) >= 0 {
		return at
	}
	if apex := g.spec.pointAt(p, x); absLess(at.err, apex.err) {
		return apex
	}
	return at
}

// alternate returns n extrema with alternating signs, in order of x, among
// them the largest error. It takes the extrema that reach the level, keeps the
// largest of each run of one sign, and drops the smaller ones at the ends.
// Since all errors are at or above the old level, the new level is above it,
// and the exchange cannot cycle.
func alternate(extrema []point, level *bigFloat, k, n int) []point {
	var runs []point
	sign := 0
	reach := sub(level, scale(level, -64)) // the rounding of the reference errors
	for _, e := range extrema {
		s := e.err.Sign()
		if turned(e.x, k) {
			s = -s
		}
		switch {
		case absLess(e.err, reach):
		case s != sign:
			runs, sign = append(runs, e), s
		case absLess(runs[len(runs)-1].err, e.err):
			runs[len(runs)-1] = e
		}
	}
	for len(runs) > n {
		if absLess(runs[0].err, runs[len(runs)-1].err) {
			runs = runs[1:]
		} else {
			runs = runs[:len(runs)-1]
		}
	}
	return runs
}

func toFloat(x *bigFloat) float64 {
	v, _ := x.Float64()
	return v
}
