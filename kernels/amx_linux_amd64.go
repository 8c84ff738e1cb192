//go:build linux && amd64 && !purego && !noasm

package kernels

import (
	"fmt"
	"sync"

	"github.com/klauspost/cpuid/v2"
	"golang.org/x/sys/unix"

	"github.com/ashlar-go/ashlar/kernels/asm"
)

// AMX under Go's runtime.
//
// A tile register holds 1 KiB, all eight with their configuration 8.1 KiB. One call of assembly
// loads the configuration, uses the tiles and releases them. What may happen meanwhile:
//
//   - Go's scheduler stops no assembly: asynchronous preemption (SIGURG) looks where the signal has
//     struck, and lets a function without safe points go on. So no goroutine changes threads
//     while tiles are in use. No stack moves either: the function grows its stack before it loads a tile.
//   - A signal (SIGPROF, SIGURG) makes Linux save tiles that are in use in the signal's frame and restore
//     them when the handler returns; the handler begins without any. The frame of some 11 KiB
//     (AT_MINSIGSTKSZ) stands on the alternate stack, of which Go gives each thread 32 KiB (mpreinit in
//     runtime/os_linux.go). A thread of a C program that calls Go may have a stack of its own: Linux
//     refuses permission where one is too small for the frame, and such stacks from then on.
//   - Linux saves tiles when it switches threads, and only those in use: TILERELEASE puts them into their
//     initial state, which costs nothing.
//   - The first use of a tile in a thread traps. Linux then gives the thread a larger buffer; if it has no
//     memory for that, the process gets SIGSEGV.
//   - A fork copies no tiles. Assembly makes no system calls, so that no thread forks while it has some.
//
// Permission is one of the process: it covers all threads, those that exist and those to come. A forked
// process inherits it, exec drops it, and it cannot be given back.
//
// Sources: Documentation/arch/x86/xstate.rst of Linux; its test of the same, fork included, is
// tools/testing/selftests/x86/amx.c.

// amxAvailable reports whether products of bfloat16 numbers can run on AMX, and if not, why. The first
// call on a CPU that has it asks the kernel for permission.
func amxAvailable() (ok bool, reason string) {
	if !cpuid.CPU.Supports(cpuid.AMXTILE, cpuid.AMXBF16) {
		return false, lacksAMX("bfloat16", cpuid.AMXTILE)
	}
	reason = amxRefusal()
	return reason == "", reason
}

// amxInt8Available is amxAvailable for products of integers of 8 bits.
func amxInt8Available() (ok bool, reason string) {
	if !cpuid.CPU.Supports(cpuid.AMXTILE, cpuid.AMXINT8) {
		return false, lacksAMX("integers of 8 bits", cpuid.AMXTILE)
	}
	reason = amxRefusal()
	return reason == "", reason
}

func lacksAMX(numbers string, tiles cpuid.FeatureID) string {
	if cpuid.CPU.Supports(tiles) {
		return "CPU has AMX, but no products of " + numbers + " in it"
	}
	return "CPU has no AMX"
}

// amx has the answer of the system. (A sync.OnceValue would be made at import, and every program would
// link what it calls.)
var amx struct {
	once    sync.Once
	refusal string
}

// amxRefusal asks for the use of tiles, once. It returns "" or the reason why there is none.
func amxRefusal() string {
	amx.once.Do(func() {
		if available[len(available)-1] < AVX512 {
			amx.refusal = "CPU has AMX, but not the parts of AVX-512 that finish its sums"
			return
		}
		amx.refusal = requestTiles(archPrctl, asm.XGETBV)
	})
	return amx.refusal
}

// Of Linux, include/uapi/asm/prctl.h, and of the CPU: what XCR0 and the kernel call the two parts of
// the state.
const (
	archReqXCompPerm = 0x1023
	tileConfig       = 17
	tileData         = 18
)

// prctl is the system call arch_prctl.
type prctl func(code int, value uintptr) unix.Errno

func archPrctl(code int, value uintptr) unix.Errno {
	_, _, errno := unix.RawSyscall(unix.SYS_ARCH_PRCTL, uintptr(code), value, 0)
	return errno
}

// requestTiles asks the kernel for permission and looks whether it has enabled the tiles.
func requestTiles(call prctl, xgetbv func(index uint32) uint64) string {
	switch errno := call(archReqXCompPerm, tileData); errno {
	case 0:
	case unix.EINVAL, unix.ENOSYS:
		return fmt.Sprintf("the kernel has no AMX permission call (%s): Linux 5.16 or later",
			unix.ErrnoName(errno))
	case unix.EOPNOTSUPP:
		return "the kernel does not support AMX (EOPNOTSUPP)"
	case unix.ENOSPC:
		return "the kernel refuses AMX (ENOSPC): a thread has too small a stack for signals"
	default:
		return fmt.Sprintf("the kernel refuses AMX (%s)", errnoName(errno))
	}
	const both = 1<<tileConfig | 1<<tileData
	if have := xgetbv(0); have&both != both {
		return fmt.Sprintf("the system has not enabled the tiles of AMX (XCR0 = %#x)", have)
	}
	return ""
}

func errnoName(errno unix.Errno) string {
	if name := unix.ErrnoName(errno); name != "" {
		return name
	}
	return fmt.Sprintf("error %d", int(errno))
}
