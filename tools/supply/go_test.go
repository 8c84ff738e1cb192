package supply

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../.."

// ours is how the paths of our modules begin.
const ours = "github.com/ashlar-go/ashlar"

// published are the folders of the modules that users require.
var published = []string{".", "train/plot", "model/onnx", "cmd/ashlar"}

// targets are the machines whose programs are looked at.
var targets = []string{"linux/amd64", "linux/arm64", "linux/s390x", "darwin/arm64", "windows/amd64",
	"freebsd/arm64", "js/wasm"}

// gocmd runs the go command in a folder of the repository and returns the lines that it prints.
func gocmd(t *testing.T, dir string, env []string, args ...string) []string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = filepath.Join(root, dir)
	cmd.Env = append(os.Environ(), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("go %s in %s: %v\n%s", strings.Join(args, " "), dir, err, errs.Bytes())
	}
	return strings.Split(strings.TrimSpace(out.String()), "\n")
}

// on is the environment for a target such as linux/amd64.
func on(target string) []string {
	goos, goarch, _ := strings.Cut(target, "/")
	return []string{"GOOS=" + goos, "GOARCH=" + goarch, "CGO_ENABLED=0"}
}

// read reads a file of the repository as the go command would: an -overlay in GOFLAGS, by which defects are
// planted, puts another in its place.
func read(t *testing.T, name string) []byte {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	for _, flag := range strings.Fields(os.Getenv("GOFLAGS")) {
		file, ok := strings.CutPrefix(flag, "-overlay=")
		if !ok {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var overlay struct{ Replace map[string]string }
		if err := json.Unmarshal(text, &overlay); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if other := overlay.Replace[path]; other != "" {
			path = other
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// modules returns the modules of others whose packages are in programs of a module, or in its tests too, and
// the number of packages looked at. A folder may stand for a pattern of packages.
func modules(t *testing.T, dir string, tests bool, patterns ...string) (list map[string]module, n int) {
	t.Helper()
	list = map[string]module{}
	for _, target := range targets {
		args := []string{"list", "-deps", "-f", `{{with .Module}}{{.Path}} {{.Version}} {{.Dir}}{{end}}`}
		if tests {
			args = append(args, "-test")
		}
		for _, line := range gocmd(t, dir, on(target), append(args, patterns...)...) {
			n++
			f := strings.SplitN(line, " ", 3)
			if len(f) == 3 && f[0] != ours && !strings.HasPrefix(f[0], ours+"/") {
				list[f[0]] = module{f[0], f[1], f[2]}
			}
		}
	}
	return list, n
}

// module is a module of others.
type module struct{ path, version, dir string }

func (m module) String() string { return fmt.Sprint(m.path, " ", m.version) }
