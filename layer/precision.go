package layer

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/forced"
	"github.com/ashlar-go/ashlar/kernels"
)

// leastLow is the fewest rows of a pass in which the gradients of weights are computed below the highest
// level: those of fewer rows take the time in which weights and gradients are read and written, of which
// Update saves more. It is also the fewest columns of an input and an output that is kept as bfloat16
// numbers; products of fewer are in float32 where kernels.GemmPrecision may choose.
const leastLow = 64

// levelsOf returns the levels of a pass of so many rows at Workspace.Precision: that of x W and dz W^T,
// and that of x^T dz. They are the highest one where nothing is gained, so that the pass takes what only
// that level has, such as Update: of x^T dz for few rows, and of all where the CPU has no instructions
// that compute at the level any faster. levelsOf panics unless Precision is a level.
func (ws *Workspace[T]) levelsOf(rows int) (level, levelDW kernels.Precision) {
	if ws.Precision > kernels.Medium {
		fail("Workspace.Forward", "Precision", int(ws.Precision), int(kernels.Medium),
			"Precision is %v, want highest, high or medium", ws.Precision)
	}
	if unsafe.Sizeof(T(0)) != 4 {
		return kernels.Highest, kernels.Highest
	}
	least := kernels.BF16Dot
	if ws.Precision == kernels.High {
		least = kernels.BF16AMX
	}
	switch {
	case forced.Precision.Load():
	case kernels.ActiveBF16() < least:
		return kernels.Highest, kernels.Highest
	case rows < leastLow:
		return ws.Precision, kernels.Highest
	}
	return ws.Precision, ws.Precision
}
