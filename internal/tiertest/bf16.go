package tiertest

import (
	"testing"

	"github.com/ashlar-go/ashlar/internal/forced"
	"github.com/ashlar-go/ashlar/kernels"
)

// EachBF16Path runs a test of code that takes a level of precision: once as this CPU takes it, and then
// on each path of products of bfloat16 numbers that runs here, for products of every size. With -short
// it takes the best path alone.
func EachBF16Path(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Run("path=own", test)
	forced.Precision.Store(true)
	defer forced.Precision.Store(false)
	best := kernels.ActiveBF16()
	defer func() {
		if err := kernels.LimitBF16(best); err != nil {
			t.Error(err)
		}
	}()
	for _, path := range kernels.BF16Paths() {
		if testing.Short() && path != best {
			continue
		}
		if path.Tier() > kernels.Active() || kernels.LimitBF16(path) != nil {
			continue // above ASHLAR_TIER or ASHLAR_BF16
		}
		t.Run("path="+path.String(), test)
	}
}
