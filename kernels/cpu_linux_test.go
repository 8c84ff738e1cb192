package kernels

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// TestLeaveCPU: a thread leaves the CPU it is told to leave if it may run on another one, and
// may afterwards run on the same CPUs as before.
func TestLeaveCPU(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, after unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		t.Fatal(err)
	}
	here := currentCPU()
	if here < 0 || !before.IsSet(int(here)) {
		t.Fatalf("the thread runs on CPU %d, which is not one of those it may run on", here)
	}
	leaveCPU(here)
	now := currentCPU()
	if err := unix.SchedGetaffinity(0, &after); err != nil {
		t.Fatal(err)
	}
	if before != after {
		t.Errorf("the thread may run on CPUs %v, before leaveCPU on %v", after, before)
	}
	if before.Count() > 1 && now == here {
		// The system may have brought it back at once, but not time and again.
		for range 20 {
			leaveCPU(here)
			if now = currentCPU(); now != here {
				return
			}
		}
		t.Errorf("the thread is still on CPU %d after 20 tries", here)
	}
}
