package algo

import "github.com/ashlar-go/ashlar/tools/avo/isa"

// step is one vector of an update while it is being emitted: its weights, and the
// gradient with what scaling and decay make of it.
type step struct {
	*fn
	k    scalars
	p    []isa.Int
	at   int // its offset from the pointers
	w, d isa.Vec
}

// beginStep loads w and g at an offset and emits d = c0*g + c1*w.
func (f *fn) beginStep(k scalars, p []isa.Int, at int) *step {
	s := &step{fn: f, k: k, p: p, at: at, w: f.NewVec(), d: f.NewVec()}
	f.Load(isa.At(p[0], at), s.w, false)
	f.Load(isa.At(p[1], at), s.d, false)
	f.gradient(k, s.d, s.w)
	return s
}

// load returns the state in slice i.
func (s *step) load(i int) isa.Vec {
	r := s.NewVec()
	s.Load(isa.At(s.p[i], s.at), r, false)
	return r
}

func (s *step) store(r isa.Vec, i int) { s.Store(r, isa.At(s.p[i], s.at), false) }

// average: a = flush(keep*a + part*d), stored as state i and returned.
func (s *step) average(i, keep int, part, d isa.Vec) isa.Vec {
	a := s.load(i)
	s.Commentf("state %d: a = c%d*a + part*d", i-2, keep)
	s.Mul(s.k(keep), a, a)
	s.FMA(part, d, a)
	s.flush(s.k(tiny), a)
	s.store(a, i)
	return a
}

// first is average of d with c4 and c5.
func (s *step) first(i int) isa.Vec { return s.average(i, 4, s.k(5), s.d) }

// second is average of q^2 with c6 and c7.
func (s *step) second(i int, q isa.Vec) isa.Vec {
	t := s.NewVec()
	s.Mul(s.k(7), q, t)
	return s.average(i, 6, t, q)
}

// under: t = sqrt(v)*c8 + c9.
func (s *step) under(v isa.Vec) isa.Vec {
	t := s.NewVec()
	s.Sqrt(v, v)
	s.fma(v, s.k(8), s.k(9), t)
	return t
}

// descend: w = c2*w - c3*q, stored.
func (s *step) descend(q isa.Vec) {
	s.Comment("w = c2*w - c3*q")
	s.Mul(s.k(2), s.w, s.w)
	s.FNMA(s.k(3), q, s.w)
	s.store(s.w, 0)
}

// descendBy: w = c2*w - q, stored.
func (s *step) descendBy(q isa.Vec) {
	s.Comment("w = c2*w - q")
	s.Mul(s.k(2), s.w, s.w)
	s.Sub(s.w, q, s.w)
	s.store(s.w, 0)
}

// update emits an update over slices, all of which it changes but for the gradient g.
func (f *fn) update(slices []string, which []int, body func(s *step)) {
	c := f.constants(which...)
	var streams []stream
	for _, s := range slices {
		streams = append(streams, stream{name: s, read: true, written: s != "g"})
	}
	least := f.NewInt() // -1 becomes more than any length
	f.TruncInt(isa.At(f.Integer("c"), ahead*f.size), least)
	f.buffered(streams, f.aTurn(), &least, func(p []isa.Int, vectors int) {
		for v := range vectors {
			body(f.beginStep(c, p, v*f.bytes))
		}
	})
}

// updateOfSquares is update for a rule that takes squares of d, which it holds first.
func (f *fn) updateOfSquares(slices []string, which []int, body func(s *step)) {
	f.update(slices, append([]int{bound, low}, which...), func(s *step) {
		s.hold()
		body(s)
	})
}

// updateAdam: d = hold(c0*g + c1*w); m = flush(c4*m + c5*d); v = flush(c6*v + (c7*d)*d);
// w = c2*w - c3*m / (sqrt(v)*c8 + c9).
func updateAdam(f *fn) {
	f.updateOfSquares(names("w g m v"), []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, tiny}, func(s *step) {
		m, v := s.first(2), s.second(3, s.d)
		s.Mul(s.k(3), m, m)
		s.Div(m, s.under(v), m)
		s.descendBy(m)
	})
}

// updateAMSGrad: updateAdam with top = max(top, v) in the root.
func updateAMSGrad(f *fn) {
	f.updateOfSquares(names("w g m v top"), []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, tiny}, func(s *step) {
		m, v := s.first(2), s.second(3, s.d)
		old, top := s.load(4), s.NewVec()
		s.Comment("top = max(top, v), NaN of either kept")
		s.Max(old, v, top)
		s.Blend(s.Cmp(isa.Unordered, old, old), old, top, top)
		s.store(top, 4)
		s.Mul(s.k(3), m, m)
		s.Div(m, s.under(top), m)
		s.descendBy(m)
	})
}

// updateNAdam: m and v of updateAdam; w = c2*w - (c11*d + c3*m) / (sqrt(v)*c8 + c9).
func updateNAdam(f *fn) {
	f.updateOfSquares(names("w g m v"), []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, tiny, 11}, func(s *step) {
		m, v := s.first(2), s.second(3, s.d)
		s.Comment("q = c11*d + c3*m")
		s.Mul(s.k(11), s.d, s.d)
		s.FMA(s.k(3), m, s.d)
		s.Div(s.d, s.under(v), s.d)
		s.descendBy(s.d)
	})
}

// updateLion: q = sign(c4*m + c5*d); m = flush(c6*m + c7*d); w = c2*w - c3*q.
func updateLion(f *fn) {
	zero := f.NewVec()
	f.Zero(zero)
	f.update(names("w g m"), []int{0, 1, 2, 3, 4, 5, 6, 7, tiny}, func(s *step) {
		q := s.load(2)
		s.Comment("q = sign(c4*m + c5*d)")
		s.Mul(s.k(4), q, q)
		s.FMA(s.k(5), s.d, q)
		s.sign(q, zero)
		s.average(2, 6, s.k(7), s.d)
		s.descend(q)
	})
}

// updateAdagrad: s = flush(s + d*d); w = c2*w - c3*(d / (sqrt(s) + c9)).
func updateAdagrad(f *fn) {
	f.updateOfSquares(names("w g s"), []int{0, 1, 2, 3, 9, tiny}, func(s *step) {
		v := s.load(2)
		s.Comment("s = s + d*d")
		s.FMA(s.d, s.d, v)
		s.flush(s.k(tiny), v)
		s.store(v, 2)
		s.descend(s.overRoot(v))
	})
}

// overRoot: q = d / (sqrt(v) + c9).
func (s *step) overRoot(v isa.Vec) isa.Vec {
	s.Comment("q = d / (sqrt(v) + c9)")
	s.Sqrt(v, v)
	s.Add(s.k(9), v, v)
	s.Div(s.d, v, v)
	return v
}

// updateRMSProp: v = flush(c6*v + (c7*d)*d); w = c2*w - c3*(d / (sqrt(v) + c9)).
func updateRMSProp(f *fn) {
	f.updateOfSquares(names("w g v"), []int{0, 1, 2, 3, 6, 7, 9, tiny}, func(s *step) {
		s.descend(s.overRoot(s.second(2, s.d)))
	})
}

// updateRMSPropCentered: updateRMSProp with max(0, v - mean^2) in the root, where
// mean = flush(c6*mean + c7*d).
func updateRMSPropCentered(f *fn) {
	zero := f.NewVec()
	f.Zero(zero)
	f.updateOfSquares(names("w g v mean"), []int{0, 1, 2, 3, 6, 7, 9, tiny}, func(s *step) {
		s.descend(s.overRoot(s.centered(zero)))
	})
}

// centered: max(0, v - mean^2) of the new averages.
func (s *step) centered(zero isa.Vec) isa.Vec {
	v, mean := s.second(2, s.d), s.average(3, 6, s.k(7), s.d)
	s.Comment("v = max(0, v - mean*mean)")
	s.FNMA(mean, mean, v)
	s.Max(zero, v, v)
	return v
}

// updateRMSPropMomentum: updateRMSProp with velocity = flush(c4*velocity + q) for q.
func updateRMSPropMomentum(f *fn) {
	f.updateOfSquares(names("w g v velocity"), []int{0, 1, 2, 3, 4, 6, 7, 9, tiny}, func(s *step) {
		s.withVelocity(3, s.overRoot(s.second(2, s.d)))
	})
}

// updateRMSPropCenteredMomentum: both.
func updateRMSPropCenteredMomentum(f *fn) {
	zero := f.NewVec()
	f.Zero(zero)
	f.updateOfSquares(names("w g v mean velocity"), []int{0, 1, 2, 3, 4, 6, 7, 9, tiny}, func(s *step) {
		s.withVelocity(4, s.overRoot(s.centered(zero)))
	})
}

// withVelocity: q = flush(c4*velocity + q), stored as state i; w = c2*w - c3*q.
func (s *step) withVelocity(i int, q isa.Vec) {
	velocity := s.load(i)
	s.Comment("velocity = c4*velocity + q")
	s.FMA(s.k(4), velocity, q)
	s.flush(s.k(tiny), q)
	s.store(q, i)
	s.descend(q)
}

// updateAdadelta: v = flush(c6*v + (c7*d)*d); q = sqrt((u+c9)/(v+c9))*d;
// u = flush(c6*u + (c7*q)*q); w = c2*w - c3*q.
func updateAdadelta(f *fn) {
	f.updateOfSquares(names("w g v u"), []int{0, 1, 2, 3, 6, 7, 9, tiny}, func(s *step) {
		v, q := s.second(2, s.d), s.load(3)
		s.Comment("q = sqrt((u+c9)/(v+c9))*d")
		s.Add(s.k(9), q, q)
		s.Add(s.k(9), v, v)
		s.Div(q, v, q)
		s.Sqrt(q, q)
		s.Mul(s.d, q, q)
		s.second(3, q)
		s.descend(q)
	})
}
