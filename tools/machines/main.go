// Command machines runs tests of this repository as they run on computers of other kinds: under qemu's
// user emulation, on this CPU with 32 bits, and without assembly:
//
//	go run ./tools/machines [-run regexp] [-quick | -full] [-p n]
//
// It demands of each machine that the kernels find exactly the tiers that it has, that no program ends
// on an illegal instruction, and that all tests pass. Machines with AVX2 must compute the bits of this
// CPU, and all must read each other's files. Table machines says which there are, and go run
// ./tools/machines -list prints it.
//
// qemu's AVX loads whole vectors where a mask leaves elements out. So the conformance tests run without
// guard pages on machines that have it; on this CPU they run with them.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"syscall"
	"time"

	"github.com/ashlar-go/ashlar/internal/proof"
)

// form says how much runs.
type form int

const (
	quick  form = iota // seconds: some machines
	normal             // minutes: all machines
	full               // an hour or more: all suites on all machines
)

func main() {
	match := flag.String("run", ".", "only machines whose name matches this `regexp`")
	short := flag.Bool("quick", false, "a few machines, a few tests: under a minute")
	long := flag.Bool("full", false, "all suites on all machines: hours")
	p := flag.Int("p", runtime.NumCPU(), "programs that run at a time")
	list := flag.Bool("list", false, "print the machines, and run nothing")
	flag.Parse()
	err := usage(*short && *long, *p)
	if err == nil {
		f := normal
		if *short {
			f = quick
		} else if *long {
			f = full
		}
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		err = run(ctx, *match, f, *p, *list)
		if ctx.Err() != nil {
			err = errors.New("interrupted")
		}
		stop()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "machines:", err)
		os.Exit(1)
	}
}

func usage(both bool, p int) error {
	switch {
	case flag.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", flag.Arg(0))
	case both:
		return errors.New("-quick and -full exclude each other")
	case p < 1:
		return fmt.Errorf("-p %d, want at least 1", p)
	}
	return nil
}

func run(ctx context.Context, match string, f form, p int, list bool) error {
	chosen, err := choose(match, f)
	if err != nil {
		return err
	}
	if list {
		for _, m := range chosen {
			fmt.Printf("%-18s %-8s %-13s %s\n", m.name, m.goarch, m.tiers, m.why)
		}
		return nil
	}
	if err := present(chosen); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "machines")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	start := time.Now()
	l := &laboratory{ctx: ctx, dir: dir, form: f, free: make(chan bool, p), built: map[string]*build{}}
	if err := l.all(chosen); err != nil {
		return err
	}
	tests := 0
	programs := 0
	for _, m := range chosen {
		tests += l.results[m.name].passed
		programs += l.results[m.name].programs
	}
	fmt.Printf("%d machines, %d programs, %d tests passed in %.0f s\n", len(chosen), programs, tests,
		time.Since(start).Seconds())
	return errors.Join(proof.Add("machines", "machines", len(chosen)),
		proof.Add("machines", "test binaries run", programs), proof.Add("machines", "tests passed", tests))
}

// choose returns the machines of a form whose names match.
func choose(match string, f form) (chosen []machine, err error) {
	names, err := regexp.Compile(match)
	if err != nil {
		return nil, fmt.Errorf("-run: %w", err)
	}
	here, err := thisCPU()
	if err != nil {
		return nil, err
	}
	for _, m := range append(here, emulated...) {
		if names.MatchString(m.name) && (m.quick || f != quick) {
			chosen = append(chosen, m)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no machine of this form matches %q", match)
	}
	return chosen, nil
}

// present returns an error that names the package where an emulator is missing.
func present(chosen []machine) error {
	for _, m := range chosen {
		if m.emulator == "" {
			if m.goarch != runtime.GOARCH && (m.goarch != "386" || runtime.GOARCH != "amd64") {
				return fmt.Errorf("machine %s needs an amd64 CPU, this is %s: name others with -run", m.name,
					runtime.GOARCH)
			}
		} else if _, err := exec.LookPath(m.emulator); err != nil {
			return fmt.Errorf("machine %s needs %s, of Debian's package qemu-user-static: %w", m.name,
				m.emulator, err)
		}
	}
	return nil
}

// folder is the shared folder of a machine.
func (l *laboratory) folder(m *machine) string { return filepath.Join(l.dir, "exchange", m.name) }

// tier is the best tier of a machine.
func (m *machine) tier() string {
	return cmp.Or(m.limit, map[string]string{avx2: "avx2", neon: "neon"}[m.tiers], plain)
}
