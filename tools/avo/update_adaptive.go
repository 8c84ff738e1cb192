package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// step is one vector of an update while it is being emitted: its weights, and the
// gradient with what scaling and decay make of it.
type step struct {
	*fn
	k    scalars
	p    []reg.Register
	w, d reg.VecVirtual
}

// beginStep loads w and g and emits d = hold(c0*g + c1*w).
func (f *fn) beginStep(k scalars, p []reg.Register) *step {
	s := &step{fn: f, k: k, p: p, w: f.vec(), d: f.vec()}
	f.load(at(p[0], 0), s.w, false)
	f.load(at(p[1], 0), s.d, false)
	f.gradient(k, s.d, s.w)
	return s
}

// load returns the state in slice i.
func (s *step) load(i int) reg.VecVirtual {
	r := s.vec()
	s.fn.load(at(s.p[i], 0), r, false)
	return r
}

func (s *step) store(r reg.VecVirtual, i int) { s.fn.store(r, at(s.p[i], 0), false) }

// average: a = flush(keep*a + part*d), stored as state i and returned.
func (s *step) average(i, keep int, part, d reg.VecVirtual) reg.VecVirtual {
	a := s.load(i)
	s.c.Commentf("state %d: a = c%d*a + part*d", i-2, keep)
	s.mul(s.k(keep), a, a)
	s.fma(part, d, a)
	s.flush(s.k(tiny), a)
	s.store(a, i)
	return a
}

// first is average of d with c4 and c5.
func (s *step) first(i int) reg.VecVirtual { return s.average(i, 4, s.k(5), s.d) }

// second is average of q^2 with c6 and c7.
func (s *step) second(i int, q reg.VecVirtual) reg.VecVirtual {
	t := s.vec()
	s.mul(s.k(7), q, t)
	return s.average(i, 6, t, q)
}

// under: t = sqrt(v)*c8 + c9.
func (s *step) under(v reg.VecVirtual) reg.VecVirtual {
	t := s.vec()
	s.sqrt(v, v)
	s.mulAdd(v, s.k(8), s.k(9), t)
	return t
}

// descend: w = c2*w - c3*q, stored.
func (s *step) descend(q reg.VecVirtual) {
	s.c.Comment("w = c2*w - c3*q")
	s.mul(s.k(2), s.w, s.w)
	s.fnma(s.k(3), q, s.w)
	s.store(s.w, 0)
}

// descendBy: w = c2*w - q, stored.
func (s *step) descendBy(q reg.VecVirtual) {
	s.c.Comment("w = c2*w - q")
	s.mul(s.k(2), s.w, s.w)
	s.sub(s.w, q, s.w)
	s.store(s.w, 0)
}

// update emits an update over slices, all of which it changes but for the gradient g.
func (f *fn) update(slices []string, which []int, body func(s *step)) {
	if f.wide() || len(which) <= 6 {
		which = append(which, bound, low) // there are registers left for them
	}
	c := f.constants(which...)
	var streams []stream
	for _, s := range slices {
		streams = append(streams, stream{name: s, read: true, written: s != "g"})
	}
	left := f.c.GP32() // its upper half becomes 0, and -1 more than any length
	limit := Mem{Base: f.c.Load(f.c.Param("c"), f.c.GP64()), Disp: ahead * f.size}
	f.op(func(o ...Op) { f.c.CVTTSS2SL(o[0], o[1]) }, func(o ...Op) { f.c.CVTTSD2SL(o[0], o[1]) }, limit, left)
	f.buffered(streams, 1, left.As64(), func(p []reg.Register) { body(f.beginStep(c, p)) })
}

// updateAdam: d of updateSGD; m = flush(c4*m + c5*d); v = flush(c6*v + (c7*d)*d);
// w = c2*w - c3*m / (sqrt(v)*c8 + c9).
func updateAdam(f *fn) {
	f.update([]string{"w", "g", "m", "v"}, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, tiny}, func(s *step) {
		m, v := s.first(2), s.second(3, s.d)
		s.mul(s.k(3), m, m)
		s.div(m, s.under(v), m)
		s.descendBy(m)
	})
}

// updateAMSGrad: updateAdam with top = max(top, v) in the root.
func updateAMSGrad(f *fn) {
	f.update([]string{"w", "g", "m", "v", "top"}, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, tiny}, func(s *step) {
		m, v := s.first(2), s.second(3, s.d)
		old, top := s.load(4), s.vec()
		s.c.Comment("top = max(top, v), NaN of either kept")
		s.fn.max(old, v, top)
		s.blend(s.cmp(unordered, old, old), old, top, top)
		s.store(top, 4)
		s.mul(s.k(3), m, m)
		s.div(m, s.under(top), m)
		s.descendBy(m)
	})
}

// updateNAdam: m and v of updateAdam; w = c2*w - (c11*d + c3*m) / (sqrt(v)*c8 + c9).
func updateNAdam(f *fn) {
	f.update([]string{"w", "g", "m", "v"}, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, tiny, 11}, func(s *step) {
		m, v := s.first(2), s.second(3, s.d)
		s.c.Comment("q = c11*d + c3*m")
		s.mul(s.k(11), s.d, s.d)
		s.fma(s.k(3), m, s.d)
		s.div(s.d, s.under(v), s.d)
		s.descendBy(s.d)
	})
}

// updateLion: q = sign(c4*m + c5*d); m = flush(c6*m + c7*d); w = c2*w - c3*q.
func updateLion(f *fn) {
	zero := f.vec()
	f.zero(zero)
	f.update([]string{"w", "g", "m"}, []int{0, 1, 2, 3, 4, 5, 6, 7, tiny}, func(s *step) {
		q := s.load(2)
		s.c.Comment("q = sign(c4*m + c5*d)")
		s.mul(s.k(4), q, q)
		s.fma(s.k(5), s.d, q)
		s.sign(q, zero)
		s.average(2, 6, s.k(7), s.d)
		s.descend(q)
	})
}

// updateAdagrad: s = flush(s + d*d); w = c2*w - c3*(d / (sqrt(s) + c9)).
func updateAdagrad(f *fn) {
	f.update([]string{"w", "g", "s"}, []int{0, 1, 2, 3, 9, tiny}, func(s *step) {
		v := s.load(2)
		s.c.Comment("s = s + d*d")
		s.fma(s.d, s.d, v)
		s.flush(s.k(tiny), v)
		s.store(v, 2)
		s.descend(s.overRoot(v))
	})
}

// overRoot: q = d / (sqrt(v) + c9).
func (s *step) overRoot(v reg.VecVirtual) reg.VecVirtual {
	s.c.Comment("q = d / (sqrt(v) + c9)")
	s.sqrt(v, v)
	s.add(s.k(9), v, v)
	s.div(s.d, v, v)
	return v
}

// updateRMSProp: v = flush(c6*v + (c7*d)*d); w = c2*w - c3*(d / (sqrt(v) + c9)).
func updateRMSProp(f *fn) {
	f.update([]string{"w", "g", "v"}, []int{0, 1, 2, 3, 6, 7, 9, tiny}, func(s *step) {
		s.descend(s.overRoot(s.second(2, s.d)))
	})
}

// updateRMSPropCentered: updateRMSProp with max(0, v - mean^2) in the root, where
// mean = flush(c6*mean + c7*d).
func updateRMSPropCentered(f *fn) {
	zero := f.vec()
	f.zero(zero)
	f.update([]string{"w", "g", "v", "mean"}, []int{0, 1, 2, 3, 6, 7, 9, tiny}, func(s *step) {
		s.descend(s.overRoot(s.centered(zero)))
	})
}

// centered: max(0, v - mean^2) of the new averages.
func (s *step) centered(zero reg.VecVirtual) reg.VecVirtual {
	v, mean := s.second(2, s.d), s.average(3, 6, s.k(7), s.d)
	s.c.Comment("v = max(0, v - mean*mean)")
	s.fnma(mean, mean, v)
	s.fn.max(zero, v, v)
	return v
}

// updateRMSPropMomentum: updateRMSProp with velocity = flush(c4*velocity + q) for q.
func updateRMSPropMomentum(f *fn) {
	f.update([]string{"w", "g", "v", "velocity"}, []int{0, 1, 2, 3, 4, 6, 7, 9, tiny}, func(s *step) {
		s.withVelocity(3, s.overRoot(s.second(2, s.d)))
	})
}

// updateRMSPropCenteredMomentum: both.
func updateRMSPropCenteredMomentum(f *fn) {
	zero := f.vec()
	f.zero(zero)
	f.update([]string{"w", "g", "v", "mean", "velocity"}, []int{0, 1, 2, 3, 4, 6, 7, 9, tiny}, func(s *step) {
		s.withVelocity(4, s.overRoot(s.centered(zero)))
	})
}

// withVelocity: q = flush(c4*velocity + q), stored as state i; w = c2*w - c3*q.
func (s *step) withVelocity(i int, q reg.VecVirtual) {
	velocity := s.load(i)
	s.c.Comment("velocity = c4*velocity + q")
	s.fma(s.k(4), velocity, q)
	s.flush(s.k(tiny), q)
	s.store(q, i)
	s.descend(q)
}

// updateAdadelta: v = flush(c6*v + (c7*d)*d); q = sqrt((u+c9)/(v+c9))*d;
// u = flush(c6*u + (c7*q)*q); w = c2*w - c3*q.
func updateAdadelta(f *fn) {
	f.update([]string{"w", "g", "v", "u"}, []int{0, 1, 2, 3, 6, 7, 9, tiny}, func(s *step) {
		v, q := s.second(2, s.d), s.load(3)
		s.c.Comment("q = sqrt((u+c9)/(v+c9))*d")
		s.add(s.k(9), q, q)
		s.add(s.k(9), v, v)
		s.div(q, v, q)
		s.sqrt(q, q)
		s.mul(s.d, q, q)
		s.second(3, q)
		s.descend(q)
	})
}
