//go:build !linux

package kernels

import "runtime"

// yieldCPU lets other goroutines run; there is no portable call for threads.
func yieldCPU() { runtime.Gosched() }

// startWorker leaves the choice of a CPU to the operating system.
func startWorker() { go worker() }
