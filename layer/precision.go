package layer

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/forced"
	"github.com/ashlar-go/ashlar/kernels"
)

const (
	// leastLowRows is the fewest rows of a pass in which the gradients of weights are computed below the
	// highest level: those of fewer rows take the time in which weights are read and written. With 8 rows a
	// step at medium takes 0.89 to 0.97 of the time that it takes with these gradients in float32, with 4
	// rows up to 1.2 of it (784-512-256-10 and 784-1024-1024-10, avx512_bf16, one thread).
	leastLowRows = 8
	// leastLow is the fewest columns of an input and of an output whose products at medium are of bfloat16
	// numbers in any case, so that one of their operands may be kept as such. kernels.GemmPrecision, which
	// takes float32 for small products, chooses for other ones.
	leastLow = 64
)

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
	case rows < leastLowRows:
		return ws.Precision, kernels.Highest
	}
	return ws.Precision, ws.Precision
}
