//go:build linux && cgo && amd64

package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// memorySteps are taken before the peak is read.
const memorySteps = 20

// printMemory trains one setting in this process and prints the peak of its memory in KiB.
func printMemory(name string) {
	for _, c := range settings() {
		if c.String() == name {
			newModel(c).steps(c.threads, memorySteps, slow)
			fmt.Println(peakMemory())
		}
	}
}

// peakMemory is VmHWM of this process in KiB.
func peakMemory() (kib int) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	fmt.Sscan(after, &kib)
	return kib
}

// memory prints the peak memory of a process that trains, ours and PyTorch's, for the
// settings given.
func memory(list []*setting, pythons string) {
	fmt.Printf("\npeak memory of a process that trains, MiB\n")
	for _, c := range list {
		out, err := exec.Command(os.Args[0], "-memory", c.String()).Output()
		var ours int
		if _, scan := fmt.Sscan(string(out), &ours); err != nil || scan != nil {
			continue
		}
		fmt.Printf("%-52s %9.1f", c, float64(ours)/1024)
		t := startTorch(pythons, c.threads)
		if kib := t.peak(c); kib > 0 {
			fmt.Printf("   PyTorch %9.1f", float64(kib)/1024)
		}
		t.Stop()
		fmt.Println()
	}
}
