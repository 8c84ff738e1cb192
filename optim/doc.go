// Package optim provides the optimizers, which turn gradients into steps ([SGD],
// [Momentum], [Adam]), and the schedules of the learning rate ([Constant], [Steps],
// [Exponential], [Cosine], [Warmup]).
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
// A step is one pass over each parameter, in which it reads w, g and the state and
// writes w and the state; from the second step on it allocates nothing.
package optim
