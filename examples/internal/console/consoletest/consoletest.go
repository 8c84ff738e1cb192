// Package consoletest runs the examples as commands in tests, and compares what they print with
// golden files. The flag -update of a test writes those anew.
package consoletest

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ashlar-go/ashlar/examples/internal/console"
)

// Build builds the command in the folder of the test and returns its path.
func Build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "command.exe")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// Result is the output of a command and how it ended.
type Result struct {
	Stdout, Stderr string
	Code           int // -1 if a signal ended it
	State          *os.ProcessState
}

// Run runs a command to its end, with variables added to the environment.
func Run(t *testing.T, env []string, path string, args ...string) Result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, exit := errors.AsType[*exec.ExitError](err); err != nil && !exit {
		t.Fatal(err)
	}
	Fits(t, stdout.String())
	Fits(t, stderr.String())
	return Result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode(), cmd.ProcessState}
}

// Fits wants lines that do not wrap on a terminal of 80 columns, but for those with a path, such as
// that of the folder of a test. What a live line leaves by a carriage return is a line of its own.
func Fits(t *testing.T, output string) {
	t.Helper()
	for line := range strings.FieldsFuncSeq(output, func(r rune) bool { return r == '\n' || r == '\r' }) {
		line = strings.ReplaceAll(line, "    \t", "        ") // of the help
		n := utf8.RuneCountInString(line)
		if n > console.Width && !strings.Contains(line, os.TempDir()) {
			t.Errorf("a line has %d columns, want at most %d: %s", n, console.Width, line)
		}
	}
}

// Fails wants the given exit code, and one line on the standard error that contains the
// parts.
func (r Result) Fails(t *testing.T, code int, parts ...string) {
	t.Helper()
	if r.Code != code {
		t.Errorf("exit code %d, want %d; standard error: %s", r.Code, code, r.Stderr)
	}
	if strings.Count(r.Stderr, "\n") != 1 || !strings.HasSuffix(r.Stderr, "\n") {
		t.Errorf("standard error is not one line: %q", r.Stderr)
	}
	for _, part := range parts {
		if !strings.Contains(r.Stderr, part) {
			t.Errorf("standard error %q lacks %q", r.Stderr, part)
		}
	}
}

// TestUsage wants a usage error for each list of arguments. The last element of a list is no
// argument but what the error must contain. For -h it wants the help of testdata/help.txt.
func TestUsage(t *testing.T, path string, lists ...[]string) {
	for _, list := range lists {
		args, want := list[:len(list)-1], list[len(list)-1]
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			r := Run(t, nil, path, args...)
			r.Fails(t, console.WrongUsage, want)
			if r.Stdout != "" {
				t.Errorf("standard output: %q", r.Stdout)
			}
		})
	}
	t.Run("help", func(t *testing.T) {
		r := Run(t, nil, path, "-h")
		if r.Code != 0 || r.Stderr != "" {
			t.Errorf("-h: exit code %d, %q", r.Code, r.Stderr)
		}
		Golden(t, "help", r.Stdout)
	})
}
