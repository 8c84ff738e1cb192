// Package kernels has the inner loops of numerical and machine-learning programs
// on plain slices: matrix and vector products, activations with their derivatives,
// normalisation, softmax and losses, reductions, random numbers and optimizer
// updates, for float32 and float64. They are written in assembly for AVX2, AVX-512
// and NEON, and for every other machine in Go; there is no cgo.
//
//	kernels.Gemm(false, false, m, n, k, 1, a, k, b, n, 0, c, n) // C = A B
//	kernels.Activate(kernels.ActReLU, c, c)                     // in place
//
// # By task
//
//   - A product: [Gemm]; with bias, activation or a stored derivative [GemmFused]; with weights
//     that stay [PackB] and [GemmPacked]; of one shape many times [PrepareGemm]; many at once
//     [GemmBatch].
//   - Variants: its blocks as they are finished [GemmBlocks], one triangle [GemmTriangle], with the
//     column sums of B [GemmSums], which are the gradients of a layer's weights and bias.
//   - Numbers of fewer bits: [BFloat16] from and to float32 [ToBFloat16], [FromBFloat16]; products of
//     such matrices [GemmBFloat16], [GemmBatchBFloat16], block by block [GemmBlocksBFloat16]; with
//     weights that stay [PackBFloat16], [GemmPackedBFloat16]; of float32 matrices at a [Precision]
//     [GemmPrecision], block by block [GemmBlocksPrecision].
//   - Integers of 8 bits, for inference: weights [QuantizeB], products [GemmInt8], [GemmInt8Range]; weights
//     to and from a file [QuantizeColumns], [PackInt8], [QuantizedB].
//   - A matrix and a vector: [Gemv], [GemvTriangle], [Ger].
//   - An activation: [Activate], with its derivative [ActivateGrad], backward [ActivateBackward];
//     with learnt slopes [PReLU], [PReLUBackward]. With a parameter: [ActLeakyReLU], [ActELU]; by
//     name [ParseActivation].
//   - Functions of one number: [Exp], [Expm1], [Log], [Log1p], [Sigmoid], [Tanh], [Erf],
//     [Softplus], [Sqrt], [Rsqrt].
//   - Probabilities of classes: [Softmax], [LogSoftmax], [LogSumExp].
//   - Losses with their gradients: [SoftmaxCrossEntropy], [SoftmaxCrossEntropyTargets],
//     [BCEWithLogits], [BCE], [MSE], [MAE], [Huber].
//   - Normalisation: [BatchNormForward], [BatchNormInfer], [BatchNormBackward], [LayerNormForward],
//     [LayerNormBackward], [RMSNormForward], [RMSNormBackward].
//   - Steps of optimizers: [UpdateSGD], [UpdateMomentum], [UpdateNesterov], [UpdateAdam],
//     [UpdateAMSGrad], [UpdateNAdam], [UpdateLion], [UpdateAdagrad], [UpdateRMSProp],
//     [UpdateAdadelta].
//   - Clipping of gradients: [SumSquares] for the norm, [Clip], [AdaptiveClipRows],
//     [AdaptiveClipColumns].
//   - Random numbers: [Uniform], [Normal], [Dropout].
//   - Sums of a vector: [Sum], [Mean], [Variance], [Dot], [AbsSum], [Norm2]; extremes [MaxAbs],
//     [ArgMaxAbs].
//   - Rows and columns of a matrix: [ColumnSums], [ColumnMoments], [ArgMax], [TopKHits], [AddBias].
//   - Vectors in place: [Axpy], [Scale], [Divide], [Swap], [Rot].
//   - Moving data: [Transpose], [GatherRows], [ScaleBytes].
//   - The machine: [Active], [Tiers], [ParseTier], [Limit], [Threads], [SetThreads], [ExplainGemm],
//     [Caches]; for products of BFloat16 [BF16Path], [LimitBF16], [ExplainBF16];
//     of int8 [Int8Path], [LimitInt8], [ExplainInt8].
//
// # The call path
//
// From the exported function to the instruction there are few steps, each in a file
// of its own. Of a large product:
//
//	Gemm                 gemm.go         the arguments, with their meaning; products that are one
//	                                     call of the micro-kernel end here
//	product.check        gemm_check.go   panics unless the arguments describe a product
//	product.choose       gemm_path.go    strips, dots, direct, tiles, swapped, packed or loops
//	planFor              gemm_plan.go    block sizes and threads
//	loop5 ... loop2      gemm_loops.go   the loops over blocks; pack in gemm_pack.go
//	dispatchGemmStrip    zdispatch_*.go  a switch on the tier
//	asm.GemmStrip...     asm/*.s         loop 1 and the micro-kernel
//
// A product of bfloat16 numbers takes the same way through files of its own:
//
//	GemmBFloat16         bf16_gemm.go     the arguments, with their meaning, and the checks
//	bf16On               bf16_path.go     the path: what multiplies a pair of terms
//	bf16Job.run          bf16_loops.go    block sizes and the loops; pack in bf16_pack.go
//	gemmStripBF16        bf16_strip_*.go  a switch on the path
//	asm.GemmStripBF16... asm/*.s          loop 1 and the micro-kernel
//
// A product of integers of 8 bits likewise: GemmInt8 in int8_gemm.go has its loops too, int8_path.go the
// path, int8_strip_*.go the switch, int8_rows.go what turns rows into integers and back.
//
// The other families take fewer steps. A short vector goes to the assembly in one call:
//
//	Exp                  vmath.go        checks the arguments
//	dispatchExp          zdispatch_*.go  a switch on the tier
//	asm.ExpF32AVX512     asm/*.s         the loop
//
// A longer one becomes a job, which the threads of the pool compute in tiles:
//
//	mapLong              vmath.go        makes a mapJob of a long vector
//	share                work.go         says how it is cut into calls of at most about 100 µs
//	parallel             parallel.go     the threads that draw its tiles
//	mapJob.tile          vmath.go        one stretch of the vector, by dispatchExp
//
// A job along rows embeds a rowWork (work.go), which cuts it into tiles; a job down columns
// embeds a columnWork (columns.go). No step names the kernels of another family, so a program
// links the assembly of what it calls and no other.
//
// Package fuzz/spec lists all kernels with their tolerances and oracles. The tests in package
// fuzz hold every tier of the CPU to them.
//
// # Contracts
//
// These hold for every function; the doc of a function says what is special to it.
//
// Operands. Destinations come first, as in copy. The vectors of a call have equal lengths
// unless the doc says otherwise. Matrices are row-major: a matrix x of rows x cols has the
// leading dimension ldx >= max(1, cols), the number of elements between the starts of two
// rows, and needs (rows-1)*ldx + cols elements. Gaps between rows are never touched. Zero
// sizes and nil slices are fine.
//
// Panics. A function panics with a [*ShapeError] before it writes anything if an argument
// is impossible: a negative size, a slice that is too short or of another length than
// wanted, a leading dimension smaller than a row, a flag out of range, operands that
// overlap, a pointer or a function that is nil. Sizes of any magnitude are checked without
// overflow. Arg names the parameter, or the field of one, that is impossible. A number that is
// NaN or infinite is a value like any other, unless the doc of a function gives it a range.
//
// Overlap. A destination must not share an element with another operand. It may be the
// source itself, with the same leading dimension, where the doc of a function says so.
// Sharing is judged exactly, element by element: interleaved views of one matrix are legal,
// and so are shared elements that a function does not reference, such as those beyond a
// triangle.
//
// Values. NaN, infinities, signed zeros and subnormals follow IEEE 754 and the doc of
// each function, and no term is skipped, so 0 * NaN is NaN. Operands that a doc calls
// unread are not read. Subnormal operands and results count as any others; the CPU's flush
// to zero is never switched on. One family ends early on the assembly tiers, far inside its
// absolute bound: where the exponential in SiLU, GELU or its tanh form is not a normal
// number, the value and the derivative are -0. Down to there the value of SiLU and GELU keeps
// its relative accuracy (GELU: 3.5 eps in float32, 6 in float64), that of the tanh form the
// absolute one alone. In float32 that is below about -87.7, -13.2
// and -10.0, in float64 below -708.7, -37.6 and -21.1. Pure Go goes on among the subnormals,
// in float32 to -108.6, -14.3 and -10.7.
//
// Determinism. Results have the same bits from run to run, for every number of
// threads, at every alignment and leading dimension. Elementwise kernels agree to
// the bit between the assembly tiers: avx2, avx512 and neon. Sums depend on the tier,
// the dtype and the sizes.
//
// Allocation. After its first call a kernel allocates nothing.
//
// Threads. A large call shares its work with a pool of goroutines and never waits for one
// that has not started: see [SetThreads]. Kernels may be called from any number of
// goroutines.
//
// # Numbers of fewer bits
//
// float32 is the default; fewer bits are asked for by name. A [BFloat16] is the upper half of a float32:
// its range, with 8 bits of precision. [GemmBFloat16] multiplies them and adds in float32. A, B and C are
// of BFloat16 or of float32 each, in any mixture: float32 operands are rounded while they are packed, and
// a BFloat16 result is rounded once, after the epilogue. Bias and Deriv are float32.
//
// What multiplies is a path ([BF16Path]), from worst to best:
//
//	generic      pure Go, on every machine
//	neon         widens to float32 in registers: half the memory of float32, at less than its speed
//	avx2         likewise
//	avx512       likewise
//	avx512_bf16  VDPBF16PS, twice the speed of float32
//	amx_bf16     TDPBF16PS on tiles, on Linux where it grants them
//
// The best path of the active tier runs. The environment variable ASHLAR_BF16 and [LimitBF16] lower it;
// [ExplainBF16] says why a better one is not taken, and so does "ashlar info". Sums depend on the path and
// the sizes, and on nothing else. The paths avx512_bf16 and amx_bf16 take subnormal bfloat16 numbers for 0
// and make subnormal sums 0, whatever the modes of the CPU are; the epilogue does not.
//
// [GemmPrecision] takes float32 matrices and a level, with the names of PyTorch's
// float32_matmul_precision. Beside the rounding errors of the sums its componentwise error is at most
//
//	Highest  0                       float32
//	High     3.1 * 2^-16 of |A||B|   three products of bfloat16 numbers, on amx_bf16
//	Medium   2^-7 + 2^-16 of |A||B|  one product, on avx512_bf16 and amx_bf16
//
// Where a level gains nothing, the product is computed in float32, which is more exact: on other paths, in
// float64, and for small products.
//
// # Integers of 8 bits
//
// [GemmInt8] is for inference: weights are integers from -127 to 127 with a scale for each column, rows of
// activations become integers from 0 to 255 with a scale and a zero point in the call. Sums are exact in 32
// bits, which at most 66,311 terms fit ([MaxInt8Terms]), so that all paths ([Int8Path]) give the same bits:
//
//	generic      pure Go, on every machine: about the speed of float32
//	neon         bytes are multiplied to 16 bits: half the memory of bfloat16, about the speed of float32
//	avx2         bytes are widened to 16 bits for VPMADDWD, since VPMADDUBSW saturates
//	avx_vnni     VPDPBUSD on vectors of 256 bits
//	avx512       bytes are widened, as on avx2
//	avx512_vnni  VPDPBUSD, four times the speed of float32
//	amx_int8     TDPBUSD on tiles, on Linux where it grants them
//
// ASHLAR_INT8, [LimitInt8] and [ExplainInt8] work as those of bfloat16 do. A row of activations with a NaN
// or an infinity gives a row of NaN, a column of weights with one a column.
//
// # Families
//
// Elementwise losses ([MSE], [MAE], [Huber], [BCE], [BCEWithLogits]) return the mean over
// all elements and write its gradient with respect to the prediction. The gradient may be
// written in place of the prediction. The loss of no elements is 0. Sums run in chunks of
// 4096 elements of type T that are added in float64, with an error of at most 4 eps * scale
// on random data. NaN in any element makes the loss NaN, and so do infinite terms of both
// signs, such as in BCEWithLogits(+Inf, 1).
//
// Sums ([Sum], [Mean], [Variance], [SumSquares]) run in chunks of 8192 elements of type T on
// many lanes, added in float64 in a fixed order: the error is at most 3 eps times the sum of
// the magnitudes on random data and about 128 eps at worst, for any length. NaN anywhere makes
// them NaN.
//
// Updates (UpdateSGD, ...) are one pass over a parameter that reads w, g and the state and
// writes w and the state. In all of them
//
//	g' = GradScale*g + (coupled weight decay)*w
//
// with GradScale 0 counting as 1. Decoupled weight decay shrinks w first. NaN in g ends up in
// w and the state. The error of one step is at most 4 eps * scale. State below 2^-100 in
// float32, 2^-960 in float64, becomes 0.
//
// Vector operations of BLAS ([Dot], [Axpy], [Scale], ...) take vectors of unit stride. Their
// sums ([Dot], [AbsSum], [Norm2]) run in chunks of 8192 elements, which are added in float64
// in a fixed order: a sum depends on the tier and the length alone.
//
// # Environment and build tags
//
//	ASHLAR_TIER=avx2            lowers the tier; never raises it
//	ASHLAR_THREADS=4            caps the threads of a call
//	ASHLAR_REQUIRE_TIER=avx512  makes the tests fail where that tier does not run
//
// The build tags purego and noasm leave out all assembly.
//
// # Glossary
//
//	micro-kernel   one MR x NR tile of C over kc terms, in registers
//	macro-kernel   the two loops round it
//	MR, NR         rows and columns of a tile
//	MC, KC, NC     cache blocks of m, k and n
//	jc pc ic jr ir counters of loops 5 to 1, over n, k, m, n and m
//	pack A, pack B copy a block into contiguous micro-panels
//	leading dimension (lda, ldb, ldc) elements between the starts of two rows
//	edge tile      fewer than MR rows or NR columns
//	tail           what is left of a vector after whole registers
//	chunk          rows or elements summed in type T; the sums of chunks are added in float64
//	block          columns that are worked on at a time
//	group          rows, or chunks, that one call or one thread takes together
//	epilogue       work on the sums before they are stored
//	tier           a cluster of CPU features that a set of kernels is written for
//	memo           what forward keeps for backward
//	z, a, d        pre-activation, activation, stored derivative f'(z)
//	step           one optimizer update
//
// Capitals are limits (MR), lower case letters the sizes in this iteration (mr).
//
// # Accuracy
//
// The largest error on random data, against an oracle in double-double arithmetic.
// Where the measure is eps * scale, eps is 2^-23 or 2^-52 and the scale is the sum
// of the magnitudes that go into an element: for products |alpha| |A| |B| + |beta| |C|,
// for sums the sum of |x|, for an activation its value, or 1 where it crosses zero.
// On s390x, whose package math is less exact, Expm1, Log, Log1p and Softplus in float64
// may err by twice the bound, and GELU by twelve times.
//
//	kernel                     float32  float64
//	Activate                       1.8      2.1   eps * scale, the same bits on every assembly tier
//	ActivateGrad                   1.8      2.1   eps * scale, the same bits on every assembly tier
//	ActivateBackward                 2        2   eps * scale, the same bits on every assembly tier
//	Dot                              3        3   eps * scale, more on adverse data
//	AbsSum                           4        4   eps * scale, more on adverse data
//	Norm2                            2        2   eps * scale, more on adverse data
//	MaxAbs                           0        0   exact, or rounded once
//	ArgMaxAbs                        0        0   exact, or rounded once
//	Axpy                             1        1   eps * scale, the same bits on every assembly tier
//	Scale                            0        0   exact, or rounded once, the same bits on every assembly tier
//	Divide                           0        0   exact, or rounded once, the same bits on every assembly tier
//	Swap                             0        0   exact, or rounded once, the same bits on every assembly tier
//	Rot                              1        1   eps * scale, the same bits on every assembly tier
//	Clip                             0        0   exact, or rounded once, the same bits on every assembly tier
//	AdaptiveClipRows                 4        4   eps * scale, more on adverse data
//	AdaptiveClipColumns              4        4   eps * scale, more on adverse data
//	GatherRows                       0        0   exact, or rounded once, the same bits on every assembly tier
//	ScaleBytes                       1        1   eps * scale, the same bits on every assembly tier
//	TopKHits                         0        0   exact, or rounded once
//	ToBFloat16                       0            exact, or rounded once, the same bits on every assembly tier
//	FromBFloat16                     0            exact, or rounded once, the same bits on every assembly tier
//	Gemm                             3        3   eps * scale, more on adverse data
//	GemmFused                        5        5   eps * scale, more on adverse data
//	PackB                            3        3   eps * scale, more on adverse data
//	GemmPacked                       5        5   eps * scale, more on adverse data
//	PrepareGemm                      3        3   eps * scale, more on adverse data
//	GemmBatch                        3        3   eps * scale, more on adverse data
//	GemmSums                         3        3   eps * scale, more on adverse data
//	GemmBlocks                       3        3   eps * scale, more on adverse data
//	GemmTriangle                     3        3   eps * scale, more on adverse data
//	GemmBFloat16                     5            eps * scale, more on adverse data
//	GemmBatchBFloat16                3            eps * scale, more on adverse data
//	PackBFloat16                     3            eps * scale, more on adverse data
//	GemmPackedBFloat16               5            eps * scale, more on adverse data
//	GemmPrecision                65669            eps * scale, more on adverse data
//	GemmBlocksBFloat16               3            eps * scale, more on adverse data
//	GemmBlocksPrecision          65667            eps * scale, more on adverse data
//	GemmInt8                         5            eps * scale
//	GemmInt8Range                    5            eps * scale
//	Gemv                             3        3   eps * scale, more on adverse data
//	Ger                              2        2   eps * scale, the same bits on every assembly tier
//	LayerNormForward                 8        8   eps * scale, more on adverse data
//	LayerNormBackward                8        8   eps * scale, more on adverse data
//	RMSNormForward                   8        8   eps * scale, more on adverse data
//	RMSNormBackward                  8        8   eps * scale, more on adverse data
//	MSE                              4        4   eps * scale, more on adverse data, the same bits written on every assembly tier
//	MAE                              4        4   eps * scale, more on adverse data, the same bits written on every assembly tier
//	Huber                            4        4   eps * scale, more on adverse data, the same bits written on every assembly tier
//	BCE                              4        4   eps * scale, more on adverse data, the same bits written on every assembly tier
//	BCEWithLogits                    4        4   eps * scale, more on adverse data, the same bits written on every assembly tier
//	ColumnMoments                    8        8   eps * scale, more on adverse data
//	BatchNormForward                 8        8   eps * scale, more on adverse data
//	BatchNormInfer                   4        4   eps * scale, the same bits on every assembly tier
//	BatchNormBackward                8        8   eps * scale, more on adverse data
//	PReLU                            0        0   exact, or rounded once, the same bits on every assembly tier
//	PReLUBackward                    8        8   eps * scale, more on adverse data
//	Dropout                          2        2   eps * scale, the same bits on every assembly tier
//	Uniform                          1        1   eps * scale, the same bits on every assembly tier
//	Normal                           4        4   eps * scale, the same bits on every assembly tier
//	ColumnSums                       2        2   eps * scale, more on adverse data
//	AddBias                          0        0   exact, or rounded once, the same bits on every assembly tier
//	ArgMax                           0        0   exact, or rounded once, the same bits on every assembly tier
//	Softmax                          4        4   eps * scale
//	LogSumExp                        4        4   eps * scale
//	LogSoftmax                       4        4   eps * scale
//	SoftmaxCrossEntropyTargets       4        4   eps * scale
//	SoftmaxCrossEntropy              4        4   eps * scale
//	Sum                              3        3   eps * scale, more on adverse data
//	Mean                             3        3   eps * scale, more on adverse data
//	Variance                         3        3   eps * scale, more on adverse data
//	SumSquares                       3        3   eps * scale, more on adverse data
//	Transpose                        0        0   exact, or rounded once, the same bits on every assembly tier
//	GemvTriangle                     3        3   eps * scale, more on adverse data
//	UpdateSGD                        4        4   eps * scale, the same bits on every assembly tier
//	UpdateMomentum                   4        4   eps * scale, the same bits on every assembly tier
//	UpdateNesterov                   4        4   eps * scale, the same bits on every assembly tier
//	UpdateAdam                       4        4   eps * scale, the same bits on every assembly tier
//	UpdateAMSGrad                    4        4   eps * scale, the same bits on every assembly tier
//	UpdateNAdam                      4        4   eps * scale, the same bits on every assembly tier
//	UpdateLion                       4        4   eps * scale, the same bits on every assembly tier
//	UpdateAdagrad                    4        4   eps * scale, the same bits on every assembly tier
//	UpdateRMSProp                    4        4   eps * scale, the same bits on every assembly tier
//	UpdateAdadelta                   4        4   eps * scale, the same bits on every assembly tier
//	Exp                            0.9        1   ulp, the same bits on every assembly tier
//	Expm1                         1.34     1.35   ulp, the same bits on every assembly tier
//	Log                           0.88      0.9   ulp, the same bits on every assembly tier
//	Log1p                         1.46     1.45   ulp, the same bits on every assembly tier
//	Sigmoid                       0.89      1.3   ulp, the same bits on every assembly tier
//	Tanh                           0.8        1   ulp, the same bits on every assembly tier
//	Erf                           0.99      1.1   ulp, the same bits on every assembly tier
//	Softplus                      1.87     1.45   ulp, the same bits on every assembly tier
//	Sqrt                           0.5      0.5   ulp, the same bits on every assembly tier
//	Rsqrt                          1.5      1.5   ulp, the same bits on every assembly tier
//
// The largest errors in ulp of the functions of one number on the assembly tiers, and where they are:
// in float32 over all 2^32 numbers, in float64 over 2^30 that crowd around the numbers where a function
// changes its ways, and by climbing from the worst of them. A bound above is what was found,
// rounded up, on the worst tier: pure Go rounds float64 to float32, and so errs by little more than half a
// ulp in float32. Sigmoid is within 1 ulp for every float32 without a flush to zero anywhere. Special
// values are exact. The tiers avx2, avx512 and neon give the same
// bits. No CPU has all three, so TestSameBits in package fuzz compares the results of each with
// the same digests: of a function those at more than 140 000 numbers of each dtype, which cover
// all exponents and the neighbours of the numbers where a function changes its ways:
//
//	            float32              at  float64              at
//	Exp          0.8913          -5.849   1.0000       -709.781   (a subnormal result)
//	Expm1        1.3372          0.3469   1.3297         0.3466
//	Log          0.8756           1.274   0.8431         0.7071
//	Log1p        1.4507          0.4144   1.4432         0.4144
//	Sigmoid      0.8858          -6.371   1.0371        -0.3465
//	Tanh         0.7738          0.2509   0.9236        -0.1255
//	Erf          0.9855          0.9954   1.0946        -1.0000
//	Softplus     1.8615         0.02858   1.4297        -0.4491
//	Sqrt         0.5000                   0.5000
//	Rsqrt        1.4903                   1.4999         0.2500
//
// An earlier climb ended at 0.93 for Tanh in float64, at 0.1253.
//
// Activate and ActivateGrad have a bound for each activation, in eps * scale as above: the larger error
// of value and derivative that was found, with a margin where not all float32 have been searched yet.
//
//	                    float32  float64
//	identity, step            0        0   (relu and hard_tanh too)
//	leaky_relu             0.51     0.51
//	sigmoid                0.76     1.05
//	tanh                   0.85      1.5
//	elu                     1.1      1.2
//	selu                    1.6        2
//	gelu                    1.8      2.1   (eps * 2|y| below 0, 3|y| in float64)
//	gelu_tanh               1.1      1.5
//	silu                   0.95      1.6
//	softplus               1.55      1.6
//	hard_sigmoid           0.67     0.67
//	hard_swish             1.45     1.45
//
// The search runs for hours and goes on where it stopped. Its results are a ledger, bound to the sources
// of each function, and this prints them as a table:
//
//	make accuracy
//	make accuracy ARGS=-table
//
// The oracle of exp, expm1, log, log1p, tanh, erf and rsqrt can be held to CORE-MATH, whose float32 results
// are correctly rounded:
//
//	make accuracy-coremath
//
// For any data at all the error of Gemm is at most (KC + k/KC + 2)/2 eps * scale, where KC is
// 256, or 512 where m and n are both above 256. That of sums down the columns of a matrix is
// at most about 64 eps * scale.
package kernels
