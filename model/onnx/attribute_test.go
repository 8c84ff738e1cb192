package onnx

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model/onnx/internal/onnxpb"
)

// setting is a file with one attribute, or one constant in the place of one, and what ONNX says that it computes of
// a row, or a part of the error by which Import refuses it.
type setting struct {
	name    string
	file    []byte
	of      func(x []float64) []float64
	classes []string // the names of the probabilities, nil where none are asked for
	refused string
}

// weights is 4 x 3, and its transpose 3 x 4.
var weights = []float32{1, -2, 3, 0.5, 4, -1, 2, 2, -3, -0.25, 1, 0.5}

// matrix is weights as a constant.
func matrix(trans bool) *onnxpb.TensorProto {
	if trans {
		return tensorOf("m", transposed(weights, 4, 3), 3, 4)
	}
	return tensorOf("m", weights, 4, 3)
}

// timesWeights returns x times weights.
func timesWeights(x []float64) []float64 {
	y := make([]float64, 3)
	for i, v := range x {
		for j := range y {
			y[j] += v * float64(weights[3*i+j])
		}
	}
	return y
}

// each applies f to every element.
func each(f func(x float64) float64) func([]float64) []float64 {
	return func(x []float64) []float64 { return converted(x, f) }
}

// alone is a file of one operator of x with some attributes.
func alone(op string, attributes ...*onnxpb.AttributeProto) []byte {
	d := draw().op(op, "y", "x")
	for _, a := range attributes {
		d.with(a)
	}
	return d.gives("y")
}

// exponential returns the negative branch that Elu and Selu share.
func exponential(alpha, gamma float64) func(x []float64) []float64 {
	return each(func(x float64) float64 {
		if x > 0 {
			return gamma * x
		}
		return gamma * alpha * math.Expm1(x)
	})
}

// hardSigmoidSettings are those of HardSigmoid.
func hardSigmoidSettings() (list []setting) {
	add := func(alpha, beta float64, attributes ...*onnxpb.AttributeProto) {
		list = append(list, setting{name: fmt.Sprintf("HardSigmoid %v, %v of %d", alpha, beta, len(attributes)),
			file: alone("HardSigmoid", attributes...),
			of:   each(func(x float64) float64 { return min(max(alpha*x+beta, 0), 1) })})
	}
	add(0.2, 0.5)
	for _, alpha := range []float64{1. / 6, 0.5, 0.1666, -0.3, 0} {
		add(alpha, 0.5, attrFloat("alpha", alpha))
	}
	for _, beta := range []float64{0.5, 0.1, 0.5001, -0.25, 1} {
		add(0.2, beta, attrFloat("beta", beta))
		add(1./6, beta, attrFloat("alpha", 1./6), attrFloat("beta", beta))
		add(0.5, beta, attrFloat("alpha", 0.5), attrFloat("beta", beta))
	}
	return list
}

// slopeSettings are those of LeakyRelu and Elu.
func slopeSettings() (list []setting) {
	leaky := func(alpha float64) func(x []float64) []float64 {
		return each(func(x float64) float64 {
			if x < 0 {
				return alpha * x
			}
			return x
		})
	}
	for _, alpha := range []float64{0.01, 0.3, -0.5, 0, 1, 2} {
		a := attrFloat("alpha", alpha)
		list = append(list,
			setting{name: fmt.Sprint("LeakyRelu ", alpha), file: alone("LeakyRelu", a), of: leaky(alpha)},
			setting{name: fmt.Sprint("Elu ", alpha), file: alone("Elu", a), of: exponential(alpha, 1)})
	}
	return append(list, setting{name: "LeakyRelu", file: alone("LeakyRelu"), of: leaky(0.01)},
		setting{name: "Elu", file: alone("Elu"), of: exponential(1, 1)})
}

// activationSettings are those of the other activations, and what is no number in any of them.
func activationSettings() (list []setting) {
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for _, c := range [][2]string{{"HardSigmoid", "alpha"}, {"HardSigmoid", "beta"}, {"LeakyRelu", "alpha"},
			{"Elu", "alpha"}, {"Selu", "alpha"}, {"Selu", "gamma"}, {"Swish", "alpha"}} {
			list = append(list, setting{name: fmt.Sprint(c, v), file: alone(c[0], attrFloat(c[1], v)), refused: c[1]})
		}
	}
	selu, silu := exponential(seluAlpha, seluGamma), each(func(x float64) float64 { return x / (1 + math.Exp(-x)) })
	tanh := each(func(x float64) float64 {
		return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
	})
	return append(list,
		setting{name: "Selu", file: alone("Selu"), of: selu},
		setting{name: "Selu stated", of: selu,
			file: alone("Selu", attrFloat("alpha", seluAlpha), attrFloat("gamma", seluGamma))},
		setting{name: "Selu alpha", file: alone("Selu", attrFloat("alpha", 1.67)), refused: "has alpha 1.66"},
		setting{name: "Selu gamma", file: alone("Selu", attrFloat("gamma", 1.05)), refused: "gamma 1.04"},
		setting{name: "Swish", file: alone("Swish"), of: silu},
		setting{name: "Swish 1", file: alone("Swish", attrFloat("alpha", 1)), of: silu},
		setting{name: "Swish alpha", file: alone("Swish", attrFloat("alpha", 1.25)),
			refused: `"alpha" is 1.25, want 1`},
		setting{name: "Gelu", file: alone("Gelu"), of: each(gelu)},
		setting{name: "Gelu none", file: alone("Gelu", attrString("approximate", "none")), of: each(gelu)},
		setting{name: "Gelu tanh", file: alone("Gelu", attrString("approximate", "tanh")), of: tanh},
		setting{name: "Gelu other", file: alone("Gelu", attrString("approximate", "sigmoid")),
			refused: `"approximate" is "sigmoid"`},
	)
}

func gelu(x float64) float64 { return x / 2 * (1 + math.Erf(x/math.Sqrt2)) }

// gemmSettings are those of a Gemm with the constants m and, of 3 elements, v.
func gemmSettings() (list []setting) {
	file := func(trans, bias bool, attributes ...*onnxpb.AttributeProto) []byte {
		d := draw().constant(matrix(trans))
		if d.op("Gemm", "y", "x", "m"); bias {
			d.graph.Node[0].Input = append(d.graph.Node[0].Input, "v")
		}
		for _, a := range attributes {
			d.with(a)
		}
		return d.gives("y")
	}
	of := func(alpha, beta float64) func([]float64) []float64 {
		return func(x []float64) []float64 {
			y := timesWeights(x)
			for j := range y {
				y[j] = alpha*y[j] + beta*float64(j+1) // v is 1, 2, 3
			}
			return y
		}
	}
	add := func(name string, file []byte, of func([]float64) []float64) {
		list = append(list, setting{name: "Gemm " + name, file: file, of: of})
	}
	add("plain", file(false, true), of(1, 1))
	add("without bias", file(false, false, attrFloat("beta", 3)), of(1, 0))
	add("transB 0", file(false, true, attrInt("transB", 0)), of(1, 1))
	add("transB 1", file(true, true, attrInt("transB", 1)), of(1, 1))
	add("transA 0", file(false, true, attrInt("transA", 0)), of(1, 1))
	for _, f := range []float64{0.5, -2, 0, 1.001} {
		add(fmt.Sprint("alpha ", f), file(false, true, attrFloat("alpha", f)), of(f, 1))
		add(fmt.Sprint("beta ", f), file(false, true, attrFloat("beta", f)), of(1, f))
		add(fmt.Sprint("alpha, transB ", f), file(true, true, attrFloat("alpha", f), attrInt("transB", 1)), of(f, 1))
	}
	return append(list,
		setting{name: "Gemm transA", file: file(false, true, attrInt("transA", 1)), refused: `"transA" is 1, want 0`},
		setting{name: "Gemm not transB", file: file(true, true), refused: "the rows have 4 columns, want 3"})
}

// normed is a file of a normalisation whose parameters are all the constant f.
func normed(op string, parameters int, attributes ...*onnxpb.AttributeProto) []byte {
	d := draw().constant(tensorOf("f", []float32{0.5, 2, 1, 4}, 4)).op(op, "y", "x")
	d.graph.Node[0].Input = append(d.graph.Node[0].Input, slices.Repeat([]string{"f"}, parameters)...)
	for _, a := range attributes {
		d.with(a)
	}
	return d.gives("y")
}

// batchNormSettings are those of BatchNormalization.
func batchNormSettings() (list []setting) {
	const op = "BatchNormalization"
	of := func(eps float64) func(x []float64) []float64 {
		return func(x []float64) (y []float64) {
			for j, f := range []float64{0.5, 2, 1, 4} {
				y = append(y, f*(x[j]-f)/math.Sqrt(f+eps)+f)
			}
			return y
		}
	}
	for _, eps := range []float64{1e-5, 1e-3, 0.5, 0} {
		list = append(list, setting{name: fmt.Sprint(op, " epsilon ", eps), of: of(eps),
			file: normed(op, 4, attrFloat("epsilon", eps))})
	}
	for _, eps := range []float64{-1, math.NaN(), math.Inf(1)} {
		list = append(list, setting{name: fmt.Sprint(op, " epsilon ", eps), refused: "has epsilon",
			file: normed(op, 4, attrFloat("epsilon", eps))})
	}
	for _, momentum := range []float64{-0.5, 1.5, math.NaN()} {
		list = append(list, setting{name: fmt.Sprint(op, " momentum ", momentum), refused: "has the momentum",
			file: normed(op, 4, attrFloat("momentum", momentum))})
	}
	return append(list, setting{name: op, file: normed(op, 4), of: of(1e-5)},
		setting{name: op + " momentum", file: normed(op, 4, attrFloat("momentum", 0.3)), of: of(1e-5)},
		setting{name: op + " inference", file: normed(op, 4, attrInt("training_mode", 0)), of: of(1e-5)},
		setting{name: op + " training", file: normed(op, 4, attrInt("training_mode", 1)),
			refused: `"training_mode" is 1, want 0`})
}

// rowNormSettings are those of the normalisations of rows.
func rowNormSettings() (list []setting) {
	for _, op := range []string{"LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization"} {
		of := func(eps float64) func(x []float64) []float64 {
			return func(x []float64) (y []float64) {
				mean, square := 0.0, 0.0
				if op == "LayerNormalization" {
					mean = (x[0] + x[1] + x[2] + x[3]) / 4
				}
				for _, v := range x {
					square += (v - mean) * (v - mean) / 4
				}
				for j, f := range []float64{0.5, 2, 1, 4} {
					y = append(y, f*(x[j]-mean)/math.Sqrt(square+eps))
				}
				return y
			}
		}
		add := func(of func([]float64) []float64, refused string, attributes ...*onnxpb.AttributeProto) {
			list = append(list, setting{name: fmt.Sprint(op, attributes), of: of, refused: refused,
				file: normed(op, 1, attributes...)})
		}
		add(of(1e-5), "")
		for _, eps := range []float64{1e-5, 1e-3, 0.5, 0} {
			add(of(eps), "", attrFloat("epsilon", eps))
		}
		for _, eps := range []float64{-1, math.NaN(), math.Inf(1)} {
			add(nil, "has epsilon", attrFloat("epsilon", eps))
		}
		for _, axis := range []int{-1, 1} {
			add(of(1e-5), "", attrInt("axis", axis))
		}
		for _, axis := range []int{0, 2, -2} {
			add(nil, fmt.Sprintf(`"axis" is %d, want 1 or -1`, axis), attrInt("axis", axis))
		}
	}
	return list
}

// shapeSettings are those of the operators that keep numbers or put them elsewhere.
func shapeSettings() (list []setting) {
	same := func(x []float64) []float64 { return x }
	soft := func(x []float64) []float64 { return byRow["Softmax"](x, grid{}) }
	add := func(op, attribute string, value int, of func([]float64) []float64, refused string) {
		list = append(list, setting{name: fmt.Sprint(op, " ", attribute, " ", value),
			file: alone(op, attrInt(attribute, value)), of: of, refused: refused})
	}
	list = append(list, setting{name: "Softmax", file: alone("Softmax"), of: soft},
		setting{name: "LogSoftmax", file: alone("LogSoftmax"), of: soft},
		setting{name: "Flatten", file: alone("Flatten"), of: same},
		setting{name: "Dropout", file: alone("Dropout"), of: same},
		setting{name: "Cast", file: alone("Cast"), refused: "casts to UNDEFINED"})
	for _, axis := range []int{1, -1} {
		add("Softmax", "axis", axis, soft, "")
		add("LogSoftmax", "axis", axis, soft, "") // its output is the same to a Softmax
		add("Flatten", "axis", axis, same, "")
	}
	for _, axis := range []int{0, 2, -2} {
		for _, op := range []string{"Softmax", "LogSoftmax", "Flatten"} {
			add(op, "axis", axis, nil, fmt.Sprintf(`"axis" is %d, want 1`, axis))
		}
	}
	for kind, name := range onnxpb.TensorProto_DataType_name {
		switch name {
		case "FLOAT", "DOUBLE":
			add("Cast", "to", int(kind), same, "")
		default:
			add("Cast", "to", int(kind), nil, "casts to "+name)
		}
	}
	for _, p := range []float64{1, 1.5, -0.1, math.NaN()} {
		list = append(list, setting{name: fmt.Sprint("Dropout ratio ", p), refused: "has the ratio",
			file: alone("Dropout", attrFloat("ratio", p))})
	}
	return list
}

// settings returns all of them.
func settings() []setting {
	return slices.Concat(hardSigmoidSettings(), slopeSettings(), activationSettings(), gemmSettings(),
		batchNormSettings(), rowNormSettings(), shapeSettings(), arithmeticSettings(), limitSettings(),
		formulaSettings(), classifiers(), regressors(), scalers(), labelSettings(), nameSettings())
}

// TestSettings: every attribute, alone, and every constant in the place of one, has the effect that ONNX says, or is
// an error that names it.
func TestSettings(t *testing.T) {
	rows := [][]float64{{-1.5, -0.5, 0.5, 1.5}, {0, 0.25, -3, 7}, {5.5, -0.01, -4, 0.01}, {-20, 30, 1, -1},
		{1, 1, 0.5, 1}}
	for _, s := range settings() {
		t.Run(s.name, func(t *testing.T) {
			m, err := Import[float64](bytes.NewReader(s.file))
			if s.refused != "" {
				if err == nil || !strings.HasPrefix(err.Error(), "onnx: ") ||
					!strings.Contains(err.Error(), s.refused) {
					t.Fatalf("%v, want %s", err, s.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range rows {
				p, err := m.Predict(x)
				if err != nil {
					t.Fatal(err)
				}
				want := s.of(x)
				computed(t, x, append(p.Values, p.Probabilities...), want)
				if s.classes != nil && p.Class != s.classes[slices.Index(want, slices.Max(want))] {
					t.Errorf("%v: class %q of %v, want that of %v", x, p.Class, p.Probabilities, want)
				}
			}
		})
	}
}

// computed compares the output of one row with what it is by definition. Constants are of float32, the rest of float64.
func computed(t *testing.T, x, got, want []float64) {
	t.Helper()
	if len(got) == 2 && len(want) == 1 {
		got = got[1:]
	}
	if len(got) != len(want) {
		t.Fatalf("%v: %d outputs, want %d", x, len(got), len(want))
	}
	for j, w := range want {
		if !(math.Abs(got[j]-w) <= 2e-6*max(1, math.Abs(w))) {
			t.Errorf("%v: output %d is %v, want %v", x, j, got[j], w)
		}
	}
}

// TestMomentum: the momentum of a file comes in as PyTorch counts it, without the rounding of 1 minus it.
func TestMomentum(t *testing.T) {
	momentum := func(attributes ...*onnxpb.AttributeProto) float64 {
		return firstLayer[*layer.BatchNorm[float64]](t, normed("BatchNormalization", 4, attributes...)).Momentum
	}
	for _, want := range []float64{0, 1e-7, 1e-5, 1e-4, 4e-4, 0.0025, 0.01, 0.0999999, 0.1, 0.123, 0.3333333, 0.5,
		0.9999, 1} {
		if got := momentum(attrFloat("momentum", 1-want)); got != want {
			t.Errorf("momentum %v, want %v", got, want)
		}
	}
	if got := momentum(); got != 0.1 {
		t.Errorf("momentum %v without an attribute, want 0.1", got)
	}
}

// TestDropoutRatio: the ratio of a file, an attribute or a constant, is that of the layer.
func TestDropoutRatio(t *testing.T) {
	for _, p := range []float64{0, 0.25, 0.5, 0.875} {
		constant := draw().op("Dropout", "y", "x", "p").constant(tensorOf("p", []float32{float32(p)})).gives("y")
		attribute := alone("Dropout", attrFloat("ratio", p))
		for form, file := range map[string][]byte{"attribute": attribute, "input": constant} {
			if got := firstLayer[*layer.Dropout[float64]](t, file).P; float64(got) != p {
				t.Errorf("ratio %v as %s, want %v", got, form, p)
			}
		}
	}
	if got := firstLayer[*layer.Dropout[float64]](t, alone("Dropout")).P; float64(got) != 0.5 {
		t.Errorf("ratio %v without an attribute, want 0.5", got)
	}
}

// firstLayer returns the first layer of the net of a file.
func firstLayer[L any](t *testing.T, file []byte) (l L) {
	t.Helper()
	m, err := Import[float64](bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	l, is := m.Net.(*layer.Sequential[float64]).Parts()[0].(L)
	if !is {
		t.Fatalf("the net is %v, want %T first", m.Net, l)
	}
	return l
}
