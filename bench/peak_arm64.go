//go:build arm64 && !purego && !noasm

package bench

import (
	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/kernels/asm"
)

// Peak returns a function that keeps the multiply-add units of one core busy on a
// tier, and the floating-point operations it does; nil for the generic tier, which
// has no such limit.
func Peak(t kernels.Tier, d spec.DType) (run func(), flops float64) {
	if t != kernels.NEON {
		return nil, 0
	}
	const rounds, registers, bytes = 20000, 24, 16
	loop := asm.FMAPeakF32NEON
	if d == spec.F64 {
		loop = asm.FMAPeakF64NEON
	}
	return func() { loop(rounds) }, float64(2 * rounds * registers * bytes / d.Size())
}
