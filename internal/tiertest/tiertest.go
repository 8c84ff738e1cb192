// Package tiertest makes the tests of a package fail, instead of skipping, where the tier
// that ASHLAR_REQUIRE_TIER names does not run.
package tiertest

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
)

// Main runs the tests of a package, for its TestMain:
//
//	func TestMain(m *testing.M) { tiertest.Main(m) }
func Main(m *testing.M) {
	if err := Check(os.Getenv("ASHLAR_TIER"), os.Getenv("ASHLAR_REQUIRE_TIER"), kernels.Active(),
		kernels.Tiers()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// Required reports the tier that ASHLAR_REQUIRE_TIER names, if any.
func Required() (kernels.Tier, bool) {
	t, err := kernels.ParseTier(os.Getenv("ASHLAR_REQUIRE_TIER"))
	return t, err == nil
}

// Check returns an error where a process does not run the required tier. lowered and
// required are the values of ASHLAR_TIER and ASHLAR_REQUIRE_TIER, "" where not set. The
// required tier must be available. If ASHLAR_TIER is set too, it must name the same tier,
// and that tier must be active.
func Check(lowered, required string, active kernels.Tier, available []kernels.Tier) error {
	if required == "" {
		return nil
	}
	t, err := kernels.ParseTier(required)
	switch {
	case err != nil:
		return fmt.Errorf("ASHLAR_REQUIRE_TIER: %w", err)
	case !slices.Contains(available, t):
		return fmt.Errorf("ASHLAR_REQUIRE_TIER=%v, but this CPU and build run %v only", t, available)
	case lowered != "" && (lowered != required || active != t):
		return fmt.Errorf("ASHLAR_TIER=%s and ASHLAR_REQUIRE_TIER=%s, but tier %v is active", lowered,
			required, active)
	}
	return nil
}
