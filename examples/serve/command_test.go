//go:build unix

package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ashlar-go/ashlar/examples/internal/console"
	"github.com/ashlar-go/ashlar/examples/internal/console/consoletest"
)

// TestCommand runs the program as its users do: flags, exit codes and signals.
func TestCommand(t *testing.T) {
	command := consoletest.Build(t)
	consoletest.TestUsage(t, command, []string{"-bogus", "-bogus"}, []string{"extra", `"extra"`},
		[]string{"-threads", "-1", "-threads"}, []string{"-model", "a", "-save", "b", "-save"},
		[]string{"-combine", "5000", "-combine"}, []string{"-weights", "half", "-weights"})
	wrong := filepath.Join(t.TempDir(), "wrong")
	if err := os.WriteFile(wrong, []byte("no model"), 0o600); err != nil {
		t.Fatal(err)
	}
	consoletest.Run(t, nil, command, "-addr", "127.0.0.1:0", "-model", wrong).Fails(t, console.Failed, wrong)
	consoletest.Run(t, nil, command, "-addr", "127.0.0.1:0", "-model", wrong+".x").Fails(t, console.Failed,
		wrong+".x")
	consoletest.Run(t, nil, command, "-addr", "nowhere").Fails(t, console.Failed, "nowhere")
	testSignals(t, command)
}

// testSignals starts the server, asks for its health and ends it by a signal.
func testSignals(t *testing.T, command string) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		cmd := exec.Command(command, "-addr", "127.0.0.1:0")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() }) // after a Fatal
		in := bufio.NewScanner(out)
		url, printed := "", ""
		for url == "" && in.Scan() {
			printed += in.Text() + "\n"
			_, url, _ = strings.Cut(in.Text(), "listening on ")
		}
		r, err := http.Get(url + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil || r.StatusCode != 200 || string(answer) != "ok\n" {
			t.Errorf("/healthz: %d %q %v", r.StatusCode, answer, err)
		}
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if !in.Scan() || in.Text() != "stopped" {
			t.Errorf("after %v: %q, want %q", signal, in.Text(), "stopped")
		}
		consoletest.Fits(t, printed)
		consoletest.Golden(t, "output", consoletest.Mask(printed+in.Text()+"\n"))
		if err := cmd.Wait(); err != nil {
			t.Errorf("after %v: %v", signal, err)
		}
	}
}
