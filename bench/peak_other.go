//go:build !(amd64 || arm64) || purego || noasm

package bench

import (
	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// Peak returns nil: this build has no assembly to measure the limit with.
func Peak(kernels.Tier, spec.DType) (run func(), flops float64) { return nil, 0 }
