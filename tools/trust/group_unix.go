//go:build unix

package main

import (
	"os/exec"
	"syscall"
	"time"
)

// ownGroup gives a command a process group of its own, which ends with it: go test starts the program
// that it tests. The group is interrupted, so that programs remove their folders, and killed if that
// does not end it.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		group := -cmd.Process.Pid
		time.AfterFunc(patience, func() { syscall.Kill(group, syscall.SIGKILL) })
		return syscall.Kill(group, syscall.SIGINT)
	}
}
