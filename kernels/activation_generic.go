package kernels

// The activations on the generic tier, in the shapes that dispatch wants.

func sigmoidGradGeneric[T Float](y, d, x []T)       { activateGradGeneric(ActSigmoid, y, d, x) }
func sigmoidBackwardGeneric[T Float](dx, dy, y []T) { activateBackwardGeneric(ActSigmoid, dx, dy, y) }
func tanhGradGeneric[T Float](y, d, x []T)          { activateGradGeneric(ActTanh, y, d, x) }
func tanhBackwardGeneric[T Float](dx, dy, y []T)    { activateBackwardGeneric(ActTanh, dx, dy, y) }
func softplusGradGeneric[T Float](y, d, x []T)      { activateGradGeneric(ActSoftplus, y, d, x) }
func softplusBackwardGeneric[T Float](dx, dy, y []T) {
	activateBackwardGeneric(ActSoftplus, dx, dy, y)
}
func gELUGeneric[T Float](y, x []T)               { activateGeneric(ActGELU, y, x) }
func gELUGradGeneric[T Float](y, d, x []T)        { activateGradGeneric(ActGELU, y, d, x) }
func gELUTanhGeneric[T Float](y, x []T)           { activateGeneric(ActGELUTanh, y, x) }
func gELUTanhGradGeneric[T Float](y, d, x []T)    { activateGradGeneric(ActGELUTanh, y, d, x) }
func siLUGeneric[T Float](y, x []T)               { activateGeneric(ActSiLU, y, x) }
func siLUGradGeneric[T Float](y, d, x []T)        { activateGradGeneric(ActSiLU, y, d, x) }
func identityGradGeneric[T Float](y, d, x []T)    { activateGradGeneric(ActIdentity, y, d, x) }
func stepGeneric[T Float](y, x []T)               { activateGeneric(ActStep, y, x) }
func stepGradGeneric[T Float](y, d, x []T)        { activateGradGeneric(ActStep, y, d, x) }
func hardSigmoidGeneric[T Float](y, x []T)        { activateGeneric(ActHardSigmoid, y, x) }
func hardSigmoidGradGeneric[T Float](y, d, x []T) { activateGradGeneric(ActHardSigmoid, y, d, x) }
func hardTanhGeneric[T Float](y, x []T)           { activateGeneric(ActHardTanh, y, x) }
func hardTanhGradGeneric[T Float](y, d, x []T)    { activateGradGeneric(ActHardTanh, y, d, x) }
func hardSwishGeneric[T Float](y, x []T)          { activateGeneric(ActHardSwish, y, x) }
func hardSwishGradGeneric[T Float](y, d, x []T)   { activateGradGeneric(ActHardSwish, y, d, x) }

func eLUGeneric[T Float](y, x []T, scale, bottom T) {
	for i, v := range x {
		f, _ := elu(float64(v), float64(scale), float64(bottom))
		y[i] = T(f)
	}
}

func eLUGradGeneric[T Float](y, d, x []T, scale, bottom T) {
	for i, v := range x {
		f, df := elu(float64(v), float64(scale), float64(bottom))
		y[i], d[i] = T(f), T(df)
	}
}

func eLUBackwardGeneric[T Float](dx, dy, y []T, scale, bottom T) {
	for i, g := range dy {
		dx[i] = T(g * T(eluFromOutput(float64(y[i]), float64(scale), float64(bottom))))
	}
}

func insideBackwardGeneric[T Float](dx, dy, y []T, lo, hi, slope T) {
	for i, g := range dy {
		dx[i] = T(g * T(insideSlope(float64(y[i]), float64(lo), float64(hi), float64(slope))))
	}
}

func storedBackwardGeneric[T Float](dx, dy, d []T) {
	for i, g := range dy {
		dx[i] = T(g * d[i])
	}
}

func reLUGeneric[T Float](y, x []T) {
	for i, v := range x {
		if v < 0 {
			v = 0
		}
		y[i] = v
	}
}

func reLUGradGeneric[T Float](y, d, x []T) {
	for i, v := range x {
		d[i] = slopeAt(v, 0)
		if v < 0 {
			v = 0
		}
		y[i] = v
	}
}

// slopeAt is the derivative of the leaky ReLU at v: 1 above 0, slope at and below
// it, NaN for NaN.
func slopeAt[T Float](v, slope T) T {
	switch {
	case v > 0:
		return 1
	case v <= 0:
		return slope
	}
	return v
}

func reLUBackwardGeneric[T Float](dx, dy, y []T) {
	for i, g := range dy {
		switch v := y[i]; {
		case v <= 0:
			g = 0
		case v != v:
			g = v
		}
		dx[i] = g
	}
}

func leakyReLUGeneric[T Float](y, x []T, slope T) {
	for i, v := range x {
		if v < 0 {
			v = T(slope * v)
		}
		y[i] = v
	}
}

func leakyReLUGradGeneric[T Float](y, d, x []T, slope T) {
	for i, v := range x {
		d[i] = slopeAt(v, slope)
		if v < 0 {
			v = T(slope * v)
		}
		y[i] = v
	}
}

func leakyReLUBackwardGeneric[T Float](dx, dy, y []T, slope T) {
	for i, g := range dy {
		switch v := y[i]; {
		case v <= 0:
			g = T(slope * g)
		case v != v:
			g = v
		}
		dx[i] = g
	}
}

func activateGeneric[T Float](act Activation, y, x []T) {
	for i, v := range x {
		f, _ := activation(act, float64(v))
		y[i] = T(f)
	}
}

func activateGradGeneric[T Float](act Activation, y, d, x []T) {
	for i, v := range x {
		f, df := activation(act, float64(v))
		y[i], d[i] = T(f), T(df)
	}
}

func activateBackwardGeneric[T Float](act Activation, dx, dy, memo []T) {
	for i, g := range dy {
		dx[i] = T(g * T(derivFromMemo(act, float64(memo[i]))))
	}
}
