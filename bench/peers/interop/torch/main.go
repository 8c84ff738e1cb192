// Torch trains a network in Go, for PyTorch to train further, and trains further what came back. The
// files lie in a folder that both sides are given: make interop runs
//
//	torch first <folder>      trains, and writes the data and the state_dict
//	python train.py <folder>  loads it, trains on, and writes what it has, and what did not load in part
//	torch second <folder>     loads that, trains on, and loads in part what Python loaded in part
//
// Each side checks that the loss of what it loads is that which the other one measured, and that
// training makes it fall.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
)

const (
	rows, features, classes = 512, 8, 3
	tolerance               = 1e-5
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("interop: ")
	if len(os.Args) != 3 {
		log.Fatal("usage: torch first|second <folder>")
	}
	command := map[string]func(string) error{"first": first, "second": second}[os.Args[1]]
	if command == nil {
		log.Fatalf("there is no command %q, want first or second", os.Args[1])
	}
	if err := command(os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

// network is the one that train.py builds.
func network() *layer.Sequential[float32] {
	return layer.NewSequential[float32](
		layer.NewLinear[float32](features, 32, kernels.ActGELU),
		layer.NewBatchNorm[float32](32),
		layer.NewSequential[float32](
			layer.NewLinear[float32](32, 32, kernels.ActIdentity),
			layer.NewPReLU[float32](32)),
		layer.NewLayerNorm[float32](32),
		layer.NewDropout[float32](0.1),
		layer.NewLinear[float32](32, classes, kernels.ActIdentity))
}

// samples returns rows whose class is the largest of three sums with a kink.
func samples() *data.Set[float32] {
	set := &data.Set[float32]{X: make([]float32, rows*features), Y: make([]int, rows), Rows: rows,
		Features: features, Classes: classes}
	kernels.Normal(set.X, 0, 1, 1, 0)
	direction := make([]float32, features*classes)
	kernels.Normal(direction, 0, 1, 1, 1)
	for i := range rows {
		x, sums := set.X[i*features:][:features], make([]float32, classes)
		for j, v := range x {
			for c := range sums {
				sums[c] += direction[j*classes+c] * float32(math.Abs(float64(v)))
			}
		}
		set.Y[i] = slices.Index(sums, slices.Max(sums))
	}
	return set
}

// trained trains a net for some epochs, and returns its loss on all rows before and after.
func trained(net layer.Layer[float32], set *data.Set[float32]) (before, after float64, err error) {
	loss := grad.SoftmaxCrossEntropy[float32]{}
	t := train.Trainer[float32]{Model: net, Loss: loss, Optimizer: optim.NewAdam[float32](),
		Rate: optim.Constant(3e-3), Epochs: 10, Batch: 32, Seed: 1}
	start, err := train.Evaluate(net, loss, set, rows)
	if err != nil {
		return 0, 0, err
	}
	if _, err := t.Run(context.Background(), set); err != nil {
		return 0, 0, err
	}
	end, err := train.Evaluate(net, loss, set, rows)
	if err != nil {
		return 0, 0, err
	}
	if !(end.Loss < 0.95*start.Loss) {
		return 0, 0, fmt.Errorf("the loss went from %v to %v in training, want it to fall", start.Loss,
			end.Loss)
	}
	return start.Loss, end.Loss, nil
}

// first trains a network and leaves it with its data.
func first(folder string) error {
	set, net := samples(), network()
	layer.Initialize(net, 1)
	before, after, err := trained(net, set)
	if err != nil {
		return err
	}
	labels := make([]float32, rows)
	for i, c := range set.Y {
		labels[i] = float32(c)
	}
	err = model.SaveTensors(filepath.Join(folder, "data.safetensors"), []model.Tensor[float32]{
		{Name: "x", Shape: []int{rows, features}, Value: set.X},
		{Name: "labels", Shape: []int{rows}, Value: labels},
	}, map[string]string{"loss": fmt.Sprint(after)})
	if err != nil {
		return err
	}
	fmt.Printf("Go trains from loss %.4f to %.4f\n", before, after)
	return model.SavePyTorch(filepath.Join(folder, "go.safetensors"), net, model.PyTorch{Prefix: "net."})
}

// second trains on what PyTorch has trained.
func second(folder string) error {
	path := filepath.Join(folder, "torch.safetensors")
	text, err := model.ReadText(path)
	if err != nil {
		return err
	}
	want, err := strconv.ParseFloat(text["loss"], 64)
	if err != nil {
		return err
	}
	net := network()
	if err := model.LoadPyTorch(path, net, model.PyTorch{Prefix: "net."}); err != nil {
		return err
	}
	batches := net.Parts()[1].(*layer.BatchNorm[float32]).Batches
	before, after, err := trained(net, samples())
	if err != nil {
		return err
	}
	if !(math.Abs(before-want) <= tolerance) || fmt.Sprint(batches) != text["batches"] {
		return fmt.Errorf("the loss is %v after %d batches, want %v after %s as in PyTorch", before, batches,
			want, text["batches"])
	}
	fmt.Printf("Go trains on from loss %.4f to %.4f\n", before, after)
	return partial(filepath.Join(folder, "go.safetensors"), text["partial"])
}

// partial loads the first file into another network, as train.py did with strict=False, and compares
// the names that are missing and unused.
func partial(path, said string) error {
	var want struct{ Missing, Unused []string }
	if err := json.Unmarshal([]byte(said), &want); err != nil {
		return err
	}
	net := layer.NewSequential[float32](
		layer.NewLinear[float32](features, 32, kernels.ActGELU),
		layer.NewBatchNorm[float32](32),
		layer.NewLayerNorm[float32](32))
	o := model.PyTorch{Prefix: "net."}
	if err := model.LoadPyTorch(path, net, o); err == nil {
		return fmt.Errorf("LoadPyTorch took a file with other tensors")
	}
	missing, unused, err := model.LoadPyTorchPart(path, net, o)
	if err != nil {
		return err
	}
	for _, names := range [][]string{missing, unused, want.Missing, want.Unused} {
		slices.Sort(names)
	}
	if !slices.Equal(missing, want.Missing) || !slices.Equal(unused, want.Unused) {
		return fmt.Errorf("in part: missing %v, unused %v, want %v and %v as in PyTorch", missing, unused,
			want.Missing, want.Unused)
	}
	fmt.Printf("in part: Go and PyTorch name the same tensors, %d missing and %d unused\n", len(missing),
		len(unused))
	return nil
}
