package onnx

import (
	"errors"
	"fmt"
	"math"
)

func (c *call) preLU() ([]*value, error) {
	x, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	slope, err := c.vector(1, x.width)
	if err != nil {
		return nil, err
	}
	return c.gives(preLU{slope}, x)
}

func (c *call) softmax() ([]*value, error)    { return c.normalised(softmax{}) }
func (c *call) logSoftmax() ([]*value, error) { return c.normalised(logSoftmax{}) }

// normalised reads a softmax. Before opset 13 the axis was the first of those taken together.
func (c *call) normalised(fn function) ([]*value, error) {
	if err := c.alongRows(-1); err != nil {
		return nil, err
	}
	x, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	return c.gives(fn, x)
}

// dropout reads a Dropout in inference. Its ratio is an attribute before opset 12.
func (c *call) dropout() ([]*value, error) {
	p, err := c.float("ratio", 0.5)
	if err == nil && c.has(1) {
		p, err = c.number(1)
	}
	if err != nil {
		return nil, err
	}
	if !(p >= 0 && p < 1) {
		return nil, fmt.Errorf("has the ratio %v, want a number from 0 up to 1", p)
	}
	if c.has(2) {
		if training, err := c.number(2); err != nil || training != 0 {
			return nil, errors.New("is in training mode; export the model for inference")
		}
	}
	x, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	return c.gives(dropout{p}, x)
}

func (c *call) batchNorm() ([]*value, error) {
	x, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	if err := c.only("training_mode", 0, "export the model for inference"); err != nil {
		return nil, err
	}
	fn := batchNorm{}
	for i, v := range []*[]float64{&fn.gamma, &fn.beta, &fn.mean, &fn.variance} {
		if *v, err = c.perColumn(i+1, x.width); err != nil {
			return nil, err
		}
	}
	if fn.eps, err = c.float("epsilon", 1e-5); err != nil {
		return nil, err
	}
	momentum, err := c.float("momentum", 0.9)
	if err != nil {
		return nil, err
	}
	// ONNX weighs the old value, PyTorch and this module the new one. A sum of two float32 is off in
	// the eighth digit, which is rounded away.
	fn.momentum = math.Round((1-momentum)*1e7) / 1e7
	return c.gives(fn, x)
}

func (c *call) layerNorm() ([]*value, error) {
	x, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	if err := c.alongRows(-1); err != nil {
		return nil, err
	}
	fn := layerNorm{width: x.width}
	if fn.eps, err = c.float("epsilon", 1e-5); err != nil {
		return nil, err
	}
	if fn.gamma, err = c.perColumn(1, x.width); err != nil {
		return nil, err
	}
	if c.has(2) {
		if fn.beta, err = c.perColumn(2, x.width); err != nil {
			return nil, err
		}
	}
	return c.gives(fn, x)
}

func (c *call) rmsNorm() ([]*value, error) {
	x, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	if err := c.alongRows(-1); err != nil {
		return nil, err
	}
	fn := rmsNorm{width: x.width}
	if fn.eps, err = c.float("epsilon", 1e-5); err != nil {
		return nil, err
	}
	if fn.gamma, err = c.perColumn(1, x.width); err != nil {
		return nil, err
	}
	return c.gives(fn, x)
}
