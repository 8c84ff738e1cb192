// Package fuzztest runs fuzz targets of functions that read bytes from outside within limits: an
// execution that takes long, or much memory, fails as one that panics does.
package fuzztest

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"runtime/metrics"
	"strconv"
	"testing"
	"time"

	"github.com/ashlar-go/ashlar/internal/proof"
)

// Variable is the environment variable with the number of mutations of each seed that go test without
// -fuzz runs too. It needs no fuzzer and no instrumented program, but follows no coverage.
const Variable = "ASHLAR_FUZZ_MUTATIONS"

// Limits of one execution: its time, which is long because machines may be busy, and what it
// allocates in all, beside a number of bytes for each byte of its arguments.
const (
	maxTime    = 30 * time.Second
	maxBytes   = 64 << 20
	maxPerByte = 4 << 10
)

// Run is f.Fuzz with these limits. fn is what f.Fuzz takes; the seeds have been added.
func Run(f *testing.F, fn any) {
	f.Helper()
	v, executions := reflect.ValueOf(fn), 0
	mutations := mutations(f)
	f.Cleanup(func() {
		if executions > 0 {
			proof.Count(f, "fuzzing", "mutations of seeds", executions)
		}
	})
	f.Fuzz(reflect.MakeFunc(v.Type(), func(args []reflect.Value) []reflect.Value {
		t := args[0].Interface().(*testing.T)
		limited(t, v, args)
		m := newMutator(args)
		for range mutations {
			if t.Failed() {
				break
			}
			executions++
			shown(t, v, m.next())
		}
		return nil
	}).Interface())
}

// mutations is the number that Variable has; 0 while the fuzzer runs, which mutates itself.
func mutations(f *testing.F) int {
	text := os.Getenv(Variable)
	if text == "" || flag.Lookup("test.fuzz").Value.String() != "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		f.Fatalf("%s=%q is no number of mutations", Variable, text)
	}
	return n
}

// shown is limited, and tells the arguments of a failure.
func shown(t *testing.T, fn reflect.Value, args []reflect.Value) {
	passed := false
	defer func() {
		r := recover()
		if r == nil && passed && !t.Failed() {
			return
		}
		for i, a := range args[1:] {
			t.Logf("argument %d: %#v", i+1, a.Interface())
		}
		if r != nil {
			t.Errorf("panic: %v", r)
		}
	}()
	limited(t, fn, args)
	passed = true
}

// limited calls fn. An execution that does not end crashes the process: the fuzzer then keeps its
// input, as it does for any crash.
func limited(t *testing.T, fn reflect.Value, args []reflect.Value) {
	watch := time.AfterFunc(maxTime, func() {
		panic(fmt.Sprintf("%s: an execution takes more than %v", t.Name(), maxTime))
	})
	defer watch.Stop()
	before := allocated()
	fn.Call(args)
	if n, most := allocated()-before, uint64(maxBytes+maxPerByte*size(args)); n > most {
		t.Errorf("%d bytes were allocated for %d bytes of input, want at most %d", n, size(args), most)
	}
}

// size returns the bytes of the arguments that have a length.
func size(args []reflect.Value) (n int) {
	for _, a := range args[1:] {
		if a.Kind() == reflect.Slice || a.Kind() == reflect.String {
			n += a.Len()
		}
	}
	return n
}

// allocated returns how many bytes the process has allocated so far.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
