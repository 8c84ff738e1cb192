// Package train runs the training loop: epochs of shuffled mini-batches, metrics,
// validation, early stopping, checkpoints, diagnostics, callbacks and cancellation
// ([Trainer]), and measures trained models ([Evaluate], [Outputs], [Confusion], [TopK],
// [AUC], [R2]).
//
// One step of training is
//
//	p    = model(x)          forward, keeping the memo
//	L    = loss(p, y)        with dL/dp
//	g    = dL/dw             backward, for every parameter w
//	w    = w - step(g)       the optimizer, at the rate of the schedule
//
// and it allocates nothing. One seed gives the same weights to the last bit, on
// every run and with every number of threads; different tiers of the kernels differ
// in rounding.
//
// What goes wrong with data, settings or numbers comes back as an error that says where.
// Settings that cannot work and shapes that do not fit are found before the first step. A loss
// or a gradient that is not finite ends training with its epoch and step and the layer where
// the first NaN or infinity appeared, or its batch is passed over; so does a step that would
// leave a weight or the optimizer's state infinite. The model and the optimizer then are as
// before that step. A [Checkpoint] holds all that a run needs to go on with the same bits.
package train
