package arm64

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ashlar-go/ashlar/tools/avo/algo"
)

// signature is that of a kernel's function, as the generator writes it.
func signature(k *algo.Kernel, size int) string {
	element := map[int]string{4: "float32", 8: "float64"}[size]
	types := strings.NewReplacer("*asm.GemmStrip[T]", "*byte", "*updateConstants[T]", "*[16]"+element,
		"[]BFloat16", "[]uint16", "[]T", "[]"+element, " T", " "+element)
	return "func(" + types.Replace(k.Params) + ")"
}

// family is a file of a family, and its text, without the comments above functions, once its
// functions are finished.
type family struct {
	name string
	file *File
	text string
}

// emitted are the functions of all kernels as their bodies emit them.
var emitted = sync.OnceValue(func() (list []*family) {
	for _, k := range algo.Kernels {
		if !k.HasBody() || k.Only != "" && k.Only != Tiers[0].Name {
			continue
		}
		at := slices.IndexFunc(list, func(f *family) bool { return f.name == k.Family })
		if at < 0 {
			at = len(list)
			list = append(list, &family{name: k.Family, file: NewFile(k.Family)})
		}
		for i, suffix := range []string{"F32", "F64"} {
			size := 4 << i
			if k.Single {
				suffix = ""
			}
			k.Emit(list[at].file.Function(k.Name+suffix+"NEON", signature(k, size), "", size))
			if k.Single {
				break
			}
		}
	}
	return list
})

// clone is a copy of a function that passes may change.
func (m *machine) clone() *machine {
	s := *m.state
	s.code = &code{list: slices.Clone(m.list), variables: slices.Clone(m.variables),
		fixed: maps.Clone(m.fixed), frame: m.frame}
	return &machine{m.size, &s}
}

// begun yields copies of all functions as their bodies emit them.
func begun(yield func(name string, m *machine) bool) {
	for _, f := range emitted() {
		for _, fn := range f.file.functions {
			if !yield(fn.name, fn.clone()) {
				return
			}
		}
	}
}

// families are all, finished.
var families = sync.OnceValues(func() (list []*family, err error) {
	for _, f := range emitted() {
		done := &family{name: f.name, file: &File{family: f.name, data: f.file.data}}
		for _, fn := range f.file.functions {
			fn.machine = fn.clone()
			done.file.functions = append(done.file.functions, fn)
		}
		text, err := done.file.Text()
		if err != nil {
			return nil, err
		}
		done.text = string(text)
		list = append(list, done)
	}
	return list, nil
})

// spare are opcodes that no kernel uses, and what they are there for.
var spare = map[string]string{
	"addFlags":  "AddJump, if it is asked to add a register",
	"maxSelect": "SetTailOf, of several vectors",
	"accesses":  "a list of opcodes that have names",
}

// TestOpcodesAreUsed: some kernel uses each opcode of the table. Choices are gone from finished
// code.
func TestOpcodesAreUsed(t *testing.T) {
	list, err := families()
	if err != nil {
		t.Fatal(err)
	}
	used := map[*opcode]bool{}
	for _, f := range list {
		for _, fn := range f.file.functions {
			for _, n := range fn.list {
				used[n.opcode] = true
			}
		}
	}
	for name, list := range table {
		use := slices.ContainsFunc(list, func(o *opcode) bool { return used[o] || o.kind == choice })
		if use == (spare[name] != "") {
			t.Errorf("a kernel uses %s: %v, spare for %q", name, use, spare[name])
		}
	}
}
