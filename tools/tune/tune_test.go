//go:build tune

package main

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ashlar-go/ashlar/internal/tuning"
	"github.com/ashlar-go/ashlar/kernels"
)

// TestRegistry: kernels hands every rule over, and its value is none of those tried.
func TestRegistry(t *testing.T) {
	rules := newRegistry()
	var names []string
	for _, k := range knobs {
		names = append(names, k.rule)
		if slices.Contains(k.values, rules[k.rule].today) {
			t.Errorf("%s: today's value %v is among those tried", k.rule, rules[k.rule].today)
		}
	}
	slices.Sort(names)
	if got := slices.Sorted(maps.Keys(rules)); !slices.Equal(got, names) {
		t.Errorf("kernels has %v\nknobs are %v", got, names)
	}
}

// TestEffect: every knob changes how some product is computed on some tier, and apply(nil) takes every
// change back.
func TestEffect(t *testing.T) {
	t.Cleanup(func() { kernels.SetThreads(0) })
	rules := newRegistry()
	t.Cleanup(func() { rules.apply(nil) })
	before := decisions()
	if len(before) < 1000 {
		t.Fatalf("%d decisions", len(before))
	}
	for i := range knobs {
		changes := slices.ContainsFunc(knobs[i].values, func(v float64) bool {
			rules.apply(candidate{{&knobs[i], v}})
			return !slices.Equal(decisions(), before)
		})
		if !changes {
			t.Errorf("%s has no effect", knobs[i].rule)
		}
	}
	rules.apply(nil)
	if !slices.Equal(decisions(), before) {
		t.Error("apply(nil) does not restore today's rules")
	}
}

// decisions are how the shapes of all classes are computed, on all tiers, by one thread and by two.
func decisions() (all []string) {
	for threads := 1; threads <= 2; threads++ {
		kernels.SetThreads(threads)
		for _, tier := range []string{"generic", "avx2", "avx512", "neon"} {
			for _, c := range classes() {
				for _, s := range c.shapes {
					for s.Size = 4; s.Size <= 8; s.Size += 4 {
						all = append(all, tuning.Decide(tier, s))
					}
				}
			}
		}
	}
	return all
}

// TestSearch runs the whole search on small shapes with all candidates.
func TestSearch(t *testing.T) {
	t.Cleanup(func() { kernels.SetThreads(0) })
	all := regexp.MustCompile(".")
	own, err := parseShapes("NN 20x20x20,NT 33x40x50,TN 90x90x90,NN 270x260x280,NN 40x1x60")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	c := config{dtypes: []string{"f32", "f64"}, threads: []int{1, 2}, shapes: all, only: all, own: own,
		rounds: 1, each: time.Microsecond, near: true, rules: newRegistry(), out: &out}
	found, err := c.search()
	if err != nil {
		t.Fatal(err)
	}
	if !timed(found, "longKC=256", "NN 270x260x280") || timed(found, "longKC=256", "NN 20x20x20") {
		t.Error("longKC changes a step of NN 270x260x280 alone, and is timed there")
	}
	for _, want := range []string{"### own shapes, f64, threads: 2", "NN 270x260x280 ",
		"\nbest value of the rule ", "lost nowhere"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%v", want, &out)
		}
	}
	before := decisions()
	c.rules.apply(nil)
	if !slices.Equal(decisions(), before) {
		t.Error("the search leaves a rule changed")
	}
}

// timed reports whether a candidate has a gain at a shape, however noisy it was.
func timed(all []*sitting, by, shape string) bool {
	for _, s := range all {
		for _, r := range s.results {
			for i, g := range r.gains {
				if g == g && s.candidates[i].String() == by && name(r.shape) == shape {
					return true
				}
			}
		}
	}
	return false
}

// TestCheck: a candidate with other results is an error, with other last bits only if it does not change
// the order of summation.
func TestCheck(t *testing.T) {
	p := newProduct[float32](tuning.Shape{M: 20, N: 30, K: 40})
	order, other := candidate{{&knobs[0], 192}}, candidate{{&knobs[4], 8}}
	if err := p.check(nil); err != nil {
		t.Fatal(err)
	}
	p.want[7] += 1e-6
	if err := p.check(order); err != nil {
		t.Errorf("a rounding error with another order: %v", err)
	}
	if err := p.check(other); err == nil || !strings.Contains(err.Error(), "tilesPerThread=8: element 7") {
		t.Errorf("a rounding error: %v", err)
	}
	p.want[7]++
	if p.check(order) == nil {
		t.Error("a wrong result is no error")
	}
}
