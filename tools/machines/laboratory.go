package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/internal/tiertest"
)

// timeout is the longest that a program may run: what hangs must not hang the tool.
const timeout = 3 * time.Hour

// laboratory builds the programs and runs them.
type laboratory struct {
	ctx  context.Context // its end interrupts what runs
	dir  string          // of its files, of this process alone
	form form
	free chan bool // as many as may run at a time

	lock    sync.Mutex
	built   map[string]*build
	results map[string]*result
}

// build is a program that is compiled once.
type build struct {
	once sync.Once
	path string
	err  error
}

// result is what became of a machine.
type result struct {
	programs, passed, skipped int
	failed                    []string
	spent                     time.Duration // of its programs together
}

// all runs the machines, prints a line for each and returns an error if one fails. When all have written
// their files, each reads those of the others.
func (l *laboratory) all(chosen []machine) error {
	l.results = map[string]*result{}
	for _, m := range chosen {
		l.results[m.name] = &result{}
	}
	var first, second sync.WaitGroup
	for i := range chosen {
		m := &chosen[i]
		for _, s := range m.suites(l.form) {
			first.Go(func() { l.do(m, s.String(), func() ([]byte, error) { return l.test(m, s) }) })
		}
		if l.form != quick {
			first.Go(func() { l.do(m, "the demo", func() ([]byte, error) { return l.demo(m) }) })
		}
	}
	first.Wait()
	for i := range chosen {
		m := &chosen[i]
		s := suite{pkg: exchangePkg, only: "^TestRead$"}
		second.Go(func() { l.do(m, s.String(), func() ([]byte, error) { return l.test(m, s) }) })
	}
	second.Wait()
	if err := l.ctx.Err(); err != nil {
		return err
	}
	var failed []string
	for _, m := range chosen {
		r := l.results[m.name]
		state := "ok  "
		if r.failed != nil {
			state = "FAIL"
			failed = append(failed, m.name+": "+strings.Join(r.failed, ", "))
		}
		fmt.Printf("%s %-18s %-13s %2d programs %5d tests passed %3d skipped %6.1f s  %s\n", state, m.name,
			m.tiers, r.programs, r.passed, r.skipped, r.spent.Seconds(), m.why)
	}
	if failed != nil {
		return fmt.Errorf("%d of %d machines failed: %s", len(failed), len(chosen),
			strings.Join(failed, "; "))
	}
	return nil
}

func (s suite) String() string {
	if s.pkg == exchangePkg || s.only == "" {
		return strings.TrimSpace(filepath.Base(s.pkg) + " " + strings.Trim(s.only, "^$"))
	}
	return s.pkg + " (some)"
}

// do runs a part of a machine's work when there is room, and prints its output if it fails.
func (l *laboratory) do(m *machine, name string, part func() ([]byte, error)) {
	l.free <- true
	defer func() { <-l.free }()
	start := time.Now()
	out, err := part()
	if l.ctx.Err() != nil {
		return
	}
	n, skips := len(passed.FindAll(out, -1)), len(skipped.FindAll(out, -1))
	if err == nil && n == 0 {
		err = fmt.Errorf("no test passed, want some")
	}
	l.lock.Lock()
	defer l.lock.Unlock()
	r := l.results[m.name]
	r.spent += time.Since(start)
	r.programs++
	r.passed += n
	r.skipped += skips
	if err != nil {
		r.failed = append(r.failed, name)
		fmt.Printf("--- %s, %s: %v\n%s\n", m.name, name, err, tail(out))
	}
}

// tail returns the last lines of the output of a failure, without what passed and what qemu warns of.
func tail(out []byte) []byte {
	var kept []string
	for line := range strings.Lines(string(out)) {
		trimmed := strings.TrimSpace(line)
		if !strings.HasPrefix(trimmed, "=== ") && !strings.HasPrefix(trimmed, "--- PASS") &&
			!strings.Contains(line, "TCG doesn't support requested feature") {
			kept = append(kept, line)
		}
	}
	return []byte(strings.Join(kept[max(0, len(kept)-60):], ""))
}

// test builds a suite and runs it, as the go command does in the folder of its package.
func (l *laboratory) test(m *machine, s suite) ([]byte, error) {
	path, err := l.compile(m, ".", "test", "-c", "./"+s.pkg)
	if err != nil {
		return nil, err
	}
	args := []string{path, "-test.v", "-test.short", "-test.timeout", timeout.String()}
	if s.only != "" {
		args = append(args, "-test.run="+s.only)
	}
	if s.skip != "" {
		args = append(args, "-test.skip="+s.skip)
	}
	return l.command(m, s.pkg, args)
}

// compile builds a program for a machine, once for all machines that run the same. args are those of the
// go command, which is run in dir.
func (l *laboratory) compile(m *machine, dir string, args ...string) (string, error) {
	key := strings.Join(append([]string{m.goarch, m.env, m.buildTags(), dir}, args...), " ")
	l.lock.Lock()
	b := l.built[key]
	if b == nil {
		b = &build{path: filepath.Join(l.dir, fmt.Sprint("program", len(l.built)))}
		l.built[key] = b
	}
	l.lock.Unlock()
	b.once.Do(func() {
		last := len(args) - 1
		all := append(append([]string{}, args[:last]...), "-tags="+m.buildTags(), "-o", b.path, args[last])
		cmd := interruptible(l.ctx, "go", all...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+m.goarch, "CGO_ENABLED=0",
			"GOTMPDIR="+l.dir) // goes with the tool, however it ends
		if m.env != "" {
			cmd.Env = append(cmd.Env, m.env)
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			b.err = fmt.Errorf("go %s for %s: %w\n%s", strings.Join(all, " "), m.goarch, err, out)
		}
	})
	return b.path, b.err
}

// command runs a program on a machine, in folder dir. The program must find the tiers of the machine. What
// the tests count for other points does not count: they were not run on this CPU.
func (l *laboratory) command(m *machine, dir string, args []string) ([]byte, error) {
	if m.emulator != "" && m.cpu != "" {
		args = append([]string{m.emulator, "-cpu", m.cpu}, args...)
	} else if m.emulator != "" {
		args = append([]string{m.emulator}, args...)
	}
	ctx, cancel := context.WithTimeout(l.ctx, timeout)
	defer cancel()
	cmd := interruptible(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "ASHLAR_TIER="+m.limit, "ASHLAR_REQUIRE_TIER="+m.limit, proof.Variable+"=",
		tiertest.Exact+"="+m.tiers, "ASHLAR_EXCHANGE="+l.folder(m))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.Bytes(), err
}

// interruptible is a command that gets an interrupt when the context ends, so that it removes its folders,
// and is killed if that does not end it.
func interruptible(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}
