package kernels

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Activation names an activation function with its parameter: the kind in the low
// 8 bits, the parameter above them, a float64 whose last 8 bits are rounded away (45
// bits of precision are left). Kinds without a parameter are constants, the others come
// from constructors such as [ActLeakyReLU]. The zero value is ActIdentity.
type Activation uint64

const (
	kindIdentity = iota
	kindStep
	kindSigmoid
	kindTanh
	kindReLU
	kindLeakyReLU
	kindELU
	kindSELU
	kindGELU
	kindGELUTanh
	kindSiLU
	kindSoftplus
	kindHardSigmoid
	kindHardTanh
	kindHardSwish
	kinds
)

// Activations without a parameter. NaN gives NaN in each of them. At a kink the
// derivative is the one of the flat side: ReLU'(0) = 0. Where f(0) is 0, f(-0) is -0,
// except for the step. The limits are reached exactly: tanh(+Inf) and hard sigmoid(3)
// are 1, with derivative 0. GELU, SiLU and hard swish are -0 where they end below 0, from
// -Inf up to where the product with x no longer counts, and so are the derivatives of
// GELU and SiLU there; the derivative of hard swish is 0 up to -3.
const (
	ActIdentity    Activation = kindIdentity    // x
	ActStep        Activation = kindStep        // 1 if x > 0, else 0; derivative 0
	ActSigmoid     Activation = kindSigmoid     // 1 / (1 + exp(-x)), in [0, 1]; derivative in [0, 1/4]
	ActTanh        Activation = kindTanh        // tanh(x), in [-1, 1]; derivative in [0, 1]
	ActReLU        Activation = kindReLU        // 0 if x < 0, else x; derivative 0 or 1
	ActSELU        Activation = kindSELU        // 1.0507 * (x, or 1.6733 (exp(x) - 1) below 0)
	ActGELU        Activation = kindGELU        // x Phi(x) = x/2 (1 + erf(x / sqrt 2))
	ActGELUTanh    Activation = kindGELUTanh    // x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))
	ActSiLU        Activation = kindSiLU        // x sigmoid(x)
	ActSoftplus    Activation = kindSoftplus    // log(1 + exp(x))
	ActHardSigmoid Activation = kindHardSigmoid // x/6 + 1/2 clamped to [0, 1]
	ActHardTanh    Activation = kindHardTanh    // x clamped to [-1, 1]
	ActHardSwish   Activation = kindHardSwish   // x * hard sigmoid(x)
)

// ActLeakyReLU is x for x >= 0 and slope*x below.
func ActLeakyReLU(slope float64) Activation { return withParam(kindLeakyReLU, slope) }

// ActELU is x for x >= 0 and alpha*(exp(x) - 1) below; its derivative at 0 is alpha.
func ActELU(alpha float64) Activation { return withParam(kindELU, alpha) }

const kindBits = 0xff

func withParam(kind Activation, p float64) Activation {
	bits := math.Float64bits(p)
	if !math.IsNaN(p) {
		bits += (kindBits + 1) / 2
	}
	return kind | Activation(bits&^kindBits)
}

func (act Activation) kind() uint8 { return uint8(act & kindBits) }

func (act Activation) param() float64 { return math.Float64frombits(uint64(act &^ kindBits)) }

// traits are what is to be known of the kinds besides their formulas.
var traits = [kinds]struct {
	name   string
	param  bool // it has a parameter; where that is negative the derivative is stored
	stored bool // the derivative does not follow from the output and is stored
	light  bool // its kernels wait for the memory rather than compute
}{
	kindIdentity:    {name: "identity", light: true},
	kindStep:        {name: "step", light: true},
	kindSigmoid:     {name: "sigmoid"},
	kindTanh:        {name: "tanh"},
	kindReLU:        {name: "relu", light: true},
	kindLeakyReLU:   {name: "leaky_relu", param: true, light: true},
	kindELU:         {name: "elu", param: true},
	kindSELU:        {name: "selu"},
	kindGELU:        {name: "gelu", stored: true},
	kindGELUTanh:    {name: "gelu_tanh", stored: true},
	kindSiLU:        {name: "silu", stored: true},
	kindSoftplus:    {name: "softplus"},
	kindHardSigmoid: {name: "hard_sigmoid", light: true},
	kindHardTanh:    {name: "hard_tanh", light: true},
	kindHardSwish:   {name: "hard_swish", stored: true, light: true},
}

// String returns the name, such as "relu" or "leaky_relu(0.01)". [ParseActivation] is its inverse.
func (act Activation) String() string {
	k := act.kind()
	if k >= kinds {
		return fmt.Sprintf("Activation(%#x)", uint64(act))
	}
	if !traits[k].param {
		return traits[k].name
	}
	return traits[k].name + "(" + strconv.FormatFloat(act.param(), 'g', act.digits(), 64) + ")"
}

// digits returns 13 if so many digits of the parameter give it back, as they do for a short decimal.
// Else it returns -1, for all digits of a float64. It finds the decimal by arithmetic, since the
// tables of strconv.ParseFloat would be linked into every program that prints an Activation.
func (act Activation) digits() int {
	const n = 13
	p := act.param()
	places := n - 1 - math.Floor(math.Log10(math.Abs(p)))
	if !(places >= 0 && places <= 22) { // 10^22 is the last power of ten that a float64 holds
		return -1
	}
	scale := math.Pow10(int(places))
	if m := math.Round(p * scale); math.Abs(m) <= 1e13 && withParam(Activation(act.kind()), m/scale) == act {
		return n
	}
	return -1
}

// ParseActivation returns the activation of a name that [Activation.String] gives, such as "relu"
// or "leaky_relu(0.01)". For another name the error lists those that there are.
func ParseActivation(name string) (Activation, error) {
	base, param, has := strings.Cut(name, "(")
	for k, t := range traits {
		if t.name != base || t.param != has {
			continue
		}
		if !has {
			return Activation(k), nil
		}
		number, closed := strings.CutSuffix(param, ")")
		if p, err := strconv.ParseFloat(number, 64); err == nil && closed {
			return withParam(Activation(k), p), nil
		}
	}
	known := make([]string, kinds)
	for k, t := range traits {
		known[k] = t.name
		if t.param {
			known[k] += "(number)"
		}
	}
	return 0, fmt.Errorf("kernels: there is no activation %q, want one of %s", name,
		strings.Join(known, ", "))
}

// check panics unless the argument called arg is an activation.
func (act Activation) check(op, arg string) {
	if act.kind() >= kinds {
		fail(op, arg, "kind of "+arg, "< ", int(act.kind()), kinds)
	}
}

// inRegister reports whether GEMM applies act to its sums before the store.
func (act Activation) inRegister() bool {
	k := act.kind()
	return k == kindIdentity || k == kindReLU || k == kindLeakyReLU
}

// FromOutput reports whether the derivative follows from y = f(x) alone, so that
// backward needs no memo but the output: identity, step, sigmoid, tanh, ReLU,
// leaky ReLU with slope >= 0, ELU with alpha >= 0, SELU, softplus, hard sigmoid and
// hard tanh. For the others forward stores d = f'(x) with [ActivateGrad].
func (act Activation) FromOutput() bool {
	k := act.kind()
	return k >= kinds || !traits[k].stored && !(traits[k].param && !(act.param() >= 0))
}

// light reports whether a kernel for act waits for the memory rather than computes.
func (act Activation) light() bool { return act.kind() < kinds && traits[act.kind()].light }

// Activate computes y = f(x) for each element. len(y) must equal len(x); y may be
// x itself, but may not overlap it otherwise.
func Activate[T Float](act Activation, y, x []T) {
	act.check("Activate", "act")
	checkLen("Activate", "y", len(y), len(x))
	checkInPlace("Activate", "y", "x", vectorView(y), vectorView(x))
	raceRead(x)
	raceWrite(y)
	activate(Active(), act, y, x)
}

// ActivateGrad computes y = f(x) and the derivative d = f'(x) in one pass. All
// lengths must be equal; y or d may be x itself, no other overlap is allowed.
//
// Errors of d, here and in [ActivateBackward] for dy = 1: exact for the pieces of a
// line, up to the roundings of the slope; full relative accuracy, a few ulp, for
// softplus, and here for ELU and SELU. The others have an absolute bound, 2^-22 in
// float32 and 2^-51 in float64. The sigmoid and tanh take d from y, as y - y^2 and
// 1 - y^2, since backward has no other memo: what y lost near 1 stays lost, and d is 0
// where y has become ±1, in float32 from x = 18 and |x| = 9.1 on. (The generic tier does
// better in ActivateGrad.) At its lower end the sigmoid's d is relatively accurate. In
// backward ELU and SELU have d = y + c for the limit -c, with the bound times max(1, c).
// GELU, SiLU and hard swish have derivatives that cross zero, and the absolute bound.
func ActivateGrad[T Float](act Activation, y, d, x []T) {
	const op = "ActivateGrad"
	act.check(op, "act")
	checkLen(op, "y", len(y), len(x))
	checkLen(op, "d", len(d), len(x))
	checkInPlace(op, "y", "x", vectorView(y), vectorView(x))
	checkInPlace(op, "d", "x", vectorView(d), vectorView(x))
	checkApart(op, "d", "y", vectorView(d), vectorView(y))
	raceRead(x)
	raceWrite(y)
	raceWrite(d)
	activateGrad(Active(), act, y, d, x)
}

// ActivateBackward computes dx = dy * f'(x) from the memo that forward kept: the
// output y where act.FromOutput(), the stored derivative d elsewhere. For ReLU
// and its kin this selects, so dx is 0 where the derivative is 0 even if dy is
// infinite or NaN; elsewhere it multiplies. Where the memo is NaN so is dx, but for
// the identity, which copies dy. All lengths must be equal; dx may be
// dy or memo itself, no other overlap is allowed.
func ActivateBackward[T Float](act Activation, dx, dy, memo []T) {
	const op = "ActivateBackward"
	act.check(op, "act")
	checkLen(op, "dx", len(dx), len(memo))
	checkLen(op, "dy", len(dy), len(memo))
	if meet(dx, dy) {
		checkInPlace(op, "dx", "dy", vectorView(dx), vectorView(dy))
	}
	if meet(dx, memo) {
		checkInPlace(op, "dx", "memo", vectorView(dx), vectorView(memo))
	}
	raceRead(dy)
	raceRead(memo)
	raceWrite(dx)
	activateBackward(Active(), act, dx, dy, memo)
}
