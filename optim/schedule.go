package optim

import "math"

// Schedule gives the learning rate of each step of training, counted from 0. Those of this
// package take a step below 0, which only a broken file has, for 0.
type Schedule func(step int) float64

// Constant is eta at every step.
func Constant(eta float64) Schedule { return func(int) float64 { return eta } }

// Steps multiplies the rate by factor every so many steps: eta factor^floor(step/every).
func Steps(eta, factor float64, every int) Schedule {
	return func(step int) float64 { return eta * math.Pow(factor, float64(max(0, step)/max(1, every))) }
}

// Exponential multiplies the rate by factor at each step: eta factor^step.
func Exponential(eta, factor float64) Schedule {
	return func(step int) float64 { return eta * math.Pow(factor, float64(max(0, step))) }
}

// Cosine falls from eta to low over total steps along half a cosine and then stays:
//
//	low + (eta - low) (1 + cos(pi step/total)) / 2
//
// (Loshchilov and Hutter, SGDR, ICLR 2017, without restarts.)
func Cosine(eta, low float64, total int) Schedule {
	return func(step int) float64 {
		return cosine(eta, low, min(1, float64(max(0, step))/float64(max(1, total))))
	}
}

// cosine is a part of the way from eta to low along half a cosine.
func cosine(eta, low, part float64) float64 {
	return low + (eta-low)*(1+math.Cos(math.Pi*part))/2
}

// WarmRestarts is [Cosine] over and over: it falls from eta towards low over the first steps,
// begins again at eta, and each cycle is factor times as long as the one before it. At step s of
// a cycle of n steps the rate is
//
//	low + (eta - low) (1 + cos(pi s/n)) / 2
//
// (Loshchilov and Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, ICLR 2017, with
// factor for T_mult.) first and factor below 1 count as 1. The weights at the end of a cycle are
// those to keep.
func WarmRestarts(eta, low float64, first, factor int) Schedule {
	first, factor = max(1, first), max(1, factor)
	return func(step int) float64 {
		s, n := max(0, step), first
		if factor == 1 {
			s %= n
		}
		for s >= n {
			s -= n
			if n > math.MaxInt/factor {
				n = math.MaxInt // longer than there are steps
			} else {
				n *= factor
			}
		}
		return cosine(eta, low, float64(s)/float64(n))
	}
}

// Warmup rises linearly over the first steps to the rate at which then begins:
// step s < steps has then(0) (s+1)/steps, and step s after that then(s-steps).
func Warmup(steps int, then Schedule) Schedule {
	steps = max(0, steps)
	return func(step int) float64 {
		step = max(0, step)
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
	between := func(from, to, part float64) float64 { return to + float64((from-to)*(1+math.Cos(math.Pi*part)))/2 }
	last := float64(total) - 1
	return func(step int) float64 {
		switch s := float64(max(0, step)); {
		case s <= peak && peak > 0:
			return top * between(start, 1, s/peak)
		case s < last:
			return top * between(1, end, (s-peak)/(last-peak))
		default:
			return top * end
		}
	}
}
