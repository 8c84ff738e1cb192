package onnx

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/ashlar-go/ashlar/model/onnx/internal/onnxpb"
)

// refusal is a file that is no perceptron, with a part of the error that it gives.
type refusal struct {
	file []byte
	want string
}

// hostile returns all of them.
func hostile() map[string]refusal {
	all := map[string]refusal{}
	for _, list := range []map[string]refusal{hostileGraphs(), hostileInputs(), hostileConstants(),
		hostileOperators(),
		hostileSizes()} {
		maps.Copy(all, list)
	}
	return all
}

// hostileGraphs are files whose nodes do not make a graph of a perceptron.
func hostileGraphs() map[string]refusal {
	return map[string]refusal{
		"nothing":         {nil, "it has no graph"},
		"text":            {[]byte("safetensors"), "not an ONNX file"},
		"no outputs":      {draw().op("Relu", "y", "x").gives(), "the graph has no outputs"},
		"no such output":  {draw().gives("y"), `the output "y": there is no value "y"`},
		"constant output": {draw().gives("w"), `the output "w" is one too many, or constant`},
		"two outputs": {draw().op("Relu", "y", "x").gives("x", "y"),
			`the output "y" is one too many`},
		"operator": {draw().op("Conv", "y", "x", "w").gives("y"),
			`node "y" (Conv): the operator is not supported`},
		"domain": {draw().op("Relu", "y", "x").ml().gives("y"),
			`node "y" (ai.onnx.ml.Relu): the operator is not supported`},
		"self": {draw().op("Relu", "y", "y").gives("y"), "an order without cycles"},
		"cycle": {draw().op("Relu", "a", "b").op("Relu", "b", "a").gives("b"),
			"an order without cycles"},
		"order": {draw().op("Relu", "y", "a").op("Relu", "a", "x").gives("y"),
			"an order without cycles"},
		"missing constant": {draw().op("MatMul", "y", "x", "u").gives("y"),
			`node "y" (MatMul): there is no value "u"`},
		"missing input": {draw().op("MatMul", "y", "x").gives("y"), "input 1 is missing"},
		"no inputs":     {draw().op("Relu", "y").gives("y"), "input 0 is missing"},
		"twice": {draw().op("Relu", "y", "x").op("Relu", "y", "x").gives("y"),
			"has the name of another value"},
		"over a constant": {draw().op("Relu", "w", "x").gives("w"), "has the name of another value"},
		"over the input": {draw().op("Relu", "x", "w").gives("x"),
			`the input "x" is also computed by a node`},
		"constants twice": {draw().constant(tensorOf("w", nil, 0)).op("Relu", "y", "x").gives("y"),
			"two initializers"},
		"attribute type": {draw().op("Gemm", "y", "x", "w").with(attrString("transB", "1")).gives("y"),
			"has type STRING, want INT"},
		"attributes": {draw().op("Gemm", "y", "x", "w").with(attrInt("a", 1)).with(attrInt("a", 1)).
			gives("y"),
			"two attributes"},
		"branch": {draw().op("Erf", "a", "x").op("Add", "y", "a", "x").gives("y"),
			`onnx: node "a" (Erf): is no layer`},
		"dropout mask": {dropped().op("Relu", "y", "mask").gives("y"),
			`takes "mask", an output of node "a" (Dropout) that is not supported`},
		"product of branches": {draw().op("MatMul", "a", "x", "w").op("MatMul", "b", "x", "w").
			op("Mul", "y", "a", "b").gives("y"),
			`node "y" (Mul): is no layer, and no part of an activation`},
		"branches": {draw().op("Relu", "a", "x").op("Tanh", "b", "x").op("Add", "c", "a", "b").
			op("Add", "d", "b", "x").op("Add", "y", "c", "d").gives("y"),
			"do not end in one Add"},
	}
}

// hostileInputs are files with an input that is no row of numbers.
func hostileInputs() map[string]refusal {
	huge := draw()
	huge.graph.Input[0] = valueInfo("x", float, math.MaxInt32)
	flat := draw()
	flat.graph.Input[0] = valueInfo("x", float, 0)
	texts := draw()
	texts.graph.Input[0] = valueInfo("x", onnxpb.TensorProto_STRING, 4)
	two := draw()
	two.input("z", float, 4)
	half := draw()
	half.input("z", float, 4)
	half.op("Concat", "both", "x", "x").with(attrInt("axis", 1)).op("Relu", "y", "both")
	unknown := draw()
	unknown.file.MetadataProps = []*onnxpb.StringStringEntryProto{{Key: proto.String("ashlar.outputs"),
		Value: proto.String("values")}}
	old := draw()
	old.file.OpsetImport = []*onnxpb.OperatorSetIdProto{{Version: proto.Int64(3)}}
	return map[string]refusal{
		"unknown key": {unknown.op("Relu", "y", "x").gives("y"),
			`metadata "ashlar.outputs": no key that this release knows`},
		"huge input": {huge.op("Relu", "y", "x").gives("y"), "has more than 16777216 columns"},
		"flat input": {flat.op("Relu", "y", "x").gives("y"),
			"has 1 dimensions, want rows and columns"},
		"input of texts": {texts.op("Relu", "y", "x").gives("y"),
			"has elements of type STRING, want numbers"},
		"two inputs": {two.op("Add", "y", "x", "z").gives("y"),
			`the graph has 2 inputs ("x", "z"), want one`},
		"half of the inputs": {half.gives("y"), `the graph has 2 inputs ("x", "z"), want one`},
		"old opset":          {old.op("Relu", "y", "x").gives("y"), "the file has opset 3, want 7 to"},
	}
}

// hostileConstants are files with constants that are not what they claim.
func hostileConstants() map[string]refusal {
	external := tensorOf("e", nil, 4, 3)
	external.DataLocation = onnxpb.TensorProto_EXTERNAL.Enum()
	both := tensorOf("e", []float32{1, 2}, 2)
	both.RawData = make([]byte, 8)
	odd := &onnxpb.TensorProto{Name: proto.String("e"), DataType: proto.Int32(1), Dims: []int64{4, 3},
		RawData: make([]byte, 47)}
	strange := &onnxpb.TensorProto{Name: proto.String("e"), DataType: proto.Int32(14), Dims: []int64{4, 3}}
	return map[string]refusal{
		"huge dims": {draw().constant(tensorOf("e", nil, 1<<31-1, 1<<31-1)).op("MatMul", "y", "x", "e").
			gives("y"),
			"has 0 elements of FLOAT, want 4611686014132420609"},
		"overflow": {draw().constant(tensorOf("e", nil, 1<<31-1, 1<<31-1, 1<<31-1)).
			op("MatMul", "y", "x", "e").gives("y"),
			"want sizes from 0"},
		"negative dims": {draw().constant(tensorOf("e", nil, -4, 3)).op("MatMul", "y", "x", "e").gives("y"),
			"want sizes from 0"},
		"many dims": {draw().constant(tensorOf("e", nil, make([]int64, 1000)...)).
			op("MatMul", "y", "x", "e").gives("y"),
			"has 1000 dimensions"},
		"no elements": {draw().constant(tensorOf("e", nil, 4, 0)).op("MatMul", "y", "x", "e").gives("y"),
			"has shape [4 0], want a matrix"},
		"short": {draw().constant(tensorOf("e", make([]float32, 11), 4, 3)).op("MatMul", "y", "x", "e").
			gives("y"),
			"has 11 elements of FLOAT, want 12"},
		"external": {draw().constant(external).op("MatMul", "y", "x", "e").gives("y"),
			"has its elements in another file"},
		"raw and field": {draw().constant(both).op("Add", "y", "x", "e").gives("y"),
			"both in raw_data and"},
		"odd raw": {draw().constant(odd).op("MatMul", "y", "x", "e").gives("y"),
			"has 47 bytes in raw_data"},
		"element type": {draw().constant(strange).op("MatMul", "y", "x", "e").gives("y"),
			"has elements of type number 14"},
	}
}

// hostileOperators are files with operators in a form that no layer has.
func hostileOperators() map[string]refusal {
	return map[string]refusal{
		"shape": {draw().op("MatMul", "y", "x", "v").gives("y"),
			"has shape [3], want a matrix"},
		"columns": {draw().op("MatMul", "a", "x", "w").op("MatMul", "y", "a", "w").gives("y"),
			"the rows have 3 columns, want 4"},
		"bias": {draw().op("Add", "y", "x", "v").gives("y"),
			"the rows have 4 columns, want 3"},
		"product": {draw().op("MatMul", "y", "w", "x").gives("y"), "is no function of the rows"},
		"transA": {draw().op("Gemm", "y", "x", "w").with(attrInt("transA", 1)).gives("y"),
			`attribute "transA" is 1`},
		"softmax axis": {draw().op("Softmax", "y", "x").with(attrInt("axis", 0)).gives("y"),
			`attribute "axis" is 0, want 1 or -1`},
		"log softmax inside": {draw().op("LogSoftmax", "a", "x").op("Relu", "y", "a").gives("y"),
			`node "a" (LogSoftmax): is supported only as the last`},
		"training": {draw().op("BatchNormalization", "y", "x", "x", "x", "x", "x").
			with(attrInt("training_mode", 1)).gives("y"),
			"export the model for inference"},
		"variable norm": {draw().op("BatchNormalization", "y", "x", "x", "x", "x", "x").gives("y"),
			"is no constant"},
		"reshape": {draw().op("Reshape", "y", "x", "s").constant(ints("s", -1, 2)).gives("y"),
			"gives rows of 4 columns the shape [-1 2]"},
		"flatten": {draw().op("Flatten", "y", "x").with(attrInt("axis", 0)).gives("y"),
			`attribute "axis" is 0, want 1`},
		"transposed rows": {draw().op("Transpose", "y", "x").gives("y"),
			"only a constant matrix can be transposed"},
		"cast": {draw().op("Cast", "y", "x").with(attrInt("to", 7)).gives("y"),
			"casts to INT64"},
		"half": {draw().op("Cast", "h", "x").with(attrInt("to", 10)).op("Cast", "y", "h").
			with(attrInt("to", 1)).gives("y"), `node "h" (Cast): casts to FLOAT16, which rounds`},
		"brain": {draw().op("Cast", "h", "x").with(attrInt("to", 16)).op("Cast", "y", "h").
			with(attrInt("to", 1)).gives("y"), `node "h" (Cast): casts to BFLOAT16, which rounds`},
		"comparison": {draw().op("Greater", "a", "x", "z").constant(tensorOf("z", []float32{0})).
			op("Relu", "y", "a").gives("y"),
			"is a comparison"},
		"argmax axis": {draw().op("ArgMax", "y", "x").gives("y"), `attribute "axis" is 0`},
		"number of classes": {draw().op("ArgMax", "a", "x").with(attrInt("axis", 1)).
			op("ArrayFeatureExtractor", "y", "n", "a").ml().constant(ints("n", 5, 6)).gives("y"),
			"there are 2 class names for 4 columns"},
		"other labels": {draw().op("ArgMax", "l", "x").with(attrInt("axis", 1)).op("Tanh", "a",
			"x").op("Softmax", "p", "a").gives("l", "p"),
			"the labels are not those of the largest probabilities"},
		"coefficients": {draw().op("LinearRegressor", "y", "x").ml().with(attrInt("targets", 3)).gives("y"),
			"has 0 coefficients for 3 outputs"},
		"one class": {draw().op("LinearClassifier", "y", "x").ml().
			with(attrStrings("classlabels_strings", []string{"a"})).gives("y"),
			"has 1 class labels"},
		"clip": {draw().op("Clip", "y", "x", "z", "z").constant(tensorOf("z", []float32{2})).gives("y"),
			"clamps to [2, 2]"},
		"ratio": {draw().op("Dropout", "y", "x", "z").constant(tensorOf("z", []float32{2})).gives("y"),
			"has the ratio 2"},
		"batch norm epsilon": {draw().op("BatchNormalization", "y", "x", "f", "f", "f", "f").
			with(attrFloat("epsilon", math.NaN())).constant(tensorOf("f", []float32{1, 1, 1, 1}, 4)).gives("y"),
			"has epsilon NaN, want a finite number of at least 0"},
		"batch norm momentum": {draw().op("BatchNormalization", "y", "x", "f", "f", "f", "f").
			with(attrFloat("momentum", 3)).constant(tensorOf("f", []float32{1, 1, 1, 1}, 4)).gives("y"),
			"has the momentum -2 of PyTorch"},
		"layer norm epsilon": {draw().op("LayerNormalization", "y", "x", "f").
			with(attrFloat("epsilon", math.Inf(-1))).constant(tensorOf("f", []float32{1, 1, 1, 1}, 4)).
			gives("y"), "has epsilon -Inf, want a finite number"},
		"zero divisor": {draw().op("Div", "y", "x", "z").constant(tensorOf("z", []float32{0})).gives("y"),
			"whose inverse is not finite"},
	}
}

// hostileSizes are files that would take much memory or time.
func hostileSizes() map[string]refusal {
	shared := wideDrawing(1000)
	must(floats(&shared.builder, "big", make([]float64, 1000*1000), 1000, 1000))
	tied := shared.repeated(20, "MatMul", "h", "big")
	copied := wideDrawing(1000)
	must(floats(&copied.builder, "big", make([]float64, 1000*1000), 1000, 1000))
	last := "h"
	for i := range 20 {
		copied.op("Gemm", fmt.Sprint("g", i), last, "big").with(attrInt("transB",
			1)).with(attrFloat("alpha", 2))
		last = fmt.Sprint("g", i)
	}
	wide := wideDrawing(100_000)
	wide.scalar("two", 2)
	scaled := wide.repeated(5_000, "Mul", "h", "two")
	empty := draw()
	for range 20_000 {
		empty.file.MetadataProps = append(empty.file.MetadataProps, &onnxpb.StringStringEntryProto{})
	}
	deep := draw()
	for range maxDepth {
		graph := deep.graph.Node
		deep = draw()
		deep.op("If", "y").with(&onnxpb.AttributeProto{G: &onnxpb.GraphProto{Node: graph}})
	}
	long := draw()
	end := long.repeated(maxNodes+1, "Relu", "x")
	return map[string]refusal{
		"nested":          {nested(300).gives("y"), "residuals are inside each other"},
		"messages":        {empty.gives("y"), "would take more than"},
		"depth":           {deep.gives("y"), "more than 100 messages are inside each other"},
		"tied":            {shared.gives(tied), "too many nodes use the same constant"},
		"copied":          {copied.gives(last), "too many nodes use the same constant"},
		"much arithmetic": {wide.gives(scaled), "too many nodes use the same constant"},
		"long":            {long.gives(end), "the graph has 20001 operators, want at most 20000"},
	}
}

// TestHostile: what is no perceptron is an error that says where.
func TestHostile(t *testing.T) {
	for name, c := range hostile() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m, err := Import[float32](bytes.NewReader(c.file))
		runtime.ReadMemStats(&after)
		most := uint64(len(c.file))*64 + 512<<20
		if got := after.TotalAlloc - before.TotalAlloc; got > most {
			t.Errorf("%s: %d bytes allocated, want at most %d", name, got, most)
		}
		if err == nil || m != nil || !strings.Contains(err.Error(), c.want) ||
			!strings.HasPrefix(err.Error(), "onnx: ") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// TestImportTooLarge: a number that float32 does not hold is an error there, not an infinity.
func TestImportTooLarge(t *testing.T) {
	big := &onnxpb.TensorProto{Name: proto.String("e"), DataType: proto.Int32(11), Dims: []int64{4, 1},
		DoubleData: []float64{1, 2, 3, 1e300}}
	file := draw().constant(big).op("MatMul", "y", "x", "e").gives("y")
	if _, err := Import[float32](bytes.NewReader(file)); err == nil || !strings.Contains(err.Error(),
		"1e+300, which is too large for float32") {
		t.Error(err)
	}
	if _, err := Import[float64](bytes.NewReader(file)); err != nil {
		t.Error(err)
	}
}

// TestImportFileErrors: the error names the file.
func TestImportFileErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bad.onnx")
	if err := os.WriteFile(path, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ImportFile[float32](path); err == nil || !strings.HasPrefix(err.Error(),
		"onnx: reading "+path+": not an ONNX file") {
		t.Error(err)
	}
	if _, err := ImportFile[float32](path + "x"); !os.IsNotExist(err) {
		t.Error(err)
	}
}

// TestFlattenLast: of two dimensions the last axis is axis 1.
func TestFlattenLast(t *testing.T) {
	file := draw().op("Flatten", "h", "x").with(attrInt("axis", -1)).op("MatMul", "y", "h", "w").gives("y")
	if _, err := Import[float32](bytes.NewReader(file)); err != nil {
		t.Error(err)
	}
}
