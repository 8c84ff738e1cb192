package model

import (
	"bufio"
	"fmt"
	"maps"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// Quantize returns a model for inference with weights in integers of 8 bits, as [layer.Quantize] makes it
// of Net: a quarter of the bytes, and faster predictions where the weights do not fit the caches. Save, Load
// and Predict take it. If x has rows, which are features as Net takes them, [layer.Calibrate] gives the
// layers the ranges that these rows have. Without rows each row is quantised by its own range. m stays as it
// is; the rest of the new model is that of m, with the Metrics that m has.
//
// It is an error if Check finds one in m, if T is float64, or if the net cannot be quantised or
// calibrated.
func Quantize[T kernels.Float](m *Model[T], x mat.Dense[T]) (*Model[T], error) {
	if err := m.Check(); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	net, err := layer.Quantize(m.Net, m.In)
	if err == nil && x.Rows > 0 {
		err = layer.Calibrate(net, x)
	}
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return &Model[T]{Net: net, In: m.In, Output: m.Output, Prepare: m.Prepare, Classes: m.Classes,
		Summary: m.Summary, Text: maps.Clone(m.Text), Writer: m.Writer}, nil
}

// checkParameters returns an error if a layer at a path or in it has weights that are no parameters: a file
// without them would be taken for one with them.
func checkParameters[T kernels.Float](l layer.Layer[T], path string) error {
	switch l := l.(type) {
	case *layer.Int8Linear[T]:
		return noParameters(path)
	case layer.Container[T]:
		for i, part := range l.Parts() {
			if err := checkParameters(part, fmt.Sprintf("%s%d.", path, i)); err != nil {
				return err
			}
		}
	}
	return nil
}

func noParameters(path string) error {
	return fmt.Errorf("%s has its weights in int8, which are no parameters: Save takes them, as a whole "+
		"model", place(path))
}

// describeInt8 returns the node of a layer, and appends its tensors.
func describeInt8[T kernels.Float](list *[]stored, l *layer.Int8Linear[T], path string) (*node, error) {
	q, scale, bias := l.Weights()
	in, out := l.Dims()
	lo, hi, ranged := l.Range()
	*list = append(*list, stored{path + "weight", "I8", []int{in, out}, len(q), func(w *bufio.Writer) {
		for _, v := range q {
			w.WriteByte(byte(v))
		}
	}}, Tensor[float32]{path + "scale", []int{out}, scale}.stored(),
		Tensor[float32]{path + "bias", []int{out}, bias}.stored())
	if ranged {
		*list = append(*list, Tensor[float32]{path + "range", []int{2}, []float32{lo, hi}}.stored())
	}
	return describeActivated[T](&node{Kind: "int8_linear", Ranged: ranged}, l.Act(), path)
}

// buildInt8 returns the layer of a node. It reads its tensors, since the layer has no parameters to fill.
func buildInt8[T kernels.Float](h *header, n *node, path string) (layer.Layer[T], error) {
	act, err := kernels.ParseActivation(n.Act)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", place(path), err)
	}
	shape, err := h.shapeOf(path+"weight", 2, "I8")
	if err != nil {
		return nil, err
	}
	q := make([]int8, shape[0]*shape[1])
	if err := readValues(h.in, h, path+"weight", q, decode[int8]); err != nil {
		return nil, err
	}
	scale, err := h.floats(path+"scale", shape[1])
	if err != nil {
		return nil, err
	}
	bias, err := h.floats(path+"bias", shape[1])
	if err != nil {
		return nil, err
	}
	l, err := layer.NewInt8Linear[T](shape[0], shape[1], q, scale, bias, act)
	if err == nil && n.Ranged {
		var limits []float32
		if limits, err = h.floats(path+"range", 2); err == nil {
			err = l.SetRange(limits[0], limits[1])
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", place(path), err)
	}
	h.take(path + "weight")
	return l, nil
}

// floats reads a vector of n elements of type F32.
func (h *header) floats(name string, n int) ([]float32, error) {
	shape, err := h.shapeOf(name, 1, "F32")
	if err != nil {
		return nil, err
	}
	if shape[0] != n {
		return nil, fmt.Errorf("tensor %q has shape %v, want [%d]", name, shape, n)
	}
	h.take(name)
	v := make([]float32, n)
	return v, readValues(h.in, h, name, v, decodeFloats)
}

// take says that a tensor belongs to a layer that has read it.
func (h *header) take(name string) {
	if h.taken == nil {
		h.taken = map[string]bool{}
	}
	h.taken[name] = true
}
