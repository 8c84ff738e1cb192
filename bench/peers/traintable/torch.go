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
		t := &torch{in: in, out: bufio.NewScanner(out)}
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

// step returns the µs of a step, NaN without PyTorch.
func (t *torch) step(c *setting) float64 {
	us := math.NaN()
	if t.in == nil {
		return us
	}
	norm := "plain"
	if c.norm {
		norm = "norm"
	}
	fmt.Fprintln(t.in, c.net, c.optimizer, norm, c.batch)
	if t.out.Scan() {
		if _, err := fmt.Sscan(t.out.Text(), &us); err != nil {
			return math.NaN()
		}
	}
	return us
}
