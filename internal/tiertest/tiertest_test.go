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

func TestCheckBF16(t *testing.T) {
	both := []kernels.BF16Path{kernels.BF16Generic, kernels.BF16AVX2}
	for _, c := range []struct {
		lowered, required string
		active            kernels.BF16Path
		ok                bool
	}{
		{"", "avx2", kernels.BF16AVX2, true},
		{"generic", "generic", kernels.BF16Generic, true},
		{"", "amx_bf16", kernels.BF16AVX2, false},       // not available
		{"generic", "avx2", kernels.BF16Generic, false}, // another one runs
		{"generic", "generic", kernels.BF16AVX2, false}, // ASHLAR_BF16 is not heeded
		{"", "sse", kernels.BF16AVX2, false},
	} {
		if err := CheckBF16(c.lowered, c.required, c.active, both); (err == nil) != c.ok {
			t.Errorf("ASHLAR_BF16=%q ASHLAR_REQUIRE_BF16=%q, %v active: %v", c.lowered, c.required, c.active, err)
		}
	}
}

func TestCheckExact(t *testing.T) {
	both := []kernels.Tier{kernels.Generic, kernels.AVX2}
	for listed, ok := range map[string]bool{
		"": true, "generic avx2": true,
		"generic": false, "avx2": false, "avx2 generic": false, "generic avx2 avx512": false, "generic,avx2": false,
		"generic sse": false, " ": false,
	} {
		if err := CheckExact(listed, both); (err == nil) != ok {
			t.Errorf("%s=%q: %v", Exact, listed, err)
		}
	}
}

func TestMain(m *testing.M) { Main(m) }
