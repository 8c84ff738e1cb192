package algo

import (
	"github.com/ashlar-go/ashlar/internal/minimax"
	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// smoothActivations are sigmoid, tanh, softplus, whose values are elementary functions, and the ELU.
var smoothActivations = []Activation{
	{Name: "Sigmoid",
		Value: "Sigmoid", Grad: "SigmoidGrad", Backward: "SigmoidBackward",
		Kernels: []*Kernel{
			{Name: "SigmoidGrad", Family: "sigmoid", Params: "y, d, x []T",
				Doc:  "computes y = 1/(1 + e^-x) and d = y - y*y.",
				body: curve(sigmoidCurve).withGrad((*fn).abreast)},
			{Name: "SigmoidBackward", Family: "sigmoid", Params: "dx, dy, y []T",
				Doc: "computes dx = dy*(y - y*y).", body: backward(sigmoidDeriv, "y")},
		}},
	{Name: "Tanh",
		Value: "Tanh", Grad: "TanhGrad", Backward: "TanhBackward",
		Kernels: []*Kernel{
			{Name: "TanhGrad", Family: "tanh", Params: "y, d, x []T",
				Doc: "computes y = tanh x and d = 1 - y*y.", body: curve(tanhCurve).withGrad((*fn).abreast)},
			{Name: "TanhBackward", Family: "tanh", Params: "dx, dy, y []T",
				Doc: "computes dx = dy*(1 - y*y).", body: backward(tanhDeriv, "y")},
		}},
	{Name: "Softplus",
		Value: "Softplus", Grad: "SoftplusGrad", Backward: "SoftplusBackward",
		Kernels: []*Kernel{
			{Name: "SoftplusGrad", Family: "softplus", Params: "y, d, x []T",
				Doc:  "computes y = log(1 + e^x) and d = 1/(1 + e^-x).",
				body: curve(softplusCurve).withGrad((*fn).abreast)},
			{Name: "SoftplusBackward", Family: "softplus", Params: "dx, dy, y []T",
				Doc: "computes dx = dy*(1 - e^-y).", body: backward(softplusDeriv, "y")},
		}},
	{Name: "ELU",
		Value: "ELU(1, T(act.param()))", Grad: "ELUGrad(1, T(act.param()))",
		Backward: "ELUBackward(1, T(act.param()))",
		ownLoops: true,
		Kernels: []*Kernel{
			{Name: "ELU", Family: "elu", Params: "y, x []T, scale, bottom T",
				Doc:  "computes y = x >= 0 ? scale*x : bottom*(e^x - 1).",
				body: curve(elu).value(alone, "scale", "bottom")},
			{Name: "ELUGrad", Family: "elu", Params: "y, d, x []T, scale, bottom T",
				Doc:  "computes y = x >= 0 ? scale*x : bottom*(e^x - 1) and d = x > 0 ? scale : bottom*e^x.",
				body: curve(elu).withGrad(alone, "scale", "bottom")},
			{Name: "ELUBackward", Family: "elu", Params: "dx, dy, y []T, scale, bottom T",
				Doc:  "computes dx = dy*(y > 0 ? scale : y + bottom).",
				body: backward(eluDeriv, "y", "scale", "bottom")},
		}},
	{Name: "SELU",
		Value: "ELU(T(seluScale), T(seluBottom()))", Grad: "ELUGrad(T(seluScale), T(seluBottom()))",
		Backward: "ELUBackward(T(seluScale), T(seluBottom()))"},
}

func sigmoidCurve(m *formula, x group, _ bool) (y, d group) {
	y = sigmoid(m, x)
	return y, sigmoidDeriv(m, y)
}

// sigmoidDeriv: f' = y - y^2.
func sigmoidDeriv(m *formula, y group) group {
	m.Comment("d = y - y*y")
	d := m.copyOf(y)
	m.subProduct(d, y, y)
	return d
}

func tanhCurve(m *formula, x group, _ bool) (y, d group) {
	y = tanh(m, x)
	return y, tanhDeriv(m, y)
}

// tanhDeriv: f' = 1 - y^2.
func tanhDeriv(m *formula, y group) group {
	m.Comment("d = 1 - y*y")
	d := m.copyOf(m.k(1))
	m.subProduct(d, y, y)
	return d
}

func softplusCurve(m *formula, x group, _ bool) (y, d group) {
	y, e := m.softplusAndExp(x)
	m.Comment("d = (x < 0 ? e : 1)/(1 + e)")
	return y, m.over(m.pick(m.negative(x), e, m.k(1)), m.plus(e, m.k(1)))
}

// softplusDeriv: f' = 1 - e^-y with the relative accuracy of e^x - 1: with e^-y = T(1-w)
// it is (1-T) + T w. At the limit it has become 1.
func softplusDeriv(m *formula, y group) group {
	b := m.atLeast(m.k(0), m.atMost(m.k(m.byType(20, 40)), y))
	t, k, rhi, r := m.expReduce(b, -1)
	w, _, _ := m.expm1Parts(k, rhi, r, -1)
	T := m.power2(t, k, 0)
	m.Comment("d = (1 - T) + T*w")
	return m.fma(T, w, m.minus(m.k(1), T))
}

// elu: scale*x above 0, where -0 belongs, bottom*(e^x - 1) below.
func elu(m *formula, x group, grad bool) (y, d group) {
	scale, bottom := m.params["scale"], m.params["bottom"]
	limit := m.byType(-20, -40) // e^x - 1 is -1
	if grad {
		limit = m.byType(float64(minimax.ExpMin32), minimax.ExpMin64)
	}
	b := m.atLeast(m.k(limit), m.atMost(m.k(0), x))
	t, k, rhi, r := m.expReduce(b, 1)
	w, rest, _ := m.expm1Parts(k, rhi, r, 1)
	m.Comment("e = T*rest + (T*rhi + (T - 1))")
	T := m.power2Below1(t, k)
	e := m.fma(T, rhi, m.minus(T, m.k(1)))
	m.addProduct(e, T, rest)
	m.Comment("y = x >= 0 ? scale*x : bottom*e; d = x > 0 ? scale : bottom*T*(1 + w)")
	y = m.pick(m.where(isa.GreaterEqual, x, m.k(0)), m.times(x, scale), m.times(e, bottom))
	if grad {
		below := m.times(m.timesPower2(m.plus(w, m.k(1)), t, k), bottom)
		d = m.pick(m.where(isa.Greater, x, m.k(0)), scale, below)
	}
	return y, d
}

// eluDeriv: f' = y > 0 ? scale : y + bottom.
func eluDeriv(m *formula, y group) group {
	return m.pick(m.where(isa.Greater, y, m.k(0)), m.params["scale"], m.plus(y, m.params["bottom"]))
}
