package main

import (
	"math/rand/v2"
)

// sample draws n mutants, spread evenly over kinds first, then over families, tiers and dtypes: each
// kind has its turn, and takes the mutant whose family, tier and dtype were drawn least often for
// this kind. n <= 0 takes all.
func sample(all []*mutant, n int, seed uint64) []*mutant {
	if n <= 0 || n >= len(all) {
		return all
	}
	r := rand.New(rand.NewPCG(seed, 0))
	left := append([]*mutant(nil), all...)
	r.Shuffle(len(left), func(i, j int) { left[i], left[j] = left[j], left[i] })
	byKind := map[string][]*mutant{}
	var kinds []string
	for _, m := range left {
		if byKind[m.Kind] == nil {
			kinds = append(kinds, m.Kind)
		}
		byKind[m.Kind] = append(byKind[m.Kind], m)
	}
	drawn := map[string]int{}
	var chosen []*mutant
	for i := 0; len(chosen) < n; i++ {
		kind := kinds[i%len(kinds)]
		if best := rarest(byKind[kind], drawn); best >= 0 {
			m := byKind[kind][best]
			chosen = append(chosen, m)
			byKind[kind] = append(byKind[kind][:best], byKind[kind][best+1:]...)
			for _, key := range axes(m) {
				drawn[key]++
			}
		}
	}
	return chosen
}

// axes are what a sample is spread over, the first before the others. What a kind has drawn counts
// more than what all have.
func axes(m *mutant) [6]string {
	return [6]string{m.Kind + " " + m.Family, m.Kind + " " + m.Tier, "family " + m.Family, "tier " + m.Tier,
		"dtype " + m.DType, "function " + m.Function}
}

// rarest returns the index of the mutant that was drawn least often along the axes, or -1.
func rarest(list []*mutant, drawn map[string]int) int {
	best := -1
	var least [6]int
	for i, m := range list {
		var count [6]int
		for k, key := range axes(m) {
			count[k] = drawn[key]
		}
		if best < 0 || less(count, least) {
			best, least = i, count
		}
	}
	return best
}

func less(a, b [6]int) bool {
	for i := range a {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return false
}
