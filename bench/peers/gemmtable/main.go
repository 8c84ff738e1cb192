//go:build linux && cgo

// Command gemmtable compares Gemm with the C libraries on this machine, shape by shape:
// rate, share of the FMA peak of the same rounds, ratio to each library. What is not
// installed is reported as absent; the install script beside this folder fetches what can
// be had. All operands are random numbers, all products row-major with alpha = 1, beta = 0.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/kernels"
)

type config struct {
	dtypes, threads, root string
	shapes                *regexp.Regexp
	rounds                int
	csv, plots            string
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
	flag.StringVar(&c.plots, "plots", "", "write plots to this folder")
	flag.BoolVar(&c.pool, "pool", true, "report on the pool and on garbage collection as well")
	flag.StringVar(&c.root, "root", "../..", "the checkout, for out/peers")
	flag.Parse()
	err := fresh()
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

// fresh runs the program anew in an environment without presets that slow a library, with
// OpenBLAS restricted to AVX2 where we are.
func fresh() error {
	const done = "GEMMTABLE_FRESH"
	if os.Getenv(done) != "" {
		return nil
	}
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "OPENBLAS_") && !strings.HasPrefix(v, "OMP_") && !strings.HasPrefix(v, "MKL_") {
			env = append(env, v)
		}
	}
	env = append(env, done+"=1", "MKL_THREADING_LAYER=GNU")
	// BLIS does not know every CPU and would take its AVX2 kernels. 0 and 3 are what its
	// configurations skx and haswell are called in version 0.9.
	switch kernels.Active() {
	case kernels.AVX512:
		env = append(env, "BLIS_ARCH_TYPE=0")
	case kernels.AVX2:
		env = append(env, "OPENBLAS_CORETYPE=Haswell", "BLIS_ARCH_TYPE=3", "DNNL_MAX_CPU_ISA=AVX2", "ONEDNN_MAX_CPU_ISA=AVX2",
			"LIBXSMM_TARGET=hsw", "MKL_ENABLE_INSTRUCTIONS=AVX2")
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		os.Exit(0)
	case errors.As(err, &exit):
		os.Exit(exit.ExitCode())
	}
	return err
}

func (c *config) run() error {
	root, err := filepath.Abs(c.root)
	if err != nil {
		return err
	}
	list := peers(root)
	fmt.Printf("%s, %d CPUs, tier %v, %s\n", strings.TrimSpace(cpuid.CPU.BrandName), runtime.NumCPU(), kernels.Active(), runtime.Version())
	for _, p := range list {
		fmt.Printf("  %-16s %s\n", p.name, strings.TrimPrefix(p.state(), root+"/"))
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
