package kernels

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Int8Path is the instructions that a product of integers of 8 bits runs on. All paths give the same
// bits. A better path is a greater number. Each belongs to a tier, and runs where that tier is active.
type Int8Path uint8

const (
	Int8Generic Int8Path = iota // "generic": pure Go
	Int8NEON                    // "neon": multiplies bytes to 16 bits and adds pairs, tier NEON
	Int8AVX2                    // "avx2": widens to 16 bits for VPMADDWD, tier AVX2
	Int8AVX512                  // "avx512": likewise, tier AVX512
	Int8VNNI                    // "avx512_vnni": the dot products VPDPBUSD, tier AVX512
	Int8AMX                     // "amx_int8": the tiles of TDPBUSD, tier AVX512
)

var int8PathNames = [...]string{Int8Generic: "generic", Int8NEON: "neon", Int8AVX2: "avx2",
	Int8AVX512: "avx512", Int8VNNI: "avx512_vnni", Int8AMX: "amx_int8"}

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
	case Int8AVX2:
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

// int8Choice is a path of this architecture, and in words why it does not run here, "" if it does.
type int8Choice struct {
	path    Int8Path
	missing string
}

// int8s is what runs here. It is found at the first product, and not at import: a program without such
// products links nothing of it.
var int8s struct {
	once    sync.Once
	choices []int8Choice  // of this architecture, ascending, without the answer of the system about AMX
	ceiling Int8Path      // what ASHLAR_INT8 allows
	limit   atomic.Uint32 // the best path allowed
}

func int8Start() {
	int8s.once.Do(func() {
		int8s.choices = append([]int8Choice{{Int8Generic, ""}}, int8Choices()...)
		int8s.ceiling = startInt8(os.Getenv("ASHLAR_INT8"), int8Running(int8s.choices))
		int8s.limit.Store(uint32(int8s.ceiling))
	})
}

// startInt8 returns the path that the environment names, else the best one. A name that is unknown or
// does not run here changes nothing; a line on stderr says so.
func startInt8(name string, running []Int8Path) Int8Path {
	best := running[len(running)-1]
	if name == "" {
		return best
	}
	for _, p := range running {
		if p.String() == name {
			return p
		}
	}
	const format = "kernels: int8 path %q is not available here, have %v; ASHLAR_INT8 is ignored\n"
	fmt.Fprintf(os.Stderr, format, name, running)
	return best
}

// int8Running returns the paths that nothing is missing for.
func int8Running(choices []int8Choice) (paths []Int8Path) {
	for _, c := range choices {
		if c.missing == "" {
			paths = append(paths, c.path)
		}
	}
	return paths
}

// int8On returns the path of products on tier t: the best of that tier, as far as ASHLAR_INT8 and
// LimitInt8 allow. It asks the system for AMX only where AMX is next.
func int8On(t Tier) Int8Path {
	int8Start()
	limit := Int8Path(int8s.limit.Load())
	for i := len(int8s.choices) - 1; i > 0; i-- {
		c := &int8s.choices[i]
		if c.missing == "" && c.path <= limit && c.path.Tier() <= t &&
			(c.path != Int8AMX || int8AMXRefused() == "") {
			return c.path
		}
	}
	return Int8Generic
}

// ActiveInt8 returns the path that products of integers of 8 bits run on: the best of this CPU and build
// on the active tier, unless the environment variable ASHLAR_INT8 or [LimitInt8] lowered it. Where the
// CPU has AMX, the first call of this function or of such a product asks Linux for leave to use it.
func ActiveInt8() Int8Path { return int8On(Active()) }

// Int8Paths returns the paths that this CPU and build can run, lowest first. ASHLAR_INT8 and the active
// tier do not change the list. Where the CPU has AMX, the call asks Linux for it.
func Int8Paths() []Int8Path {
	int8Start()
	paths := int8Running(int8s.choices)
	if n := len(paths) - 1; paths[n] == Int8AMX && int8AMXRefused() != "" {
		paths = paths[:n]
	}
	return paths
}

// LimitInt8 makes p the best path that products may take; the active tier may demand a lower one. It
// returns an error and changes nothing if p does not run here or is above what ASHLAR_INT8 allows. Weights
// that are packed already keep the path they were packed for.
func LimitInt8(p Int8Path) error {
	int8Start()
	runs := func(c int8Choice) bool { return c.path == p && c.missing == "" }
	if !slices.ContainsFunc(int8s.choices, runs) || p == Int8AMX && int8AMXRefused() != "" {
		return fmt.Errorf("kernels: int8 path %s is not available here, have %v", p, Int8Paths())
	}
	if p > int8s.ceiling {
		return fmt.Errorf("kernels: int8 path %s is above ASHLAR_INT8=%s", p, int8s.ceiling)
	}
	int8s.limit.Store(uint32(p))
	return nil
}

// ExplainInt8 says in words why products of integers of 8 bits take no better path than [ActiveInt8], one
// reason for each better path of this architecture. It returns "" where the best one is active.
func ExplainInt8() string {
	active := ActiveInt8()
	var reasons []string
	for i := len(int8s.choices) - 1; i > 0 && int8s.choices[i].path > active; i-- {
		c := int8s.choices[i]
		reasons = append(reasons, c.path.String()+": "+c.why())
	}
	if len(int8s.choices) == 1 {
		reasons = append(reasons, "this build has no assembly")
	}
	return strings.Join(reasons, "; ")
}

// why says why a path is not active.
func (c int8Choice) why() string {
	switch {
	case c.missing != "":
		return c.missing
	case c.path > int8s.ceiling:
		return "ASHLAR_INT8=" + int8s.ceiling.String()
	case c.path > Int8Path(int8s.limit.Load()):
		return "LimitInt8 allows " + Int8Path(int8s.limit.Load()).String()
	case c.path.Tier() > Active():
		return "the active tier is " + Active().String()
	}
	return int8AMXRefused()
}

// int8AMXRefused returns why the system does not let the process use AMX, "" where it does.
func int8AMXRefused() string {
	_, reason := amxInt8Available()
	return reason
}
