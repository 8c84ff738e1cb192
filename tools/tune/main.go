// Command tune searches for better rules of the products: how kernels chooses a path, cuts blocks, packs
// and prefetches. make tune builds it with the tag tune, in which the rules of kernels/gemm_rules.go
// are variables:
//
//	go run -tags tune ./tools/tune [-quick] [-shapes regexp | -own shapes] [-dtype f32,f64]
//	    [-threads 1,2] [-only regexp] [-rounds n] [-each duration] [-near=false] [-csv file]
//
// It goes through classes of shapes. At each shape it times today's rules against every candidate, a
// rule with another value, in turn in one process, and then the best few once more, alone and
// together. Candidates that lead to the same steps share a time; those that lead to today's are not
// timed. A gain is today's time divided by the candidate's, as the median over the rounds. Today's
// rules run twice in each round: how far they differ from themselves is the noise. A shape with more
// than a tenth of it counts for nothing.
//
// After each class it prints, for every rule, the value with the best geometric mean over the shapes
// at which it changes a step, and its worst loss. Candidates that win there are timed once more at
// sizes near by. At the end it prints those that won in some class and lost in none.
//
// A candidate must give the bits of today's rules, or the command ends with 1. The rules that set the
// order of summation (maxKC, longKC, shortSide, minDot) need only come near: "other bits" stands beside
// them, since products would no longer have the bits that they had.
//
// -quick takes a few shapes of each class and three rounds, and times nothing once more: half a minute,
// which shows where to look, and proves no rule.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/internal/tuning"
	"github.com/ashlar-go/ashlar/kernels"
)

type config struct {
	dtypes       []string
	threads      []int
	shapes, only *regexp.Regexp
	own          []tuning.Shape
	rounds       int
	each         time.Duration
	quick, near  bool
	csv          string

	rules registry
	inUse int // threads of the products that are being timed
	out   io.Writer
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the whole command. It returns the exit code: 2 for wrong flags or a build without rules, 1 for
// what fails later.
func run(args []string, out, errs io.Writer) int {
	logs := log.New(errs, "tune: ", 0)
	c, err := parse(args, errs)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		logs.Print(err)
		return 2
	}
	c.rules, c.out = newRegistry(), out
	if len(c.rules) == 0 {
		logs.Print("this build has constant rules: go run -tags tune ./tools/tune")
		return 2
	}
	if err := c.report(); err != nil {
		logs.Print(err)
		return 1
	}
	return 0
}

// report prints the machine, searches and writes the table of gains, whose file it opens first.
func (c *config) report() error {
	table, err := openCSV(c.csv)
	if err != nil {
		return err
	}
	l1, l2, last := kernels.Caches()
	fmt.Fprintf(c.out, "%s, tier %v, caches of %d KiB, %d KiB, %d KiB, %s\n",
		strings.TrimSpace(cpuid.CPU.BrandName), kernels.Active(), l1>>10, l2>>10, last>>10,
		runtime.Version())
	all, err := c.search()
	if err != nil {
		table.discard()
		return err
	}
	return table.write(all)
}

// parse reads the flags. An error is one of how the command is used.
func parse(args []string, errs io.Writer) (*config, error) {
	c, f := config{near: true}, flag.NewFlagSet("tune", flag.ContinueOnError)
	f.SetOutput(errs)
	dtypes := f.String("dtype", "f32,f64", "element types")
	threads := f.String("threads", "1,2", "numbers of threads")
	shapes := f.String("shapes", ".", "only classes, or shapes, that match, as \"few rows\", \"NT 128x\"")
	own := f.String("own", "", "these shapes in place of the classes, as \"NN 64x512x784,NT 60x80x300\"")
	only := f.String("only", ".", "only rules that match, as \"Direct|tile\"; NONE measures today's alone")
	f.IntVar(&c.rounds, "rounds", 7, "interleaved rounds")
	f.DurationVar(&c.each, "each", 2*time.Millisecond, "about the time of one candidate in one round")
	f.BoolVar(&c.quick, "quick", false, "a few shapes of each class, three short rounds, float32")
	f.BoolVar(&c.near, "near", true, "time what wins at sizes near by as well")
	f.StringVar(&c.csv, "csv", "", "write every gain to this file")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	set := map[string]bool{}
	f.Visit(func(f *flag.Flag) { set[f.Name] = true })
	switch {
	case f.NArg() > 0:
		return nil, fmt.Errorf("unexpected argument %q", f.Arg(0))
	case c.rounds < 1 || c.each <= 0:
		return nil, fmt.Errorf("-rounds %d -each %v: want at least 1, and a time above 0", c.rounds, c.each)
	case set["own"] && set["shapes"]:
		return nil, errors.New("-own replaces the classes, from which -shapes chooses: give one")
	}
	if c.quick {
		c.shorten(set, dtypes)
	}
	if err := c.parseLists(*dtypes, *threads); err != nil {
		return nil, err
	}
	return &c, c.parseChoice(*shapes, *only, *own, set["own"])
}

// shorten sets what -quick stands for and no flag says.
func (c *config) shorten(set map[string]bool, dtypes *string) {
	if !set["rounds"] {
		c.rounds = 3
	}
	if !set["each"] {
		c.each = time.Millisecond
	}
	if !set["dtype"] {
		*dtypes = "f32"
	}
	c.near = c.near && set["near"]
}

// parseLists reads -dtype and -threads.
func (c *config) parseLists(dtypes, threads string) error {
	c.dtypes = strings.Split(dtypes, ",")
	for _, d := range c.dtypes {
		if d != "f32" && d != "f64" {
			return fmt.Errorf("-dtype %s: want f32, f64 or both", dtypes)
		}
	}
	for text := range strings.SplitSeq(threads, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return fmt.Errorf("-threads %s: want numbers of at least 1, as 1,2", threads)
		}
		c.threads = append(c.threads, n)
	}
	return nil
}

// parseChoice reads which shapes and rules are measured. A choice of none is an error.
func (c *config) parseChoice(shapes, only, own string, owns bool) (err error) {
	if c.shapes, err = regexp.Compile(shapes); err != nil {
		return fmt.Errorf("-shapes: %w", err)
	}
	if c.only, err = regexp.Compile(only); err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	if c.own, err = parseShapes(own); err != nil {
		return fmt.Errorf("-own: %w", err)
	}
	switch {
	case owns && len(c.own) == 0:
		return fmt.Errorf("-own %q has no shape such as \"NT 64x784x512\"", own)
	case len(c.selected()) == 0 && c.quick:
		return fmt.Errorf("-shapes %s: no class matches, nor one of the few shapes of -quick", shapes)
	case len(c.selected()) == 0:
		return fmt.Errorf("-shapes %s: no class or shape matches", shapes)
	case len(c.single()) == 0 && only != "NONE":
		return fmt.Errorf("-only %s: no rule matches; NONE measures today's rules alone", only)
	}
	return nil
}
