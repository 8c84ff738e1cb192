package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/ashlar-go/ashlar/internal/tuning"
	"github.com/ashlar-go/ashlar/kernels"
)

// sitting is what one class came to in one dtype on some threads.
type sitting struct {
	class      class
	dtype      string
	threads    int
	candidates []candidate
	results    []*result
}

// search measures all that the flags name, and prints as it goes.
func (c *config) search() (all []*sitting, err error) {
	for _, threads := range c.threads {
		kernels.SetThreads(threads)
		c.inUse = threads
		for _, dtype := range c.dtypes {
			for _, cl := range c.selected() {
				found, err := c.class(cl, dtype, threads)
				all = append(all, found...)
				if err != nil {
					return nil, err
				}
			}
		}
	}
	printVerdict(c.out, all)
	return all, nil
}

// selected are the classes and shapes that the flags name.
func (c *config) selected() (some []class) {
	if len(c.own) > 0 {
		return []class{{name: "own shapes", shapes: c.own}}
	}
	for _, cl := range classes() {
		if c.quick {
			cl.shapes = cl.shapes[:cl.few]
		}
		if !c.shapes.MatchString(cl.name) {
			cl.shapes = slices.DeleteFunc(cl.shapes, func(s tuning.Shape) bool {
				return !c.shapes.MatchString(name(s))
			})
		}
		if len(cl.shapes) > 0 {
			some = append(some, cl)
		}
	}
	return some
}

// single are the candidates of one setting that the flags name.
func (c *config) single() (all []candidate) {
	for i := range knobs {
		if !c.only.MatchString(knobs[i].rule) {
			continue
		}
		for _, v := range knobs[i].values {
			all = append(all, candidate{{&knobs[i], v}})
		}
	}
	return all
}

// class measures a class and, of the candidates that win there, the sizes near by.
func (c *config) class(cl class, dtype string, threads int) ([]*sitting, error) {
	first := &sitting{class: cl, dtype: dtype, threads: threads, candidates: c.single()}
	if err := c.sit(first, !c.quick); err != nil {
		return nil, err
	}
	winners := first.winners()
	if !c.near || len(winners) == 0 {
		return []*sitting{first}, nil
	}
	near := &sitting{class: neighbours(cl), dtype: dtype, threads: threads, candidates: winners}
	err := c.sit(near, false)
	return []*sitting{first, near}, err
}

// sit measures the shapes of a sitting, prints a line for each and then the summary. Where confirm is
// set, the best of a shape are timed once more, alone and together.
func (c *config) sit(s *sitting, confirm bool) error {
	s.printHead(c.out)
	for _, shape := range s.class.shapes {
		r, err := c.measure(s.dtype, shape, s.candidates)
		if err != nil {
			return err
		}
		s.results = append(s.results, r)
		by, best := r.best(s.candidates)
		if together := r.combine(s.candidates); confirm && len(together) > 0 {
			again, err := c.measure(s.dtype, shape, together)
			if err != nil {
				return err
			}
			by, best = again.best(together)
		}
		r.print(c.out, by, best)
	}
	s.printSummary(c.out)
	return nil
}

func (c *config) measure(dtype string, s tuning.Shape, candidates []candidate) (*result, error) {
	if dtype == "f32" {
		return measure[float32](c, s, candidates)
	}
	return measure[float64](c, s, candidates)
}

// best returns the candidate with the largest gain, nil if none gains.
func (r *result) best(candidates []candidate) (by candidate, gain float64) {
	gain = 1
	for i, g := range r.gains {
		if g > gain { // not if NaN
			by, gain = candidates[i], g
		}
	}
	return by, gain
}

const (
	least   = 0.01 // a smaller gain is none, however quiet the machine is
	loudest = 0.1  // the gains of a shape with more noise count for nothing
	fewest  = 3    // candidates that are combined
)

// combine returns the best few candidates with gains above the noise, each of another rule and with another
// gain, which means other steps; alone and in every combination.
func (r *result) combine(candidates []candidate) (all []candidate) {
	order := make([]int, 0, len(candidates))
	for i, g := range r.gains {
		if g > 1+max(least, r.noise) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int {
		if r.gains[i] > r.gains[j] {
			return -1
		} else if r.gains[i] < r.gains[j] {
			return 1
		}
		return 0
	})
	var few []int
	for _, i := range order {
		taken := slices.ContainsFunc(few, func(j int) bool {
			return r.gains[i] == r.gains[j] || candidates[i][0].knob == candidates[j][0].knob
		})
		if !taken && len(few) < fewest {
			few = append(few, i)
		}
	}
	for set := 1; set < 1<<len(few); set++ {
		var c candidate
		for bit, i := range few {
			if set>>bit&1 == 1 {
				c = append(c, candidates[i]...)
			}
		}
		all = append(all, c)
	}
	return all
}

// total is what a candidate came to over the shapes at which it changes a step.
type total struct {
	candidate
	shapes      int
	mean        float64 // the geometric mean of its gains
	worst, most float64
	lost        string // the shape at which it loses more than the noise, and the most
	wins        bool   // its mean is above the noise, and it loses nowhere
}

// total of the candidate with that index.
func (s *sitting) total(i int) total {
	t := total{candidate: s.candidates[i], worst: math.Inf(1)}
	logs, noise, loss := 0.0, 0.0, 1.0
	for _, r := range s.results {
		g := r.gains[i]
		if math.IsNaN(g) || r.noise > loudest {
			continue
		}
		t.shapes++
		logs, noise = logs+math.Log(g), noise+max(least, r.noise)
		t.most, t.worst = max(t.most, g), min(t.worst, g)
		if g < 1-max(least, r.noise) && g < loss {
			loss, t.lost = g, name(r.shape)
		}
	}
	t.mean = math.Exp(logs / float64(t.shapes)) // NaN without shapes
	t.wins = t.mean > 1+noise/float64(t.shapes) && t.lost == ""
	return t
}

// winners are the candidates that gain more than the noise in the mean and lose no more anywhere.
func (s *sitting) winners() (all []candidate) {
	for i := range s.candidates {
		if t := s.total(i); t.wins {
			all = append(all, t.candidate)
		}
	}
	return all
}

func (s *sitting) String() string {
	return fmt.Sprintf("%s, %s, threads: %d", s.class.name, s.dtype, s.threads)
}
