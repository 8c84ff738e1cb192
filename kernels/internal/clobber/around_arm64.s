//go:build linux && !purego && !noasm

#include "textflag.h"

// func note(seen *modes)
TEXT ·note(SB), NOSPLIT, $0-8
	MOVD	seen+0(FP), R0
	MOVD	FPCR, R1
	MOVD	R1, 0(R0)
	MOVD	R18_PLATFORM, 8(R0)
	RET

// func clean()
TEXT ·clean(SB), NOSPLIT, $0-0
	MOVD	$0x1818181818181818, R0
	MOVD	R0, R18_PLATFORM
	MOVD	ZR, FPCR
	RET
