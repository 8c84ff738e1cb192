// Package forced has a switch for tests: package kernels computes at levels of precision that it would
// not take on this CPU.
package forced

import "sync/atomic"

// Precision has kernels.GemmPrecision compute at the level that it is asked for, on every CPU and for
// every size of product. Without it, a level for which the CPU has no fast instructions is Highest.
var Precision atomic.Bool
