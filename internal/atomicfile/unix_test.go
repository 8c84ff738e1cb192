//go:build unix

package atomicfile

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestLinks: a symbolic link stays, and what it leads to is written, be it there or not. The link leads
// through a directory that is a link itself, where the parent is not that of the path.
func TestLinks(t *testing.T) {
	dir := t.TempDir()
	far := filepath.Join(dir, "far", "deep")
	if err := os.MkdirAll(far, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(far, filepath.Join(dir, "near")); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "near", "link")
	if err := os.Symlink("../file", link); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"created", "replaced"} {
		if err := Check(link); err != nil {
			t.Error(err)
		}
		if err := put(link, text); err != nil {
			t.Fatal(err)
		}
		wants(t, filepath.Join(dir, "far", "file"), text, 2)
		if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("the link became %v, %v", info, err)
		}
	}
	if err := os.Symlink("loop", filepath.Join(dir, "loop")); err != nil {
		t.Fatal(err)
	}
	if err := put(filepath.Join(dir, "loop"), "x"); err == nil {
		t.Error("a loop of links: no error")
	}
}

// TestFIFO: a FIFO is written and stays, also behind a link, and Check does not wait for a reader.
func TestFIFO(t *testing.T) {
	dir := t.TempDir()
	fifo, link := filepath.Join(dir, "fifo"), filepath.Join(dir, "link")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("fifo", link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{fifo, link} {
		if err := Check(path); err != nil {
			t.Error(err)
		}
		read := make(chan string, 1)
		go func() {
			b, err := os.ReadFile(fifo)
			if err != nil {
				b = []byte(err.Error())
			}
			read <- string(b)
		}()
		if err := put(path, "text"); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Lstat(fifo); err != nil || info.Mode().Type() != fs.ModeNamedPipe {
			t.Fatalf("the FIFO became %v, %v", info, err)
		}
		if got := <-read; got != "text" {
			t.Errorf("through %s came %q", path, got)
		}
	}
}

// TestDevice writes to a device behind a link, so that a failure would cost the link alone.
func TestDevice(t *testing.T) {
	link := filepath.Join(t.TempDir(), "null")
	if err := os.Symlink(os.DevNull, link); err != nil {
		t.Fatal(err)
	}
	if err := put(link, "text"); err != nil {
		t.Error(err)
	}
	if to, err := os.Readlink(link); err != nil || to != os.DevNull {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode()&fs.ModeCharDevice == 0 {
		t.Errorf("%s became %v, %v", os.DevNull, info, err)
	}
}

// TestMode: a new file has the mode that the umask leaves, and an old one keeps its own.
func TestMode(t *testing.T) {
	old := syscall.Umask(0o027)
	defer syscall.Umask(old)
	path := filepath.Join(t.TempDir(), "file")
	for _, want := range []fs.FileMode{0o640, 0o604} {
		if err := put(path, "x"); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("mode %v, %v, want %v", info, err, want)
		}
		if err := os.Chmod(path, 0o604); err != nil { // for the next turn
			t.Fatal(err)
		}
	}
}
