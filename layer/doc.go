// Package layer provides the layers of a multi-layer perceptron, and what runs them.
//
//   - Layers with weights: [Linear] with its activation; [PReLU].
//   - Layers without: [Activation], [Softmax], [Dropout].
//   - Normalisation: [BatchNorm], [LayerNorm], [RMSNorm].
//   - Composition: [Sequential], [Residual].
//   - Initial weights: [Initialize]; by name [HeNormal], [HeUniform], [XavierNormal],
//     [XavierUniform], [LeCunNormal], [LeCunUniform], [Orthogonal], [Constant], [Given], [Zeros].
//   - Inference in integers of 8 bits: [Quantize], [Calibrate], [Int8Linear].
//   - Training by hand: [Workspace].
//   - Inference: [Predictor], with [Weights] of half the bytes; [Combiner] for many clients at once.
//   - A layer of one's own: [Layer], [Memo], [Param], [NewParam], [NewState], [Container],
//     [Snapshotter].
//
// # Model and workspace
//
// A layer holds its parameters and nothing that changes from call to call. The
// memo, which is what Forward keeps for Backward, lives in a [Workspace] that the
// caller owns and reuses:
//
//	model := layer.NewSequential[float32](
//		layer.NewLinear[float32](784, 256, kernels.ActReLU),
//		layer.NewLinear[float32](256, 10, kernels.ActIdentity),
//	)
//	layer.Initialize(model, seed)
//	ws := layer.NewWorkspace(model)
//	logits := ws.Forward(x, true)    // x is batch x 784, logits batch x 10
//	loss := ...                      // writes dL/dlogits
//	ws.Backward(dlogits)             // fills Param.Grad
//
// Forward only reads the model, so any number of goroutines may run it, each with a
// workspace of its own. Backward writes the gradients and the running statistics of
// BatchNorm. So only one goroutine at a time may train a model, and no other may run
// it meanwhile.
//
// Buffers of a workspace grow in the first pass. Later passes reuse them, so that a
// training step allocates nothing.
//
// # Shapes
//
// Each row of a matrix is one sample. For a batch of n samples a layer maps x,
// n x in, to y, n x out; backward maps dL/dy, n x out, to dL/dx, n x in. Losses are
// means over the batch, so dL/dy already has the factor 1/n, and a parameter gradient
// is a plain sum over the rows.
//
// # Inference
//
// A [Predictor] holds a copy of a trained model in its fastest form. Any number of
// goroutines may use it at once, also while the model is trained further. A workspace
// can run the model itself: call Forward with train = false. [Predictor.TryPredict] is for input
// from outside the program: it returns an error for what Predict panics on. A [Combiner] runs the
// requests of many goroutines in common passes. [NewPredictorWith] holds the weights as bfloat16
// numbers.
//
// [Quantize] makes a copy of a model with weights in integers of 8 bits, a quarter of the bytes of float32,
// for batches of few rows and nets that do not fit the caches. [Calibrate] gives its layers fixed ranges from
// some hundred rows; without it each row is quantised by its own range, which is the more exact. Package
// model saves such a model, and a [Predictor] runs it.
//
// # The memo
//
// Backward finds the input and the output of its layer in the [Memo]. An activation
// whose derivative does not follow from its output also keeps f'(z), a matrix of the
// same shape. The normalisations keep one to four vectors. Dropout keeps nothing: its
// mask is a function of seed, step, layer and position.
//
// # Precision
//
// Workspace.Precision is the level at which the three products of a [Linear] are computed: x W, x^T dz
// and dz W^T. See [kernels.Precision] and [kernels.GemmPrecision]. Everything else stays in float32:
// weights, biases and their gradients, activations, normalisations, and the sums of the products. A
// model of float64 has no lower level.
//
// An element of such a product is off by at most 2.04 x 2^-8 of the sum of the magnitudes of its terms
// at medium, and by 3.1 x 2^-16 at high. In a net the errors of the layers add up. Outputs and gradients of
// the nets in the tests, with three to five Linear layers and every other layer and activation, are off
// by at most 1/64 of their norm at medium and 2^-14 at high. Where z is that close to a kink of its
// activation, f'(z) may be that of the other side: with ReLU, leaky ReLU, PReLU, SELU and hard
// activations, gradients there are off by at most 1/4 of their norm at medium and 1/32 at high.
//
// A number of x, W or dz beyond 3.39e38, the largest of bfloat16, counts as an infinity at both levels.
// NonFinite finds what comes of it.
//
// At medium a Linear right in front of another one in a [Sequential] puts out bfloat16 numbers, in half
// the memory, if it has 8 or more rows, 64 or more inputs and outputs, and f' follows from its output. The
// products of the layer above round that input anyway. f' is taken from the rounded output. Backward rounds
// dz of such sizes once, for both products that take it.
//
// A level is a permission. Where it would gain nothing a product is at the highest one: at medium
// without the paths avx512_bf16 and amx_bf16, at high without amx_bf16 (see [kernels.ActiveBF16]; where
// they do not run, [ExplainPrecision] says why), for sizes that [kernels.GemmPrecision] finds too small,
// and x^T dz of fewer than 8 rows. On one path the results of a level have the same bits for any number of
// threads, with and without Update.
//
// # Errors
//
// Programmer errors, such as a matrix of the wrong shape, panic with a
// [*kernels.ShapeError]. Out tells by an error whether a model takes inputs of a
// number of columns. A layer that is nil, or that lacks a parameter because no constructor
// made it, panics likewise in whichever method is called first, so it may not pass for a part
// of a model. Values of the other types come from their constructors: a method of a
// nil Workspace or Predictor panics as a nil dereference does.
//
// # Reproducibility
//
// All random numbers come from a counter-based generator (Philox4x32-10).
// [Initialize] draws parameter i from stream 2^63 + i of its seed. Layer l draws its
// masks of training step s from stream 2^62 + s 2^20 + l of the workspace's seed.
package layer
