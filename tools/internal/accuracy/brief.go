package accuracy

import (
	"math"
	"math/rand/v2"
	"strings"

	"github.com/ashlar-go/ashlar/fuzz"
	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/tools/internal/ledger"
)

// window is how many float32 are searched in one place: a twentieth of 1 % of a binade.
const window = 1 << 12

// function names the function of a group without its tier.
func (g *Group) function() string {
	name := g.Row.Kernel + "/" + g.Row.DType.String()
	if c := g.Row.Cases[g.Case]; c != "" {
		name += "/" + c
	}
	return name
}

// PeaksOf returns where the lines of a ledger, also of other sources, have their largest errors, by
// function.
func PeaksOf(lines []ledger.Line[Found]) map[string][]float64 {
	at := map[string][]float64{}
	for _, l := range lines {
		name, _, _ := strings.Cut(l.Key, " ")
		part := strings.Split(name, "/") // kernel, dtype, tier, case
		if len(part) < 3 {
			continue
		}
		function := strings.Join(append(part[:2:2], part[3:]...), "/")
		for _, p := range l.Found.Peaks {
			if x := float64(p.At); p.Error > 0.25 && x-x == 0 {
				at[function] = append(at[function], x)
			}
		}
	}
	return at
}

// Brief searches about n numbers, beside those near the peaks of PeaksOf and the boundaries. A seed finds
// the same each time.
func (g *Group) Brief(peaks map[string][]float64, n int, seed uint64) Result {
	s := fuzz.NewSweep(g.Row, g.Case)
	s.Twin = g.Twin
	g.brief(s, peaks[g.function()], n, rand.New(rand.NewPCG(seed, 8)))
	r := Result{Group: g, Numbers: s.Count, Differ: s.Differ}
	if g.Twin == nil {
		for _, w := range s.Worst() {
			r.Peaks = append(r.Peaks, Peak{Number(w.Error), Number(w.At)})
		}
	}
	return r
}

func (g *Group) brief(s *fuzz.Sweep, known []float64, n int, r *rand.Rand) {
	if len(known) > 8 {
		r.Shuffle(len(known), func(i, j int) { known[i], known[j] = known[j], known[i] })
		known = known[:8]
	}
	if g.Row.DType == spec.F64 {
		for _, x := range known {
			s.Around(x, 0x1p-30, r)
		}
		s.Sample(n/2, r.Uint64())
		if g.Twin == nil {
			s.Climb(n>>15, r.Uint64())
			for x := range fuzz.Boundaries(spec.F64, 1) {
				s.Numbers(x)
			}
		}
		return
	}
	around := func(x float64) {
		b := uint64(math.Float32bits(float32(x))) &^ (window - 1)
		s.Bits(b, b+window)
	}
	for _, x := range known {
		around(x)
	}
	for i := 0; i < n; i += window {
		// Half of the places lie where functions are curved, the others anywhere.
		var x float64
		if r.IntN(2) == 0 {
			x = float64(math.Float32frombits(r.Uint32()))
		} else {
			x = math.Exp2(24*r.Float64()-16) * float64(1-2*r.IntN(2))
		}
		around(x)
	}
	if g.Twin == nil {
		for x := range fuzz.Boundaries(spec.F32, 1) {
			s.Numbers(x)
		}
	}
}
