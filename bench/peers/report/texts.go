package main

// What the sections say above their charts. %s is the tier.
const (
	rooflineText = `Each mark is a kernel: how much it computes a second over how much it computes for
each byte that it reads or writes. The slanted lines are the rates of loops that only read and write,
the level ones those of independent multiply-adds: apart from noise, nothing lies above both. Hover over
a mark for its name. FLOPs are counted in the main loop of the assembly: additions, multiplications,
divisions, square roots, minima and maxima count 1, multiply-adds 2; conversions, comparisons, integer
work and moves count 0. Kernels that do none of it are missing here and stand in the table at the end. A
product counts 2mnk FLOPs, and reads A and B and writes C once; fused, packed, prepared and batched
products run the same micro-kernels.`

	productText = `C = A B of n × n matrices, row-major, random operands. 100 % is the rate of
independent multiply-adds, the best of the whole run, times the threads. Higher is better.`

	pureGoText = `The same kernel on the tier generic, in pure Go: its time over that of the tier %s,
float32, one thread, operands in the first-level cache. The axis is logarithmic.`

	gonumText = `gonum's own BLAS beside ours, which gonumblas.Use registers: its time over ours on one
thread, float32 (S) and float64 (D), n × n matrices and vectors of n elements. LAPACK is gonum's code on
either BLAS. A bar to the left of 1 is where ours is slower.`

	functionText = `The time of SLEEF, libmvec and PyTorch over ours, float32, one thread: right of 1 we
are faster. Small operands show PyTorch's cost of a call.`

	trainingText = `Forward, loss, backward and update of a multi-layer perceptron in float32 on a batch
in memory, and inference. The time of each other contestant over ours: right of 1 we are faster. The
trainer in C is plain C on that library's products; each runs with its best number of threads up to
ours, which 1T and 2T name; norm is batch norm. All reach the same loss before they are timed.`

	accuracyText = `The largest errors found on the tier %s in a sample of all numbers and in the
neighbours of those where a function changes its formula. The documentation of package kernels has the
errors over all float32; the same search finds them (make accuracy: hours).`

	kernelText = `float32, one thread, per element: in the first-level cache, and on the largest
operands measured.`
)
