package amd64

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

const constraint = "amd64,!purego,!noasm"

// File is a file of assembly for one tier.
type File struct {
	c    *build.Context
	tier Tier
	data *Data
	docs map[string]string // by function
}

// NewFile begins a file whose functions have their read-only data in d.
func NewFile(t Tier, d *Data) *File {
	c := build.NewContext()
	c.ConstraintExpr(constraint)
	return &File{c: c, tier: t, data: d, docs: map[string]string{}}
}

// Function begins a function with vectors of elements of so many bytes. The doc, which ends in a
// newline, stands above it.
func (f *File) Function(name, signature, doc string, size int) isa.Machine {
	f.docs[name] = doc
	f.c.Function(name)
	f.c.SignatureExpr(signature)
	return newMachine(f.c, f.tier, size, &state{data: f.data, signature: signature})
}

// Text is the file, in which avo has placed the registers, after it has been checked.
func (f *File) Text() ([]byte, error) {
	out, err := compiled(f.c)
	if err != nil {
		return nil, err
	}
	if err := check(out, f.tier); err != nil {
		return nil, err
	}
	return printed(out, f.docs)
}

func compiled(c *build.Context) (*ir.File, error) {
	f, err := c.Result()
	if list, ok := err.(build.ErrorList); ok {
		return nil, fmt.Errorf("%w: %v", err, list[:min(len(list), 10)])
	}
	if err != nil {
		return nil, err
	}
	if err := pass.FunctionPass(threadJumps).Execute(f); err != nil {
		return nil, err
	}
	return f, pass.Compile.Execute(f)
}

// printed is a file as text.
func printed(f *ir.File, docs map[string]string) ([]byte, error) {
	text, err := printer.NewGoAsm(printer.Config{Pkg: "asm", Name: "tools/avo"}).Print(f)
	if err != nil {
		return nil, err
	}
	var out []byte
	seen := map[string]bool{}
	last, blank := "", false
	for line := range strings.Lines(string(text)) {
		switch {
		case line == "\n":
			blank = true
			continue
		case strings.HasPrefix(line, "TEXT "):
			clear(seen)
		case strings.HasPrefix(line, "\t//"): // unrolled bodies repeat their comments
			if seen[line] {
				continue
			}
			seen[line] = true
		case selfMove(line):
			continue
		case strings.HasPrefix(line, "// Requires:"):
			continue // in the tier
		case strings.HasPrefix(line, "// func "): // in the stub
			name, _, _ := strings.Cut(strings.TrimPrefix(line, "// func "), "(")
			line = docs[name]
		}
		if strings.HasPrefix(line, "\t") {
			line = strings.ReplaceAll(zeros.ReplaceAllString(line, "$1$2"), "+0(SB)", "(SB)")
			line = inBytes(padding.ReplaceAllString(line, "$1\t"))
			if line, err = encoded(line); err != nil {
				return nil, err
			}
		}
		// a comment parts the text by itself, and a label belongs to the padding before it
		if blank && !strings.HasPrefix(line, "\t//") && !strings.HasPrefix(last, "\tPCALIGN") {
			out = append(out, '\n')
		}
		last, blank = line, false
		out = append(out, line...)
	}
	return out, nil
}

// selfMove reports a copy of a register to itself, which the allocator leaves behind and
// which takes a multiply-add's place.
func selfMove(line string) bool {
	m := move.FindStringSubmatch(line)
	return m != nil && m[1] == m[2]
}

var move = regexp.MustCompile(`^\tVMOVAP[SD]\s+([YZ]\d+), ([YZ]\d+)\n$`)

// padding lines operands up; a tab does so in a tenth less text.
var padding = regexp.MustCompile(`^(\t[A-Z][A-Z0-9.]*) +`)

// zeros are digits that say nothing.
var zeros = regexp.MustCompile(`(\$0x)0+([0-9a-f])`)
