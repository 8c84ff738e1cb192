package kernels

import (
	"fmt"
	"slices"
)

// BF16Path is the instructions that a product of bfloat16 numbers runs on. A better path is a greater
// number. Each belongs to a tier, and runs where that tier is active.
type BF16Path uint8

const (
	BF16Generic BF16Path = iota // "generic": pure Go
	BF16NEON                    // "neon": widens to float32, tier NEON
	BF16AVX2                    // "avx2": widens to float32, tier AVX2
	BF16AVX512                  // "avx512": widens to float32, tier AVX512
	BF16Dot                     // "avx512_bf16": the dot products VDPBF16PS, tier AVX512
	BF16AMX                     // "amx_bf16": the tiles of TDPBF16PS, tier AVX512
)

var bf16PathNames = [...]string{BF16Generic: "generic", BF16NEON: "neon", BF16AVX2: "avx2",
	BF16AVX512: "avx512", BF16Dot: "avx512_bf16", BF16AMX: "amx_bf16"}

// String returns a name such as "avx512_bf16".
func (p BF16Path) String() string {
	if int(p) < len(bf16PathNames) {
		return bf16PathNames[p]
	}
	return fmt.Sprintf("BF16Path(%d)", uint8(p))
}

// Tier returns the tier that the path belongs to.
func (p BF16Path) Tier() Tier {
	switch p {
	case BF16NEON:
		return NEON
	case BF16AVX2:
		return AVX2
	case BF16AVX512, BF16Dot, BF16AMX:
		return AVX512
	}
	return Generic
}

// ParseBF16Path returns the path with the given name.
func ParseBF16Path(name string) (BF16Path, error) {
	if i := slices.Index(bf16PathNames[:], name); i >= 0 {
		return BF16Path(i), nil
	}
	return BF16Generic, fmt.Errorf("kernels: unknown bfloat16 path %q, want one of %q", name, bf16PathNames)
}

type bf16Choice = choice[BF16Path]

var bf16 = paths[BF16Path]{what: "bfloat16", env: "ASHLAR_BF16", limitation: "LimitBF16", choicesOf: bf16Choices,
	amx: BF16AMX, refused: amxRefused}

// bf16On returns the path of bfloat16 products on a tier.
func bf16On(t Tier) BF16Path { return bf16.on(t) }

// ActiveBF16 returns the path that products of bfloat16 numbers run on: the best of this CPU and build
// on the active tier, unless the environment variable ASHLAR_BF16 or [LimitBF16] lowered it. Where the
// CPU has AMX, the first call of this function or of such a product asks Linux for leave to use it.
func ActiveBF16() BF16Path { return bf16On(Active()) }

// BF16Paths returns the paths that this CPU, system and build can run, lowest first. ASHLAR_BF16 and
// the active tier do not change the list. Where the CPU has AMX, the call asks Linux for it.
func BF16Paths() []BF16Path { return bf16.running() }

// LimitBF16 makes p the best path that products may take; the active tier may demand a lower one. It
// returns an error and changes nothing if p does not run here or is above what ASHLAR_BF16 allows. Call
// it before the first product: calls that are running keep the path they began with.
func LimitBF16(p BF16Path) error { return bf16.lower(p) }

// ExplainBF16 says in words why products of bfloat16 numbers take no better path than [ActiveBF16], one
// reason for each better path of this architecture. It returns "" where the best one is active.
func ExplainBF16() string { return bf16.explain() }

// amxRefused returns why the system does not let the process use AMX, "" where it does. The first call
// asks it.
func amxRefused() string {
	_, reason := amxAvailable()
	return reason
}
