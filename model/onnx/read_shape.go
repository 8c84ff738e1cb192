package onnx

import (
	"errors"
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/model/onnx/internal/onnxpb"
)

// identity passes on whatever comes in.
func (c *call) identity() ([]*value, error) {
	if !c.has(0) {
		return nil, errors.New("input 0 is missing")
	}
	return []*value{c.in[0]}, nil
}

// cast passes on numbers where they stay numbers, and labels, which have decimal names.
func (c *call) cast() ([]*value, error) {
	if !c.has(0) {
		return nil, errors.New("input 0 is missing")
	}
	to, err := c.int("to", 0)
	if err != nil {
		return nil, err
	}
	in := c.in[0]
	kind := onnxpb.TensorProto_DataType(to)
	switch {
	case in.labels != nil && (kind == onnxpb.TensorProto_STRING || kind == onnxpb.TensorProto_INT64 ||
		kind == onnxpb.TensorProto_INT32):
		return []*value{in}, nil
	case kind == onnxpb.TensorProto_FLOAT16 || kind == onnxpb.TensorProto_BFLOAT16:
		return nil, fmt.Errorf("casts to %s, which rounds: want FLOAT or DOUBLE", typeName(int32(kind)))
	case !elementTypes[kind]:
		return nil, fmt.Errorf("casts to %s, want a floating-point type", typeName(int32(kind)))
	case in.rows != nil:
		if a, ok := in.rows.fn.(above); ok {
			if a.limit != 0 {
				return nil, fmt.Errorf("makes numbers of a comparison with %v, want 0", a.limit)
			}
			x := in.rows.in[0]
			return c.gives(activation{kernels.ActStep}, x)
		}
		return []*value{in}, nil
	case in.tensor != nil:
		v, err := in.tensor.floats()
		if err = errors.Join(err, c.use(in.tensor)); err != nil {
			return nil, fmt.Errorf("input 0 (%q) %w", c.node.Input[0], err)
		}
		return []*value{{tensor: &tensor{dims: in.tensor.dims, numbers: v}}}, nil
	}
	return nil, errors.New("casts labels to numbers, which are no labels")
}

// flatten makes one row of all that is behind the first dimension. The last axis of two is that too.
func (c *call) flatten() ([]*value, error) {
	axis, err := c.int("axis", 1)
	if err != nil {
		return nil, err
	}
	x, err := c.any(0)
	if err != nil {
		return nil, err
	}
	if axis != 1 && (axis != -1 || (x.deep || x.flat)) {
		return nil, fmt.Errorf("attribute \"axis\" is %d, want 1, or -1 of two dimensions", axis)
	}
	return c.flattened(x), nil
}

// flattened gives x as rows and columns.
func (c *call) flattened(x *step) []*value {
	y := then(c.label(), x.width, keep{}, x)
	return rowsOf(y)
}

// reshape reads a Reshape that keeps the rows: to [n, columns], of which one may be -1, or to [-1]
// where there is one column.
func (c *call) reshape() ([]*value, error) {
	if err := c.inputs(2); err != nil {
		return nil, err
	}
	t, err := c.constant(1)
	if err != nil {
		return nil, err
	}
	if c.in[0].labels != nil {
		if len(t.ints) == 1 && t.ints[0] == -1 {
			return []*value{c.in[0]}, nil
		}
		return nil, fmt.Errorf("gives labels the shape %v, want [-1]", t.ints)
	}
	x, err := c.any(0)
	if err != nil {
		return nil, err
	}
	cols := int64(x.width.n)
	switch to := t.ints; {
	case len(to) == 1 && to[0] == -1 && cols == 1:
		return c.flat(x), nil
	case len(to) == 2 && cols > 0 && to[1] == cols, len(to) == 2 && to[1] == -1 && to[0] >= 0:
		return c.flattened(x), nil // to[0] is -1, 0 or the rows for which the file was made
	case len(to) == 2 && to[0] == -1 && to[1] > 0 && cols == 0:
		return c.flattened(x), x.width.is(int(min(to[1], maxCols+1)))
	default:
		return nil, fmt.Errorf("gives rows of %d columns the shape %v, want a shape that keeps the rows",
			cols, to[:min(len(to), maxRank)])
	}
}

// flat gives a single column as one dimension.
func (c *call) flat(x *step) []*value {
	y := then(c.label(), x.width, keep{}, x)
	y.flat = true
	return rowsOf(y)
}

// squeeze reads a Squeeze of a single column. The axes are an attribute before opset 13.
func (c *call) squeeze() ([]*value, error) {
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
	if c.has(0) && c.in[0].labels != nil {
		return []*value{c.in[0]}, nil
	}
	x, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	if x.width.n != 1 || len(axes) != 1 || axes[0] != 1 && axes[0] != -1 {
		return nil, fmt.Errorf("squeezes the axes %v of rows of %d columns, want axis 1 of a single column",
			axes[:min(len(axes), maxRank)], x.width.n)
	}
	return c.flat(x), nil
}

// transpose reads a Transpose of a constant matrix.
func (c *call) transpose() ([]*value, error) {
	t, err := c.constant(0)
	if err != nil {
		return nil, fmt.Errorf("%w: only a constant matrix can be transposed", err)
	}
	perm, err := c.ints("perm")
	if err != nil {
		return nil, err
	}
	if len(t.dims) != 2 || len(perm) > 0 && (len(perm) != 2 || perm[0] != 1 || perm[1] != 0) {
		return nil, fmt.Errorf("permutes the axes of a constant of shape %v by %v, want [1 0] of a matrix",
			t.dims, perm[:min(len(perm), maxRank)])
	}
	v, err := t.floats()
	if err != nil {
		return nil, err
	}
	rows, cols := t.dims[0], t.dims[1]
	if len(v) == 0 {
		return nil, fmt.Errorf("its constant has the shape %v", t.dims)
	}
	return []*value{{tensor: &tensor{dims: []int{cols, rows}, numbers: transposed(v, rows, cols)}}}, nil
}

// constantNode reads a constant among the operators.
func (c *call) constantNode() ([]*value, error) {
	if len(c.attributes) != 1 {
		return nil, fmt.Errorf("has %d attributes, want 1", len(c.attributes))
	}
	t := &tensor{}
	for name, a := range c.attributes {
		switch name {
		case "value":
			if a.T == nil {
				return nil, errors.New("attribute \"value\" has no tensor")
			}
			d, err := decode(a.T)
			if err != nil {
				return nil, fmt.Errorf("its value %w", err)
			}
			t = d
		case "value_float":
			t.numbers = []float64{float64(a.GetF())}
		case "value_int":
			t.ints = []int64{a.GetI()}
		case "value_string":
			t.texts = []string{string(a.S)}
		case "value_floats":
			t.numbers, t.dims = converted(a.Floats, widened), []int{len(a.Floats)}
		case "value_ints":
			t.ints, t.dims = a.Ints, []int{len(a.Ints)}
		case "value_strings":
			t.texts, t.dims = converted(a.Strings, asText), []int{len(a.Strings)}
		default:
			return nil, fmt.Errorf("the attribute %.40q is not supported", name)
		}
	}
	return []*value{{tensor: t}}, nil
}

// elementTypes are the types to which a Cast keeps numbers, up to the rounding of float32.
var elementTypes = map[onnxpb.TensorProto_DataType]bool{
	onnxpb.TensorProto_FLOAT: true, onnxpb.TensorProto_DOUBLE: true,
}
