// Command report measures this machine with the programs of bench/peers, in a shortened form, and writes
// a page that needs nothing else: out/report/index.html. The raw figures lie beside it.
//
//	go run ./report            # in under a quarter of an hour on two cores
//	go run ./report -full      # all shapes and settings: hours
//	go run ./report -render    # only the page, from the raw figures of an earlier run
//
// Libraries that are not installed are reported as absent (make peers installs them), and so is a program
// that cannot be built here: those beside C libraries need cgo. Nothing else should run meanwhile.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

type config struct {
	root, out    string
	full, render bool
}

func main() {
	var c config
	flag.StringVar(&c.root, "root", "../..", "the checkout")
	flag.StringVar(&c.out, "out", "", "the folder of the report instead of out/report of the checkout")
	flag.BoolVar(&c.full, "full", false, "measure everything: hours")
	flag.BoolVar(&c.render, "render", false,
		"measure nothing: write the page from the raw figures that are there")
	flag.Parse()
	if err := c.run(); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func (c *config) run() (err error) {
	if c.root, err = filepath.Abs(c.root); err != nil {
		return err
	}
	if c.out == "" {
		c.out = filepath.Join(c.root, "out", "report")
	}
	if c.out, err = filepath.Abs(c.out); err != nil {
		return err
	}
	if !c.render {
		if err := c.measure(); err != nil {
			return err
		}
	}
	d, err := load(c.out)
	if err != nil {
		return err
	}
	text, err := page(d)
	if err != nil {
		return err
	}
	file := filepath.Join(c.out, "index.html")
	if err := os.WriteFile(file, text, 0o666); err != nil {
		return err
	}
	fmt.Println(file)
	return nil
}
