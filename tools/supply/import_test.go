package supply

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/internal/proof"
)

// TestImportTouchesNothing: a program that imports all public packages of the main module, and does
// nothing, opens no file and no connection that an empty program does not. strace tells, so the test runs
// on Linux; where a machine must have it, ASHLAR_REQUIRE_STRACE makes its lack a failure.
func TestImportTouchesNothing(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		if os.Getenv("ASHLAR_REQUIRE_STRACE") != "" {
			t.Fatal("strace is not installed (Debian: strace)")
		}
		t.Skip("needs strace (Debian: strace)")
	}
	var public, std []string
	for _, p := range gocmd(t, ".", nil, "list", "./...") {
		if !forDevelopers.MatchString(p) {
			public = append(public, p)
		}
	}
	// The standard library may touch what it likes.
	for _, line := range gocmd(t, ".", nil, append([]string{"list", "-deps", "-f",
		"{{if .Standard}}{{.ImportPath}}{{end}}"}, public...)...) {
		if line != "" && line != "unsafe" && !hidden.MatchString(line) {
			std = append(std, line)
		}
	}
	empty, full := traced(t, std), traced(t, append(slices.Clone(std), public...))
	for _, call := range full {
		if !slices.Contains(empty, call) {
			t.Errorf("an import of Ashlar makes the system call %s", call)
		}
	}
	planted := traced(t, std, "os.ReadFile(\"/etc/hostname\")", "net.Dial(\"udp\", \"127.0.0.1:9\")")
	seen := strings.Join(planted, "\n")
	if !strings.Contains(seen, "/etc/hostname") || !strings.Contains(seen, "connect(") {
		t.Errorf("the test does not see that a program opens a file and a connection: %q", planted)
	}
	if len(public) < 8 {
		t.Errorf("%d public packages: %q", len(public), public)
	}
	proof.Count(t, "supply", "packages whose import opens no file and no connection", len(public))
}

// forDevelopers matches the packages that are not for users, hidden those of the standard library that no
// program can import.
var (
	forDevelopers = regexp.MustCompile("/internal/|/(tools|fuzz|bench)(/|$)")
	hidden        = regexp.MustCompile("internal|^vendor/")
)

// call matches a line of strace: the process, the call, its arguments.
var call = regexp.MustCompile(`^(?:\d+ +)?(\w+\(.*?)(?: *= .*)?$`)

// traced builds a program that imports packages and runs statements, and returns its system calls on files
// and the network, but not the one that starts it.
func traced(t *testing.T, imports []string, statements ...string) (calls []string) {
	t.Helper()
	var text strings.Builder
	text.WriteString("package main\n\nimport (\n")
	for _, p := range imports {
		if statements == nil || p != "os" {
			fmt.Fprintf(&text, "\t_ %q\n", p)
		}
	}
	if statements != nil {
		text.WriteString("\t\"net\"\n\t\"os\"\n")
	}
	fmt.Fprintf(&text, ")\n\nfunc main() {\n%s\n}\n", strings.Join(statements, "\n"))
	main := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(main, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	program, trace := filepath.Join(t.TempDir(), "program"), filepath.Join(t.TempDir(), "trace")
	gocmd(t, ".", []string{"CGO_ENABLED=0"}, "build", "-o", program, main)
	cmd := exec.Command("strace", "-f", "-qq", "-e", "trace=%file,%network", "-e", "signal=none", "-o", trace,
		program)
	cmd.Env = append(os.Environ(), "ASHLAR_TIER=", "ASHLAR_THREADS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("strace: %v\n%s", err, out)
	}
	lines, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(lines)) {
		m := call.FindStringSubmatch(strings.TrimSpace(line))
		if m != nil && !strings.HasPrefix(m[1], "execve(") {
			calls = append(calls, m[1])
		}
	}
	return calls
}
