// Package fuzz judges kernels: one body, [Check], takes any row of
// [spec.Table] and runs it against its oracle. The tests of this package run it
// over the whole table; the fuzz targets FuzzVector, FuzzRows and FuzzGemm run it
// on whatever the fuzzer makes of its bytes:
//
//	go test ./fuzz                          every row, every tier of this CPU
//	go test -short ./fuzz                   a quick pass
//	go test ./fuzz -fuzz FuzzGemm           without end
//
// What Check demands of a kernel, for every length round the width of a vector,
// every block size plus and minus one and every offset within a cache line:
//
//   - results within the row's tolerance of the oracle, special values included;
//   - no access outside the operands: pages without any permission stand directly
//     before the first and directly after the last element (on systems without
//     mmap only writes are noticed, see Guarded);
//   - gaps between rows, surroundings and inputs unchanged to the bit;
//   - outputs that are not to be read hold NaN before the call;
//   - the same bits from call to call, at every alignment and leading dimension,
//     in place where the row allows it, and from every assembly tier where the row
//     says so.
//
// Everything is asked of the public functions, with kernels limited to one tier after the
// other.
//
// The functions of one argument and the activations have values that are no matter of a
// tolerance, such as tanh(+Inf): exact.go lists them, to the sign of a zero. [Accuracy]
// searches for their largest errors; [Boundaries] are the numbers it must not miss.
package fuzz
