// Package forced has switches for tests: package kernels takes ways that it would not take on this CPU,
// or not for operands so small.
package forced

import "sync/atomic"

// Precision has kernels.GemmPrecision compute at the level that it is asked for, on every CPU and for
// every size of product. Without it, a level for which the CPU has no fast instructions is Highest.
var Precision atomic.Bool

// Memory has the kernels over vectors and over the rows and columns of matrices do with every operand
// what they do with those larger than the caches: fetch ahead, and store past the caches.
var Memory atomic.Bool

// Caches, if not 0, is the size in bytes that package kernels takes every level of the caches for, where
// it cuts blocks. With a small one, small products have several blocks of rows, columns and terms.
var Caches atomic.Int64
