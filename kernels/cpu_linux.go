package kernels

import (
	"runtime"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Where the operating system runs a worker. Linux takes an idle CPU of a virtual machine for one
// that the host has taken away. It then queues a woken thread behind the caller on the caller's
// CPU, where the thread waits for milliseconds or takes turns with the caller.

// startWorker starts a worker on another CPU than the caller's. The caller creates a second
// goroutine, which does nothing, because Go's scheduler would else leave the worker to the
// caller's thread for 60 µs. The caller then gives up its CPU, for 20 µs at the median, so that
// the worker's thread, if it is on this CPU, can run and leave.
func startWorker() {
	callerCPU.Store(currentCPU())
	go workerElsewhere()
	go nothing()
	yieldCPU()
}

// callerCPU is the CPU of the last caller that started a worker. (To pass it to the goroutine
// as an argument would allocate.)
var callerCPU atomic.Int32

func workerElsewhere() {
	leaveCPU(callerCPU.Load())
	worker()
}

func nothing() {}

// yieldCPU lets another thread have this CPU.
func yieldCPU() { syscall.RawSyscall(syscall.SYS_SCHED_YIELD, 0, 0, 0) }

// currentCPU returns the number of the CPU that the caller runs on now, -1 if unknown.
func currentCPU() int32 {
	var cpu uint32
	if _, _, err := syscall.RawSyscall(unix.SYS_GETCPU, uintptr(unsafe.Pointer(&cpu)), 0, 0); err != 0 {
		return -1
	}
	return int32(cpu)
}

// leaveCPU moves the thread to another CPU if it runs on cpu and may run elsewhere.
func leaveCPU(cpu int32) {
	if cpu < 0 || currentCPU() != cpu {
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var all, others unix.CPUSet
	if unix.SchedGetaffinity(0, &all) != nil {
		return
	}
	others = all
	others.Clear(int(cpu))
	if others.Count() > 0 && unix.SchedSetaffinity(0, &others) == nil {
		_ = unix.SchedSetaffinity(0, &all) // cannot fail where the last one did not
	}
}
