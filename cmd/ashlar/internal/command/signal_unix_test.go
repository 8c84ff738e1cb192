//go:build unix

package command

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestSignalRemovesCopies: a signal that ends the program while it reads a pipe leaves no copy of it.
func TestSignalRemovesCopies(t *testing.T) {
	const child = "ASHLAR_TEST_CHILD"
	if os.Getenv(child) != "" {
		os.Exit(Run(context.Background(), []string{"describe", "-"}, os.Stdin, os.Stdout, os.Stderr))
	}
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		folder := t.TempDir()
		c := exec.Command(os.Args[0], "-test.run=^TestSignalRemovesCopies$")
		c.Env = append(os.Environ(), child+"=1", "TMPDIR="+folder)
		in, err := c.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := in.Write([]byte("a,b\n1,2\n")); err != nil {
			t.Fatal(err)
		}
		copies := func() []string {
			list, err := filepath.Glob(filepath.Join(folder, "*", "*"))
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		for deadline := time.Now().Add(time.Minute); len(copies()) == 0; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("no copy of the pipe within a minute")
			}
		}
		if err := c.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		exit, is := errors.AsType[*exec.ExitError](c.Wait())
		if !is || exit.Sys().(syscall.WaitStatus).Signal() != s {
			t.Errorf("%v: the program ended with %v", s, exit)
		}
		if list, err := os.ReadDir(folder); err != nil || len(list) != 0 {
			t.Errorf("%v: left %v, %v", s, list, err)
		}
	}
}
