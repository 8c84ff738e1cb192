package doctest

import (
	"go/ast"
	"go/build"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// packages yields every directory below dir with Go files outside tests, as go/build
// sees it.
func packages(t *testing.T, dir string, yield func(dir string, p *build.Package)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if name := d.Name(); path != dir &&
			(strings.HasPrefix(name, ".") || name == "testdata" || name == "out") {
			return fs.SkipDir
		}
		if p, err := build.ImportDir(path, 0); err == nil && len(p.GoFiles) > 0 {
			yield(path, p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPackageComments(t *testing.T) {
	packages(t, root, func(dir string, p *build.Package) {
		if p.Doc == "" {
			t.Errorf("package %s in %s has no package comment", p.Name, dir)
		}
	})
}

// withoutExamples are the importable packages that need no examples: only the kernels call
// the stubs of the assembly, and the output of a benchmark differs from run to run.
var withoutExamples = map[string]bool{"kernels/asm": true, "bench": true}

func TestExamples(t *testing.T) {
	checked := 0
	packages(t, root, func(dir string, p *build.Package) {
		rel, err := filepath.Rel(root, dir)
		if err != nil {
			t.Fatal(err)
		}
		rel = filepath.ToSlash(rel)
		if p.Name == "main" || withoutExamples[rel] || strings.Contains(rel+"/", "internal/") ||
			otherModule(rel) {
			return
		}
		checked++
		for _, m := range missing(t, dir, p) {
			t.Errorf("%s: %s", rel, m)
		}
	})
	if checked < 10 {
		t.Errorf("looked at %d packages, want at least 10", checked)
	}
}

// otherModule reports whether a directory belongs to a module other than that of the root.
func otherModule(rel string) bool {
	for ; rel != "."; rel = filepath.ToSlash(filepath.Dir(rel)) {
		if _, err := os.Stat(filepath.Join(root, rel, "go.mod")); err == nil {
			return true
		}
	}
	return false
}

// missing returns a line for each entry point of a package without an example, and for
// each example that does not run. Entry points are the exported functions, and the types
// with methods that no function of the package returns.
func missing(t *testing.T, dir string, p *build.Package) (lines []string) {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for _, names := range [][]string{p.GoFiles, p.TestGoFiles, p.XTestGoFiles} {
		for _, name := range names {
			f, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
	}
	d, err := doc.NewFromFiles(fset, files, p.Name)
	if err != nil {
		t.Fatal(err)
	}
	need := func(name string, examples []*doc.Example) {
		if len(examples) == 0 {
			lines = append(lines, name+" has no example")
		}
		lines = append(lines, silent(name, examples)...)
	}
	lines = append(lines, silent("the package", d.Examples)...)
	for _, f := range d.Funcs {
		need(f.Name, f.Examples)
	}
	for _, y := range d.Types {
		for _, f := range y.Funcs {
			need(f.Name, f.Examples)
		}
		_, isInterface := y.Decl.Specs[0].(*ast.TypeSpec).Type.(*ast.InterfaceType)
		examples := y.Examples
		for _, m := range y.Methods {
			examples = append(examples, m.Examples...)
		}
		if len(y.Methods) > 0 && len(y.Funcs) == 0 && !isInterface {
			need(y.Name, examples)
		} else {
			lines = append(lines, silent(y.Name, examples)...)
		}
	}
	return lines
}

// overviews are the packages whose comment has an index by task, which names every function.
var overviews = []string{"kernels", "mat", "layer", "grad", "optim"}

// TestOverviews: what a package offers can be found from its comment. A constructor may be named by
// its type.
func TestOverviews(t *testing.T) {
	for _, dir := range overviews {
		p, err := build.ImportDir(filepath.Join(root, dir), 0)
		if err != nil {
			t.Fatal(err)
		}
		d := documentation(t, p)
		named := func(name string) bool { return strings.Contains(d.Doc, "["+name+"]") }
		for _, f := range d.Funcs {
			if !named(f.Name) {
				t.Errorf("%s: the package comment does not name [%s]", dir, f.Name)
			}
		}
		for _, y := range d.Types {
			for _, f := range y.Funcs {
				if !named(f.Name) && !named(y.Name) {
					t.Errorf("%s: the package comment names neither [%s] nor [%s]", dir, f.Name, y.Name)
				}
			}
		}
	}
}

// documentation reads the documentation of the files outside tests.
func documentation(t *testing.T, p *build.Package) *doc.Package {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	d, err := doc.NewFromFiles(fset, files, p.Name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// silent returns a line for each example without output, which the tests compile but do not run.
func silent(name string, examples []*doc.Example) (lines []string) {
	for _, e := range examples {
		if e.Output == "" && !e.EmptyOutput {
			lines = append(lines, name+": an example has no output")
		}
	}
	return lines
}

// TestMissing: missing finds what a package lacks, and nothing else.
func TestMissing(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"p.go": `package p
type Made struct{}
func NewMade() *Made { return nil }
func (*Made) Do() {}
type Ready struct{}
func (Ready) Do() {}
type Plain struct{ X int }
type Able interface{ Do() }
func F() {}
func G() {}
func H() {}
func hidden() {}
`,
		"p_test.go": `package p
import "fmt"
func ExampleF() {
	fmt.Println()
	// Output:
}
func ExampleG() { fmt.Println() }
func ExampleMade() {
	fmt.Println()
	// Output:
}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, err := build.ImportDir(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	got := missing(t, dir, p)
	slices.Sort(got)
	want := []string{"G: an example has no output", "H has no example", "NewMade has no example",
		"Ready has no example"}
	if !slices.Equal(got, want) {
		t.Errorf("missing %q, want %q", got, want)
	}
}
