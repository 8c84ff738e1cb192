//go:build linux && (amd64 || arm64) && !purego && !noasm

package clobber

import "runtime"

// Around calls f and returns what it leaves other than it found it, of what a call in Go must leave
// alone: the modes of arithmetic, on amd64 the direction flag and the upper halves of the vector
// registers, which must not be in use, and on arm64 R18. f may panic
// and recover. It runs on a thread of its own, and up to three times: another goroutine or the kernel of
// the operating system cannot be at fault each time.
//
// It does not look at registers that the Go code of a kernel sets again before it returns, such as the
// frame pointer, or uses for anything, such as R15 and R27. TestStubs calls the assembly alone.
func Around(f func()) (wrong []string) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for range 3 {
		if wrong = around(f); wrong == nil {
			break
		}
	}
	return wrong
}

func around(f func()) (wrong []string) {
	var seen [2]modes
	clean()
	note(&seen[0])
	f()
	note(&seen[1])
	for i, name := range modeNames {
		if seen[0][i] != seen[1][i] {
			wrong = append(wrong, name)
		}
	}
	clean()
	return wrong
}

// Dirty returns what the thread that runs it was left with by whatever ran there before, of what
// every thread has the same.
func Dirty() (wrong []string) {
	var seen modes
	note(&seen)
	for i, want := range expected {
		if seen[i] != want {
			wrong = append(wrong, modeNames[i])
		}
	}
	return wrong
}
