// Package tiertest makes the tests of a package fail, instead of skipping, where the tier
// that ASHLAR_REQUIRE_TIER names does not run, or the path of bfloat16 products that
// ASHLAR_REQUIRE_BF16 names, or where others run than ASHLAR_EXACT_TIERS lists.
package tiertest

import (
	"fmt"
	"os"
	"slices"
	"strings"
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
	if required := os.Getenv("ASHLAR_REQUIRE_BF16"); required != "" {
		err := CheckBF16(os.Getenv("ASHLAR_BF16"), required, kernels.ActiveBF16(), kernels.BF16Paths())
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if err := CheckExact(os.Getenv(Exact), kernels.Tiers()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// Exact is the environment variable with the tiers that a machine must have, no more and no less:
// "generic" or "generic avx2". Tools that emulate machines set it.
const Exact = "ASHLAR_EXACT_TIERS"

// CheckExact returns an error where the tiers are not those that the value of [Exact] lists.
func CheckExact(listed string, available []kernels.Tier) error {
	if listed == "" {
		return nil
	}
	var want []kernels.Tier
	for _, name := range strings.Fields(listed) {
		t, err := kernels.ParseTier(name)
		if err != nil {
			return fmt.Errorf("%s: %w", Exact, err)
		}
		want = append(want, t)
	}
	if !slices.Equal(want, available) {
		return fmt.Errorf("%s=%s, but this CPU and build run %v", Exact, listed, available)
	}
	return nil
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

// CheckBF16 is Check for the path of bfloat16 products: lowered and required are the values of
// ASHLAR_BF16 and ASHLAR_REQUIRE_BF16.
func CheckBF16(lowered, required string, active kernels.BF16Path, available []kernels.BF16Path) error {
	p, err := kernels.ParseBF16Path(required)
	switch {
	case err != nil:
		return fmt.Errorf("ASHLAR_REQUIRE_BF16: %w", err)
	case !slices.Contains(available, p):
		return fmt.Errorf("ASHLAR_REQUIRE_BF16=%v, but this CPU, system and build run %v only: %s", p, available,
			kernels.ExplainBF16())
	case lowered != "" && (lowered != required || active != p):
		return fmt.Errorf("ASHLAR_BF16=%s and ASHLAR_REQUIRE_BF16=%s, but path %v is active", lowered, required,
			active)
	}
	return nil
}
