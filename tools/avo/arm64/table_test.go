package arm64

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"
)

// table is all of opcode.go by name.
var table = map[string][]*opcode{
	"fadd": fadd[:], "fsub": fsub[:], "fmul": fmul[:], "fdiv": fdiv[:], "fmax": fmax[:], "fmin": fmin[:],
	"fmla": fmla[:], "fmls": fmls[:], "fabs": fabs[:], "fneg": fneg[:], "fsqrt": fsqrt[:],
	"frintn": frintn[:], "frintm": frintm[:], "fcvtns": fcvtns[:], "ucvtf": ucvtf[:],
	"fcmeq": fcmeq[:], "fcmge": fcmge[:], "fcmgt": fcmgt[:],
	"fcmlt0": fcmlt0[:], "fcmeq0": fcmeq0[:], "fcmge0": fcmge0[:],
	"fcmgt0": fcmgt0[:], "fcmle0": fcmle0[:],
	"add": add[:], "sub": sub[:], "umax": {umax}, "cmhi": cmhi[:], "cmeq0": cmeq0[:], "cmlt0": cmlt0[:],
	"shl": shl[:], "ushr": ushr[:], "sshr": sshr[:], "mla": {mla},
	"and": {and}, "bic": {bic}, "orr": {orr}, "eor": {eor}, "bsl": {bsl}, "bit": {bit}, "bif": {bif},
	"zip1": zip1[:], "zip2": zip2[:], "uzp1": uzp1[:], "trn1": trn1[:], "trn2": trn2[:],
	"rev64": {rev64}, "ext8": {ext8}, "dup": dup[:], "dupInt": {dupInt}, "xtnWords": {xtnWords},
	"xtnHalves": {xtnHalves}, "uxtl8": uxtl8[:], "uxtl16": uxtl16[:], "uxtl32": uxtl32[:], "fcvtl": {fcvtl},
	"fcvtn": {fcvtn}, "umull": {umull}, "umaxv": {umaxv}, "tbl": {tbl}, "zero": {zero}, "mov": {mov},
	"toInt": {toInt}, "fmlaLane": fmlaLane[:], "invert": {invert},
	"shlWords": {shlWords}, "ushrWords": {ushrWords}, "sshrWords": {sshrWords}, "mulWords": {mulWords},
	"mulInts": {mulInts}, "sadalp": {sadalp}, "scvtf": {scvtf}, "xtnBytes": {xtnBytes},
	"selects": {selects}, "minimum": minimum[:], "maximum": maximum[:],
	"quad": quad.all(), "double": double.all(), "single": single.all(), "integer": integer.all(),
	"integer32": integer32.all(), "loadConstant": {loadConstant},
	"accesses": nil, // which have names
	"loadPair": {loadPair}, "storePair": {storePair},
	"streamStore": {streamStore}, "streamPair": {streamPair},
	"load1": {load1}, "store1": {store1}, "loadHalf1": {loadHalf1}, "storeHalf1": {storeHalf1}, "loadR": loadR[:], "loadIndexed": loadIndexed[:],
	"loadScaled": loadScaled[:], "prefetch": {prefetch}, "prefetchL2": {prefetchL2},
	"movInt": {movInt}, "constInt": {constInt}, "param": {param}, "param32": {param32}, "paramF": paramF[:],
	"poolAt": {poolAt}, "frameAt": {frameAt}, "addInt": {addInt}, "addShift": {addShift},
	"addConst": {addConst},
	"subInt":   {subInt}, "subConst": {subConst}, "subShift": {subShift}, "mulInt": {mulInt},
	"andConst": {andConst}, "shlConst": {shlConst}, "shrConst": {shrConst}, "negInt": {negInt},
	"reverse": {reverse}, "leading": {leading}, "truncate": truncate[:], "minSelect": {minSelect},
	"maxSelect": {maxSelect}, "compare": {compare}, "compareConst": {compareConst}, "addFlags": {addFlags},
	"addFlagsC": {addFlagsC}, "subFlags": {subFlags}, "subFlagsC": {subFlagsC}, "always": {always},
	"ifZero": {ifZero}, "ifNotZero": {ifNotZero}, "ifBitZero": {ifBitZero}, "ifBit": {ifBit},
	"conditions": conditions[:], "labels": {labels}, "align": {align}, "ret": {ret}, "comments": {comments},
}

func (a access) all() []*opcode { return []*opcode{a.load, a.store, a.loadFrame, a.storeFrame} }

// TestTableIsWhole: the table of the tests has every variable of opcode.go.
func TestTableIsWhole(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "opcode.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
			for _, s := range g.Specs {
				for _, name := range s.(*ast.ValueSpec).Names {
					names = append(names, name.Name)
				}
			}
		}
	}
	slices.Sort(names)
	if have := slices.Sorted(maps.Keys(table)); !slices.Equal(names, have) {
		t.Errorf("opcode.go has %q,\nthe table of the tests %q", names, have)
	}
}

// TestTexts: every instruction of the table has a text for GNU's assembler, and so a sample. Those
// that have none are choices, what is no instruction, and the address of the data.
func TestTexts(t *testing.T) {
	for name, list := range table {
		for _, o := range list {
			none := o.kind == choice || o.kind == label || o.kind == comment || o == align || o == poolAt
			if (o.gnuText() == "") != none {
				t.Errorf("%s has the text %q", name, o.gnuText())
			}
		}
	}
}

// vectorAt reports whether an operand is a vector register.
func (o *opcode) vectorAt(at int) bool {
	for _, integer := range []string{"R{%d}", "x{%d}", "w{%d}"} {
		if s := fmt.Sprintf(integer, at); strings.Contains(o.text, s) || strings.Contains(o.gnuText(), s) {
			return false
		}
	}
	return true
}
