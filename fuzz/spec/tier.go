package spec

import (
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

// The active tier belongs to the whole process. Calls on the same tier run side by side;
// those on another one wait until these are through.
var gate struct {
	sync.Mutex
	free    sync.Cond    // signals that no call runs
	running int          // calls
	tier    kernels.Tier // of those that run
	before  kernels.Tier // what was active before them
}

func init() { gate.free.L = &gate.Mutex }

// on calls f with kernels limited to a tier. The tier that was active before is active
// again when no call runs.
func on(t kernels.Tier, f func(*Call), c *Call) {
	enter(t)
	defer leave()
	f(c)
}

func enter(t kernels.Tier) {
	gate.Lock()
	defer gate.Unlock()
	for gate.running > 0 && gate.tier != t {
		gate.free.Wait()
	}
	if gate.running == 0 {
		gate.before, gate.tier = kernels.Active(), t
		if err := kernels.Limit(t); err != nil {
			panic(err)
		}
	}
	gate.running++
}

func leave() {
	gate.Lock()
	defer gate.Unlock()
	if gate.running--; gate.running > 0 {
		return
	}
	if err := kernels.Limit(gate.before); err != nil {
		panic(err)
	}
	gate.free.Broadcast()
}
