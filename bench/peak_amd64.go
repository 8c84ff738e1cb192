//go:build amd64 && !purego && !noasm

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
	const rounds = 20000
	loop, registers, bytes := asm.FMAPeakF32AVX2, 12, 32
	switch {
	case t == kernels.AVX512 && d == spec.F32:
		loop, registers, bytes = asm.FMAPeakF32AVX512, 24, 64
	case t == kernels.AVX512:
		loop, registers, bytes = asm.FMAPeakF64AVX512, 24, 64
	case t == kernels.AVX2 && d == spec.F64:
		loop = asm.FMAPeakF64AVX2
	case t != kernels.AVX2:
		return nil, 0
	}
	return func() { loop(rounds) }, float64(2 * rounds * registers * bytes / d.Size())
}
