// Package model saves and loads models. One safetensors file can hold a whole model: its layers and
// parameters, the preparation of raw rows, the names of the classes and how it was trained. The
// package also reads the files of any program, and exchanges models with PyTorch and scikit-learn.
//
//   - [Save], [Load], [Write], [Read]: a whole [Model], which [Model.Predict] runs on raw rows.
//   - [Quantize]: the same model with weights in integers of 8 bits.
//   - [SaveWeights], [LoadWeights], [WriteWeights], [ReadWeights]: the parameters of a net that the program
//     builds.
//   - [SavePyTorch], [LoadPyTorch], [LoadPyTorchPart]: the state_dict of the same net in PyTorch.
//   - [LoadSklearn]: an MLP or a linear model of scikit-learn.
//   - [LoadWeightsInOut], [ReadWeightsInOut]: a file of another program with the names and the layout of
//     ours.
//   - [SaveTensors], [LoadTensors], [ReadText]: tensors that the program names, and text.
//   - [Open], [NewFile], [Values]: what is in a file, one tensor at a time.
//
// # Whole models
//
// A program trains a net, and saves it with all that predictions need. Another program loads the
// file, builds nothing, and predicts from rows as people have them:
//
//	err := model.Save("flats.safetensors", &model.Model[float32]{Net: net, In: len(fitted.Features()),
//		Output: model.OutputValues, Prepare: fitted})
//
//	m, err := model.Load[float32]("flats.safetensors")
//	p, err := m.Predict(map[string]any{"area": 70, "rooms": 3, "city": "Bonn"})
//	fmt.Println(p.Values) // in the units of the table that the net was trained on
//
// The tensors of the file are the parameters, under the names of layer.Param: "0.weight". The metadata
// have the layout "in x out", and under "model" a JSON object:
//
//	version   of this format: 1. Load refuses a later one
//	writer    the version of this package
//	in        columns of the input of the net
//	output    values, logits, binary_logit, probabilities or binary_probability
//	net       a layer
//	classes   names
//	prepare   the data.Fitted
//	summary   epochs, rows, seed and metrics; a metric that is not finite is a string
//	text      what Model.Text has
//
// A layer is an object with its "kind" and its settings. Sizes are not among them: they are the shapes of
// the tensors.
//
//	linear       act: the name that kernels.ParseActivation takes; bias: whether it has one
//	int8_linear  act; ranged: whether it has a range. Its tensors are below
//	activation   act
//	batch_norm   momentum, eps, batches
//	layer_norm, rms_norm   eps
//	dropout      p
//	prelu, softmax
//	sequential   parts: layers
//	residual     body, and skip if it is not the identity: layers
//
// An int8_linear, which [Quantize] makes of a linear, has these tensors in place of parameters:
//
//	weight  I8, in x out, from -127 to 127
//	scale   F32, out: column j of the weights is weight[.,j] * scale[j]
//	bias    F32, out
//	range   F32, 2: the least and the greatest input, if ranged is true
//
// A version of this package that does not know it refuses the file, as it does any kind of layer that it
// does not know.
//
// Python reads the description with json.loads(safetensors.safe_open(path, "np").metadata()["model"]).
//
// Layers of a program's own have no place there: [Save] refuses them, and [SaveWeights] saves their
// parameters. [LoadWeights] also takes the file of a whole model.
//
// # Weights alone
//
// A file of [SaveWeights] holds the names, shapes and values of the parameters, not the layers:
// [LoadWeights] fills a net that the program has built. The names are those of layer.Param, such as
// "0.weight".
//
// # Layout
//
// The weight of a Linear is in x out here and out x in in PyTorch. A square weight has the same
// shape in both, so its values alone cannot tell. [SaveWeights] and [SavePyTorch] write the layout into the
// metadata, under "layout", and [LoadWeights] takes only a file that says "in x out". Where a file says
// nothing, the program must: [LoadPyTorch] for out x in, [LoadWeightsInOut] for in x out. A file with
// "format": "pt" counts as out x in.
//
// # PyTorch
//
// [SavePyTorch] and [LoadPyTorch] transpose the weights and give the tensors these names:
//
//	Linear       nn.Linear        weight (out x in), bias
//	BatchNorm    nn.BatchNorm1d   weight, bias, running_mean, running_var, num_batches_tracked (I64)
//	LayerNorm    nn.LayerNorm     weight, bias
//	RMSNorm      nn.RMSNorm       weight
//	PReLU        nn.PReLU         weight
//	Sequential   nn.Sequential    0.*, 1.*, ...
//	Residual     a class that computes body(x) + skip(x), with names body.* and skip.*
//
// Activation, Softmax and Dropout have no tensors, but a number in a Sequential, as there. A Linear
// with a fused activation stands for two modules, nn.Linear and the activation: the Sequential of
// Linear(784, 256, ReLU) and Linear(256, 10) has the tensors of 0 and 2. Outside a Sequential, such
// a Linear is an nn.Sequential of the two. For a module of PyTorch without counterpart, such as
// nn.Flatten, an Activation of kernels.ActIdentity keeps the numbers.
//
// PyTorch's modules without bias or without affine parameters other than Linear(bias=False) have no
// counterpart. A state_dict has no settings of layers. The defaults of eps and momentum are
// those of PyTorch, except that nn.RMSNorm takes the type's machine epsilon for eps: state
// eps=1e-5 there. The activations are:
//
//	ActReLU nn.ReLU, ActSigmoid nn.Sigmoid, ActTanh nn.Tanh, ActLeakyReLU(s) nn.LeakyReLU(s),
//	ActELU(a) nn.ELU(a), ActSELU nn.SELU, ActGELU nn.GELU(), ActGELUTanh nn.GELU("tanh"),
//	ActSiLU nn.SiLU, ActSoftplus nn.Softplus, ActHardSigmoid nn.Hardsigmoid,
//	ActHardTanh nn.Hardtanh, ActHardSwish nn.Hardswish
//
// In Python a file is written and read with
//
//	safetensors.torch.save_file(net.state_dict(), "net.safetensors")
//	net.load_state_dict(safetensors.torch.load_file("net.safetensors"))
//
// # Proof
//
// The tests compare with small files that PyTorch and scikit-learn wrote. In a clone of the repository
// "make interop" installs those programs, with stated versions, and has them check new ones: 20 random
// nets go to PyTorch and back and must compute the same within 1e-5, one net is trained in Go, in PyTorch
// and in Go again, and models of scikit-learn must predict the same within 1e-12. CI runs the part
// without PyTorch, whose install is large: "make interop ARGS=sklearn".
//
// # Format
//
//	8 bytes   n, the length of the header, little-endian
//	n bytes   JSON: {"name": {"dtype": "F32", "shape": [784, 256], "data_offsets": [0, 802816]}, ...}
//	the rest  the tensors, little-endian, row-major, without gaps
//
// Offsets count from the end of the header. The key "__metadata__" maps strings to
// strings. Spaces at the end of the header make its length a multiple of 8. A header has at
// most 100,000,000 bytes.
//
// The safetensors package for Python reads every file that this package writes: names and
// text are UTF-8, names differ, and shapes fit their values. This package reads what the
// format allows and refuses all else, such as a key twice in an object, or a byte of the data
// in two tensors or in none. It ignores other fields of a tensor than the three.
//
// Source: the format section of https://github.com/huggingface/safetensors.
package model
