// Package optim provides the optimizers, which turn gradients into steps, and the
// schedules of the learning rate.
//
//   - Gradient descent: [SGD], [Momentum], also in Nesterov's form, [NewNesterov].
//   - Adaptive: [Adam], also as AdamW, [NewAdamW], and AMSGrad, [NewAMSGrad]; [NAdam], [RMSProp],
//     [Adagrad], [Adadelta].
//   - By sign: [Lion].
//   - Composed: [Groups] of parameters, an [Average] of the weights.
//   - Schedules: [Constant], [Steps], [Exponential], [Cosine], [WarmRestarts], [Warmup],
//     [OneCycle], [Plateau].
//   - An optimizer of one's own: [Optimizer], [Incremental], [Bounder], [Checker]; [Kind] names one
//     in a file.
//
// With w a parameter, g = dL/dw its gradient and eta the learning rate, every
// optimizer moves against the gradient. Weight decay lambda comes in two forms:
//
//	coupled    g <- g + lambda w          L2 regularisation, part of the gradient
//	decoupled  w <- w (1 - eta lambda)    before the step, as in AdamW
//
// For plain SGD the two are the same. Parameters marked NoDecay are left out of
// both, and parameters without a gradient are passed by.
//
// No gradient makes a mean or a sum of squares infinite: where a rule takes squares, it holds the
// gradient to the bound that [kernels.UpdateSGD] states, far above what training meets. A method
// Check names settings that cannot work.
//
// Gradient clipping leaves its factor in Param.GradScale, where the step takes it.
//
// An [Incremental] optimizer can update large weights as their gradient is computed, in
// place of storing it.
//
// A parameter that is nil, that has another number of gradients than of elements, or that End or
// Update get without Begin, panics with a [*kernels.ShapeError] before any parameter moves.
//
// A step is one pass over each parameter, in which it reads w, g and the state and
// writes w and the state; from the second step on it allocates nothing.
package optim
