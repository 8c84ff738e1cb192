package main

import (
	"strings"

	"github.com/ashlar-go/ashlar/tools/avo/amd64"
	"github.com/ashlar-go/ashlar/tools/avo/arm64"
	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// architecture is a GOARCH that has assembly.
type architecture struct {
	name  string
	tiers []tier // the widest first
}

// tier is one that has code. begin begins the file of a family.
type tier struct {
	name  string // of the constant in package kernels, and in a stub's name
	file  string
	bytes int // of a vector register
	begin func(family string) source
}

// source is a file of assembly that is being written.
type source interface {
	Function(name, signature, doc string, size int) isa.Machine
	Text() ([]byte, error)
}

// architectures lists them. On amd64 the functions of all files share their read-only data.
func architectures(data *amd64.Data) []architecture {
	x86, arm := architecture{name: "amd64"}, architecture{name: "arm64"}
	for _, t := range amd64.Tiers {
		begin := func(string) source { return amd64.NewFile(t, data) }
		x86.tiers = append(x86.tiers, tier{t.Name, t.File, t.Bytes, begin})
	}
	for _, t := range arm64.Tiers {
		begin := func(family string) source { return arm64.NewFile(family) }
		arm.tiers = append(arm.tiers, tier{t.Name, t.File, t.Bytes, begin})
	}
	return []architecture{x86, arm}
}

// constraint selects the builds with the assembly of an architecture.
func (a architecture) constraint() string { return a.name + " && !purego && !noasm" }

// withoutAssembly is the constraint of all other builds.
func withoutAssembly(all []architecture) string {
	var none []string
	for _, a := range all {
		none = append(none, "!"+a.name)
	}
	return "(" + strings.Join(none, " && ") + ") || purego || noasm"
}
