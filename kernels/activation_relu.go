package kernels

// ReLU and leaky ReLU on the generic tier. They select, and so need no formula in float64.

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
