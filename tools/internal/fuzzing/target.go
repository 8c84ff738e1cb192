// Package fuzzing lists the fuzz targets of the repository, with the sources that each of them tests
// and the executions that it must come to. Program tools/fuzzing runs them and keeps the ledger;
// program tools/trust reads it.
package fuzzing

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/ashlar-go/ashlar/tools/internal/ledger"
)

// Target is a fuzz target.
type Target struct {
	Name    string // "FuzzGemm"
	Dir     string // of its package, below the root
	Kind    Kind
	sources []string // patterns of the files under test, below the root
	product []string // patterns of the packages whose coverage leads the fuzzer
}

// Kind is what a target tests.
type Kind int

const (
	Family  Kind = iota // of kernels, or BLAS
	Parser              // of bytes from outside
	Picture             // a plot of any numbers, which takes milliseconds
)

// Executions that the targets of each kind must come to.
const (
	FamilyLeast  = 10_000_000
	ParserLeast  = 1_000_000
	PictureLeast = 100_000
)

// Least returns how many executions the target must come to.
func (t *Target) Least() int { return [...]int{FamilyLeast, ParserLeast, PictureLeast}[t.Kind] }

// Key names the target in the ledger. The CPUs of different architectures run different code.
func (t *Target) Key() string { return t.Dir + "." + t.Name + "/" + runtime.GOARCH }

// Coverage returns the arguments of the go command that instrument what the target tests. The
// coverage of all else, oracles and the standard library among it, would lead the fuzzer astray, and
// looking it through costs more than an execution.
func (t *Target) Coverage() (args []string) {
	for _, p := range t.product {
		args = append(args, "-gcflags="+path.Join("github.com/ashlar-go/ashlar", p)+"=-d=libfuzzer")
	}
	return args
}

// Sources returns the hash of the files under test.
func (t *Target) Sources(root string) (string, error) {
	files, err := t.Files(root)
	if err != nil {
		return "", err
	}
	return ledger.Hash(root, files...)
}

// Files returns the files under test: those that its patterns match, but no tests, and no assembly of
// other architectures. A file after "!" is excluded.
func (t *Target) Files(root string) (files []string, err error) {
	for _, pattern := range t.sources {
		pattern, without := strings.CutPrefix(pattern, "!")
		list, err := fs.Glob(os.DirFS(root), pattern)
		if err != nil || len(list) == 0 {
			return nil, fmt.Errorf("the sources of %s: no file matches %s: %v", t.Name, pattern, err)
		}
		for _, f := range list {
			switch {
			case without:
				files = slices.DeleteFunc(files, func(g string) bool { return f == g })
			case strings.HasSuffix(f, "_test.go"):
			case path.Ext(f) == ".go" || strings.HasSuffix(f, "_"+runtime.GOARCH+".s"):
				files = append(files, f)
			}
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no sources", t.Name)
	}
	return files, nil
}

// Targets returns all targets.
func Targets() (list []Target) {
	for _, f := range families {
		t := Target{Name: f.target, Dir: "fuzz", product: []string{"kernels"}}
		for _, name := range strings.Fields(f.files) {
			if without, ok := strings.CutPrefix(name, "!"); ok {
				t.sources = append(t.sources, "!kernels/"+without+".go")
				continue
			}
			t.sources = append(t.sources, "kernels/"+name+".go")
		}
		for _, name := range strings.Fields(f.asm) {
			t.sources = append(t.sources, "kernels/asm/"+name+"_*.s")
		}
		list = append(list, t)
	}
	for _, p := range packages {
		for _, name := range strings.Fields(p.targets) {
			list = append(list, Target{Name: name, Dir: p.dir, Kind: p.kind,
				sources: append([]string{p.dir + "/*.go"}, p.sources...),
				product: append([]string{p.dir}, p.product...)})
		}
	}
	return list
}

// Sample returns a family's target of a package with one folder of sources, for tests of programs
// that run targets.
func Sample(name, dir string) Target {
	return Target{Name: name, Dir: dir, sources: []string{dir + "/*.go"}, product: []string{dir}}
}

// Root returns the folder of the module, where the working directory is in it.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("the working directory is in no checkout of the repository")
		}
		dir = filepath.Dir(dir)
	}
}
