package kernels

import (
	"slices"
	"testing"
)

// TestStartTier: a name lowers the tier and never raises it; what is unknown or not
// available changes nothing.
func TestStartTier(t *testing.T) {
	best := available[len(available)-1]
	for _, tier := range available {
		if got := startTier(tier.String()); got != tier {
			t.Errorf("%v starts with %v", tier, got)
		}
	}
	names := []string{"", "sse", "AVX2", "NEON"}
	for i, name := range tierNames {
		if !slices.Contains(available, Tier(i)) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if got := startTier(name); got != best {
			t.Errorf("%q starts with %v, want %v", name, got, best)
		}
	}
}

// TestParseTier: every tier has its name back.
func TestParseTier(t *testing.T) {
	for _, tier := range []Tier{Generic, NEON, AVX2, AVX512} {
		if got, err := ParseTier(tier.String()); got != tier || err != nil {
			t.Errorf("%v: %v, %v", tier, got, err)
		}
	}
	if _, err := ParseTier("sse"); err == nil {
		t.Error("sse is a tier")
	}
}

// TestLimitRefuses: a tier that does not run here is refused, whatever its number, and changes nothing.
func TestLimitRefuses(t *testing.T) {
	before := Active()
	for n := range 1 << 8 {
		if tier := Tier(n); !slices.Contains(available, tier) {
			if err := Limit(tier); err == nil || Active() != before {
				t.Fatalf("Limit(%d): %v, and %v is active, was %v", n, err, Active(), before)
			}
		}
	}
}
