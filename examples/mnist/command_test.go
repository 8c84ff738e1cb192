//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ashlar-go/ashlar/examples/internal/console"
	"github.com/ashlar-go/ashlar/examples/internal/console/consoletest"
	"github.com/ashlar-go/ashlar/examples/internal/mlp"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/model"
)

// TestCommand runs the program as its users do: flags, exit codes, files and Ctrl-C.
func TestCommand(t *testing.T) {
	mnist := consoletest.Build(t)
	unavailable := "neon"
	if slices.Contains(kernels.Tiers(), kernels.NEON) {
		unavailable = "avx2"
	}
	t.Run("usage", func(t *testing.T) {
		consoletest.TestUsage(t, mnist,
			[]string{"-bogus", "-bogus"}, []string{"extra", `"extra"`}, []string{"-epochs", "-epochs"},
			[]string{"-epochs", "0", "-epochs"}, []string{"-epochs", "many", "-epochs"},
			[]string{"-seed", "-1", "-seed"}, []string{"-samples", "-1", "-samples"},
			[]string{"-batch", "0", "-batch"}, []string{"-batch", "1", "-batch"},
			[]string{"-lr", "nan", "-lr"}, []string{"-lr", "-1", "-lr"}, []string{"-lr", "+Inf", "-lr"},
			[]string{"-optimizer", "foo", "-optimizer"}, []string{"-data", "bogus", "-data"},
			[]string{"-out", "", "-out"}, []string{"-precision", "low", "-precision"},
			[]string{"-precision", "", "-precision"},
			[]string{"-tier", "bogus", "-tier"}, []string{"-tier", unavailable, "-tier"},
			[]string{"-threads", "-1", "-threads"})
	})
	t.Run("batch", func(t *testing.T) {
		r := consoletest.Run(t, nil, mnist, "-data", "digits", "-batch", "99999999999", "-out", t.TempDir())
		r.Fails(t, console.WrongUsage, "-batch", "1437")
	})
	t.Run("out", func(t *testing.T) { testOut(t, mnist) })
	t.Run("damaged", func(t *testing.T) { testDamaged(t, mnist) })
	t.Run("threads", func(t *testing.T) { testThreads(t, mnist) })
	t.Run("interrupt", func(t *testing.T) { testInterrupt(t, mnist) })
	t.Run("interrupt while loading", func(t *testing.T) { testInterruptLoading(t, mnist) })
	t.Run("second interrupt", func(t *testing.T) { testSecondInterrupt(t, mnist) })
}

// testOut wants an error before training for paths that cannot be written.
func testOut(t *testing.T, mnist string) {
	dir := t.TempDir()
	file, taken := filepath.Join(dir, "file"), filepath.Join(dir, "taken")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(taken, "digits.safetensors"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{file, filepath.Join(file, "below"), "/dev/null/x", taken} {
		r := consoletest.Run(t, nil, mnist, "-data", "digits", "-epochs", "1", "-out", out)
		r.Fails(t, console.Failed, "-out", out)
		if r.Stdout != "" {
			t.Errorf("-out %s: it began to train:\n%s", out, r.Stdout)
		}
	}
}

// fakeGo writes a shell script as a go command and returns the environment that finds it.
func fakeGo(t *testing.T, script string) []string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	return []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
}

// testDamaged lets the go command name a folder with a damaged file of MNIST.
func testDamaged(t *testing.T, mnist string) {
	module := t.TempDir()
	env := fakeGo(t, fmt.Sprintf("echo '{\"Dir\": %q}'\n", module))
	images := filepath.Join(module, "data", "train-images-idx3-ubyte.gz")
	consoletest.Run(t, env, mnist, "-out", t.TempDir()).Fails(t, console.Failed, images)
	if err := os.Mkdir(filepath.Dir(images), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"", "\x1f\x8b\x08\x00", "\x00\x00\x08\x03\x00\x00\xea\x60"} {
		if err := os.WriteFile(images, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		consoletest.Run(t, env, mnist, "-out", t.TempDir()).Fails(t, console.Failed, images)
	}
}

// testThreads wants a warning for more threads than the machine has, and the number of the
// environment where there is no flag.
func testThreads(t *testing.T, mnist string) {
	args := []string{"-data", "digits", "-epochs", "1", "-out", t.TempDir()}
	r := consoletest.Run(t, nil, mnist, append(args, "-threads", "65000")...)
	r.Fails(t, 0, "-threads 65000")
	r = consoletest.Run(t, []string{"ASHLAR_THREADS=1"}, mnist, args...)
	if r.Code != 0 || r.Stderr != "" || !strings.Contains(r.Stdout, "threads 1 of ") {
		t.Errorf("ASHLAR_THREADS=1: exit code %d, %q\n%s", r.Code, r.Stderr, r.Stdout)
	}
	medium := consoletest.Run(t, nil, mnist, append(args, "-precision", "medium")...)
	if medium.Code != 0 || !strings.Contains(medium.Stdout, "medium  bfloat16 path ") {
		t.Errorf("-precision medium: exit code %d, %q\n%s", medium.Code, medium.Stderr, medium.Stdout)
	}
	for _, level := range []string{"high", "medium"} {
		env := []string{"ASHLAR_BF16=generic"}
		low := consoletest.Run(t, env, mnist, append(args, "-precision", level)...)
		if low.Code != 0 || !strings.Contains(low.Stdout, "precision highest in place of "+level) ||
			!strings.HasPrefix(low.Stderr, "mnist: Precision "+level+" does not apply here") {
			t.Errorf("-precision %s on no path for it: exit code %d, %q\n%s", level, low.Code, low.Stderr,
				low.Stdout)
		}
	}
	_, behind, _ := strings.Cut(r.Stdout, "\ndata ") // the lines before are of the machine
	consoletest.Golden(t, "output", consoletest.Mask("data "+behind))
}

// testInterrupt sends Ctrl-C in the second epoch or a later one.
func testInterrupt(t *testing.T, mnist string) {
	out := t.TempDir()
	cmd := exec.Command(mnist, "-data", "digits", "-epochs", "100000", "-out", out)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer time.AfterFunc(time.Minute, func() { cmd.Process.Kill() }).Stop()
	var text strings.Builder
	lines := bufio.NewScanner(stdout)
	for sent := false; lines.Scan(); {
		text.WriteString(lines.Text() + "\n")
		if !sent && strings.Contains(lines.Text(), "%  test ") {
			sent = true
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil || stderr.Len() > 0 {
		t.Fatalf("%v, standard error %q, want exit code 0 and nothing\n%s", err, stderr.String(),
			text.String())
	}
	if !regexp.MustCompile(`(?m)^interrupted after [0-9.]+ of 100000 epochs`).MatchString(text.String()) {
		t.Errorf("no line says that it was interrupted:\n%s", text.String())
	}
	for _, name := range []string{"digits.safetensors", "digits.csv", "digits.png", "digits-confusion.png"} {
		path := filepath.Join(out, name)
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", path, err)
		}
		if !strings.Contains(text.String(), path) {
			t.Errorf("the output does not name %s:\n%s", path, text.String())
		}
	}
	if err := model.LoadWeights(filepath.Join(out, "digits.safetensors"), mlp.New(64, 10, 1)); err != nil {
		t.Error(err)
	}
}

// testInterruptLoading sends Ctrl-C before the first step. The weights of an earlier
// run must stay.
func testInterruptLoading(t *testing.T, mnist string) {
	out := t.TempDir()
	weights := filepath.Join(out, "mnist.safetensors")
	if err := os.WriteFile(weights, []byte("earlier"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := consoletest.Run(t, fakeGo(t, "kill -INT $PPID; sleep 0.5; exit 1\n"), mnist, "-out", out)
	r.Fails(t, console.Failed, "interrupted", "nothing")
	if got, err := os.ReadFile(weights); err != nil || string(got) != "earlier" {
		t.Errorf("the weights of an earlier run became %q, %v", got, err)
	}
	if files, err := os.ReadDir(out); err != nil || len(files) != 1 {
		t.Errorf("files %v, %v, want the weights alone", files, err)
	}
}

// testSecondInterrupt sends Ctrl-C twice, the second while the first still waits for loading.
func testSecondInterrupt(t *testing.T, mnist string) {
	start := time.Now()
	r := consoletest.Run(t, fakeGo(t, "kill -INT $PPID; sleep 1; kill -INT $PPID; exec sleep 10 >&- 2>&-\n"),
		mnist, "-out", t.TempDir())
	status := r.State.Sys().(syscall.WaitStatus)
	if !status.Signaled() || status.Signal() != syscall.SIGINT || time.Since(start) > 8*time.Second {
		t.Errorf("%v after %v, want it killed by the second interrupt at once", r.State, time.Since(start))
	}
}
