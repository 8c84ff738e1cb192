//go:build linux && cgo && amd64

package main

import (
	_ "embed"
	"math"
	"os"

	"github.com/ashlar-go/ashlar/bench/peers/internal/python"
)

//go:embed torch.py
var torchScript string

// torch is a Python process with PyTorch that times steps when it is asked.
type torch struct{ *python.Process }

// startTorch starts the first of the Pythons that has PyTorch.
func startTorch(pythons string, threads int) *torch {
	return &torch{python.Start(torchScript, pythons, threads)}
}

// prepare selects a setting in a mode of torch.py. It returns the loss after some steps from the problem
// in the file, NaN if PyTorch fails.
func (t *torch) prepare(c *setting, mode, file string, steps int) float64 {
	norm := "plain"
	if c.norm {
		norm = "norm"
	}
	return t.Ask("prepare", mode, c.net, c.optimizer, norm, c.batch, c.rate(), slow, steps, file)
}

// time returns the µs of a step of the setting that was prepared.
func (t *torch) time(mode string) float64 { return t.Ask("time", mode) }

// peak trains and returns the peak of the process's memory in KiB, 0 if there is none.
func (t *torch) peak(c *setting) int {
	file, err := c.problem().write()
	defer os.Remove(file)
	if err != nil || math.IsNaN(t.prepare(c, "eager", file, memorySteps)) {
		return 0
	}
	return int(t.Ask("memory"))
}
