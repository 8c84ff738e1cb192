//go:build linux && cgo && amd64

package main

import (
	_ "embed"
	"fmt"
	"math"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/ashlar-go/ashlar/bench/peers/internal/python"
	"github.com/ashlar-go/ashlar/bench/peers/internal/tables"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/model/onnx"
)

//go:embed inference.py
var onnxScript string

// The forms of our weights, and how far results may be from those in float32, as a share.
var weightForms = []struct {
	layer.Weights
	share float64
}{{layer.WeightsFull, roundings}, {layer.WeightsBFloat16, halfRoundings}, {layer.WeightsInt8, eightRoundings}}

// The names of our forms, and of the others'.
var full, half, eight = layer.WeightsFull.String(), layer.WeightsBFloat16.String(), layer.WeightsInt8.String()

const (
	ranged        = "int8 ranges" // with the ranges of the inputs known beforehand
	torchEight    = "PyTorch int8"
	onnxFull      = "onnxruntime float32"
	onnxEight     = "onnxruntime int8"
	byOnnxruntime = "onnxruntime"

	// A weight is off by up to 1/254 of the largest of its output, an input by up to 1/510 of its range.
	eightRoundings = 0.15
)

// inferenceSettings are the settings of inference with weights of fewer bits, on so many threads.
func inferenceSettings(threads []int) (list []*setting) {
	for _, net := range []string{firstNet, secondNet} {
		for _, n := range threads {
			for _, batch := range []int{1, 8, 64} {
				list = append(list, &setting{net: net, optimizer: inference, batch: batch, threads: n})
			}
		}
	}
	return list
}

// prepareInference enters us with weights in each form that there is, PyTorch and onnxruntime.
func (k *contest) prepareInference(r *report) error {
	m := newModel(k.setting)
	kernels.SetThreads(k.threads)
	for _, form := range weightForms {
		if err := k.enterModel(m, m.model, form.Weights, form.String(), form.share); err != nil {
			return err
		}
	}
	quantised, err := layer.Quantize(m.model, m.x.Cols)
	if err == nil {
		err = layer.Calibrate(quantised, m.x)
	}
	if err == nil {
		err = k.enterModel(m, quantised, layer.WeightsFull, ranged, eightRoundings)
	}
	if err != nil {
		return err
	}
	if err := k.prepareOnnx(r, m); err != nil {
		return err
	}
	return k.prepareModes(r, mode{"eager", byFloat32, roundings}, mode{"compiled", byFloat32, roundings},
		mode{"eager-bf16", byBFloat16, halfRoundings}, mode{"compiled-bf16", byBFloat16, halfRoundings},
		mode{"eager-int8", torchEight, eightRoundings})
}

// enterModel enters our predictions with a model.
func (k *contest) enterModel(m *ours, net layer.Layer[float32], weights layer.Weights, name string,
	share float64) error {
	predict := m.predictions(net, weights)
	sum := predict(1)
	if name == full {
		k.want = sum
	}
	k.enter(name, func(count int) {
		kernels.SetThreads(k.threads)
		predict(count)
	})
	return k.agree(name, sum, share)
}

// prepareOnnx enters onnxruntime with each number of threads, on the model that is written as an ONNX file.
func (k *contest) prepareOnnx(r *report, m *ours) error {
	file, err := k.problem().write()
	defer os.Remove(file)
	if err != nil {
		return err
	}
	net := file + ".onnx"
	defer os.Remove(net)
	if err := onnx.ExportFile(net, &model.Model[float32]{Net: m.model, In: m.x.Cols,
		Output: model.OutputValues}); err != nil {
		return err
	}
	for _, p := range r.onnx[:k.threads] {
		for _, kind := range []struct {
			name, of string
			share    float64
		}{{"float32", onnxFull, roundings}, {"int8", onnxEight, eightRoundings}} {
			if p.Absent() {
				continue
			}
			name := fmt.Sprintf("%s, %d threads", kind.of, p.Threads)
			sum := p.Ask("prepare", kind.name, k.batch, file, net)
			if math.IsNaN(sum) {
				fmt.Fprintf(os.Stderr, "traintable: %v: %s fails\n", k.setting, name)
				continue
			}
			if err := k.agree(name, sum, kind.share); err != nil {
				return err
			}
			k.list = append(k.list, &contestant{name: name, of: kind.of,
				time: func() float64 { return p.Ask("time", kind.name) }})
		}
	}
	return nil
}

// startOnnx starts the first of the Pythons that has onnxruntime.
func startOnnx(pythons string, threads int) *python.Process {
	return python.Start(onnxScript, pythons, threads)
}

func (r *report) printInference() {
	fmt.Print(`
### Inference with weights of fewer bits

µs a prediction of so many rows; after ours with weights of fewer bits, the time in full over it; of the
others the best number of threads up to ours, of PyTorch the best of eager (e) and compiled (c), and their
time over ours with weights of as many bits; int8 ranges: with the ranges of the inputs known beforehand

`)
	w := table.NewWriter()
	w.SetOutputMirror(os.Stdout)
	w.AppendHeader(table.Row{"net, batch, threads", full, half, eight, ranged, byFloat32, onnxFull, byBFloat16,
		torchEight, onnxEight, "ratio int8"})
	for _, m := range r.rows {
		w.AppendRow(table.Row{fmt.Sprintf("%s, %d, %d", m.net, m.batch, m.threads), m.cell(full, math.NaN()),
			m.cell(half, m.over(full, half)), m.cell(eight, m.over(full, eight)), m.cell(ranged, m.over(full, ranged)),
			m.cell(byFloat32, m.over(byFloat32, full)), m.cell(onnxFull, m.over(onnxFull, full)),
			m.cell(byBFloat16, m.over(byBFloat16, half)), m.cell(torchEight, m.over(torchEight, eight)),
			m.cell(onnxEight, m.over(onnxEight, eight)),
			tables.Ratio(m.beside(eight, torchEight, onnxEight))})
	}
	w.RenderMarkdown()
	fmt.Println()
	all := func(*row) bool { return true }
	beyond := func(m *row) bool { return m.batch == 1 && 4*m.weights() > l2() }
	r.target("int8 beside the best of PyTorch's and onnxruntime's", 1.2, all, func(m *row) float64 {
		return m.beside(eight, torchEight, onnxEight)
	})
	r.target("bfloat16 beside our float32, one row, weights beyond L2", 1.7, beyond, func(m *row) float64 {
		return m.over(full, half)
	})
	r.target("int8 beside our float32, one row, weights beyond L2", 3, beyond, func(m *row) float64 {
		return m.over(full, eight)
	})
}
