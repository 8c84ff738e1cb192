// Package bench measures the kernels against the limits of the machine:
//
//	go test -run '^$' -bench . ./bench
//
// Benchmarks are named kernel/dtype=f32/tier=avx2/m=256/n=256/k=256 so that
// benchstat can group them. Each round of a benchmark times the limit (a loop of
// independent multiply-adds) and the kernel in turn. The benchmark compares the medians of
// the rounds, so a change of the clock hits both. They use one thread unless the name says
// otherwise.
//
// BenchmarkMemo measures the time that the memo of the forward pass saves the backward pass,
// compared with recomputing it, and the memory that it takes.
//
// The module bench/peers compares with other libraries in the same manner.
package bench
