package fuzz

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/kernels"
)

// numbers returns the rows that a search takes.
func numbers() (rows []spec.Row) {
	for _, r := range spec.Table() {
		if OfOneNumber(&r) {
			rows = append(rows, r)
		}
	}
	return rows
}

// TestScreen: a search that asks the oracle now and then finds the errors that the oracle finds
// alone, on stretches all over the range, those near the boundaries included.
func TestScreen(t *testing.T) {
	stretches := 24
	if testing.Short() || raceEnabled {
		stretches = 3
	}
	r := rand.New(rand.NewPCG(2, 3))
	n := 0
	for _, row := range numbers() {
		for c := range row.Cases {
			for range stretches {
				s, alone := NewSweep(row, c), NewSweep(row, c)
				x := randomFloat64(r)
				if row.DType == spec.F64 {
					s.Around(x, math.Exp2(-10-40*r.Float64()), r)
				} else {
					first := uint64(math.Float32bits(float32(x))) &^ 511
					s.Bits(first, first+512)
				}
				if !s.sparse {
					same(t, s, alone)
				}
				n += int(alone.Count)
			}
		}
	}
	proof.Count(t, "exact", "results of the screen compared with the oracle's", n)
}

// same compares the errors that a search found in its last batch with those that the oracle finds at
// some of its numbers, and at the number of the worst error.
func same(t *testing.T, s, alone *Sweep) {
	t.Helper()
	var x []float64
	step := max(1, s.call.N/512)
	for j := 0; j < s.call.N; j += step {
		x = append(x, s.at(j))
	}
	for _, w := range s.Worst() {
		if w.Error > 0 {
			x = append(x, w.At)
		}
	}
	alone.Numbers(x)
	for o, w := range alone.Worst() {
		got := s.Worst()[o]
		// What the screen passes as right may be wrong by 2^-5 of a unit.
		if slack := 0x1p-5; !(got.Error >= w.Error-slack && (got.Error <= w.Error || step > 1)) {
			t.Errorf("%v %s %s: the search finds an error of %v at %v, the oracle %v at %v", w.Row,
				w.Row.Cases[w.Case], w.Row.Params[o].Name, got.Error, got.At, w.Error, w.At)
		}
	}
}

// rowOf returns the first row of a kernel in a dtype.
func rowOf(kernel string, d spec.DType) spec.Row {
	list := numbers()
	return list[slices.IndexFunc(list, func(r spec.Row) bool { return r.Kernel == kernel && r.DType == d })]
}

// planted returns a row whose first output is changed by f after each call.
func planted(row spec.Row, f func(x, y float64) float64) spec.Row {
	run := row.Run
	row.Run = func(c *spec.Call) {
		run(c)
		in, out := &c.Operands[len(c.Operands)-1], &c.Operands[0]
		for j, x := range in.F32 {
			out.F32[j] = float32(f(float64(x), float64(out.F32[j])))
		}
		for j, x := range in.F64 {
			out.F64[j] = f(x, out.F64[j])
		}
	}
	return row
}

// TestSweepNoticesOneResult: one wrong result among all numbers of a stretch does not escape,
// wherever it is.
func TestSweepNoticesOneResult(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 5))
	rounds := 40
	if testing.Short() {
		rounds = 4
	}
	for _, row := range numbers() {
		if row.Tier != kernels.Generic || row.DType != spec.F32 {
			continue
		}
		for c, name := range row.Cases {
			for range rounds {
				x := float32(randomFloat64(r))
				at := math.Float32bits(x)
				wrong := func(v, y float64) float64 {
					if math.Float32bits(float32(v)) != at {
						return y
					}
					switch at % 3 {
					case 0:
						return math.NaN()
					case 1:
						return math.Inf(1)
					}
					return -y - 1
				}
				s := NewSweep(planted(row, wrong), c)
				s.Bits(uint64(at)&^(1<<13-1), uint64(at)|(1<<13-1)+1)
				alone := NewSweep(s.Row, c)
				alone.Numbers([]float64{float64(x)})
				if w, a := s.Worst()[0], alone.Worst()[0]; w.Error < a.Error/2 {
					t.Errorf("%s %s: the search finds %v, the planted error at %v is %v",
						row, name, w.Error, x, a.Error)
				}
			}
		}
	}
}

// TestSweepNoticesSign: a zero of the other sign, where the measure is units in the last place.
func TestSweepNoticesSign(t *testing.T) {
	row := rowOf("Exp", spec.F32)
	s := NewSweep(planted(row, func(x, y float64) float64 {
		if x == -0x1p20 {
			return math.Copysign(y, -1)
		}
		return y
	}), 0)
	at := uint64(math.Float32bits(-0x1p20))
	s.Bits(at&^(1<<15-1), at+1<<14)
	if w := s.Worst()[0]; !math.IsInf(w.Error, 1) || w.At != -0x1p20 {
		t.Errorf("found %v at %v", w.Error, w.At)
	}
}

// TestSweepCountsDifferences: two tiers that differ at one number.
func TestSweepCountsDifferences(t *testing.T) {
	for _, row := range numbers() {
		if row.Kernel != "Log" || row.Tier != kernels.Generic {
			continue
		}
		twin := planted(row, func(x, y float64) float64 {
			if x == 1.5 {
				return y * 1.0001
			}
			return y
		})
		s := NewSweep(row, 0)
		s.Twin = &twin
		at := uint64(math.Float32bits(1.5))
		if row.DType == spec.F64 {
			at = math.Float64bits(1.5)
		}
		s.Bits(at-1000, at+1000)
		if s.Differ != 1 || s.First != 1.5 || s.Count != 2000 {
			t.Errorf("%v: %d differences, one at %v, of %d", row, s.Differ, s.First, s.Count)
		}
		s.Bits(at+1, at+1000)
		if s.Differ != 1 {
			t.Errorf("%v: a difference without one", row)
		}
	}
}

// TestClimb: an error that grows with the logarithm of the nearness to a number, which a sample comes
// near to, is found by climbing and not by sampling.
func TestClimb(t *testing.T) {
	const peak = 3.3333333333333335
	row := planted(rowOf("Sqrt", spec.F64), func(x, y float64) float64 {
		if near := -math.Log2(math.Abs(x/peak-1) + 0x1p-60); near > 2 {
			y += math.Round(near) * 0x1p-52 // a unit of y
		}
		return y
	})
	s := NewSweep(row, 0)
	s.Sample(1<<22, 7)
	sampled := s.Worst()[0].Error
	s.Climb(500, 7)
	climbed := s.Worst()[0]
	if sampled > 20 || climbed.Error < 45 || math.Abs(climbed.At-peak) > 0x1p-44 {
		t.Errorf("sampling finds %v, climbing %v at %v; the planted one is 52 at %v",
			sampled, climbed.Error, climbed.At, peak)
	}
	all := NewSweep(row, 0)
	all.Sample(1<<22+500*batch64, 8) // as many numbers
	if all.Worst()[0].Error > 20 {
		t.Errorf("sampling alone finds %v: the test shows nothing", all.Worst()[0].Error)
	}
}

// TestSweepIsFast: the oracle is asked about a small part of the numbers.
func TestSweepIsFast(t *testing.T) {
	for _, row := range numbers() {
		if row.Kernel != "Exp" || row.Tier != kernels.Generic {
			continue
		}
		s := NewSweep(row, 0)
		if row.DType == spec.F32 {
			s.Bits(0x3f000000, 0x3f000000+1<<17)
		} else {
			s.Sample(1<<17, 1)
		}
		if s.asked*100 > int(s.Count) {
			t.Errorf("%v: the oracle was asked about %d of %d numbers", row, s.asked, s.Count)
		}
	}
}
