package tiertest

import (
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
)

func TestCheck(t *testing.T) {
	both := []kernels.Tier{kernels.Generic, kernels.AVX2}
	for _, c := range []struct {
		lowered, required string
		active            kernels.Tier
		ok                bool
	}{
		{"", "", kernels.AVX2, true},
		{"generic", "", kernels.Generic, true},
		{"", "avx2", kernels.AVX2, true},
		{"avx2", "avx2", kernels.AVX2, true},
		{"generic", "generic", kernels.Generic, true},
		{"", "avx512", kernels.AVX2, false},         // not available
		{"avx512", "avx512", kernels.AVX2, false},   // not available, so ASHLAR_TIER is ignored
		{"generic", "avx2", kernels.Generic, false}, // another one runs
		{"generic", "generic", kernels.AVX2, false}, // ASHLAR_TIER is not heeded
		{"", "sse", kernels.AVX2, false},
	} {
		if err := Check(c.lowered, c.required, c.active, both); (err == nil) != c.ok {
			t.Errorf("ASHLAR_TIER=%q ASHLAR_REQUIRE_TIER=%q, %v active: %v", c.lowered, c.required, c.active,
				err)
		}
	}
}

func TestMain(m *testing.M) { Main(m) }
