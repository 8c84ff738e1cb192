//go:build linux && cgo && amd64

package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"unsafe"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// mix is the numbers of streams that a kernel reads and writes; both counts those it updates.
type mix struct{ reads, writes, both int }

// possible reports whether STREAM has a loop for the mix.
func (m mix) possible() bool { return m.reads <= 5 && m.writes <= 4 && m.reads+m.writes > 0 }

// loops returns the streaming loops for a mix of streams of that many bytes, one that stores to
// the caches and one that stores past them; none if STREAM has none for the mix.
func (m mix) loops(owned *arena, bytes int) []func(count int) {
	if !m.possible() || bytes < 64 {
		return nil
	}
	pointers := m.pointers(owned.get, bytes)
	return []func(int){
		stream(kernels.Active(), m.reads, m.writes, false, pointers, bytes&^63),
		stream(kernels.Active(), m.reads, m.writes, true, pointers, bytes&^63),
	}
}

// pointers are the addresses of the streams: first those that are read, then those written.
func (m mix) pointers(get func(bytes int) unsafe.Pointer, bytes int) *[16]unsafe.Pointer {
	p := (*[16]unsafe.Pointer)(get(16 * 8))
	for i := range max(m.reads+m.writes, m.reads+1) {
		if k := i - m.reads; k >= 0 && k < m.both {
			p[i] = p[k]
		} else {
			p[i] = get(bytes)
		}
	}
	return p
}

// clipping is the case of AdaptiveClip whose operands make it clip in every call.
const clipping = 1

// newCall makes operands with values in the kernel's domain. It counts the streams of full size and
// their bytes.
func newCall(row *spec.Row, s spec.Sizes) (call *spec.Call, bytes int, m mix) {
	r := rand.New(rand.NewPCG(5, 6))
	call = &spec.Call{Sizes: s}
	gathers := row.Kernel == "GatherRows"
	elements := s.M * s.N
	if gathers { // dst, of few columns
		rows, cols := row.Params[0].Shape(s)
		elements = rows * cols
	}
	for i, p := range row.Params {
		rows, cols := p.Shape(s)
		o := operand(r, row, &p, rows*cols, s.N)
		o.Ld = max(1, cols)
		role := p.Role
		if i == 0 && strings.HasPrefix(row.Kernel, "AdaptiveClip") {
			if s.Case == clipping {
				fillNaN(&o)
			} else {
				role = spec.In // after the first call it is small enough and not written
			}
		}
		if !p.Index && (rows*cols == elements || gathers) {
			m.add(role)
		}
		call.Operands = append(call.Operands, o)
	}
	return call, elements * row.DType.Size(), m
}

// operand has n elements; indices are less than limit.
func operand(r *rand.Rand, row *spec.Row, p *spec.Param, n, limit int) (o spec.Operand) {
	switch {
	case p.Index:
		o.Int = make([]int, n)
		for i := range o.Int {
			o.Int[i] = r.IntN(limit)
		}
	case row.DType == spec.F32:
		o.F32 = make([]float32, n)
		for i := range o.F32 {
			o.F32[i] = float32(draw(r, row, p.Domain))
		}
	default:
		o.F64 = make([]float64, n)
		for i := range o.F64 {
			o.F64[i] = draw(r, row, p.Domain)
		}
	}
	return o
}

// fillNaN makes a gradient that every call clips. A finite one would be small enough after the
// first call.
func fillNaN(o *spec.Operand) {
	for i := range o.F32 {
		o.F32[i] = float32(math.NaN())
	}
	for i := range o.F64 {
		o.F64[i] = math.NaN()
	}
}

// add counts an operand.
func (m *mix) add(role spec.Role) {
	if role != spec.Out {
		m.reads++
	}
	if role != spec.In {
		m.writes++
	}
	if role == spec.InOut {
		m.both++
	}
}

// draw returns a number of moderate size in the kernel's domain.
func draw(r *rand.Rand, row *spec.Row, d spec.Domain) float64 {
	positive := []string{"Log", "Log1p", "Sqrt", "Rsqrt"}
	if d == spec.Positive || d == spec.Unit || slices.Contains(positive, row.Kernel) {
		return 0.01 + 0.98*r.Float64()
	}
	return 8*r.Float64() - 4
}

// fillC writes the numbers of newCall to memory that C owns.
func fillC(p unsafe.Pointer, row *spec.Row, n int) {
	r := rand.New(rand.NewPCG(5, 6))
	for i := range n {
		v := draw(r, row, spec.Any)
		if row.DType == spec.F32 {
			unsafe.Slice((*float32)(p), n)[i] = float32(v)
		} else {
			unsafe.Slice((*float64)(p), n)[i] = v
		}
	}
}
