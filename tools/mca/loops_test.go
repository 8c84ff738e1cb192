package main

import (
	"fmt"
	"strings"
	"testing"
)

// disassembly makes of a program with labels what llvm-objdump prints of it.
func disassembly(program string) string {
	place, n := map[string]string{}, 0
	var lines []string
	for s := range strings.Lines(program) {
		s = strings.TrimSpace(s)
		if label, ok := strings.CutSuffix(s, ":"); ok {
			place[label] = fmt.Sprintf("%#x <f+%#[1]x>", 0x1000+4*n)
		} else if s != "" {
			lines = append(lines, s)
			n++
		}
	}
	text := "\nlinked:\tfile format elf64-littleaarch64\n\n0000000000001000 <f>:\n"
	for i, s := range lines {
		op, args, _ := strings.Cut(s, " ")
		if first, label, ok := cutLast(args); ok && place[label] != "" {
			args = first + place[label]
		}
		text += fmt.Sprintf("    %x:     \t%s\t%s\n", 0x1000+4*i, op, args)
	}
	return text
}

// cutLast separates the last operand.
func cutLast(args string) (first, last string, ok bool) {
	i := strings.LastIndex(args, " ") + 1
	return args[:i], args[i:], args != ""
}

// parsed is the code of a program with labels.
func parsed(t *testing.T, program string) []instr {
	t.Helper()
	code, err := parseDisassembly(disassembly(program))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// ops joins the mnemonics of the loops.
func ops(loops []loop) string {
	var all []string
	for _, l := range loops {
		var one []string
		for _, in := range l.turn {
			one = append(one, in.op)
		}
		all = append(all, strings.Join(one, " "))
	}
	return strings.Join(all, "; ")
}

// TestInnermost has the shapes of loops that the generator makes.
func TestInnermost(t *testing.T) {
	for name, test := range map[string]struct{ program, want string }{
		"no loop": {"fadd v0.4s, v0.4s, v1.4s\nret", ""},
		"nested, the inner one only": {`
			outer:
			mov x1, x2
			inner:
			fmla v0.4s, v1.4s, v2.4s
			subs x1, x1, #0x4
			b.ge inner
			subs x0, x0, #0x1
			b.ne outer
			ret`, "fmla subs b.ge"},
		"a rare case out of line": {`
			whole:
			fmul v0.4s, v1.4s, v2.4s
			cbnz x5, rare
			rareEnd:
			str q0, [x0]
			subs x1, x1, #0x4
			b.ge whole
			ret
			rare:
			fadd v0.4s, v0.4s, v0.4s
			b rareEnd`, "fmul cbnz str subs b.ge"},
		"a jump back into the loop, from a rest that is reached without it": {`
			subs x1, x1, #0x4
			b.lt rest
			whole:
			fmul v0.4s, v1.4s, v2.4s
			subs x1, x1, #0x4
			b.ge whole
			rest:
			adds x1, x1, #0x4
			b.eq done
			mov x1, #0x0
			b whole
			done:
			ret`, "fmul subs b.ge"},
		"prefetches that are jumped over at the end": {`
			whole:
			cmp x1, x2
			b.lo near
			prfm pldl1keep, [x0, #0x800]
			near:
			fmul v0.4s, v1.4s, v2.4s
			sub x1, x1, #0x4
			cbnz x1, whole
			ret`, "cmp b.lo prfm fmul sub cbnz"},
		"tested at the head": {`
			head:
			cbz x1, end
			fmul v0.4s, v1.4s, v2.4s
			sub x1, x1, #0x1
			b head
			end:
			ret`, "cbz fmul sub b"},
		"left in the middle": {`
			head:
			fmul v0.4s, v1.4s, v2.4s
			b.eq on
			ret
			on:
			sub x1, x1, #0x1
			b head`, "fmul b.eq sub b"},
		"one behind the other": {`
			one:
			fmul v0.4s, v1.4s, v2.4s
			tbz x0, #0x3, one
			two:
			fadd v0.4s, v1.4s, v2.4s
			cbnz x1, two
			ret`, "fmul tbz; fadd cbnz"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ops(innermost(parsed(t, test.program))); got != test.want {
				t.Errorf("innermost = %q, want %q", got, test.want)
			}
		})
	}
}

func TestElements(t *testing.T) {
	for name, test := range map[string]struct {
		program string
		size    int
		want    int
	}{
		"counted by 16":   {"str q0, [x0]\nsubs x2, x2, #0x10\nb.ge l", 4, 16},
		"in two steps":    {"sub x3, x3, #0x8\nstr q0, [x0]\ncbnz x3, l", 8, 8},
		"stored by a row": {"stp q0, q1, [x0]\nstr q2, [x0]\nstr s3, [x1]\nsubs x2, x2, #1\nb.ne l", 4, 12},
		"loaded by a row": {"ldp q0, q1, [x0]\nldr d2, [x0]\nsubs x2, x2, #0x1\nb.ne l", 8, 4},
		"nothing":         {"fadd v0.4s, v0.4s, v0.4s\nsubs x2, x2, #0x1\nb.ne l", 4, 1},
		"not counted":     {"sub x5, x5, #0x40\nstr q0, [x0]\nsub x3, x3, #0x1\ncbnz x3, l", 4, 4},
	} {
		t.Run(name, func(t *testing.T) {
			l := loop{turn: parsed(t, "l:\n"+test.program)}
			if got := l.elements(test.size); got != test.want {
				t.Errorf("%d elements a turn, want %d", got, test.want)
			}
		})
	}
}

func TestParseDisassembly(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"unknown":        {"  1000:\t<unknown>\n", "cannot decode the instruction at 0x1000"},
		"no destination": {"  1000:\tb\tx3\n", "the branch at 0x1000 has no target"},
	} {
		if _, err := parseDisassembly(test.text); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", name, err, test.want)
		}
	}
}

// TestAssembly wants text that an assembler reads: no address but the label.
func TestAssembly(t *testing.T) {
	var got strings.Builder
	region(&got, "TanhF32.0", parsed(t, `
		l:
		adrp x1, 0x5000
		ldr q0, [x1, #0x10]
		fmla v1.4s, v2.4s, v0.s[0]
		tbnz x0, #0x3, l
		b.ne l`))
	want := `# LLVM-MCA-BEGIN TanhF32.0
.LTanhF32_0:
adrp	x1, .LTanhF32_0
ldr	q0, [x1, #0x10]
fmla	v1.4s, v2.4s, v0.s[0]
tbnz	x0, #0x3, .LTanhF32_0
b.ne	.LTanhF32_0
# LLVM-MCA-END
`
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}
