// Package clobber tests that the assembly of the kernels keeps the registers that it must keep. It
// calls each function of package asm by its own address, with a known value in those registers,
// and looks at them when the function returns. Only tests use it.
//
// On arm64 Go's ABI (cmd/compile/abi-internal.md) reserves R18 for the operating system, R28 for
// the goroutine and R29 for the frame pointer. FPCR holds the mode of all arithmetic. The ABI
// leaves R27 to the assembler, which writes it where an instruction has no room for a constant;
// the kernels have no such instruction, so it must keep its value as well. No vector register
// outlives a call: V0 to V15 are arguments and results, V16 to V31 scratch. So kernels use V8 to
// V15 too, whose lower halves C's ABI preserves. Where C calls Go, the runtime saves those. A test
// shows that Go code expects nothing of them.
//
// On amd64 R14 has the goroutine and BP the frame pointer, position-independent code has R15 for its
// table, and MXCSR and the direction flag hold modes. All vector registers are scratch, but a function
// must leave their upper halves clean (VZEROUPPER): while they are in use, SSE code is several times slower,
// and no result shows it. A CPU that has XGETBV with ECX = 1 says which are in use.
//
// Nor may a result depend on what a function finds in the registers that it may change: TestEntryRegisters
// fills them in several ways.
package clobber

//go:generate go run ./gen
