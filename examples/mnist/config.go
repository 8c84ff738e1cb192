package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"github.com/ashlar-go/ashlar/examples/internal/mlp"
	"github.com/ashlar-go/ashlar/kernels"
)

// config is what the flags say.
type config struct {
	data, optimizer, out string
	epochs, batch        int
	lr                   float64
	seed                 uint64
}

// usageError is a wrong flag: one line, exit 2.
type usageError struct{ error }

var errHelp = errors.New("help")

// parse reads the flags and sets the tier and the threads.
func parse(args []string) (config, error) {
	var c config
	f := flag.NewFlagSet("mnist", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&c.data, "data", "mnist", "`name` of the data: mnist or digits")
	f.IntVar(&c.epochs, "epochs", 10, "passes over the training data")
	f.IntVar(&c.batch, "batch", 128, "samples in a mini-batch")
	f.StringVar(&c.optimizer, "optimizer", "adam", "`name`: adam, momentum or sgd")
	f.Float64Var(&c.lr, "lr", 0, "learning rate at the start of the cosine (default by optimizer)")
	f.Uint64Var(&c.seed, "seed", 1, "seed of weights, batches and dropout")
	tier := f.String("tier", "", "highest `tier` to use: generic, avx2, avx512 (default the best)")
	threads := f.Int("threads", 0, "threads to use (default all)")
	f.StringVar(&c.out, "out", "out", "`folder` for weights, history and plot")
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			f.SetOutput(os.Stdout)
			fmt.Println("usage: mnist [flags]")
			f.PrintDefaults()
			return c, errHelp
		}
		return c, usageError{err}
	}
	if f.NArg() > 0 {
		return c, usageError{fmt.Errorf("unexpected argument %q", f.Arg(0))}
	}
	return c.check(*tier, *threads)
}

// check refuses values that make no sense and applies the rest.
func (c config) check(tier string, threads int) (config, error) {
	rate, known := mlp.Optimizers[c.optimizer]
	switch {
	case c.data != "mnist" && c.data != "digits":
		return c, usageError{fmt.Errorf("-data %q: want mnist or digits", c.data)}
	case !known:
		return c, usageError{fmt.Errorf("-optimizer %q: want adam, momentum or sgd", c.optimizer)}
	case c.epochs < 1 || c.epochs > 1e6:
		return c, usageError{fmt.Errorf("-epochs %d: want 1 to 1000000", c.epochs)}
	case c.batch < 2:
		return c, usageError{fmt.Errorf("-batch %d: batch normalisation wants at least 2", c.batch)}
	case !(c.lr >= 0) || math.IsInf(c.lr, 0):
		return c, usageError{fmt.Errorf("-lr %v: want a positive number, or 0 for the optimizer's own", c.lr)}
	case c.out == "":
		return c, usageError{errors.New("-out is empty: want a folder")}
	case threads < 0:
		return c, usageError{fmt.Errorf("-threads %d: want at least 1, or 0 for all", threads)}
	}
	if c.lr == 0 {
		c.lr = rate
	}
	if tier != "" {
		t, err := kernels.ParseTier(tier)
		if err == nil {
			err = kernels.Limit(t)
		}
		if err != nil {
			return c, usageError{fmt.Errorf("-tier: %s", strings.TrimPrefix(err.Error(), "kernels: "))}
		}
	}
	kernels.SetThreads(threads)
	return c, nil
}
