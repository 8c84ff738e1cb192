package hostile

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/tools/hostile/internal/source"
)

// function is a row of the table.
type function struct {
	name   string
	params string
	value  any
}

// entry is a function or method to call. That of a method has the receiver in front.
type entry struct {
	name   string // "kernels.Gemm[float32]", "mat.Dense[float32].At"
	op     string // the same without type arguments, as errors name it
	pkg    string // "kernels"
	params []string
	typ    reflect.Type
	call   func(args []reflect.Value) []reflect.Value
	method bool
}

// receiver is the name of the first parameter of a method.
const receiver = "its receiver"

func withoutArgs(name string) string {
	for {
		from := strings.IndexByte(name, '[')
		to := strings.IndexByte(name, ']')
		if from < 0 || to < from {
			return name
		}
		name = name[:from] + name[to+1:]
	}
}

// entries are all functions of the table and all methods of its types.
var entries = sync.OnceValue(func() (list []*entry) {
	for _, f := range functions {
		v := reflect.ValueOf(f.value)
		pkg, _, _ := strings.Cut(f.name, ".")
		e := &entry{name: f.name, op: withoutArgs(f.name), pkg: pkg, params: strings.Fields(f.params),
			typ: v.Type(), call: v.Call}
		if v.Type().IsVariadic() {
			e.call = v.CallSlice
		}
		list = append(list, e)
	}
	for _, typ := range apiTypes {
		list = append(list, methodsOf(typ)...)
	}
	return list
})

// methodsOf returns the methods of a type and of pointers to it. A method of values takes one.
func methodsOf(typ reflect.Type) (list []*entry) {
	name := apiName(typ)
	pkg, _, _ := strings.Cut(name, ".")
	set := typ
	if typ.Kind() != reflect.Interface {
		set = reflect.PointerTo(typ)
	}
	for i := range set.NumMethod() {
		m := set.Method(i)
		if !m.IsExported() {
			continue
		}
		e := &entry{name: name + "." + m.Name, op: withoutArgs(name) + "." + m.Name, pkg: pkg, method: true}
		e.params = append([]string{receiver}, strings.Fields(methods[e.op])...)
		switch value, ok := typ.MethodByName(m.Name); {
		case typ.Kind() == reflect.Interface:
			e.typ, e.call = interfaceMethod(typ, m)
		case ok:
			e.typ, e.call = value.Type, caller(value.Func)
		default:
			e.typ, e.call = m.Type, caller(m.Func)
		}
		list = append(list, e)
	}
	return list
}

func caller(f reflect.Value) func([]reflect.Value) []reflect.Value {
	if f.Type().IsVariadic() {
		return f.CallSlice
	}
	return f.Call
}

// interfaceMethod returns a method of an interface as a function of the interface.
func interfaceMethod(typ reflect.Type, m reflect.Method) (reflect.Type,
	func([]reflect.Value) []reflect.Value) {
	in, out := []reflect.Type{typ}, []reflect.Type{}
	for i := range m.Type.NumIn() {
		in = append(in, m.Type.In(i))
	}
	for i := range m.Type.NumOut() {
		out = append(out, m.Type.Out(i))
	}
	call := func(args []reflect.Value) []reflect.Value {
		return caller(args[0].MethodByName(m.Name))(args[1:])
	}
	return reflect.FuncOf(in, out, m.Type.IsVariadic()), call
}

// apiName returns the name of a type of the API as the source has it: "mat.Dense[float32]".
func apiName(typ reflect.Type) string {
	name := typ.String()
	return strings.ReplaceAll(name, "github.com/ashlar-go/ashlar/tools/hostile.", "")
}

// TestTable: the table is what the source has, so that no function can be forgotten. (go generate
// writes it anew.)
func TestTable(t *testing.T) {
	api, err := source.Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	committed, err := os.ReadFile(filepath.Join(folder, "zapi_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := api.Write(); err != nil || !bytes.Equal(text, committed) {
		t.Errorf("the table is not what its generator writes (error %v): run make generate", err)
	}
	have := map[string]string{}
	for _, f := range functions {
		have["function "+f.name] = f.params
	}
	for _, typ := range apiTypes {
		have["type "+apiName(typ)] = ""
	}
	for name, params := range methods {
		have["method "+name] = params
	}
	want := map[string]string{}
	for _, p := range api.Packages {
		for _, f := range p.Functions {
			want["function "+p.Name+"."+source.Instance(f.Name, f.Args)] = strings.Join(f.Params, " ")
		}
		for _, typ := range p.Types {
			want["type "+p.Name+"."+source.Instance(typ.Name, typ.Args)] = ""
		}
		for name, params := range p.Methods {
			want["method "+p.Name+"."+name] = strings.Join(params, " ")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if params, ok := have[name]; !ok || params != want[name] {
			t.Errorf("the source has %s(%s), the table does not: run go generate", name, want[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		if _, ok := want[name]; !ok {
			t.Errorf("the table has %s, the source does not: run go generate", name)
		}
	}
	tableOfMethods(t)
	proof.Count(t, "hostile", "exported functions and methods", len(entries()))
}

// tableOfMethods compares the methods that the types have with those of the table.
func tableOfMethods(t *testing.T) {
	named := map[string]bool{}
	for _, e := range entries() {
		if !e.method {
			continue
		}
		named[e.op] = true
		if params, ok := methods[e.op]; !ok || len(strings.Fields(params)) != e.typ.NumIn()-1 {
			t.Errorf("%s takes %v, the table has %q: run go generate", e.op, e.typ, params)
		}
	}
	for name := range methods {
		if !named[name] && !constraintOnly(name) {
			t.Errorf("no type has the method %s of the table", name)
		}
	}
}

// constraintOnly reports whether a method belongs to no type of values.
func constraintOnly(name string) bool {
	typ, _, _ := strings.Cut(strings.SplitN(name, ".", 2)[1], ".")
	return !slices.ContainsFunc(apiTypes, func(t reflect.Type) bool {
		return withoutArgs(apiName(t)) == fmt.Sprint(strings.SplitN(name, ".", 2)[0], ".", typ)
	})
}
