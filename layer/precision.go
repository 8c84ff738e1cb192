package layer

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
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
	checkLevel("Workspace.Forward", "Precision", ws.Precision)
	switch {
	case !applies[T](ws.Precision):
		return kernels.Highest, kernels.Highest
	case rows < leastLowRows && !forced.Precision.Load():
		return ws.Precision, kernels.Highest
	}
	return ws.Precision, ws.Precision
}

// applies reports whether passes at a level differ from those at the highest one.
func applies[T kernels.Float](level kernels.Precision) bool {
	if level == kernels.Highest || unsafe.Sizeof(T(0)) != 4 {
		return false
	}
	return forced.Precision.Load() || kernels.ActiveBF16() >= leastPath(level)
}

// leastPath returns the lowest path on which products at a level below the highest gain.
func leastPath(level kernels.Precision) kernels.BF16Path {
	if level == kernels.High {
		return kernels.BF16AMX
	}
	return kernels.BF16Dot
}

// ExplainPrecision says in words why a [Workspace] of T computes at the highest level of precision where
// its Precision is level, one reason for each path of [kernels.BF16Paths] that would gain. It returns ""
// where the level applies, and for the highest one. It panics unless level is a level.
func ExplainPrecision[T kernels.Float](level kernels.Precision) string {
	checkLevel("ExplainPrecision", "level", level)
	switch {
	case level == kernels.Highest || applies[T](level):
		return ""
	case unsafe.Sizeof(T(0)) != 4:
		return "float64 has no lower level"
	}
	var reasons []string
	if why := kernels.ExplainBF16(); why != "" {
		reasons = strings.Split(why, "; ")
	}
	reasons = slices.DeleteFunc(reasons, func(reason string) bool {
		name, _, _ := strings.Cut(reason, ": ")
		path, err := kernels.ParseBF16Path(name)
		return err == nil && path < leastPath(level)
	})
	if len(reasons) == 0 {
		return fmt.Sprintf("path %v is the best of %s", kernels.ActiveBF16(), runtime.GOARCH)
	}
	return strings.Join(reasons, "; ")
}

// checkLevel panics unless level, the argument or field arg, is a level.
func checkLevel(op, arg string, level kernels.Precision) {
	if level > kernels.Medium {
		fail(op, arg, int(level), int(kernels.Medium), "%s is %v, want highest, high or medium", arg, level)
	}
}
