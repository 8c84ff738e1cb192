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

// names reports whether an error names a function that the row calls and one of its
// parameters, and says something.
func names(row *spec.Row, e *kernels.ShapeError) bool {
	op, ok := strings.CutPrefix(e.Op, "kernels.")
	return ok && (op == row.Kernel || slices.Contains(row.Also, op)) && hasParameter(e.Op, e.Arg) &&
		e.Msg != ""
}

// hasParameter reports whether a function, such as "kernels.Gemm", has a parameter of that
// name, or one whose type is a struct of package kernels with a field of that name.
func hasParameter(op, arg string) bool {
	op, ok := strings.CutPrefix(op, "kernels.")
	return ok && slices.Contains(signatures()[op], arg)
}

// signatures has the parameters of the exported functions and methods of package kernels and
// the exported fields of those that are structs, from its source.
var signatures = sync.OnceValue(func() map[string][]string {
	fields, all := map[string][]string{}, map[string][]string{}
	decls := declarations("../kernels")
	for _, d := range decls {
		for _, s := range specsOf(d) {
			if typ, ok := s.(*ast.TypeSpec); ok {
				if str, ok := typ.Type.(*ast.StructType); ok {
					fields[typ.Name.Name] = exported(namesIn(str.Fields))
				}
			}
		}
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

// declarations returns those of the files of a package that are not tests.
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

// TestSignatures: the names that errors are judged by are there.
func TestSignatures(t *testing.T) {
	for _, c := range []struct {
		op, arg string
		has     bool
	}{
		{"kernels.Gemm", "lda", true},
		{"kernels.Gemm", "Bias", false},
		{"kernels.GemmFused", "Bias", true},
		{"kernels.BatchNormForward", "RunVar", true},
		{"kernels.UpdateAdam", "Step", true},
		{"kernels.UpdateAdam", "bias", false},
		{"kernels.PreparedGemm.Do", "c", true},
		{"kernels.PackedB.Pack", "ldb", true},
		{"kernels.Nothing", "x", false},
		{"Gemm", "a", false},
	} {
		if hasParameter(c.op, c.arg) != c.has {
			t.Errorf("%s has a parameter %s: want %v", c.op, c.arg, c.has)
		}
	}
	for _, row := range spec.Table() {
		if signatures()[row.Kernel] == nil {
			t.Errorf("%s is no function", row.Kernel)
		}
	}
}
