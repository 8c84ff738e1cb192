package main

// hostilePoint calls everything that is public with arguments that no caller should pass.
var hostilePoint = point{
	name: "hostile",
	what: "Every public function and method, found in the source and by reflection, takes hostile arguments or " +
		"refuses them by a recoverable error that names the parameter: nothing written, no hang, no large allocation.",
	steps: []step{
		{from: quick, only: true, name: "the whole API, and overlap at every distance",
			args: []string{"go", "test", "-count=1", "./tools/hostile", "-args", "-pairs=10"}},
		{from: normal, name: "the whole API with more calls, and overlap at every distance",
			args: []string{"go", "test", "-count=1", "-timeout=20m", "./tools/hostile", "-args", "-seeds=5",
				"-pairs=100"}},
		{from: quick, only: true, name: "overlap of the kernels at random",
			args: []string{"go", "test", "-count=1", "-short", "-run=TestOverlap|TestBatchOverlap", "./fuzz"}},
		{from: normal, name: "overlap of the kernels at random and of BLAS at every distance",
			args: []string{"go", "test", "-count=1", "-run=^(TestOverlap|TestBatchOverlap|TestBytesOverlap|TestPanics)$",
				"./fuzz", "./kernels/gonumblas"}},
	},
	figures: []figure{
		{"exported functions and methods", [3]float64{1030, 1030, 1030}},
		{"hostile calls", [3]float64{90_000, 500_000, 500_000}},
		{"calls refused by a recoverable error", [3]float64{43_000, 250_000, 250_000}},
		{"calls accepted", [3]float64{40_000, 200_000, 200_000}},
		{"pairs of operands", [3]float64{490, 490, 490}},
		{"overlaps refused", [3]float64{23_000, 50_000, 50_000}},
		{"operands side by side accepted", [3]float64{10_000, 20_000, 20_000}},
	},
	// Those of train/plot and model/onnx take little to build again.
	defects: []defect{
		{from: quick, what: "a method becomes public that no one calls", file: "train/plot/figure.go",
			old:  "var errNoWriter = ",
			new:  "// Pixels is new.\nfunc (f *Figure) Pixels() int { return f.Width }\n\nvar errNoWriter = ",
			args: []string{"go", "test", "-count=1", "-run=TestTable", "./tools/hostile"}, want: "plot.Figure.Pixels"},
		{from: normal, what: "a function becomes public that no one calls", file: "train/plot/figure.go",
			old:  "var errNoWriter = ",
			new:  "// Twice is new.\nfunc Twice(n int) int { return 2 * n }\n\nvar errNoWriter = ",
			args: []string{"go", "test", "-count=1", "-run=TestTable", "./tools/hostile"},
			want: "the source has function plot.Twice(n), the table does not"},
		{from: normal, what: "a nil reader is read", file: "model/onnx/import.go",
			old:  "	if r == nil {\n		return nil, errors.New(\"onnx: the reader is nil\")\n	}\n",
			new:  "	_ = errors.New\n",
			args: hostileTest("TestHostileArguments", "onnx.Import["), want: "ends in a runtime error"},
		{from: normal, what: "a kernel does not check that two operands lie apart", file: "kernels/transpose.go",
			old:  `	checkApart(op, "dst", "src", matrixView(dst, cols, rows, ldd), matrixView(src, rows, cols, lds))` + "\n",
			args: hostileTest("TestHostileOverlap", "kernels.Transpose"),
			want: "is accepted, though they have an element in common"},
		{from: normal, what: "a method does not check that integers and floats, both results, lie apart",
			file: "kernels/int8_quantize.go",
			old:  `	checkApart(op, "q", "scale", matrixView(q, b.k, b.n, ldq), vectorView(scale))` + "\n",
			args: hostileTest("TestHostileOverlap", "kernels.QuantizedB.Unpack"),
			want: "is accepted, though they have an element in common"},
		{from: normal, what: "an error names another parameter", file: "kernels/layernorm.go",
			old:  `		checkLen(op, "beta", len(n.beta), cols)`,
			new:  `		checkLen(op, "gamma", len(n.beta), cols)`,
			args: hostileTest("TestHostileKernels", "kernels.LayerNormForward"), want: "no good call is found"},
		{from: normal, what: "the length of a vector is not checked", file: "kernels/reduce.go",
			old:  `	checkLen(op, "bias", len(bias), cols)` + "\n",
			args: hostileTest("TestHostileKernels", "kernels.AddBias"), want: "ends in a runtime error"},
		{from: normal, what: "a product of sizes may overflow", file: "mat/dense.go",
			old:  "	n, ok := size.Elements(unsafe.Sizeof(T(0)), rows, cols)\n",
			new:  "	n, ok := rows*cols, unsafe.Sizeof(T(0)) > 0 && rows >= 0 && cols >= 0\n",
			args: hostileTest("TestHostileArguments", "mat.New"), want: "ends in a runtime error"},
		{from: normal, what: "parameters are renamed before a layer is refused", file: "layer/sequential.go",
			old:  "			case seen[p]:\n",
			new:  "			case seen[p]:\n				p.Name += \"'\"\n",
			args: hostileTest("TestHostileArguments", "layer.NewSequential"), want: "an argument has changed"},
		{from: full, what: "as much is allocated as a caller says", file: "data/stream.go",
			old:  "	for range min(s.Ahead, batches) + 1 {\n",
			new:  "	for range min(s.Ahead, 1<<16*batches) + 1 {\n",
			args: hostileTest("TestHostileArguments", "data.Stream[float32].Deal"), want: "allocates"},
	},
}

// hostileTest is a test of package hostile, of the functions whose name contains only.
func hostileTest(run, only string) []string {
	return []string{"go", "test", "-count=1", "-run=^" + run + "$", "./tools/hostile", "-args", "-only=" + only}
}
