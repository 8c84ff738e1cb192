// Command qemutest runs the tests of this repository for arm64 on a machine of another kind, under
// the user emulation of qemu, with NEON required as the active tier:
//
//	go run ./tools/qemutest [-models "max neoverse-n1 cortex-a53"] [-full] [-stride n] [-run regexp]
//
// It cross-compiles the test of each package once, and runs as many tests at a time as there are
// processors, on each model in turn. Without -full they run as go test -short does, and those that are
// slow under emulation and say nothing of NEON do not run. -stride is that
// of the search for errors in package fuzz; 1 takes all 2^32 float32.
//
// Behind the tests it proves two things about the binaries themselves. Every NEON function is a
// leaf that keeps the registers of others (leaf.go). And the conformance tests catch a single
// wrong bit in a NEON function, so that they did run it (fault.go).
package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/ashlar-go/ashlar/tools/internal/arm64"
	"github.com/ashlar-go/ashlar/tools/internal/tempdir"
)

// qemu is the statically linked one: unlike the other, it needs no library of the machine.
const qemu = "qemu-aarch64-static"

// suite is the test of a package.
type suite struct {
	dir  string
	tier string // "" for NEON
	only string // which tests, a regular expression; "" for all
	skip string // what cannot run under emulation, a regular expression
	slow string // what takes long there and says nothing of NEON: for -full
}

func (s suite) String() string { return strings.TrimSpace(s.dir + " " + s.tier) }

// suites are the packages that kernels run in, those that take longest first.
var suites = []suite{
	// Emulated calls are slow, and the tests of threads, goroutines, allocations, arguments, settings and of the
	// search for errors itself know nothing of NEON. Nor do the laws of large products, which
	// are of its blocks: package fuzz tests its kernels.
	{dir: "train", slow: "^(TestPrecision.*|TestResumeOnAnotherPath|TestSameWeightsForAnyThreads|TestStepInBackward|" +
		"TestNonFiniteGradients|TestCountsOfACheckpoint|TestStreamSameWeights|TestTorchFloat64|Test.*Allocates.*)$|" +
		"^TestTorchFloat32$/^(wide|long)"},
	{dir: "fuzz", slow: "^(TestRepeats|TestBlocks|TestNoAllocations|TestOperandsAreCollected|TestGemmThreads|" +
		"TestThreadsAgree|TestMemoryAgrees|TestBadCalls|TestClimb|TestScreen|TestSweepNoticesOneResult|" +
		"TestTargetReportsDefects)$|" +
		"^TestConformance$/^Gemm(Precision|Batch.*|Packed.*|BlocksPrecision|Int8Range)$"},
	{dir: "kernels", slow: "^(TestManyGoroutines|TestNestedCalls|TestHelpedCalls|TestPlansOfOtherTiers|" +
		"TestCrowdedRows|TestPieces|TestNormRangeThreads|TestPanickingFunction|TestPackedPasses|" +
		"TestGemm(Error|FusedPaths|RowsPermuted|Triangle|SwapBlocks|BlocksRepeat|Variants|Transposed))$"},
	{dir: clobber},
	// Go fuses multiply-adds on arm64, so that pure Go may compute something else than on amd64.
	{dir: "fuzz", tier: "generic", only: "^(TestConformance|TestExact)$",
		slow: "^TestConformance$/^(Gemm.+|Pack.*|Prepare.*)$"},
	{dir: "kernels/gonumblas", slow: "^TestGemm$"},
	{dir: "grad"},
	{dir: "tools/avo/algo"},
	{dir: "data", only: "NPY|NPZ|IDX|JSON|Array|Pipeline|Fit"}, // not the text of tables, which is the same everywhere
	{dir: "optim"},
	{dir: "layer"},
	{dir: "model", skip: "^TestKilledSaves$"}, // starts its own binary, which this machine cannot run
	{dir: "fuzz/spec"},
	{dir: "mat"},
	{dir: "internal/tiertest"},
}

// clobber is the package whose test refers to every NEON function.
const clobber = "kernels/internal/clobber"

func main() {
	models := flag.String("models", "max", "`names` of the CPUs that qemu emulates, in turn")
	match := flag.String("run", ".", "only packages that match")
	var o options
	flag.BoolVar(&o.full, "full", false, "run the tests without -short: hours")
	flag.IntVar(&o.stride, "stride", 0, "TestAccuracy takes every `n`-th float32 (default that of package fuzz)")
	arm64.ParseFlags("qemutest")
	if err := run(strings.Fields(*models), *match, o); err != nil {
		fmt.Fprintln(os.Stderr, "qemutest:", err)
		os.Exit(1)
	}
}

// options are how much the tests do.
type options struct {
	full   bool
	stride int
}

func run(models []string, match string, o options) error {
	chosen, err := regexp.Compile(match)
	switch {
	case err != nil:
		return err
	case len(models) == 0:
		return errors.New("no model to test on")
	case o.stride < 0:
		return fmt.Errorf("a stride of %d", o.stride)
	}
	if err := arm64.Need(qemu, "qemu-user-static"); err != nil {
		return err
	}
	dir, remove, err := tempdir.Make("qemutest")
	if err != nil {
		return err
	}
	defer remove()
	var binaries []testBinary
	for _, s := range suites {
		if chosen.MatchString(s.dir) {
			b := testBinary{s, filepath.Join(dir, strings.ReplaceAll(s.dir, "/", "_")+".test")}
			if err := arm64.Build(b.dir, "test", "-c", "-o", b.path, "."); err != nil {
				return err
			}
			binaries = append(binaries, b)
		}
	}
	if len(binaries) == 0 {
		return fmt.Errorf("no package with tests matches %q", match)
	}
	for _, model := range models {
		if err := test(binaries, model, o); err != nil {
			return err
		}
	}
	return check(binaries, models[0])
}

// check proves what the binaries say about themselves.
func check(binaries []testBinary, model string) (err error) {
	for _, b := range binaries {
		switch b.String() {
		case clobber:
			err = leaves(b.path)
		case "fuzz":
			err = faults(b, model)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// testBinary is a compiled test.
type testBinary struct {
	suite
	path string
}

// test runs the tests on one model. It returns an error if one fails, when all are through.
func test(binaries []testBinary, model string, o options) error {
	fmt.Printf("tests on %s, %d at a time\n", model, runtime.NumCPU())
	var all sync.WaitGroup
	var lock sync.Mutex
	var failed []string
	free := make(chan bool, runtime.NumCPU())
	for _, b := range binaries {
		free <- true
		all.Go(func() {
			defer func() { <-free }()
			start := time.Now()
			out, err := b.run(model, o)
			lock.Lock()
			defer lock.Unlock()
			if err != nil {
				failed = append(failed, b.String())
				fmt.Printf("FAIL %-26v %v\n%s\n", b, err, out)
				return
			}
			fmt.Printf("ok   %-26v %6.1fs\n", b, time.Since(start).Seconds())
		})
	}
	all.Wait()
	if failed != nil {
		return fmt.Errorf("failed on %s: %v", model, failed)
	}
	return nil
}

// run runs a test as the go command does, in the folder of its package.
func (b testBinary) run(model string, o options, args ...string) ([]byte, error) {
	args = append([]string{"-cpu", model, b.path, "-test.timeout=24h"}, args...)
	if !o.full {
		args = append(args, "-test.short")
	}
	if o.stride > 0 && b.dir == "fuzz" {
		args = append(args, fmt.Sprint("-stride=", o.stride))
	}
	if b.only != "" {
		args = append(args, "-test.run="+b.only)
	}
	skip := b.skip
	if !o.full {
		skip = strings.Trim(skip+"|"+b.slow, "|")
	}
	if skip != "" {
		args = append(args, "-test.skip="+skip)
	}
	cmd := exec.Command(qemu, args...)
	cmd.Dir = b.dir
	tier := cmp.Or(b.tier, arm64.Tier)
	// With both set, package tiertest fails unless this tier is the active one.
	cmd.Env = append(os.Environ(), "ASHLAR_TIER="+tier, "ASHLAR_REQUIRE_TIER="+tier)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.Bytes(), err
}
