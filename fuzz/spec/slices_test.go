package spec

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/internal/proof"
)

// withoutRows are exported functions and methods of package kernels that take a slice, or a value that
// holds one, and are not called through the table, with what takes the place of a row.
var withoutRows = map[string]string{
	"PackedB.Dims":         "returns two sizes and touches no element",
	"QuantizedB.Dims":      "returns two sizes and touches no element",
	"QuantizedB.Bytes":     "returns a size and touches no element",
	"PackedBFloat16.Dims":  "returns two sizes and touches no element",
	"PackedBFloat16.Bytes": "returns a size and touches no element",
}

// TestSlicesAreCovered: every exported function and method of package kernels that takes a slice, or a
// structure with one, is called by a row of the table, or stands in a short list with the reason. So no
// operand can escape the pages without permissions, the poison and the clobber tests.
func TestSlicesAreCovered(t *testing.T) {
	called := map[string]bool{}
	for _, r := range Table() {
		called[r.Kernel] = true
		for _, name := range r.Also {
			called[name] = true
		}
	}
	taking, covered := sliceTakers(t), 0
	for _, name := range slices.Sorted(maps.Keys(taking)) {
		switch {
		case called[name]:
			covered++
		case withoutRows[name] == "":
			t.Errorf("%s takes a slice: give it a row in Table(), name it in Also of a row, or say in "+
				"withoutRows, in this file, why not", name)
		}
	}
	for name := range withoutRows {
		if !taking[name] || called[name] {
			t.Errorf("withoutRows has %s, which takes no slice or has a row", name)
		}
	}
	if len(taking) < 70 {
		t.Errorf("found only %d functions that take a slice", len(taking))
	}
	proof.Count(t, "bounds", "exported functions with a slice, each in the table", covered)
}

// sliceTakers are the exported functions and methods of package kernels with a parameter or a receiver
// that is a slice, or a type of the package that holds one.
func sliceTakers(t *testing.T) map[string]bool {
	files, err := filepath.Glob(filepath.Join(kernelsDir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var functions []*ast.FuncDecl
	types := map[string]ast.Expr{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				functions = append(functions, d)
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if typ, ok := s.(*ast.TypeSpec); ok {
						types[typ.Name.Name] = typ.Type
					}
				}
			}
		}
	}
	taking := map[string]bool{}
	for _, f := range functions {
		name, fields := f.Name.Name, f.Type.Params.List
		if f.Recv != nil {
			name = receiver(f) + "." + name
			fields = append(fields, f.Recv.List...)
			if !ast.IsExported(receiver(f)) {
				continue
			}
		}
		taking[name] = f.Name.IsExported() && slices.ContainsFunc(fields, func(p *ast.Field) bool {
			return holdsSlice(p.Type, types)
		})
	}
	maps.DeleteFunc(taking, func(_ string, takes bool) bool { return !takes })
	return taking
}

// receiver is the name of a method's type.
func receiver(f *ast.FuncDecl) (name string) {
	ast.Inspect(f.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && name == "" {
			name = id.Name
		}
		return true
	})
	return name
}

// holdsSlice reports whether a type is a slice, or one of the package that has one in it.
func holdsSlice(typ ast.Expr, types map[string]ast.Expr) (yes bool) {
	ast.Inspect(typ, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ArrayType:
			yes = yes || n.Len == nil
		case *ast.Ellipsis:
			yes = true
		case *ast.Ident:
			if def, ok := types[n.Name]; ok {
				rest := maps.Clone(types)
				delete(rest, n.Name) // a type may refer to itself
				yes = yes || holdsSlice(def, rest)
			}
		}
		return !yes
	})
	return yes
}
