//go:build linux && cgo && amd64

// Command traintable measures training steps: forward, loss, backward and update of a
// multi-layer perceptron in float32, on a batch that is in memory; and the inference of a
// trained one. Beside ours stand a trainer in plain C on each cblas library that is
// installed, and PyTorch. The rounds are interleaved; each figure is the median of them.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"

	"github.com/ashlar-go/ashlar/kernels"
)

// setting is one row of the table.
type setting struct {
	net, optimizer string
	norm           bool
	batch, threads int
}

func (c *setting) String() string {
	norm := ""
	if c.norm {
		norm = ", batch norm"
	}
	return fmt.Sprintf("%s %s%s, batch %d, threads %d", c.net, c.optimizer, norm, c.batch, c.threads)
}

func (c *setting) dims() []int {
	var d []int
	for _, s := range strings.Split(c.net, "-") {
		n, err := strconv.Atoi(s)
		if err != nil {
			panic(err)
		}
		d = append(d, n)
	}
	return d
}

// flops of a step: three products a layer, but two in the first; one in inference.
func (c *setting) flops() float64 {
	total := 0.0
	d := c.dims()
	for i := range len(d) - 1 {
		n := 3.0
		switch {
		case c.optimizer == inference:
			n = 1
		case i == 0:
			n = 2
		}
		total += n * 2 * float64(c.batch) * float64(d[i]) * float64(d[i+1])
	}
	return total
}

// batchOf draws a batch.
func (c *setting) batchOf() (x []float32, labels []int) {
	d := c.dims()
	x, labels = make([]float32, c.batch*d[0]), make([]int, c.batch)
	kernels.Normal(x, 0, 1, 1, 0)
	for i := range labels {
		labels[i] = i * 7 % d[len(d)-1]
	}
	return x, labels
}

func settings() (list []*setting) {
	for _, net := range []string{"784-512-256-10", "784-1024-1024-10", "13-32-16-3", "30-64-1"} {
		for _, optimizer := range []string{"momentum", "adamw"} {
			for _, norm := range []bool{false, true} {
				for _, threads := range []int{1, 2} {
					for _, batch := range []int{1, 8, 32, 64, 128, 512, 4096} {
						small := net == "13-32-16-3" || net == "30-64-1"
						if norm && (batch == 1 || small) || small && (batch > 128 || threads > 1) {
							continue
						}
						list = append(list, &setting{net, optimizer, norm, batch, threads})
					}
				}
			}
		}
	}
	for _, net := range []string{"784-512-256-10", "30-64-1"} {
		for _, batch := range []int{1, 8, 128} {
			list = append(list, &setting{net, inference, net[0] == '7', batch, 1})
		}
	}
	return list
}

// inference stands in place of an optimizer for the model that has been trained.
const inference = "inference"

func main() {
	run := flag.String("run", ".", "only settings that match, as \"adamw, batch 128\"")
	rounds := flag.Int("rounds", 7, "interleaved rounds")
	compiled := flag.String("compiled", "^$", "settings for which PyTorch compiles its step as well; the better one counts")
	pythons := flag.String("python", "../../out/peers/bin/python,python3,/usr/bin/python3", "the first of these Pythons that has PyTorch, or nothing")
	peak := flag.String("memory", "", "train this one setting and print the peak of the process's memory in KiB")
	flag.Parse()
	if *peak != "" {
		printMemory(*peak)
		return
	}
	match, err := regexp.Compile(*run)
	compile, errCompiled := regexp.Compile(*compiled)
	if err := cmp.Or(err, errCompiled); err != nil {
		fmt.Fprintln(os.Stderr, "traintable:", err)
		os.Exit(2)
	}
	r := &report{libs: libraries(), torch: []*torch{startTorch(*pythons, 1), startTorch(*pythons, 2)}, rounds: *rounds, compiled: compile}
	r.header()
	var kept []*setting
	for _, c := range settings() {
		if match.MatchString(c.String()) && c.threads <= runtime.GOMAXPROCS(0) {
			r.row(c)
			kept = append(kept, c)
		}
	}
	r.means()
	for _, t := range r.torch {
		t.stop()
	}
	details(kept, *rounds, *pythons)
}

// details prints what else there is to say of the settings measured.
func details(list []*setting, rounds int, pythons string) {
	var memo []*setting
	var heavy []string
	for _, c := range list {
		if c.optimizer != "momentum" || c.threads != 1 || c.batch != 128 {
			continue
		}
		memo = append(memo, c)
		heavy = append(heavy, c.String())
	}
	if len(memo) == 0 {
		return
	}
	memoisation(memo, rounds)
	printFusions(rounds)
	memory(heavy, pythons)
}
