//go:build linux && (amd64 || arm64) && !purego && !noasm

package clobber

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ashlar-go/ashlar/fuzz"
	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/kernels"
)

// rate is how often in a second of computing the profiler interrupts.
const rate = 2000

// TestUnwinding: every kernel can be interrupted anywhere. All of them loop on several goroutines and
// helpers, while the CPU profiler interrupts at a high rate, an execution trace is written, other
// goroutines ask for all stacks, and memory is collected. Nothing crashes, and every sample inside an
// assembly function has the kernel and its caller, down to the start of the goroutine.
//
// ASHLAR_PROFILE is the seconds of computing that it takes at least; 2 without. It goes on until all
// stacks were asked for ten times for each of them.
func TestUnwinding(t *testing.T) {
	seconds := 2
	if text := os.Getenv("ASHLAR_PROFILE"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("ASHLAR_PROFILE=%q, want seconds", text)
		}
		seconds = n
	}
	if kernels.Active() == kernels.Generic {
		return // by ASHLAR_TIER: no assembly runs that could be interrupted
	}
	folder := t.TempDir()
	end := computed(t) + time.Duration(seconds)*time.Second
	profile, stacks := interrupted(t, folder, func(dumps *atomic.Int64) {
		loopKernels(func() bool { return computed(t) >= end && dumps.Load() >= 10*int64(seconds) })
	})
	samples, functions := 0, map[string]bool{}
	for _, s := range samplesOf(t, profile) {
		name, ok := strings.CutPrefix(s.frames[0], "github.com/ashlar-go/ashlar/kernels/asm.")
		if !ok {
			continue
		}
		functions[name] = true
		samples += s.count
		if !s.whole() {
			t.Errorf("a sample in %s has the frames %q, want a kernel and the start of the goroutine",
				name, s.frames[1:])
		}
	}
	if samples < 50 {
		t.Errorf("only %d samples in assembly", samples)
	}
	proof.Count(t, "clobber", "samples of the profiler inside assembly with all callers", samples)
	proof.Count(t, "clobber", "functions of assembly that were interrupted", len(functions))
	proof.Count(t, "clobber", "dumps of all stacks meanwhile", stacks)
	traced := tracedSamples(t, filepath.Join(folder, "trace"))
	proof.Count(t, "clobber", "samples of the execution trace inside assembly", traced)
	if traced == 0 {
		t.Error("the execution trace has no sample in assembly")
	}
}

// interrupted runs f under the profiler, a trace, dumps of stacks and collections. f can read how many
// dumps there were so far. It returns the file of the profile and the number of the dumps. The trace is
// in the same folder.
func interrupted(t *testing.T, folder string, f func(dumps *atomic.Int64)) (profile string, stacks int) {
	create := func(name string) *os.File {
		file, err := os.Create(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	out, events := create("profile"), create("trace")
	defer out.Close()
	defer events.Close()
	// StartCPUProfile asks for 100 a second; a rate that is set already stays, with a word on stderr.
	runtime.SetCPUProfileRate(rate)
	if err := pprof.StartCPUProfile(out); err != nil {
		t.Fatal(err)
	}
	if err := trace.Start(events); err != nil {
		t.Fatal(err)
	}
	var dumps atomic.Int64
	var stop atomic.Bool
	var group sync.WaitGroup
	group.Go(func() {
		for room := make([]byte, 1<<20); !stop.Load(); {
			runtime.Stack(room, true)
			if dumps.Add(1)%10 == 0 {
				runtime.GC()
			}
			time.Sleep(5 * time.Millisecond)
		}
	})
	f(&dumps)
	stop.Store(true)
	group.Wait()
	trace.Stop()
	pprof.StopCPUProfile()
	return out.Name(), int(dumps.Load())
}

// loopKernels calls the rows of the active tier in turn on several goroutines until it is enough.
func loopKernels(enough func() bool) {
	var group sync.WaitGroup
	for g := range 3 {
		group.Go(func() {
			var calls []func()
			for _, row := range spec.Table() {
				if row.Tier != kernels.Active() {
					continue
				}
				s := spec.Sizes{M: 64, N: 60, K: 40, Case: g % len(row.Cases)}
				if row.Dims == "N" {
					s.N = 4000
					if g == 0 {
						s.N = 4 << 15 // for helpers
					}
				}
				if call := fuzz.NewCall(&row, s, 43); call != nil {
					calls = append(calls, func() { row.Call(call) })
				}
			}
			for !enough() {
				for _, call := range calls {
					call()
				}
			}
		})
	}
	group.Wait()
}

// computed is the time that the process has computed: the profiler counts that, however busy the machine
// is.
func computed(t *testing.T) time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		t.Error(err)
		return time.Hour
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// sample is a stack of the profile, the innermost function first.
type sample struct {
	count  int
	frames []string
}

// whole reports whether the stack has a kernel and goes down to the start of its goroutine.
func (s *sample) whole() bool {
	last, kernel := s.frames[len(s.frames)-1], false
	for _, f := range s.frames[1:] {
		kernel = kernel || strings.HasPrefix(f, "github.com/ashlar-go/ashlar/kernels.")
	}
	start := strings.Contains(last, "clobber.loopKernels") ||
		strings.HasPrefix(last, "sync.(*WaitGroup).Go") ||
		strings.HasPrefix(last, "github.com/ashlar-go/ashlar/kernels.worker")
	return kernel && start
}

// samplesOf reads a profile with the command pprof of Go.
func samplesOf(t *testing.T, path string) (list []sample) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command("go", "tool", "pprof", "-traces", "-sample_index=samples", self, path).Output()
	if err != nil {
		t.Fatalf("go tool pprof: %v", err)
	}
	// Stacks stand between lines of dashes. The first line of one has the count, all have a function.
	for block := range bytes.SplitSeq(text, []byte("-----------+")) {
		var s sample
		for line := range strings.Lines(string(block)) {
			fields := strings.Fields(strings.TrimSuffix(strings.TrimSpace(line), "(inline)"))
			if len(fields) == 0 || strings.HasPrefix(fields[0], "---") {
				continue
			}
			if len(s.frames) == 0 {
				s.count, _ = strconv.Atoi(fields[0])
			}
			s.frames = append(s.frames, fields[len(fields)-1])
		}
		if s.count > 0 {
			list = append(list, s)
		}
	}
	return list
}

// tracedSamples counts the samples in assembly that an execution trace has, with the command trace of Go.
func tracedSamples(t *testing.T, path string) (n int) {
	t.Helper()
	text, err := exec.Command("go", "tool", "trace", "-d=parsed", path).Output()
	if err != nil {
		t.Fatalf("go tool trace: %v", err)
	}
	return bytes.Count(text, []byte("kernels/asm."))
}
