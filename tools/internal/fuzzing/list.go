package fuzzing

// families are the targets of package fuzz: the files of package kernels that the kernels of each
// stand in, and the generated assembly below them. What several families share (checks, dispatch,
// the pool) is in no list: shared names it.
var families = []struct{ target, files, asm string }{
	{"FuzzActivation", "activation* zactivation", "activation elu erf gelu hard sigmoid silu softplus tanh"},
	{"FuzzBLAS1", "blas1 maxabs scaled", "blas1"},
	{"FuzzClip", "clip", "update"},
	{"FuzzData", "data transpose", "copy"},
	{"FuzzGemm", gemm, "gemm"},
	{"FuzzGemmBF16", bf16, "gemm gemmbf16 bfloat16 xgetbv"},
	{"FuzzGemmVariants", "gemm* !gemm_precision", "gemm"},
	{"FuzzGemv", "gemv gemv_shared", "gemv"},
	{"FuzzInt8", "int8* paths", "gemmint8 int8"},
	{"FuzzLoss", "loss", "loss"},
	{"FuzzNorm", "norm layernorm moments columns", "norm rows"},
	{"FuzzPReLU", "prelu", "activation"},
	{"FuzzRandom", "random*", "random"},
	{"FuzzReduce", "reduce sum moments", "argmax reduce"},
	{"FuzzSoftmax", "softmax crossentropy", "exp softmax rows"},
	{"FuzzTriangle", "gemv_triangle gemv_shared", "gemv"},
	{"FuzzUpdate", "update*", "update"},
	{"FuzzVMath", "vmath", "erf exp log sigmoid softplus sqrt tanh"},
}

// gemm are the files of Gemm and GemmFused.
const gemm = "gemm* !gemm_batch !gemm_blocks !gemm_packed !gemm_precision !gemm_prepared !gemm_sums !gemm_triangle"

// bf16 are the files of products of bfloat16 numbers; amx_* asks for the permission to use AMX.
const bf16 = "bf16* paths bfloat16* precision gemm_precision amx_*"

// shared are the files of package kernels that belong to no family.
const shared = "cache* check cpu_* doc errors explain float generate overlap parallel race race_off " +
	"scratch stream tier* work zdispatch_*"

// packages are the targets of other packages. Their sources are the Go files of the package and, where
// it reads with the help of others, those too.
var packages = []struct {
	dir, targets     string
	kind             Kind
	sources, product []string
}{
	{dir: "kernels/gonumblas", targets: "FuzzBLAS"},
	{dir: "data", kind: Parser,
		targets: "FuzzFitted FuzzReadCSV FuzzReadIDX FuzzReadNPY FuzzReadNPZ FuzzReadTable"},
	{dir: "model", kind: Parser,
		targets: "FuzzDocument FuzzLoad FuzzOpen FuzzPyTorch FuzzRead FuzzSklearn FuzzText"},
	{dir: "model/onnx", kind: Parser, targets: "FuzzImport"},
	{dir: "cmd/ashlar/internal/command", kind: Parser, targets: "FuzzPredict",
		product: []string{"data", "model"}},
	{dir: "train", kind: Parser, targets: "FuzzCheckpoint FuzzPosition", product: []string{"model"}},
	{dir: "train/plot", kind: Picture, targets: "FuzzLines"},
}
