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
// order of summation (maxKC, longKC, shortSide, minDot) need only come near.
//
// -quick takes a few shapes of each class and three rounds, and times nothing once more: half a minute,
// which shows where to look, and proves no rule.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"regexp"
	"runtime"
	"slices"
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

func main() {
	log.SetFlags(0)
	log.SetPrefix("tune: ")
	c := flags()
	c.rules, c.out = newRegistry(), os.Stdout
	if len(c.rules) == 0 {
		log.Print("this build has constant rules: go run -tags tune ./tools/tune")
		os.Exit(2)
	}
	l1, l2, last := kernels.Caches()
	fmt.Printf("%s, tier %v, caches of %d KiB, %d KiB, %d KiB, %s\n", strings.TrimSpace(cpuid.CPU.BrandName),
		kernels.Active(), l1>>10, l2>>10, last>>10, runtime.Version())
	if err := c.search(); err != nil {
		log.Fatal(err)
	}
}

func flags() *config {
	var c config
	dtypes := flag.String("dtype", "f32,f64", "element types")
	threads := flag.String("threads", "1,2", "numbers of threads")
	shapes := flag.String("shapes", ".", "only classes, or shapes, that match, as \"few rows\", \"NT 128x\"")
	own := flag.String("own", "", "these shapes in place of the classes, as \"NN 64x512x784,NT 60x80x300\"")
	only := flag.String("only", ".", "only rules that match, as \"direct|tile\"")
	flag.IntVar(&c.rounds, "rounds", 7, "interleaved rounds")
	flag.DurationVar(&c.each, "each", 2*time.Millisecond, "about the time of one candidate in one round")
	flag.BoolVar(&c.quick, "quick", false, "a few shapes of each class, three short rounds, float32")
	flag.BoolVar(&c.near, "near", true, "time what wins at sizes near by as well")
	flag.StringVar(&c.csv, "csv", "", "write every gain to this file")
	flag.Parse()
	set := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { set[f.Name] = true })
	if c.quick {
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
	c.dtypes = strings.Split(*dtypes, ",")
	for _, text := range strings.Split(*threads, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			log.Fatalf("-threads %s: want numbers of at least 1, as 1,2", *threads)
		}
		c.threads = append(c.threads, n)
	}
	for _, d := range c.dtypes {
		if d != "f32" && d != "f64" {
			log.Fatalf("-dtype %s: want f32, f64 or both", *dtypes)
		}
	}
	c.shapes, c.only = pattern("shapes", *shapes), pattern("only", *only)
	if !slices.ContainsFunc(knobs, func(k knob) bool { return c.only.MatchString(k.rule) }) && *only != "NONE" {
		log.Fatalf("-only %s: no rule matches; NONE measures today's rules alone", *only)
	}
	var err error
	if c.own, err = parseShapes(*own); err != nil {
		log.Fatalf("-own: %v", err)
	}
	if flag.NArg() > 0 || c.rounds < 1 || c.each <= 0 {
		flag.Usage()
		os.Exit(2)
	}
	return &c
}

func pattern(flag, text string) *regexp.Regexp {
	re, err := regexp.Compile(text)
	if err != nil {
		log.Fatalf("-%s: %v", flag, err)
	}
	return re
}
