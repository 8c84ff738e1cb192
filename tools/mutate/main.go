// Command mutate asks of the tests what they would miss. It makes mutants, each one small change of
// the generated assembly or of a Go file, and runs the tests that should notice each of them:
//
//	go run ./tools/mutate [-of amd64|arm64|go] [-n 60] [-seed 1] [-kinds list] [-run regexp] [-list]
//
// No file of the tree changes: the go command gets the mutant by -overlay. Each mutant has processes
// of its own. It is killed if a test fails, crashes or does not end, and has lived if all pass. The
// tests are those of the kernels that may call the function, which the tool finds in the text of package
// kernels: first the conformance tests of the nearest kernels, seconds each, then those of all of them,
// the registers (package clobber), the comparison with the generator's bodies (tools/avo/algo) and the short
// tests of package kernels; with -long the whole suites.
// A test that fails without a mutant stops the tool.
//
// Kinds of the assembly: operands (those of an instruction in another order, or its twin of the
// other sign), mask, offset, jump (its condition), predicate (of a comparison), immediate, bit and ulp (of a
// constant), drop (an instruction), vzeroupper (dropped), widen (a load or store of more elements),
// register (another one), loop (one round more or less). Those of Go: condition (negated), boundary
// (moved), operator, statement (dropped), constant (one more or less), return (of zero values).
//
// The verdicts stand in a ledger, a file of JSON lines. It is bound to the hash of the sources: the next
// run takes them from there, and refuses a ledger of other sources. allowed.txt in this folder has the
// mutants that may live, with reasons; the tables count them apart. The command fails if another mutant
// lives.
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

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
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
	long    bool
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
	flag.IntVar(&o.n, "n", 60, "`number` of mutants, spread over kinds, families, tiers and dtypes; 0 for all")
	flag.Uint64Var(&o.seed, "seed", 1, "of the sample")
	flag.StringVar(&o.kinds, "kinds", "", "only these `kinds`, separated by commas")
	flag.StringVar(&o.run, "run", "", "only mutants whose ID or file matches this `regexp`")
	flag.StringVar(&o.ledger, "ledger", "", "`file` of the verdicts (default out/mutate-<of>.jsonl)")
	flag.IntVar(&o.p, "p", runtime.NumCPU(), "mutants that run at a time")
	flag.DurationVar(&o.timeout, "timeout", time.Minute, "of one run of a test; ten times what it takes "+
		"without a mutant if that is longer")
	flag.BoolVar(&o.long, "long", false, "run the long suites on what the short ones let live")
	flag.BoolVar(&o.list, "list", false, "print the mutants and run nothing")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "mutate: unexpected argument %q\n", flag.Arg(0))
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := o.main(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
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
	chosen, err := o.choose(all)
	if err != nil {
		return err
	}
	if o.list {
		list(os.Stdout, chosen)
		return nil
	}
	results, err := o.try(ctx, root, chosen)
	if err != nil {
		return err
	}
	alive := 0
	for i := range results {
		r := &results[i]
		if r.Verdict == lived && may[r.mutant.ID] != "" {
			r.Verdict = allowed
		} else if r.Verdict == lived {
			alive++
		}
	}
	report(os.Stdout, results)
	if alive > 0 {
		return fmt.Errorf("%d of %d mutants lived", alive, len(results))
	}
	return nil
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
func (o *options) choose(all []*mutant) ([]*mutant, error) {
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
	return sample(chosen, o.n, o.seed), nil
}

// try judges the mutants that the ledger does not know.
func (o *options) try(ctx context.Context, root string, chosen []*mutant) ([]result, error) {
	if err := o.runnable(chosen); err != nil {
		return nil, err
	}
	sources, err := hashSources(root)
	if err != nil {
		return nil, err
	}
	path := o.ledger
	if path == "" {
		path = filepath.Join(root, "out", "mutate-"+o.of+".jsonl")
	}
	book, err := openLedger(path, sources)
	if err != nil {
		return nil, err
	}
	defer book.close()
	lab, err := o.laboratory(ctx, root)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(lab.base.dir)
	return o.judge(lab, book, sources, chosen)
}

// runnable returns an error if this CPU has no tier that a mutant needs.
func (o *options) runnable(chosen []*mutant) error {
	if o.of != runtime.GOARCH {
		return nil // arm64 runs under qemu, Go anywhere
	}
	have := map[string]bool{"all": true}
	for _, t := range kernels.Tiers() {
		have[t.String()] = true
	}
	for _, m := range chosen {
		if !have[m.Tier] {
			return fmt.Errorf("this CPU does not run %s, which %s needs: exclude it with -run", m.Tier, m.ID)
		}
	}
	return nil
}

func (o *options) laboratory(ctx context.Context, root string) (*laboratory, error) {
	lab := &laboratory{ctx: ctx, root: root, long: o.long, timeout: o.timeout, table: spec.Table(),
		baseline: map[string]*baseline{}}
	dir, err := os.MkdirTemp("", "mutate-base")
	if err != nil {
		return nil, err
	}
	lab.base = trial{lab: lab, dir: dir, built: map[string]error{}}
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

// unchanged returns an error if the sources are no longer those of the ledger.
func unchanged(root, sources string) error {
	now, err := hashSources(root)
	if err == nil && now != sources {
		err = errors.New("the sources have changed since the tool started: its verdict would be of both")
	}
	return err
}

// judge tries the mutants, -p at a time.
func (o *options) judge(lab *laboratory, book *ledger, sources string, chosen []*mutant) ([]result, error) {
	results := make([]result, len(chosen))
	free := make(chan bool, max(1, o.p))
	var all sync.WaitGroup
	var lock sync.Mutex
	var failed error
	stopped := func() bool { lock.Lock(); defer lock.Unlock(); return failed != nil }
	for i, m := range chosen {
		if e, ok := book.get(m.ID); ok && (e.Verdict != lived || e.Long || !o.long) {
			results[i] = result{m, e}
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
				err = unchanged(lab.root, sources)
			}
			if err == nil {
				err = book.add(e)
			}
			lock.Lock()
			defer lock.Unlock()
			if err != nil {
				failed = fmt.Errorf("%s: %w", m.ID, err)
				return
			}
			results[i] = result{m, e}
			fmt.Fprintln(os.Stderr, progress(results[i]))
		})
	}
	all.Wait()
	return results, failed
}
