//go:build linux && cgo && amd64

// Command lowptable compares products of fewer bits with those of other libraries on this machine, shape
// by shape: bfloat16 matrices into float32, and float32 matrices at the levels of precision. Figures
// are medians of interleaved rounds, in Markdown. Libraries that are not installed are reported as
// absent; the script ../install fetches them. Products are row-major with alpha = 1, beta = 0. All
// contestants must compute the same product, componentwise within a bound, before they are timed.
//
// The parts "training" and "inference" are those of command traintable, which must lie beside this one.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/ashlar-go/ashlar/bench/peers/internal/restart"
	"github.com/ashlar-go/ashlar/bench/peers/internal/tables"
)

type config struct {
	parts, threads   []string
	shapes, settings *regexp.Regexp
	rounds           int
	csv, pythons     string
	compiled, root   string
}

// parts are the tables, in the order in which they are printed.
var parts = []string{"products", "levels", "training", "inference"}

func main() {
	c, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	} else if err != nil {
		os.Exit(2) // parse has said why
	}
	if err := cmp.Or(restart.Clean(), c.run()); err != nil {
		fmt.Fprintln(os.Stderr, "lowptable:", err)
		os.Exit(1)
	}
}

// parse reads the flags.
func parse(args []string) (*config, error) {
	c := &config{shapes: regexp.MustCompile("."), settings: regexp.MustCompile(".")}
	f := flag.NewFlagSet("lowptable", flag.ContinueOnError)
	c.parts, c.threads = parts, []string{"1", "2"}
	f.Func("parts", "the tables to print, by default "+strings.Join(parts, ","), list(&c.parts, parts))
	f.Func("threads", "numbers of threads, by default 1,2", list(&c.threads, c.threads))
	f.Func("shapes", "only products of shapes that match, as \"NT 128x\"", pattern(&c.shapes))
	f.Func("run", "only settings of training and inference that match, as \"batch (1|8),\"",
		pattern(&c.settings))
	f.IntVar(&c.rounds, "rounds", 9, "interleaved rounds")
	f.StringVar(&c.csv, "csv", "", "write the figures to files of this folder, one a part")
	f.StringVar(&c.compiled, "compiled", ".",
		"settings for which PyTorch compiles its step too, some 10 s each at first; \"none\" matches none")
	f.StringVar(&c.root, "root", "../..", "the checkout, for out/peers")
	f.StringVar(&c.pythons, "python", "",
		"the first of these Pythons that has PyTorch; by default that of out/peers, then python3 and\n"+
			"/usr/bin/python3")
	err := f.Parse(args)
	if err == nil && f.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", f.Arg(0))
	} else if err == nil && c.rounds < 1 {
		err = fmt.Errorf("-rounds is %d, want at least 1", c.rounds)
	} else {
		return c, err
	}
	fmt.Fprintln(os.Stderr, "lowptable:", err)
	return c, err
}

// list is the value of a flag that picks some of all words.
func list(to *[]string, all []string) func(string) error {
	return func(text string) error {
		*to = strings.Split(text, ",")
		for _, word := range *to {
			if !slices.Contains(all, word) {
				return fmt.Errorf("unknown %q, want some of %s", word, strings.Join(all, ","))
			}
		}
		return nil
	}
}

func pattern(to **regexp.Regexp) func(string) error {
	return func(text string) (err error) {
		*to, err = regexp.Compile(text)
		return err
	}
}

func (c *config) run() error {
	root, err := filepath.Abs(c.root)
	if err != nil {
		return err
	}
	c.root = root
	if c.pythons == "" {
		c.pythons = filepath.Join(root, "out/peers/bin/python") + ",python3,/usr/bin/python3"
	}
	if c.csv != "" {
		if c.csv, err = filepath.Abs(c.csv); err != nil {
			return err
		}
		if err := os.MkdirAll(c.csv, 0o777); err != nil {
			return err
		}
	}
	if c.parts[0] == "products" || c.parts[0] == "levels" {
		fmt.Print(tables.Machine()) // else it begins with what traintable prints
	}
	for _, part := range c.parts {
		switch part {
		case "products":
			err = c.products()
		case "levels":
			err = c.levels()
		default:
			err = c.steps(part)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// steps runs the part of traintable that bears the name.
func (c *config) steps(part string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	args := []string{"-part", part, "-run", c.settings.String(), "-rounds", fmt.Sprint(c.rounds),
		"-compiled", c.compiled, "-python", c.pythons, "-threads", strings.Join(c.threads, ",")}
	if c.csv != "" {
		args = append(args, "-csv", filepath.Join(c.csv, part+".csv"))
	}
	fmt.Println()
	cmd := exec.Command(filepath.Join(filepath.Dir(self), "traintable"), args...)
	cmd.Dir = filepath.Join(c.root, "bench", "peers") // where it looks for the libraries
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", part, err)
	}
	return nil
}
