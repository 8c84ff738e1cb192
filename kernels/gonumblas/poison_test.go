package gonumblas

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/internal/spoil"
	"github.com/ashlar-go/ashlar/kernels"
	"gonum.org/v1/gonum/blas/gonum"
)

// TestPoison: one poisoned element of an operand changes exactly what depends on it, in every routine
// with every flag. Each element of the slices is poisoned in turn, those in gaps, in triangles that the
// routine does not reference and behind the operand too. gonum's routine tells by NaN what depends on
// it, where alpha and beta are not 0. All else keeps every bit, in gaps too. What depends on NaN is NaN.
// An output that beta = 0 overwrites decides nothing, nor does an operand that alpha = 0 drops.
//
// ASHLAR_POISON=every takes minutes: every tier, flag, element and poison.
func TestPoison(t *testing.T) {
	defer kernels.Limit(kernels.Active())
	tiers := kernels.Tiers()
	if !everyPoison {
		tiers = tiers[len(tiers)-1:]
	}
	var tally poisonTally
	for _, tier := range tiers {
		if kernels.Limit(tier) != nil {
			continue // ASHLAR_TIER names a lower one
		}
		typ := reflect.TypeFor[Implementation]()
		for i := range typ.NumMethod() {
			for flags := range 16 {
				for _, n := range []int{order, 19} {
					if !everyPoison && (flags%3 != 0 || n > order && flags%2 != 0) {
						continue
					}
					p := newPoisoned(typ.Method(i), flags, n)
					p.run(t, &tally)
				}
			}
		}
	}
	proof.Count(t, "values", "calls of BLAS routines with one poisoned element", tally.calls)
	proof.Count(t, "values", "elements of BLAS operands that kept every bit", tally.kept)
	proof.Count(t, "values", "elements of BLAS operands that became NaN", tally.nan)
}

var everyPoison = os.Getenv("ASHLAR_POISON") == "every"

type poisonTally struct{ calls, kept, nan int }

// poisoned is a call of a routine whose operands are poisoned.
type poisoned struct {
	overlapCall
	theirs reflect.Value // gonum's
	r      *rand.Rand
}

func newPoisoned(method reflect.Method, flags, n int) *poisoned {
	p := &poisoned{overlapCall: overlapCall{method: method,
		ours:  reflect.ValueOf(Implementation{}).MethodByName(method.Name),
		names: strings.Fields(parameters[base(method.Name)]), args: arguments(method)},
		theirs: reflect.ValueOf(gonum.Implementation{}).MethodByName(method.Name),
		r:      rand.New(rand.NewPCG(uint64(flags), uint64(n)))}
	p.setFlags(flags)
	for i, name := range p.names {
		switch v := p.args[i]; {
		case strings.HasPrefix(name, "inc") && bits.OnesCount(uint(flags)) == 2:
			v.SetInt(1)
		case n > order && (name == "n" || name == "m" || name == "k") && v.Int() <= order:
			v.SetInt(v.Int() + int64(n-order))
		case n > order && strings.HasPrefix(name, "ld"):
			v.SetInt(v.Int() + int64(n-order))
		case v.Kind() == reflect.Slice:
			p.args[i] = reflect.MakeSlice(v.Type(), 2*n*(n+4), 2*n*(n+4))
			for e := range p.args[i].Len() { // no 0, and no sum of few that is 0
				p.args[i].Index(e).SetFloat(0.5 + float64(float32(p.r.Float64())))
			}
		case base(method.Name) == "rotm" && name == "p":
			v.Field(0).SetInt(-1) // the whole matrix
			for e := range 4 {
				v.Field(1).Index(e).SetFloat(float64(e) - 1.5)
			}
		}
	}
	return p
}

// run poisons the elements of each slice, with each pair of scalars.
func (p *poisoned) run(t *testing.T, tally *poisonTally) {
	for k, name := range p.names {
		if p.args[k].Kind() != reflect.Slice {
			continue
		}
		step := 1
		if p.args[k].Len() > 200 {
			step = 13 + p.r.IntN(5)
		}
		if !everyPoison {
			step *= 7
		}
		for at := p.r.IntN(step); at < p.args[k].Len(); at += step {
			for _, s := range [][2]float64{{0.5, -2}, {0.75, 0}, {0, 1.5}} {
				if what := p.one(k, at, s, tally); what != "" {
					t.Errorf("%s %s, alpha %v, beta %v: element %d of %s poisoned: %s",
						p.method.Name, p.flags(), s[0], s[1], at, name, what)
					return
				}
				if !p.scales() {
					break
				}
			}
		}
	}
}

// one poisons element at of slice k and returns what is wrong.
func (p *poisoned) one(k, at int, scalars [2]float64, tally *poisonTally) string {
	p.setScalars(0.5, -2)
	depends := p.depends(k, at)
	p.setScalars(scalars[0], scalars[1])
	out := slices.Contains(outputs(base(p.method.Name)), p.names[k])
	switch {
	case !p.scales():
	case out && scalars[1] == 0 && p.index("beta") >= 0:
		depends = p.only(depends, -1, -1)
	case scalars[0] == 0:
		if !out || p.index("beta") < 0 {
			depends = p.only(depends, -1, -1)
		} else {
			depends = p.only(depends, k, at)
		}
	}
	clean := p.call(p.ours, k, at, p.args[k].Index(at).Float())
	poisons := []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1),
		math.SmallestNonzeroFloat32}
	if !everyPoison {
		poisons = []float64{math.NaN(), poisons[1+at%4]}
	}
	for _, v := range poisons {
		tally.calls++
		if what := p.compare(k, at, v, depends, clean, p.call(p.ours, k, at, v), tally); what != "" {
			return fmt.Sprintf("%v: %s", v, what)
		}
	}
	return ""
}

// scales reports whether the routine has factors: Sdsdot adds its alpha.
func (p *poisoned) scales() bool { return p.index("alpha") >= 0 && base(p.method.Name) != "dsdot" }

func (p *poisoned) setScalars(alpha, beta float64) {
	for name, v := range map[string]float64{"alpha": alpha, "beta": beta} {
		if i := p.index(name); i >= 0 {
			p.args[i].SetFloat(v)
		}
	}
}

// call calls a method on copies of the operands, of which element at of slice k is v. It returns the
// numbers of each slice, then the results, as bits.
func (p *poisoned) call(f reflect.Value, k, at int, v float64) (all [][]float64) {
	args := clones(p.args)
	args[k].Index(at).SetFloat(v)
	results := f.Call(args)
	for _, a := range args {
		if a.Kind() == reflect.Slice {
			all = append(all, floats(a))
		} else {
			all = append(all, nil)
		}
	}
	for _, r := range results {
		all = append(all, floats(r))
	}
	return all
}

// depends tells which numbers of a call become NaN with element at of slice k, in gonum.
func (p *poisoned) depends(k, at int) [][]bool {
	all := p.call(p.theirs, k, at, math.NaN())
	if base(p.method.Name) == "ger" { // gonum's does nothing where incY < 0
		all = p.ger(k, at)
	}
	depends := make([][]bool, len(all))
	for i := range all {
		for _, v := range all[i] {
			depends[i] = append(depends[i], v != v)
		}
	}
	if base(p.method.Name) == "amax" { // an index: any element decides it
		depends[len(all)-1][0] = true
	}
	return depends
}

// ger is depends of Dger and Sger from the definition, in numbers.
func (p *poisoned) ger(k, at int) [][]float64 {
	all := p.call(p.theirs, k, at, p.args[k].Index(at).Float())
	all[k][at] = math.NaN()
	m, n, lda, a := p.number("m"), p.number("n"), p.number("lda"), all[p.index("a")]
	for i := range m {
		for j := range n {
			x, y := p.place("X", m, i), p.place("Y", n, j)
			if p.names[k] == "x" && at == x || p.names[k] == "y" && at == y {
				a[i*lda+j] = math.NaN()
			}
		}
	}
	return all
}

// place is where element i of a vector of n elements is.
func (p *poisoned) place(vector string, n, i int) int {
	inc := p.number("inc" + vector)
	return start(n, inc) + i*inc
}

// only returns depends without all but one element.
func (p *poisoned) only(depends [][]bool, k, at int) [][]bool {
	list := make([][]bool, len(depends))
	for i := range depends {
		list[i] = make([]bool, len(depends[i]))
		for e := range depends[i] {
			list[i][e] = i == k && e == at && depends[i][e]
		}
	}
	return list
}

func (p *poisoned) compare(k, at int, v float64, depends [][]bool, clean, got [][]float64,
	tally *poisonTally) string {
	name := func(i int) string {
		if i < len(p.names) {
			return p.names[i]
		}
		return "the result"
	}
	for i := range got {
		for e, is := range got[i] {
			was := clean[i][e]
			own := i == k && e == at
			if own && was == p.args[k].Index(at).Float() {
				was = v // the routine does not write it
			}
			switch {
			case !depends[i][e] && !sameBits(is, was):
				return fmt.Sprintf("element %d of %s does not depend on it, and is %v, was %v", e, name(i),
					is, was)
			case !depends[i][e]:
				tally.kept++
			case v != v && is == is && base(p.method.Name) != "amax":
				return fmt.Sprintf("element %d of %s depends on it and is %v, want NaN", e, name(i), is)
			case v != v:
				tally.nan++
			}
		}
	}
	return ""
}

// TestStaleScratch: what earlier calls left in scratch memory, on the stack and in registers reaches no
// result.
func TestStaleScratch(t *testing.T) {
	typ, calls, numbers := reflect.TypeFor[Implementation](), 0, 0
	run := func(p *poisoned, v float64) [][]float64 {
		restore := spoil.Freed(v)
		defer func() { numbers += int(restore()) }()
		p.call(p.ours, p.slice(), 0, 1)
		if v != v {
			spoil.Stack()
			spoil.Registers()
		}
		calls += 2
		return p.call(p.ours, p.slice(), 0, 1)
	}
	for i := range typ.NumMethod() {
		for flags := range 16 {
			for _, n := range []int{order, 70} {
				p := newPoisoned(typ.Method(i), flags, n)
				if p.slice() < 0 || !everyPoison && flags%3 != 0 {
					continue
				}
				want, got := run(p, 1.5), run(p, math.NaN())
				if !reflect.DeepEqual(want, got) {
					t.Errorf("%s %s, n = %d: other results where scratch, stack and registers hold NaN",
						p.method.Name, p.flags(), n)
				}
			}
		}
	}
	proof.Count(t, "values", "calls of BLAS routines on spoiled scratch", calls)
	proof.Count(t, "values", "numbers of scratch overwritten with NaN", numbers)
}

// slice is the first slice among the arguments, -1 if there is none.
func (p *poisoned) slice() int {
	return slices.IndexFunc(p.args, func(v reflect.Value) bool { return v.Kind() == reflect.Slice })
}
