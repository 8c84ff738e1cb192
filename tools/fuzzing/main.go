// Command fuzzing runs the fuzz targets of the repository:
//
//	go run ./tools/fuzzing -each 4s           each target for some seconds
//	go run ./tools/fuzzing -long [-for 2h]    until each has come to its executions, or for so long
//	go run ./tools/fuzzing -list              how far each has come
//
// A family of kernels must come to ten million executions, and a reader to a million, on the sources
// as they are: tools/trust/ledger/fuzzing.jsonl adds up the runs and names the hash of the files that
// they tested. -long takes the target that is furthest behind, for a minute, then the next. It may be
// stopped at any time, and goes on from there; what a stopped run has done is counted too.
//
// What the fuzzer finds of interest stays in the cache of the go command, as with go test -fuzz.
// The folder corpus has a part of it in the repository, a file for each target, so that another
// machine starts from it; -keep writes it anew. A failing input becomes a file of the target's
// folder testdata/fuzz, where go test runs it from then on. The command says how, goes on with the other
// targets, and fails in the end.
//
// The targets are built without the oracles and the standard library instrumented: coverage follows
// the product alone, which makes executions several times cheaper than those of go test -fuzz.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/ashlar-go/ashlar/tools/internal/fuzzing"
	"github.com/ashlar-go/ashlar/tools/internal/ledger"
)

type options struct {
	each, chunk, whole time.Duration
	long, list, keep   bool
	discard            bool
	run                string
	p                  int
	ledger             string
}

func main() {
	var o options
	flag.DurationVar(&o.each, "each", 0, "run each target for this `time`, once")
	flag.BoolVar(&o.long, "long", false, "run until each target has come to its executions")
	flag.DurationVar(&o.chunk, "chunk", time.Minute, "with -long: the `time` of one run of a target")
	flag.DurationVar(&o.whole, "for", 0, "with -long: end after this `time`")
	flag.BoolVar(&o.list, "list", false, "list the targets with their executions so far")
	flag.BoolVar(&o.keep, "keep", false, "write the corpus of the repository from that of the go command")
	flag.BoolVar(&o.discard, "discard", false, "keep no failing input: for a tree that is wrong on purpose")
	flag.StringVar(&o.run, "run", "", "only targets that match `regexp`, as data.FuzzReadCSV")
	flag.IntVar(&o.p, "p", runtime.NumCPU(), "`n` processes of a target at once")
	flag.StringVar(&o.ledger, "ledger", fuzzing.LedgerFile, "the `file` with the totals; a relative path is one "+
		"below the root")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "fuzzing:", err)
		os.Exit(1)
	}
}

// errMode is what a call without a mode gets.
var errMode = errors.New("one of -each, -long, -list and -keep is needed; -h lists the flags")

func run(ctx context.Context, w io.Writer, o options) error {
	pattern, err := regexp.Compile(o.run)
	if err != nil {
		return fmt.Errorf("-run: %w", err)
	}
	modes := 0
	for _, set := range []bool{o.each > 0, o.long, o.list, o.keep} {
		if set {
			modes++
		}
	}
	if modes != 1 || flag.NArg() > 0 {
		return errMode
	}
	root, err := fuzzing.Root()
	if err != nil {
		return err
	}
	r := &runner{root: root, w: w, p: o.p, discard: o.discard, built: map[string]build{}}
	file := filepath.FromSlash(o.ledger)
	if !filepath.IsAbs(file) {
		file = filepath.Join(root, file)
	}
	if r.ledger, err = ledger.Open[fuzzing.Run](file); err != nil {
		return err
	}
	defer r.ledger.Close()
	list, err := fuzzing.All(root, r.ledger.Lines())
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(p fuzzing.Progress) bool {
		return !pattern.MatchString(p.Dir + "." + p.Name)
	})
	if len(list) == 0 {
		return fmt.Errorf("-run %s matches no target", o.run)
	}
	switch {
	case o.list:
		return show(w, list)
	case o.keep:
		return r.keep(list)
	case o.p < 1:
		return fmt.Errorf("-p %d, want at least 1", o.p)
	}
	if err := r.begin(); err != nil {
		return err
	}
	defer r.end()
	if o.long {
		return r.long(ctx, list, o.chunk, o.whole)
	}
	return r.once(ctx, list, o.each)
}

// show lists the targets with their executions, the furthest behind first.
func show(w io.Writer, list []fuzzing.Progress) error {
	slices.SortStableFunc(list, behind)
	behind := 0
	for _, p := range list {
		if p.Share() < 1 {
			behind++
		}
		fmt.Fprintf(w, "%-32s %12d of %9d  %3.0f %%\n",
			p.Dir+"."+p.Name, p.Executions, p.Least(), 100*p.Share())
	}
	_, err := fmt.Fprintf(w, "%d of %d targets have come to their executions\n", len(list)-behind, len(list))
	return err
}

// behind orders targets: first those that have come the shortest way.
func behind(a, b fuzzing.Progress) int {
	switch x, y := a.Share(), b.Share(); {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}
