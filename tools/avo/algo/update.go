package algo

import "github.com/ashlar-go/ashlar/tools/avo/isa"

// tiny is the place of the smallest magnitude of state that is kept.
const tiny = 10

// ahead is the place of the number of elements that must be left for operands to be fetched
// ahead, as a float; -1 for not at all.
const ahead = 12

// The places of the largest magnitude of a gradient whose square is taken, and of minus that.
const bound, low = 13, 14

// scalars gives the scalars of an update by their place in the array, broadcast.
type scalars func(i int) isa.Vec

// keptOfMany is how many scalars of an update stay in registers where not all of them do.
const keptOfMany = 9

// constants keeps the given scalars in registers, or the first ones where there are more than
// the set has room for beside the vectors of a step. It broadcasts the others at each use.
func (f *fn) constants(which ...int) scalars {
	p := f.Integer("c")
	get := func(i int) isa.Vec {
		r := f.NewVec()
		f.Broadcast(isa.Mem{Base: p, Disp: i * f.size}, r)
		return r
	}
	if len(which) > 8 && f.Shape().Registers < many {
		which = which[:keptOfMany]
	}
	kept := map[int]isa.Vec{}
	for _, i := range which {
		kept[i] = get(i)
	}
	return func(i int) isa.Vec {
		if r, there := kept[i]; there {
			return r
		}
		return get(i)
	}
}

// gradient: d = c0*g + c1*w.
func (f *fn) gradient(c scalars, g, w isa.Vec) {
	f.Comment("d = c0*g + c1*w")
	f.Mul(c(0), g, g)
	f.FMA(c(1), w, g)
}

// hold: d = min(max(d, low), bound), NaN kept.
func (s *step) hold() {
	s.Comment("what is above the bound becomes the bound")
	s.Min(s.k(bound), s.d, s.d)
	s.Max(s.k(low), s.d, s.d)
}

// flush: r = |r| < tiny ? 0 : r. State that decays would otherwise reach the subnormal
// numbers and, by rounding, never leave them, at a hundred times the cost a step.
func (f *fn) flush(tiny, r isa.Vec) {
	f.Comment("what is below tiny becomes 0")
	a := f.NewVec()
	f.Abs(r, a)
	keep := f.Cmp(isa.NotLess, a, tiny)
	f.OrZero(keep, r, r)
}

// updateSGD: d = c0*g + c1*w; w = c2*w - c3*d.
func updateSGD(f *fn) {
	f.update(names("w g"), []int{0, 1, 2, 3}, func(s *step) { s.descend(s.d) })
}

// updateMomentum: d of updateSGD; v = flush(c4*v + d); w = c2*w - c3*v.
func updateMomentum(f *fn) {
	f.update(names("w g v"), []int{0, 1, 2, 3, 4, tiny}, func(s *step) {
		v := s.load(2)
		s.Comment("v = c4*v + d")
		s.FMA(s.k(4), v, s.d)
		s.flush(s.k(tiny), s.d)
		s.store(s.d, 2)
		s.descend(s.d)
	})
}

// updateNesterov: d and v of updateMomentum; w = c2*w - c3*(d + c4*v).
func updateNesterov(f *fn) {
	f.update(names("w g v"), []int{0, 1, 2, 3, 4, tiny}, func(s *step) {
		v, t := s.load(2), s.NewVec()
		s.Comment("v = c4*v + d")
		s.fma(v, s.k(4), s.d, t)
		s.flush(s.k(tiny), t)
		s.store(t, 2)
		s.Comment("d = d + c4*v")
		s.FMA(s.k(4), t, s.d)
		s.descend(s.d)
	})
}
