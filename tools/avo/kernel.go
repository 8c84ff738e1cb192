package main

import (
	"log"
	"slices"
	"strings"

	"github.com/ashlar-go/ashlar/tools/avo/algo"
)

// dtype is an element type.
type dtype struct {
	name string // in a stub's name
	goT  string
	size int
}

var (
	dtypes = []dtype{{"F32", "float32", 4}, {"F64", "float64", 8}}
	single = []dtype{{"", "float32", 4}}
)

// kernel is a row of the manifest as Go's side sees it.
type kernel struct{ *algo.Kernel }

// manifest is the rows of the manifest.
func manifest() []kernel {
	var rows []kernel
	for _, k := range algo.Kernels {
		rows = append(rows, kernel{k})
	}
	return rows
}

// dtypes are the element types that the kernel has code for.
func (k kernel) dtypes() []dtype {
	if k.Single {
		return single
	}
	return dtypes
}

// typeParameter is that of the dispatch function.
func (k kernel) typeParameter() string {
	if k.Single {
		return ""
	}
	return "[T Float]"
}

// code lists the tiers of an architecture that the kernel has code of its own for. A body
// serves all tiers.
func (k kernel) code(a architecture) (tiers []string) {
	for _, t := range a.tiers {
		if k.HasBody() && k.codeOf(a, t) == t.name && (k.Only == "" || k.Only == t.name) {
			tiers = append(tiers, t.name)
		}
	}
	return tiers
}

// codeOf is the tier whose code a tier runs: of a narrow kernel, the widest one of at most
// narrowBytes.
func (k kernel) codeOf(a architecture, t tier) string {
	if !k.Narrow {
		return t.name
	}
	return a.tiers[slices.IndexFunc(a.tiers, func(t tier) bool { return t.bytes <= narrowBytes })].name
}

// narrowBytes is the most that a vector of a narrow kernel has.
const narrowBytes = 32

// families lists the file groups that have assembly.
func families() []string {
	var f []string
	for _, k := range manifest() {
		if k.HasBody() && !slices.Contains(f, k.Family) {
			f = append(f, k.Family)
		}
	}
	return f
}

func (k kernel) stub(d dtype, tier string) string {
	if k.Only != "" {
		return k.Name
	}
	return k.Name + d.name + tier
}

func (k kernel) generic() string { return strings.ToLower(k.Name[:1]) + k.Name[1:] + "Generic" }

// comment is the doc comment of a function called name.
func (k kernel) comment(name string) string {
	lines := strings.Split(name+" "+k.Doc, "\n")
	return "// " + strings.Join(lines, "\n// ") + "\n"
}

// loop is the comment above the assembly: what the function computes, its name being in the
// line below. What its operands must be stands in the doc of the stub.
func (k kernel) loop() string {
	loop, _, _ := strings.Cut(strings.TrimLeft(strings.TrimPrefix(k.Doc, "computes"), ", "), ". ")
	return "// " + strings.ReplaceAll(strings.TrimSuffix(loop, "."), "\n", "\n// ") + ".\n"
}

// param is one parameter with its type.
type param struct{ name, typ string }

// list splits params, giving each name its type.
func (k kernel) list() []param {
	var out []param
	for _, p := range strings.Split(k.Params, ", ") {
		name, typ, _ := strings.Cut(p, " ")
		out = append(out, param{name, typ})
	}
	for i := len(out) - 2; i >= 0; i-- {
		if out[i].typ == "" {
			out[i].typ = out[i+1].typ
		}
	}
	return out
}

func (k kernel) args() []string {
	var names []string
	for _, p := range k.list() {
		names = append(names, p.name)
	}
	return names
}

// view says who reads a type: the assembly's side, avo for one, cannot express generic structs.
type view int

const (
	forAssembly view = iota
	forStub
)

// typeFor is a parameter's type for one dtype.
func typeFor(typ string, d dtype, v view) string {
	switch typ {
	case "*asm.GemmStrip[T]":
		if v == forAssembly {
			return "*byte"
		}
		return "*GemmStrip[" + d.goT + "]"
	case "*updateConstants[T]":
		return "*[16]" + d.goT
	case "[]BFloat16":
		return "[]uint16"
	case "[]T", "T":
		return strings.Replace(typ, "T", d.goT, 1)
	case "int", "uint32", "uint64", "float64", "[]float64", "[]uint8", "[]uint32", "[]float32", "[]int":
		return typ
	}
	log.Fatalf("manifest: no such parameter type: %s", typ)
	return ""
}

func (k kernel) paramsFor(d dtype, v view) string {
	var out []string
	for _, p := range k.list() {
		out = append(out, p.name+" "+typeFor(p.typ, d, v))
	}
	return strings.Join(out, ", ")
}

// argsFor are the arguments of the stub, converted from T to the dtype.
func (k kernel) argsFor(d dtype) string {
	var out []string
	for _, p := range k.list() {
		switch p.typ {
		case "[]T":
			out = append(out, "as["+d.goT+"]("+p.name+")")
		case "[]BFloat16":
			out = append(out, "bits16("+p.name+")")
		case "T":
			out = append(out, d.goT+"("+p.name+")")
		case "*asm.GemmStrip[T]":
			out = append(out, "(*asm.GemmStrip["+d.goT+"])(unsafe.Pointer("+p.name+"))")
		case "*updateConstants[T]":
			out = append(out, "(*[16]"+d.goT+")(unsafe.Pointer("+p.name+"))")
		default:
			out = append(out, p.name)
		}
	}
	return strings.Join(out, ", ")
}
