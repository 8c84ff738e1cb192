//go:build linux && cgo

// Command gemmtable compares Gemm with the C libraries on this machine, shape by shape. It
// prints rates, the share of the FMA peak of the same run and the ratio to each library, in
// Markdown. Libraries that are not installed are reported as absent; the script ../install
// fetches them. Operands are random numbers; products are row-major with alpha = 1, beta = 0.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/bench/peers/internal/blas"
	"github.com/ashlar-go/ashlar/bench/peers/internal/restart"
	"github.com/ashlar-go/ashlar/kernels"
)

type config struct {
	dtypes, threads, root string
	shapes                *regexp.Regexp
	rounds                int
	csv, json, plots      string
	pool                  bool
}

func main() {
	var c config
	shapes := "."
	flag.StringVar(&c.dtypes, "dtype", "f32,f64", "element types")
	flag.StringVar(&c.threads, "threads", "1,2", "numbers of threads")
	flag.StringVar(&shapes, "shapes", ".", "only shapes that match, as \"NT 128x\"")
	flag.IntVar(&c.rounds, "rounds", 9, "interleaved rounds")
	flag.StringVar(&c.csv, "csv", "", "write the rates to this file")
	flag.StringVar(&c.json, "json", "", "write the rates to this file, for the report")
	flag.StringVar(&c.plots, "plots", "", "write plots to this folder")
	flag.BoolVar(&c.pool, "pool", true, "report on the pool and on garbage collection as well")
	flag.StringVar(&c.root, "root", "../..", "the checkout, for out/peers")
	flag.Parse()
	err := restart.Clean()
	if err == nil {
		c.shapes, err = regexp.Compile(shapes)
	}
	if err == nil {
		err = c.run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gemmtable:", err)
		os.Exit(1)
	}
}

func (c *config) run() error {
	root, err := filepath.Abs(c.root)
	if err != nil {
		return err
	}
	list := blas.Peers(root)
	fmt.Printf("%s, %d CPUs, tier %v, %s\n", strings.TrimSpace(cpuid.CPU.BrandName), runtime.NumCPU(),
		kernels.Active(), runtime.Version())
	for _, p := range list {
		fmt.Printf("  %-16s %s\n", p.Name, strings.TrimPrefix(p.State(), root+"/"))
	}
	var all []results
	for _, threads := range []int{1, 2} {
		for _, dtype := range []string{"f32", "f64"} {
			if !strings.Contains(c.dtypes, dtype) || !strings.Contains(c.threads, fmt.Sprint(threads)) {
				continue
			}
			t := results{dtype: dtype, threads: threads, peers: list}
			if err := t.measure(c); err != nil {
				return err
			}
			t.print()
			all = append(all, t)
		}
	}
	if c.csv != "" {
		if err := writeCSV(c.csv, all); err != nil {
			return err
		}
	}
	if c.json != "" {
		if err := writeJSON(c.json, root, list, all); err != nil {
			return err
		}
	}
	if c.plots != "" {
		if err := writePlots(c.plots, all); err != nil {
			return err
		}
	}
	if c.pool {
		reportPool()
	}
	return nil
}
