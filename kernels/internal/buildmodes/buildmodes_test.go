package buildmodes

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/internal/tiertest"
)

func TestMain(m *testing.M) { tiertest.Main(m) }

// TestBuildModes builds the kernels position-independent, for a shared library, for an archive and for a
// plugin, and demands the digests of this process. It compiles the standard library for each, which
// takes minutes, and needs cgo with a C compiler and Linux; so it runs where ASHLAR_BUILD_MODES names
// the modes, such as "pie,plugin", and fails there if they cannot be built.
func TestBuildModes(t *testing.T) {
	modes := os.Getenv("ASHLAR_BUILD_MODES")
	if modes == "" {
		t.Skip("ASHLAR_BUILD_MODES names no mode")
	}
	want := Digest()
	for mode := range strings.SplitSeq(modes, ",") {
		t.Run(mode, func(t *testing.T) {
			program, ok := builds[mode]
			if !ok {
				t.Fatalf("ASHLAR_BUILD_MODES has %q, want some of pie, c-shared, c-archive, plugin", mode)
			}
			got := output(t, program(t, t.TempDir())...)
			compare(t, got, want)
		})
	}
	if runtime.GOARCH == "amd64" && len(strings.Split(want, "\n")) < 100 {
		t.Errorf("only %d digests", len(strings.Split(want, "\n")))
	}
}

func compare(t *testing.T, got, want string) {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	if len(g) != len(w) {
		t.Fatalf("%d lines, want %d", len(g), len(w))
	}
	for i := range w {
		if g[i] != w[i] {
			t.Errorf("the digest is %q, want %q", g[i], w[i])
		}
	}
	proof.Count(t, "clobber", "digests of rows of the table in other build modes", len(w)-1)
}

// builds are functions that build a program in a directory, and return the command that runs it.
var builds = map[string]func(t *testing.T, dir string) []string{
	"pie": func(t *testing.T, dir string) []string {
		return []string{build(t, dir, "plain", "./testdata/plain", "-buildmode=pie")}
	},
	"c-shared": func(t *testing.T, dir string) []string {
		build(t, dir, "libdigest.so", "./testdata/library", "-buildmode=c-shared")
		program := filepath.Join(dir, "caller")
		output(t, "gcc", "-o", program, "testdata/caller.c", "-L"+dir, "-ldigest", "-Wl,-rpath,"+dir)
		return []string{program}
	},
	"c-archive": func(t *testing.T, dir string) []string {
		archive, program := build(t, dir, "libdigest.a", "./testdata/library", "-buildmode=c-archive"),
			filepath.Join(dir, "caller")
		output(t, "gcc", "-o", program, "testdata/caller.c", archive, "-lpthread")
		return []string{program}
	},
	"plugin": func(t *testing.T, dir string) []string {
		return []string{build(t, dir, "host", "./testdata/host"),
			build(t, dir, "digest.so", "./testdata/plugin", "-buildmode=plugin")}
	},
}

// build builds a package and returns the path of what it built.
func build(t *testing.T, dir, name, pkg string, flags ...string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	args := append([]string{"go", "build"}, flags...)
	output(t, append(args, "-o", path, pkg)...)
	return path
}

// output runs a command with cgo and returns what it prints.
func output(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr strings.Builder
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, stderr.String())
	}
	return stdout.String()
}
