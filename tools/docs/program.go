package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
)

// program is Go code of one or several blocks, with the texts that it must print.
type program struct {
	page   string
	pieces []block
	output []string // of each piece; "" for any
}

func (p *program) String() string { return p.pieces[0].String() }

// imports has the paths of the packages that statements name without importing them.
var imports = map[string]string{}

func init() {
	for _, path := range []string{
		"bytes", "compress/gzip", "context", "encoding/json", "errors", "fmt", "io", "log", "maps", "math",
		"math/rand/v2", "net/http", "net/http/httptest", "os", "path/filepath", "slices", "strings", "time",
		"gonum.org/v1/gonum/blas", "gonum.org/v1/gonum/blas/blas32", "gonum.org/v1/gonum/blas/blas64",
		ours + "kernels", ours + "kernels/gonumblas", ours + "mat", ours + "layer", ours + "grad",
		ours + "optim", ours + "train", ours + "train/plot", ours + "data", ours + "model",
		ours + "model/onnx",
	} {
		name := path[strings.LastIndex(path, "/")+1:]
		if name == "v2" {
			name = "rand"
		}
		imports[name] = path
	}
}

const ours = "github.com/ashlar-go/ashlar/"

// source returns the program as the package of the given name, whose function Block runs it. Errors of the
// compiler have the lines of the page, since root is the folder of the pages.
func (p *program) source(name, root string) (string, error) {
	at := func(b block, line int) string {
		return fmt.Sprintf("//line %s:%d\n", filepath.Join(root, b.page), line)
	}
	if rest, ok := strings.CutPrefix(p.pieces[0].text, "package main\n"); ok {
		if len(p.pieces) > 1 {
			return "", fmt.Errorf("%v: a whole program cannot be continued", p.pieces[1])
		}
		return "package " + name + "\n" + at(p.pieces[0], p.pieces[0].line+1) + rest +
			"\nfunc Block() error { main(); return mark() }\n", nil
	}
	var head, top, body strings.Builder
	for _, b := range p.pieces {
		written, rest, skipped := cutImports(b.text)
		head.WriteString(written)
		if declares(rest) {
			top.WriteString(at(b, b.line+skipped) + rest)
		} else {
			body.WriteString(at(b, b.line+skipped) + rest)
			names := declared(body.String())
			if slices.Contains(names, "err") {
				body.WriteString("\nif err != nil { return err }\n")
			}
		}
		if !b.above {
			body.WriteString("\nmark()\n")
		}
	}
	for _, v := range declared(body.String()) {
		fmt.Fprintf(&body, "_ = %s\n", v)
	}
	code := top.String() + "\nfunc Block() error {\n" + body.String() + "return nil\n}\n"
	f, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+head.String()+code, 0)
	if err != nil {
		return "", err
	}
	for _, n := range unresolved(f) {
		if path, ok := imports[n]; ok {
			fmt.Fprintf(&head, "import %q\n", path)
		}
	}
	return "package " + name + "\n" + head.String() + code, nil
}

// cutImports splits the import declarations from the head of a fragment, and counts their lines.
func cutImports(text string) (imports, rest string, lines int) {
	const head = "package p\n"
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", head+text, parser.ImportsOnly)
	if err != nil || len(f.Decls) == 0 {
		return "", text, 0
	}
	end := fset.Position(f.Decls[len(f.Decls)-1].End()).Offset - len(head)
	return text[:end] + "\n", text[end:], strings.Count(text[:end], "\n")
}

// declares reports whether a fragment consists of declarations, with a function or a type among them.
func declares(text string) bool {
	f, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+text, 0)
	return err == nil && slices.ContainsFunc(f.Decls, func(d ast.Decl) bool {
		g, ok := d.(*ast.GenDecl)
		return !ok || g.Tok == token.TYPE
	})
}

// declared returns the variables that statements declare in their outermost scope.
func declared(statements string) (names []string) {
	f, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc f() {\n"+statements+"\n}", 0)
	if err != nil {
		return nil
	}
	add := func(e ast.Expr) {
		if n, ok := e.(*ast.Ident); ok && n.Name != "_" && !slices.Contains(names, n.Name) {
			names = append(names, n.Name)
		}
	}
	for _, s := range f.Decls[0].(*ast.FuncDecl).Body.List {
		switch s := s.(type) {
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE {
				for _, e := range s.Lhs {
					add(e)
				}
			}
		case *ast.DeclStmt:
			for _, spec := range s.Decl.(*ast.GenDecl).Specs {
				if v, ok := spec.(*ast.ValueSpec); ok && s.Decl.(*ast.GenDecl).Tok == token.VAR {
					for _, n := range v.Names {
						add(n)
					}
				}
			}
		}
	}
	return names
}

// unresolved returns the names that a file uses without declaring or importing them, each once.
func unresolved(f *ast.File) (names []string) {
	imported := map[string]bool{}
	for _, s := range f.Imports {
		path := strings.Trim(s.Path.Value, `"`)
		name := path[strings.LastIndex(path, "/")+1:]
		if s.Name != nil {
			name = s.Name.Name
		}
		imported[name] = true
	}
	for _, n := range f.Unresolved {
		if !imported[n.Name] && !slices.Contains(names, n.Name) {
			names = append(names, n.Name)
		}
	}
	return names
}
