package main

import (
	"fmt"
	"slices"
	"testing"
)

// population has mutants of 3 kinds, of which one is 50 times as frequent, in 4 families and 2 tiers.
func population() (all []*mutant) {
	for i := range 2000 {
		kind := "drop"
		if i%50 == 0 {
			kind = []string{"loop", "mask"}[i/50%2]
		}
		all = append(all, &mutant{ID: fmt.Sprint(i), Kind: kind, Family: fmt.Sprint("family", i/100%4),
			Tier: []string{"avx2", "avx512"}[i/400%2], DType: []string{"f32", "f64"}[i/800%2],
			Function: fmt.Sprint(i / 10)})
	}
	return all
}

func ids(list []*mutant) (all []string) {
	for _, m := range list {
		all = append(all, m.ID)
	}
	return all
}

func TestSample(t *testing.T) {
	all := population()
	chosen := sample(all, 48, 7)
	count := map[string]int{}
	for _, m := range chosen {
		count[m.Kind]++
		count[m.Family]++
		count[m.Tier]++
		count[m.DType]++
		count["id "+m.ID]++
	}
	for key, want := range map[string]int{"drop": 16, "loop": 16, "mask": 16, "family0": 12, "family1": 12,
		"family2": 12, "family3": 12, "avx2": 24, "avx512": 24} {
		if d := count[key] - want; d < -1 || d > 1 {
			t.Errorf("%d of %s, want %d or one more or less", count[key], key, want)
		}
	}
	for _, m := range chosen {
		if count["id "+m.ID] != 1 {
			t.Errorf("mutant %s is there %d times", m.ID, count["id "+m.ID])
		}
	}
	if again := sample(population(), 48, 7); !slices.Equal(ids(again), ids(chosen)) {
		t.Error("the same seed draws other mutants")
	}
	if other := sample(all, 48, 8); slices.Equal(ids(other), ids(chosen)) {
		t.Error("another seed draws the same mutants")
	}
	larger := sample(all, 60, 7)
	if !slices.Equal(ids(larger[:48]), ids(chosen)) {
		t.Error("a larger sample does not start with the smaller one")
	}
	for _, n := range []int{0, len(all), len(all) + 1} {
		if got := len(sample(all, n, 1)); got != len(all) {
			t.Errorf("a sample of %d has %d of %d mutants", n, got, len(all))
		}
	}
	if got := len(sample(all, 1999, 1)); got != 1999 {
		t.Errorf("a sample of 1999 has %d mutants: rare kinds run out", got)
	}
}

func TestChoose(t *testing.T) {
	if _, err := (&options{kinds: "loop,nothing"}).choose("", population()); err == nil {
		t.Error("an unknown kind has no error")
	}
	if _, err := (&options{run: "no such ID"}).choose("", population()); err == nil {
		t.Error("a filter that matches nothing has no error")
	}
	if _, err := (&options{run: "("}).choose("", population()); err == nil {
		t.Error("a bad expression has no error")
	}
	chosen, err := (&options{kinds: "loop,mask", run: "^1"}).choose("", population())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range chosen {
		if m.Kind == "drop" || m.ID[0] != '1' {
			t.Errorf("mutant %s of kind %s passes the filters", m.ID, m.Kind)
		}
	}
}
