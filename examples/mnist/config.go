package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/ashlar-go/ashlar/examples/internal/console"
	"github.com/ashlar-go/ashlar/examples/internal/mlp"
	"github.com/ashlar-go/ashlar/kernels"
)

// config has the values of the flags.
type config struct {
	data, optimizer, out string
	samples              int // 0 for all
	epochs, batch        int
	lr                   float64
	seed                 uint64
	precision            kernels.Precision
}

const help = `Trains a multi-layer perceptron on handwritten digits. Ctrl-C ends the training
and saves what was learnt so far. A second Ctrl-C ends the program at once.

Exit code: 0 if the results were written, also after Ctrl-C; 1 if they were not;
2 for wrong flags.`

// parse reads the flags and sets the tier and the threads.
func parse(args []string) (config, error) {
	var c config
	f := flag.NewFlagSet("mnist", flag.ContinueOnError)
	f.StringVar(&c.data, "data", "mnist", "`name` of the data: mnist or digits")
	f.IntVar(&c.samples, "samples", 0, "train on so many of the samples, and test on as many (default all)")
	f.IntVar(&c.epochs, "epochs", 10, "passes over the training data")
	f.IntVar(&c.batch, "batch", 128, "samples in a mini-batch")
	f.StringVar(&c.optimizer, "optimizer", "adam", "`name`: adam, momentum or sgd")
	f.Float64Var(&c.lr, "lr", 0, "learning rate at the start of the cosine (default by optimizer)")
	f.Uint64Var(&c.seed, "seed", 1, "seed of weights, batches and dropout")
	precision := f.String("precision", kernels.Highest.String(),
		"`level` of the products: highest, high or medium")
	tier := f.String("tier", "", "highest `tier` to use: generic, neon, avx2, avx512 (default the best)")
	threads := f.Int("threads", 0, "threads to use (default all)")
	f.StringVar(&c.out, "out", "out", "`folder` for weights, history and plots")
	if err := console.Parse(f, help, args); err != nil {
		return c, err
	}
	if err := c.check(); err != nil {
		return c, err
	}
	var err error
	if c.precision, err = kernels.ParsePrecision(*precision); err != nil {
		return c, console.Usagef("-precision %q: want highest, high or medium", *precision)
	}
	if c.lr == 0 {
		c.lr = mlp.Optimizers[c.optimizer]
	}
	if err := setTier(*tier); err != nil {
		return c, err
	}
	return c, console.SetThreads(os.Stderr, "mnist", *threads)
}

// check returns a UsageError for a value out of range.
func (c config) check() error {
	_, known := mlp.Optimizers[c.optimizer]
	switch {
	case c.data != "mnist" && c.data != "digits":
		return console.Usagef("-data %q: want mnist or digits", c.data)
	case !known:
		return console.Usagef("-optimizer %q: want adam, momentum or sgd", c.optimizer)
	case c.samples < 0:
		return console.Usagef("-samples %d: want a positive number, or 0 for all", c.samples)
	case c.epochs < 1 || c.epochs > 1e6:
		return console.Usagef("-epochs %d: want 1 to 1000000", c.epochs)
	case c.batch < 2:
		return console.Usagef("-batch %d: batch normalisation wants at least 2", c.batch)
	case !(c.lr >= 0) || math.IsInf(c.lr, 0):
		return console.Usagef("-lr %v: want a positive number, or 0 for the optimizer's own", c.lr)
	}
	return nil
}

// setTier applies the flag -tier.
func setTier(name string) error {
	if name == "" {
		return nil
	}
	t, err := kernels.ParseTier(name)
	if have := kernels.Tiers(); err != nil || !slices.Contains(have, t) {
		return console.Usagef("-tier %q: this machine has %s", name, strings.Trim(fmt.Sprint(have), "[]"))
	}
	if kernels.Limit(t) != nil {
		return console.Usagef("-tier %s is above ASHLAR_TIER=%s", name, os.Getenv("ASHLAR_TIER"))
	}
	return nil
}
