package algo

import "github.com/ashlar-go/ashlar/tools/avo/isa"

// hardActivations are made of a few linear pieces. NaN gives NaN, in the derivative as well.
var hardActivations = []Activation{
	{Name: "Identity",
		Value: "copy", Grad: "IdentityGrad", Backward: "copy",
		Kernels: []*Kernel{
			{Name: "IdentityGrad", Family: "hard", Params: "y, d, x []T",
				Doc: "computes y = x and d = x is NaN ? x : 1.", body: curve(identityCurve).withGrad((*fn).aTurn)},
		}},
	{Name: "Step",
		Value: "Step", Grad: "StepGrad", Backward: "InsideBackward(0, 0, 0)",
		Kernels: []*Kernel{
			{Name: "Step", Family: "hard", Params: "y, x []T",
				Doc: "computes y = x > 0 ? 1 : x <= 0 ? 0 : x.", body: curve(stepCurve).value((*fn).aTurn)},
			{Name: "StepGrad", Family: "hard", Params: "y, d, x []T",
				Doc:  "computes y = x > 0 ? 1 : x <= 0 ? 0 : x and d = x is NaN ? x : 0.",
				body: curve(stepCurve).withGrad((*fn).aTurn)},
		}},
	{Name: "HardSigmoid",
		Value: "HardSigmoid", Grad: "HardSigmoidGrad", Backward: "InsideBackward(0, 1, T(1.0/6))",
		Kernels: []*Kernel{
			{Name: "HardSigmoid", Family: "hard", Params: "y, x []T",
				Doc:  "computes y = max(0, min(6, x+3))*(1/6), NaN kept.",
				body: curve(hardSigmoidCurve).value((*fn).aTurn)},
			{Name: "HardSigmoidGrad", Family: "hard", Params: "y, d, x []T",
				Doc:  "computes y as HardSigmoid and d = 0 < min(6, x+3) < 6 ? 1/6 : 0, NaN kept.",
				body: curve(hardSigmoidCurve).withGrad((*fn).aTurn)},
		}},
	{Name: "HardTanh",
		Value: "HardTanh", Grad: "HardTanhGrad", Backward: "InsideBackward(-1, 1, 1)",
		Kernels: []*Kernel{
			{Name: "HardTanh", Family: "hard", Params: "y, x []T",
				Doc: "computes y = max(-1, min(1, x)), NaN kept.", body: curve(hardTanhCurve).value((*fn).aTurn)},
			{Name: "HardTanhGrad", Family: "hard", Params: "y, d, x []T",
				Doc:  "computes y as HardTanh and d = -1 < x < 1 ? 1 : 0, NaN kept.",
				body: curve(hardTanhCurve).withGrad((*fn).aTurn)},
		}},
	{Name: "HardSwish",
		Value: "HardSwish", Grad: "HardSwishGrad",
		Kernels: []*Kernel{
			{Name: "HardSwish", Family: "hard", Params: "y, x []T",
				Doc:  "computes y = b*(min(6, b+3)*(1/6)), b = max(-3, x).",
				body: curve(hardSwishCurve).value((*fn).aTurn)},
			{Name: "HardSwishGrad", Family: "hard", Params: "y, d, x []T",
				Doc:  "computes y as HardSwish and d = x <= -3 ? 0 : x < 3 ? fma(x, 1/3, 1/2) : 1.",
				body: curve(hardSwishCurve).withGrad((*fn).aTurn)},
		}},
}

// memoBackwards are backward passes that several activations share.
var memoBackwards = []*Kernel{
	{Name: "InsideBackward", Family: "hard", Params: "dx, dy, y []T, lo, hi, slope T",
		Doc:  "computes dx = dy*(lo < y < hi ? slope : 0), NaN kept.",
		body: backward(insideDeriv, "y", "lo", "hi", "slope")},
	{Name: "StoredBackward", Family: "hard", Params: "dx, dy, d []T",
		Doc: "computes dx = dy*d.", body: backward(storedDeriv, "d")},
}

// orNaN is y, and x where that is NaN.
func (m *formula) orNaN(y, x group) group { return m.pick(m.where(isa.Unordered, x, x), x, y) }

func identityCurve(m *formula, x group, _ bool) (y, d group) {
	return x, m.orNaN(m.copyOf(m.k(1)), x)
}

// stepCurve: x > 0 ? 1 : 0.
func stepCurve(m *formula, x group, grad bool) (y, d group) {
	y = m.orNaN(m.pick(m.where(isa.Greater, x, m.k(0)), m.k(1), m.k(0)), x)
	if grad {
		d = m.orNaN(m.copyOf(m.k(0)), x)
	}
	return y, d
}

// clampTo is x between lo and hi.
func (m *formula) clampTo(lo, hi float64, x group) group {
	return m.atLeast(m.k(lo), m.atMost(m.k(hi), x))
}

// inside is slope where lo < x < hi, else 0.
func (m *formula) inside(x group, lo, hi, slope any) group {
	s := m.pick(m.where(isa.Greater, x, lo), slope, m.k(0))
	return m.orNaN(m.pick(m.where(isa.Less, x, hi), s, m.k(0)), x)
}

// hardTanhCurve: x between -1 and 1.
func hardTanhCurve(m *formula, x group, grad bool) (y, d group) {
	y = m.clampTo(-1, 1, x)
	if grad {
		d = m.inside(x, m.k(-1), m.k(1), m.k(1))
	}
	return y, d
}

// hardSigmoidCurve: x/6 + 1/2 between 0 and 1, as (x + 3)/6, which is exactly 0 and 1 at
// the kinks. The slope follows from 6y, so that it is the one of the backward pass.
func hardSigmoidCurve(m *formula, x group, grad bool) (y, d group) {
	b := m.clampTo(0, 6, m.plus(x, m.k(3)))
	y = m.times(b, m.k(1.0/6))
	if grad {
		d = m.inside(b, m.k(0), m.k(6), m.k(1.0/6))
	}
	return y, d
}

// hardSwishCurve: x * hard sigmoid(x), -0 up to -3.
func hardSwishCurve(m *formula, x group, grad bool) (y, d group) {
	b := m.atLeast(m.k(-3), x)
	y = m.times(b, m.times(m.atMost(m.k(6), m.plus(b, m.k(3))), m.k(1.0/6)))
	if grad {
		m.Comment("d = x <= -3 ? 0 : x < 3 ? x/3 + 1/2 : 1")
		d = m.fma(b, m.k(1.0/3), m.k(0.5))
		d = m.pick(m.where(isa.LessEqual, b, m.k(-3)), m.k(0), d)
		d = m.pick(m.where(isa.GreaterEqual, b, m.k(3)), m.k(1), d)
	}
	return y, d
}

// insideDeriv: f' = slope where lo < y < hi, else 0.
func insideDeriv(m *formula, y group) group {
	return m.inside(y, m.params["lo"], m.params["hi"], m.params["slope"])
}

// storedDeriv: f' is the memo itself.
func storedDeriv(_ *formula, d group) group { return d }
