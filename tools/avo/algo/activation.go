package algo

import "slices"

// Activation is an activation of package kernels, which calls it Act<Name> and its kind
// kind<Name>. The generator writes the switches over the kinds and the generic tier of the
// kernels from it.
type Activation struct {
	Name string

	// The kernels that compute y = f(x), y = f(x) with d = f'(x), and dx = dy*f'(x) from y. The
	// arguments behind the vectors stand in parentheses, as Go has them, where act is the
	// activation. "copy" copies the second vector into the first. Backward is empty where the
	// derivative is stored.
	Value, Grad, Backward string

	Kernels  []*Kernel // rows of the manifest: those that stand nowhere else
	ownLoops bool      // the generic tier of Kernels is written by hand
}

// Activations lists the activations.
var Activations = slices.Concat(smoothActivations, gatedActivations, hardActivations, reluActivations)

// activations are the kernels of the activations, and what stands in their files besides.
var activations = slices.Concat(kernelsOf(smoothActivations), kernelsOf(gatedActivations),
	kernelsOf(hardActivations), memoBackwards, pReLUs, kernelsOf(reluActivations))

func kernelsOf(list []Activation) (kernels []*Kernel) {
	for _, a := range list {
		kernels = append(kernels, a.Kernels...)
	}
	return kernels
}

// GenericByFormula returns the kernels whose generic tier computes the formula of package
// kernels for each number.
func (a *Activation) GenericByFormula() []*Kernel {
	if a.ownLoops {
		return nil
	}
	return a.Kernels
}

// curve computes y = f(x) and, where grad is set, d = f'(x).
type curve func(m *formula, x group, grad bool) (y, d group)

// value is the body of a kernel y = f(x), withGrad that of y = f(x), d = f'(x), with so
// many vectors at a time.
func (f curve) value(vectors func(*fn) int, params ...string) func(*fn) {
	return func(g *fn) {
		g.elementwise(names("y"), names("x"), params, vectors(g), func(m *formula, in []group) []group {
			y, _ := f(m, in[0], false)
			return []group{y}
		})
	}
}

func (f curve) withGrad(vectors func(*fn) int, params ...string) func(*fn) {
	return func(g *fn) {
		g.elementwise(names("y d"), names("x"), params, vectors(g), func(m *formula, in []group) []group {
			y, d := f(m, in[0], true)
			return []group{y, d}
		})
	}
}

// backward is the body of a kernel dx = dy * deriv(memo).
func backward(deriv func(m *formula, memo group) group, memo string, params ...string) func(*fn) {
	return func(g *fn) {
		g.elementwise(names("dx"), []string{"dy", memo}, params, g.aTurn(), func(m *formula, in []group) []group {
			return []group{m.times(in[0], deriv(m, in[1]))}
		})
	}
}
