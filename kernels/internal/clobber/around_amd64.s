//go:build linux && !purego && !noasm

#include "textflag.h"

// func note(seen *modes)
TEXT ·note(SB), NOSPLIT, $8-8
	MOVQ	seen+0(FP), R8
	STMXCSR	0(SP)
	MOVL	0(SP), AX
	ANDL	$0xffc0, AX // without the flags that arithmetic sets
	MOVQ	AX, 0(R8)
	PUSHFQ
	POPQ	AX
	ANDL	$0x400, AX
	MOVQ	AX, 8(R8)
	CLD
	XORL	AX, AX
	CMPB	·upperSeen(SB), $0
	JEQ	unseen
	MOVL	$1, CX
	XGETBV
	ANDL	$0x44, AX
unseen:
	MOVQ	AX, 16(R8)
	RET

// func clean()
TEXT ·clean(SB), NOSPLIT, $8-0
	MOVL	$0x1f80, 0(SP)
	LDMXCSR	0(SP)
	CLD
	CMPB	·upperSeen(SB), $0
	JEQ	done
	VZEROUPPER
done:
	RET
