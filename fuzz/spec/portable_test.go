package spec

import (
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
)

// TestLoosen: tolerances are wider on s390x, in float64 and pure Go, of the kernels that are listed.
func TestLoosen(t *testing.T) {
	before, same, wide := Table(), Table(), Table()
	loosen(same, "riscv64")
	loosen(wide, "s390x")
	changed := map[string]bool{}
	for i := range before {
		if same[i].Tol.Max != before[i].Tol.Max {
			t.Errorf("%v: the tolerance on riscv64 is %v, want %v", same[i], same[i].Tol.Max, before[i].Tol.Max)
		}
		if wide[i].Tol.Max == before[i].Tol.Max {
			continue
		}
		changed[before[i].Kernel] = true
		if before[i].Tier != kernels.Generic || before[i].DType != F64 ||
			wide[i].Tol.Max != before[i].Tol.Max*onS390X[before[i].Kernel] {
			t.Errorf("%v: the tolerance on s390x is %v, was %v", before[i], wide[i].Tol.Max, before[i].Tol.Max)
		}
	}
	if len(changed) != len(onS390X) {
		t.Errorf("wider are %v, want those of %v", changed, onS390X)
	}
}
