package fuzz

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// names reports whether an error names a function that the row calls, names one of its
// parameters, and has a text.
func names(row *spec.Row, e *kernels.ShapeError) bool {
	op, ok := strings.CutPrefix(e.Op, "kernels.")
	return ok && (op == row.Kernel || slices.Contains(row.Also, op)) && hasParameter(e.Op, e.Arg) &&
		e.Msg != ""
}

// hasParameter reports whether a function, such as "kernels.Gemm", has a parameter named arg, or
// one whose type is a struct of package kernels with a field named arg.
func hasParameter(op, arg string) bool {
	op, ok := strings.CutPrefix(op, "kernels.")
	return ok && slices.Contains(signatures()[op], arg)
}

// signatures lists, from the source of package kernels, the parameters of each exported function
// and method, with the exported fields of those that are structs.
var signatures = sync.OnceValue(func() map[string][]string {
	fields, all, alias := map[string][]string{}, map[string][]string{}, map[string]string{}
	decls := declarations("../kernels")
	for _, d := range decls {
		for _, s := range specsOf(d) {
			if typ, ok := s.(*ast.TypeSpec); ok {
				if str, ok := typ.Type.(*ast.StructType); ok {
					fields[typ.Name.Name] = exported(namesIn(str.Fields))
				} else if typ.Assign.IsValid() {
					alias[typ.Name.Name] = typeName(typ.Type)
				}
			}
		}
	}
	for name, of := range alias {
		fields[name] = fields[of]
	}
	for _, d := range decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || !f.Name.IsExported() {
			continue
		}
		name := f.Name.Name
		if f.Recv != nil {
			name = typeName(f.Recv.List[0].Type) + "." + name
		}
		all[name] = namesIn(f.Type.Params)
		for _, p := range f.Type.Params.List {
			all[name] = append(all[name], fields[typeName(p.Type)]...)
		}
	}
	return all
})

// declarations returns the top-level declarations of a package, without those of its tests.
func declarations(dir string) (decls []ast.Decl) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		panic("no source of package kernels")
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			panic(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
		if err != nil {
			panic(err)
		}
		decls = append(decls, file.Decls...)
	}
	return decls
}

func specsOf(d ast.Decl) []ast.Spec {
	if g, ok := d.(*ast.GenDecl); ok {
		return g.Specs
	}
	return nil
}

func namesIn(list *ast.FieldList) (names []string) {
	for _, f := range list.List {
		for _, n := range f.Names {
			names = append(names, n.Name)
		}
	}
	return names
}

func exported(names []string) []string {
	return slices.DeleteFunc(names, func(n string) bool { return !ast.IsExported(n) })
}

// typeName returns the name of a type of the package, without pointer and type arguments.
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.IndexExpr:
		return typeName(e.X)
	}
	return ""
}

// TestSignatures: signatures finds the parameters that it should, and every kernel of the table.
func TestSignatures(t *testing.T) {
	for _, c := range []struct {
		op, arg string
		has     bool
	}{
		{"kernels.Gemm", "lda", true},
		{"kernels.Gemm", "Bias", false},
		{"kernels.GemmFused", "Bias", true},
		{"kernels.GemmBFloat16", "LdDeriv", true},
		{"kernels.BatchNormForward", "RunVar", true},
		{"kernels.UpdateAdam", "Step", true},
		{"kernels.UpdateAdam", "bias", false},
		{"kernels.PreparedGemm.Do", "c", true},
		{"kernels.PackedB.Pack", "ldb", true},
		{"kernels.Nothing", "x", false},
		{"Gemm", "a", false},
	} {
		if hasParameter(c.op, c.arg) != c.has {
			t.Errorf("hasParameter(%q, %q) = %v, want %v", c.op, c.arg, !c.has, c.has)
		}
	}
	for _, row := range spec.Table() {
		if signatures()[row.Kernel] == nil {
			t.Errorf("the table has %s, which is no exported function of package kernels", row.Kernel)
		}
	}
}
