package kernels

// The activations on a given tier, unchecked, and their generic tier.

// maxCall bounds the elements of one assembly call, which Go cannot preempt: the
// slowest kernel takes about 1 ns an element, so a call stays below 100 µs.
const maxCall = 1 << 15

func activate[T Float](t Tier, act Activation, y, x []T) {
	if len(y) <= maxCall {
		activateCall(t, act, y, x)
		return
	}
	elementwise(t, stretchActivate, 0, act, 1, [3][]T{y, x})
}

func activateCall[T Float](t Tier, act Activation, y, x []T) {
	switch act.kind() {
	case kindStep:
		dispatchStep(t, y, x)
	case kindSigmoid:
		dispatchSigmoid(t, y, x)
	case kindTanh:
		dispatchTanh(t, y, x)
	case kindReLU:
		dispatchReLU(t, y, x)
	case kindLeakyReLU:
		dispatchLeakyReLU(t, y, x, T(act.param()))
	case kindELU, kindSELU:
		scale, bottom := eluParams[T](act)
		dispatchELU(t, y, x, scale, bottom)
	case kindGELU:
		dispatchGELU(t, y, x)
	case kindGELUTanh:
		dispatchGELUTanh(t, y, x)
	case kindSiLU:
		dispatchSiLU(t, y, x)
	case kindSoftplus:
		dispatchSoftplus(t, y, x)
	case kindHardSigmoid:
		dispatchHardSigmoid(t, y, x)
	case kindHardTanh:
		dispatchHardTanh(t, y, x)
	case kindHardSwish:
		dispatchHardSwish(t, y, x)
	default:
		copy(y, x)
	}
}

func activateGrad[T Float](t Tier, act Activation, y, d, x []T) {
	if len(y) <= maxCall {
		activateGradCall(t, act, y, d, x)
		return
	}
	elementwise(t, stretchActivateGrad, 0, act, 2, [3][]T{y, d, x})
}

func activateGradCall[T Float](t Tier, act Activation, y, d, x []T) {
	switch act.kind() {
	case kindStep:
		dispatchStepGrad(t, y, d, x)
	case kindSigmoid:
		dispatchSigmoidGrad(t, y, d, x)
	case kindTanh:
		dispatchTanhGrad(t, y, d, x)
	case kindReLU:
		dispatchReLUGrad(t, y, d, x)
	case kindLeakyReLU:
		dispatchLeakyReLUGrad(t, y, d, x, T(act.param()))
	case kindELU, kindSELU:
		scale, bottom := eluParams[T](act)
		dispatchELUGrad(t, y, d, x, scale, bottom)
	case kindGELU:
		dispatchGELUGrad(t, y, d, x)
	case kindGELUTanh:
		dispatchGELUTanhGrad(t, y, d, x)
	case kindSiLU:
		dispatchSiLUGrad(t, y, d, x)
	case kindSoftplus:
		dispatchSoftplusGrad(t, y, d, x)
	case kindHardSigmoid:
		dispatchHardSigmoidGrad(t, y, d, x)
	case kindHardTanh:
		dispatchHardTanhGrad(t, y, d, x)
	case kindHardSwish:
		dispatchHardSwishGrad(t, y, d, x)
	default:
		dispatchIdentityGrad(t, y, d, x)
	}
}

func activateBackward[T Float](t Tier, act Activation, dx, dy, memo []T) {
	if len(dx) <= maxCall {
		activateBackwardCall(t, act, dx, dy, memo)
		return
	}
	elementwise(t, stretchActivateBackward, 0, act, 1, [3][]T{dx, dy, memo})
}

func activateBackwardCall[T Float](t Tier, act Activation, dx, dy, memo []T) {
	if !act.FromOutput() {
		dispatchStoredBackward(t, dx, dy, memo)
		return
	}
	switch act.kind() {
	case kindStep:
		dispatchInsideBackward(t, dx, dy, memo, 0, 0, 0)
	case kindSigmoid:
		dispatchSigmoidBackward(t, dx, dy, memo)
	case kindTanh:
		dispatchTanhBackward(t, dx, dy, memo)
	case kindReLU:
		dispatchReLUBackward(t, dx, dy, memo)
	case kindLeakyReLU:
		dispatchLeakyReLUBackward(t, dx, dy, memo, T(act.param()))
	case kindELU, kindSELU:
		scale, bottom := eluParams[T](act)
		dispatchELUBackward(t, dx, dy, memo, scale, bottom)
	case kindSoftplus:
		dispatchSoftplusBackward(t, dx, dy, memo)
	case kindHardSigmoid:
		dispatchInsideBackward(t, dx, dy, memo, 0, 1, T(1.0/6))
	case kindHardTanh:
		dispatchInsideBackward(t, dx, dy, memo, -1, 1, 1)
	default:
		copy(dx, dy)
	}
}

// eluParams are the slope above 0 and the negative of the limit at -Inf.
func eluParams[T Float](act Activation) (scale, bottom T) {
	if act.kind() == kindSELU {
		scale, alpha := seluScale, seluAlpha
		return T(scale), T(scale * alpha)
	}
	return 1, T(act.param())
}
