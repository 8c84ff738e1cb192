// Package train runs the training loop and measures trained models.
//
//   - Train: [Trainer], with epochs of shuffled mini-batches, callbacks and cancellation;
//     [Trainer.Run] on a set in memory, [Trainer.RunStream] on rows that do not fit there.
//   - Stop early, and go on later: [EarlyStop], [Checkpoint].
//   - Look inside: [Diagnostics], [Progress].
//   - Measure a model: [Evaluate], [Outputs], [Confusion], [TopK], [AUC], [R2]; in the units and the
//     class names of raw rows [EvaluateTable] and [EvaluateSet], with [Scores].
//   - Train and measure fold by fold: [CrossValidateTable], [CrossValidate].
//   - Metrics of each epoch: [Measure], [MetricOf], [TrainLoss], [ValidationLoss],
//     [ValidationError].
//   - The history: [Epoch], [WriteCSV].
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
// in rounding. [Trainer.Precision] has the products of forward and backward computed
// with fewer bits where the CPU does that faster; all else stays in T.
//
// What goes wrong with data, settings or numbers comes back as an error that says where.
// Settings that cannot work and shapes that do not fit are found before the first step. A loss
// or a gradient that is not finite ends training with its epoch and step and the layer where
// the first NaN or infinity appeared, or its batch is passed over; so does a step that would
// leave a weight or the optimizer's state infinite. The model and the optimizer then are as
// before that step. A [Checkpoint] holds all that a run needs to go on with the same bits.
//
// # Warnings
//
// Before the first step a run looks at its rows: at all targets, and at the features of 4096 rows,
// evenly spread, or at what [data.NewStream] found. It tells [Trainer.Warn] of what would cost more
// than most other choices and show no error. Rows that weigh nothing do not count. For the 60000
// images of MNIST this takes about 20 ms, a hundredth of an epoch.
//
//	features   a root mean square above 8, or below 0.02 for the largest of all
//	features   deviations below 1/50 of the median, in one feature of 20 or more
//	features   NaN or infinite (all rows are looked at)
//	targets    of a regression: a deviation above 20 or below 0.05, or a mean beyond 5 and 5 deviations
//	targets    the same value, or the same class, in all rows
//	classes    the most frequent one has more than 20 times the rows of the rarest that occurs,
//	           and neither Balance nor the loss weighs classes
//
// A run also tells that [Trainer.Precision] does not apply, and why: this CPU has no instructions that
// gain by it, the environment or the tier keeps them off, or the run is in float64. A run that goes on from
// a [Checkpoint] below the highest level tells where another path computed its products before.
//
// Scales of features do not matter to a model that begins with a BatchNorm. Features that are
// rarely other than 0, as pixels at the edge of an image, may have any small deviation.
//
// The thresholds follow from trainings of 10-32-1 with ReLU on the 442 patients of the diabetes set,
// features and target standardised and then multiplied by a factor or moved (100 epochs, batches of
// 32, MSE, means over seeds 1 to 3). R2 on the training rows:
//
//	                               Adam 1e-3   Adam 1e-2   Nesterov 1e-2
//	standardised                       0.61        0.75            0.74
//	raw target (152 +- 77)             0.15        0.58            0.00
//	target times 10                    0.56        0.69            0.67
//	target times 30                    0.55        0.63            0.00
//	target times 0.1                   0.29        0.69            0.56
//	target times 0.01                -30.72       -0.05           -0.35
//	target plus 3                      0.53        0.75            0.72
//	target plus 10                    -0.74        0.64            0.65
//	all features times 10              0.27        0.68        diverges
//	5 features times 10                0.50        0.61        diverges
//	5 features plus 3                  0.57        0.61            0.51
//	5 features plus 10                 0.51        0.50            0.00
//	all features times 0.01            0.51        0.53            0.39
//	5 features times 0.1               0.58        0.69            0.65
//	5 features times 0.01              0.45        0.63            0.48
//
// A threshold for classes follows from two normal distributions of equal width whose means are 3
// deviations apart. Of the rarer class the best classifier finds 93 % where both are as frequent,
// 69 % at 1 in 20 and 49 % at 1 in 100: it is right not to, unless errors in that class cost more.
package train
