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

// withoutCgo is the environment in which packages are listed and programs are built: a list made with cgo
// has packages that no program without it can contain.
var withoutCgo = []string{"CGO_ENABLED=0"}

// excused are the calls that the import of a module makes beside those of the standard library. SECURITY.md
// names them. Package internal/detrand of the module protobuf has a hash of the program's own file.
var excused = map[string]*regexp.Regexp{
	"model/onnx": regexp.MustCompile(`^(readlinkat\(AT_FDCWD, "/proc/self/exe", .*|` +
		`openat\(AT_FDCWD, "the program", O_RDONLY\|O_CLOEXEC\))$`),
}

// TestImportTouchesNothing: a program that imports all public packages of a published module, and does
// nothing, opens no file and no connection that an empty program does not. strace tells, so the test runs
// on Linux; where a machine must have it, ASHLAR_REQUIRE_STRACE makes its lack a failure.
func TestImportTouchesNothing(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		if os.Getenv("ASHLAR_REQUIRE_STRACE") != "" {
			t.Fatal("strace is not installed (Debian: strace)")
		}
		t.Skip("needs strace (Debian: strace)")
	}
	packages := 0
	var all []string
	for _, dir := range published {
		public := publicPackages(t, dir)
		if len(public) == 0 {
			if dir != "cmd/ashlar" { // a command, which nothing can import
				t.Errorf("the module in %s has no public package", dir)
			}
			continue
		}
		packages += len(public)
		std := standard(t, public)
		all = append(all, std...)
		empty, full := traced(t, std), traced(t, append(slices.Clone(std), public...))
		for _, call := range full {
			if e := excused[dir]; !slices.Contains(empty, call) && (e == nil || !e.MatchString(call)) {
				t.Errorf("an import of Ashlar makes the system call %s: module %s", call, dir)
			}
		}
	}
	slices.Sort(all)
	planted := traced(t, slices.Compact(all), `os.ReadFile("/etc/hostname")`, `net.Dial("udp", "127.0.0.1:9")`)
	seen := strings.Join(planted, "\n")
	if !strings.Contains(seen, "/etc/hostname") || !strings.Contains(seen, "connect(") {
		t.Errorf("the test does not see that a program opens a file and a connection: %q", planted)
	}
	proof.Count(t, "supply", "packages whose import opens no file and no connection", packages)
}

// publicPackages are the packages of a module that users import.
func publicPackages(t *testing.T, dir string) (public []string) {
	t.Helper()
	const format = "{{if ne .Name \"main\"}}{{.ImportPath}}{{end}}"
	for _, p := range gocmd(t, dir, withoutCgo, "list", "-f", format, "./...") {
		if p != "" && !forDevelopers.MatchString(p) {
			public = append(public, p)
		}
	}
	return public
}

// standard are the packages of the standard library that packages import, which may touch what they like.
func standard(t *testing.T, packages []string) (std []string) {
	t.Helper()
	args := []string{"list", "-deps", "-f", "{{if .Standard}}{{.ImportPath}}{{end}}"}
	for _, line := range gocmd(t, ".", withoutCgo, append(args, packages...)...) {
		if line != "" && line != "unsafe" && !hidden.MatchString(line) {
			std = append(std, line)
		}
	}
	return std
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
	gocmd(t, ".", withoutCgo, "build", "-o", program, main)
	cmd := exec.Command("strace", "-f", "-qq", "-s", "4096", "-e", "trace=%file,%network", "-e", "signal=none",
		"-o", trace, program)
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
			calls = append(calls, strings.ReplaceAll(m[1], program, "the program"))
		}
	}
	return calls
}
