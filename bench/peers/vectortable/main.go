//go:build linux && cgo && amd64

// Command vectortable measures the kernels of vectors and matrices: ns per element, bytes
// per ns, and the share of the streaming rate, which is that of a loop, timed in the same
// rounds, that does nothing but read and write as many streams. It compares them with SLEEF
// and libmvec, where these have the function, and with PyTorch, if a Python has it. Operands
// are random; there is one thread. A summary compares the figures with targets.
package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"

	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

type config struct {
	match  *regexp.Regexp
	dtype  string
	rounds int
	python string
	json   string
	short  bool
	shapes []extent // of columns, which then stands alone

	results results
}

func main() {
	var c config
	run := "."
	flag.StringVar(&run, "run", ".", "only kernels and cases that match, as \"Tanh\" or \"gelu\"")
	flag.StringVar(&c.dtype, "dtype", "f32", "element types, as \"f32,f64\"")
	flag.IntVar(&c.rounds, "rounds", 9, "interleaved rounds")
	flag.StringVar(&c.python, "python", "../../out/peers/bin/python,python3,/usr/bin/python3",
		"the first of these Pythons that has PyTorch, or nothing")
	flag.StringVar(&c.json, "json", "", "write the figures to this file, for the report")
	flag.BoolVar(&c.short, "short", false,
		"only operands in the first-level cache and in memory, and of our own only pure Go beside")
	shapes := flag.String("shapes", "", "only kernels of matrices, of these shapes, on one thread and "+
		"on two, as \"1024x1024,3000x130\"")
	flag.Parse()
	var err error
	if c.match, err = regexp.Compile(run); err == nil && *shapes != "" {
		c.shapes, err = parseShapes(*shapes)
	}
	if err == nil {
		err = c.chosen()
	}
	if err == nil {
		err = c.run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "vectortable:", err)
		os.Exit(1)
	}
}

// dtypes are those that -dtype names.
func (c *config) dtypes() (list []spec.DType) {
	for _, d := range []spec.DType{spec.F32, spec.F64} {
		if strings.Contains(c.dtype, d.String()) {
			list = append(list, d)
		}
	}
	return list
}

// takesSteps reports whether parts of training steps are measured, too.
func (c *config) takesSteps() bool { return !c.short && c.shapes == nil }

// chosen returns an error where the flags leave nothing to measure.
func (c *config) chosen() error {
	n := 0
	for _, d := range c.dtypes() {
		n += len(c.entries(d))
	}
	if c.takesSteps() {
		n += len(c.chosenSteps())
	}
	if n == 0 {
		return fmt.Errorf("-run %s -dtype %s: nothing matches", c.match, c.dtype)
	}
	return nil
}

func (c *config) run() error {
	kernels.SetThreads(1)
	libs := libraries()
	fmt.Printf("%s, tier %v, %s\n", strings.TrimSpace(cpuid.CPU.BrandName), kernels.Active(),
		runtime.Version())
	for _, l := range libs {
		state := l.file
		if l.handle == nil {
			state = "absent"
		}
		fmt.Printf("  %-10s %s\n", l.name, state)
	}
	torch := askTorch(c.python, c.shapes)
	fmt.Printf("  %-10s %s\n", "PyTorch", torch.state)
	for _, d := range c.dtypes() {
		if c.shapes != nil {
			c.columns(d, c.shapes, torch)
		} else {
			c.table(d, libs, torch)
			c.ratios(d)
		}
	}
	if c.takesSteps() {
		c.steps(torch)
		c.summary()
	}
	if c.json == "" {
		return nil
	}
	return c.write(libs, torch)
}
