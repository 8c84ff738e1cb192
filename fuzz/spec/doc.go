// Package spec is the table of all kernels for tests, fuzz targets and benchmarks: how to call
// each kernel, which values its operands may have, its oracle and its tolerance. [Table] has a
// [Row] for each kernel, tier and dtype; package fuzz tests kernels against it.
//
// An oracle computes the results that a kernel should have. It is a naive loop in double-double
// arithmetic that shares no plan, packing or polynomial with the kernel. Each family of kernels
// has a file here with its rows, oracles and calls.
//
// Programs that import kernels link nothing of this package.
package spec
