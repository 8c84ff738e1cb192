package model

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// maxDepth is how deep layers may be nested. Nobody builds so deep a net, and a file that claims one
// must not exhaust the stack.
const maxDepth = 100

// node is a layer in the document of a whole model. It has no sizes: those are the shapes of its tensors.
type node struct {
	Kind     string      `json:"kind"`
	Act      string      `json:"act,omitempty"`      // linear, int8_linear, activation
	Bias     bool        `json:"bias,omitempty"`     // linear
	Ranged   bool        `json:"ranged,omitempty"`   // int8_linear
	Momentum json.Number `json:"momentum,omitempty"` // batch_norm
	Eps      json.Number `json:"eps,omitempty"`      // batch_norm, layer_norm, rms_norm
	Batches  int64       `json:"batches,omitempty"`  // batch_norm
	P        *float64    `json:"p,omitempty"`        // dropout
	Parts    []*node     `json:"parts,omitempty"`    // sequential
	Body     *node       `json:"body,omitempty"`     // residual
	Skip     *node       `json:"skip,omitempty"`     // residual
}

// place names the layer at a path such as "2.body." in errors.
func place(path string) string {
	if path == "" {
		return "the net"
	}
	return fmt.Sprintf("layer %q", strings.TrimSuffix(path, "."))
}

// describe returns the node of the layer at path, and appends its tensors. Their names follow from
// the path and not from the Params, which have the names of a larger net if l is a part of one.
func describe[T kernels.Float](list *[]stored, l layer.Layer[T], path string, depth int) (*node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%s is nested deeper than %d layers", place(path), maxDepth)
	}
	add := func(name string, p *layer.Param[T]) {
		*list = append(*list, Tensor[T]{path + name, p.Shape, p.Value}.stored())
	}
	switch l := l.(type) {
	case *layer.Linear[T]:
		add("weight", l.W)
		if l.B != nil {
			add("bias", l.B)
		}
		return describeActivated[T](&node{Kind: "linear", Bias: l.B != nil}, l.Act, path)
	case *layer.Int8Linear[T]:
		return describeInt8(list, l, path)
	case *layer.Activation[T]:
		return describeActivated[T](&node{Kind: "activation"}, l.Act, path)
	case *layer.PReLU[T]:
		add("weight", l.Slope)
		return &node{Kind: "prelu"}, nil
	case layer.Softmax[T], *layer.Softmax[T]:
		return &node{Kind: "softmax"}, nil
	case *layer.Dropout[T]:
		if !(l.P >= 0 && l.P < 1) {
			return nil, fmt.Errorf("%s drops with probability %v, want one in [0, 1)", place(path), l.P)
		}
		return &node{Kind: "dropout", P: &l.P}, nil
	case *layer.BatchNorm[T], *layer.LayerNorm[T], *layer.RMSNorm[T]:
		return describeNorm(add, l, path)
	case *layer.Sequential[T]:
		n := &node{Kind: "sequential"}
		for i, part := range l.Parts() {
			inner, err := describe(list, part, fmt.Sprintf("%s%d.", path, i), depth+1)
			if err != nil {
				return nil, err
			}
			n.Parts = append(n.Parts, inner)
		}
		return n, nil
	case *layer.Residual[T]:
		return describeResidual(list, l, path, depth)
	}
	return nil, fmt.Errorf("%s is a %T, which is not of package layer: a whole model has no place for its "+
		"code; SaveWeights saves the weights", place(path), l)
}

// describeActivated adds an activation to a node.
func describeActivated[T kernels.Float](n *node, act kernels.Activation, path string) (*node, error) {
	n.Act = act.String()
	if same, err := kernels.ParseActivation(n.Act); err != nil || same != act {
		return nil, fmt.Errorf("%s has %v, which is no activation of package kernels", place(path), act)
	}
	return n, nil
}

// describeNorm returns the node of a layer that normalises.
func describeNorm[T kernels.Float](add func(string, *layer.Param[T]), l layer.Layer[T],
	path string) (*node, error) {
	n := &node{}
	var eps, momentum T
	switch l := l.(type) {
	case *layer.BatchNorm[T]:
		n.Kind, n.Batches, eps, momentum = "batch_norm", l.Batches, l.Eps, l.Momentum
		n.Momentum = setting(momentum)
		add("weight", l.Gamma)
		add("bias", l.Beta)
		add("running_mean", l.RunMean)
		add("running_var", l.RunVar)
	case *layer.LayerNorm[T]:
		n.Kind, eps = "layer_norm", l.Eps
		add("weight", l.Gamma)
		add("bias", l.Beta)
	case *layer.RMSNorm[T]:
		n.Kind, eps = "rms_norm", l.Eps
		add("weight", l.Gamma)
	}
	n.Eps = setting(eps)
	if !(eps >= 0) || eps-eps != 0 || !(momentum >= 0 && momentum <= 1) || n.Batches < 0 {
		return nil,
			fmt.Errorf("%s has Eps %v, Momentum %v and %d batches, want a finite number of at least 0, "+
				"one from 0 to 1, and no batches below 0", place(path), eps, momentum, n.Batches)
	}
	return n, nil
}

func describeResidual[T kernels.Float](list *[]stored, l *layer.Residual[T], path string,
	depth int) (n *node, err error) {
	n, parts := &node{Kind: "residual"}, l.Parts()
	if n.Body, err = describe(list, parts[0], path+"body.", depth+1); err == nil && len(parts) > 1 {
		n.Skip, err = describe(list, parts[1], path+"skip.", depth+1)
	}
	return n, err
}

// setting returns the shortest decimal that gives v back in its type.
func setting[T kernels.Float](v T) json.Number {
	return json.Number(strconv.FormatFloat(float64(v), 'g', -1, 8*int(unsafe.Sizeof(v))))
}

// parseSetting is the inverse of setting, for one from 0 to most. In the other type it gives the nearest
// number to the decimal.
func parseSetting[T kernels.Float](n json.Number, most float64, name, path string) (T, error) {
	v, err := strconv.ParseFloat(n.String(), 8*int(unsafe.Sizeof(T(0))))
	if err != nil || !(v >= 0 && v <= most) || math.Signbit(v) { // -1e-99 may round to -0
		return 0, fmt.Errorf("%s has %s %q, want a finite number of at least 0%s", place(path), name, n,
			atMost(most))
	}
	return T(v), nil
}

// atMost names a bound for an error.
func atMost(most float64) string {
	if most == math.MaxFloat64 {
		return ""
	}
	return fmt.Sprintf(" and at most %v", most)
}

// build returns the layer of a node, with the sizes that its tensors in the file have. It leaves the
// parameters at zero. The tensors whose shapes it does not ask for are for match to check.
func build[T kernels.Float](h *header, n *node, path string, depth int) (layer.Layer[T], error) {
	switch {
	case n == nil:
		return nil, fmt.Errorf("%s is null", place(path))
	case depth > maxDepth:
		return nil, fmt.Errorf("%.60s... is nested deeper than %d layers", place(path), maxDepth)
	}
	switch n.Kind {
	case "linear":
		return buildLinear[T](h, n, path)
	case "int8_linear":
		return buildInt8[T](h, n, path)
	case "activation":
		act, err := kernels.ParseActivation(n.Act)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", place(path), err)
		}
		return layer.NewActivation[T](act), nil
	case "prelu":
		shape, err := h.shape(path+"weight", 1)
		if err != nil {
			return nil, err
		}
		return layer.NewPReLU[T](shape[0]), nil
	case "softmax":
		return layer.Softmax[T]{}, nil
	case "dropout":
		if n.P == nil || !(*n.P >= 0 && *n.P < 1) {
			return nil, fmt.Errorf("%s has no p in [0, 1)", place(path))
		}
		return layer.NewDropout[T](*n.P), nil
	case "batch_norm", "layer_norm", "rms_norm":
		return buildNorm[T](h, n, path)
	case "sequential":
		parts := make([]layer.Layer[T], len(n.Parts))
		for i, inner := range n.Parts {
			part, err := build[T](h, inner, fmt.Sprintf("%s%d.", path, i), depth+1)
			if err != nil {
				return nil, err
			}
			parts[i] = part
		}
		return layer.NewSequential(parts...), nil
	case "residual":
		return buildResidual[T](h, n, path, depth)
	}
	return nil, fmt.Errorf("%s is a %.60q, a layer that this version of the package does not know",
		place(path),
		n.Kind)
}

func buildLinear[T kernels.Float](h *header, n *node, path string) (layer.Layer[T], error) {
	act, err := kernels.ParseActivation(n.Act)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", place(path), err)
	}
	shape, err := h.shape(path+"weight", 2)
	if err != nil {
		return nil, err
	}
	l := layer.NewLinear[T](shape[0], shape[1], act)
	if !n.Bias {
		l.NoBias()
	}
	return l, nil
}

func buildNorm[T kernels.Float](h *header, n *node, path string) (layer.Layer[T], error) {
	shape, err := h.shape(path+"weight", 1)
	if err != nil {
		return nil, err
	}
	eps, err := parseSetting[T](n.Eps, math.MaxFloat64, "eps", path)
	if err != nil {
		return nil, err
	}
	if !(eps >= 0) {
		return nil, fmt.Errorf("%s has eps %v, want at least 0", place(path), eps)
	}
	switch n.Kind {
	case "layer_norm":
		l := layer.NewLayerNorm[T](shape[0])
		l.Eps = eps
		return l, nil
	case "rms_norm":
		l := layer.NewRMSNorm[T](shape[0])
		l.Eps = eps
		return l, nil
	}
	if n.Batches < 0 {
		return nil, fmt.Errorf("%s has %d batches, want none below 0", place(path), n.Batches)
	}
	l := layer.NewBatchNorm[T](shape[0])
	l.Eps, l.Batches = eps, n.Batches
	l.Momentum, err = parseSetting[T](n.Momentum, 1, "momentum", path)
	return l, err
}

func buildResidual[T kernels.Float](h *header, n *node, path string, depth int) (layer.Layer[T], error) {
	body, err := build[T](h, n.Body, path+"body.", depth+1)
	if err != nil {
		return nil, err
	}
	if n.Skip == nil {
		return layer.NewResidual(body, nil), nil
	}
	skip, err := build[T](h, n.Skip, path+"skip.", depth+1)
	if err != nil {
		return nil, err
	}
	return layer.NewResidual(body, skip), nil
}

// shape returns the shape of a tensor that has so many sizes, none below 1, and the bytes of them in
// the file.
func (h *header) shape(name string, rank int) ([]int, error) {
	return h.shapeOf(name, rank, "F32", "F64")
}

// shapeOf is shape for a tensor of one of some types.
func (h *header) shapeOf(name string, rank int, types ...string) ([]int, error) {
	e, ok := h.entries[name]
	if !ok {
		return nil, h.missing(name)
	}
	if !slices.Contains(types, e.DType) {
		return nil, fmt.Errorf("tensor %q has dtype %q, want %s", name, e.DType, oneOf(types))
	}
	if len(e.Shape) != rank || slices.Min(e.Shape) < 1 {
		return nil, fmt.Errorf("tensor %q has shape %v, want %d sizes, none below 1", name, e.Shape, rank)
	}
	return e.Shape, e.checkSize(name)
}
