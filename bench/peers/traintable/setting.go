//go:build linux && cgo && amd64

package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// setting is one row of the table.
type setting struct {
	net, optimizer string
	norm           bool
	batch, threads int
}

// inference stands in place of an optimizer for the model that has been trained.
const inference = "inference"

const (
	firstNet  = "784-512-256-10"
	secondNet = "784-1024-1024-10"
	tabular   = "13-32-16-3"
	binaryNet = "30-64-1" // of one logit, for two classes
)

func settings() (list []*setting) {
	for _, net := range []string{firstNet, secondNet, tabular, binaryNet} {
		for _, optimizer := range []string{"momentum", "adamw"} {
			for _, norm := range []bool{false, true} {
				for _, threads := range []int{1, 2} {
					for _, batch := range []int{1, 8, 32, 64, 128, 512, 4096} {
						c := &setting{net, optimizer, norm, batch, threads}
						if norm && (batch == 1 || c.small()) || c.small() && (batch > 128 || threads > 1) {
							continue
						}
						list = append(list, c)
					}
				}
			}
		}
	}
	for _, net := range []string{firstNet, binaryNet} {
		for _, batch := range []int{1, 8, 128} {
			list = append(list, &setting{net, inference, net == firstNet, batch, 1})
		}
	}
	return list
}

func (c *setting) String() string {
	norm := ""
	if c.norm {
		norm = ", batch norm"
	}
	return fmt.Sprintf("%s %s%s, batch %d, threads %d", c.net, c.optimizer, norm, c.batch, c.threads)
}

// small reports whether the net is one of the small ones, for tabular data.
func (c *setting) small() bool { return c.net == tabular || c.net == binaryNet }

func (c *setting) trains() bool { return c.optimizer != inference }

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

func (c *setting) outputs() int { d := c.dims(); return d[len(d)-1] }

// weights is the number of elements of the weight matrices.
func (c *setting) weights() (n int) {
	d := c.dims()
	for i := range len(d) - 1 {
		n += d[i] * d[i+1]
	}
	return n
}

// state is the bytes of weights and optimizer's state.
func (c *setting) state() int {
	if c.optimizer == "adamw" {
		return 3 * 4 * c.weights()
	}
	return 2 * 4 * c.weights()
}

// flops of a step: three products a layer, but two in the first; one in inference.
func (c *setting) flops() float64 {
	total := 0.0
	d := c.dims()
	for i := range len(d) - 1 {
		n := 3.0
		switch {
		case !c.trains():
			n = 1
		case i == 0:
			n = 2
		}
		total += n * 2 * float64(c.batch) * float64(d[i]) * float64(d[i+1])
	}
	return total
}

// rate is the learning rate of the first steps, after which all contestants must have the same
// loss.
func (c *setting) rate() float64 {
	switch {
	case c.optimizer != "adamw":
		return 0.02
	case c.small():
		return 1e-2
	}
	return 1e-4 // with 1e-3 the net memorises the batch in these steps
}

// slow is the learning rate of the steps that are timed. A net that memorises the batch has
// subnormal gradients, on which a CPU is many times slower than in training.
const slow = 1e-7

// problem is the batch and the parameters that all contestants begin with.
type problem struct {
	x      []float32
	labels []int
	params [][]float32 // of each Linear the weights, in x out, and the bias
}

// problem draws the same problem at every call.
func (c *setting) problem() *problem {
	d := c.dims()
	p := &problem{x: make([]float32, c.batch*d[0]), labels: make([]int, c.batch)}
	kernels.Normal(p.x, 0, 1, 1, 0)
	for i := range p.labels {
		p.labels[i] = i * 7 % max(2, c.outputs())
	}
	for i := range len(d) - 1 {
		l := layer.NewLinear[float32](d[i], d[i+1], kernels.ActReLU)
		layer.Initialize(l, uint64(i))
		p.params = append(p.params, l.W.Value, l.B.Value)
	}
	return p
}

// write puts the problem into a file: x, the labels as int32, the parameters.
func (p *problem) write() (name string, err error) {
	f, err := os.CreateTemp("", "traintable")
	if err != nil {
		return "", err
	}
	var b []byte
	put := func(v []float32) {
		for _, x := range v {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
		}
	}
	put(p.x)
	for _, v := range p.labels {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	for _, v := range p.params {
		put(v)
	}
	_, err = f.Write(b)
	if e := f.Close(); err == nil {
		err = e
	}
	return f.Name(), err
}
