package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// fn is the function being generated: vectors of one tier and one dtype, and the
// operations on them. A body that uses only fn's methods for vectors serves both
// tiers and both dtypes.
//
// Operands stand in Go's order, sources first. A masked load or store touches the
// lanes of the tail mask (setMask) and no others, in memory too.
type fn struct {
	c *build.Context
	tier
	dtype
	lanes int

	signature string // of the function, for a trial in a scratch file
	trial     bool   // nothing of it is kept
	mask      Op     // the tail mask: a K register, or a vector of all-ones lanes on AVX2
}

func newFn(c *build.Context, t tier, d dtype) *fn {
	return &fn{c: c, tier: t, dtype: d, lanes: t.bytes / d.size}
}

// wide reports AVX-512: 32 registers and opmasks.
func (f *fn) wide() bool { return f.bytes == 64 }

// logSize is the shift from elements to bytes.
func (f *fn) logSize() int {
	if f.size == 4 {
		return 2
	}
	return 3
}

// vec returns a new vector register.
func (f *fn) vec() reg.VecVirtual {
	if f.wide() {
		return f.c.ZMM()
	}
	return f.c.YMM()
}

// op emits the instruction for the dtype.
func (f *fn) op(single, double func(...Op), ops ...Op) {
	if f.size == 4 {
		single(ops...)
	} else {
		double(ops...)
	}
}

// op3 is op for instructions of exactly three operands.
func (f *fn) op3(single, double func(Op, Op, Op), a, b, dst Op) {
	if f.size == 4 {
		single(a, b, dst)
	} else {
		double(a, b, dst)
	}
}

func (f *fn) zero(r Op) {
	if f.wide() {
		f.c.VPXORD(r, r, r)
	} else {
		f.c.VXORPS(r, r, r)
	}
}

// load: r = memory, zero in masked-out lanes.
func (f *fn) load(m Mem, r Op, masked bool) {
	c := f.c
	switch {
	case !masked:
		f.op(c.VMOVUPS, c.VMOVUPD, m, r)
	case f.wide():
		f.op3(c.VMOVUPS_Z, c.VMOVUPD_Z, m, f.mask, r)
	default:
		f.op3(c.VMASKMOVPS, c.VMASKMOVPD, m, f.mask, r)
	}
}

// store: memory = r.
func (f *fn) store(r Op, m Mem, masked bool) {
	c := f.c
	switch {
	case !masked:
		f.op(c.VMOVUPS, c.VMOVUPD, r, m)
	case f.wide():
		f.op(c.VMOVUPS, c.VMOVUPD, r, f.mask, m)
	default:
		f.op3(c.VMASKMOVPS, c.VMASKMOVPD, r, f.mask, m)
	}
}

// broadcast: every lane of r = the element in memory.
func (f *fn) broadcast(m Mem, r Op) { f.op(f.c.VBROADCASTSS, f.c.VBROADCASTSD, m, r) }

// fma: acc += a * b, rounded once.
func (f *fn) fma(a, b, acc Op) { f.op(f.c.VFMADD231PS, f.c.VFMADD231PD, a, b, acc) }

// fmaBroadcast: acc += a * b for an element a in memory, rounded once, on AVX-512.
func (f *fn) fmaBroadcast(a Mem, b, acc Op) {
	f.op(f.c.VFMADD231PS_BCST, f.c.VFMADD231PD_BCST, a, b, acc)
}

// fnma: acc -= a * b, rounded once.
func (f *fn) fnma(a, b, acc Op) { f.op(f.c.VFNMADD231PS, f.c.VFNMADD231PD, a, b, acc) }

func (f *fn) mul(a, b, dst Op) { f.op(f.c.VMULPS, f.c.VMULPD, a, b, dst) }
func (f *fn) add(a, b, dst Op) { f.op(f.c.VADDPS, f.c.VADDPD, a, b, dst) }

// sub: dst = a - b, in the order of the formula.
func (f *fn) sub(a, b, dst Op) { f.op(f.c.VSUBPS, f.c.VSUBPD, b, a, dst) }

// div: dst = a / b.
func (f *fn) div(a, b, dst Op) { f.op(f.c.VDIVPS, f.c.VDIVPD, b, a, dst) }

func (f *fn) sqrt(a, dst Op) { f.op(f.c.VSQRTPS, f.c.VSQRTPD, a, dst) }

// max: dst = a > b ? a : b, hence b where one of them is NaN or both are zeros.
func (f *fn) max(a, b, dst Op) { f.op(f.c.VMAXPS, f.c.VMAXPD, b, a, dst) }

// leaky: r = r < 0 ? slope * r : r. A zero stays as it is, of either sign and for
// every slope, so the sign bit alone does not decide. The constants stay in memory
// and tmp is all it clobbers, for the tiles of GEMM that have no registers left.
func (f *fn) leaky(slope, r, tmp Op) {
	c := f.c
	zero := f.vectorData(0)
	if f.wide() {
		f.compare(less, r, zero, reg.K2)
		f.op(c.VMULPS, c.VMULPD, slope, r, reg.K2, r)
		return
	}
	c.Comment("r *= r < 0 ? slope : 1")
	f.compare(notLess, r, zero, tmp)
	f.blend(tmp, f.vectorData(1), slope, tmp)
	f.mul(tmp, r, r)
}

// setMask makes the tail mask of n elements, 0 <= n <= lanes. n, RCX and RDX are
// clobbered.
func (f *fn) setMask(n reg.Register) {
	c := f.c
	if f.wide() {
		c.Comment("mask = (1 << n) - 1")
		c.MOVQ(n, reg.RCX)
		c.MOVL(U32(1), reg.EDX)
		c.SHLL(reg.CL, reg.EDX)
		c.DECL(reg.EDX)
		f.mask = reg.K1
		c.KMOVW(reg.EDX, reg.K1)
		return
	}
	if f.mask == nil {
		f.mask = f.vec()
	}
	c.Comment("mask = lane < n ? -1 : 0")
	c.LEAQ(f.tailTable().Offset(32), reg.RDX)
	c.NEGQ(n)
	c.VMOVUPS(Mem{Base: reg.RDX, Index: n, Scale: uint8(f.size)}, f.mask)
}

// tailTable is 32 bytes of ones followed by 32 of zeros; the 32 bytes that begin n
// elements before the middle are the mask of n elements.
func (f *fn) tailTable() Mem {
	const ones = U64(math.MaxUint64)
	return f.static("tailMask", ones, ones, ones, ones, U64(0), U64(0), U64(0), U64(0))
}

// statics are the read-only data of all functions by name: a file of its own has them.
var statics = map[string][]Constant{}

// static is the place of read-only data of a name that stands for it.
func (f *fn) static(name string, data ...Constant) Mem {
	if !f.trial {
		statics[name] = data
	}
	return NewDataAddr(Symbol{Name: "·" + name}, 0)
}

// alignLoop starts the next instruction on a cache line.
func (f *fn) alignLoop() {
	f.c.Instruction(&ir.Instruction{Opcode: "PCALIGN", Operands: []Op{U8(64)}})
}

// ret returns to Go with clean upper halves: dirty ones would slow down all scalar
// code that follows.
func (f *fn) ret() {
	f.c.VZEROUPPER()
	f.c.RET()
}

// Predicates of a comparison.
const (
	equal     = 0x00 // ordered
	less      = 0x11 // ordered
	lessEqual = 0x12 // ordered
	greater   = 0x1e // ordered
	notLess   = 0x15 // greater, equal or unordered
	unordered = 0x03

	greaterEqual      = 0x1d // ordered
	greaterEqualOrNaN = notLess
)

// cmp returns the mask of the lanes where a <pred> b.
func (f *fn) cmp(pred int, a, b Op) Op {
	var m Op = reg.K2
	if !f.wide() {
		m = f.vec()
	}
	f.compare(pred, a, b, m)
	return m
}

// compare: m = the mask of the lanes where a <pred> b; b may be in memory.
func (f *fn) compare(pred int, a, b, m Op) {
	f.op(func(o ...Op) { f.c.VCMPPS(o...) }, func(o ...Op) { f.c.VCMPPD(o...) }, U8(pred), b, a, m)
}

// blend: dst = mask ? yes : no; yes may be in memory.
func (f *fn) blend(mask, yes, no, dst Op) {
	c := f.c
	if f.wide() {
		f.op(func(o ...Op) { c.VBLENDMPS(o...) }, func(o ...Op) { c.VBLENDMPD(o...) }, yes, no, mask, dst)
		return
	}
	f.op(func(o ...Op) { c.VBLENDVPS(o[0], o[1], o[2], o[3]) }, func(o ...Op) { c.VBLENDVPD(o[0], o[1], o[2], o[3]) }, mask, yes, no, dst)
}

// constant broadcasts a value that is exact in the dtype.
func (f *fn) constant(v float64) reg.VecVirtual {
	r := f.vec()
	f.broadcast(f.data(v), r)
	return r
}

// data is the place of a constant in read-only memory.
func (f *fn) data(v float64) Mem {
	if f.size == 4 {
		return f.scalarBits(uint64(math.Float32bits(float32(v))))
	}
	return f.scalarBits(math.Float64bits(v))
}

// scalarBits is the place of an element with the given bits.
func (f *fn) scalarBits(bits uint64) Mem {
	if f.size == 4 {
		return f.static(fmt.Sprintf("f32_%08x", bits), U32(bits))
	}
	return f.static(fmt.Sprintf("f64_%016x", bits), U64(bits))
}

// min: dst = a < b ? a : b, hence b where one of them is NaN.
func (f *fn) min(a, b, dst Op) { f.op(f.c.VMINPS, f.c.VMINPD, b, a, dst) }

// vectorData is a full vector of a constant in read-only memory, an operand where
// registers are short.
func (f *fn) vectorData(v float64) Mem {
	if f.size == 4 {
		return f.vectorBits(math.Float32bits(float32(v)))
	}
	return f.vectorBits64(math.Float64bits(v))
}

// vectorBits is a vector of 32-bit words in read-only memory.
func (f *fn) vectorBits(bits uint32) Mem {
	return f.static(fmt.Sprintf("f32x%d_%08x", f.bytes/4, bits), f.repeated(uint64(bits)<<32|uint64(bits))...)
}

// vectorBits64 is a vector of 64-bit words in read-only memory.
func (f *fn) vectorBits64(bits uint64) Mem {
	return f.static(fmt.Sprintf("f64x%d_%016x", f.bytes/8, bits), f.repeated(bits)...)
}

// repeated is a vector of equal words.
func (f *fn) repeated(bits uint64) []Constant { return slices.Repeat([]Constant{U64(bits)}, f.bytes/8) }

// abs: dst = |a|.
func (f *fn) abs(a, dst Op) { f.op(f.c.VANDPS, f.c.VANDPD, f.absMask(), a, dst) }

// absMask is a vector of all bits but the signs.
func (f *fn) absMask() Mem {
	if f.size == 4 {
		return f.vectorBits(0x7fffffff)
	}
	return f.vectorData(math.Float64frombits(1<<63 - 1))
}
