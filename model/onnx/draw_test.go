package onnx

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/ashlar-go/ashlar/model/onnx/internal/onnxpb"
)

// drawing makes graphs for tests.
type drawing struct {
	builder
	file onnxpb.ModelProto
}

// draw returns a drawing with the input x of 4 columns and the constants w, 4 x 3, and v, 3.
func draw() *drawing {
	d := &drawing{}
	d.input("x", float, 4)
	must(floats(&d.builder, "w", make([]float64, 12), 4, 3))
	must(floats(&d.builder, "v", []float64{1, 2, 3}, 3))
	return d
}

func must(name string, err error) string {
	if err != nil {
		panic(err)
	}
	return name
}

// op appends a node.
func (d *drawing) op(op, out string, in ...string) *drawing {
	d.nodeTo(op, out, in)
	return d
}

// with appends an attribute to the last node.
func (d *drawing) with(a *onnxpb.AttributeProto) *drawing {
	n := d.graph.Node[len(d.graph.Node)-1]
	n.Attribute = append(n.Attribute, a)
	return d
}

// ml puts the last node into ai.onnx.ml.
func (d *drawing) ml() *drawing {
	d.graph.Node[len(d.graph.Node)-1].Domain = proto.String(mlDomain)
	return d
}

// constant appends an initializer.
func (d *drawing) constant(t *onnxpb.TensorProto) *drawing {
	d.graph.Initializer = append(d.graph.Initializer, t)
	return d
}

// gives declares outputs and returns the file.
func (d *drawing) gives(outputs ...string) []byte {
	for _, name := range outputs {
		d.output(name, float, 0)
	}
	d.file.Graph = &d.graph
	raw, err := proto.Marshal(&d.file)
	if err != nil {
		panic(err)
	}
	return raw
}

// tensorOf is a tensor of float32 that claims a shape.
func tensorOf(name string, values []float32, dims ...int64) *onnxpb.TensorProto {
	return &onnxpb.TensorProto{Name: &name, DataType: proto.Int32(1), Dims: dims, FloatData: values}
}

// repeated appends op n times, from x on, and returns the last output.
func (d *drawing) repeated(n int, op, x string, others ...string) string {
	for i := range n {
		out := fmt.Sprint(op, i)
		d.op(op, out, append([]string{x}, others...)...)
		x = out
	}
	return x
}

// dropped has a Dropout that also gives its mask.
func dropped() *drawing {
	d := draw().op("Dropout", "a", "x")
	d.graph.Node[0].Output = []string{"a", "mask"}
	return d
}

// ints is a tensor of int64 with one dimension.
func ints(name string, values ...int64) *onnxpb.TensorProto {
	return &onnxpb.TensorProto{Name: &name, DataType: proto.Int32(7), Dims: []int64{int64(len(values))},
		Int64Data: values}
}

// attrInts is an attribute of integers.
func attrInts(name string, list ...int64) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: &name, Type: onnxpb.AttributeProto_INTS.Enum(), Ints: list}
}

// attrFloats is an attribute of float32.
func attrFloats(name string, list ...float32) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: &name, Type: onnxpb.AttributeProto_FLOATS.Enum(), Floats: list}
}

// wideDrawing returns a drawing in which h has so many columns.
func wideDrawing(cols int) *drawing {
	d := draw()
	must(floats(&d.builder, "in", make([]float64, 4*cols), 4, cols))
	return d.op("MatMul", "h", "x", "in")
}

// nested returns a drawing of n residuals, each inside the one before, with the output y.
func nested(n int) *drawing {
	d := draw()
	x := d.repeated(n, "Relu", "x")
	for i := n - 2; i >= 0; i-- {
		out := fmt.Sprint("sum", i)
		d.op("Add", out, x, fmt.Sprint("Relu", i))
		x = out
	}
	return d.op("Add", "y", x, "x")
}
