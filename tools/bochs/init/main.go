//go:build linux

// Command init is the first process of the machine that tools/bochs emulates: it runs the tests in /tests
// with the variable and the arguments in /args, says how they ended, and switches the machine off.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

func main() {
	fmt.Println("ashlar: begin")
	if err := run(); err != nil {
		fmt.Println("ashlar: a test has failed:", err)
	} else {
		fmt.Println("ashlar: all tests have passed")
	}
	time.Sleep(time.Second) // for the serial line
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
}

func run() error {
	systems := map[string]string{"/proc": "proc", "/sys": "sysfs", "/dev": "devtmpfs", "/tmp": "tmpfs"}
	for dir, kind := range systems {
		if err := unix.Mount(kind, dir, kind, 0, ""); err != nil {
			return fmt.Errorf("mount %s: %w", dir, err)
		}
	}
	args, err := os.ReadFile("/args")
	if err != nil {
		return err
	}
	tests, err := filepath.Glob("/tests/*.test")
	if err != nil || len(tests) == 0 {
		return fmt.Errorf("no tests: %v", err)
	}
	list := strings.Split(string(args), "\n") // the first one is a variable of the environment
	for _, name := range tests {
		cmd := exec.Command(name, list[1:]...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = "/tests", os.Stdout, os.Stdout
		cmd.Env = append(os.Environ(), list[0], "TMPDIR=/tmp")
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
