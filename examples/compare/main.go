// Command compare trains the MNIST perceptron for two epochs under each tier that
// this CPU has and prints one table: samples a second, the rate of the matrix
// products alone, and the ratio to pure Go.
//
//	go run ./compare -data digits
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/examples/dataset"
	"github.com/ashlar-go/ashlar/examples/internal/console"
	"github.com/ashlar-go/ashlar/examples/internal/mlp"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
)

const (
	epochs = 2
	batch  = 128
)

const help = `Trains the perceptron of the demo for two epochs under each tier of this CPU.

Exit code: 0 after the table, 1 on an error, 2 for wrong flags.`

func main() {
	name, err := parse(os.Args[1:])
	if err == nil {
		err = run(os.Stdout, name)
	}
	console.Exit("compare", err)
}

// parse reads the flags, sets the threads and returns the name of the data.
func parse(args []string) (string, error) {
	f := flag.NewFlagSet("compare", flag.ContinueOnError)
	name := f.String("data", "mnist", "`name` of the data: mnist or digits")
	threads := f.Int("threads", 0, "threads to use (default all)")
	if err := console.Parse(f, help, args); err != nil {
		return "", err
	}
	if *name != "mnist" && *name != "digits" {
		return "", console.Usagef("-data %q: want mnist or digits", *name)
	}
	return *name, console.SetThreads(os.Stderr, "compare", *threads)
}

// result is one line of the table.
type result struct {
	tier             kernels.Tier
	samplesPerSecond float64
	gemm             float64 // GFLOP/s
	accuracy         float64
}

// run trains under each tier and writes its progress and the table to w.
func run(w io.Writer, name string) error {
	load := dataset.MNIST
	if name == "digits" {
		load = dataset.Digits
	}
	set, test, err := load()
	if err != nil {
		return err
	}
	fmt.Fprintln(w, console.Wrap("CPU "+cpuid.CPU.BrandName, fmt.Sprintf("threads %d", kernels.Threads()),
		fmt.Sprintf("%s, %d epochs, batch %d", name, epochs, batch)))
	var results []result
	for _, t := range kernels.Tiers() {
		if kernels.Limit(t) != nil {
			fmt.Fprintf(w, "tier %v left out: it is above ASHLAR_TIER=%s\n", t, os.Getenv("ASHLAR_TIER"))
			continue
		}
		fmt.Fprintf(w, "training under %v ...\n", t)
		r, err := measure(set, test)
		if err != nil {
			return err
		}
		results = append(results, r)
	}
	write(w, results)
	return nil
}

// measure trains under the active tier.
func measure(set, test *data.Set[float32]) (result, error) {
	net := mlp.New(set.Features, set.Classes, 1)
	optimizer, err := mlp.NewOptimizer("adam")
	if err != nil {
		return result{}, err
	}
	t := train.Trainer[float32]{Model: net, Loss: grad.SoftmaxCrossEntropy[float32]{}, Optimizer: optimizer,
		Rate: optim.Cosine(mlp.Optimizers["adam"], 0, epochs*((set.Rows+batch-1)/batch)), Epochs: epochs,
		Batch: batch, Seed: 1, Validation: test}
	history, err := t.Run(context.Background(), set)
	if err != nil {
		return result{}, err
	}
	seconds := 0.0
	for _, e := range history {
		seconds += e.Seconds
	}
	return result{kernels.Active(), float64(epochs*set.Rows) / seconds, gemmRate(set.Features, set.Classes),
		history[epochs-1].ValidationAccuracy}, nil
}

// gemmRate runs the matrix products of a training step, and nothing else, for a
// while and returns their GFLOP/s.
func gemmRate(in, classes int) float64 {
	products := mlp.Products(in, classes, batch)
	for _, p := range products {
		p()
	}
	start, steps := time.Now(), 0
	for time.Since(start) < time.Second {
		for _, p := range products {
			p()
		}
		steps++
	}
	return mlp.Flops(in, classes, batch) * float64(steps) / float64(time.Since(start).Nanoseconds())
}

func write(w io.Writer, results []result) {
	t := console.NewTable(w, "tier", "samples/s", "GFLOP/s in GEMM", "ratio to pure Go", "test accuracy %")
	for _, r := range results {
		t.AppendRow(table.Row{r.tier, fmt.Sprintf("%.0f", r.samplesPerSecond), fmt.Sprintf("%.1f", r.gemm),
			fmt.Sprintf("%.2f", r.samplesPerSecond/results[0].samplesPerSecond),
			fmt.Sprintf("%.2f", 100*r.accuracy)})
	}
	t.Render()
	fmt.Fprintln(w, "GFLOP/s in GEMM: the matrix products of a training step alone")
	fmt.Fprintln(w, "ratio to pure Go: of samples/s")
}
