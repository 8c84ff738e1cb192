// Package onnx writes whole models as ONNX files and reads ONNX files as whole models. ONNX is the
// format that onnxruntime runs, and that PyTorch and scikit-learn (through skl2onnx) write. The
// package is a module of its own, since the messages need protobuf.
//
//   - [Export], [ExportFile]: a model with all its layers, and its pipeline as operators.
//   - [Import], [ImportFile]: a multi-layer perceptron from any program.
//
// # What is written
//
// Files have opset 20 of ai.onnx, opset 3 of ai.onnx.ml where class names or categories occur, and
// IR version 9. onnxruntime runs them from 1.17 on. Parameters are float32, also those of a
// Model[float64]. The layers become these operators, in their order:
//
//	Linear               Gemm, or MatMul without bias; the weight is in x out, as here
//	BatchNorm            BatchNormalization, in inference
//	LayerNorm            LayerNormalization
//	RMSNorm              Mul, ReduceMean, Add, Sqrt, Div, Mul
//	PReLU, Softmax       PRelu, Softmax
//	Dropout              Dropout, which does nothing in inference
//	Residual             Add
//	ActReLU, ActSigmoid, ActTanh, ActSoftplus, ActHardSwish, ActIdentity
//	                     Relu, Sigmoid, Tanh, Softplus, HardSwish, Identity
//	ActLeakyReLU, ActELU, ActSELU, ActHardSigmoid
//	                     LeakyRelu, Elu, Selu, HardSigmoid, with their parameters
//	ActGELU, ActGELUTanh Gelu
//	ActHardTanh          Clip
//	ActSiLU              Sigmoid, Mul
//	ActStep              Greater, Cast; NaN gives 0
//
// A layer of another package is an error that names its place. Nodes and values have the names of
// the layers, such as "2.body.0".
//
// # Inputs and outputs
//
// Without a pipeline the input is "features", float32, rows x In. With one, the inputs are the raw
// columns by their names, each rows x 1: float64 for numbers, because float32 would lose digits of
// times and identifiers, and strings for categories. A missing number is NaN, a missing category "".
//
//	classes   label          strings, or int64 indices where classes have no names; rows
//	          probabilities  float32, rows x classes
//	values    values         float32, rows x targets; float64 in the raw units with a pipeline
//
// If a column is called as an output, the output has "_2" behind its name. ONNX has no errors: for
// a row that [model.Model.Predict] refuses, such as one with an unknown category, probabilities and
// values are NaN, and the label is "" or -1. Every operation of a [data.Fitted] has operators:
// indicators, fills, one-hot, ordinal, numbers as categories, and all scalings, in both directions.
//
// What operators do not say is in the metadata, under keys that begin with "ashlar.": what the
// outputs are, the training summary, and the pipeline as JSON. Import takes a pipeline from there, not
// from its operators, and predicts the same as the model that was written. The model's Text is in
// the metadata under its own keys.
//
// # What is read
//
// Opsets 7 to 27. The graph has one input, rows and columns of numbers, or more dimensions in front of a
// Flatten. Several inputs are columns that one Concat or FeatureVectorizer joins, as skl2onnx writes
// them for a data frame: the model then has a pipeline that takes them by name. The output depends on
// each row alone, through these operators:
//
//	Gemm, MatMul, Add of a constant            Linear
//	Add, Sum                                   Residual
//	Add, Sub, Mul, Div, Neg with constants     part of the Linear or norm before, else BatchNorm
//	BatchNormalization, LayerNormalization     BatchNorm, LayerNorm
//	RMSNormalization, SimplifiedLayerNormalization
//	                                           RMSNorm
//	Relu, Sigmoid, Tanh, Softplus, LeakyRelu, Elu, Selu, Gelu, HardSigmoid, HardSwish, Swish, Clip
//	                                           the activation
//	PRelu, Dropout, Softmax                    the layer
//	Identity, Cast, Flatten, Reshape, Squeeze  nothing, where rows stay rows
//	Constant, Transpose of a constant          a constant
//	ArgMax, Gather                             labels
//
// and of ai.onnx.ml: Scaler, LinearClassifier, LinearRegressor, Normalizer, ZipMap, LabelEncoder and
// ArrayFeatureExtractor. Also read are GELU in both forms, SiLU, hard swish, LayerNorm and RMSNorm
// written out in simple operators, as PyTorch exports them. LogSoftmax may end a graph. Every other
// operator, and every other use of these, is an error with the node's name, its operator and the
// reason.
//
// A Clip becomes a hard tanh between two BatchNorms. With limits beyond 16 of which one is no negative of the
// other, it has a branch for each sign instead, so that numbers near 0 keep their digits.
//
// A BatchNorm that stands for arithmetic, such as that of a StandardScaler, would measure its own
// statistics if the net were trained further.
//
// A graph with labels is a classifier: its net gives logits, without the last Softmax or Sigmoid. A
// graph with one output is its net: Output is OutputProbabilities if it ends in a Softmax,
// OutputBinaryProbability if it ends in a Sigmoid of one column, OutputLogits if in a LogSoftmax, and
// else OutputValues. Set it where the file means something else.
//
// # scikit-learn and PyTorch
//
// MLPClassifier, MLPRegressor, LogisticRegression and LinearRegression, alone or in a pipeline with
// StandardScaler or MinMaxScaler, come from
//
//	onnx.save(skl2onnx.to_onnx(pipeline, X[:1].astype(numpy.float32)), "net.onnx")
//
// with any option of zipmap but 'columns'. Of an MLPRegressor with several targets skl2onnx 1.20 makes
// one column, which is an error here. A net of PyTorch comes from
//
//	torch.onnx.export(net.eval(), (x,), "net.onnx", external_data=False)
//
// # Limits
//
// A file has at most 2 GiB, without external data, and 20,000 operators. Elements are FLOAT, DOUBLE,
// FLOAT16, BFLOAT16, or integers where they are labels or shapes. Whatever a file claims, Import allocates
// at most 64 times its size and 1 MiB in all, and half a gigabyte more for arithmetic on constants. A file
// whose messages and lists would take more than 32 times its size and half a MiB is refused before
// they are made.
//
// onnx.checker takes every file that the tests write, and onnxruntime computes the same to 1e-6 of the
// largest output: `make interop ARGS=onnx` shows it, and that Go predicts the same as scikit-learn,
// PyTorch and onnxruntime.
//
// Source: the ONNX specification, https://onnx.ai/onnx/repo-docs/IR.html and
// https://onnx.ai/onnx/operators/.
package onnx
