// Command bochs runs tests of this repository on an emulated CPU with AMX, or with AVX-VNNI and without
// AVX-512, under Linux:
//
//	go run ./tools/bochs [-cpu amx|avx_vnni] [-run regexp] [-short] [-timeout d] [package ...]
//
// Without packages and an expression it runs the tests of these instructions in package kernels. Under
// out/bochs it builds what it needs once: Bochs 3.0 from the source of Debian, with what that lacks
// (edits.go), Debian's kernel, and an image with both and the tests. That takes some minutes, a run about
// one. The tests have ASHLAR_REQUIRE_BF16=amx_bf16 or ASHLAR_REQUIRE_INT8=avx_vnni, so that they fail where
// they would be skipped.
//
// It proves that the encodings are what they say and that the assembly computes what the manual says; that
// Linux gives permission and keeps tiles across interrupts and switches of threads. It proves
// nothing of speed, and what the emulator makes of AMX is its authors' reading of the manual. qemu
// has no AMX without a CPU that has it.
//
// It needs g++, make, apt-get and the packages genisoimage and isolinux of Debian.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	has := flag.String("cpu", "amx", "the instructions that the CPU is to have: amx or avx_vnni")
	match := flag.String("run", "", "which tests, a regular `expression`; without one, those of the instructions")
	short := flag.Bool("short", false, "as go test -short")
	timeout := flag.Duration("timeout", 20*time.Minute, "how long the emulated machine may run")
	flag.Parse()
	model, ok := models[*has]
	if !ok {
		fmt.Fprintf(os.Stderr, "bochs: -cpu %s, want amx or avx_vnni\n", *has)
		os.Exit(2)
	}
	if *match == "" {
		*match = model.tests
	}
	packages := flag.Args()
	if len(packages) == 0 {
		packages = []string{"./kernels"}
	}
	// The clock of the machine is not ours, so that the tests have no limit of time there.
	args := []string{model.require, "-test.v", "-test.timeout=0", "-test.run=" + *match,
		fmt.Sprintf("-test.short=%v", *short)}
	if err := run(model, packages, args, *timeout); err != nil {
		fmt.Fprintln(os.Stderr, "bochs:", err)
		os.Exit(1)
	}
}

// models are the CPUs by their instructions.
var models = map[string]cpu{
	"amx":      {"sapphire_rapids", "ASHLAR_REQUIRE_BF16=amx_bf16", "AMX"},
	"avx_vnni": {"arrow_lake", "ASHLAR_REQUIRE_INT8=avx_vnni", "Int8"},
}

// cpu is the name that the emulator has for a CPU, what the tests must find there, and which they are.
type cpu struct{ name, require, tests string }

// run builds what is missing and runs the tests.
func run(model cpu, packages, args []string, timeout time.Duration) error {
	dir, err := filepath.Abs("out/bochs")
	if err != nil {
		return err
	}
	m := machine{dir: dir}
	if err := m.buildEmulator(); err != nil {
		return err
	}
	if err := m.fetchKernel(); err != nil {
		return err
	}
	if err := m.writeImage(model.name, packages, args); err != nil {
		return err
	}
	return m.boot(timeout)
}

// Lines that the first process of the emulated machine prints, see init.
const (
	begin  = "ashlar: begin"
	passed = "ashlar: all tests have passed"
	failed = "ashlar: a test has failed"
)

// boot runs the machine until it has said how the tests ended, and shows what they print.
func (m *machine) boot(timeout time.Duration) error {
	serial := m.path("serial.txt")
	if err := os.WriteFile(serial, nil, 0o644); err != nil {
		return err
	}
	emulator := exec.Command(m.path("source/bochs"), "-q", "-f", "bochsrc")
	emulator.Dir = m.dir
	if err := emulator.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- emulator.Wait() }()
	defer emulator.Process.Kill()
	file, err := os.Open(serial)
	if err != nil {
		return err
	}
	defer file.Close()
	deadline := time.Now().Add(timeout)
	show, over, lines, text := false, false, bufio.NewReader(file), ""
	for {
		part, err := lines.ReadString('\n')
		text += part
		if errors.Is(err, io.EOF) {
			if over { // and this was all that it has written
				return fmt.Errorf("the emulator has ended before the tests: see %s and %s", serial,
					m.path("bochs.log"))
			}
			select {
			case <-ended:
				over = true
			case <-time.After(100 * time.Millisecond):
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("no end after %v: %s says how far the machine came", timeout, serial)
			}
			continue
		} else if err != nil {
			return err
		}
		line := strings.TrimRight(text, "\r\n")
		text = ""
		switch {
		case strings.Contains(line, passed):
			fmt.Println(line)
			return nil
		case strings.Contains(line, failed), strings.Contains(line, "Kernel panic"):
			return errors.New(line)
		case strings.Contains(line, begin):
			show = true
		}
		if show {
			fmt.Println(line)
		}
	}
}
