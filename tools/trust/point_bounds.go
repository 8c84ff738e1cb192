package main

// boundsPoint: which memory a call touches.
var boundsPoint = point{
	name: "bounds",
	what: "No kernel and no routine of BLAS touches anything outside its operands, on any tier: pages " +
		"without permissions lie directly before and behind them, with every tail, every offset in a " +
		"cache line and gaps between rows, also where they fetch ahead and store past the caches. Nor do " +
		"they touch anything outside the scratch and the packed panels that they keep, on one thread " +
		"and on several. No " +
		"exported function with a slice is left out.",
	steps: []step{
		{name: "kernels in short", from: quick, only: true,
			args: goTest("-short", "-run", "^TestConformance", "./fuzz")},
		{name: "kernels", from: normal,
			args: goTest("-timeout=60m", "-run", "^TestConformance", "./fuzz")},
		{name: "BLAS in short", from: quick, only: true,
			args: goTest("-short", "-run", "^TestBounds", "./kernels/gonumblas")},
		{name: "BLAS", from: normal,
			args: goTest("-timeout=30m", "-run", "^TestBounds", "./kernels/gonumblas")},
		{name: "memory that kernels keep, in short", from: quick, only: true,
			args: scratchBounds},
		{name: "memory that kernels keep", from: normal, env: []string{"ASHLAR_SCRATCH=every"},
			args: scratchBounds},
		{name: "streaming stores", from: quick,
			args: goTest("-run", "^TestStreamBounds$|^TestFaultsAreSeen$",
				"./kernels/internal/clobber")},
		{name: "no function is forgotten, and the harness sees defects", from: quick,
			args: goTest("-run", "^TestSlicesAreCovered$|^TestTableIs|^TestHarnessReportsDefects$|^TestNew$",
				"./fuzz/spec", "./fuzz", "./internal/guard")},
	},
	// The least figures are those of a CPU with one assembly tier, such as AVX2 alone.
	figures: []figure{
		{"calls of kernels between pages", [3]float64{540_000, 1_600_000, 1_600_000}},
		{"operands whose last element touches a page", [3]float64{950_000, 3_000_000, 3_000_000}},
		{"operands whose first element touches a page", [3]float64{330_000, 1_000_000, 1_000_000}},
		{"matrices with gaps whose last element touches a page", [3]float64{130_000, 480_000, 480_000}},
		{"kernels and dtypes with every tail and offset", [3]float64{160, 160, 160}},
		{"of them with operands from memory", [3]float64{120, 120, 120}},
		{"exported functions with a slice, each in the table", [3]float64{80, 80, 80}},
		{"calls of BLAS routines between pages", [3]float64{4000, 17_000, 17_000}},
		{"slices of BLAS routines at a page", [3]float64{8000, 36_000, 36_000}},
		{"buffers of kernels at pages, in two calls each", [3]float64{500, 2500, 2500}},
		{"buffers of calls on several threads moved to pages", [3]float64{1000, 1000, 1000}},
		{"buffers of BLAS routines at pages, in two calls each", [3]float64{1500, 1500, 1500}},
		{"calls of streaming functions at the end of a page", [3]float64{2000, 2000, 2000}},
	},
	defects: []defect{
		{from: quick, what: "a tail that reads a whole vector and writes its elements", file: blas1Assembly,
			old: "	VMASKMOVPS	(AX), Y0, Y1\n	VMASKMOVPS	(CX), Y0, Y2\n" +
				"	VMASKMOVPS	Y2, Y0, (AX)\n",
			new:  "	VMOVUPS	(AX), Y1\n	VMASKMOVPS	(CX), Y0, Y2\n	VMASKMOVPS	Y2, Y0, (AX)\n",
			args: goTest("-short", "-run", "^TestConformance$/^Swap", "./fuzz"),
			want: "past the end of x"},
		{from: normal, what: "the same under a routine of BLAS", file: blas1Assembly,
			old: axpyTailAVX2, new: axpyPastAVX2,
			args: goTest("-short", "-run", "^TestBounds$", "./kernels/gonumblas"),
			want: "slices at a page behind them"},
		{from: normal, what: "an element before the first is read", file: blas1Assembly,
			old: absSumAVX2,
			new: absSumAVX2 +
				"	VMOVSS	-4(AX), X9\n",
			args: goTest("-short", "-run", "^TestConformance$/^AbsSum", "./fuzz"),
			want: "touched address"},
		{from: normal, what: "a tail that reads past the scales of a QuantizedB",
			file: "kernels/asm/int8_avx2_amd64.s",
			old:  "	VMASKMOVPS	(BX), Y2, Y5\n	VMASKMOVPS	(SI), Y2, Y6\n",
			new:  "	VMOVUPS	(BX), Y5\n	VMASKMOVPS	(SI), Y2, Y6\n",
			args: goTest("-run", "^TestScratchBounds$", "./fuzz"),
			want: "past the end of a buffer of the kernel"},
		{from: normal, what: "a tail that reads past the sums of one thread's rows",
			file: "kernels/asm/gemv_avx2_amd64.s",
			old:  "	VMASKMOVPS	(R10), Y0, Y2\n	VADDPS	Y1, Y2, Y2\n	VMASKMOVPS	Y2, Y0, (R10)\n",
			new:  "	VMOVUPS	(R10), Y2\n	VADDPS	Y1, Y2, Y2\n	VMASKMOVPS	Y2, Y0, (R10)\n",
			env:  []string{"ASHLAR_TIER=avx2"}, args: goTest("-run", "^TestSharedScratchBounds$", "./fuzz"),
			want: "unexpected fault address"},
		{from: normal, what: "a tail that reads past the scratch of a routine of BLAS", file: blas1Assembly,
			old: axpyTailAVX2, new: axpyPastAVX2,
			args: goTest("-short", "-run", "^TestScratchBounds$", "./kernels/gonumblas"),
			want: "past the end of a buffer of the kernel"},
		{from: normal, what: "a write into the gap between rows", file: "kernels/norm.go",
			old: normalizeColumns,
			new: normalizeColumns +
				"		if i+1 < rows && ldy > cols {\n			y[i*ldy+cols] = 0\n		}\n",
			args: goTest("-short", "-run", "^TestConformance$/^BatchNorm", "./fuzz"),
			want: "into the gap after row"},
		{from: normal, what: "stores past the caches that begin by reading a whole vector",
			file: "kernels/asm/copy_avx2_amd64.s",
			old:  "	VMASKMOVPS	(CX), Y0, Y1\n	VMASKMOVPS	Y1, Y0, (AX)\n	SUBQ	DI, SI\n",
			new:  "	VMOVUPS	(CX), Y1\n	VMASKMOVPS	Y1, Y0, (AX)\n	SUBQ	DI, SI\n",
			args: goTest("-run", "^TestStreamBounds$", "./kernels/internal/clobber"),
			want: "elements at the end of a page"},
		{from: normal, what: "a kernel that the table does not have", file: "fuzz/spec/table.go",
			old: "	{\"data\", transposeLines},\n", new: "",
			args: goTest("-run", "^TestSlicesAreCovered$", "./fuzz/spec"),
			want: "Transpose takes a slice"},
	},
}

var scratchBounds = goTest("-timeout=20m", "-run", "ScratchBounds$", "./fuzz", "./kernels/gonumblas")

// Texts of the product in which defects are planted.
const (
	blas1Assembly = "kernels/asm/blas1_avx2_amd64.s"

	axpyTailAVX2 = "	VMASKMOVPS	(CX), Y1, Y2\n	VFMADD231PS	Y2, Y0, Y3\n	VMASKMOVPS	Y3, Y1, (AX)\n"
	axpyPastAVX2 = "	VMOVUPS	(CX), Y2\n	VFMADD231PS	Y2, Y0, Y3\n	VMASKMOVPS	Y3, Y1, (AX)\n"

	swapAVX2   = "TEXT ·SwapF32AVX2(SB), $0-48\n"
	absSumAVX2 = "TEXT ·AbsSumF32AVX2(SB), $0-48\n	VMOVUPS	·f32_7fffffff(SB), Y0\n" +
		"	MOVQ	x_base+24(FP), AX\n"

	normalizeColumns = "	mean, scale, shift = mean[:cols], scale[:cols], shift[:cols]\n" +
		"	for i := range rows {\n		out := y[i*ldy:][:cols]\n"
)

// goTest is a run of tests whose result is not taken from the cache.
func goTest(args ...string) []string { return append([]string{"go", "test", "-count=1"}, args...) }
