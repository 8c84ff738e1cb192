package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"google.golang.org/protobuf/proto"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/model/onnx/internal/onnxpb"
)

const (
	opset     = 20 // of ai.onnx: the first with Gelu
	mlOpset   = 3  // of ai.onnx.ml
	irVersion = 9  // the one that came with opset 20

	mlDomain = "ai.onnx.ml"
)

// builder collects the operators and constants of a graph.
type builder struct {
	graph onnxpb.GraphProto
	names map[string]bool
	ml    bool // an operator of ai.onnx.ml occurs
}

// unique returns name, or name with a number behind it where that is taken.
func (b *builder) unique(name string) string {
	if b.names == nil {
		b.names = map[string]bool{}
	}
	free := name
	for i := 2; b.names[free]; i++ {
		free = name + "_" + strconv.Itoa(i)
	}
	b.names[free] = true
	return free
}

// node appends an operator with one output, whose name is the node's too, and returns it.
func (b *builder) node(op, name string, inputs []string, attributes ...*onnxpb.AttributeProto) string {
	return b.nodeTo(op, b.unique(name), inputs, attributes...)
}

// nodeTo is node for an output whose name is reserved.
func (b *builder) nodeTo(op, output string, inputs []string, attributes ...*onnxpb.AttributeProto) string {
	b.graph.Node = append(b.graph.Node, &onnxpb.NodeProto{
		Name: &output, OpType: &op, Input: inputs, Output: []string{output}, Attribute: attributes})
	return output
}

// mlNodeTo is nodeTo for an operator of ai.onnx.ml.
func (b *builder) mlNodeTo(op, output string, inputs []string, attributes ...*onnxpb.AttributeProto) string {
	b.nodeTo(op, output, inputs, attributes...)
	b.graph.Node[len(b.graph.Node)-1].Domain = proto.String(mlDomain)
	b.ml = true
	return output
}

// tensor appends a constant of raw elements and returns its name.
func (b *builder) tensor(name string, kind onnxpb.TensorProto_DataType, raw []byte, shape ...int) string {
	name = b.unique(name)
	t := &onnxpb.TensorProto{Name: &name, DataType: proto.Int32(int32(kind)), RawData: raw}
	for _, n := range shape {
		t.Dims = append(t.Dims, int64(n))
	}
	b.graph.Initializer = append(b.graph.Initializer, t)
	return name
}

// doubles appends a constant of float64.
func (b *builder) doubles(name string, values []float64, shape ...int) string {
	raw := make([]byte, 0, 8*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
	}
	return b.tensor(name, onnxpb.TensorProto_DOUBLE, raw, shape...)
}

// ints appends a constant of int64.
func (b *builder) ints(name string, values ...int) string {
	raw := make([]byte, 0, 8*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return b.tensor(name, onnxpb.TensorProto_INT64, raw, len(values))
}

// floats appends a constant of float32. It is an error if a finite value overflows there.
func floats[T kernels.Float](b *builder, name string, values []T, shape ...int) (string, error) {
	raw := make([]byte, 0, 4*len(values))
	for i, v := range values {
		f := float32(v)
		if math.IsInf(float64(f), 0) && !math.IsInf(float64(v), 0) {
			return "", fmt.Errorf("%s: element %d is %v, which is too large for float32", name, i, v)
		}
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(f))
	}
	return b.tensor(name, onnxpb.TensorProto_FLOAT, raw, shape...), nil
}

// scalar appends a constant float32 without dimensions.
func (b *builder) scalar(name string, v float32) string {
	raw := binary.LittleEndian.AppendUint32(nil, math.Float32bits(v))
	return b.tensor(name, onnxpb.TensorProto_FLOAT, raw)
}

// input declares an input of the graph, rows x cols. Its name must be free.
func (b *builder) input(name string, kind onnxpb.TensorProto_DataType, cols int) string {
	b.graph.Input = append(b.graph.Input, valueInfo(b.unique(name), kind, cols))
	return name
}

// output declares an output of the graph, rows x cols, or one element a row if cols is 0.
func (b *builder) output(name string, kind onnxpb.TensorProto_DataType, cols int) {
	b.graph.Output = append(b.graph.Output, valueInfo(name, kind, cols))
}

// valueInfo describes a tensor of any number of rows.
func valueInfo(name string, kind onnxpb.TensorProto_DataType, cols int) *onnxpb.ValueInfoProto {
	shape := &onnxpb.TensorShapeProto{Dim: []*onnxpb.TensorShapeProto_Dimension{
		{Value: &onnxpb.TensorShapeProto_Dimension_DimParam{DimParam: "rows"}}}}
	if cols > 0 {
		shape.Dim = append(shape.Dim, &onnxpb.TensorShapeProto_Dimension{
			Value: &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: int64(cols)}})
	}
	tensor := &onnxpb.TypeProto_Tensor{ElemType: proto.Int32(int32(kind)), Shape: shape}
	return &onnxpb.ValueInfoProto{Name: &name,
		Type: &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{TensorType: tensor}}}
}

func attrInt(name string, v int) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: &name, Type: onnxpb.AttributeProto_INT.Enum(),
		I: proto.Int64(int64(v))}
}

func attrFloat(name string, v float64) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: &name, Type: onnxpb.AttributeProto_FLOAT.Enum(),
		F: proto.Float32(float32(v))}
}

func attrString(name, v string) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: &name, Type: onnxpb.AttributeProto_STRING.Enum(), S: []byte(v)}
}

func attrStrings(name string, list []string) *onnxpb.AttributeProto {
	a := &onnxpb.AttributeProto{Name: &name, Type: onnxpb.AttributeProto_STRINGS.Enum()}
	for _, s := range list {
		a.Strings = append(a.Strings, []byte(s))
	}
	return a
}

// attrIndices is the list 0, 1, ... n-1.
func attrIndices(name string, n int) *onnxpb.AttributeProto {
	a := &onnxpb.AttributeProto{Name: &name, Type: onnxpb.AttributeProto_INTS.Enum()}
	for i := range n {
		a.Ints = append(a.Ints, int64(i))
	}
	return a
}
