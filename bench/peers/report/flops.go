package main

import "strings"

// operations are the floating-point operations of a kernel for each element, and the routines of
// kernels/asm whose main loops were counted. Additions, subtractions, multiplications, divisions, square
// roots, minima, maxima and scalings by a power of two count 1, multiply-adds 2. Conversions,
// comparisons, rounding, integer work and moves count 0. TestOperations counts again. Where routines is
// empty, the formula of the kernel was counted: the operations of its loops come in several forms.
type operations struct {
	count    float64
	routines string
}

// flops has the operations of float32 on AVX-512, by kernel as vectortable calls it. Other tiers differ by
// one or two at most, where they have no instruction for a step.
var flops = map[string]operations{
	"Exp": {21, "Exp"}, "Expm1": {29, "Expm1"}, "Log": {33, "Log"}, "Log1p": {34, "Log1p"},
	"Sigmoid": {16, "Sigmoid"}, "Tanh": {16, "Tanh"}, "Erf": {50, "Erf"}, "Softplus": {42, "Softplus"},
	"Sqrt": {1, "Sqrt"}, "Rsqrt": {2, "Rsqrt"},

	"Activate sigmoid": {16, "Sigmoid"}, "Activate tanh": {16, "Tanh"}, "Activate relu": {1, "ReLU"},
	"Activate leaky_relu": {1, "LeakyReLU"}, "Activate elu": {30, "ELU"}, "Activate selu": {30, "ELU"},
	"Activate gelu": {46, "GELU"}, "Activate gelu_tanh": {31, "GELUTanh"}, "Activate silu": {27, "SiLU"},
	"Activate softplus": {42, "Softplus"}, "Activate hard_sigmoid": {4, "HardSigmoid"},
	"Activate hard_tanh": {2, "HardTanh"}, "Activate hard_swish": {5, "HardSwish"},
	"ActivateGrad sigmoid": {18, "SigmoidGrad"}, "ActivateGrad tanh": {18, "TanhGrad"},
	"ActivateGrad relu": {1, "ReLUGrad"}, "ActivateGrad leaky_relu": {1, "LeakyReLUGrad"},
	"ActivateGrad elu": {33, "ELUGrad"}, "ActivateGrad selu": {33, "ELUGrad"},
	"ActivateGrad gelu": {50, "GELUGrad"}, "ActivateGrad gelu_tanh": {38, "GELUTanhGrad"},
	"ActivateGrad silu": {31, "SiLUGrad"}, "ActivateGrad softplus": {44, "SoftplusGrad"},
	"ActivateGrad hard_sigmoid": {4, "HardSigmoidGrad"}, "ActivateGrad hard_tanh": {2, "HardTanhGrad"},
	"ActivateGrad hard_swish":  {7, "HardSwishGrad"},
	"ActivateBackward sigmoid": {3, "SigmoidBackward"}, "ActivateBackward tanh": {3, "TanhBackward"},
	"ActivateBackward leaky_relu": {1, "LeakyReLUBackward"}, "ActivateBackward elu": {2, "ELUBackward"},
	"ActivateBackward selu": {2, "ELUBackward"}, "ActivateBackward gelu": {1, "StoredBackward"},
	"ActivateBackward gelu_tanh": {1, "StoredBackward"}, "ActivateBackward silu": {1, "StoredBackward"},
	"ActivateBackward softplus":     {27, "SoftplusBackward"},
	"ActivateBackward hard_sigmoid": {1, "InsideBackward"},
	"ActivateBackward hard_tanh":    {1, "InsideBackward"},
	"ActivateBackward hard_swish":   {1, "StoredBackward"},
	"PReLU":                         {1, ""}, "PReLUBackward": {3, ""},

	"Dot": {2, "Dot"}, "AbsSum": {1, "AbsSum"}, "Norm2": {2, "SumSquares"}, "Axpy": {2, "Axpy"},
	"Scale": {1, "Scale"}, "Divide": {1, "Divide"}, "Rot": {6, "Rot"}, "Clip": {2, "Clip"},
	"Gemv N": {2, ""}, "Gemv T": {2, ""}, "Ger": {2, ""}, "GemvTriangle": {1, ""}, // of the whole square
	"AdaptiveClipRows": {8, "RowMoments RowMoments"}, "AdaptiveClipRows clipping": {9, ""},
	"AdaptiveClipColumns": {8, ""}, "AdaptiveClipColumns clipping": {9, ""},
	"ScaleBytes": {2, ""}, "TopKHits": {1, "CountNotLess"}, "AddBias": {1, ""}, "ArgMax": {2, "ArgMaxRows"},

	"Sum": {1, "Sum"}, "Mean": {1, "Sum"}, "Variance": {4, "RowMoments"}, "SumSquares": {2, "SumSquares"},
	"ColumnSums": {1, ""}, "ColumnMoments": {4, ""},
	"LayerNormForward": {9, "RowMoments NormalizeRows"}, "RMSNormForward": {9, "RowMoments NormalizeRows"},
	"LayerNormBackward": {17, ""}, "RMSNormBackward": {17, ""},
	"BatchNormForward": {8, ""}, "BatchNormInfer": {4, ""}, "BatchNormBackward": {9, ""},

	"MSE": {4, "SquaredLoss"}, "MAE": {3, "AbsoluteLoss"}, "Huber": {8, "HuberLoss"},
	"BCE": {81, "EntropyTerms"}, "BCEWithLogits": {48, "LogisticLoss"},
	"Softmax": {31, ""}, "LogSumExp": {31, ""}, "LogSoftmax": {33, ""}, "SoftmaxCrossEntropy": {31, ""},
	"SoftmaxCrossEntropyTargets": {38, ""},

	"Dropout": {1, ""}, "Uniform": {2, ""}, "Normal": {45, ""}, // of Normal in float64

	"UpdateSGD": {6, "UpdateSGD"}, "UpdateMomentum": {8, "UpdateMomentum"},
	"UpdateNesterov": {10, "UpdateNesterov"}, "UpdateAdam": {19, "UpdateAdam"},
	"UpdateAMSGrad": {20, "UpdateAMSGrad"}, "UpdateNAdam": {21, "UpdateNAdam"},
	"UpdateLion":    {12, "UpdateLion"},
	"UpdateAdagrad": {13, "UpdateAdagrad"}, "UpdateRMSProp": {15, "UpdateRMSProp"},
	"UpdateRMSProp centered":          {21, "UpdateRMSPropCentered"},
	"UpdateRMSProp momentum":          {17, "UpdateRMSPropMomentum"},
	"UpdateRMSProp centered momentum": {23, "UpdateRMSPropCenteredMomentum"},
	"UpdateAdadelta":                  {21, "UpdateAdadelta"},
}

// flopsOf is the count of a kernel, 0 for one that moves data or compares integers. The parameter of an
// activation, as in "elu(1)", changes nothing.
func flopsOf(kernel string) float64 {
	kernel, _, _ = strings.Cut(kernel, "(")
	return flops[kernel].count
}

// families are groups of kernels in the order of their legend. The first whose prefix fits counts.
var families = []struct {
	name     string
	prefixes []string
}{
	{"products", []string{"Gemm"}},
	{"elementary functions", []string{"Exp", "Log1p", "Sigmoid", "Tanh", "Erf", "Softplus", "Sqrt",
		"Rsqrt"}},
	{"activations", []string{"Activate", "PReLU"}},
	{"losses and softmax", []string{"LogS", "MSE", "MAE", "Huber", "BCE", "Softmax"}},
	{"normalisation", []string{"LayerNorm", "RMSNorm", "BatchNorm", "ColumnMoments"}},
	{"updates", []string{"Update"}},
	{"sums", []string{"Sum", "Mean", "Variance", "ColumnSums", "ArgMax", "AddBias", "AbsSum"}},
	{"BLAS, random numbers, others", []string{""}},
}

// familyOf is an index of families.
func familyOf(kernel string) int {
	if kernel == "Log" {
		return 1
	}
	for i, f := range families {
		for _, p := range f.prefixes {
			if strings.HasPrefix(kernel, p) {
				return i
			}
		}
	}
	panic("the last family takes all")
}
