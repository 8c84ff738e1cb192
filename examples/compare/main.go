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
	"os"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/examples/dataset"
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

func main() {
	name := flag.String("data", "mnist", "`name` of the data: mnist or digits")
	threads := flag.Int("threads", 0, "threads to use (default all)")
	flag.Parse()
	if flag.NArg() > 0 || *threads < 0 || *name != "mnist" && *name != "digits" {
		fmt.Fprintln(os.Stderr, "compare: want -data mnist or digits, -threads at least 1, and nothing else")
		os.Exit(2)
	}
	kernels.SetThreads(*threads)
	if err := run(*name); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// result is one line of the table.
type result struct {
	tier             kernels.Tier
	samplesPerSecond float64
	gemm             float64 // GFLOP/s
	accuracy         float64
}

func run(name string) error {
	load := dataset.MNIST
	if name == "digits" {
		load = dataset.Digits
	}
	set, test, err := load()
	if err != nil {
		return err
	}
	fmt.Printf("CPU %s   threads %d   %s, %d epochs, batch %d\n", cpuid.CPU.BrandName, kernels.Threads(), name, epochs, batch)
	var results []result
	for _, t := range kernels.Tiers() {
		if err := kernels.Limit(t); err != nil {
			fmt.Printf("tier %v left out: %v\n", t, err)
			continue
		}
		fmt.Printf("training under %v ...\n", t)
		r, err := measure(set, test)
		if err != nil {
			return err
		}
		results = append(results, r)
	}
	write(results)
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
		Rate: optim.Cosine(mlp.Optimizers["adam"], 0, epochs*((set.Rows+batch-1)/batch)), Epochs: epochs, Batch: batch, Seed: 1, Validation: test}
	history, err := t.Run(context.Background(), set)
	if err != nil {
		return result{}, err
	}
	seconds := 0.0
	for _, e := range history {
		seconds += e.Seconds
	}
	return result{kernels.Active(), float64(epochs*set.Rows) / seconds, gemmRate(set.Features, set.Classes), history[epochs-1].ValidationAccuracy}, nil
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

func write(results []result) {
	t := table.NewWriter()
	t.SetOutputMirror(os.Stdout)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"tier", "samples/s", "GFLOP/s in GEMM", "ratio to pure Go", "test accuracy %"})
	for _, r := range results {
		t.AppendRow(table.Row{r.tier, fmt.Sprintf("%.0f", r.samplesPerSecond), fmt.Sprintf("%.1f", r.gemm),
			fmt.Sprintf("%.2f", r.samplesPerSecond/results[0].samplesPerSecond), fmt.Sprintf("%.2f", 100*r.accuracy)})
	}
	t.Render()
}
