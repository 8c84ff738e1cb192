//go:build linux && cgo && amd64

// Command traintable measures training steps (forward, loss, backward and update of a
// multi-layer perceptron in float32, on a batch that is in memory) and inference. It compares
// ours with a trainer in plain C on each cblas library that is installed, and with PyTorch,
// eager and compiled. Each contestant runs with every number of threads up to ours, and the
// best counts. All begin with the same weights, batch and learning rates, and must reach the
// same loss before they are timed. The rounds are interleaved; each figure is the median of
// the rounds. A summary compares the figures with targets.
//
// -part training measures the steps at the levels of precision beside PyTorch in float32 and bfloat16
// instead, and -part inference predictions with weights of fewer bits beside PyTorch and onnxruntime.
//
// Compiling takes most of the time of a full run, large batches most of the rest: -compiled '^$'
// and -run 'batch (1|8|32|64|128|512),' leave them out.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"

	"github.com/ashlar-go/ashlar/bench/peers/internal/restart"
)

func main() {
	run := flag.String("run", ".", "only settings that match, as \"784-512.* adamw, batch (32|128),\"")
	rounds := flag.Int("rounds", 7, "interleaved rounds")
	compiled := flag.String("compiled", ".",
		"settings for which PyTorch compiles its step too, some 10 s each at first; \"^$\" for none")
	pythons := flag.String("python", "../../out/peers/bin/python,python3,/usr/bin/python3",
		"the first of these Pythons that has PyTorch, or nothing")
	more := flag.Bool("details", true,
		"also memoisation, fusions and peak memory, for the settings with momentum, batch 128, threads 1")
	peak := flag.String("memory", "",
		"train this one setting and print the peak of the process's memory in KiB")
	file := flag.String("json", "", "write the figures to this file, for the report")
	part := flag.String("part", "",
		"the table to print in place of the usual one: training or inference; see make bench-lowp")
	threads := flag.String("threads", "1,2", "numbers of threads of these parts")
	lines := flag.String("csv", "", "write the figures of these parts to this file")
	flag.Parse()
	if *peak != "" {
		printMemory(*peak)
		return
	}
	match, err := regexp.Compile(*run)
	compile, errCompiled := regexp.Compile(*compiled)
	if err := cmp.Or(err, errCompiled, restart.Clean()); err != nil {
		fmt.Fprintln(os.Stderr, "traintable:", err)
		os.Exit(2)
	}
	r := &report{torch: []*torch{startTorch(*pythons, 1), startTorch(*pythons, 2)}, rounds: *rounds,
		compiled: compile}
	if *part != "" {
		if err := r.part(*part, *threads, *pythons, *lines, match); err != nil {
			fmt.Fprintln(os.Stderr, "traintable:", err)
			os.Exit(1)
		}
		return
	}
	r.libs = libraries()
	r.header()
	for _, c := range settings() {
		if !match.MatchString(c.String()) || c.threads > runtime.GOMAXPROCS(0) {
			continue
		}
		if err := r.row(c); err != nil {
			fmt.Fprintln(os.Stderr, "traintable:", err)
			os.Exit(1)
		}
	}
	if *file != "" {
		if err := r.write(*file); err != nil {
			fmt.Fprintln(os.Stderr, "traintable:", err)
			os.Exit(1)
		}
	}
	r.means()
	r.summary()
	for _, t := range r.torch {
		t.Stop()
	}
	if *more {
		details(r.rows, *rounds, *pythons)
	}
}

// details prints memoisation, fusions and peak memory for the settings measured.
func details(rows []*row, rounds int, pythons string) {
	var list []*setting
	for _, m := range rows {
		if c := m.setting; c.optimizer == "momentum" && c.threads == 1 && c.batch == 128 {
			list = append(list, c)
		}
	}
	if len(list) == 0 {
		return
	}
	memoisation(list, rounds)
	printFusions(rounds)
	memory(list, pythons)
}
