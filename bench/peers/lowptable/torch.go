//go:build linux && cgo && amd64

package main

import (
	_ "embed"
	"encoding/binary"
	"math"
	"os"

	"github.com/ashlar-go/ashlar/bench/peers/internal/python"
	"github.com/ashlar-go/ashlar/kernels"
)

//go:embed torch.py
var torchScript string

// torch is a Python process with PyTorch that computes and times products.
type torch struct{ *python.Process }

// prepare makes it compute the product of the operands, whose type is bfloat16 if half is set and else
// float32, at a level. It returns the product, nil if PyTorch fails.
func (t *torch) prepare(o *operands, half bool, level kernels.Precision) ([]float32, error) {
	if t.Absent() {
		return nil, nil
	}
	file, err := o.write(half)
	defer os.Remove(file)
	defer os.Remove(file + ".out")
	if err != nil {
		return nil, err
	}
	kind := "float32"
	if half {
		kind = "bfloat16"
	}
	if math.IsNaN(t.Ask("prepare", kind, level, o.M, o.N, o.K, o.TransA, o.TransB, file)) {
		return nil, nil
	}
	return read(file+".out", half)
}

// time returns the ns of the product that was prepared last.
func (t *torch) time(level kernels.Precision) float64 { return t.Ask("time", level) }

// read reads a matrix of bfloat16 numbers or of float32 as float32.
func read(path string, half bool) ([]float32, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var c []float32
	if half {
		for ; len(text) >= 2; text = text[2:] {
			c = append(c, kernels.BFloat16(binary.LittleEndian.Uint16(text)).Float32())
		}
		return c, nil
	}
	for ; len(text) >= 4; text = text[4:] {
		c = append(c, math.Float32frombits(binary.LittleEndian.Uint32(text)))
	}
	return c, nil
}
