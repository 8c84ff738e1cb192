package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/ashlar-go/ashlar/tools/avo/algo"
	"github.com/ashlar-go/ashlar/tools/avo/amd64"
)

// amx writes the kernels on tile registers, each in a file of its own, and the function that reads which
// state the system saves. Package kernels chooses among these kernels and others by itself.
func amx(data *amd64.Data) (files []file) {
	for _, k := range algo.TileKernels {
		emit := func(f *amd64.File) {
			k.Emit(f.Function(k.Name, "func(s *byte)", kernel{k}.loop(), 4))
		}
		files = append(files,
			pair(data, k.Family+"_amx", emit, kernel{k}.comment(k.Name), k.Name+"("+k.Params+")")...)
	}
	emit := func(f *amd64.File) {
		f.ControlRegister("XGETBV", "// the extended control register of that number.\n")
	}
	const doc = "// XGETBV returns an extended control register: 0 is XCR0, which says what state of the\n" +
		"// CPU the system saves, 1 is XINUSE, which of it is in use. The CPU must have AVX, and XGETBV\n" +
		"// of 1.\n"
	return append(files, pair(data, "xgetbv", emit, doc, "XGETBV(index uint32) uint64")...)
}

// pair is the files of a function: assembly, as emit writes it, and stub.
func pair(data *amd64.Data, name string, emit func(f *amd64.File), doc, declaration string) []file {
	assembly := func() []byte {
		f := amd64.NewTilesFile(data)
		emit(f)
		return must(f.Text())(name)
	}
	stub := func() []byte {
		var b bytes.Buffer
		fmt.Fprintf(&b, "%s//go:build %s\n\npackage asm\n\n%s", header, "amd64 && !purego && !noasm", doc)
		if strings.Contains(declaration, "*") {
			fmt.Fprint(&b, "//\n//go:noescape\n")
		}
		fmt.Fprintf(&b, "func %s\n", declaration)
		return b.Bytes()
	}
	return []file{{name: "asm/" + name + "_amd64.s", write: assembly}, goFile("asm/"+name+"_amd64.go", stub)}
}
