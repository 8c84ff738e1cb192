// Package layer provides the layers of a multi-layer perceptron and the means to
// write others: [Linear], [Activation], [PReLU], [Softmax], [BatchNorm], [LayerNorm],
// [RMSNorm], [Dropout], [Residual] and [Sequential].
//
// # Model and workspace
//
// A layer holds its parameters and nothing that changes from call to call. What
// one forward pass leaves for the backward pass after it, the memo, lives in a
// [Workspace] that the caller owns and reuses:
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
// workspace of its own. Backward writes: the gradients, and the running statistics
// of BatchNorm. A model is thus trained from one goroutine at a time, and inference
// has to wait meanwhile.
//
// Buffers of a workspace grow at the first pass and are reused after that: a
// training step allocates nothing.
//
// # Shapes
//
// Each row of a matrix is one sample. For a batch of n samples a layer maps x,
// n x in, to y, n x out; backward maps dL/dy, n x out, to dL/dx, n x in. Losses are
// means over the batch, so that the factor 1/n is in dL/dy already and a parameter
// gradient is a plain sum over the rows.
//
// # Inference
//
// A [Predictor] is a copy of a trained model in the form that is fastest to use, for any number
// of goroutines at once, while the model may be trained on. Without one, a workspace runs the model itself with train = false.
//
// # The memo
//
// Backward finds the input and the output of its layer in the [Memo]; they are
// kept anyway. Beyond them only activations whose derivative does not follow from
// their output keep a matrix (f'(z)), and BatchNorm four vectors. Dropout keeps
// nothing: its mask is a function of seed, step, layer and position.
//
// # Reproducibility
//
// All random numbers come from a counter-based generator (Philox4x32-10). The
// streams of one seed are: parameter i of [Initialize] has stream 2^63 + i; layer l draws
// its masks of training step s from stream 2^62 + s 2^20 + l.
package layer
