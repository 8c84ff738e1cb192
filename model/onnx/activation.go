package onnx

import (
	"math"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/model/onnx/internal/onnxpb"
)

// An activation has its kind in the low bits and a float64 above them: see kernels.Activation.
const kindBits = 0xff

// kindOf returns an activation without its parameter.
func kindOf(act kernels.Activation) kernels.Activation { return act & kindBits }

// paramOf returns the parameter of an activation that has one.
func paramOf(act kernels.Activation) float64 { return math.Float64frombits(uint64(act &^ kindBits)) }

var (
	kindLeakyReLU = kindOf(kernels.ActLeakyReLU(0))
	kindELU       = kindOf(kernels.ActELU(0))
)

// The constants of SELU, by Klambauer et al., Self-Normalizing Neural Networks, NeurIPS 2017.
const (
	seluAlpha = 1.6732632423543772
	seluGamma = 1.0507009873554805
)

// operators are the activations that are one operator without attributes.
var operators = map[kernels.Activation]string{
	kernels.ActIdentity:  "Identity",
	kernels.ActSigmoid:   "Sigmoid",
	kernels.ActTanh:      "Tanh",
	kernels.ActReLU:      "Relu",
	kernels.ActSoftplus:  "Softplus",
	kernels.ActHardSwish: "HardSwish",
}

// activation appends y = f(x) and returns y, and whether the kind of f is known.
func (b *builder) activation(act kernels.Activation, name, x string) (y string, known bool) {
	in := []string{x}
	if op, ok := operators[act]; ok {
		return b.node(op, name, in), true
	}
	switch kindOf(act) {
	case kindLeakyReLU:
		return b.node("LeakyRelu", name, in, attrFloat("alpha", paramOf(act))), true
	case kindELU:
		return b.node("Elu", name, in, attrFloat("alpha", paramOf(act))), true
	case kernels.ActSELU:
		return b.node("Selu", name, in, attrFloat("alpha", seluAlpha), attrFloat("gamma", seluGamma)), true
	case kernels.ActGELU:
		return b.node("Gelu", name, in, attrString("approximate", "none")), true
	case kernels.ActGELUTanh:
		return b.node("Gelu", name, in, attrString("approximate", "tanh")), true
	case kernels.ActHardSigmoid:
		return b.node("HardSigmoid", name, in, attrFloat("alpha", 1./6), attrFloat("beta", 0.5)), true
	case kernels.ActHardTanh:
		low, high := b.scalar(name+".min", -1), b.scalar(name+".max", 1)
		return b.node("Clip", name, []string{x, low, high}), true
	case kernels.ActSiLU:
		gate := b.node("Sigmoid", name+".gate", in)
		return b.node("Mul", name, []string{x, gate}), true
	case kernels.ActStep:
		above := b.node("Greater", name+".above", []string{x, b.scalar(name+".zero", 0)})
		return b.node("Cast", name, []string{above}, attrInt("to", int(onnxpb.TensorProto_FLOAT))), true
	}
	return "", false
}
