package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// TestGenerated demands that the first committed file is what the program prints. The others take
// a minute; make check-generate compares them.
func TestGenerated(t *testing.T) {
	for _, f := range files[:1] {
		name := filepath.Join("../../internal/minimax", f.name)
		want, err := f.generate()
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is stale: run go generate ./internal/minimax", name)
		}
	}
}

// TestExchange checks the exchange on problems whose solution is known.
func TestExchange(t *testing.T) {
	one := func(*bigFloat) *bigFloat { return fromInt(1) }
	cube := func(x *bigFloat) *bigFloat { return power(x, 3) }
	quartic := func(x *bigFloat) *bigFloat { return power(x, 4) }
	for _, c := range []struct {
		name string
		spec spec
		coef []float64
		err  float64
	}{
		// The error is a Chebyshev polynomial over its leading coefficient.
		{"x³ by degree 2", spec{f: cube, degree: 2}, []float64{0, 0.75, 0}, 0.25},
		{"x⁴ by degree 3", spec{f: quartic, degree: 3}, []float64{-0.125, 0, 1, 0}, 0.125},
		// One fixed coefficient, an odd first power: T3/4 again.
		{"x³ by x and x²", spec{f: cube, degree: 2, fixed: []float64{0}}, []float64{0, 0.75, 0}, 0.25},
		// x² c against x⁴: 1-c = c²/4.
		{"x⁴ by x²", spec{f: quartic, degree: 2, fixed: []float64{0, 0}},
			[]float64{0, 0, 2*math.Sqrt2 - 2}, 3 - 2*math.Sqrt2},
	} {
		c.spec.weight, c.spec.lo, c.spec.hi = one, fromInt(-1), fromInt(1)
		var fixed []*bigFloat
		for _, v := range c.spec.fixed {
			fixed = append(fixed, fromFloat(v))
		}
		p, e, err := newGrid(&c.spec).exchange(fixed, c.spec.degree)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if d := math.Abs(toFloat(e) - c.err); !(d < 1e-6) {
			t.Errorf("%s: error %v, want %v", c.name, toFloat(e), c.err)
		}
		for i, want := range c.coef {
			if d := math.Abs(toFloat(p[i]) - want); !(d < 1e-5) {
				t.Errorf("%s: coefficient %d is %v, want %v", c.name, i, toFloat(p[i]), want)
			}
		}
	}
}

// TestLeastDegree demands that one degree less would miss the target.
func TestLeastDegree(t *testing.T) {
	for _, s := range expSpecs() {
		r, err := s.run()
		if err != nil {
			t.Fatal(err)
		}
		if !(r.unrounded <= s.target && r.final <= s.target) {
			t.Errorf("%s: errors %g and %g miss %g", s.name, r.unrounded, r.final, s.target)
		}
		s.degree = len(r.coef) - 2
		if less, err := s.run(); err != nil || less.unrounded <= s.target {
			t.Errorf("%s: degree %d would do (%v)", s.name, s.degree, err)
		}
	}
}
