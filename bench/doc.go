// Package bench measures the kernels against the limits of the machine:
//
//	go test -run '^$' -bench . ./bench
//
// Benchmarks are named kernel/dtype=f32/tier=avx2/m=256/n=256/k=256 so that
// benchstat can group them. Each round of a benchmark times the limit (a loop of
// independent multiply-adds) and the kernel one after the other, and the medians of
// the rounds are compared, so that a change of clock hits both. One thread, unless
// the name says otherwise.
//
// BenchmarkMemo is about training: what the memo of the forward pass saves the backward
// pass, against one that is recomputed, and how much memory it takes.
//
// The module bench/peers compares with other libraries in the same manner.
package bench
