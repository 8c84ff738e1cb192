//go:build linux && cgo && amd64

package main

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"strings"
)

//go:embed torch.py
var torchScript string

// torch is a Python process with PyTorch that times steps when it is asked.
type torch struct {
	state   string
	threads int
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
}

// startTorch starts the first of the Pythons that has PyTorch. It sets the threads of PyTorch and of
// its BLAS, which PyTorch does not set itself, and makes malloc keep freed memory.
func startTorch(pythons string, threads int) *torch {
	for _, python := range strings.Split(pythons, ",") {
		if python == "" {
			continue
		}
		cmd := exec.Command(python, "-c", torchScript)
		cmd.Env = append(os.Environ(), "MALLOC_MMAP_THRESHOLD_=1073741824",
			"MALLOC_TRIM_THRESHOLD_=1073741824")
		for _, name := range []string{"OMP", "OPENBLAS", "BLIS", "MKL"} {
			cmd.Env = append(cmd.Env, fmt.Sprintf("%s_NUM_THREADS=%d", name, threads))
		}
		in, err := cmd.StdinPipe()
		if err != nil {
			continue
		}
		out, err := cmd.StdoutPipe()
		if err != nil || cmd.Start() != nil {
			continue
		}
		t := &torch{threads: threads, cmd: cmd, in: in, out: bufio.NewScanner(out)}
		var version string
		if t.out.Scan() {
			if _, err := fmt.Sscanf(t.out.Text(), "version %s", &version); err == nil {
				t.state = version
				return t
			}
		}
	}
	return &torch{state: "absent"}
}

// ask sends a line and returns the number that comes back, NaN if none does.
func (t *torch) ask(words ...any) float64 {
	if t.in == nil {
		return math.NaN()
	}
	fmt.Fprintln(t.in, words...)
	var v float64
	if t.out.Scan() {
		if _, err := fmt.Sscan(t.out.Text(), &v); err == nil {
			return v
		}
	}
	return math.NaN()
}

// prepare selects a setting, compiled or not. It returns the loss after some steps from the problem
// in the file, NaN if PyTorch fails.
func (t *torch) prepare(c *setting, compiled bool, file string, steps int) float64 {
	norm, mode := "plain", "eager"
	if c.norm {
		norm = "norm"
	}
	if compiled {
		mode = "compiled"
	}
	return t.ask("prepare", mode, c.net, c.optimizer, norm, c.batch, c.rate(), slow, steps, file)
}

// time returns the µs of a step of the setting that was prepared.
func (t *torch) time(compiled bool) float64 {
	if compiled {
		return t.ask("time", "compiled")
	}
	return t.ask("time", "eager")
}

// peak trains and returns the peak of the process's memory in KiB, 0 if there is none.
func (t *torch) peak(c *setting) int {
	file, err := c.problem().write()
	defer os.Remove(file)
	if err != nil || math.IsNaN(t.prepare(c, false, file, memorySteps)) {
		return 0
	}
	return int(t.ask("memory"))
}

// stop ends the process and waits for its end.
func (t *torch) stop() {
	if t.in == nil {
		return
	}
	t.in.Close()
	for t.out.Scan() {
	}
	_ = t.cmd.Wait()
}
