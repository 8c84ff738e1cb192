package onnx

import (
	"errors"
	"fmt"
)

// gemm reads alpha A' B' + beta C, of which A is the rows and B and C are constants.
func (c *call) gemm() ([]*value, error) {
	x, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	if err := c.only("transA", 0, "the rows of its first input become columns"); err != nil {
		return nil, err
	}
	trans, err := c.int("transB", 0)
	if err != nil {
		return nil, err
	}
	alpha, err := c.float("alpha", 1)
	if err != nil {
		return nil, err
	}
	beta, err := c.float("beta", 1)
	if err != nil {
		return nil, err
	}
	l, err := c.weights(1, trans != 0)
	if err != nil {
		return nil, err
	}
	l.w = scaled(l.w, alpha)
	out, err := c.product(x, l)
	if err != nil || !c.has(2) || beta == 0 {
		return out, err
	}
	y := out[0].rows
	bias, err := c.vector(2, y.width)
	if err != nil {
		return nil, err
	}
	return c.gives(affine{add: scaled(bias, beta), width: y.width}, y)
}

// scaled returns the elements of v times f, v itself if f is 1.
func scaled(v []float64, f float64) []float64 {
	if f == 1 {
		return v
	}
	return converted(v, func(e float64) float64 { return e * f })
}

func (c *call) matMul() ([]*value, error) {
	x, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	l, err := c.weights(1, false)
	if err != nil {
		return nil, err
	}
	return c.product(x, l)
}

// weights returns input i, a constant matrix, as in x out. If trans is set it is stored out x in.
func (c *call) weights(i int, trans bool) (linear, error) {
	t, err := c.constant(i)
	if err != nil {
		return linear{}, err
	}
	w, err := t.floats()
	if err != nil {
		return linear{}, fmt.Errorf("input %d (%q) %w", i, c.node.Input[i], err)
	}
	if len(t.dims) != 2 || len(w) == 0 {
		return linear{}, fmt.Errorf("input %d (%q) has shape %v, want a matrix", i, c.node.Input[i], t.dims)
	}
	l := linear{w: w, in: t.dims[0], out: t.dims[1]}
	if trans {
		l.in, l.out = l.out, l.in
		l.w = transposed(w, t.dims[0], t.dims[1])
	}
	return l, nil
}

// transposed returns a matrix with columns for rows.
func transposed[E any](m []E, rows, cols int) []E {
	out := make([]E, 0, len(m))
	for j := range cols {
		for i := range rows {
			out = append(out, m[i*cols+j])
		}
	}
	return out
}

// product gives x times the weights of l.
func (c *call) product(x *step, l linear) ([]*value, error) {
	if err := x.width.is(l.in); err != nil {
		return nil, fmt.Errorf("%w as the weights have rows", err)
	}
	w := &width{}
	if err := w.is(l.out); err != nil {
		return nil, err
	}
	return rowsOf(then(c.label(), w, l, x)), nil
}

// operands returns the two inputs of an arithmetic operator. If one is a constant, v has its elements,
// and first reports whether it comes first.
func (c *call) operands() (a, b *step, v []float64, first bool, err error) {
	if err = c.inputs(2); err != nil {
		return
	}
	switch {
	case c.in[0].tensor != nil && c.in[1].tensor != nil:
		err = errors.New("both inputs are constants: the file was not simplified")
	case c.in[0].tensor != nil:
		first = true
		if a, err = c.rows(1); err == nil {
			v, err = c.vector(0, a.width)
		}
	case c.in[1].tensor != nil:
		if a, err = c.rows(0); err == nil {
			v, err = c.vector(1, a.width)
		}
	default:
		if a, err = c.rows(0); err == nil {
			b, err = c.rows(1)
		}
	}
	return
}

// pair gives fn of two values of as many columns.
func (c *call) pair(fn function, a, b *step) ([]*value, error) {
	switch aw, bw := a.width, b.width; {
	case aw == bw:
	case aw.n == 0 && bw.n != 0:
		aw.n = bw.n
	case bw.n == 0 && aw.n != 0:
		bw.n = aw.n
	case aw.n == 0:
		return nil, errors.New("the number of columns of its inputs is not known")
	case aw.n != bw.n:
		return nil, fmt.Errorf("its inputs have %d and %d columns, want as many", aw.n, bw.n)
	}
	return rowsOf(then(c.label(), a.width, fn, a, b)), nil
}

func (c *call) add() ([]*value, error) {
	a, b, v, _, err := c.operands()
	switch {
	case err != nil:
		return nil, err
	case b != nil:
		return c.pair(sum{}, a, b)
	}
	return c.gives(affine{add: v, width: a.width}, a)
}

func (c *call) sum() ([]*value, error) {
	x, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	out := rowsOf(x)
	for i := 1; i < len(c.in); i++ {
		other, err := c.rows(i)
		if err != nil {
			return nil, err
		}
		if out, err = c.pair(sum{}, out[0].rows, other); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *call) sub() ([]*value, error) {
	a, b, v, first, err := c.operands()
	switch {
	case err != nil:
		return nil, err
	case b != nil:
		return c.pair(difference{}, a, b)
	case first:
		return c.gives(affine{mul: []float64{-1}, add: v, width: a.width}, a)
	}
	return c.gives(affine{sub: v, width: a.width}, a)
}

func (c *call) mul() ([]*value, error) {
	a, b, v, _, err := c.operands()
	switch {
	case err != nil:
		return nil, err
	case b != nil:
		return c.pair(product{}, a, b)
	}
	return c.gives(affine{mul: v, width: a.width}, a)
}

func (c *call) div() ([]*value, error) {
	a, b, v, first, err := c.operands()
	switch {
	case err != nil:
		return nil, err
	case b != nil:
		return c.pair(quotient{}, a, b)
	case first:
		inverse := then(c.label(), a.width, plain{"Reciprocal"}, a)
		return c.gives(affine{mul: v, width: a.width}, inverse)
	}
	inverse := converted(v, func(e float64) float64 { return 1 / e })
	if err := finite(inverse...); err != nil {
		return nil, fmt.Errorf("divides by a number whose inverse is not finite: %w", err)
	}
	return c.gives(affine{mul: inverse, width: a.width}, a)
}

func (c *call) neg() ([]*value, error) {
	x, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	return c.gives(affine{mul: []float64{-1}, width: x.width}, x)
}

func (c *call) pow() ([]*value, error) {
	x, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	n, err := c.number(1)
	if err != nil {
		return nil, err
	}
	if n == 0.5 {
		return c.gives(plain{"Sqrt"}, x)
	}
	return c.gives(power{n}, x)
}

// plain reads an operator that has no meaning of its own here, only as a part of a larger formula.
func (c *call) plain() ([]*value, error) {
	x, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	return c.gives(plain{c.node.GetOpType()}, x)
}

// reduceMean reads the mean of each row. The axes are an attribute before opset 18.
func (c *call) reduceMean() ([]*value, error) {
	x, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	axes, err := c.ints("axes")
	if err != nil {
		return nil, err
	}
	if c.has(1) {
		t, err := c.constant(1)
		if err != nil {
			return nil, err
		}
		axes = t.ints
	}
	if len(axes) != 1 || axes[0] != 1 && axes[0] != -1 {
		return nil, fmt.Errorf("takes the mean over the axes %v, want 1 or -1", axes[:min(len(axes), 9)])
	}
	if err := c.only("keepdims", 1, "the mean of a row must stay a column"); err != nil {
		return nil, err
	}
	// Its one column stretches in arithmetic with x, so it counts as being as wide.
	return c.gives(mean{}, x)
}

// greater reads a comparison with a constant, for a Cast or a Where.
func (c *call) greater() ([]*value, error) {
	x, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	limit, err := c.number(1)
	if err != nil {
		return nil, err
	}
	return c.gives(above{limit}, x)
}

// concat reads the probabilities of two classes, [1-p, p], or their logits, [-z, z].
func (c *call) concat() ([]*value, error) {
	if err := c.alongRows(0); err != nil {
		return nil, err
	}
	const wanted = "is supported only for the probabilities 1-p and p of two classes, or the logits -z and z"
	if err := c.inputs(2); err != nil {
		return nil, fmt.Errorf("%s: %w", wanted, err)
	}
	negative, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	p, err := c.rows(1)
	if err != nil {
		return nil, err
	}
	base, a, b := scalarOf(negative, p)
	if base != p || a != -1 || b != 0 && b != 1 {
		return nil, errors.New(wanted)
	}
	if err := p.width.is(1); err != nil {
		return nil, err
	}
	var fn function = twoClasses{}
	if b == 0 {
		fn = opposites{}
	}
	return rowsOf(then(c.label(), &width{2}, fn, p)), nil
}
