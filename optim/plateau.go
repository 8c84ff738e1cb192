package optim

import "math"

// Plateau lowers the learning rate when a metric has stopped falling. Observe it after
// each epoch; its Rate is a [Schedule]. A trainer does both, and keeps what it has seen in
// its checkpoints:
//
//	trainer.Plateau = &optim.Plateau{Initial: 0.1, Factor: 0.5, Patience: 3}
type Plateau struct {
	Initial   float64
	Factor    float64 // of the rate each time, such as 0.1
	Patience  int     // epochs without improvement that pass by
	Tolerance float64 // the metric counts as better if it is below best (1 - Tolerance)
	Cooldown  int     // epochs after a change that are not counted
	Least     float64 // the rate falls no further

	// What Observe has seen; a trainer's checkpoint keeps it.
	Best     float64
	Bad      int // epochs since the best
	Waiting  int // of Cooldown
	Lowered  int // how often
	Observed bool
}

// Rate implements [Schedule]; the step does not matter. A Lowered below 0, which only a broken
// file has, counts as 0.
func (p *Plateau) Rate(int) float64 {
	return max(p.Least, p.Initial*math.Pow(p.Factor, float64(max(0, p.Lowered))))
}

// Observe takes the metric of one more epoch and reports whether the rate was lowered.
// NaN is no improvement.
func (p *Plateau) Observe(metric float64) bool {
	better := math.IsInf(p.Best, 1) || metric < p.Best-float64(math.Abs(p.Best)*p.Tolerance)
	if metric < p.Best && better || !p.Observed && metric == metric {
		p.Best, p.Bad, p.Observed = metric, 0, true
	} else {
		p.Bad++
	}
	if p.Waiting > 0 {
		p.Waiting--
		p.Bad = 0
	}
	if p.Bad <= p.Patience {
		return false
	}
	p.Lowered++
	p.Bad, p.Waiting = 0, p.Cooldown
	return true
}
