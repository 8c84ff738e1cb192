// Package source reads the public API of the repository from its source: every exported function
// and type of every public package, and the names of all parameters.
package source

import (
	"encoding/json"
	"fmt"
	"go/types"
	"os"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// Module is the path that all public packages begin with.
const Module = "github.com/ashlar-go/ashlar"

// notPublic are the trees without an API for users: programs, tests, and kernels/asm, whose stubs
// package kernels alone may call, after its checks.
var notPublic = []string{"bench", "cmd", "examples", "fuzz", "kernels/asm", "tools"}

// API is the public part of some packages.
type API struct {
	Packages []Package
}

// Package is a public package.
type Package struct {
	Path, Name string
	Functions  []Function
	Types      []Type
	// Methods has the parameters of each exported method of an exported type, as "Type.Method",
	// promoted ones and those of interfaces included.
	Methods map[string][]string
	// Fields has the exported fields of each exported struct.
	Fields map[string][]string
}

// Function is an exported function, or an instance of one.
type Function struct {
	Name   string   // "Gemm"
	Args   []string // the type arguments of the instance; nil for a function without any
	Params []string
}

// Type is an exported type, or an instance of one.
type Type struct {
	Name string
	Args []string
}

// Instance returns the name with its type arguments: "Gemm[float32]".
func Instance(name string, args []string) string {
	if len(args) == 0 {
		return name
	}
	return name + "[" + strings.Join(args, ", ") + "]"
}

// Read reads the public packages of the modules that a folder of the repository belongs to. GOFLAGS
// with -overlay counts.
func Read(dir string) (*API, error) {
	replaced, err := overlay()
	if err != nil {
		return nil, err
	}
	names, err := packages.Load(&packages.Config{Dir: dir, Mode: packages.NeedName}, Module+"/...")
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, p := range names {
		if public(p) {
			paths = append(paths, p.PkgPath)
		}
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no public package of %s is seen from %s", Module, dir)
	}
	// Types of other packages come from what the compiler exported.
	list, err := packages.Load(&packages.Config{Dir: dir, Overlay: replaced, Mode: packages.NeedName |
		packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedSyntax | packages.NeedTypes |
		packages.NeedTypesInfo | packages.NeedImports | packages.NeedExportFile}, paths...)
	if err != nil {
		return nil, err
	}
	api := &API{}
	for _, p := range list {
		for _, e := range p.Errors {
			return nil, fmt.Errorf("%s: %v", p.PkgPath, e)
		}
		read, err := readPackage(p)
		if err != nil {
			return nil, err
		}
		api.Packages = append(api.Packages, *read)
	}
	slices.SortFunc(api.Packages, func(a, b Package) int { return strings.Compare(a.Path, b.Path) })
	return api, nil
}

// overlay returns the contents of the files that an -overlay in GOFLAGS replaces: package packages
// parses the files of the disk.
func overlay() (map[string][]byte, error) {
	contents := map[string][]byte{}
	for _, flag := range strings.Fields(os.Getenv("GOFLAGS")) {
		name, ok := strings.CutPrefix(flag, "-overlay=")
		if !ok {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var table struct{ Replace map[string]string }
		if err := json.Unmarshal(text, &table); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for path, with := range table.Replace {
			if contents[path], err = os.ReadFile(with); err != nil {
				return nil, err
			}
		}
	}
	return contents, nil
}

func public(p *packages.Package) bool {
	path, ok := strings.CutPrefix(p.PkgPath, Module+"/")
	if !ok || p.Name == "main" || strings.Contains("/"+path+"/", "/internal/") {
		return false
	}
	return !slices.ContainsFunc(notPublic, func(tree string) bool {
		return path == tree || strings.HasPrefix(path, tree+"/")
	})
}

func readPackage(p *packages.Package) (*Package, error) {
	read := &Package{Path: p.PkgPath, Name: p.Name, Methods: map[string][]string{},
		Fields: map[string][]string{}}
	scope := p.Types.Scope()
	for _, name := range scope.Names() {
		object := scope.Lookup(name)
		if !object.Exported() {
			continue
		}
		switch object := object.(type) {
		case *types.Func:
			s := object.Signature()
			instances, err := instances(s.TypeParams())
			if err != nil {
				return nil, fmt.Errorf("%s.%s: %w", p.PkgPath, name, err)
			}
			for _, args := range instances {
				read.Functions = append(read.Functions, Function{name, args, params(s)})
			}
		case *types.TypeName:
			if err := read.addType(object); err != nil {
				return nil, fmt.Errorf("%s.%s: %w", p.PkgPath, name, err)
			}
		case *types.Var:
			if _, ok := object.Type().Underlying().(*types.Signature); ok {
				return nil, fmt.Errorf("%s.%s is a variable with a function, which no row can name",
					p.PkgPath, name)
			}
		}
	}
	return read, nil
}

// addType adds a type with its methods. A constraint is no type of values.
func (p *Package) addType(object *types.TypeName) error {
	named, ok := object.Type().(*types.Named)
	if !ok {
		return nil
	}
	if i, ok := named.Underlying().(*types.Interface); ok && !i.IsMethodSet() {
		return nil
	}
	instances, err := instances(named.TypeParams())
	if err != nil {
		return err
	}
	for _, args := range instances {
		p.Types = append(p.Types, Type{object.Name(), args})
	}
	for _, typ := range []types.Type{named, types.NewPointer(named)} {
		set := types.NewMethodSet(typ)
		for i := range set.Len() {
			if m, ok := set.At(i).Obj().(*types.Func); ok && m.Exported() {
				p.Methods[object.Name()+"."+m.Name()] = params(m.Signature())
			}
		}
	}
	if s, ok := named.Underlying().(*types.Struct); ok {
		for i := range s.NumFields() {
			if f := s.Field(i); f.Exported() {
				p.Fields[object.Name()] = append(p.Fields[object.Name()], f.Name())
			}
		}
	}
	return nil
}

func params(s *types.Signature) (names []string) {
	for i := range s.Params().Len() {
		name := s.Params().At(i).Name()
		if name == "" {
			name = "_"
		}
		names = append(names, name)
	}
	return names
}

// candidates are the types that instances have as arguments.
var candidates = []types.BasicKind{types.Float32, types.Float64, types.Int, types.Uint8, types.Bool}

// Record stands for a type argument that may be any type: the tests have a struct of this name.
const Record = "record"

// instances returns the lists of type arguments with which a function or type is tested: a
// function of floats with float32 and with float64.
func instances(list *types.TypeParamList) ([][]string, error) {
	all := [][]string{nil}
	for i := range list.Len() {
		constraint := list.At(i).Constraint().Underlying().(*types.Interface)
		var args []string
		switch {
		case constraint.Empty():
			args = []string{Record}
		default:
			for _, kind := range candidates {
				if types.Satisfies(types.Typ[kind], constraint) {
					args = append(args, types.Typ[kind].Name())
				}
			}
		}
		if len(args) == 0 {
			return nil, fmt.Errorf("no type argument is known for %s", list.At(i))
		}
		var next [][]string
		for _, before := range all {
			for _, a := range args {
				next = append(next, append(slices.Clone(before), a))
			}
		}
		all = next
	}
	return all, nil
}
