//go:build linux && cgo && amd64

package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ashlar-go/ashlar/fuzz/spec"
)

// summary prints the targets beside the figures measured.
func (c *config) summary() {
	for _, d := range []spec.DType{spec.F32, spec.F64} {
		if !strings.Contains(c.dtype, d.String()) {
			continue
		}
		fmt.Printf("\n%v: %-55s %-10s %s\n", d, "what", "target", "measured")
		r := c.results.of(d)
		r.beside(d)
		r.amongOurs()
		r.beyondL2()
	}
	fmt.Printf("\nf32: %-55s %-10s %s\n", "steps on one thread", "target", "measured")
	c.results.besidePyTorch()
}

// of is the part of one dtype.
func (r *results) of(d spec.DType) *results {
	return &results{
		cells:  slices.DeleteFunc(slices.Clone(r.cells), func(c cell) bool { return c.dtype != d }),
		ratios: slices.DeleteFunc(slices.Clone(r.ratios), func(r ratio) bool { return r.dtype != d }),
	}
}

// beside compares with the peers in L1 and L2, on one core.
func (r *results) beside(d spec.DType) {
	for _, x := range []extent{lengths[0], lengths[1]} {
		r.peer("Exp", x, 1.3)
		r.peer("Sigmoid", x, 1.2)
		r.peer("Tanh", x, 1.0, "libmvec")
		r.peer("Tanh", x, 4, "SLEEF u10")
		if d == spec.F32 { // torch.py times float32 only
			r.peer("Activate gelu", x, 2, "PyTorch")
			r.peer("Activate gelu_tanh", x, 2, "PyTorch")
		}
	}
	for _, x := range lengths {
		if d == spec.F32 {
			r.peer("Dropout", x, 4, "PyTorch")
		}
	}
}

// peer prints the time of the fastest peer, or of the fastest of those named, over ours.
func (r *results) peer(title string, x extent, limit float64, names ...string) {
	of := "the fastest peer"
	if len(names) > 0 {
		of = strings.Join(names, ", ")
	}
	a := asked{what: fmt.Sprintf("%s beside %s, %v", title, of, x), limit: limit}
	i := slices.IndexFunc(r.cells, func(c cell) bool { return c.title == title && c.size == x })
	if i < 0 {
		a.one(figure{})
		return
	}
	p := r.cells[i].fastest(names...)
	a.one(figure{p.name, p.ns / r.cells[i].ns})
}

// amongOurs compares tiers, derivatives and threads.
func (r *results) amongOurs() {
	pick := func(in func(title string) bool, value func(*ratio) float64) (list []figure) {
		for i := range r.ratios {
			if in == nil || in(r.ratios[i].title) {
				list = append(list, figure{r.ratios[i].title, value(&r.ratios[i])})
			}
		}
		return list
	}
	computes := func(title string) bool { return !isMove(title) }
	asked{what: "avx512 beside avx2, in L1", limit: 1.6}.all(pick(nil,
		func(r *ratio) float64 { return r.avx2 }))
	asked{what: "value + derivative over value, transcendental", limit: 1.25,
		atMost: true}.all(pick(isTranscendental, func(r *ratio) float64 { return r.grad }))
	asked{what: "beside its own pure Go, in L1, but ReLU, sqrt and copies",
		limit: 4}.all(pick(computes, func(r *ratio) float64 { return r.generic }))
	r.inGoOnly()
	asked{what: "ReLU, sqrt, copies: share of streaming, 16k or 128x512", limit: 1,
		percent: true}.all(r.streaming(isMove))
	asked{what: "ReLU family, value + derivative: the same", limit: 1,
		percent: true}.all(r.streaming(func(title string) bool {
		return strings.HasPrefix(title, "ActivateGrad ") && !isTranscendental(title)
	}))
	asked{what: "two threads beside one, 256k or 512x512",
		limit: 1.7}.all(pick(nil, func(r *ratio) float64 { return r.twoThreads }))
}

// inGoOnly lists the kernels that cannot be compared with the pure-Go tier.
func (r *results) inGoOnly() {
	var list []string
	for _, e := range r.ratios {
		if e.generic == 0 {
			list = append(list, e.title)
		}
	}
	if len(list) > 0 {
		fmt.Println("    not compared with pure Go:")
		wrapped(list)
	}
}

// streaming is the share of the streaming rate in L2.
func (r *results) streaming(in func(title string) bool) (list []figure) {
	for _, c := range r.cells {
		if (c.size == lengths[1] || c.size == shapes[2]) && in(c.title) {
			list = append(list, figure{c.title, c.stream / c.ns})
		}
	}
	return list
}

// beyondL2 compares the kernels with the lower of their rate in cache and the streaming rate.
func (r *results) beyondL2() {
	for _, x := range slices.Concat(lengths, shapes) {
		if !x.beyondL2() {
			continue
		}
		var list []figure
		for _, c := range r.cells {
			if c.size == x {
				list = append(list, figure{c.title, c.limit / c.ns})
			}
		}
		asked{what: fmt.Sprintf("share of the lower of rate in cache and streaming, %v", x),
			limit: 0.85, percent: true}.all(list)
	}
}

// besidePyTorch prints the steps.
func (r *results) besidePyTorch() {
	for _, s := range r.steps {
		asked{what: s.name + " beside PyTorch", limit: s.asked}.one(figure{s.form, s.torch / s.ns})
		if s.askedStream > 0 {
			asked{what: s.name + ", share of the streaming rate", limit: s.askedStream,
				percent: true}.one(figure{"", s.stream / s.ns})
		}
	}
}

// isTranscendental reports whether an activation takes an exponential or an error function.
func isTranscendental(title string) bool {
	_, activation, _ := strings.Cut(title, " ")
	activation, _, _ = strings.Cut(activation, "(")
	return slices.Contains([]string{"sigmoid", "tanh", "elu", "selu", "gelu", "gelu_tanh", "silu",
		"softplus"}, activation)
}

// isMove reports whether memory alone should limit a kernel: ReLU, sqrt and copies.
func isMove(title string) bool {
	kernel, activation, _ := strings.Cut(title, " ")
	if strings.HasPrefix(kernel, "Activate") {
		return activation == "identity" || strings.Contains(activation, "relu")
	}
	return slices.Contains([]string{"Sqrt", "Swap", "Transpose", "GatherRows", "PReLU"}, kernel) ||
		title == "Dropout p=0"
}
