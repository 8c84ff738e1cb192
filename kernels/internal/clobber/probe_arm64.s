//go:build linux && !purego && !noasm

#include "textflag.h"

// The values that a function finds: any but those it would be likely to leave. FPCR is set to
// flush subnormal numbers, to quieten NaN, and to round toward zero.
#define VALUE18 $0x1818181818181818
#define VALUE27 $0x2727272727272727
#define MODE $0x03c00000

// func call(function uintptr, arguments *uint64, words int, seen *[2]registers)
//
// The arguments are copied to where the ABI0 has them, from 8(RSP) to below 520(RSP).
TEXT ·call(SB), 0, $544-32
	MOVD	arguments+8(FP), R1
	MOVD	words+16(FP), R2
	ADD	$8, RSP, R3
next:
	CBZ	R2, copied
	MOVD.P	8(R1), R4
	MOVD.P	R4, 8(R3)
	SUB	$1, R2
	B	next
copied:
	MOVD	function+0(FP), R0
	MOVD	seen+24(FP), R1
	MOVD	FPCR, R5
	MOVD	R5, 528(RSP)
	MOVD	g, 536(RSP)
	MOVD	MODE, R6
	MOVD	R6, FPCR
	MOVD	VALUE27, R7
	MOVD	VALUE18, R8
	MOVD	R8, R18_PLATFORM
	MOVD	R18_PLATFORM, 0(R1)
	MOVD	R7, 8(R1)
	MOVD	g, 16(R1)
	MOVD	R29, 24(R1)
	MOVD	RSP, R8
	MOVD	R8, 32(R1)
	MOVD	R6, 40(R1)
	MOVD	R7, R27
	CALL	(R0)
	MOVD	seen+24(FP), R1
	MOVD	R18_PLATFORM, 48(R1)
	MOVD	R27, 56(R1)
	MOVD	g, 64(R1)
	MOVD	R29, 72(R1)
	MOVD	RSP, R8
	MOVD	R8, 80(R1)
	MOVD	FPCR, R6
	MOVD	R6, 88(R1)
	MOVD	528(RSP), R5
	MOVD	R5, FPCR
	MOVD	536(RSP), g
	SUB	$8, RSP, R29
	RET

// func callWith(function uintptr, arguments *uint64, words int, value uint64, vectors int)
//
// The function finds value in all registers that it may change but R17, which has its address.
TEXT ·callWith(SB), 0, $544-40
	MOVD	arguments+8(FP), R1
	MOVD	words+16(FP), R2
	ADD	$8, RSP, R3
next:
	CBZ	R2, copied
	MOVD.P	8(R1), R4
	MOVD.P	R4, 8(R3)
	SUB	$1, R2
	B	next
copied:
	MOVD	function+0(FP), R17
	MOVD	value+24(FP), R0
	VDUP	R0, V0.D2
	VDUP	R0, V1.D2
	VDUP	R0, V2.D2
	VDUP	R0, V3.D2
	VDUP	R0, V4.D2
	VDUP	R0, V5.D2
	VDUP	R0, V6.D2
	VDUP	R0, V7.D2
	VDUP	R0, V8.D2
	VDUP	R0, V9.D2
	VDUP	R0, V10.D2
	VDUP	R0, V11.D2
	VDUP	R0, V12.D2
	VDUP	R0, V13.D2
	VDUP	R0, V14.D2
	VDUP	R0, V15.D2
	VDUP	R0, V16.D2
	VDUP	R0, V17.D2
	VDUP	R0, V18.D2
	VDUP	R0, V19.D2
	VDUP	R0, V20.D2
	VDUP	R0, V21.D2
	VDUP	R0, V22.D2
	VDUP	R0, V23.D2
	VDUP	R0, V24.D2
	VDUP	R0, V25.D2
	VDUP	R0, V26.D2
	VDUP	R0, V27.D2
	VDUP	R0, V28.D2
	VDUP	R0, V29.D2
	VDUP	R0, V30.D2
	VDUP	R0, V31.D2
	MOVD	R0, R1
	MOVD	R0, R2
	MOVD	R0, R3
	MOVD	R0, R4
	MOVD	R0, R5
	MOVD	R0, R6
	MOVD	R0, R7
	MOVD	R0, R8
	MOVD	R0, R9
	MOVD	R0, R10
	MOVD	R0, R11
	MOVD	R0, R12
	MOVD	R0, R13
	MOVD	R0, R14
	MOVD	R0, R15
	MOVD	R0, R16
	MOVD	R0, R19
	MOVD	R0, R20
	MOVD	R0, R21
	MOVD	R0, R22
	MOVD	R0, R23
	MOVD	R0, R24
	MOVD	R0, R25
	MOVD	R0, R26
	CALL	(R17)
	RET

// What follows are functions that the test must find guilty.

TEXT ·plantR18(SB), NOSPLIT, $0-0
	MOVD	$1, R18_PLATFORM
	RET

TEXT ·plantR27(SB), NOSPLIT, $0-0
	MOVD	$1, R27
	RET

TEXT ·plantR28(SB), NOSPLIT, $0-0
	ADD	$8, g
	RET

// vet would refuse the instruction by its name.
TEXT ·plantR29(SB), NOSPLIT, $0-0
	WORD	$0xd280003d // movz x29, #1
	RET

TEXT ·plantFPCR(SB), NOSPLIT, $0-0
	MOVD	ZR, FPCR
	RET

// plantFlush flushes subnormal numbers.
TEXT ·plantFlush(SB), NOSPLIT, $0-0
	MOVD	$0x01000000, R0
	MOVD	R0, FPCR
	RET

// plantUse leaves in the first word of the arena what it finds in R2 and in a vector register.
TEXT ·plantUse(SB), NOSPLIT, $0-8
	MOVD	word+0(FP), R0
	VMOV	V9.D[0], R1
	ADD	R1, R2
	MOVD	R2, (R0)
	RET

// plantVectors writes all vector registers, which Go's ABI allows.
TEXT ·plantVectors(SB), NOSPLIT, $0-0
	VEOR	V0.B16, V0.B16, V0.B16
	VEOR	V1.B16, V1.B16, V1.B16
	VEOR	V2.B16, V2.B16, V2.B16
	VEOR	V3.B16, V3.B16, V3.B16
	VEOR	V4.B16, V4.B16, V4.B16
	VEOR	V5.B16, V5.B16, V5.B16
	VEOR	V6.B16, V6.B16, V6.B16
	VEOR	V7.B16, V7.B16, V7.B16
	VEOR	V8.B16, V8.B16, V8.B16
	VEOR	V9.B16, V9.B16, V9.B16
	VEOR	V10.B16, V10.B16, V10.B16
	VEOR	V11.B16, V11.B16, V11.B16
	VEOR	V12.B16, V12.B16, V12.B16
	VEOR	V13.B16, V13.B16, V13.B16
	VEOR	V14.B16, V14.B16, V14.B16
	VEOR	V15.B16, V15.B16, V15.B16
	VEOR	V16.B16, V16.B16, V16.B16
	VEOR	V17.B16, V17.B16, V17.B16
	VEOR	V18.B16, V18.B16, V18.B16
	VEOR	V19.B16, V19.B16, V19.B16
	VEOR	V20.B16, V20.B16, V20.B16
	VEOR	V21.B16, V21.B16, V21.B16
	VEOR	V22.B16, V22.B16, V22.B16
	VEOR	V23.B16, V23.B16, V23.B16
	VEOR	V24.B16, V24.B16, V24.B16
	VEOR	V25.B16, V25.B16, V25.B16
	VEOR	V26.B16, V26.B16, V26.B16
	VEOR	V27.B16, V27.B16, V27.B16
	VEOR	V28.B16, V28.B16, V28.B16
	VEOR	V29.B16, V29.B16, V29.B16
	VEOR	V30.B16, V30.B16, V30.B16
	VEOR	V31.B16, V31.B16, V31.B16
	RET
