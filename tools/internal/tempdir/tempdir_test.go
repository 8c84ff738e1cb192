package tempdir

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain is also the program that is interrupted: it makes a folder, prints it and waits.
func TestMain(m *testing.M) {
	if os.Getenv("TEMPDIR_WAIT") == "" {
		os.Exit(m.Run())
	}
	dir, remove, err := Make("waiting")
	if err != nil {
		panic(err)
	}
	defer remove()
	os.WriteFile(filepath.Join(dir, "file"), nil, 0o600)
	os.Stdout.WriteString(dir + "\n")
	time.Sleep(time.Minute)
}

func TestMake(t *testing.T) {
	dir, remove, err := Make("a")
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		t.Errorf("%v, %v", info, err)
	}
	remove()
	gone(t, dir)
}

func TestInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no interrupts between processes")
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "TEMPDIR_WAIT=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	dir, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != interrupted {
		t.Errorf("the program ended with %v, want code %d", err, interrupted)
	}
	gone(t, strings.TrimSpace(dir))
}

func gone(t *testing.T, dir string) {
	t.Helper()
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left: %v", dir, err)
	}
}
