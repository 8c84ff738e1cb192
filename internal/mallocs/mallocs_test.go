package mallocs

import (
	"runtime"
	"testing"
)

var sink *int

func TestLeast(t *testing.T) {
	if n := Least(func() { sink = new(int) }); n != 1 {
		t.Errorf("one allocation counted as %d", n)
	}
	if n := Least(runtime.GC); n != 0 {
		t.Errorf("no allocation counted as %d", n)
	}
	if n := Least(func() { helper(func() { sink = new(int) }) }); n == 0 {
		t.Error("an allocation on another goroutine was not counted")
	}
}

// helper runs f on another goroutine.
func helper(f func()) {
	done := make(chan struct{})
	go func() {
		f()
		close(done)
	}()
	<-done
}
