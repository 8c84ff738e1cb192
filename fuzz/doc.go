// Package fuzz tests kernels against their oracles. One function, [Check], takes any row
// of [spec.Table]. The tests of this package run it over the whole table; each family of kernels has
// a fuzz target, which runs the same checks on inputs made from the fuzzer's bytes:
//
//	go test ./fuzz                                      every row, every tier of this CPU
//	go test -short ./fuzz                               a quick pass
//	go run ./tools/fuzzing -run fuzz.FuzzGemm -each 1m  a fuzz target
//
// An execution of a target is cheap, 5 to 30 µs: a call on one tier in one layout, on small operands.
// Other inputs take other tiers and layouts. TestTargetReportsDefects holds the targets to finding
// what Check finds. What a target fails on becomes a file of testdata/fuzz; the tests run such
// inputs on all tiers and in all layouts.
//
// Check takes every length near the width of a vector, every block size plus and minus one,
// and every offset within a cache line. It demands that
//
//   - results are within the row's tolerance of the oracle, for special values too;
//   - a kernel accesses nothing outside its operands: pages without permissions lie
//     directly before the first and directly after the last element (systems without
//     mmap have poisoned margins instead, which show writes only, see [Guarded]);
//   - gaps between rows, margins and inputs keep every bit;
//   - a kernel does not read an output that the contract says it does not read: such an
//     output holds NaN before the call;
//   - the bits are the same from call to call, at every alignment and leading dimension,
//     in place where the row allows it, and on every assembly tier where the row says so.
//
// No CPU has all assembly tiers, so Check cannot compare them all. TestSameBits can: elementwise
// kernels write the same bits on avx2, avx512 and neon, where NaN equals NaN. It gives each tier the
// same operands and compares digests of the results with those in testdata/bits.txt, which AVX2
// wrote. A new kernel, and a change of a formula, needs new ones:
//
//	go test ./fuzz -run TestSameBits -update
//
// Check calls the public functions, with kernels limited to one tier after the other.
//
// The functions of one argument and the activations have exact values, such as tanh(+Inf) = 1:
// spec.Row.Points lists them, down to the sign of a zero. [Accuracy] searches for the largest errors
// of these functions; [Boundaries] are the numbers it must not miss.
package fuzz
