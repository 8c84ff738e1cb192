// Package accuracy plans, runs and reports the search for the largest errors of the functions of one
// number: [Plan] says what there is to do, [Run] does what the ledger lacks, and [Table] reports it.
//
// A group is one function, or one activation with its parameter, in one dtype on one tier, with all
// its outputs. The work of a group is cut into shards. Each is a line of the ledger, bound to the
// hash of the function's sources, so a search goes on where it was stopped, and a change of a
// function drops its own lines alone.
//
// Of the assembly tiers the last one is searched. A group for each other one compares its results
// with those of the last, to the bit, at the same numbers: then what was found of one holds for both.
// No CPU has avx512 and neon. TestSameBits in package fuzz holds both to the same digests.
package accuracy

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/ashlar-go/ashlar/fuzz"
	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// Ledger is the file of the ledger below the root of the repository.
const Ledger = "tools/trust/ledger/accuracy.jsonl"

// size is how much a search is, and how it is cut.
type size struct {
	numbers32 uint64 // of float32, in shards32 parts
	shards32  int
	samples64 uint64 // of float64 in a shard
	shards64  int
	climbs    int // rounds of Sweep.Climb
	near      int // neighbours on either side of a boundary that the oracle judges
	first     int // samples with which climbing begins
}

// whole is the size of a search that is worth its name: all float32, and 2^30 samples of float64.
var whole = size{numbers32: 1 << 32, shards32: 4, samples64: 1 << 27, shards64: 8, climbs: 1 << 9, near: 100,
	first: 1 << 22}

// Group is what is searched as a whole.
type Group struct {
	Name    string // "Activate/f32/avx512/gelu", or "Exp/f32/avx2=avx512" for a comparison
	Row     spec.Row
	Case    int
	Twin    *spec.Row // of a comparison
	peer    string    // the program that computes the results, of a group of Peers
	size    size
	Sources string // the hash of its sources
	Shards  []Shard
}

// Shard is a part of a group's work.
type Shard struct {
	Key   string
	climb bool   // from what the other shards found
	first uint64 // bits of float32, or the seed of samples in float64
}

// Found is what a shard found.
type Found struct {
	Numbers uint64 // searched
	Seconds int    // that took
	Peaks   []Peak `json:",omitempty"` // by output
	Differ  uint64 `json:",omitempty"` // numbers at which two tiers differ
	At      Number `json:",omitempty"` // one of them
}

// Peak is the largest error of an output.
type Peak struct {
	Error, At Number
}

// Number is a float64 that JSON keeps to the bit, infinities and NaN included.
type Number float64

// MarshalText writes a number in decimal if it is short, else in hexadecimal.
func (n Number) MarshalText() ([]byte, error) {
	short := strconv.FormatFloat(float64(n), 'g', -1, 64)
	if len(short) > 10 {
		short = strconv.FormatFloat(float64(n), 'x', -1, 64)
	}
	return []byte(short), nil
}

// UnmarshalText reads what MarshalText writes.
func (n *Number) UnmarshalText(text []byte) error {
	v, err := strconv.ParseFloat(string(text), 64)
	*n = Number(v)
	return err
}

// Plan returns all groups, in the order in which they are worth their time. root is the root of the
// repository.
func Plan(root string) ([]Group, error) { return plan(root, whole) }

func plan(root string, whole size) ([]Group, error) {
	var groups []Group
	table := spec.Table()
	src := newSources(root)
	for i := range table {
		row := &table[i]
		if !fuzz.OfOneNumber(row) || row.Tol.Kind == spec.Exact {
			continue
		}
		for c := range row.Cases {
			g := Group{Row: *row, Case: c, size: whole}
			tier := row.Tier.String()
			hash, err := src.hash(row, c)
			if err != nil {
				return nil, err
			}
			if last := lastTier(table, row); row.Tier != kernels.Generic && last != row {
				twin, err := src.hash(last, c)
				if err != nil {
					return nil, err
				}
				g.Row, g.Twin = *last, row
				tier, hash = tier+"="+last.Tier.String(), hash+twin
			}
			g.Name, g.Sources = row.Kernel+"/"+row.DType.String()+"/"+tier, hash
			if row.Cases[c] != "" {
				g.Name += "/" + row.Cases[c]
			}
			g.cut()
			groups = append(groups, g)
		}
	}
	slices.SortStableFunc(groups, func(a, b Group) int { return cmp.Compare(a.rank(), b.rank()) })
	return groups, nil
}

// lastTier returns the row of the same function on the last tier.
func lastTier(table []spec.Row, row *spec.Row) *spec.Row {
	last := row
	for i := range table {
		if r := &table[i]; r.Kernel == row.Kernel && r.DType == row.DType && r.Tier > last.Tier {
			last = r
		}
	}
	return last
}

// cut sets the shards.
func (g *Group) cut() {
	n, part := g.size.shards32, g.size.numbers32/uint64(g.size.shards32)
	if g.Row.DType == spec.F64 {
		n, part = g.size.shards64, 1
	}
	for i := range n {
		key := fmt.Sprintf("%s %d/%d", g.Name, i+1, n)
		g.Shards = append(g.Shards, Shard{Key: key, first: uint64(i) * part})
	}
	if g.Row.DType == spec.F64 && g.Twin == nil {
		g.Shards = append(g.Shards, Shard{Key: g.Name + " climb", climb: true})
	}
}

// rank orders groups by what is worth most: assembly, float32, functions before activations.
func (g *Group) rank() int {
	r := map[string]int{"ActivateGrad": 1, "Activate": 2, "ActivateBackward": 3}[g.Row.Kernel]
	if g.Row.Tier == kernels.Generic {
		r += 20
	}
	if g.Row.DType == spec.F64 {
		r += 10
	}
	if g.Twin != nil {
		r += 4
	}
	return r
}

// run does the work of a shard. earlier is what the other shards of its group found.
func (g *Group) run(ctx context.Context, sh Shard, earlier []Found) (Found, error) {
	if g.peer != "" {
		return g.judgedByPeer(ctx, sh.first)
	}
	s := fuzz.NewSweep(g.Row, g.Case)
	s.Twin = g.Twin
	var err error
	switch {
	case sh.climb:
		err = g.climb(ctx, s, earlier)
	case g.Row.DType == spec.F64:
		const part = 1 << 20
		for i := uint64(0); i*part < g.size.samples64 && err == nil; i++ {
			s.Sample(int(min(part, g.size.samples64)), sh.first<<32|i)
			err = ctx.Err()
		}
	default:
		err = g.all(ctx, s, sh.first)
	}
	if err != nil {
		return Found{}, err
	}
	f := Found{Numbers: s.Count, Differ: s.Differ, At: Number(s.First)}
	if g.Twin == nil {
		for _, w := range s.Worst() {
			f.Peaks = append(f.Peaks, Peak{Number(w.Error), Number(w.At)})
		}
	}
	return f, nil
}

// all searches a shard of float32. It first takes a small part of it, to find an error near the
// largest: the search is faster with it.
func (g *Group) all(ctx context.Context, s *fuzz.Sweep, first uint64) error {
	const part = 1 << 22
	end := g.size.numbers32 / uint64(g.size.shards32)
	if s.Twin == nil {
		for b := uint64(0); b < end; b += part {
			s.Bits(first+b, first+min(b+1<<12, end))
		}
		s.Count = 0
	}
	for b := uint64(0); b < end; b += part {
		s.Bits(first+b, first+min(b+part, end))
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// climb judges all numbers near the boundaries and climbs from the largest errors that were found.
func (g *Group) climb(ctx context.Context, s *fuzz.Sweep, earlier []Found) error {
	for x := range fuzz.Boundaries(spec.F64, g.size.near) {
		s.Numbers(x)
	}
	r := rand.New(rand.NewPCG(1, 66))
	for _, f := range earlier {
		for _, p := range f.Peaks {
			s.Around(float64(p.At), 0x1p-30, r)
			s.Around(float64(p.At), 0, r)
		}
	}
	s.Sample(g.size.first, math.MaxUint32)
	const parts = 16
	for i := range uint64(parts) {
		s.Climb(g.size.climbs/parts, i)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}
