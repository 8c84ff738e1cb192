// Command mutate asks of the tests what they would miss. It makes mutants, each one small change of the
// generated assembly or of a Go file, and runs the tests that should notice each of them:
//
//	go run ./tools/mutate [-of amd64|arm64|go] [-n 60] [-seed 1] [-kinds list] [-run regexp] [-list]
//
// No source file changes; the ledger does. A mutant of Go is built with go test -overlay; one of the assembly is
// assembled and linked with the rest of a test that is compiled once (flag -overlay takes the long
// way). Each mutant has processes of its own. It is killed if a test fails, crashes or does not end,
// and has lived if all pass. The tests are those of the kernels that may call the function, which the
// tool finds in the text of package kernels: first exact values, digests and conformance of the nearest
// kernels and the registers (package clobber), less than a second each, then conformance of all
// kernels, the comparison with the generator's bodies (tools/avo/algo) and the short tests of package
// kernels; with -tests=long the whole suites, with -tests=quick only the first two. A test that fails
// without a mutant stops the tool.
//
// Kinds of the assembly: operands (those of an instruction in another order, or its twin of the other
// sign), mask, offset, jump (its condition), predicate (of a comparison), immediate, bit and ulp (of a
// constant), drop (an instruction), vzeroupper (dropped), widen (a load or store of more elements),
// register (another one), loop (one round more or less). Those of Go: condition (negated), boundary
// (moved), operator, statement (dropped), constant (one more or less), return (of zero values).
//
// The verdicts stand in a ledger, a file of JSON lines, and the next run takes them from there. A
// verdict is bound to the text of the functions that the mutant changes; flag -again tries once more
// what lived. Functions that need more of a CPU than its tier, such as AMX, are left out where it is
// not there. The tables count apart what may live, and the command fails if another mutant lives:
//
//   - allowed: allowed.txt in this folder has the mutant with the reason; or a rule holds, which
//     rules.go checks, and which is reason enough to try it with quick tests alone: it leaves a last whole
//     round to the slower code behind a loop, it decides about prefetches alone, it runs a masked tail
//     where nothing is left, it drops a test whose flags stand or a VZEROUPPER without vectors, it
//     exchanges what is compared for equality, or its function has no result.
//   - within: a constant is changed by less than a thousandth, or functions of one number alone take it,
//     and all that the kernels state still holds: the bits in fuzz/testdata, the tolerances, and the
//     largest errors, over a million arguments of each function. There the stated error is the contract,
//     not the constant.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/tools/internal/arm64"
)

//go:embed allowed.txt
var allowedText []byte

// options are the flags.
type options struct {
	of      string
	n       int
	seed    uint64
	kinds   string
	run     string
	ledger  string
	p       int
	timeout time.Duration
	tests   tests
	again   bool
	overlay bool
	recheck bool
	totals  bool
	list    bool
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == cacheFlag {
		if err := serveCache(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "mutate: cache:", err)
			os.Exit(1)
		}
		return
	}
	var o options
	flag.StringVar(&o.of, "of", "amd64", "`what` to mutate: the assembly of amd64 or arm64, or go")
	flag.IntVar(&o.n, "n", 60, "`number` of mutants, spread over kinds, families, tiers and dtypes; "+
		"0 for all")
	flag.Uint64Var(&o.seed, "seed", 1, "of the sample")
	flag.StringVar(&o.kinds, "kinds", "", "only these `kinds`, separated by commas: of the assembly operands, mask, "+
		"offset, jump, predicate, immediate, bit, ulp, drop, vzeroupper, widen, register, loop; of Go condition, "+
		"boundary, operator, statement, constant, return")
	flag.StringVar(&o.run, "run", "", "only mutants whose ID or file matches this `regexp`")
	flag.StringVar(&o.ledger, "ledger", "", "`file` of the verdicts "+
		"(default tools/trust/ledger/mutation-<of>.jsonl)")
	flag.IntVar(&o.p, "p", runtime.NumCPU(), "mutants that run at a time")
	flag.DurationVar(&o.timeout, "timeout", 10*time.Second, "`time` of the CPU that a run of a test may "+
		"take; ten times what it takes without a mutant if that is longer")
	flag.TextVar(&o.tests, "tests", shorter, "the `tests` that a mutant has to live through: quick, short or long; "+
		"what lived through quicker ones in the ledger is tried with these")
	flag.BoolVar(&o.again, "again", false, "try once more what lived, as when there are new tests")
	flag.BoolVar(&o.overlay, "overlay", false, "build each mutant of the assembly with go test -overlay")
	flag.BoolVar(&o.recheck, "recheck", false, "draw the sample from what the ledger has as killed, and "+
		"kill it again")
	flag.BoolVar(&o.totals, "totals", false, "print what the ledger adds up to, as JSON, and run nothing")
	flag.BoolVar(&o.list, "list", false, "print the mutants and run nothing")
	flag.Parse()
	if err := o.usage(); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := o.main(ctx)
	stop()
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted: the ledger has the verdicts so far, and the next run goes on from there")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func (o *options) usage() error {
	switch {
	case flag.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", flag.Arg(0))
	case o.n < 0:
		return fmt.Errorf("-n %d, want 0 for all, or how many", o.n)
	case o.p < 1:
		return fmt.Errorf("-p %d, want at least 1", o.p)
	}
	return nil
}

func (o *options) main(ctx context.Context) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	all, err := o.mutants(root)
	if err != nil {
		return err
	}
	may, err := readAllowances(allowedText)
	if err != nil {
		return err
	}
	if o.totals {
		o.n = 0
	}
	chosen, err := o.choose(root, all)
	if err != nil {
		return err
	}
	switch {
	case o.list:
		list(os.Stdout, chosen)
		return nil
	case o.totals:
		return o.printTotals(os.Stdout, root, chosen, may)
	}
	if o.of == "arm64" {
		if err := arm64.Need(qemu, "qemu-user-static"); err != nil {
			return err
		}
	}
	results, err := o.try(ctx, root, chosen)
	if err != nil {
		return err
	}
	alive := 0
	for i := range results {
		r := &results[i]
		r.Verdict = r.mutant.judged(r.entry, may)
		if r.Verdict == lived {
			alive++
		}
	}
	report(os.Stdout, results)
	fmt.Fprintln(os.Stderr, origin(results))
	if alive > 0 {
		return fmt.Errorf("%d of %d mutants lived", alive, len(results))
	}
	return count(o.of, results)
}

// origin says how many verdicts were found now, and how many stood in the ledger.
func origin(results []result) string {
	now := 0
	for _, r := range results {
		if r.now {
			now++
		}
	}
	text := fmt.Sprintf("tried now: %d", now)
	if old := len(results) - now; old > 0 {
		text += fmt.Sprintf("; from the ledger: %d (-recheck kills anew what the ledger has as killed)", old)
	}
	return text
}

// moduleRoot returns the folder of the main module, which the command runs in.
func moduleRoot() (string, error) {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", "-m", "github.com/ashlar-go/ashlar").Output()
	if err != nil {
		return "", fmt.Errorf("finding the module: %w", err)
	}
	return string(bytes.TrimSpace(out)), nil
}

// mutants returns all mutants of what is asked for.
func (o *options) mutants(root string) ([]*mutant, error) {
	var m machine
	switch o.of {
	case "amd64":
		m = x86{}
	case "arm64":
		m = neon{}
	case "go":
		return goMutants(root)
	default:
		return nil, fmt.Errorf("-of %q, want amd64, arm64 or go", o.of)
	}
	files, err := assembly(root, o.of)
	if err != nil {
		return nil, err
	}
	var all []*mutant
	u := usesOf(files)
	for _, s := range files {
		all = append(append(all, s.mutants(m)...), s.constants(u)...)
	}
	return all, nil
}

// assembly reads the assembly of an architecture.
func assembly(root, arch string) (files []*source, err error) {
	names, err := filepath.Glob(filepath.Join(root, "kernels", "asm", "*_"+arch+".s"))
	if err != nil {
		return nil, err
	} else if len(names) == 0 {
		return nil, fmt.Errorf("no assembly for %s", arch)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		files = append(files, parse("kernels/asm/"+filepath.Base(name), string(text)))
	}
	return files, nil
}

// choose filters the mutants and draws the sample.
func (o *options) choose(root string, all []*mutant) ([]*mutant, error) {
	match, err := regexp.Compile(o.run)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, m := range all {
		known[m.Kind] = true
	}
	kinds := strings.FieldsFunc(o.kinds, func(r rune) bool { return r == ',' })
	for _, k := range kinds {
		if !known[k] {
			return nil, fmt.Errorf("-kinds: no mutants of kind %q", k)
		}
	}
	chosen := slices.DeleteFunc(all, func(m *mutant) bool {
		return len(kinds) > 0 && !slices.Contains(kinds, m.Kind) ||
			!match.MatchString(m.ID) && !match.MatchString(m.File)
	})
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no mutant matches -run %q", o.run)
	}
	if !o.totals && !o.list {
		chosen = slices.DeleteFunc(chosen, func(m *mutant) bool { return o.tiered(m) && !o.runs(m) })
		if len(chosen) == 0 {
			return nil, fmt.Errorf("this CPU runs no mutant that matches -run %q", o.run)
		}
	}
	if o.recheck {
		dead, err := o.dead(root, chosen)
		if err != nil {
			return nil, err
		}
		chosen = dead
	}
	return sample(chosen, o.n, o.seed), nil
}

// dead returns those mutants that the ledger has as killed and that run here.
func (o *options) dead(root string, all []*mutant) (dead []*mutant, err error) {
	b, err := readBook(o.path(root))
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if e, ok := b.get(m); ok && e.Verdict == killed && o.runs(m) {
			dead = append(dead, m)
		}
	}
	if len(dead) == 0 {
		return nil, fmt.Errorf("%s has no killed mutant of the code as it is", o.path(root))
	}
	return dead, nil
}

// path is the file of the ledger.
func (o *options) path(root string) string {
	if o.ledger != "" {
		return o.ledger
	}
	return filepath.Join(root, "tools", "trust", "ledger", "mutation-"+o.of+".jsonl")
}

// try judges the mutants that the ledger does not know.
func (o *options) try(ctx context.Context, root string, chosen []*mutant) ([]result, error) {
	if err := o.runnable(chosen); err != nil {
		return nil, err
	}
	b := newBook()
	if !o.recheck {
		var err error
		if b, err = openBook(o.path(root), root); err != nil {
			return nil, err
		}
		defer b.close()
	}
	lab, err := o.laboratory(ctx, root)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(lab.base.dir)
	return o.judge(lab, b, chosen)
}

// runnable returns an error if this CPU has no tier that a mutant needs.
func (o *options) runnable(chosen []*mutant) error {
	for _, m := range chosen {
		if !o.tiered(m) {
			return fmt.Errorf("this CPU does not run %s, which %s needs: exclude it with -run", m.Tier, m.ID)
		}
	}
	return nil
}

// tiered reports whether this machine has the tier of a mutant: those of arm64 run under qemu, those of
// Go anywhere.
func (o *options) tiered(m *mutant) bool {
	return o.of != "amd64" || m.Tier == "all" && runtime.GOARCH == "amd64" ||
		slices.ContainsFunc(kernels.Tiers(), func(t kernels.Tier) bool { return t.String() == m.Tier })
}

// beyond are the features of a CPU beyond those of its tier that functions of amd64 need, by how their
// names end.
var beyond = map[string]cpuid.FeatureID{"AMX": cpuid.AMXTILE, "AVXVNNI": cpuid.AVXVNNI,
	"Int8VNNI": cpuid.AVX512VNNI, "BF16DP": cpuid.AVX512BF16, "DotPeak": cpuid.AVX512BF16}

// needs returns the feature beyond its tier that a function needs, if any.
func needs(function string) (feature cpuid.FeatureID, any bool) {
	for end, feature := range beyond {
		if strings.HasSuffix(function, end) {
			return feature, true
		}
	}
	return 0, false
}

// runs reports whether this machine runs a mutant: whether it has its tier and what its function needs
// beyond that.
func (o *options) runs(m *mutant) bool {
	feature, any := needs(m.Function)
	return o.tiered(m) && (o.of != "amd64" || !any || cpuid.CPU.Supports(feature))
}

func (o *options) laboratory(ctx context.Context, root string) (*laboratory, error) {
	lab := &laboratory{ctx: ctx, root: root, tests: o.tests, overlay: o.overlay, timeout: o.timeout,
		table: spec.Table(), baseline: map[string]*baseline{}}
	dir, err := os.MkdirTemp("", "mutate-base")
	if err != nil {
		return nil, err
	}
	lab.base = lab.trial(dir, nil)
	if lab.cache, err = cacheCommand(); err != nil {
		return nil, err
	}
	if o.of != "go" {
		lab.arch = o.of
		if lab.callers, err = callersOf(root, o.of); err != nil {
			return nil, err
		}
	}
	return lab, nil
}

// known returns the verdict of the ledger, unless the mutant is to be tried once more.
func (o *options) known(b *book, m *mutant) (entry, bool) {
	e, ok := b.get(m)
	if ok && e.Verdict == lived && m.may == "" && (o.again || o.tests > e.Tests) {
		ok = false
	}
	return e, ok
}

// judge tries the mutants, -p at a time.
func (o *options) judge(lab *laboratory, b *book, chosen []*mutant) ([]result, error) {
	results := make([]result, len(chosen))
	free := make(chan bool, max(1, o.p))
	var all sync.WaitGroup
	var lock sync.Mutex
	var failed error
	stopped := func() bool { lock.Lock(); defer lock.Unlock(); return failed != nil }
	for i, m := range chosen {
		if e, ok := o.known(b, m); ok {
			results[i] = result{mutant: m, entry: e}
			continue
		}
		free <- true
		if stopped() {
			break
		}
		all.Go(func() {
			defer func() { <-free }()
			e, err := lab.judge(m)
			if err == nil {
				err = b.note(m, e)
			}
			lock.Lock()
			defer lock.Unlock()
			if err != nil {
				failed = fmt.Errorf("%s: %w", m.ID, err)
				return
			}
			results[i] = result{mutant: m, entry: e, now: true}
			fmt.Fprintln(os.Stderr, progress(results[i]))
		})
	}
	all.Wait()
	return results, failed
}
