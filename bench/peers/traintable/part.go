//go:build linux && cgo && amd64

package main

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/ashlar-go/ashlar/bench/peers/internal/python"
	"github.com/ashlar-go/ashlar/bench/peers/internal/tables"
)

// part measures and prints one of the tables of fewer bits, for the settings that match.
func (r *report) part(name, threads, pythons, file string, match *regexp.Regexp) error {
	defer func() {
		for _, t := range r.torch {
			t.Stop()
		}
		for _, p := range r.onnx {
			p.Stop()
		}
	}()
	numbers, err := threadNumbers(threads)
	if err != nil {
		return err
	}
	list, prepare, show := levelSettings(numbers), (*contest).prepareLevels, r.printLevels
	switch name {
	case "training":
	case "inference":
		list, prepare, show = inferenceSettings(numbers), (*contest).prepareInference, r.printInference
		r.onnx = []*python.Process{startOnnx(pythons, 1), startOnnx(pythons, 2)}
	default:
		return fmt.Errorf("-part is %q, want training or inference", name)
	}
	r.announce()
	for _, c := range list {
		if !match.MatchString(c.String()) || c.threads > runtime.GOMAXPROCS(0) {
			continue
		}
		fmt.Fprintf(os.Stderr, "\r%-60s", c)
		if _, err := r.hold(c, prepare); err != nil {
			return err
		}
	}
	fmt.Fprintf(os.Stderr, "\r%60s\r", "")
	show()
	if file == "" {
		return nil
	}
	return tables.WriteCSV(file, r.lines())
}

// threadNumbers reads numbers of threads, 1 or 2, with commas between them.
func threadNumbers(text string) (numbers []int, err error) {
	for _, word := range strings.Split(text, ",") {
		if word != "1" && word != "2" {
			return nil, fmt.Errorf("-threads is %q, want some of 1,2", text)
		}
		n, _ := strconv.Atoi(word)
		numbers = append(numbers, n)
	}
	return numbers, nil
}

// announce prints what is compared on which instructions. Where there is no C++ compiler, PyTorch is to
// compile nothing.
func (r *report) announce() {
	fmt.Print(tables.Machine())
	fmt.Printf("  %-16s %s\n", byPyTorch, r.torch[0].State)
	if path := compiler(); path != "" {
		fmt.Printf("  %-16s %s\n", "torch.compile", path)
	} else {
		fmt.Printf("  %-16s no C++ compiler: PyTorch is eager alone\n", "torch.compile")
		r.compiled = regexp.MustCompile("^$")
	}
	if len(r.onnx) > 0 {
		fmt.Printf("  %-16s %s\n", byOnnxruntime, r.onnx[0].State)
	}
}

// lines are the figures as lines of CSV: all that took part, each with the form that was best.
func (r *report) lines() [][]string {
	lines := [][]string{{"net", "optimizer", "batch", "threads", "contestant", "us", "form"}}
	for _, m := range r.rows {
		for _, name := range slices.Sorted(maps.Keys(m.us)) {
			lines = append(lines, []string{m.net, m.optimizer, strconv.Itoa(m.batch),
				strconv.Itoa(m.threads), name, tables.Number(m.us[name]), m.forms[name]})
		}
	}
	return lines
}
