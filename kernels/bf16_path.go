package kernels

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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

// bf16Choice is a path of this architecture, and in words why it does not run here, "" if it does.
type bf16Choice struct {
	path    BF16Path
	missing string
}

// bf16 is what runs here. It is found at the first product, and not at import: a program without such
// products links nothing of it.
var bf16 struct {
	once    sync.Once
	choices []bf16Choice  // of this architecture, ascending, without the answer of the system about AMX
	ceiling BF16Path      // what ASHLAR_BF16 allows
	limit   atomic.Uint32 // the best path allowed
}

func bf16Start() {
	bf16.once.Do(func() {
		bf16.choices = append([]bf16Choice{{BF16Generic, ""}}, bf16Choices()...)
		bf16.ceiling = startBF16(os.Getenv("ASHLAR_BF16"), bf16.choices)
		bf16.limit.Store(uint32(bf16.ceiling))
	})
}

// startBF16 returns the path that the environment names, else the best one. A name that is unknown or
// does not run here changes nothing; a line on stderr says so.
func startBF16(name string, choices []bf16Choice) BF16Path {
	best := bf16Running(choices)
	if name == "" {
		return best[len(best)-1]
	}
	for _, p := range best {
		if p.String() == name {
			return p
		}
	}
	const format = "kernels: bfloat16 path %q is not available here, have %v; ASHLAR_BF16 is ignored\n"
	fmt.Fprintf(os.Stderr, format, name, best)
	return best[len(best)-1]
}

// bf16Running returns the paths that nothing is missing for.
func bf16Running(choices []bf16Choice) (paths []BF16Path) {
	for _, c := range choices {
		if c.missing == "" {
			paths = append(paths, c.path)
		}
	}
	return paths
}

// bf16On returns the path of products on tier t: the best of that tier, as far as ASHLAR_BF16 and
// LimitBF16 allow. It asks the system for AMX only where AMX is next.
func bf16On(t Tier) BF16Path {
	bf16Start()
	limit := BF16Path(bf16.limit.Load())
	for i := len(bf16.choices) - 1; i > 0; i-- {
		c := &bf16.choices[i]
		if c.missing == "" && c.path <= limit && c.path.Tier() <= t &&
			(c.path != BF16AMX || amxRefused() == "") {
			return c.path
		}
	}
	return BF16Generic
}

// ActiveBF16 returns the path that products of bfloat16 numbers run on: the best of this CPU and build
// on the active tier, unless the environment variable ASHLAR_BF16 or [LimitBF16] lowered it. Where the
// CPU has AMX, the first call of this function or of such a product asks Linux for leave to use it.
func ActiveBF16() BF16Path { return bf16On(Active()) }

// BF16Paths returns the paths that this CPU, system and build can run, lowest first. ASHLAR_BF16 and
// the active tier do not change the list. Where the CPU has AMX, the call asks Linux for it.
func BF16Paths() []BF16Path {
	bf16Start()
	paths := bf16Running(bf16.choices)
	if n := len(paths) - 1; paths[n] == BF16AMX && amxRefused() != "" {
		paths = paths[:n]
	}
	return paths
}

// LimitBF16 makes p the best path that products may take; the active tier may demand a lower one. It
// returns an error and changes nothing if p does not run here or is above what ASHLAR_BF16 allows. Call
// it before the first product: calls that are running keep the path they began with.
func LimitBF16(p BF16Path) error {
	bf16Start()
	runs := func(c bf16Choice) bool { return c.path == p && c.missing == "" }
	if !slices.ContainsFunc(bf16.choices, runs) || p == BF16AMX && amxRefused() != "" {
		return fmt.Errorf("kernels: bfloat16 path %s is not available here, have %v", p, BF16Paths())
	}
	if p > bf16.ceiling {
		return fmt.Errorf("kernels: bfloat16 path %s is above ASHLAR_BF16=%s", p, bf16.ceiling)
	}
	bf16.limit.Store(uint32(p))
	return nil
}

// ExplainBF16 says in words why products of bfloat16 numbers take no better path than [ActiveBF16], one
// reason for each better path of this architecture. It returns "" where the best one is active.
func ExplainBF16() string {
	active := ActiveBF16()
	var reasons []string
	for i := len(bf16.choices) - 1; i > 0 && bf16.choices[i].path > active; i-- {
		c := bf16.choices[i]
		reasons = append(reasons, c.path.String()+": "+c.why())
	}
	if len(bf16.choices) == 1 {
		reasons = append(reasons, "this build has no assembly")
	}
	return strings.Join(reasons, "; ")
}

// why says why a path is not active.
func (c bf16Choice) why() string {
	switch {
	case c.missing != "":
		return c.missing
	case c.path > bf16.ceiling:
		return "ASHLAR_BF16=" + bf16.ceiling.String()
	case c.path > BF16Path(bf16.limit.Load()):
		return "LimitBF16 allows " + BF16Path(bf16.limit.Load()).String()
	case c.path.Tier() > Active():
		return "the active tier is " + Active().String()
	}
	return amxRefused()
}

// amxRefused returns why the system does not let the process use AMX, "" where it does. The first call
// asks it.
func amxRefused() string {
	_, reason := amxAvailable()
	return reason
}
