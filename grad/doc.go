// Package grad provides the losses of training, each with its gradient in one pass,
// the clipping of gradients, and [Check], which compares the gradients of a model with
// finite differences.
//
//   - Losses of classes: [SoftmaxCrossEntropy], with smoothing, class weights and [Ignored] labels;
//     [BalancedWeights] and [BalancedWeightsOf] make the class weights.
//   - Losses of two classes: [BCEWithLogits], [BCE], [Hinge], [Perceptron], with a weight of the
//     positive class.
//   - Losses of values: [MSE], [MAE], [Huber].
//   - Clipping: [ClipNorm], [ClipLayers], [ClipValue], [ClipAdaptive], [ClipAdaptiveTensors];
//     [Norm] measures.
//   - Testing a layer or a loss: [Check], [Worst].
//   - A loss of one's own: [Loss], [Target], [Weigher], [WeightOf], [Checker].
//
// A loss is a mean, over the rows for [SoftmaxCrossEntropy] and over all elements for
// the others, unless its Reduction is [Sum]; rows may have weights, and what has weight 0
// weighs nothing. Its gradient therefore carries the factor 1/n, and gradient descent
// subtracts it:
//
//	L     = 1/n sum l(p_i, y_i)
//	dL/dp = 1/n l'(p_i, y_i)
//
// A loss checks its settings in its method Check, which a trainer calls before its first step.
//
// For sigmoid outputs and binary cross-entropy this gives dL/dz = (p - y)/n, the
// prediction minus the target: formulas with (y - p) are the negative gradient and
// belong to an update that adds.
//
// Programmer errors, such as matrices of different shapes or with gaps between rows, a parameter
// that is nil or a limit that is no number, panic with a [*kernels.ShapeError].
package grad
