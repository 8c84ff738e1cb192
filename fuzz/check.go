package fuzz

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/kernels"
)

// Failure is one thing that a kernel did wrong.
type Failure struct {
	Row    *spec.Row
	Input  *Input
	Layout layout
	What   string
}

// Error names the kernel, tier, dtype, sizes, case and layout, and what is wrong.
func (f *Failure) Error() string {
	s := f.Input.Sizes
	return fmt.Sprintf("%v: m=%d n=%d k=%d case %q, operands %v: %s",
		*f.Row, s.M, s.N, s.K, f.Row.Cases[s.Case], f.Layout, f.What)
}

// Check runs one kernel, in one dtype and on one or more tiers, through all sizes,
// cases, layouts and special values. It reports the first failure of each tier and
// returns the counts of its checks.
func Check(t testing.TB, quick bool, rows ...spec.Row) Tally {
	t.Helper()
	failures, tally := examine(quick, rows)
	for _, f := range failures {
		t.Error(f)
	}
	return tally
}

// Tally counts the checks of the harness. Compare it before and after a change of the harness
// to see what the change omits.
type Tally struct {
	Inputs   int // sets of operands, each given to a row of one tier
	Calls    int // of kernels, each followed by a check of the memory round its operands
	Judged   int // elements and results compared with the oracle
	Compared int // outcomes compared with the first one of the same row, to the bit
	Across   int // outcomes compared with another tier's, to the bit
	Bounds
}

// Bounds counts how operands lay at pages without permissions.
type Bounds struct {
	Before, Behind int    // operands with elements whose first, or last, touches such a page
	Strided        int    // those of Behind with gaps between their rows
	Tails          uint64 // bit i is set if rows of some vectors and i elements were tried
	Offsets        uint64 // bit i is set if operands began i elements behind the start of a cache line
}

// note adds the operands of a call.
func (b *Bounds) note(row *spec.Row, in *Input, lay layout) {
	lanes := 64 / row.DType.Size()
	b.Tails |= 1 << (in.N % lanes)
	for i := range row.Params {
		rows, cols := row.Params[i].Shape(in.Sizes)
		switch {
		case rows*cols == 0:
		case lay.place == atStart:
			b.Before++
		case lay.place == inside:
			b.Offsets |= 1 << (lay.offset % lanes)
		default:
			b.Behind++
			if row.Params[i].HasLd && lay.pad > 0 && rows > 1 {
				b.Strided++
			}
		}
	}
}

// groupName names a kernel, a dtype and an oracle.
func groupName(row *spec.Row) string {
	name := row.Kernel + "/" + row.DType.String()
	if row.Flushes {
		name += "/flushing"
	}
	return name
}

// Add adds u to t.
func (t *Tally) Add(u Tally) {
	t.Inputs += u.Inputs
	t.Calls += u.Calls
	t.Judged += u.Judged
	t.Compared += u.Compared
	t.Across += u.Across
	t.Before += u.Before
	t.Behind += u.Behind
	t.Strided += u.Strided
	t.Tails |= u.Tails
	t.Offsets |= u.Offsets
}

// String names the counts.
func (t Tally) String() string {
	return fmt.Sprintf("%d inputs, %d calls, %d values judged, %d outcomes compared, %d across tiers",
		t.Inputs, t.Calls, t.Judged, t.Compared, t.Across)
}

// CheckInput runs one input of a kernel on all given tiers in several layouts. turn selects
// their paddings and offsets.
func CheckInput(t testing.TB, turn int, in *Input, rows ...spec.Row) {
	t.Helper()
	c := newChecker(rows)
	defer c.lab.put()
	c.turn = turn
	c.input(in, c.layouts(false))
	for _, f := range c.failures {
		t.Error(f)
	}
}

// examine is Check, but returns the failures.
func examine(quick bool, rows []spec.Row) ([]*Failure, Tally) {
	c := newChecker(rows)
	defer c.lab.put()
	row := &rows[0]
	r := rand.New(rand.NewPCG(1, uint64(len(rows[0].Kernel))))
	for i, s := range sizes(row, quick) {
		if len(c.rows) == 0 {
			break
		}
		lays := c.layouts(i%16 == 0 && s.small())
		c.input(random(row, s.Sizes, r), lays)
		if s.special {
			c.input(special(row, s.Sizes, r), lays[:min(3, len(lays))])
		}
	}
	return c.failures, c.tally
}

// checker is one pass over the rows of a kernel. A row leaves at its first failure.
type checker struct {
	rows     []*spec.Row
	lab      *lab
	failures []*Failure
	tally    Tally
	turn     int // changes pads and offsets from input to input
}

func newChecker(rows []spec.Row) *checker {
	c := &checker{lab: getLab()}
	for i := range rows {
		c.rows = append(c.rows, &rows[i])
	}
	return c
}

// layouts returns the layouts of a call. The oracle judges the first; all others must give the
// same bits. dense adds every offset within a cache line.
func (c *checker) layouts(dense bool) []layout {
	if len(c.rows) == 0 {
		return nil
	}
	row := c.rows[0]
	lanes := 64 / row.DType.Size()
	c.turn++
	pad := c.turn % 4
	lays := []layout{{place: atEnd}, {place: atEnd, pad: pad}, {place: atStart, pad: (pad + 1) % 4},
		{place: inside, offset: c.turn % lanes, pad: 1 + c.turn%7}}
	for i, p := range row.Params {
		for _, name := range p.InPlace {
			for j := range row.Params {
				if row.Params[j].Name == name {
					lays = append(lays, layout{place: placement(c.turn % 3), pad: pad, out: i, in: j})
				}
			}
		}
	}
	for o := range lanes {
		if dense {
			lays = append(lays, layout{place: inside, offset: o, pad: o % 3})
		}
	}
	return lays
}

// input runs every row on one input.
func (c *checker) input(in *Input, lays []layout) {
	if len(c.rows) == 0 || in == nil {
		return
	}
	ref := reference(c.rows[0], in)
	var first *outcome // of the first assembly tier
	var firstRow *spec.Row
	kept := c.rows[:0:0]
	for _, row := range c.rows {
		c.tally.Inputs++
		out, f := c.one(row, ref, in, lays)
		if f == nil && row.Bitwise && row.Tier != kernels.Generic {
			if first == nil {
				first, firstRow = out, row
			} else if what := c.across(row, first, out); what != "" {
				f = &Failure{Row: row, Input: in, Layout: lays[0],
					What: fmt.Sprintf("differs from tier %v: %s", firstRow.Tier, what)}
			}
		}
		if f != nil {
			c.failures = append(c.failures, f)
			continue
		}
		kept = append(kept, row)
	}
	c.rows = kept
}

// one runs one row on one input: once against the oracle, then in every layout against that call.
func (c *checker) one(row *spec.Row, ref *spec.Ref, in *Input, lays []layout) (*outcome, *Failure) {
	base, f := c.run(row, row.Run, in, lays[0])
	if f == nil {
		c.tally.Judged += base.values(ref)
		f = judge(row, ref, in, base, lays[0])
	}
	if f != nil {
		return nil, f
	}
	for _, lay := range lays { // the first one again
		out, f := c.run(row, row.Run, in, lay)
		if f != nil {
			return nil, f
		}
		if what := c.compare(row, base, out); what != "" {
			return nil, &Failure{Row: row, Input: in, Layout: lay,
				What: "not the bits of the first call: " + what}
		}
	}
	return base, nil
}

// run, compare and across do what their namesakes do, and count.

func (c *checker) run(row *spec.Row, f func(*spec.Call), in *Input, lay layout) (*outcome, *Failure) {
	c.tally.Calls++
	c.tally.note(row, in, lay)
	return c.lab.run(row, f, in, lay)
}

func (c *checker) compare(row *spec.Row, a, b *outcome) string {
	c.tally.Compared++
	return compare(row, a, b)
}

func (c *checker) across(row *spec.Row, a, b *outcome) string {
	c.tally.Across++
	return compareWritten(row, a, b)
}

// reference runs the oracle.
func reference(row *spec.Row, in *Input) *spec.Ref {
	ref := &spec.Ref{Sizes: in.Sizes, DType: row.DType, Flushes: row.Flushes,
		Operands: make([]spec.RefOperand, len(row.Params))}
	for i, p := range row.Params {
		o := &ref.Operands[i]
		o.Rows, o.Cols = p.Shape(in.Sizes)
		n := o.Rows * o.Cols
		o.Before, o.Int = in.Values[i], in.Ints[i]
		if p.Role == spec.Out && p.Index {
			o.Int = make([]int, n)
		}
		if p.Unread != nil && p.Unread(in.Sizes) {
			o.Before = make([]float64, n)
			for j := range o.Before {
				o.Before[j] = math.NaN()
			}
		}
		if p.Role != spec.In {
			o.Want, o.Scale = make([]dd.Num, n), make([]float64, n)
		}
	}
	row.Ref(ref)
	return ref
}

// compare returns where two outcomes differ, "" if they do not. NaN equals NaN.
func compare(row *spec.Row, a, b *outcome) string {
	if what := compareWritten(row, a, b); what != "" {
		return what
	}
	if x, y := a.result, b.result; math.Float64bits(x) != math.Float64bits(y) && (x == x || y == y) {
		return fmt.Sprintf("the result is %v, was %v", y, x)
	}
	return ""
}

// compareWritten is compare without what the kernel returned.
func compareWritten(row *spec.Row, a, b *outcome) string {
	for p := range a.bits {
		for i, x := range a.bits[p] {
			y := b.bits[p][i]
			if x == y {
				continue
			}
			u, v := number(a.types[p], x), number(a.types[p], y)
			if row.Params[p].Index || u == u || v == v {
				return fmt.Sprintf("%s[%d] is %v (%#x), was %v (%#x)", row.Params[p].Name, i, v, y, u, x)
			}
		}
	}
	return ""
}

// judge compares an outcome with the oracle.
func judge(row *spec.Row, ref *spec.Ref, in *Input, out *outcome, lay layout) *Failure {
	bound := row.Tol.Of(in.Sizes.Case)
	if in.Wild {
		bound = row.Tol.Any(in.Sizes)
	}
	for p, bits := range out.bits {
		want := &ref.Operands[p]
		for i, b := range bits {
			if row.Params[p].Index {
				if int(b) != want.Int[i] {
					return &Failure{row, in, lay,
						fmt.Sprintf("%s[%d] = %d, want %d", row.Params[p].Name, i, int(b), want.Int[i])}
				}
				continue
			}
			d := out.types[p]
			got := number(d, b)
			if err := distance(row.Tol.Kind, d, got, want.Want[i], want.Scale[i]); !(err <= bound) {
				return &Failure{row, in, lay,
					fmt.Sprintf("%s[%d, %d] = %v, want %v; error %.4g, allowed %.4g (%.4g ulp)",
						row.Params[p].Name, i/max(1, want.Cols), i%max(1, want.Cols), got,
						want.Want[i].Float64(), err, bound, ulps(d, got, want.Want[i]))}
			}
		}
	}
	if ref.HasResult {
		scale := ref.ResultScale + 0x1p-1000
		if err := scaled(row.DType, math.MaxFloat64, out.result, ref.Result, scale); !(err <= bound) {
			return &Failure{row, in, lay, fmt.Sprintf("the result is %v, want %v; error %.4g, allowed %.4g",
				out.result, ref.Result.Float64(), err, bound)}
		}
	}
	return nil
}

// distance returns the error of got, measured as the kind of tolerance says.
func distance(kind spec.TolKind, d spec.DType, got float64, want dd.Num, scale float64) float64 {
	switch kind {
	case spec.Exact:
		w := want.Float64()
		switch d {
		case spec.F32:
			w = float64(want.Float32())
		case spec.BF16: // of an operand that float64 holds
			w = d.Nearest(w)
		}
		if math.Float64bits(w) == math.Float64bits(got) || w != w && got != got {
			return 0
		}
		return math.Inf(1)
	case spec.ULP:
		if want.Hi == 0 && got == 0 && math.Signbit(want.Hi) != math.Signbit(got) {
			return math.Inf(1)
		}
		return ulps(d, got, want)
	}
	return scaled(d, d.Max(), got, want, scale)
}

func ulps(d spec.DType, got float64, want dd.Num) float64 {
	if d != spec.F64 {
		return dd.ULP32(float32(got), want)
	}
	return dd.ULP64(got, want)
}

// scaled returns |got - want| / (eps * scale).
func scaled(d spec.DType, largest, got float64, want dd.Num, scale float64) float64 {
	finite := got-got == 0
	switch {
	case scale == spec.AnyValue, scale == spec.NotFinite && !finite:
		return 0
	case scale == spec.NotFinite:
		return math.Inf(1)
	case want.IsNaN() || want.IsInf(0):
		if got == want.Hi || want.IsNaN() && got != got {
			return 0
		}
		return math.Inf(1)
	case scale > largest/8:
		return 0 // the order of operations decides whether it overflows
	case !finite:
		return math.Inf(1)
	}
	off := math.Abs(dd.Sub(dd.FromFloat64(got), want).Hi)
	if d == spec.BF16 { // computed in float32, then rounded once more, by at most half a unit
		d, off = spec.F32, max(0, off-halfUnit(got))
	}
	return off / (d.Eps() * scale)
}

// halfUnit is half the distance of a bfloat16 number to its neighbour away from 0.
func halfUnit(v float64) float64 {
	_, e := math.Frexp(v)
	return math.Ldexp(1, max(e-8, -133)-1)
}
