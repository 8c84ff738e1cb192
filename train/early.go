package train

import "math"

// EarlyStop ends training when a metric has not improved for some epochs. It counts
// as an improvement to fall by more than Tolerance below the best value so far, or to be the
// first that is a number; NaN never does.
type EarlyStop struct {
	Metric    Metric
	Patience  int // epochs without improvement after which training ends; 0 counts as 1
	Tolerance float64
	// Restore gives the model the parameters of the best epoch at the end. A run that goes on from a
	// [Checkpoint] which does not hold them returns an error before it trains.
	Restore bool
}

// Metric is a number of an epoch that training should make small.
type Metric func(Epoch) float64

// TrainLoss is the metric that follows the training itself.
func TrainLoss(e Epoch) float64 { return e.Loss }

// ValidationLoss is the usual metric; it needs Trainer.Validation.
func ValidationLoss(e Epoch) float64 { return e.ValidationLoss }

// ValidationError is 1 - accuracy on Trainer.Validation.
func ValidationError(e Epoch) float64 { return 1 - e.ValidationAccuracy }

// MetricOf follows one of Trainer.Metrics, by its name. It is NaN where there is none of that
// name, which a Trainer finds before the first step. Where larger is better, as for an
// accuracy, write
//
//	auc := train.MetricOf("auc")
//	metric := func(e train.Epoch) float64 { return -auc(e) }
func MetricOf(name string) Metric {
	return func(e Epoch) float64 {
		v, there := e.Metrics[name]
		if !there {
			return math.NaN()
		}
		return v
	}
}

// done reports whether the last Patience epochs of a history brought nothing.
func (s *EarlyStop) done(history []Epoch) bool {
	return s != nil && s.since(history) >= max(1, s.Patience)
}

// improved reports whether the last epoch of a history is the best.
func (s *EarlyStop) improved(history []Epoch) bool { return s.since(history) == 0 }

// best is the number of the best epoch whose parameters are to be restored, 0 if there is none.
func (s *EarlyStop) best(history []Epoch) int {
	if s == nil || !s.Restore {
		return 0
	}
	return len(history) - s.since(history)
}

// since counts the epochs after the best one, all of them if none was a number.
func (s *EarlyStop) since(history []Epoch) int {
	best, since := math.NaN(), 0
	for _, e := range history {
		m := s.Metric(e)
		if m < best-s.Tolerance || math.IsNaN(best) && !math.IsNaN(m) {
			best, since = m, 0
			continue
		}
		since++
	}
	return since
}
