package fuzzing

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func root(t *testing.T) string {
	t.Helper()
	r, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestListed: every fuzz target of the repository is in the list, and nothing else.
func TestListed(t *testing.T) {
	root := root(t)
	found := map[string]bool{}
	pattern := regexp.MustCompile(`(?m)^func (Fuzz\w+)\(\w+ \*testing\.F\)`)
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == ".git" || d.Name() == "out" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if err != nil || !strings.HasSuffix(file, "_test.go") {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(file))
		switch filepath.ToSlash(dir) { // whose targets are samples
		case "internal/fuzztest", "tools/fuzzing":
			return err
		}
		for _, m := range pattern.FindAllSubmatch(text, -1) {
			found[filepath.ToSlash(dir)+"."+string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range Targets() {
		name := target.Dir + "." + target.Name
		if !found[name] {
			t.Errorf("%s is listed, but there is no such target", name)
		}
		delete(found, name)
	}
	for name := range found {
		t.Errorf("%s is not listed", name)
	}
}

// TestSources: each file of package kernels, and all its assembly, is under test by a family or is
// known to be shared.
func TestSources(t *testing.T) {
	root := root(t)
	covered := map[string]bool{}
	for _, target := range Targets() {
		files, err := target.Files(root)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := target.Sources(root); err != nil {
			t.Error(err)
		}
		for _, f := range files {
			covered[f] = true
		}
		tests := func(f string) bool { return strings.HasSuffix(f, "_test.go") || path.Ext(f) == "" }
		if slices.ContainsFunc(files, tests) {
			t.Errorf("%s has tests among its sources: %v", target.Name, files)
		}
	}
	for _, pattern := range []string{"kernels/*.go", "kernels/asm/*_amd64.s"} {
		files, err := fs.Glob(os.DirFS(root), pattern)
		if err != nil || len(files) < 20 {
			t.Fatal(files, err)
		}
		for _, f := range files {
			if !covered[f] && !strings.HasSuffix(f, "_test.go") && !isShared(f) {
				t.Errorf("%s is in no family, nor is it shared: name it in families or shared, in list.go", f)
			}
		}
	}
}

func isShared(file string) bool {
	base, _ := strings.CutSuffix(path.Base(file), ".go")
	for _, pattern := range append(strings.Fields(shared), "constants_*.s", "peak_*.s") {
		if ok, _ := path.Match(pattern, base); ok {
			return true
		}
	}
	return false
}

// TestSourcesChange: the hash follows the files under test.
func TestSourcesChange(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(dir, "p"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "p", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	target := Target{Name: "FuzzX", Dir: "p", sources: []string{"p/*.go"}}
	if _, err := target.Sources(dir); err == nil {
		t.Error("no sources are no error")
	}
	write("a.go", "1")
	first, err := target.Sources(dir)
	if err != nil {
		t.Fatal(err)
	}
	write("a_test.go", "1")
	if again, err := target.Sources(dir); again != first || err != nil {
		t.Errorf("a test changed the hash: %v", err)
	}
	write("a.go", "2")
	if again, err := target.Sources(dir); again == first || err != nil {
		t.Errorf("the hash did not change: %v", err)
	}
}

// TestCoverage: the go command takes the flags, and the packages exist.
func TestCoverage(t *testing.T) {
	root := root(t)
	seen := map[string]bool{}
	for _, target := range Targets() {
		for _, flag := range target.Coverage() {
			_, pkg, _ := strings.Cut(flag, "=")
			pkg, _, _ = strings.Cut(pkg, "=")
			if seen[pkg] {
				continue
			}
			seen[pkg] = true
			list := exec.Command("go", "list", pkg)
			list.Dir = root
			if out, err := list.CombinedOutput(); err != nil || string(bytes.TrimSpace(out)) != pkg {
				t.Errorf("go list %s: %s, %v", pkg, out, err)
			}
		}
	}
}
