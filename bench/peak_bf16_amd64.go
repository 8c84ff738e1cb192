//go:build amd64 && !purego && !noasm

package bench

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/kernels/asm"
)

// PeakBF16 returns a function that keeps the units of one core busy which compute dot products of pairs of
// bfloat16 numbers, VDPBF16PS, and the floating-point operations it does; nil where the CPU or the
// active tier does not have them. The tiles of AMX are not bound by it.
func PeakBF16() (run func(), flops float64) {
	if kernels.ActiveBF16() < kernels.BF16Dot {
		return nil, 0
	}
	const rounds, registers, lanes = 20000, 24, 16
	return func() { asm.DotPeak(rounds) }, 4 * rounds * registers * lanes
}
