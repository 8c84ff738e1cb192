package main

import (
	"os/exec"
	"runtime"
)

// clobberPoint: what a call leaves behind in the processor.
var clobberPoint = point{
	name: "clobber",
	what: "A call leaves the thread as it found it, also where it panics or returns early: no upper half " +
		"of a vector register in use, the modes of arithmetic and the registers of Go kept. Its result does " +
		"not depend on what it finds in a register. It can be interrupted anywhere, and " +
		"plugins, shared libraries and position-independent programs get the " +
		"same bits.",
	steps: []step{
		{name: "assembly alone", from: quick,
			args: goTest("-run", "^TestStubs$|^TestPlanted$|^TestAroundSees$|^TestHelpers$|"+
				"^TestEntryRegisters$|^TestPlantedUse$",
				"./kernels/internal/clobber")},
		{name: "every call", from: quick,
			args: goTest("-run", "^TestPublicCalls$", "./kernels/internal/clobber")},
		{name: "every routine of BLAS", from: quick,
			args: goTest("-run", "^TestClobber$", "./kernels/gonumblas")},
		{name: "interrupts in short", from: quick, only: true, env: []string{"ASHLAR_PROFILE=3"},
			args: unwinding},
		{name: "interrupts", from: normal, env: []string{"ASHLAR_PROFILE=30"}, args: unwinding},
		{name: "build modes", from: normal, env: []string{"ASHLAR_BUILD_MODES=pie,c-shared,c-archive,plugin"},
			args: buildModes, lacks: lacksCgo},
	},
	// The least figures are those of a CPU with one assembly tier, such as AVX2 alone.
	figures: []figure{
		{"functions of assembly called by their address", [3]float64{200, 200, 200}},
		{"calls with the same result for all registers at the start", [3]float64{3000, 3000, 3000}},
		{"calls of kernels looked at", [3]float64{6000, 6000, 6000}},
		{"calls of nothing, which return early", [3]float64{1800, 1800, 1800}},
		{"calls that panic", [3]float64{11_000, 11_000, 11_000}},
		{"calls of BLAS routines looked at", [3]float64{3000, 3000, 3000}},
		{"looks at threads while helpers work", [3]float64{1000, 1000, 1000}},
		{"samples of the profiler inside assembly with all callers", [3]float64{80, 800, 800}},
		{"functions of assembly that were interrupted", [3]float64{40, 75, 75}},
		{"samples of the execution trace inside assembly", [3]float64{80, 800, 800}},
		{"dumps of all stacks meanwhile", [3]float64{20, 200, 200}},
		{"digests of rows of the table in other build modes", [3]float64{0, 1300, 1300}},
	},
	defects: []defect{
		{from: quick, what: "a return for one length leaves the upper halves in use", file: blas1Assembly,
			old:  swapAVX2,
			new:  swapAVX2 + earlyReturn("16"),
			args: goTest("-run", "^TestPublicCalls$", "./kernels/internal/clobber"),
			want: "changes [upper]"},
		{from: normal, what: "the same in one stretch of a long vector", file: blas1Assembly,
			old: swapAVX2,
			new: swapAVX2 + earlyReturn("32768"), env: []string{"ASHLAR_TIER=avx2"},
			args: goTest("-run", "^TestHelpers$", "./kernels/internal/clobber"),
			want: "found with a change of upper"},
		{from: normal, what: "the same under a routine of BLAS", file: blas1Assembly,
			old: swapAVX2,
			new: swapAVX2 + earlyReturn("19"), env: []string{"ASHLAR_TIER=avx2"},
			args: goTest("-run", "^TestClobber$", "./kernels/gonumblas"),
			want: "changes [upper]"},
		{from: normal, what: "a dropped VZEROUPPER", file: blas1Assembly,
			old:  "	VZEROUPPER\n	RET\n\n// x, y = y, x.\n" + swapAVX2,
			new:  "	RET\n\n// x, y = y, x.\n" + swapAVX2,
			args: stubTests, want: "changes [upper]"},
		{from: normal, what: "a kernel that flushes subnormal numbers", file: blas1Assembly,
			old: swapAVX2,
			new: swapAVX2 + "	MOVL	$0x9fc0, AX\n	PUSHQ	AX\n" +
				"	LDMXCSR	(SP)\n	POPQ	AX\n",
			args: goTest("-run", "^TestPublicCalls$", "./kernels/internal/clobber"),
			want: "changes [MXCSR]"},
		{from: normal, what: "a kernel that sets the direction flag", file: blas1Assembly,
			old: swapAVX2, new: swapAVX2 + "	STD\n",
			args: stubTests, want: "changes [the direction flag]"},
		{from: normal, what: "a kernel that takes a register that it has not written",
			file: "kernels/asm/hard_avx2_amd64.s",
			old:  "TEXT ·HardTanhF32AVX2(SB), $80-48\n	VBROADCASTSS	·f32_bf800000(SB), Y0\n",
			new:  "TEXT ·HardTanhF32AVX2(SB), $80-48\n	VBROADCASTSS	X9, Y0\n",
			args: goTest("-run", "^TestEntryRegisters$", "./kernels/internal/clobber"),
			want: "the result is another"},
		{from: normal, what: "a kernel that uses R14", file: blas1Assembly,
			old: swapAVX2, new: swapAVX2 + "	MOVQ	$1, R14\n",
			args: stubTests, want: "changes [R14]"},
		{from: normal, what: "a kernel that uses R15 for more than 5000 elements", file: blas1Assembly,
			old: swapAVX2,
			new: swapAVX2 + "	MOVQ	x_len+8(FP), BX\n	CMPQ	BX, $5000\n	JLE	go\n" +
				"	MOVQ	$1, R15\ngo:\n",
			args: stubTests, want: "changes [R15]"},
		{from: normal, what: "a length that is in R15 while a plugin reads a constant through R15",
			file: "kernels/asm/sigmoid_avx2_amd64.s",
			old: "	VBROADCASTSS	·f32_34bffff0(SB), Y3\n	VBROADCASTSS	·f32_3f800000(SB), Y4\n" +
				"	MOVQ	y_base+0(FP), AX\n	MOVQ	x_base+24(FP), CX\n	MOVQ	y_len+8(FP), DX\n",
			new: "	VBROADCASTSS	·f32_34bffff0(SB), Y3\n	MOVQ	y_len+8(FP), R15\n" +
				"	VBROADCASTSS	·f32_3f800000(SB), Y4\n	MOVQ	y_base+0(FP), AX\n" +
				"	MOVQ	x_base+24(FP), CX\n	ANDQ	$63, R15\n	MOVQ	R15, DX\n",
			env: []string{"ASHLAR_BUILD_MODES=plugin"}, args: buildModes,
			want: "FAIL: TestBuildModes/plugin"},
		{from: normal, what: "a stack that Go cannot unwind while a kernel runs", file: blas1Assembly,
			old: swapAVX2,
			new: swapAVX2 + "	LEAQ	-64(SP), SP\n	MOVQ	$1000000, AX\n" +
				"spin:\n	DECQ	AX\n	JNZ	spin\n	LEAQ	64(SP), SP\n",
			env: []string{"ASHLAR_TIER=avx2"}, args: unwinding,
			want: "want a kernel and the start of the goroutine"},
	},
}

var (
	stubTests  = goTest("-run", "^TestStubs$", "./kernels/internal/clobber")
	unwinding  = goTest("-timeout=30m", "-run", "^TestUnwinding$", "./kernels/internal/clobber")
	buildModes = goTest("-timeout=30m", "-run", "^TestBuildModes$", "./kernels/internal/buildmodes")
)

// earlyReturn is the start of the AVX2 Swap with a return for vectors of n elements.
func earlyReturn(n string) string {
	return "	MOVQ	x_len+8(FP), BX\n	CMPQ	BX, $" + n + "\n	JNE	go\n" +
		"	VMOVUPS	·tailMask(SB), Y0\n	RET\ngo:\n"
}

// lacksCgo says what is missing to build plugins and libraries for C.
func lacksCgo() string {
	if runtime.GOOS != "linux" {
		return "plugins and shared libraries are built on Linux"
	}
	if _, err := exec.LookPath("gcc"); err != nil {
		return "there is no gcc, which cgo needs (Debian: gcc)"
	}
	return ""
}
