// Package spec says of every kernel what a test, a fuzz target or a benchmark has to know:
// how to call it, which values make sense, what the result should be and how far off it may
// be. [Table] has a [Row] for each kernel, tier and dtype; package fuzz judges kernels by it.
//
// What should come out is computed by an oracle: a naive loop in double-double arithmetic
// that shares no plan, packing or polynomial with the kernel. A family of kernels has a
// file here, with its lines of the table, its oracles and its calls.
//
// Nothing of this is in the product: programs that import kernels link none of it.
package spec
