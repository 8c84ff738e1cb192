//go:build linux && !purego && !noasm

#include "funcdata.h"
#include "textflag.h"

// The values that a function finds: any but those it would be likely to leave. MXCSR is set to take
// and leave 0 for subnormal numbers, and to round toward zero. R14 has the goroutine, to which a function
// sets it that looks for room on the stack.
#define VALUE15 $0x1515151515151515
#define MODE $0xffc0

// NOTE writes the registers to at(R8), but for R14 and R15, and leaves others in AX, CX and DX. The
// flags that arithmetic sets in MXCSR do not count.
#define NOTE(at) \
	MOVQ	BP, at+16(R8) \
	STMXCSR	528(SP) \
	MOVL	528(SP), AX \
	ANDL	MODE, AX \
	MOVQ	AX, at+24(R8) \
	PUSHFQ \
	POPQ	AX \
	ANDL	$0x400, AX \
	MOVQ	AX, at+32(R8) \
	XORL	AX, AX \
	MOVL	$1, CX \
	CMPB	·upperSeen(SB), $0 \
	JEQ	2(PC) \
	XGETBV \
	ANDL	$0x44, AX \
	MOVQ	AX, at+40(R8)

// func call(function uintptr, arguments *uint64, words int, seen *[2]registers)
//
// The arguments are copied to where the ABI0 has them, from 0(SP) to below 512(SP). They hold no
// pointer to the stack, so that it may move.
TEXT ·call(SB), 0, $544-32
	NO_LOCAL_POINTERS
	MOVQ	arguments+8(FP), SI
	MOVQ	words+16(FP), CX
	LEAQ	0(SP), DI
	CLD
	REP
	MOVSQ
	MOVQ	function+0(FP), BX
	MOVQ	seen+24(FP), R8
	STMXCSR	512(SP)
	MOVL	MODE, 528(SP)
	LDMXCSR	528(SP)
	MOVQ	(TLS), R14
	MOVQ	VALUE15, R15
	MOVQ	R14, 0(R8)
	MOVQ	R15, 8(R8)
	CMPB	·upperSeen(SB), $0
	JEQ	clean
	VZEROUPPER
clean:
	NOTE(0)
	CALL	BX
	MOVQ	seen+24(FP), R8
	MOVQ	R14, 48(R8)
	MOVQ	R15, 56(R8)
	NOTE(48)
	CLD
	CMPB	·upperSeen(SB), $0
	JEQ	done
	VZEROUPPER
done:
	LDMXCSR	512(SP)
	MOVQ	(TLS), R14
	RET

// func callWith(function uintptr, arguments *uint64, words int, value uint64, vectors int)
//
// The function finds value in all registers that it may change: of the vectors in those of AVX2 for 1, in
// those of AVX-512 and in its masks too for 2.
TEXT ·callWith(SB), 0, $544-40
	NO_LOCAL_POINTERS
	MOVQ	arguments+8(FP), SI
	MOVQ	words+16(FP), CX
	LEAQ	0(SP), DI
	CLD
	REP
	MOVSQ
	MOVQ	function+0(FP), BX
	MOVQ	BX, 512(SP)
	MOVQ	value+24(FP), AX
	CMPQ	vectors+32(FP), $1
	JLT	general
	JEQ	narrow
	VPBROADCASTQ	AX, Z0
	VMOVDQU64	Z0, Z1
	VMOVDQU64	Z0, Z2
	VMOVDQU64	Z0, Z3
	VMOVDQU64	Z0, Z4
	VMOVDQU64	Z0, Z5
	VMOVDQU64	Z0, Z6
	VMOVDQU64	Z0, Z7
	VMOVDQU64	Z0, Z8
	VMOVDQU64	Z0, Z9
	VMOVDQU64	Z0, Z10
	VMOVDQU64	Z0, Z11
	VMOVDQU64	Z0, Z12
	VMOVDQU64	Z0, Z13
	VMOVDQU64	Z0, Z14
	VMOVDQU64	Z0, Z15
	VMOVDQU64	Z0, Z16
	VMOVDQU64	Z0, Z17
	VMOVDQU64	Z0, Z18
	VMOVDQU64	Z0, Z19
	VMOVDQU64	Z0, Z20
	VMOVDQU64	Z0, Z21
	VMOVDQU64	Z0, Z22
	VMOVDQU64	Z0, Z23
	VMOVDQU64	Z0, Z24
	VMOVDQU64	Z0, Z25
	VMOVDQU64	Z0, Z26
	VMOVDQU64	Z0, Z27
	VMOVDQU64	Z0, Z28
	VMOVDQU64	Z0, Z29
	VMOVDQU64	Z0, Z30
	VMOVDQU64	Z0, Z31
	KMOVQ	AX, K1
	KMOVQ	AX, K2
	KMOVQ	AX, K3
	KMOVQ	AX, K4
	KMOVQ	AX, K5
	KMOVQ	AX, K6
	KMOVQ	AX, K7
	JMP	general
narrow:
	VMOVQ	AX, X0
	VPBROADCASTQ	X0, Y0
	VMOVDQU	Y0, Y1
	VMOVDQU	Y0, Y2
	VMOVDQU	Y0, Y3
	VMOVDQU	Y0, Y4
	VMOVDQU	Y0, Y5
	VMOVDQU	Y0, Y6
	VMOVDQU	Y0, Y7
	VMOVDQU	Y0, Y8
	VMOVDQU	Y0, Y9
	VMOVDQU	Y0, Y10
	VMOVDQU	Y0, Y11
	VMOVDQU	Y0, Y12
	VMOVDQU	Y0, Y13
	VMOVDQU	Y0, Y14
	VMOVDQU	Y0, Y15
general:
	MOVQ	AX, BX
	MOVQ	AX, CX
	MOVQ	AX, DX
	MOVQ	AX, SI
	MOVQ	AX, DI
	MOVQ	AX, R8
	MOVQ	AX, R9
	MOVQ	AX, R10
	MOVQ	AX, R11
	MOVQ	AX, R12
	MOVQ	AX, R13
	CALL	512(SP)
	CMPQ	vectors+32(FP), $1
	JLT	done
	VZEROUPPER
done:
	RET

// What follows are functions that the test must find guilty.

TEXT ·plantR14(SB), NOSPLIT, $0-0
	MOVQ	$1, R14
	RET

TEXT ·plantR15(SB), NOSPLIT, $0-0
	MOVQ	$1, R15
	RET

// vet would refuse the instruction by its name.
TEXT ·plantBP(SB), NOSPLIT, $0-0
	BYTE	$0x48; BYTE $0xff; BYTE $0xc5 // inc rbp
	RET

TEXT ·plantMXCSR(SB), NOSPLIT, $8-0
	MOVL	$0x1f80, 0(SP)
	LDMXCSR	0(SP)
	RET

// plantFlush takes and leaves 0 for subnormal numbers.
TEXT ·plantFlush(SB), NOSPLIT, $8-0
	MOVL	$0x9fc0, 0(SP)
	LDMXCSR	0(SP)
	RET

TEXT ·plantDirection(SB), NOSPLIT, $0-0
	STD
	RET

TEXT ·plantYMM(SB), NOSPLIT, $0-0
	VPCMPEQD	Y0, Y0, Y0
	RET

TEXT ·plantZMM(SB), NOSPLIT, $0-0
	VPTERNLOGD	$0xff, Z0, Z0, Z0
	RET

// plantUse leaves in the first word of the arena what it finds in DX and in a vector register.
TEXT ·plantUse(SB), NOSPLIT, $0-8
	MOVQ	word+0(FP), AX
	MOVQ	X9, CX
	ADDQ	CX, DX
	MOVQ	DX, (AX)
	RET

// plantVectors writes all vector registers of AVX2, which Go's ABI allows, and cleans up.
TEXT ·plantVectors(SB), NOSPLIT, $0-0
	VPCMPEQD	Y0, Y0, Y0
	VPCMPEQD	Y1, Y1, Y1
	VPCMPEQD	Y2, Y2, Y2
	VPCMPEQD	Y3, Y3, Y3
	VPCMPEQD	Y4, Y4, Y4
	VPCMPEQD	Y5, Y5, Y5
	VPCMPEQD	Y6, Y6, Y6
	VPCMPEQD	Y7, Y7, Y7
	VPCMPEQD	Y8, Y8, Y8
	VPCMPEQD	Y9, Y9, Y9
	VPCMPEQD	Y10, Y10, Y10
	VPCMPEQD	Y11, Y11, Y11
	VPCMPEQD	Y12, Y12, Y12
	VPCMPEQD	Y13, Y13, Y13
	VPCMPEQD	Y14, Y14, Y14
	VPCMPEQD	Y15, Y15, Y15
	VZEROUPPER
	RET
