package supply

import (
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/internal/proof"
)

// TestNoCgo: no file of a published module imports C, has code that only cgo compiles, or depends on cgo or
// on an experiment of the compiler, whatever systems and builds it is for. No package that the modules import
// beside the standard library has files for cgo or for the lack of an experiment, on any target.
func TestNoCgo(t *testing.T) {
	packages, seen := map[string]bool{}, map[string]bool{}
	patterns := []string{"list", "-deps", "-f",
		`{{if not .Standard}}{{.ImportPath}}|{{.Dir}}|{{join .CgoFiles ","}}|{{join .GoFiles ","}}{{end}}`}
	for _, dir := range published {
		folders := sources(t, dir)
		for folder, names := range folders {
			packages[folder] = true
			for _, name := range names {
				checkFile(t, path.Join(folder, name))
			}
		}
		if len(folders) == 0 {
			t.Errorf("the module in %s has no files", dir)
		}
		patterns = append(patterns, "./"+path.Join(dir, "..."))
	}
	for _, target := range targets {
		for _, line := range gocmd(t, ".", append(on(target), "CGO_ENABLED=1"), patterns...) {
			f := strings.Split(line, "|")
			if len(f) != 4 || seen[line] || strings.HasPrefix(f[0], ours) {
				continue
			}
			packages[f[0]], seen[line] = true, true
			if f[2] != "" {
				t.Errorf("%s has files for cgo: %s on %s", f[0], f[2], target)
			}
			for name := range strings.SplitSeq(f[3], ",") {
				if tags := tagsIn(t, string(readAt(t, f[1], name))); slices.ContainsFunc(tags, experimental) {
					t.Errorf("%s: %s has a constraint on %q", f[0], name, tags)
				}
			}
		}
	}
	for _, name := range []string{"Makefile", ".ci/run"} {
		if strings.Contains(string(read(t, name)), "GOEXPERIMENT") {
			t.Errorf("%s sets GOEXPERIMENT, which users would have to set too", name)
		}
	}
	proof.Count(t, "supply", "packages without cgo and experiments", len(packages))
}

// foreign are the ends of the names of files that the go command gives to cgo or to a linker of C.
var foreign = []string{".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx", ".f", ".F", ".for", ".f90",
	".S", ".sx", ".swig", ".swigcxx", ".syso"}

// sources are the files of each folder of a module that has Go files, but for those of modules inside it, and
// of folders that the go command does not enter.
func sources(t *testing.T, dir string) map[string][]string {
	t.Helper()
	folders := map[string][]string{}
	start := filepath.Join(root, filepath.FromSlash(dir))
	err := filepath.WalkDir(start, func(file string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := e.Name()
		if !e.IsDir() {
			folder, err := filepath.Rel(root, filepath.Dir(file))
			folder = filepath.ToSlash(folder)
			folders[folder] = append(folders[folder], name)
			return err
		}
		inside, err := filepath.Glob(filepath.Join(file, "go.mod"))
		if file != start && (len(inside) > 0 || name == "testdata" || name[0] == '.' || name[0] == '_') {
			return filepath.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for folder, names := range folders {
		if !slices.ContainsFunc(names, func(name string) bool { return path.Ext(name) == ".go" }) {
			delete(folders, folder)
		}
	}
	return folders
}

// checkFile looks at one file, not at what the go command would choose here.
func checkFile(t *testing.T, name string) {
	t.Helper()
	extension := path.Ext(name)
	if slices.Contains(foreign, extension) {
		t.Errorf("%s has files for cgo: %s", path.Dir(name), path.Base(name))
	}
	if extension != ".go" && extension != ".s" {
		return
	}
	text := string(read(t, name))
	for _, tag := range tagsIn(t, text) {
		if tag == "cgo" || experimental(tag) {
			t.Errorf("%s has a constraint on %s", name, tag)
		}
	}
	if extension == ".s" {
		return
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
	if err != nil {
		t.Error(err)
		return
	}
	for _, s := range file.Imports {
		if s.Path.Value == `"C"` {
			t.Errorf("%s has files for cgo: %s", path.Dir(name), path.Base(name))
		}
	}
}

// tagsIn are the tags in the constraints of a file, negated or not.
func tagsIn(t *testing.T, text string) (tags []string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); !constraint.IsGoBuild(line) && !constraint.IsPlusBuild(line) {
			continue
		}
		expr, err := constraint.Parse(line)
		if err != nil {
			t.Error(err)
			continue
		}
		tags = append(tags, tagsOf(expr)...)
	}
	return tags
}

func experimental(tag string) bool { return strings.HasPrefix(tag, "goexperiment.") }

// tagsOf are the tags that an expression names.
func tagsOf(expr constraint.Expr) []string {
	switch e := expr.(type) {
	case *constraint.TagExpr:
		return []string{e.Tag}
	case *constraint.NotExpr:
		return tagsOf(e.X)
	case *constraint.AndExpr:
		return append(tagsOf(e.X), tagsOf(e.Y)...)
	case *constraint.OrExpr:
		return append(tagsOf(e.X), tagsOf(e.Y)...)
	}
	return nil
}
