//go:build linux

// Package python runs a script in a Python process and asks it for numbers.
package python

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"strings"
)

// Process is a Python that answers each line with a number. The script writes "version V" first.
type Process struct {
	State   string // the version, or "absent"
	Threads int
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
}

// Start runs the script in the first of the Pythons, a list with commas, in which it comes to its first line.
// It sets the threads of the libraries of BLAS, which PyTorch does not set itself, and makes malloc keep
// freed memory.
func Start(script, pythons string, threads int) *Process {
	for _, python := range strings.Split(pythons, ",") {
		if python == "" {
			continue
		}
		cmd := exec.Command(python, "-c", script)
		cmd.Env = append(os.Environ(), "MALLOC_MMAP_THRESHOLD_=1073741824",
			"MALLOC_TRIM_THRESHOLD_=1073741824")
		for _, name := range []string{"OMP", "OPENBLAS", "BLIS", "MKL"} {
			cmd.Env = append(cmd.Env, fmt.Sprintf("%s_NUM_THREADS=%d", name, threads))
		}
		if p := begin(cmd, threads); p != nil {
			return p
		}
	}
	return &Process{State: "absent", Threads: threads}
}

// begin returns the process that a command starts, nil if it does not write its version.
func begin(cmd *exec.Cmd, threads int) *Process {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil
	}
	out, err := cmd.StdoutPipe()
	if err != nil || cmd.Start() != nil {
		return nil
	}
	p := &Process{Threads: threads, cmd: cmd, in: in, out: bufio.NewScanner(out)}
	if p.out.Scan() {
		if version, ok := strings.CutPrefix(p.out.Text(), "version "); ok {
			p.State = version
			return p
		}
	}
	p.Stop()
	return nil
}

// Absent reports whether there is no such process.
func (p *Process) Absent() bool { return p.in == nil }

// Ask sends a line and returns the number that comes back, NaN if none does.
func (p *Process) Ask(words ...any) float64 {
	if p.in == nil {
		return math.NaN()
	}
	fmt.Fprintln(p.in, words...)
	var v float64
	if p.out.Scan() {
		if _, err := fmt.Sscan(p.out.Text(), &v); err == nil {
			return v
		}
	}
	return math.NaN()
}

// Stop ends the process and waits for its end.
func (p *Process) Stop() {
	if p.in == nil {
		return
	}
	p.in.Close()
	for p.out.Scan() {
	}
	_ = p.cmd.Wait()
}
