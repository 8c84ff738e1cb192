package main

import (
	"errors"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ashlar-go/ashlar/fuzz/spec"
)

// callers is who may call whom in package kernels, upside down: by the name of a function of the
// assembly, a Go function or a method, those in whose text it stands.
type callers map[string]map[string]bool

// callersOf reads package kernels with its tests as an architecture builds it. Who names a type may call
// all its methods, through an interface.
func callersOf(root, arch string) (callers, error) {
	dir := filepath.Join(root, "kernels")
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	context := build.Default
	context.GOARCH, context.CgoEnabled = arch, false
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		base := filepath.Base(name)
		built, err := context.MatchFile(dir, base)
		if err != nil || !built {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		return nil, errors.New("no Go files in " + dir)
	}
	return graph(fset, files), nil
}

// graph checks the types of the files as far as that goes without the packages that they import.
func graph(fset *token.FileSet, files []*ast.File) callers {
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: none{importer.Default()}, Error: func(error) {}}
	conf.Check("kernels", fset, files, info) // the errors are those of the missing imports
	c := callers{}
	for _, file := range files {
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				c.function(d, info)
			case *ast.GenDecl:
				for _, s := range d.Specs {
					c.declaration(s, info)
				}
			}
		}
	}
	return c
}

// none imports nothing but package unsafe.
type none struct{ types.Importer }

func (none) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	return nil, errors.New("not imported")
}

// function notes what stands in a function.
func (c callers) function(f *ast.FuncDecl, info *types.Info) {
	caller := f.Name.Name
	if f.Recv != nil {
		r := receiver(f.Recv.List[0].Type)
		caller = r + "." + caller
		c.edge(caller, r)
	}
	c.text(caller, f, info)
}

// declaration notes what a type has for fields, and what a variable starts with.
func (c callers) declaration(s ast.Spec, info *types.Info) {
	switch s := s.(type) {
	case *ast.TypeSpec:
		c.text(s.Name.Name, s.Type, info)
	case *ast.ValueSpec:
		for _, name := range s.Names {
			c.text(name.Name, s, info)
		}
	}
}

// text notes the functions, types and variables of the package that stand in the text of a caller.
func (c callers) text(caller string, n ast.Node, info *types.Info) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && (x.Name == "asm" || x.Name == "kernels") {
				c.edge(n.Sel.Name, caller)
			}
		case *ast.Ident:
			switch o := info.Uses[n].(type) {
			case *types.Func:
				if o.Signature().Recv() == nil {
					c.edge(o.Name(), caller)
				}
			case *types.TypeName:
				c.edge(o.Name(), caller)
			case *types.Var:
				if o.Parent() != nil && o.Pkg() != nil && o.Parent() == o.Pkg().Scope() {
					c.edge(o.Name(), caller)
				}
			}
		}
		return true
	})
}

func (c callers) edge(callee, caller string) {
	if c[callee] == nil {
		c[callee] = map[string]bool{}
	}
	c[callee][caller] = true
}

// receiver is the name of the type of a method.
func receiver(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.IndexListExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	}
	return ""
}

// reached returns the exported functions of package kernels that may call a function, and through how
// many others.
func (c callers) reached(function string) map[string]int {
	depth, exported := map[string]int{function: 0}, map[string]int{}
	for queue := []string{function}; len(queue) > 0; queue = queue[1:] {
		next := queue[0]
		for caller := range c[next] {
			if _, seen := depth[caller]; seen {
				continue
			}
			depth[caller] = depth[next] + 1
			queue = append(queue, caller)
			if ast.IsExported(caller) {
				exported[caller] = depth[caller]
			}
		}
	}
	return exported
}

// rowsOf returns the kernels of the table of package spec that may call one of some functions, and
// those of them that do so most directly.
func (c callers) rowsOf(functions []string, table []spec.Row) (nearest, all []string) {
	near := map[string]bool{}
	for _, f := range functions {
		reached := c.reached(f)
		least := math.MaxInt
		for _, r := range table {
			if d, ok := depthOf(r, reached); ok {
				least = min(least, d)
			}
		}
		for _, r := range table {
			if d, ok := depthOf(r, reached); ok {
				near[r.Kernel] = near[r.Kernel] || d == least
			}
		}
	}
	for _, kernel := range slices.Sorted(maps.Keys(near)) {
		all = append(all, kernel)
		if near[kernel] {
			nearest = append(nearest, kernel)
		}
	}
	return nearest, all
}

// testsOf returns the tests of package kernels that may call one of some functions: all of them, or those
// that call it most directly and through one function more.
func (c callers) testsOf(functions []string, all bool) []string {
	tests := map[string]bool{}
	for _, f := range functions {
		reached, least := c.reached(f), math.MaxInt
		isTest := func(name string) bool { return strings.HasPrefix(name, "Test") && name != "TestMain" }
		for name, depth := range reached {
			if isTest(name) {
				least = min(least, depth)
			}
		}
		for name, depth := range reached {
			if isTest(name) && (all || depth <= least+1) {
				tests[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(tests))
}

// depthOf returns the least number of calls from the functions of a row.
func depthOf(r spec.Row, reached map[string]int) (least int, ok bool) {
	for _, name := range append([]string{r.Kernel}, r.Also...) {
		if d, found := reached[name]; found && (!ok || d < least) {
			least, ok = d, true
		}
	}
	return least, ok
}
