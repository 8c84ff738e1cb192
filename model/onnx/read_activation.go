package onnx

import (
	"errors"
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/kernels"
)

// where reads the softplus as PyTorch writes it, with x itself above 20.
func (c *call) where() ([]*value, error) {
	const wanted = "is supported only for x above a limit from 16 on, and the softplus of x below it"
	if err := c.inputs(3); err != nil {
		return nil, err
	}
	comparison, err := c.any(0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", wanted, err)
	}
	x, err := c.rows(1)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", wanted, err)
	}
	y, err := c.rows(2)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", wanted, err)
	}
	// From 16 on x and its softplus differ by less than float32 can tell.
	limit, ok := comparison.fn.(above)
	if !ok || limit.limit < 16 || comparison.in[0] != x || !isActivation(y, kernels.ActSoftplus, x) {
		return nil, errors.New(wanted)
	}
	return rowsOf(y), nil
}

// elementwise returns the reader of an activation without attributes.
func elementwise(act kernels.Activation) func(*call) ([]*value, error) {
	return func(c *call) ([]*value, error) { return c.activation(act) }
}

func (c *call) activation(act kernels.Activation) ([]*value, error) {
	x, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	if _, ok := x.fn.(opposites); ok && act == kernels.ActSigmoid {
		p := then(c.label(), x.in[0].width, activation{act}, x.in[0])
		return rowsOf(then(c.label(), x.width, twoClasses{}, p)), nil
	}
	return c.gives(activation{act}, x)
}

func (c *call) leakyReLU() ([]*value, error) {
	alpha, err := c.finiteFloat("alpha", 0.01)
	if err != nil {
		return nil, err
	}
	return c.activation(kernels.ActLeakyReLU(alpha))
}

func (c *call) elu() ([]*value, error) {
	alpha, err := c.finiteFloat("alpha", 1)
	if err != nil {
		return nil, err
	}
	return c.activation(kernels.ActELU(alpha))
}

func (c *call) selu() ([]*value, error) {
	alpha, err := c.float("alpha", seluAlpha)
	if err != nil {
		return nil, err
	}
	gamma, err := c.float("gamma", seluGamma)
	if err != nil {
		return nil, err
	}
	if !near(alpha, seluAlpha) || !near(gamma, seluGamma) {
		return nil, fmt.Errorf("has alpha %v and gamma %v, want those of the paper, %v and %v", alpha, gamma,
			seluAlpha, seluGamma)
	}
	return c.activation(kernels.ActSELU)
}

func (c *call) gelu() ([]*value, error) {
	kind, err := c.text("approximate", "none")
	switch {
	case err != nil:
		return nil, err
	case kind == "none":
		return c.activation(kernels.ActGELU)
	case kind == "tanh":
		return c.activation(kernels.ActGELUTanh)
	}
	return nil, fmt.Errorf("attribute \"approximate\" is %.20q, want none or tanh", kind)
}

func (c *call) swish() ([]*value, error) {
	alpha, err := c.float("alpha", 1)
	if err == nil && alpha != 1 {
		err = fmt.Errorf("attribute \"alpha\" is %v, want 1", alpha)
	}
	if err != nil {
		return nil, err
	}
	return c.activation(kernels.ActSiLU)
}

// hardSigmoid reads alpha x + beta clamped to [0, 1]. Ours has 1/6 and 1/2.
func (c *call) hardSigmoid() ([]*value, error) {
	alpha, err := c.finiteFloat("alpha", 0.2)
	if err != nil {
		return nil, err
	}
	beta, err := c.finiteFloat("beta", 0.5)
	if err != nil {
		return nil, err
	}
	x, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	if !near(6*alpha, 1) || beta != 0.5 {
		scale := affine{mul: []float64{6 * alpha}, add: []float64{6*beta - 3}, width: x.width}
		x = then(c.label(), x.width, scale, x)
	}
	return c.gives(activation{kernels.ActHardSigmoid}, x)
}

// clip reads x clamped. The limits are attributes before opset 11.
func (c *call) clip() ([]*value, error) {
	low, err := c.float("min", math.Inf(-1))
	if err == nil && c.has(1) {
		low, err = c.number(1)
	}
	if err != nil {
		return nil, err
	}
	high, err := c.float("max", math.Inf(1))
	if err == nil && c.has(2) {
		high, err = c.number(2)
	}
	if err != nil {
		return nil, err
	}
	x, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	low, high = unlimited(low), unlimited(high)
	switch {
	case !(low < high):
		return nil, fmt.Errorf("clamps to [%v, %v], want two numbers, the first one smaller", low, high)
	case low == -1 && high == 1:
		return c.gives(activation{kernels.ActHardTanh}, x)
	case low == 0 && math.IsInf(high, 1):
		return c.gives(activation{kernels.ActReLU}, x)
	case math.IsInf(low, -1) && math.IsInf(high, 1):
		return rowsOf(x), nil
	}
	return c.gives(clip{low, high, x.width}, x)
}

// unlimited returns a limit, an infinity where no float32 lies beyond it.
func unlimited(limit float64) float64 {
	if math.Abs(limit) >= math.MaxFloat32 {
		return math.Inf(int(math.Copysign(1, limit)))
	}
	return limit
}
