package spec

import (
	"runtime"

	"github.com/ashlar-go/ashlar/kernels"
)

// onS390X is how much larger than the tolerance errors in float64 are on s390x in pure Go. Package math has
// assembly there, which is less exact than the Go code of other machines: math.Expm1, math.Log and
// math.Log1p err by up to 2 ulp, and math.Erfc by far more in its tail, which is that of GELU.
var onS390X = map[string]float64{"Expm1": 2, "Log": 2, "Log1p": 2, "Softplus": 2, "Activate": 12,
	"ActivateGrad": 12}

// loosen widens the tolerances on s390x.
func loosen(rows []Row, goarch string) {
	if goarch != "s390x" {
		return
	}
	for i := range rows {
		r := &rows[i]
		if f := onS390X[r.Kernel]; f > 0 && r.Tier == kernels.Generic && r.DType == F64 {
			r.Tol.Max *= f
		}
	}
}

// here is loosen on this machine.
func here(rows []Row) []Row {
	loosen(rows, runtime.GOARCH)
	return rows
}
