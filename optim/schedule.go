package optim

import "math"

// Schedule gives the learning rate of each step of training, counted from 0.
type Schedule func(step int) float64

// Constant is eta at every step.
func Constant(eta float64) Schedule { return func(int) float64 { return eta } }

// Steps multiplies the rate by factor every so many steps: eta factor^floor(step/every).
func Steps(eta, factor float64, every int) Schedule {
	return func(step int) float64 { return eta * math.Pow(factor, float64(step/max(1, every))) }
}

// Exponential multiplies the rate by factor at each step: eta factor^step.
func Exponential(eta, factor float64) Schedule {
	return func(step int) float64 { return eta * math.Pow(factor, float64(step)) }
}

// Cosine falls from eta to low over total steps along half a cosine and then stays:
//
//	low + (eta - low) (1 + cos(pi step/total)) / 2
//
// (Loshchilov and Hutter, SGDR, ICLR 2017, without restarts.)
func Cosine(eta, low float64, total int) Schedule {
	return func(step int) float64 {
		part := min(1, float64(step)/float64(max(1, total)))
		return low + (eta-low)*(1+math.Cos(math.Pi*part))/2
	}
}

// Warmup rises linearly over the first steps to the rate at which then begins:
// step s < steps has then(0) (s+1)/steps, and step s after that then(s-steps).
func Warmup(steps int, then Schedule) Schedule {
	return func(step int) float64 {
		if step < steps {
			return then(0) * float64(step+1) / float64(steps)
		}
		return then(step - steps)
	}
}

// OneCycle rises from top/25 to top over the first part (such as 0.3) of total steps and
// falls to top/250,000 over the rest, both along half a cosine (Smith and Topin,
// Super-Convergence, 2018).
func OneCycle(top, part float64, total int) Schedule {
	const start, end = 1. / 25, 1. / 250_000
	peak := part*float64(total) - 1
	between := func(from, to, part float64) float64 { return to + (from-to)*(1+math.Cos(math.Pi*part))/2 }
	return func(step int) float64 {
		if s := float64(step); s <= peak && peak > 0 {
			return top * between(start, 1, s/peak)
		} else {
			return top * between(1, end, min(1, (s-peak)/max(1, float64(total)-1-peak)))
		}
	}
}
