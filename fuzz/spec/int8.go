package spec

import (
	"math"
	"slices"

	"github.com/ashlar-go/ashlar/internal/freelist"
	"github.com/ashlar-go/ashlar/kernels"
)

// Products of integers of 8 bits. The oracle quantises with loops of its own and adds up in integers of 64
// bits, so that a product has to have its bits but for what the activation is off by.

func int8Lines() []line {
	_, fused := gemmCases()
	var cases []gemmCase
	for i, g := range fused {
		if i%len(gemmScalars) < 2 { // the scalars differ alone
			g.transA, g.transB, g.alpha, g.beta = false, i%2 != 0, 1, 0
			cases = append(cases, g)
		}
	}
	return []line{
		int8Line("GemmInt8", cases, [2]float32{}),
		int8Line("GemmInt8Range", cases, [2]float32{-1.5, 2}),
	}
}

// int8Line is a product with one range for all rows, or, where that is empty, with that of each.
func int8Line(name string, cases []gemmCase, limits [2]float32) line {
	l := gemmLine(name, cases, 5, calls{runInt8(cases, limits)})
	l.int8, l.Tol.Worst = true, nil
	l.Also = []string{"QuantizeB", "QuantizeColumns", "PackInt8", "QuantizedB.Quantize", "QuantizedB.Pack",
		"QuantizedB.Unpack"}
	l.Params[1].Copied = true
	l.Params[2].Role, l.Params[2].Unread = Out, nil
	l.Ref = func(r *Ref) { int8Oracle(r, cases[r.Case], limits) }
	return l
}

// int8Weights is memory that calls reuse.
type int8Weights struct {
	b      kernels.QuantizedB
	q      []int8
	scales []float32
}

// runInt8 quantises B in one step. In half of the cases it does so in two steps after that, and takes the
// integers out and packs them again, unless there are none: N may be huge then, and so the scales.
func runInt8(cases []gemmCase, limits [2]float32) func(*Call) {
	var list freelist.Lists
	return func(c *Call) {
		g, w := cases[c.Case], freelist.Get[float32, int8Weights](&list)
		defer freelist.Put[float32](&list, w)
		b, ldb := c.Operands[1].F32, c.ld(1)
		w.b.Quantize(g.transB, c.K, c.N, b, ldb)
		if c.Case%4 >= 2 && c.K > 0 {
			w.q, w.scales = slices.Grow(w.q[:0], c.K*c.N)[:c.K*c.N], slices.Grow(w.scales[:0], c.N)[:c.N]
			kernels.QuantizeColumns(w.q, max(1, c.N), w.scales, g.transB, c.K, c.N, b, ldb)
			w.b.Pack(c.K, c.N, w.q, max(1, c.N), w.scales)
			clear(w.q)
			w.b.Unpack(w.q, max(1, c.N), w.scales)
			w.b.Pack(c.K, c.N, w.q, max(1, c.N), w.scales)
		}
		e := callEpilogue[float32](cases, c)
		a, lda, to, ldc := c.Operands[0].F32, c.ld(0), c.Operands[2].F32, c.ld(2)
		if limits == ([2]float32{}) {
			kernels.GemmInt8(c.M, a, lda, &w.b, to, ldc, e)
		} else {
			kernels.GemmInt8Range(limits[0], limits[1], c.M, a, lda, &w.b, to, ldc, e)
		}
	}
}

// quantized is a row of A or a column of B: integers, less the zero point, and a scale.
type quantized struct {
	q     []int64
	scale float32
}

// leastScale is the smallest scale.
const leastScale = 0x1p-126

// quantizedColumn is a column of weights by its definition.
func quantizedColumn(column []float32) (c quantized) {
	peak := float32(0)
	for _, v := range column {
		if v-v != 0 {
			return quantized{make([]int64, len(column)), float32(math.NaN())}
		}
		peak = max(peak, v, -v)
	}
	c.scale = max(peak/127, leastScale)
	for _, v := range column {
		c.q = append(c.q, int64(max(-127, min(127, math.RoundToEven(float64(v/c.scale))))))
	}
	return c
}

// quantizedRow is a row of activations by its definition.
func quantizedRow(row []float32, limits [2]float32) (r quantized) {
	lo, hi := limits[0], limits[1]
	for _, v := range row {
		if v-v != 0 {
			return quantized{make([]int64, len(row)), float32(math.NaN())}
		}
		if limits == ([2]float32{}) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	if limits == ([2]float32{}) {
		lo, hi = min(lo, 0), max(hi, 0)
	}
	r.scale = max(float32((float64(hi)-float64(lo))/255), leastScale)
	zero := max(0, min(255, math.RoundToEven(-float64(lo)/float64(r.scale))))
	inverse := float32(1 / float64(r.scale))
	for _, v := range row {
		scaled := float32(v * inverse)
		r.q = append(r.q, int64(math.RoundToEven(max(-zero, min(255-zero, float64(scaled))))))
	}
	return r
}

// int8Oracle computes a product by its definition.
func int8Oracle(r *Ref, g gemmCase, limits [2]float32) {
	const a, b, c, bias, deriv = 0, 1, 2, 3, 4
	columns := make([]quantized, r.N)
	for j := range columns {
		column := make([]float32, r.K)
		for p := range column {
			column[p] = float32(r.in(b, pick(g.transB, j, p), pick(g.transB, p, j)).Hi)
		}
		columns[j] = quantizedColumn(column)
	}
	for i := range r.M {
		row := make([]float32, r.K)
		for p := range row {
			row[p] = float32(r.in(a, i, p).Hi)
		}
		x := quantizedRow(row, limits)
		for j, w := range columns {
			total := int64(0)
			for p, q := range x.q {
				total += q * w.q[p]
			}
			z := float32(float32(float32(total)*w.scale) * x.scale)
			if r.K == 0 {
				z = 0
			}
			if g.bias {
				z += float32(r.in(bias, 0, j).Hi)
			}
			v, scale := num(float64(z)), 0.0
			if g.act != kernels.ActIdentity {
				var fs float64
				v, _, fs, _ = activationOracle(g.act, v, r.DType)
				scale = fs
			}
			if g.deriv {
				d := float32(r.in(deriv, i, j).Hi)
				v = num(float64(float32(float32(v.Hi) * d)))
			}
			r.want(c, i, j, v, scale)
		}
	}
}
