package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// buildTests builds the tests of packages, and the machine's first process, without cgo: the machine has no
// other files.
func (m *machine) buildTests(packages []string) error {
	if err := os.RemoveAll(m.path("tests")); err != nil {
		return err
	}
	build := func(args ...string) error {
		cmd := exec.Command("go", args...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
		}
		return nil
	}
	if err := build("build", "-o", m.path("init"), "./tools/bochs/init"); err != nil {
		return err
	}
	for i, p := range packages {
		name := fmt.Sprintf("tests/%02d_%s.test", i, path.Base(p))
		if err := build("test", "-c", "-o", m.path(name), p); err != nil {
			return err
		}
	}
	return nil
}

// writeFiles writes the files that the machine starts with. The arguments of the tests stand in a file.
func (m *machine) writeFiles(args []string) error {
	const folder, program, text, device = 0o40755, 0o100755, 0o100644, 0o20600
	var a archive
	for _, name := range []string{"dev", "proc", "sys", "tmp", "tests"} {
		a.add(name, folder, nil)
	}
	a.add("dev/console", device, nil)
	a.add("args", text, []byte(strings.Join(args, "\n")))
	first, err := os.ReadFile(m.path("init"))
	if err != nil {
		return err
	}
	a.add("init", program, first)
	tests, err := filepath.Glob(m.path("tests/*.test"))
	if err != nil {
		return err
	}
	for _, name := range tests {
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		a.add("tests/"+filepath.Base(name), program, content)
	}
	a.add("TRAILER!!!", 0, nil)
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if _, err := w.Write(a.Bytes()); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(m.path("disc/files"), packed.Bytes(), 0o644)
}

// archive is files in the format that Linux unpacks at its start: cpio "newc", see
// Documentation/driver-api/early-userspace/buffer-format.rst of Linux.
type archive struct {
	bytes.Buffer
	files int
}

// add adds a file. A device is the console: major number 5, minor 1.
func (a *archive) add(name string, mode int, content []byte) {
	a.files++
	major, minor := 0, 0
	if mode&0o170000 == 0o20000 {
		major, minor = 5, 1
	}
	// inode, mode, user, group, links, time, size, device of the file (2), device that it is (2), length of
	// the name with its final 0, check sum
	fields := []int{a.files, mode, 0, 0, 1, 0, len(content), 0, 0, major, minor, len(name) + 1, 0}
	a.WriteString("070701")
	for _, f := range fields {
		fmt.Fprintf(a, "%08x", f)
	}
	a.WriteString(name + "\x00")
	a.pad()
	a.Write(content)
	a.pad()
}

// pad fills up to a multiple of four bytes.
func (a *archive) pad() { a.Write(make([]byte, -a.Len()&3)) }
