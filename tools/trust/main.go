// Command trust proves what the project promises about its code, point by point, and prints a line for
// each point:
//
//	go run ./tools/trust [-quick | -full] [-run regexp] [-defects=false] [-o TRUST.md]
//
// A point has steps, which are commands that must succeed; figures, which say how much the steps
// checked and have a least value; and defects. A defect is a mistake that is planted in a copy of
// a source file, which the go command takes in its place (-overlay): a check that does not notice it
// would prove nothing. Points that need hours keep a ledger of the work done so far, in folder
// ledger, bound to the hash of the sources that the work was about.
//
// -quick does a part of each point in a few minutes, for CI, whose lines are met in part at most: the
// result names what it left out, and what the ledgers lack. -full goes on with the ledgers too, for
// hours; it can be interrupted and goes on where it was. Without -quick a run of all points writes
// TRUST.md. The exit code is 1 if a line is not met.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

// points are the lines of the table, in their order.
var points = []*point{
	&boundsPoint, &clobberPoint, &valuesPoint, &hostilePoint, &machinesPoint, &mutationPoint, &fuzzingPoint,
	&exactPoint, &concurrencyPoint, &filesPoint, &supplyPoint,
}

// options are the flags.
type options struct {
	quick, full bool
	run         string
	defects     bool
	list        bool
	out         string
}

func main() {
	var o options
	flag.BoolVar(&o.quick, "quick", false, "a part of each point, in minutes")
	flag.BoolVar(&o.full, "full", false, "go on with the long runs of the ledgers: hours")
	flag.StringVar(&o.run, "run", "", "only points whose name matches this `regexp`")
	flag.BoolVar(&o.defects, "defects", true, "plant the defects")
	flag.BoolVar(&o.list, "list", false, "print what would run, and run nothing")
	flag.StringVar(&o.out, "o", "", "`file` of the result (default TRUST.md for a run of all points "+
		"without -quick, else none)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := o.main(ctx)
	stop()
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted: no page was written")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "trust:", err)
		os.Exit(1)
	}
}

func (o *options) main(ctx context.Context) error {
	switch {
	case flag.NArg() > 0:
		return fmt.Errorf("unexpected argument %q: -run names the lines to run, -h lists the flags", flag.Arg(0))
	case o.quick && o.full:
		return errors.New("-quick and -full exclude each other")
	}
	chosen, err := o.choose()
	if err != nil {
		return err
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	if o.list {
		list(os.Stdout, chosen, o.form())
		return nil
	}
	lab, err := newLaboratory(root, o.form(), o.defects)
	if err != nil {
		return err
	}
	defer lab.close()
	var results []result
	for _, p := range chosen {
		r, err := lab.prove(ctx, p)
		if err != nil {
			return err
		}
		results = append(results, r)
	}
	return o.report(root, lab, results)
}

// report prints the table, writes the file and returns an error if a line is not met.
func (o *options) report(root string, lab *laboratory, results []result) error {
	s := lab.scene()
	table(os.Stdout, s, results)
	path := o.out
	if path == "" && o.run == "" && o.defects && !o.quick {
		path = filepath.Join(root, "TRUST.md")
	}
	if path != "" {
		if err := writeMarkdown(path, s, results); err != nil {
			return err
		}
		fmt.Println("wrote", path)
	}
	if missed := missedLines(results); len(missed) > 0 {
		return fmt.Errorf("not met: %s", strings.Join(missed, ", "))
	}
	return nil
}

func (o *options) form() form {
	switch {
	case o.quick:
		return quick
	case o.full:
		return full
	default:
		return normal
	}
}

func (o *options) choose() (chosen []*point, err error) {
	match, err := regexp.Compile(o.run)
	if err != nil {
		return nil, err
	}
	for _, p := range points {
		if match.MatchString(p.name) {
			chosen = append(chosen, p)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no point matches -run %q", o.run)
	}
	return chosen, nil
}

// moduleRoot returns the folder of the main module.
func moduleRoot() (string, error) {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", "-m", "github.com/ashlar-go/ashlar").Output()
	if err != nil {
		return "", fmt.Errorf("finding the module: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}
