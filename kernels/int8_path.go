package kernels

import (
	"fmt"
	"slices"
)

// Int8Path is the instructions that a product of integers of 8 bits runs on. All paths give the same
// bits. A better path is a greater number. Each belongs to a tier, and runs where that tier is active.
type Int8Path uint8

const (
	Int8Generic Int8Path = iota // "generic": pure Go
	Int8NEON                    // "neon": multiplies bytes to 16 bits and adds pairs, tier NEON
	Int8AVX2                    // "avx2": widens to 16 bits for VPMADDWD, tier AVX2
	Int8AVXVNNI                 // "avx_vnni": the dot products VPDPBUSD of AVX-VNNI, tier AVX2
	Int8AVX512                  // "avx512": widens to 16 bits for VPMADDWD, tier AVX512
	Int8VNNI                    // "avx512_vnni": the dot products VPDPBUSD, tier AVX512
	Int8AMX                     // "amx_int8": the tiles of TDPBUSD, tier AVX512
)

var int8PathNames = [...]string{Int8Generic: "generic", Int8NEON: "neon", Int8AVX2: "avx2",
	Int8AVXVNNI: "avx_vnni", Int8AVX512: "avx512", Int8VNNI: "avx512_vnni", Int8AMX: "amx_int8"}

// String returns a name such as "avx512_vnni".
func (p Int8Path) String() string {
	if int(p) < len(int8PathNames) {
		return int8PathNames[p]
	}
	return fmt.Sprintf("Int8Path(%d)", uint8(p))
}

// Tier returns the tier that the path belongs to.
func (p Int8Path) Tier() Tier {
	switch p {
	case Int8NEON:
		return NEON
	case Int8AVX2, Int8AVXVNNI:
		return AVX2
	case Int8AVX512, Int8VNNI, Int8AMX:
		return AVX512
	}
	return Generic
}

// ParseInt8Path returns the path with the given name.
func ParseInt8Path(name string) (Int8Path, error) {
	if i := slices.Index(int8PathNames[:], name); i >= 0 {
		return Int8Path(i), nil
	}
	return Int8Generic, fmt.Errorf("kernels: unknown int8 path %q, want one of %q", name, int8PathNames)
}

type int8Choice = choice[Int8Path]

var int8s = paths[Int8Path]{what: "int8", env: "ASHLAR_INT8", limitation: "LimitInt8", choicesOf: int8Choices,
	amx: Int8AMX, refused: int8AMXRefused}

// int8On returns the path of int8 products on a tier.
func int8On(t Tier) Int8Path { return int8s.on(t) }

// ActiveInt8 returns the path that products of integers of 8 bits run on: the best of this CPU and build
// on the active tier, unless the environment variable ASHLAR_INT8 or [LimitInt8] lowered it. Where the
// CPU has AMX, the first call of this function or of such a product asks Linux for leave to use it.
func ActiveInt8() Int8Path { return int8On(Active()) }

// Int8Paths returns the paths that this CPU and build can run, lowest first. ASHLAR_INT8 and the active
// tier do not change the list. Where the CPU has AMX, the call asks Linux for it.
func Int8Paths() []Int8Path { return int8s.running() }

// LimitInt8 makes p the best path that products may take; the active tier may demand a lower one. It
// returns an error and changes nothing if p does not run here or is above what ASHLAR_INT8 allows. Weights
// that are packed already keep the path they were packed for.
func LimitInt8(p Int8Path) error { return int8s.lower(p) }

// ExplainInt8 says in words why products of integers of 8 bits take no better path than [ActiveInt8], one
// reason for each better path of this architecture. It returns "" where the best one is active.
func ExplainInt8() string { return int8s.explain() }

// int8AMXRefused returns why the system does not let the process use AMX, "" where it does.
func int8AMXRefused() string {
	_, reason := amxInt8Available()
	return reason
}
