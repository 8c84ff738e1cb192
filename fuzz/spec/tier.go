package spec

import (
	"errors"
	"slices"
	"sync"

	"github.com/ashlar-go/ashlar/kernels"
)

// tiers are those that kernels can be limited to: the tiers of this CPU and build, up to
// the one that ASHLAR_TIER names.
var tiers = reachable()

func reachable() (list []kernels.Tier) {
	defer kernels.Limit(kernels.Active())
	for _, t := range kernels.Tiers() {
		if kernels.Limit(t) == nil {
			list = append(list, t)
		}
	}
	return list
}

// paths returns those of bfloat16 products that kernels can be limited to, on a tier that they can be
// limited to; bestPath returns the last of them. They are found at the first look at the table, and not
// at import: that sets a limit, and asks the system for AMX.
var (
	paths    = sync.OnceValue(reachablePaths)
	bestPath = sync.OnceValue(func() kernels.BF16Path { return last(paths()) })
)

func last[P any](list []P) P { return list[len(list)-1] }

func reachablePaths() (list []kernels.BF16Path) {
	for _, p := range kernels.BF16Paths() {
		if slices.Contains(tiers, p.Tier()) && kernels.LimitBF16(p) == nil {
			list = append(list, p)
		}
	}
	return list // the last one remains the limit
}

// int8Paths returns those of products of integers of 8 bits, likewise.
var (
	int8Paths    = sync.OnceValue(reachableInt8)
	bestInt8Path = sync.OnceValue(func() kernels.Int8Path { return last(int8Paths()) })
)

func reachableInt8() (list []kernels.Int8Path) {
	for _, p := range kernels.Int8Paths() {
		if slices.Contains(tiers, p.Tier()) && kernels.LimitInt8(p) == nil {
			list = append(list, p)
		}
	}
	return list // the last one remains the limit
}

// way is what a call runs on.
type way struct {
	tier kernels.Tier
	path kernels.BF16Path
	int8 kernels.Int8Path
}

// The active tier and the limit of the paths belong to the whole process. Calls on the same way run
// side by side; those on another one wait until these are through.
var gate struct {
	sync.Mutex
	free    sync.Cond    // signals that no call runs
	running int          // calls
	way     way          // of those that run
	before  kernels.Tier // what was active before them
}

func init() { gate.free.L = &gate.Mutex }

// on calls f with kernels limited to a way. The tier that was active before is active
// again when no call runs, and every path is allowed.
func on(w way, f func(*Call), c *Call) {
	enter(w)
	defer leave()
	f(c)
}

func enter(w way) {
	gate.Lock()
	defer gate.Unlock()
	for gate.running > 0 && gate.way != w {
		gate.free.Wait()
	}
	if gate.running == 0 {
		gate.before, gate.way = kernels.Active(), w
		if err := errors.Join(kernels.Limit(w.tier), limitPath(w.path), limitInt8(w.int8)); err != nil {
			panic(err)
		}
	}
	gate.running++
}

// limitPath makes no call for the path that is the limit between calls.
func limitPath(p kernels.BF16Path) error {
	if p == bestPath() {
		return nil
	}
	return kernels.LimitBF16(p)
}

// limitInt8 likewise.
func limitInt8(p kernels.Int8Path) error {
	if p == bestInt8Path() {
		return nil
	}
	return kernels.LimitInt8(p)
}

func leave() {
	gate.Lock()
	defer gate.Unlock()
	if gate.running--; gate.running > 0 {
		return
	}
	err := kernels.Limit(gate.before)
	if gate.way.path != bestPath() {
		err = errors.Join(err, kernels.LimitBF16(bestPath()))
	}
	if gate.way.int8 != bestInt8Path() {
		err = errors.Join(err, kernels.LimitInt8(bestInt8Path()))
	}
	if err != nil {
		panic(err)
	}
	gate.free.Broadcast()
}
