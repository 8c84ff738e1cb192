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
	state string
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Scanner
}

// startTorch starts the first of the Pythons that has PyTorch, with so many threads for it
// and for the BLAS under it, which PyTorch does not tell.
func startTorch(pythons string, threads int) *torch {
	for _, python := range strings.Split(pythons, ",") {
		if python == "" {
			continue
		}
		cmd := exec.Command(python, "-c", torchScript)
		cmd.Env = os.Environ()
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
		t := &torch{cmd: cmd, in: in, out: bufio.NewScanner(out)}
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

// step returns the µs of a step, NaN without PyTorch, and the peak of its memory in KiB.
func (t *torch) step(c *setting, compiled bool) (us float64, memory int) {
	if t.in == nil {
		return math.NaN(), 0
	}
	norm, mode := "plain", "eager"
	if c.norm {
		norm = "norm"
	}
	if compiled {
		mode = "compiled"
	}
	fmt.Fprintln(t.in, c.net, c.optimizer, norm, c.batch, mode)
	if t.out.Scan() {
		if _, err := fmt.Sscan(t.out.Text(), &us, &memory); err == nil {
			return us, memory
		}
	}
	return math.NaN(), 0
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
