package kernels

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestStartBF16: a name lowers the path and never raises it; what is unknown or not available changes
// nothing.
func TestStartBF16(t *testing.T) {
	choices := []bf16Choice{{BF16Generic, ""}, {BF16AVX2, ""}, {BF16AVX512, ""},
		{BF16Dot, "this CPU has none"}}
	for name, want := range map[string]BF16Path{"": BF16AVX512, "generic": BF16Generic, "avx2": BF16AVX2,
		"avx512": BF16AVX512, "avx512_bf16": BF16AVX512, "amx_bf16": BF16AVX512, "AVX2": BF16AVX512} {
		if got := bf16.start(name, runningOf(choices)); got != want {
			t.Errorf("%q starts with %v, want %v", name, got, want)
		}
	}
}

// TestParseBF16Path: every path has its name back, and its tier is one that exists.
func TestParseBF16Path(t *testing.T) {
	for p := BF16Generic; p <= BF16AMX; p++ {
		if got, err := ParseBF16Path(p.String()); got != p || err != nil {
			t.Errorf("%v: %v, %v", p, got, err)
		}
		if tier, err := ParseTier(p.Tier().String()); tier != p.Tier() || err != nil {
			t.Errorf("%v: tier %v, %v", p, tier, err)
		}
	}
	if _, err := ParseBF16Path("sse"); err == nil {
		t.Error("sse is a path")
	}
}

// TestBF16FollowsTier: lowering the tier lowers the path, and both are explained.
func TestBF16FollowsTier(t *testing.T) {
	before := Active()
	defer Limit(before)
	for _, tier := range Tiers() {
		if Limit(tier) != nil {
			continue // ASHLAR_TIER forbids it
		}
		path := ActiveBF16()
		if path.Tier() > tier {
			t.Errorf("on tier %v path %v is active", tier, path)
		}
		for _, better := range BF16Paths() {
			says := better.String() + ": "
			if better > path != strings.Contains(ExplainBF16(), says) {
				t.Errorf("on tier %v path %v is active: %q", tier, path, ExplainBF16())
			}
		}
	}
}

// TestLimitBF16: a path that does not run is refused, and changes nothing.
func TestLimitBF16(t *testing.T) {
	before := ActiveBF16()
	for p := BF16Generic; p <= BF16AMX+1; p++ {
		if !slices.Contains(BF16Paths(), p) {
			if err := LimitBF16(p); err == nil || ActiveBF16() != before {
				t.Errorf("%v: %v, and %v is active, was %v", p, err, ActiveBF16(), before)
			}
		}
	}
	onBF16Paths(t, func(t *testing.T, p BF16Path) {
		if ActiveBF16() != p {
			t.Errorf("%v is active", ActiveBF16())
		}
	})
	if ActiveBF16() != before {
		t.Errorf("%v is active, was %v", ActiveBF16(), before)
	}
}

// TestBF16Environment starts this program anew with the variable set.
func TestBF16Environment(t *testing.T) {
	if os.Getenv(printEnvironment) != "" {
		fmt.Printf("path %v limit %v\n", ActiveBF16(), LimitBF16(BF16Paths()[len(BF16Paths())-1]) == nil)
		return
	}
	best := BF16Paths()[len(BF16Paths())-1]
	for _, c := range []struct{ path, want, warning string }{
		{"generic", fmt.Sprintf("path generic limit %v", best == BF16Generic), ""},
		{"", fmt.Sprintf("path %v limit true", best), ""},
		{"sse", fmt.Sprintf("path %v limit true", best), "ASHLAR_BF16 is ignored"},
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestBF16Environment$")
		cmd.Env = append(os.Environ(), printEnvironment+"=1", "ASHLAR_TIER=", "ASHLAR_REQUIRE_TIER=",
			"ASHLAR_REQUIRE_BF16=", "ASHLAR_BF16="+c.path)
		var warned strings.Builder
		cmd.Stderr = &warned
		out, err := cmd.Output()
		if errors.Is(err, syscall.ENOEXEC) || errors.Is(err, errors.ErrUnsupported) {
			t.Skipf("this system cannot start the program anew, as where an emulator runs it: %v", err)
		}
		if err != nil || !strings.Contains(string(out), c.want) {
			t.Errorf("path %q: %v, printed %q, want %q", c.path, err, out, c.want)
		}
		text := warned.String()
		if n := strings.Count(text, "ASHLAR_BF16"); !strings.Contains(text, c.warning) || n > 1 ||
			c.warning == "" && n > 0 {
			t.Errorf("path %q: warned %q, want %q", c.path, text, c.warning)
		}
	}
}
