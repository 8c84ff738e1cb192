package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
)

// sample draws n mutants, spread evenly over kinds first, then over families, tiers and dtypes: each
// kind has its turn, and takes the mutant whose family, tier and dtype were drawn least often for
// this kind. n <= 0 takes all.
func sample(all []*mutant, n int, seed uint64) []*mutant {
	if n <= 0 || n >= len(all) {
		return all
	}
	var drawn []int // by axis
	numbers := map[string]int{}
	number := func(axis string) int {
		n, ok := numbers[axis]
		if !ok {
			n = len(drawn)
			numbers[axis], drawn = n, append(drawn, 0)
		}
		return n
	}
	byKind := map[string][]candidate{}
	var kinds []string
	for _, m := range shuffled(all, seed) {
		if byKind[m.Kind] == nil {
			kinds = append(kinds, m.Kind)
		}
		c := candidate{mutant: m}
		for i, axis := range axes(m) {
			c.axes[i] = number(axis)
		}
		byKind[m.Kind] = append(byKind[m.Kind], c)
	}
	var chosen []*mutant
	for i := 0; len(chosen) < n; i++ {
		kind := kinds[i%len(kinds)]
		if best := rarest(byKind[kind], drawn); best >= 0 {
			c := byKind[kind][best]
			chosen = append(chosen, c.mutant)
			byKind[kind] = append(byKind[kind][:best], byKind[kind][best+1:]...)
			for _, axis := range c.axes {
				drawn[axis]++
			}
		}
	}
	return chosen
}

// candidate is a mutant that may be drawn, with the numbers of its axes.
type candidate struct {
	*mutant
	axes [6]int
}

// shuffled orders mutants by a hash of the seed and the ID: a change of one file leaves those of the
// others in their order.
func shuffled(all []*mutant, seed uint64) []*mutant {
	type ranked struct {
		m *mutant
		h uint64
	}
	list := make([]ranked, len(all))
	for i, m := range all {
		sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", seed, m.ID))
		list[i] = ranked{m, binary.LittleEndian.Uint64(sum[:])}
	}
	slices.SortFunc(list, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.h, b.h), cmp.Compare(a.m.ID, b.m.ID))
	})
	order := make([]*mutant, len(list))
	for i := range list {
		order[i] = list[i].m
	}
	return order
}

// axes are what a sample is spread over, the first before the others. What a kind has drawn counts
// more than what all have.
func axes(m *mutant) [6]string {
	return [6]string{m.Kind + " " + m.Family, m.Kind + " " + m.Tier, "family " + m.Family, "tier " + m.Tier,
		"dtype " + m.DType, "function " + m.Function}
}

// rarest returns the index of the mutant that was drawn least often along the axes, or -1.
func rarest(list []candidate, drawn []int) int {
	best := -1
	var least [6]int
	for i := range list {
		var count [6]int
		for k, axis := range list[i].axes {
			count[k] = drawn[axis]
		}
		if best < 0 || slices.Compare(count[:], least[:]) < 0 {
			best, least = i, count
		}
	}
	return best
}
