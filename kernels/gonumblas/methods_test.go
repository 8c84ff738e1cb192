package gonumblas

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/blas"
)

// TestMethodTable holds the table of the package doc to the code: it has each method
// of gonum's interfaces once, and beside it the kernels that the method can reach.
func TestMethodTable(t *testing.T) {
	table := docTable(t)
	pkg := parsePackage(t)
	for _, typ := range []reflect.Type{reflect.TypeFor[blas.Float32](), reflect.TypeFor[blas.Float64]()} {
		for i := range typ.NumMethod() {
			name := typ.Method(i).Name
			want, ok := table[name]
			if !ok {
				t.Errorf("the table lacks %s", name)
				continue
			}
			delete(table, name)
			if got := pkg.kernelsOf(name); !slices.Equal(got, want) {
				t.Errorf("%s runs on %v, the table has %v", name, got, want)
			}
		}
	}
	for name := range table {
		t.Errorf("%s of the table is no method", name)
	}
	if pkg.imports["gonum.org/v1/gonum/blas/gonum"] {
		t.Error("gonum's implementation is imported, though the doc says that nothing is delegated")
	}
}

// docTable returns the kernels of each method in the table of doc.go, whose lines are
// "//<tab>Dsymm Ssymm<tab or spaces>Gemm Scale"; "-" stands for none.
func docTable(t *testing.T) map[string][]string {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, text2, found := strings.Cut(string(text), "//\tmethods")
	if !found {
		t.Fatal("doc.go has no table")
	}
	table := map[string][]string{}
	for _, line := range strings.Split(text2, "\n")[1:] {
		line, ok := strings.CutPrefix(line, "//\t")
		if !ok {
			break
		}
		methods, on, found := strings.Cut(line, "  ")
		if !found {
			t.Fatalf("no kernels in %q", line)
		}
		runs := strings.Fields(strings.ReplaceAll(on, "-", ""))
		slices.Sort(runs)
		for _, m := range strings.Fields(methods) {
			if _, twice := table[m]; twice {
				t.Errorf("%s stands in the table twice", m)
			}
			table[m] = runs
		}
	}
	return table
}

// calls is what a function calls by name, and the kernels among that.
type calls struct{ functions, kernels map[string]bool }

type sourcePackage struct {
	functions  map[string]calls
	parameters map[string][]string
	imports    map[string]bool
}

func parsePackage(t *testing.T) sourcePackage {
	p := sourcePackage{map[string]calls{}, map[string][]string{}, map[string]bool{}}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range file.Imports {
			p.imports[strings.Trim(i.Path.Value, `"`)] = true
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
				p.functions[f.Name.Name] = callsIn(f.Body)
				for _, list := range f.Type.Params.List {
					for _, name := range list.Names {
						p.parameters[f.Name.Name] = append(p.parameters[f.Name.Name], name.Name)
					}
				}
			}
		}
	}
	return p
}

func callsIn(body ast.Node) calls {
	c := calls{map[string]bool{}, map[string]bool{}}
	ast.Inspect(body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch f := call.Fun.(type) {
		case *ast.Ident:
			c.functions[f.Name] = true
		case *ast.SelectorExpr:
			if x, ok := f.X.(*ast.Ident); ok && x.Name == "kernels" && f.Sel.Name != "Active" { // which is no kernel
				c.kernels[f.Sel.Name] = true
			} else {
				c.functions[f.Sel.Name] = true
			}
		}
		return true
	})
	return c
}

// kernelsOf returns the kernels that a function reaches, sorted.
func (p sourcePackage) kernelsOf(name string) []string {
	reached, seen := map[string]bool{}, map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		maps.Copy(reached, p.functions[name].kernels)
		for f := range p.functions[name].functions {
			visit(f)
		}
	}
	visit(name)
	return slices.Sorted(maps.Keys(reached))
}
