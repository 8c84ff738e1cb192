// Command gonumsuite runs gonum's own tests of mat, lapack and stat with this repository's
// BLAS registered.
//
//	go run ./tools/gonumsuite [flags of go test] [packages]
//
// It copies the gonum module that go.mod names to a temporary folder, where it adds to each
// package a test file whose init calls gonumblas.Use. Without packages it takes ./mat/...,
// ./lapack/... and ./stat/... . It changes one line of gonum's: mat's TestDenseMul compares the
// whole text of a panic, and ours continues after gonum's text with the values.
package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/ashlar-go/ashlar/tools/internal/tempdir"
)

const (
	gonum  = "gonum.org/v1/gonum"
	ashlar = "github.com/ashlar-go/ashlar"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gonumsuite:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags, packages := split(args)
	checkout, err := output(".", "go", "list", "-m", "-f", "{{.Dir}}", ashlar)
	if err != nil {
		return err
	}
	dir, remove, err := tempdir.Make("gonumsuite")
	if err != nil {
		return err
	}
	defer remove()
	if err := copyModule(dir); err != nil {
		return err
	}
	if _, err := output(dir, "go", "mod", "edit", "-require", ashlar+"@v0.0.0", "-replace",
		ashlar+"="+strings.TrimSpace(checkout)); err != nil {
		return err
	}
	if err := comparePrefix(filepath.Join(dir, "mat", "dense_test.go")); err != nil {
		return err
	}
	n, err := register(dir, packages)
	if err != nil {
		return err
	}
	fmt.Printf("gonum's own tests of %d packages, with the BLAS of %s\n", n, ashlar)
	cmd := exec.Command("go", append(append([]string{"test", "-mod=mod"}, flags...), packages...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, os.Stdout, os.Stderr
	return cmd.Run()
}

// split separates the flags from the packages, which begin with a dot.
func split(args []string) (flags, packages []string) {
	for _, a := range args {
		if strings.HasPrefix(a, ".") {
			packages = append(packages, a)
		} else {
			flags = append(flags, a)
		}
	}
	if packages == nil {
		packages = []string{"./mat/...", "./lapack/...", "./stat/..."}
	}
	return flags, packages
}

// copyModule copies the gonum module to dir, writable.
func copyModule(dir string) error {
	out, err := output(".", "go", "mod", "download", "-json", gonum)
	if err != nil {
		return err
	}
	var module struct{ Dir string }
	if err := json.Unmarshal([]byte(out), &module); err != nil {
		return fmt.Errorf("go mod download -json %s: %w", gonum, err)
	}
	if err := os.CopyFS(dir, os.DirFS(module.Dir)); err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.Chmod(path, 0o755)
		}
		return os.Chmod(path, 0o644)
	})
}

// comparePrefix makes TestDenseMul compare the beginning of the text only.
func comparePrefix(file string) error {
	const (
		whole  = `message != "blas: insufficient length of c"`
		prefix = `!strings.HasPrefix(message, "blas: insufficient length of c")`
	)
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if n := strings.Count(string(text), whole); n != 1 {
		return fmt.Errorf("%s: the comparison to replace occurs %d times, want once",
			filepath.Base(file), n)
	}
	return os.WriteFile(file, []byte(strings.Replace(string(text), whole, prefix, 1)), 0o644)
}

// register adds the test file to each package that has tests, and returns their number.
func register(dir string, packages []string) (int, error) {
	list, err := output(dir, "go", append([]string{"list", "-mod=mod", "-f",
		"{{if or .TestGoFiles .XTestGoFiles}}{{.Name}} {{.Dir}}{{end}}"}, packages...)...)
	if err != nil {
		return 0, err
	}
	n := 0
	for line := range strings.Lines(list) {
		name, folder, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			continue
		}
		text := fmt.Sprintf("package %s\n\nimport %q\n\nfunc init() { gonumblas.Use() }\n", name,
			ashlar+"/kernels/gonumblas")
		if err := os.WriteFile(filepath.Join(folder, "use_ashlar_test.go"), []byte(text),
			0o644); err != nil {
			return 0, err
		}
		n++
	}
	if n == 0 {
		return 0, fmt.Errorf("no package with tests in %v", packages)
	}
	return n, nil
}

// output runs a command in dir and returns what it prints.
func output(dir, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, stderr.String())
	}
	return string(out), nil
}
