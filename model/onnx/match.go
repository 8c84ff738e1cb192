package onnx

import (
	"math"

	"github.com/ashlar-go/ashlar/kernels"
)

// recognised returns the activation or normalisation that ends in s, written out as several operators,
// and the step that it is a function of.
func recognised(s *step) (fn function, of *step, ok bool) {
	last, _, _ := scalarOf(s, nil)
	if len(last.in) < 2 {
		return nil, nil, false
	}
	x := last.join // all of the formula is a function of it
	if act, ok := gated(s, x); ok {
		return activation{act}, x, true
	}
	if act, ok := written(s, x); ok {
		return activation{act}, x, true
	}
	return normal(s)
}

// scalarOf returns a step and numbers so that s = a step + b. It does not look behind the step stop.
func scalarOf(s, stop *step) (of *step, a, b float64) {
	a = 1
	for {
		f, ok := s.fn.(affine)
		if s == stop || !ok || len(f.sub) > 1 || len(f.mul) > 1 || len(f.add) > 1 {
			return s, a, b
		}
		mul := first(f.mul, 1)
		b += a * (first(f.add, 0) - first(f.sub, 0)*mul)
		a *= mul
		s = s.in[0]
	}
}

// first returns the single element of v, or what stands for nil.
func first(v []float64, otherwise float64) float64 {
	if v == nil {
		return otherwise
	}
	return v[0]
}

// factors returns steps whose product times c is s. There are at most four of them, else none. It does not
// look behind the step stop.
func factors(s, stop *step) (c float64, list []*step) {
	c = 1
	open := []*step{s}
	for len(open) > 0 {
		if len(list)+len(open) > 4 {
			return 0, nil
		}
		s := open[len(open)-1]
		open = open[:len(open)-1]
		of, a, b := scalarOf(s, stop)
		if b != 0 {
			of, a = s, 1
		}
		c *= a
		if of == stop {
			list = append(list, of)
			continue
		}
		switch f := of.fn.(type) {
		case product:
			open = append(open, of.in...)
		case power:
			if f.n != 2 && f.n != 3 {
				list = append(list, of)
				continue
			}
			for range int(f.n) {
				open = append(open, of.in[0])
			}
		default:
			list = append(list, of)
		}
	}
	return c, list
}

// isPlain reports whether s is the operator of a name.
func isPlain(s *step, name string) bool {
	f, ok := s.fn.(plain)
	return ok && f.name == name
}

// isActivation reports whether s is an activation of x.
func isActivation(s *step, act kernels.Activation, x *step) bool {
	f, ok := s.fn.(activation)
	return ok && f.act == act && s.in[0] == x
}

// gated recognises SiLU, x sigmoid(x), and hard swish.
func gated(s, x *step) (act kernels.Activation, ok bool) {
	c, gate := cofactor(s, x)
	switch {
	case gate == nil:
		return 0, false
	case c == 1 && isActivation(gate, kernels.ActSigmoid, x):
		return kernels.ActSiLU, true
	case c == 1 && isActivation(gate, kernels.ActHardSigmoid, x), near(6*c, 1) && isReLU6(gate, x):
		return kernels.ActHardSwish, true
	}
	return 0, false
}

// cofactor returns c and g of s = c x g, a g of nil if s is no such product.
func cofactor(s, x *step) (c float64, g *step) {
	c, list := factors(s, x)
	if len(list) != 2 {
		return 0, nil
	}
	if list[0] == x {
		return c, list[1]
	}
	if list[1] == x {
		return c, list[0]
	}
	return 0, nil
}

// isReLU6 reports whether s is x + 3 clamped to [0, 6].
func isReLU6(s, x *step) bool {
	f, ok := s.fn.(clip)
	if !ok || f.low != 0 || f.high != 6 {
		return false
	}
	of, a, b := scalarOf(s.in[0], x)
	return of == x && a == 1 && b == 3
}

// written recognises both forms of GELU, x/2 (1 + g(x)).
func written(s, x *step) (act kernels.Activation, ok bool) {
	c, factor := cofactor(s, x)
	if factor == nil {
		return 0, false
	}
	g, a, b := scalarOf(factor, x)
	if !near(2*c*a, 1) || !near(2*c*b, 1) {
		return 0, false
	}
	if isPlain(g, "Erf") {
		of, k, shift := scalarOf(g.in[0], x)
		return kernels.ActGELU, of == x && near(k, math.Sqrt2/2) && shift == 0
	}
	f, ok := g.fn.(activation)
	return kernels.ActGELUTanh, ok && f.act == kernels.ActTanh && isCubic(g.in[0], x)
}

// isCubic reports whether s is sqrt(2/pi) (x + 0.044715 x^3).
func isCubic(s, x *step) bool {
	of, k, shift := scalarOf(s, x)
	if _, ok := of.fn.(sum); !ok || shift != 0 {
		return false
	}
	var linear, cubic float64
	for _, term := range of.in {
		c, list := factors(term, x)
		for _, f := range list {
			if f != x {
				return false
			}
		}
		switch len(list) {
		case 1:
			linear = k * c
		case 3:
			cubic = k * c
		}
	}
	scale := math.Sqrt(2 / math.Pi)
	return near(linear, scale) && near(cubic, 0.044715*scale)
}

// normal recognises d / sqrt(mean of d^2 + eps), with the mean of the row subtracted or not.
func normal(s *step) (function, *step, bool) {
	d, root, ok := overRoot(s)
	if !ok {
		return nil, nil, false
	}
	of, a, eps := scalarOf(root.in[0], nil)
	if _, ok := of.fn.(mean); !ok || a != 1 {
		return nil, nil, false
	}
	if c, list := factors(of.in[0], d); c != 1 || len(list) != 2 || list[0] != d || list[1] != d {
		return nil, nil, false
	}
	if _, ok := d.fn.(difference); ok {
		x, m := d.in[0], d.in[1]
		if _, ok := m.fn.(mean); ok && m.in[0] == x {
			return layerNorm{eps: eps, width: x.width}, x, true
		}
	}
	return rmsNorm{eps: eps, width: d.width}, d, true
}

// overRoot returns d and the square root r of s = d / r.
func overRoot(s *step) (d, root *step, ok bool) {
	switch s.fn.(type) {
	case quotient:
		d, root = s.in[0], s.in[1]
	case product:
		d, root = s.in[0], s.in[1]
		if isPlain(d, "Reciprocal") {
			d, root = root, d
		}
		if !isPlain(root, "Reciprocal") {
			return nil, nil, false
		}
		root = root.in[0]
	default:
		return nil, nil, false
	}
	return d, root, isPlain(root, "Sqrt")
}
