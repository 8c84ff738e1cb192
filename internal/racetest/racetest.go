// Package racetest shows what the race detector sees of memory that assembly reads and writes:
// a test runs once more in a process of its own, touches operands while a call has them, and
// finds which of its trials have been reported.
package racetest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

const (
	variable = "ASHLAR_RACE_TRIALS"
	mark     = "== trial "
)

// Trials calls f in a process of its own, where f hands each of its trials to try: the name, a
// call and what to do to the memory of the call from another goroutine. It returns which trials
// are races; in that process itself it returns nil.
func Trials(t *testing.T, f func(try func(name string, call, touch func()))) map[string]bool {
	t.Helper()
	if os.Getenv(variable) != "" {
		f(trial)
		return nil
	}
	self := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	self.Env = append(os.Environ(), variable+"=1",
		"GORACE=suppress_equal_stacks=0 suppress_equal_addresses=0 exitcode=0 atexit_sleep_ms=0")
	out, err := self.CombinedOutput() // the process fails where there are races
	races := map[string]bool{}
	for _, part := range bytes.Split(out, []byte(mark))[1:] {
		name, report, _ := strings.Cut(string(part), "\n")
		races[name] = strings.Contains(report, "WARNING: DATA RACE")
	}
	if len(races) == 0 {
		t.Fatalf("no trials: %v\n%s", err, out)
	}
	return races
}

// trial runs one, twice: the detector can miss accesses at the very same time, so the call gives
// the other goroutine a while. The two do not wait for each other before both are through.
func trial(name string, call, touch func()) {
	fmt.Fprintln(os.Stderr, mark+name)
	for range 2 {
		done := make(chan bool)
		go func() {
			touch()
			close(done)
		}()
		time.Sleep(200 * time.Microsecond)
		call()
		<-done
	}
}
