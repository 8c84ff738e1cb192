//go:build linux && cgo && amd64

package main

import (
	"bufio"
	_ "embed"
	"fmt"
	"os/exec"
	"strings"
)

//go:embed torch.py
var torchScript string

// torchTimes is what the script prints: ns per element by operation and size.
type torchTimes struct {
	state string
	ns    map[string]float64
}

// askTorch asks the first of the Pythons that has PyTorch, before our own measurements and
// on one thread as they are.
func askTorch(pythons string, shapes []extent) *torchTimes {
	t := &torchTimes{state: "absent"}
	for _, python := range strings.Split(pythons, ",") {
		if python != "" && t.state == "absent" {
			t = runTorch(python, shapes)
		}
	}
	return t
}

func runTorch(python string, shapes []extent) *torchTimes {
	t := &torchTimes{state: "absent", ns: map[string]float64{}}
	arguments := []string{"-c", torchScript}
	for _, x := range shapes {
		arguments = append(arguments, x.dimensions())
	}
	cmd := exec.Command(python, arguments...)
	out, err := cmd.StdoutPipe()
	if err != nil || cmd.Start() != nil {
		return t
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var name, size string
		var ns float64
		if _, err := fmt.Sscan(lines.Text(), &name, &size, &ns); err != nil {
			continue
		}
		if name == "version" {
			t.state = strings.TrimSpace(size)
			continue
		}
		t.ns[name+" "+size] = ns
	}
	if cmd.Wait() != nil { // an older version lacks an operation: figures of a part would mislead
		t.state, t.ns = "absent", nil
	}
	return t
}

// time returns the figure for an operation, 0 if there is none.
func (t *torchTimes) time(operation string, n int) float64 {
	return t.ns[fmt.Sprint(operation, " ", n)]
}
