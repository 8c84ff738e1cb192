package fuzz

import (
	"math"
	"math/rand/v2"
	"slices"
)

// The least, first and largest steps of Climb, as powers of two: parts of the number.
const leastStep, firstStep, largestStep = -52, -3, -1

// Climb goes on from the numbers with the largest errors so far, for each output: a number of rounds,
// each of batch64 numbers. A round takes one of these places and searches near a number that is a
// random step away. If it finds a larger error, that becomes a place from which the next step may be
// twice as large; else the next step from the old place is shorter, down to neighbours. Some rounds
// look at a place with another sign or exponent, and every eighth starts anew at a random number. The
// row's dtype must be float64.
//
// Sample alone misses a peak that is narrower than the distance of its numbers. Climb finds it if the
// error rises towards it. At the end it searches all neighbours of the best places, number by number.
func (s *Sweep) Climb(rounds int, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 65))
	for i := range rounds {
		o := i % len(s.worst)
		if i%8 == 0 || len(s.places[o]) == 0 {
			s.Around(randomFloat64(r), 0x1p-10, r)
			continue
		}
		u := r.Float64()
		from := s.places[o][int(u*u*u*float64(len(s.places[o])))] // the better ones more often
		switch r.IntN(16) {
		case 0:
			s.Around(math.Ldexp(from.x, 1-2*r.IntN(2)), 0x1p-10, r)
		case 1:
			s.Around(-from.x, 0x1p-10, r)
		default:
			s.stepFrom(o, from, r)
		}
	}
	s.step = 0
	for o := range s.places {
		for _, p := range slices.Clone(s.places[o]) {
			s.Around(p.x, 0, r)
		}
	}
}

// stepFrom is a round of Climb from a place of output o.
func (s *Sweep) stepFrom(o int, from spot, r *rand.Rand) {
	step := from.step + firstStep
	part := math.Exp2(step)
	s.step = min(from.step+1, largestStep-firstStep)
	s.Around(from.x*(1+part*r.NormFloat64()), min(part, 0x1p-10), r)
	s.step = 0
	if s.peaks[o].error > from.error {
		return
	}
	if i := slices.Index(s.places[o], from); i >= 0 {
		if s.places[o][i].step -= 0.5; step < leastStep {
			s.places[o][i].step = 0
		}
	}
}
