package onnx

import (
	"github.com/ashlar-go/ashlar/kernels"
)

// readers has what this package makes of each operator, by domain and name.
var readers map[string]func(*call) ([]*value, error)

func init() {
	readers = map[string]func(*call) ([]*value, error){
		"Gemm": (*call).gemm, "MatMul": (*call).matMul,
		"Add": (*call).add, "Sub": (*call).sub, "Mul": (*call).mul, "Div": (*call).div, "Sum": (*call).sum,
		"Neg": (*call).neg, "Pow": (*call).pow, "Concat": (*call).concat, "Greater": (*call).greater,
		"Where": (*call).where,
		"Erf":   (*call).plain, "Sqrt": (*call).plain, "Reciprocal": (*call).plain,
		"ReduceMean": (*call).reduceMean,

		"Relu": elementwise(kernels.ActReLU), "Sigmoid": elementwise(kernels.ActSigmoid),
		"Tanh": elementwise(kernels.ActTanh), "Softplus": elementwise(kernels.ActSoftplus),
		"HardSwish": elementwise(kernels.ActHardSwish),
		"LeakyRelu": (*call).leakyReLU, "Elu": (*call).elu, "Selu": (*call).selu, "Gelu": (*call).gelu,
		"com.microsoft.Gelu": elementwise(kernels.ActGELU), "Swish": (*call).swish,
		"HardSigmoid": (*call).hardSigmoid, "Clip": (*call).clip, "PRelu": (*call).preLU,
		"Softmax": (*call).softmax, "LogSoftmax": (*call).logSoftmax, "Dropout": (*call).dropout,

		"BatchNormalization": (*call).batchNorm, "LayerNormalization": (*call).layerNorm,
		"RMSNormalization": (*call).rmsNorm, "SimplifiedLayerNormalization": (*call).rmsNorm,

		"Identity": (*call).identity, "Cast": (*call).cast, "Flatten": (*call).flatten,
		"Reshape": (*call).reshape, "Squeeze": (*call).squeeze, "Transpose": (*call).transpose,
		"Constant": (*call).constantNode,

		"ArgMax": (*call).argMax, "Gather": (*call).gather,
		"ai.onnx.ml.ArrayFeatureExtractor": (*call).arrayFeature,
		"ai.onnx.ml.LabelEncoder":          (*call).labelEncoder,
		"ai.onnx.ml.ZipMap":                (*call).zipMap, "ai.onnx.ml.Normalizer": (*call).normalizer,
		"ai.onnx.ml.Scaler": (*call).scaler, "ai.onnx.ml.LinearClassifier": (*call).linearClassifier,
		"ai.onnx.ml.LinearRegressor": (*call).linearRegressor,
	}
}
