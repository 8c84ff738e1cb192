package optim

import (
	"fmt"
	"math"
	"reflect"
)

// The checks of settings: the first that cannot work is named with what it is and what is
// wanted.

// setting is a setting of something by name.
type setting struct {
	name  string
	value float64
	want  settingRange
}

// settingRange says which values of a setting are possible.
type settingRange uint8

const (
	share    settingRange = iota // from 0 to below 1, as what a mean keeps of itself
	least0                       // 0 or more, and finite
	positive                     // above 0, and finite
)

func (r settingRange) has(v float64) bool {
	switch r {
	case share:
		return v >= 0 && v < 1
	case positive:
		return v > 0 && v <= math.MaxFloat64
	}
	return v >= 0 && v <= math.MaxFloat64
}

func (r settingRange) String() string {
	switch r {
	case share:
		return "a number from 0 to below 1"
	case positive:
		return "a finite number above 0"
	}
	return "a finite number of at least 0"
}

// checkSettings returns an error that names the first of the settings which cannot work.
func checkSettings(of string, settings ...setting) error {
	for _, s := range settings {
		if !s.want.has(s.value) {
			return fmt.Errorf("optim.%s: %s = %v, want %v", of, s.name, s.value, s.want)
		}
	}
	return nil
}

// setting is lambda.
func (d Decay) setting() setting { return setting{"Decay.Lambda", d.Lambda, least0} }

// Check implements [Checker].
func (o *SGD[T]) Check() error { return checkSettings("SGD", o.Decay.setting()) }

// Check implements [Checker].
func (o *Momentum[T]) Check() error {
	return checkSettings("Momentum", setting{"Mu", o.Mu, share}, o.Decay.setting())
}

// Check implements [Checker].
func (o *Adagrad[T]) Check() error {
	return checkSettings("Adagrad", setting{"Eps", o.Eps, least0},
		setting{"Initial", float64(T(o.Initial)), least0}, setting{"RateDecay", o.RateDecay, least0},
		o.Decay.setting())
}

// Check implements [Checker].
func (o *RMSProp[T]) Check() error {
	return checkSettings("RMSProp", setting{"Alpha", o.Alpha, share}, setting{"Eps", o.Eps, least0},
		setting{"Mu", o.Mu, share}, o.Decay.setting())
}

// Check implements [Checker].
func (o *Adadelta[T]) Check() error {
	return checkSettings("Adadelta", setting{"Rho", o.Rho, share}, setting{"Eps", o.Eps, least0},
		o.Decay.setting())
}

// Check implements [Checker].
func (o *Adam[T]) Check() error {
	return checkSettings("Adam", setting{"Beta1", o.Beta1, share}, setting{"Beta2", o.Beta2, share},
		setting{"Eps", o.Eps, least0}, o.Decay.setting())
}

// Check implements [Checker].
func (o *NAdam[T]) Check() error {
	return checkSettings("NAdam", setting{"Beta1", o.Beta1, share}, setting{"Beta2", o.Beta2, share},
		setting{"Eps", o.Eps, least0}, setting{"MomentumDecay", o.MomentumDecay, least0}, o.Decay.setting())
}

// Check implements [Checker].
func (o *Lion[T]) Check() error {
	return checkSettings("Lion", setting{"Beta1", o.Beta1, share}, setting{"Beta2", o.Beta2, share},
		o.Decay.setting())
}

// Check implements [Checker]: the error is that of the first group which cannot work, or of two
// groups that share an optimizer.
func (o *Groups[T]) Check() error {
	for i, g := range o.groups {
		if err := g.check(); err != nil {
			return fmt.Errorf("optim.Groups: group %d: %w", i, err)
		}
		for j, h := range o.groups[:i] {
			if reflect.TypeOf(g.Optimizer).Comparable() && g.Optimizer == h.Optimizer {
				return fmt.Errorf("optim.Groups: groups %d and %d share an optimizer, want one each: "+
					"it would count two steps in one", j, i)
			}
		}
	}
	return nil
}

func (g Group[T]) check() error {
	if g.Optimizer == nil {
		return fmt.Errorf("Optimizer is nil, want one")
	}
	if !least0.has(g.RateScale) {
		return fmt.Errorf("RateScale = %v, want %v; 0 counts as 1", g.RateScale, least0)
	}
	if c, ok := g.Optimizer.(Checker); ok {
		return c.Check()
	}
	return nil
}

// Check returns an error that names the first setting which cannot work: Initial is positive,
// Factor between 0 and 1, Tolerance from 0 to below 1, and nothing is below 0.
func (p *Plateau) Check() error {
	if p.Factor == 0 {
		return fmt.Errorf("optim.Plateau: Factor = 0, want a number between 0 and 1")
	}
	return checkSettings("Plateau", setting{"Initial", p.Initial, positive},
		setting{"Factor", p.Factor, share},
		setting{"Patience", float64(p.Patience), least0}, setting{"Tolerance", p.Tolerance, share},
		setting{"Cooldown", float64(p.Cooldown), least0}, setting{"Least", p.Least, least0})
}
