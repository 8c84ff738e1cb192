package fuzz

import (
	"math"
	mathbits "math/bits"
	"math/rand/v2"
	"slices"

	"github.com/ashlar-go/ashlar/fuzz/spec"
)

// Sweep searches for the largest errors of a function of one number on one tier and in one case.
// Its methods may be called in any order and any number of times; each adds to what was found.
//
// The oracle takes a microsecond or more a number. So a search cuts its numbers into stretches,
// asks the oracle about a dozen of each, and puts a polynomial through its answers (see screen).
// Where the polynomial says that no error of a stretch can exceed the largest one so far, the
// oracle is not asked again. All errors that are reported are the oracle's.
type Sweep struct {
	Row   spec.Row
	Case  int
	Count uint64 // numbers searched

	// Twin, if not nil, is the same function on another tier. The search then asks no oracle: it only
	// compares the results of both, to the bit, where NaN equals NaN.
	Twin   *spec.Row
	Differ uint64  // numbers at which the results of Row and Twin differ
	First  float64 // one of them

	worst  []Worst
	peaks  []spot    // of the last batch, one an output, to judge by the screen
	places [][]spot  // where errors were large, by output: the largest first
	other  spec.Call // that the twin ran
	call   spec.Call // of the batch: the last operand is its numbers, with ascending bits
	asked  int       // questions to the oracle, in numbers
	step   float64   // of the places that the batch finds
	sparse bool      // some stretches have been judged in part
}

// spot is a number and about the error there.
type spot struct {
	x, error float64
	step     float64 // of Climb from here, as a power of two, less firstStep
}

const (
	batch      = 1 << 15 // numbers of float32 in one call of a kernel
	batch64    = 1 << 14 // of float64: they spread over 2^-10 of themselves
	places     = 16      // that a search remembers for an output
	judgeAlone = 32      // numbers of a stretch that are left to the oracle
)

// OfOneNumber reports whether a search takes a row: OfOneArgument, or the backward pass of an
// activation, as a function of its memo for dy = 1.
func OfOneNumber(r *spec.Row) bool { return OfOneArgument(r) || r.Kernel == "ActivateBackward" }

// NewSweep returns a search that has found nothing yet. The row must be OfOneNumber.
func NewSweep(row spec.Row, c int) *Sweep {
	s := &Sweep{Row: row, Case: c}
	for o, p := range row.Params {
		if p.Role != spec.In {
			s.worst = append(s.worst, Worst{Row: row, Case: c, Output: o})
		}
	}
	s.peaks = make([]spot, len(s.worst))
	s.places = make([][]spot, len(s.worst))
	s.call = spec.Call{Operands: make([]spec.Operand, len(row.Params))}
	return s
}

// Worst returns the largest error of each output so far.
func (s *Sweep) Worst() []Worst { return s.worst }

// Bits searches every number whose bit pattern is at least first and below end. In float64 the
// pattern has 64 bits, and the numbers should be near each other.
func (s *Sweep) Bits(first, end uint64) {
	for first < end {
		// A batch does not cross a power of two or a change of sign.
		n := min(batch-first%batch, end-first)
		in := s.room(int(n))
		for j := range in.F32 {
			in.F32[j] = math.Float32frombits(uint32(first) + uint32(j))
		}
		for j := range in.F64 {
			in.F64[j] = math.Float64frombits(first + uint64(j))
		}
		s.batch()
		first += n
	}
}

// Numbers searches some numbers, such as those of Boundaries, by the oracle alone.
func (s *Sweep) Numbers(x []float64) {
	in := s.room(len(x))
	copy(in.F64, x)
	for j := range in.F32 {
		in.F32[j] = float32(x[j])
	}
	s.Row.Run(&s.call)
	s.alone(0, len(x), s.all())
	s.Count += uint64(len(x))
}

// Sample searches about n random float64: stretches of batch64 of them, spread over 2^-10 of
// themselves, round the numbers that SampleFloat64 yields.
func (s *Sweep) Sample(n int, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 64))
	for done := 0; done < n; done += batch64 {
		s.Around(randomFloat64(r), 0x1p-10, r)
	}
}

// Around searches batch64 random float64 near x: within a part of x, and within 2^-8.
func (s *Sweep) Around(x, part float64, r *rand.Rand) {
	x = min(math.Abs(x), 0x1.ffffp1023) * math.Copysign(1, x)
	if x != x {
		return
	}
	width := min(math.Abs(x)*part, 0x1p-8)
	unit := math.Nextafter(math.Abs(x), math.Inf(1)) - math.Abs(x)
	steps := uint64(max(width/unit, batch64))
	bits := math.Float64bits(x)
	const sign = 1 << 63
	// All numbers have the sign of x.
	if magnitude := bits &^ sign; magnitude < steps/2 {
		bits &= sign
	} else {
		bits -= steps / 2
	}
	in := s.room(batch64)
	each := steps / batch64
	random := r.Uint64()
	for j := range in.F64 {
		random += 0x9e3779b97f4a7c15 // fractions of the golden ratio spread evenly
		part, _ := mathbits.Mul64(random, each)
		in.F64[j] = math.Float64frombits(bits + uint64(j)*each + part)
	}
	s.batch()
}

// batch runs the kernel on the numbers in its last operand and looks for errors that exceed the worst.
func (s *Sweep) batch() {
	s.Row.Run(&s.call)
	s.Count += uint64(s.call.N)
	if s.Twin != nil {
		s.compare()
		return
	}
	for o := range s.peaks {
		s.peaks[o] = spot{x: s.at(0), error: -1, step: s.step}
	}
	s.stretch(0, s.call.N, s.all())
	for o, p := range s.peaks {
		s.remember(o, p)
	}
}

// compare runs the twin on the numbers of the batch and counts where its results differ.
func (s *Sweep) compare() {
	s.other.Sizes = s.call.Sizes
	if s.other.Operands == nil {
		s.other.Operands = make([]spec.Operand, len(s.call.Operands))
	}
	for i := range s.other.Operands {
		a, b := &s.call.Operands[i], &s.other.Operands[i]
		if i >= len(s.worst) {
			*b = *a
			continue
		}
		b.F32, b.F64 = append(b.F32[:0], a.F32...), append(b.F64[:0], a.F64...)
		fill(b.F32, -1) // else a result that is not written would pass
		fill(b.F64, -1)
	}
	s.Twin.Run(&s.other)
	for _, w := range s.worst {
		a, b := &s.call.Operands[w.Output], &s.other.Operands[w.Output]
		if equal32(a.F32, b.F32) && equal64(a.F64, b.F64) {
			continue
		}
		for j := range s.call.N {
			u, v := value(s.Row.DType, a, j), value(s.Row.DType, b, j)
			if math.Float64bits(u) != math.Float64bits(v) && (u == u || v == v) {
				s.Differ++
				s.First = s.at(j)
			}
		}
	}
}

// equal32 reports whether a and b, of one length, are the same bits.
func equal32(a, b []float32) bool {
	var differ uint32
	for i, v := range a {
		differ |= math.Float32bits(v) ^ math.Float32bits(b[i])
	}
	return differ == 0
}

// equal64 is equal32 for float64.
func equal64(a, b []float64) bool {
	var differ uint64
	for i, v := range a {
		differ |= math.Float64bits(v) ^ math.Float64bits(b[i])
	}
	return differ == 0
}

// all is the set of all outputs.
func (s *Sweep) all() uint { return 1<<len(s.worst) - 1 }

// room makes the operands n numbers long, sets inputs other than the last to 1 and returns the last.
func (s *Sweep) room(n int) *spec.Operand {
	s.call.Sizes = spec.Sizes{N: n, Case: s.Case}
	for i := range s.call.Operands {
		o := &s.call.Operands[i]
		if s.Row.DType == spec.F32 {
			o.F32 = slices.Grow(o.F32[:0], n)[:n]
		} else {
			o.F64 = slices.Grow(o.F64[:0], n)[:n]
		}
		if s.Row.Params[i].Role == spec.In && i < len(s.call.Operands)-1 {
			fill(o.F32, 1)
			fill(o.F64, 1)
		}
	}
	return &s.call.Operands[len(s.call.Operands)-1]
}

func fill[T float32 | float64](x []T, v T) {
	for j := range x {
		x[j] = v
	}
}

// at returns number j of the batch.
func (s *Sweep) at(j int) float64 {
	return value(s.Row.DType, &s.call.Operands[len(s.call.Operands)-1], j)
}

// oracle returns the right results at some numbers.
func (s *Sweep) oracle(x []float64) *spec.Ref {
	s.asked += len(x)
	values := make([][]float64, len(s.Row.Params))
	for i, p := range s.Row.Params {
		if p.Role == spec.In {
			values[i] = x
		}
		if p.Role == spec.In && i < len(values)-1 {
			values[i] = make([]float64, len(x))
			for j := range x {
				values[i][j] = 1
			}
		}
	}
	return reference(&s.Row, &Input{Sizes: spec.Sizes{N: len(x), Case: s.Case}, Values: values,
		Ints: make([][]int, len(values))})
}

// alone judges numbers i to j-1 by the oracle, for a set of outputs.
func (s *Sweep) alone(i, j int, outputs uint) {
	x := make([]float64, j-i)
	for k := range x {
		x[k] = s.at(i + k)
	}
	ref := s.oracle(x)
	for o := range s.worst {
		if outputs>>o&1 == 0 {
			continue
		}
		w := &s.worst[o]
		for k := i; k < j; k++ {
			y := value(s.Row.DType, &s.call.Operands[w.Output], k)
			e := w.judge(x[k-i], y, &ref.Operands[w.Output], k-i)
			s.peak(o, spot{x: x[k-i], error: e})
		}
	}
}

// one judges number j by the oracle.
func (s *Sweep) one(o, j int) {
	w := &s.worst[o]
	ref := s.oracle([]float64{s.at(j)})
	w.judge(s.at(j), value(s.Row.DType, &s.call.Operands[w.Output], j), &ref.Operands[w.Output], 0)
}

// peak notes a place of the batch.
func (s *Sweep) peak(o int, p spot) {
	if p.error > s.peaks[o].error {
		s.peaks[o].x, s.peaks[o].error = p.x, p.error
	}
}

// remember keeps a place if its error is among the largest. Places differ by more than 2^-6 of
// themselves; of near ones the better stays.
func (s *Sweep) remember(o int, p spot) {
	list := s.places[o]
	for i, q := range list {
		if math.Abs(p.x-q.x) <= 0x1p-6*math.Abs(q.x) {
			if p.error <= q.error {
				return
			}
			list = append(list[:i], list[i+1:]...)
			break
		}
	}
	at := len(list)
	for at > 0 && list[at-1].error < p.error {
		at--
	}
	if at == places {
		return
	}
	list = append(list, spot{})
	copy(list[at+1:], list[at:])
	list[at] = p
	s.places[o] = list[:min(len(list), places)]
}
