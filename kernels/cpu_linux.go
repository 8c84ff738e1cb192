package kernels

import (
	"runtime"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Where the operating system runs a worker. A CPU of a virtual machine that is idle counts
// as taken away by the host, and Linux then queues a woken thread behind the caller on its
// own CPU, where it waits for milliseconds or takes turns with the caller.

// startWorker starts a worker on another CPU than the caller's. The scheduler of Go would
// leave a goroutine to its creator for 60 µs, but for the last one created: hence a second
// one that does nothing. The caller then gives up its CPU, for 20 µs at the median, so that
// the worker's thread can run, if it is here, and leave.
func startWorker() {
	callerCPU.Store(currentCPU())
	go workerElsewhere()
	go nothing()
	yieldCPU()
}

// callerCPU is the CPU of the last caller that started a worker. (An argument of the
// goroutine would be an allocation.)
var callerCPU atomic.Int32

func workerElsewhere() {
	leaveCPU(callerCPU.Load())
	worker()
}

func nothing() {}

// yieldCPU lets another thread have this CPU.
func yieldCPU() { syscall.RawSyscall(syscall.SYS_SCHED_YIELD, 0, 0, 0) }

// currentCPU is the number of the CPU that the caller runs on, at this moment.
func currentCPU() int32 {
	var cpu uint32
	if _, _, err := syscall.RawSyscall(unix.SYS_GETCPU, uintptr(unsafe.Pointer(&cpu)), 0, 0); err != 0 {
		return -1
	}
	return int32(cpu)
}

// leaveCPU moves the thread to another CPU if it runs on this one and may run elsewhere.
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
