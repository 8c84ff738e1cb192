package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/bench/peers/internal/figures"
)

// A program that cannot be built leaves its reason, and no file of an earlier report.
func TestProgramWithoutCgo(t *testing.T) {
	t.Setenv("CGO_ENABLED", "0")
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	c := &config{root: root, out: t.TempDir()}
	old := filepath.Join(c.out, productsFile)
	if err := os.WriteFile(old, []byte("{}"), 0o666); err != nil {
		t.Fatal(err)
	}
	var m figures.Machine
	line, err := c.runProgram(&programs[0], &m)
	if err == nil || !strings.Contains(err.Error(), "cgo") {
		t.Errorf("error %v", err)
	}
	if len(m.Commands) != 1 || m.Commands[0].Line != line || m.Commands[0].Error != err.Error() {
		t.Errorf("commands %+v", m.Commands)
	}
	if _, err := os.Stat(old); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old figures remain: %v", err)
	}
}

func TestQuoted(t *testing.T) {
	got := strings.Join(quoted([]string{"-n", "512", "-run", "^(a|b)$", "x y"}), " ")
	if want := "-n 512 -run '^(a|b)$' 'x y'"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestLastLine(t *testing.T) {
	if got := lastLine([]byte("a\nb\n\n")); got != "b" {
		t.Errorf("%q", got)
	}
	if got := lastLine([]byte(strings.Repeat("x", 300))); len(got) != 200 {
		t.Errorf("%d bytes", len(got))
	}
}
