package fuzz

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/internal/proof"
)

// TestPoison: one poisoned element changes exactly the outputs that depend on it. Each operand of
// every kernel has one element replaced in turn, at the first, a middle and the last place and where
// the tail begins. The oracle says which outputs depend on the element: those that it changes for NaN
// or for the poison itself. All others keep every bit, and so do gaps and operands that are only
// read. The oracle judges the dependent ones; those that it makes NaN are NaN.
//
// An operand that a kernel must not read in a case holds nothing but NaN.
//
// ASHLAR_POISON=every takes minutes: every case at every size, with every poison.
func TestPoison(t *testing.T) {
	var mu sync.Mutex
	var total poisonTally
	t.Cleanup(func() { total.count(t) }) // after the parallel tests
	for _, rows := range groups() {
		t.Run(groupName(&rows[0]), func(t *testing.T) {
			t.Parallel()
			tally := poisonRows(t, rows)
			mu.Lock()
			defer mu.Unlock()
			total.add(tally)
		})
	}
}

var everyPoison = os.Getenv("ASHLAR_POISON") == "every"

// poisonTally counts what TestPoison did.
type poisonTally struct{ calls, kept, changed, nan, unread int }

func (p *poisonTally) add(q poisonTally) {
	p.calls += q.calls
	p.kept += q.kept
	p.changed += q.changed
	p.nan += q.nan
	p.unread += q.unread
}

func (p *poisonTally) count(t *testing.T) {
	for _, f := range []struct {
		name string
		n    int
	}{
		{"calls of kernels with one poisoned element", p.calls},
		{"independent outputs that kept every bit", p.kept},
		{"dependent outputs judged", p.changed},
		{"outputs that became NaN", p.nan},
		{"operands full of NaN that a kernel must not read", p.unread},
	} {
		proof.Count(t, "values", f.name, f.n)
	}
}

func poisonRows(t *testing.T, rows []spec.Row) (tally poisonTally) {
	lab := getLab()
	defer lab.put()
	row := &rows[0]
	r := rand.New(rand.NewPCG(19, uint64(len(row.Kernel))))
	turn := 0
	for c := range row.Cases {
		for _, s := range poisonSizes(row, c) {
			s.Case = c
			in := random(row, s, r)
			if in == nil {
				continue
			}
			p := poisoner{t: t, lab: lab, rows: rows, in: in, turn: &turn, tally: &tally}
			p.run()
			if t.Failed() {
				return tally
			}
		}
	}
	return tally
}

// poisonSizes are the sizes of the calls of a case: all have a tail. Cases take turns at the larger
// ones, which cross the chunks and blocks of kernels.
func poisonSizes(row *spec.Row, c int) []spec.Sizes {
	tail, large := 2*64/row.DType.Size()+5, everyPoison
	switch row.Dims {
	case "N":
		s := []spec.Sizes{{N: tail}, {N: 3}}
		if large || c == 0 {
			s = append(s, spec.Sizes{N: 2*genericChunk + 7})
		}
		return s
	case "MN":
		s := []spec.Sizes{{M: 5, N: tail}}
		if large || c%4 == 0 {
			s = append(s, spec.Sizes{M: 131, N: 6})
		}
		return s
	}
	s := []spec.Sizes{{M: 5, N: tail, K: 3}}
	if large {
		s = append(s, spec.Sizes{M: 9, N: 7, K: 19})
	}
	switch {
	case c%7 == 0 && large:
		s = append(s, spec.Sizes{M: 40, N: 67, K: 170}) // packs B
	case c%3 == 0:
		s = append(s, spec.Sizes{M: 4, N: 6}) // k = 0
	}
	return s
}

// genericChunk is the number of elements that the generic tier sums in one go.
const genericChunk = 512

// poisoner runs the calls of one input.
type poisoner struct {
	t     *testing.T
	lab   *lab
	rows  []spec.Row
	in    *Input
	turn  *int
	tally *poisonTally
}

func (p *poisoner) run() {
	row := &p.rows[0]
	clean := reference(row, p.in)
	base := make([]*outcome, len(p.rows))
	for i := range p.rows {
		if base[i] = p.call(&p.rows[i], p.in); base[i] == nil {
			return
		}
	}
	for o := range row.Params {
		param := &row.Params[o]
		switch {
		case param.Unread != nil && param.Unread(p.in.Sizes):
			p.tally.unread += len(p.rows)
			continue
		case len(p.in.Values[o]) == 0: // only written, an index, or empty
			continue
		}
		for _, at := range poisonedElements(row, o, p.in) {
			nan := reference(row, p.with(o, at, math.NaN()))
			for _, v := range p.poisons(param, row.TypeOf(o, p.in.Sizes)) {
				if !p.try(o, at, v, clean, nan, base) {
					return
				}
			}
		}
	}
}

// poisonedElements returns the elements of operand o to poison: the first, one in the middle, the first
// behind the last whole vector, and the last.
func poisonedElements(row *spec.Row, o int, in *Input) []int {
	_, cols := row.Params[o].Shape(in.Sizes)
	n, lanes := len(in.Values[o]), 64/row.DType.Size()
	list := []int{0}
	for _, at := range []int{n/2 + 1, n - 1 - (cols-1)%lanes, n - 1} {
		if at > list[len(list)-1] && at < n {
			list = append(list, at)
		}
	}
	return list
}

// poisons are NaN and, in turn, one of the others of the operand's domain, or all of them.
func (p *poisoner) poisons(param *spec.Param, d spec.DType) []float64 {
	others := []float64{5 * d.Smallest(), math.Copysign(0, -1)}
	switch param.Domain {
	case spec.Any, spec.Moderate:
		others = append(others, math.Inf(1), math.Inf(-1))
	case spec.Positive:
		others = append(others, math.Inf(1))
	case spec.Unit:
		others = others[:1]
	}
	if !everyPoison {
		*p.turn++
		others = others[*p.turn%len(others):][:1]
	}
	return append(others, math.NaN())
}

// with returns the input with one element replaced.
func (p *poisoner) with(o, at int, v float64) *Input {
	in := *p.in
	in.Wild = true
	in.Values = append([][]float64(nil), in.Values...)
	in.Values[o] = append([]float64(nil), in.Values[o]...)
	in.Values[o][at] = v
	return &in
}

// try poisons one element and reports whether all rows passed.
func (p *poisoner) try(o, at int, v float64, clean, nan *spec.Ref, base []*outcome) bool {
	in, want := p.with(o, at, v), nan
	if v == v {
		want = reference(&p.rows[0], in)
	}
	name := p.rows[0].Params[o].Name
	where, but := fmt.Sprintf("%v in %s[%d]", v, name, at), -1
	if again[p.rows[0].Kernel+" "+name] {
		but = at // the column
	}
	for i := range p.rows {
		row := &p.rows[i]
		out := p.call(row, in)
		if out == nil {
			return false
		}
		if f := judge(row, want, in, out, layout{}); f != nil {
			p.t.Errorf("%s: %v", where, f)
			return false
		}
		if what := p.compare(row, [3]*spec.Ref{clean, nan, want}, base[i], out, but); what != "" {
			p.t.Error(&Failure{Row: row, Input: in, What: where + ": " + what})
			return false
		}
	}
	return true
}

// call runs a row on an input, in a layout of its turn.
func (p *poisoner) call(row *spec.Row, in *Input) *outcome {
	*p.turn++
	lay := layout{place: placement(*p.turn % 3), offset: *p.turn % 16, pad: *p.turn % 4}
	out, f := p.lab.run(row, row.Run, in, lay)
	if f != nil {
		p.t.Error(f)
		return nil
	}
	p.tally.calls++
	return out
}

// again names the operands with one number for each column whose extreme numbers make a kernel compute
// all results of that column in another way: the sums too, which do not depend on the number.
var again = map[string]bool{"BatchNormBackward Gamma": true, "BatchNormBackward InvStd": true}

// compare returns what is wrong with an outcome: an output that changed though the element does not
// decide it, or that is a number though the oracle says NaN. refs are the oracle without poison, with
// NaN and with this poison. Of column but, if it is not -1, judge has said all.
func (p *poisoner) compare(row *spec.Row, refs [3]*spec.Ref, base, out *outcome, but int) string {
	for i, bits := range out.bits {
		for e, b := range bits {
			cols := max(1, refs[0].Operands[i].Cols)
			if row.Params[i].Index || e%cols == but {
				continue // judge has compared it
			}
			var want [3]dd.Num
			undefined := false // such as the derivative where the output is none of the function
			for k, r := range refs {
				want[k] = r.Operands[i].Want[e]
				undefined = undefined || r.Operands[i].Scale[e] == spec.AnyValue
			}
			if undefined {
				continue
			}
			was, is := number(out.types[i], base.bits[i][e]), number(out.types[i], b)
			zeros := row.Tol.Kind == spec.Scaled && was == 0 && is == 0 // the scale forgives the sign
			if what := p.one(want, was, is); what != "" && !zeros {
				return fmt.Sprintf("%s[%d, %d] %s", row.Params[i].Name, e/cols, e%cols, what)
			}
		}
	}
	if !refs[0].HasResult {
		return ""
	}
	results := [3]dd.Num{refs[0].Result, refs[1].Result, refs[2].Result}
	if what := p.one(results, base.result, out.result); what != "" {
		return "the result " + what
	}
	return ""
}

// one is compare for one number.
func (p *poisoner) one(want [3]dd.Num, was, is float64) string {
	switch independent := sameNum(want[0], want[1]) && sameNum(want[0], want[2]); {
	case independent && math.Float64bits(is) != math.Float64bits(was) && (is == is || was == was):
		return fmt.Sprintf("does not depend on it, and is %v (%#[1]x), was %v (%#[2]x)", is, was)
	case independent:
		p.tally.kept++
		return ""
	case want[2].IsNaN() && is == is:
		return fmt.Sprintf("depends on it and is %v, want NaN", is)
	case want[2].IsNaN():
		p.tally.nan++
	}
	p.tally.changed++
	return ""
}

// sameNum reports whether two numbers of the oracle are the same, to the bit.
func sameNum(x, y dd.Num) bool {
	same := func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }
	return same(x.Hi, y.Hi) && same(x.Lo, y.Lo) || x.IsNaN() && y.IsNaN()
}
