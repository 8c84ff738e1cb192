package main

import (
	"strings"
	"testing"
)

// rules are those of the functions below, by the number of an instruction or label.
var rules = map[string]map[int]string{
	"LoopF32AVX2": {2: atRemainder, 7: atRemainder, 21: atNothing},
	"HintF32AVX2": {1: atHint, 2: atHint},
	"TailF32AVX2": {2: sameFlags, 3: atNothing},
	"OpenF32AVX2": {},
	"PeakF32AVX2": {1: noResult, 2: noResult, 3: noResult, 4: noResult, 5: noResult},
	"BitsF32AVX2": {3: noVector},
	"HeadF32AVX2": {2: atRemainder, 3: atRemainder, 7: atRemainder, 8: atRemainder},
	"PastF32AVX2": {3: noWay},
	"SameF32AVX2": {1: noOrder, 2: noOrder, 3: noOrder},
}

const loops = `TEXT ·LoopF32AVX2(SB), $0-48
	SUBQ	$0x20, CX
	JL	single
	PCALIGN	$0x40
unrolled:
	ADDQ	$0x80, AX
	SUBQ	$0x20, CX
	JGE	unrolled

single:
	ADDQ	$0x20, CX
	SUBQ	$0x8, CX
	JL	tail
vector:
	SUBQ	$0x8, CX
	JGE	vector

tail:
	ADDQ	$0x10, CX
	CMPQ	CX, BX
	JL	done
	JZ	done
done:
	MOVQ	CX, (AX)
	RET

TEXT ·HintF32AVX2(SB), $0-48
	CMPQ	CX, AX
	JCS	near
	PREFETCHT0	2048(BX)

near:
	SUBQ	$1, CX
	JCS	far
	PREFETCHT0	2048(BX)
	MOVQ	CX, (BX)
far:
	RET

TEXT ·TailF32AVX2(SB), $0-8
	ADDQ	$0x4, BX
	TESTQ	BX, BX
	JZ	done
	LEAQ	·tailMask+32(SB), DX
	NEGQ	BX
	VMOVUPS	(DX)(BX*8), Y2
	VMASKMOVPD	(AX), Y2, Y3
	VMOVUPS.Z	(AX), K1, Z3
	VADDPD	·f64_3ff0000000000000(SB), Y3, Y3
	MOVQ	64(SP), AX
	VMASKMOVPD	Y3, Y2, (AX)
done:
	RET

TEXT ·OpenF32AVX2(SB), $0-8
	MOVQ	BX, CX
	TESTQ	BX, BX
	JZ	done
	VMOVUPS	(AX), Y3
done:
	VMASKMOVPD	Y3, Y2, (AX)
	RET

TEXT ·PeakF32AVX2(SB), $0-8
	MOVQ	n+0(FP), AX
round:
	VFMADD231PS	Y0, Y1, Y2
	SUBQ	$1, AX
	JGE	round
	VZEROUPPER
	RET

TEXT ·BitsF32AVX2(SB), $0-8
	POPCNTQ	AX, AX
	MOVQ	AX, ret+0(FP)
	VZEROUPPER
	RET

TEXT ·HeadF32AVX2(SB), $0-48
by16:
	CMPQ	DX, $0x10
	JL	by4
	SUBQ	$0x10, DX
	JMP	by16
by4:
	CMPQ	DX, $0x4
	JL	by1
	SUBQ	$0x4, DX
	JMP	by4
by1:
	TESTQ	DX, DX
	JZ	done
	SUBQ	$0x1, DX
	JMP	by1
done:
	MOVQ	DX, (AX)
	RET

TEXT ·PastF32AVX2(SB), $0-48
	JMP	other
	PCALIGN	$0x40
one:
	MOVQ	DX, (AX)
	DECQ	CX
	JNZ	one
	RET
other:
	MOVQ	CX, (AX)
	DECQ	CX
	JMP	one

TEXT ·SameF32AVX2(SB), $0-48
	VCMPPS	$0x0, Y1, Y2, Y3
	VCMPPS	$0x13, Y1, Y2, Y3
	VCMPPS	$0xc, Y1, Y2, Y3
	VCMPPS	$0x11, Y1, Y2, Y3
	VMOVUPS	Y3, (AX)
	RET
`

// TestRules: a jump may leave a whole round to the code behind, if that gives the round back to the
// counter; one that skips prefetches may go either way; one that skips a masked tail may be dropped, as
// a test of what was just computed, or a VZEROUPPER without vectors; and a function without results may
// compute anything.
func TestRules(t *testing.T) {
	s := parse("a_avx2_amd64.s", loops)
	for _, m := range s.mutants(x86{}) {
		first := 0
		for _, f := range s.functions {
			if f.name == m.Function {
				first = f.lines[0].number - 1
			}
		}
		want := rules[m.Function][m.Line-first]
		kind := map[string]string{atRemainder: "jump", sameFlags: "drop", atNothing: "drop", noVector: "vzeroupper",
			noOrder: "operands", noWay: "loop"}[want]
		if m.Function == "HeadF32AVX2" && strings.Contains(m.Before, "CMPQ") {
			larger := strings.HasSuffix(m.After, "$0x11") || strings.HasSuffix(m.After, "$0x5")
			if want = ""; m.Kind == "immediate" && larger {
				want = atRemainder
			}
		} else if kind != "" && m.Kind != kind || kind == "" && m.Kind == "vzeroupper" {
			want = ""
		}
		if m.may != want {
			t.Errorf("%s, number %d of its function, %s: the rule is %q, want %q", m.ID, m.Line-first,
				m.After, m.may, want)
		}
	}
}

func TestSlight(t *testing.T) {
	for _, w := range []struct {
		before, after, dtype string
		want                 bool
	}{
		{"DATA ·f32_3f800000+0(SB)/4, $0x3f800000", "DATA ·f32_3f800000+0(SB)/4, $0x3f800001", "f32", true},
		{"DATA ·f32_3f800000+0(SB)/4, $0x3f800000", "DATA ·f32_3f8+0(SB)/4, $0x3f808000", "f32", false},
		{"DATA ·a+0(SB)/8, $0x3ff0000000000000", "DATA ·a+0(SB)/8, $0x3ff0000000010000", "f64", true},
		{"DATA ·a+0(SB)/8, $0x3f8000003f800000", "DATA ·a+0(SB)/8, $0x3f8000013f800000", "f32", true},
		{"DATA ·a+0(SB)/8, $0x3f8000003f800000", "DATA ·a+0(SB)/8, $0xbf8000003f800000", "f32", false},
		{"DATA ·a+0(SB)/8, $0x3f8000003f800000", "DATA ·a+0(SB)/8, $0x3f8000013f800000", "all", false},
		{"DATA ·a+0(SB)/8, $0x3ff0000000000000", "DATA ·a+0(SB)/8, $0xbff0000000000000", "f64", false},
		{"DATA ·a+0(SB)/4, $0x00000000", "DATA ·a+0(SB)/4, $0x00000001", "f32", false},
		{"DATA ·a+0(SB)/4, $0x7fffffff", "DATA ·a+0(SB)/4, $0x7ffffffe", "f32", false}, // a mask
		{"DATA ·a+0(SB)/4, $0x7f7fffff", "DATA ·a+0(SB)/4, $0x7f800000", "f32", false}, // to infinity
	} {
		if got := slight(w.before, w.after, w.dtype); got != w.want {
			t.Errorf("%s -> %s: %v, want %v", w.before, w.after, got, w.want)
		}
	}
}
