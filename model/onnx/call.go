package onnx

import (
	"errors"
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/model/onnx/internal/onnxpb"
)

// call is a node with its inputs, nil where one is left out.
type call struct {
	*reading
	node       *onnxpb.NodeProto
	in         []*value
	attributes map[string]*onnxpb.AttributeProto
}

// has reports whether input i is there.
func (c *call) has(i int) bool { return i < len(c.in) && c.in[i] != nil }

// inputs returns an error unless the node has n inputs.
func (c *call) inputs(n int) error {
	for i := range max(n, len(c.in)) {
		if i < n != c.has(i) {
			return fmt.Errorf("it has %d inputs, want %d", len(c.in), n)
		}
	}
	return nil
}

// any returns input i, which must depend on the input of the net and may have any number of dimensions.
func (c *call) any(i int) (*step, error) {
	if !c.has(i) {
		return nil, fmt.Errorf("input %d is missing", i)
	}
	if c.in[i].rows == nil {
		return nil, fmt.Errorf("input %d (%q) is no function of the rows", i, c.node.Input[i])
	}
	return c.in[i].rows, nil
}

// rows returns input i, which must be rows and columns of numbers.
func (c *call) rows(i int) (*step, error) {
	s, err := c.any(i)
	if err != nil {
		return nil, err
	}
	switch {
	case s.deep:
		return nil, fmt.Errorf("input %d (%q) has more than two dimensions: want a Flatten before it", i,
			c.node.Input[i])
	case s.flat:
		return nil, fmt.Errorf("input %d (%q) has one dimension, want rows and columns", i, c.node.Input[i])
	}
	if _, ok := s.fn.(above); ok {
		return nil, fmt.Errorf("input %d (%q) is a comparison, want a Cast to numbers before it", i,
			c.node.Input[i])
	}
	return s, nil
}

// constant returns input i, which must be a constant.
func (c *call) constant(i int) (*tensor, error) {
	if !c.has(i) {
		return nil, fmt.Errorf("input %d is missing", i)
	}
	if c.in[i].tensor == nil {
		return nil, fmt.Errorf("input %d (%q) is no constant", i, c.node.Input[i])
	}
	return c.in[i].tensor, c.use(c.in[i].tensor)
}

// vector returns input i, a constant with one element or one for each of the columns.
func (c *call) vector(i int, w *width) ([]float64, error) {
	t, err := c.constant(i)
	if err != nil {
		return nil, err
	}
	v, err := t.floats()
	if err != nil {
		return nil, fmt.Errorf("input %d (%q) %w", i, c.node.Input[i], err)
	}
	last := 1
	if len(t.dims) > 0 {
		last = t.dims[len(t.dims)-1]
	}
	if len(v) != last || len(t.dims) > 2 || len(v) == 0 {
		return nil, fmt.Errorf("input %d (%q) has shape %v, want one element or one a column", i,
			c.node.Input[i], t.dims)
	}
	if len(v) > 1 {
		if err := w.is(len(v)); err != nil {
			return nil, fmt.Errorf("input %d (%q): %w", i, c.node.Input[i], err)
		}
	}
	return v, nil
}

// perColumn is vector for an operator that does not stretch a single element.
func (c *call) perColumn(i int, w *width) ([]float64, error) {
	v, err := c.vector(i, w)
	if err != nil {
		return nil, err
	}
	if err := w.is(len(v)); err != nil {
		return nil, fmt.Errorf("input %d (%q): %w", i, c.node.Input[i], err)
	}
	return v, nil
}

// number returns input i, a constant with one element.
func (c *call) number(i int) (float64, error) {
	v, err := c.vector(i, &width{})
	if err != nil {
		return 0, err
	}
	if len(v) != 1 {
		return 0, fmt.Errorf("input %d (%q) has %d elements, want 1", i, c.node.Input[i], len(v))
	}
	return v[0], nil
}

type attributeType = onnxpb.AttributeProto_AttributeType

// attribute returns an attribute of a type, nil if the node does not have it.
func (c *call) attribute(name string, kind attributeType) (*onnxpb.AttributeProto, error) {
	a := c.attributes[name]
	// Files of the first versions do not state types.
	if a != nil && a.Type != nil && a.GetType() != kind {
		return nil, fmt.Errorf("attribute %q has type %v, want %v", name, a.GetType(), kind)
	}
	return a, nil
}

func (c *call) int(name string, otherwise int64) (int64, error) {
	a, err := c.attribute(name, onnxpb.AttributeProto_INT)
	if a == nil || err != nil {
		return otherwise, err
	}
	return a.GetI(), nil
}

func (c *call) float(name string, otherwise float64) (float64, error) {
	a, err := c.attribute(name, onnxpb.AttributeProto_FLOAT)
	if a == nil || err != nil {
		return otherwise, err
	}
	return float64(a.GetF()), nil
}

// finiteFloat is float for an attribute that must be finite.
func (c *call) finiteFloat(name string, otherwise float64) (float64, error) {
	v, err := c.float(name, otherwise)
	if err == nil && finite(v) != nil {
		err = fmt.Errorf("attribute %q is %v, want a finite number", name, v)
	}
	return v, err
}

func (c *call) text(name, otherwise string) (string, error) {
	a, err := c.attribute(name, onnxpb.AttributeProto_STRING)
	if a == nil || err != nil {
		return otherwise, err
	}
	return string(a.S), nil
}

func (c *call) floats(name string) ([]float64, error) {
	a, err := c.attribute(name, onnxpb.AttributeProto_FLOATS)
	if a == nil || err != nil {
		return nil, err
	}
	return converted(a.Floats, widened), nil
}

func (c *call) ints(name string) ([]int64, error) {
	a, err := c.attribute(name, onnxpb.AttributeProto_INTS)
	if a == nil || err != nil {
		return nil, err
	}
	return a.Ints, nil
}

func (c *call) texts(name string) ([]string, error) {
	a, err := c.attribute(name, onnxpb.AttributeProto_STRINGS)
	if a == nil || err != nil {
		return nil, err
	}
	return converted(a.Strings, asText), nil
}

// classes returns class names from the first of the attributes that the node has: texts or integers.
func (c *call) classes(texts_, ints string) ([]string, error) {
	names, err := c.texts(texts_)
	if err != nil || len(names) > 0 {
		return names, err
	}
	numbers, err := c.ints(ints)
	return texts(numbers), err
}

// alongRows returns an error unless the attribute axis means the columns of a row.
func (c *call) alongRows(otherwise int64) error {
	axis, err := c.int("axis", otherwise)
	if err == nil && axis != 1 && axis != -1 {
		err = fmt.Errorf("attribute \"axis\" is %d, want 1 or -1", axis)
	}
	return err
}

// only returns an error if an attribute has another value than v.
func (c *call) only(name string, v int64, reason string) error {
	got, err := c.int(name, v)
	if err == nil && got != v {
		err = fmt.Errorf("attribute %q is %d, want %d: %s", name, got, v, reason)
	}
	return err
}

// label returns the name of the node for later errors.
func (c *call) label() string { return described(c.node, c.maker[c.node.Output[0]]) }

// gives returns the only output of a node: fn of x, with as many columns.
func (c *call) gives(fn function, x *step) ([]*value, error) {
	return rowsOf(then(c.label(), x.width, fn, x)), nil
}

// rowsOf returns a step as the output of a node.
func rowsOf(s *step) []*value { return []*value{{rows: s}} }

var errFinite = errors.New("a constant is not finite")

// finite returns an error unless all numbers are finite.
func finite(list ...float64) error {
	for _, v := range list {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return errFinite
		}
	}
	return nil
}
