package main

import (
	"bytes"
	"fmt"
	"log"
	"strings"

	"github.com/ashlar-go/ashlar/tools/avo/algo"
	"github.com/ashlar-go/ashlar/tools/avo/amd64"
)

// amx writes the kernels on tile registers, each in a file of its own, and the function that reads which
// state the system saves. Package kernels chooses among these kernels and others by itself.
func amx(data *amd64.Data) (files []file) {
	for _, k := range algo.TileKernels {
		f := amd64.NewTilesFile(data)
		k.Emit(f.Function(k.Name, "func(s *byte)", kernel{k}.loop(), 4))
		files = append(files, pair(k.Family+"_amx", f, kernel{k}.comment(k.Name), k.Name+"("+k.Params+")")...)
	}
	f := amd64.NewTilesFile(data)
	f.ControlRegister("XGETBV", "// the extended control register of that number.\n")
	const doc = "// XGETBV returns an extended control register: 0 is XCR0, which says what state of the\n" +
		"// CPU the system saves, 1 is XINUSE, which of it is in use. The CPU must have AVX, and XGETBV\n" +
		"// of 1.\n"
	return append(files, pair("xgetbv", f, doc, "XGETBV(index uint32) uint64")...)
}

// pair is the files of a function: assembly and stub.
func pair(name string, f *amd64.File, doc, declaration string) []file {
	text, err := f.Text()
	if err != nil {
		log.Fatalf("%s: %v", name, err)
	}
	var stub bytes.Buffer
	fmt.Fprintf(&stub, "%s//go:build %s\n\npackage asm\n\n%s", header, "amd64 && !purego && !noasm", doc)
	if strings.Contains(declaration, "*") {
		fmt.Fprint(&stub, "//\n//go:noescape\n")
	}
	fmt.Fprintf(&stub, "func %s\n", declaration)
	return []file{{"asm/" + name + "_amd64.s", text}, goFile("asm/"+name+"_amd64.go", stub.Bytes())}
}
