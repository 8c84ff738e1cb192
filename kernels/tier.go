package kernels

import (
	"fmt"
	"os"
	"slices"
	"sync/atomic"
)

// Tier is a cluster of CPU features that one set of kernels is written for.
type Tier uint8

const (
	Generic Tier = iota // pure Go, on every GOARCH
	NEON                // arm64 Advanced SIMD
	AVX2                // amd64 with AVX2 and FMA
	AVX512              // amd64 with AVX-512 F, VL, BW and DQ
)

var tierNames = [...]string{Generic: "generic", NEON: "neon", AVX2: "avx2", AVX512: "avx512"}

// String returns "generic", "neon", "avx2" or "avx512".
func (t Tier) String() string {
	if int(t) < len(tierNames) {
		return tierNames[t]
	}
	return fmt.Sprintf("Tier(%d)", uint8(t))
}

// ParseTier returns the tier with the given name.
func ParseTier(name string) (Tier, error) {
	if i := slices.Index(tierNames[:], name); i >= 0 {
		return Tier(i), nil
	}
	return Generic, fmt.Errorf("kernels: unknown tier %q, want one of %q", name, tierNames)
}

var (
	available = append([]Tier{Generic}, detect()...) // ascending
	ceiling   = startTier(os.Getenv("ASHLAR_TIER"))
	active    atomic.Uint32
)

func init() { active.Store(uint32(ceiling)) }

// startTier returns the best tier of this CPU, lowered to the one named. A name that is
// unknown or not available here changes nothing; a line on stderr says so.
func startTier(name string) Tier {
	best := available[len(available)-1]
	if name == "" {
		return best
	}
	for _, t := range available {
		if t.String() == name {
			return t
		}
	}
	const format = "kernels: tier %q is not available here, have %v; ASHLAR_TIER is ignored, running %s\n"
	fmt.Fprintf(os.Stderr, format, name, available, best)
	return best
}

// Active returns the tier that kernels run on: the best that this CPU and build
// have, unless the environment variable ASHLAR_TIER or [Limit] lowered it.
func Active() Tier { return Tier(active.Load()) }

// Tiers returns the tiers that this CPU and this build can run, lowest first.
// ASHLAR_TIER does not change the list.
func Tiers() []Tier { return slices.Clone(available) }

// Limit makes t the active tier. It returns an error and changes nothing if t is not
// available or is above what ASHLAR_TIER allows. Call it before the first kernel: calls
// that are running keep the tier they began with.
func Limit(t Tier) error {
	if !slices.Contains(available, t) {
		return fmt.Errorf("kernels: tier %s is not available here, have %v", t, available)
	}
	if t > ceiling {
		return fmt.Errorf("kernels: tier %s is above ASHLAR_TIER=%s", t, ceiling)
	}
	active.Store(uint32(t))
	return nil
}
