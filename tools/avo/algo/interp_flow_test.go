package algo_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"runtime"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// Masks.

func (m *interpreter) mask(f func(c *cpu, i int) bool) isa.Mask {
	k := m.NewMask()
	m.emit(func(c *cpu) {
		bits := make([]bool, m.lanes)
		for i := range bits {
			bits[i] = f(c, i)
		}
		c.masks[k.ID] = bits
	})
	return k
}

func holds(pred isa.Pred, a, b float64) bool {
	switch pred {
	case isa.Equal:
		return a == b
	case isa.Less:
		return a < b
	case isa.LessEqual:
		return a <= b
	case isa.Greater:
		return a > b
	case isa.GreaterEqual:
		return a >= b
	case isa.NotLess:
		return !(a < b)
	}
	return math.IsNaN(a) || math.IsNaN(b)
}

func (m *interpreter) Compare(pred isa.Pred, a isa.Vec, b isa.Operand) isa.Mask {
	return m.mask(func(c *cpu, i int) bool {
		x, y := c.vecs[a.ID], m.read(c, b)
		return holds(pred, float(x.get(i, m.size), m.size), float(y.get(i, m.size), m.size))
	})
}

func (m *interpreter) Cmp(pred isa.Pred, a isa.Vec, b isa.Operand) isa.Mask {
	return m.Compare(pred, a, b)
}

func (m *interpreter) ResetMasks() {}

func (m *interpreter) SignMask(x isa.Vec) isa.Mask {
	return m.mask(func(c *cpu, i int) bool {
		v := c.vecs[x.ID]
		return v.get(i, m.size) > m.magnitude()
	})
}

func (m *interpreter) WithoutBits(x isa.Vec, bits func() isa.Vec) isa.Mask {
	b := bits()
	return m.mask(func(c *cpu, i int) bool {
		v, w := c.vecs[x.ID], c.vecs[b.ID]
		return v.get(i, 4)&w.get(i, 4) == 0
	})
}

func (m *interpreter) Blend(mask isa.Mask, yes isa.Operand, no, dst isa.Vec) {
	m.emit(func(c *cpu) {
		x, r := m.read(c, yes), c.vecs[no.ID]
		for i := range m.lanes {
			if c.masks[mask.ID][i] {
				r.set(i, m.size, x.get(i, m.size))
			}
		}
		c.vecs[dst.ID] = r
	})
}

func (m *interpreter) zero() isa.Vec {
	v := m.NewVec()
	m.Zero(v)
	return v
}

func (m *interpreter) OrZero(mask isa.Mask, a, dst isa.Vec)     { m.Blend(mask, a, m.zero(), dst) }
func (m *interpreter) ZeroWhere(mask isa.Mask, zero, v isa.Vec) { m.Blend(mask, zero, v, v) }
func (m *interpreter) NaNWhere(mask isa.Mask, nan, v isa.Vec)   { m.Blend(mask, nan, v, v) }

func (m *interpreter) Choose(pred isa.Pred, a isa.Vec, b, yes isa.Operand, dst isa.Vec) {
	m.Blend(m.Compare(pred, a, b), yes, dst, dst)
}

func (m *interpreter) NewMask() isa.Mask { return isa.Mask{ID: m.id()} }

func (m *interpreter) ClearMask(k isa.Mask) {
	m.emit(func(c *cpu) { c.masks[k.ID] = make([]bool, m.lanes) })
}

func (m *interpreter) OrMask(a, k isa.Mask) {
	m.emit(func(c *cpu) {
		for i, set := range c.masks[a.ID] {
			c.masks[k.ID][i] = c.masks[k.ID][i] || set
		}
	})
}

func (m *interpreter) MaskBits(k isa.Mask, dst isa.Int) {
	m.emit(func(c *cpu) {
		c.ints[dst.ID] = 0
		for i, set := range c.masks[k.ID] {
			if set {
				c.ints[dst.ID] |= 1 << i
			}
		}
	})
}

func (m *interpreter) FirstLane(r isa.Int) {
	m.emit(func(c *cpu) {
		first := int64(0)
		for c.ints[r.ID]>>first&1 == 0 {
			first++
		}
		c.ints[r.ID] = first
	})
}

func (m *interpreter) JumpIfBits(r isa.Int, cond isa.Cond, label string) {
	m.JumpIf(r, cond, isa.Const(0), label)
}

func (m *interpreter) CountLanes(hit isa.Mask, one, count isa.Vec, masked bool) {
	r := m.NewVec()
	m.OrZero(hit, one, r)
	if masked {
		m.KeepTail(r, r)
	}
	m.Add(r, count, count)
}

// Tails.

func (m *interpreter) SetTail(n isa.Int) {
	if m.tail == 0 {
		m.tail = m.id()
	}
	m.emit(func(c *cpu) {
		if c.ints[n.ID] < 0 || c.ints[n.ID] > int64(m.lanes) {
			panic(fmt.Sprintf("a tail of %d lanes", c.ints[n.ID]))
		}
		c.ints[m.tail] = c.ints[n.ID]
		c.ints[n.ID] = -1 << 40 // which nobody may use
	})
}

func (m *interpreter) NewTail(n isa.Int) { m.SetTail(n) }

func (m *interpreter) SetTailOf(n isa.Int, v, _ int) {
	t := m.NewInt()
	m.emit(func(c *cpu) { c.ints[t.ID] = min(max(c.ints[n.ID]-int64(v*m.lanes), 0), int64(m.lanes)) })
	m.SetTail(t)
}

func (m *interpreter) TailOr(a, other, dst isa.Vec) {
	m.Blend(m.mask(func(c *cpu, i int) bool { return int64(i) < c.ints[m.tail] }), a, other, dst)
}

func (m *interpreter) KeepTail(a, dst isa.Vec) { m.TailOr(a, m.zero(), dst) }

func (m *interpreter) LoadOr(other isa.Vec, from isa.Mem, dst isa.Vec) {
	m.Load(from, dst, true)
	m.TailOr(dst, other, dst)
}

// Lanes.

func (m *interpreter) Reduce(op func(a, b isa.Operand, dst isa.Vec), r isa.Vec) {
	for half := m.lanes / 2; half > 0; half /= 2 {
		t := m.NewVec()
		m.emit(func(c *cpu) {
			x := c.vecs[r.ID]
			var y vector
			for i := range m.lanes {
				y.set(i, m.size, x.get(i^half, m.size))
			}
			c.vecs[t.ID] = y
		})
		op(r, t, r)
	}
}

func (m *interpreter) Transpose(v []isa.Vec) []isa.Vec {
	out := make([]isa.Vec, len(v))
	for i := range out {
		out[i] = m.NewVec()
		m.emit(func(c *cpu) {
			var r vector
			for j := range v {
				x := c.vecs[v[j].ID]
				r.set(j, m.size, x.get(i, m.size))
			}
			c.vecs[out[i].ID] = r
		})
	}
	return out
}

func (m *interpreter) LoadTables([]isa.Table) {}

func (m *interpreter) NewIndex(low []isa.Vec) []isa.Index {
	index := make([]isa.Index, len(low))
	for i := range low {
		index[i].Low = low[i]
	}
	return index
}

func (m *interpreter) Lookup(t isa.Table, i isa.Index) isa.Vec {
	r := m.NewVec()
	m.map1(func(x uint64) uint64 { return bitsOf(float64(t.Values[x&15]), 4) }, i.Low, r)
	return r
}

// Integers and jumps.

func (m *interpreter) argument(get func(a argument) int64, name string, r isa.Int) isa.Int {
	m.emit(func(c *cpu) { c.ints[r.ID] = get(c.args[name]) })
	return r
}

func (m *interpreter) Base(slice string) isa.Int {
	return m.argument(func(a argument) int64 { return a.at }, slice, m.NewInt())
}

func (m *interpreter) Len(slice string) isa.Int {
	return m.argument(func(a argument) int64 { return a.n }, slice, m.NewInt())
}

func (m *interpreter) Integer(param string) isa.Int {
	r := m.NewInt()
	m.LoadParam(param, r)
	return r
}

func (m *interpreter) LoadParam(param string, r isa.Int) {
	m.argument(func(a argument) int64 { return a.at + int64(a.bits) }, param, r)
}

// scalar is the value of an operand.
func (c *cpu) scalar(x isa.Scalar) int64 {
	switch x := x.(type) {
	case isa.Int:
		return c.ints[x.ID]
	case isa.Mem:
		return int64(binary.LittleEndian.Uint64(c.bytes(c.address(x), 8)))
	}
	return int64(x.(isa.Const))
}

func (m *interpreter) compute(f func(a, b int64) int64, a, dst isa.Scalar) {
	m.emit(func(c *cpu) {
		r := f(c.scalar(a), c.scalar(dst))
		if to, ok := dst.(isa.Mem); ok {
			binary.LittleEndian.PutUint64(c.bytes(c.address(to), 8), uint64(r))
			return
		}
		c.ints[dst.(isa.Int).ID] = r
	})
}

func (m *interpreter) MoveInt(a, dst isa.Scalar) {
	m.compute(func(a, _ int64) int64 { return a }, a, dst)
}

func (m *interpreter) AddInt(a, dst isa.Scalar) {
	m.compute(func(a, b int64) int64 { return b + a }, a, dst)
}

func (m *interpreter) SubInt(a, dst isa.Scalar) {
	m.compute(func(a, b int64) int64 { return b - a }, a, dst)
}

func (m *interpreter) MulInt(a, r isa.Int) { m.compute(func(a, b int64) int64 { return b * a }, a, r) }
func (m *interpreter) MinInt(a, r isa.Int) {
	m.compute(func(a, b int64) int64 { return min(a, b) }, a, r)
}

func (m *interpreter) AndInt(n int, r isa.Int) {
	m.compute(func(a, b int64) int64 { return b & a }, isa.Const(n), r)
}

func (m *interpreter) ShiftLeftInt(n int, r isa.Int) {
	m.compute(func(a, b int64) int64 { return b << a }, isa.Const(n), r)
}

func (m *interpreter) ShiftRightInt(n int, r isa.Int) {
	m.compute(func(a, b int64) int64 { return int64(uint64(b) >> a) }, isa.Const(n), r)
}

func (m *interpreter) NegInt(r isa.Int) { m.compute(func(_, b int64) int64 { return -b }, r, r) }

func (m *interpreter) Address(at isa.Mem, r isa.Int) {
	m.emit(func(c *cpu) { c.ints[r.ID] = c.address(at) })
}

func (m *interpreter) TruncInt(from isa.Mem, r isa.Int) {
	m.emit(func(c *cpu) {
		v := c.load(c.address(from), 1, m.size)
		c.ints[r.ID] = int64(uint32(int32(float(v.get(0, m.size), m.size))))
	})
}

func (m *interpreter) MoveElement(src, dst isa.Mem, _ isa.Int) {
	m.emit(func(c *cpu) { copy(c.bytes(c.address(dst), m.size), c.bytes(c.address(src), m.size)) })
}

func (m *interpreter) FrameArea(area isa.Mem) isa.Int {
	r := m.NewInt()
	m.Address(area, r)
	return r
}

func (m *interpreter) Label(name string) {
	if _, twice := m.labels[name]; twice {
		panic("two labels " + name)
	}
	m.labels[name] = len(m.code)
}

func (m *interpreter) AlignLoop() {}

func (m *interpreter) Jump(label string) { m.jumpIf(func(*cpu) bool { return true }, label) }

func (m *interpreter) jumpIf(cond func(c *cpu) bool, label string) {
	m.emit(func(c *cpu) {
		if cond(c) {
			c.pc = m.place(label)
		}
	})
}

func (p *program) place(label string) int {
	at, ok := p.labels[label]
	if !ok {
		panic("no label " + label)
	}
	return at
}

func compares(a int64, cond isa.Cond, b int64) bool {
	switch cond {
	case isa.EQ:
		return a == b
	case isa.NE:
		return a != b
	case isa.LT:
		return a < b
	case isa.LE:
		return a <= b
	case isa.GT:
		return a > b
	case isa.GE:
		return a >= b
	}
	return uint64(a) < uint64(b)
}

func (m *interpreter) JumpIf(a isa.Scalar, cond isa.Cond, b isa.Scalar, label string) {
	m.jumpIf(func(c *cpu) bool { return compares(c.scalar(a), cond, c.scalar(b)) }, label)
}

func (m *interpreter) JumpIfNone(bits int, at isa.Mem, label string) {
	m.jumpIf(func(c *cpu) bool { return c.scalar(at)&int64(bits) == 0 }, label)
}

func (m *interpreter) AddJump(a, dst isa.Scalar, cond isa.Cond, label string) {
	m.AddInt(a, dst)
	m.JumpIf(dst, cond, isa.Const(0), label)
}

func (m *interpreter) SubJump(a, dst isa.Scalar, cond isa.Cond, label string) {
	m.SubInt(a, dst)
	m.JumpIf(dst, cond, isa.Const(0), label)
}

func (m *interpreter) CountDown(r isa.Int, label string) { m.SubJump(isa.Const(1), r, isa.NE, label) }

func (m *interpreter) JumpIfAnyBit(x isa.Vec, bits func() isa.Vec, label string) {
	b := bits()
	m.jumpIf(func(c *cpu) bool {
		v, w := c.vecs[x.ID], c.vecs[b.ID]
		for i := range m.opt.bytes / 8 {
			if v[i]&w[i] != 0 {
				return true
			}
		}
		return false
	}, label)
}

func (m *interpreter) Return() { m.emit(func(c *cpu) { c.done = true }) }

// Tiles.

func (m *interpreter) Tile() isa.TileShape {
	return isa.TileShape{Widths: widths, Rows: map[int]int{1: 12, 2: 8, 3: 5, 4: 4, 8: 2},
		Panel: panelBytes / m.opt.bytes, WholeLoops: true, HalfRows: map[int]int{1: 5, 2: 6, 3: 5}, Overlap: m.opt.overlap}
}

// The interpreter is compared with the lowest tier of assembly, whose vectors have vectorBytes, a row
// of packed B panelBytes, and a strip one of so many vectors: AVX2 or NEON.
var (
	vectorBytes = map[string]int{"amd64": 32, "arm64": 16}[runtime.GOARCH]
	panelBytes  = map[string]int{"amd64": 2 * 32, "arm64": 3 * 16}[runtime.GOARCH]
	widths      = map[string][]int{"amd64": {1, 2, 4}, "arm64": {1, 2, 3, 8}}[runtime.GOARCH]
)

func (m *interpreter) FixedInts() isa.TileInts {
	t := isa.TileInts{Args: m.NewInt(), RS: m.NewInt(), RS3: m.NewInt(), CS: m.NewInt(), B: m.NewInt(),
		RSB: m.NewInt(), K: m.NewInt(), P: m.NewInt(), RS5: m.NewInt(), Q: m.NewInt()}
	for i := range t.A {
		t.A[i] = m.NewInt()
	}
	return t
}

func (m *interpreter) FixedVecs(bool) []isa.Vec {
	v := make([]isa.Vec, m.opt.registers)
	for i := range v {
		v[i] = m.NewVec()
	}
	return v
}

func (m *interpreter) FixTail() {}

func (m *interpreter) ZeroSum(_, v isa.Vec) { m.Zero(v) }

// Factors loads elements that lie side by side into lanes of a vector, as NEON does, and
// broadcasts others.
func (m *interpreter) Factors(mr, _ int, spare []isa.Vec, row func(i int) isa.Mem) func(i int) isa.Factor {
	side := mr%m.lanes == 0 && len(spare) >= mr/m.lanes
	for i := range mr {
		side = side && row(i) == row(0).Offset(i*m.size)
	}
	if !side {
		return func(i int) isa.Factor {
			v := spare[i%len(spare)]
			m.Broadcast(row(i), v)
			return isa.Factor{From: v}
		}
	}
	for i := 0; i < mr; i += m.lanes {
		m.Load(row(i), spare[i/m.lanes], false)
	}
	return func(i int) isa.Factor { return isa.Factor{From: spare[i/m.lanes], Lane: i % m.lanes} }
}

func (m *interpreter) FMAFactor(a isa.Factor, b, acc isa.Vec) {
	v := m.NewVec()
	m.emit(func(c *cpu) {
		from := c.vecs[a.From.(isa.Vec).ID]
		c.vecs[v.ID] = repeated(from.get(a.Lane, m.size), m.size)
	})
	m.FMA(v, b, acc)
}

func (m *interpreter) SetOverlap(n isa.Int) { m.SetTail(n) }

func (m *interpreter) Overlapped(at isa.Mem) isa.Mem {
	r := m.NewInt()
	m.emit(func(c *cpu) { c.ints[r.ID] = c.address(at) - (int64(m.lanes)-c.ints[m.tail])*int64(m.size) })
	return isa.At(r, 0)
}

func (m *interpreter) JumpUnlessWhole(label string) {
	m.jumpIf(func(c *cpu) bool { return c.ints[m.tail] != int64(m.lanes) }, label)
}

func (m *interpreter) JumpUnlessHalf(label string) {
	m.jumpIf(func(c *cpu) bool { return c.ints[m.tail] > int64(m.lanes/2) }, label)
}

// HalfOf is all of it: masked loads leave 0 in the other half of B, and nobody looks at its sums.
func (m *interpreter) HalfOf(v isa.Vec) isa.Vec { return v }

func (m *interpreter) LowerTerms(from isa.Mem, factor bool, dst isa.Vec) {
	m.pairsAt(from, factor, dst)
	m.ShiftLeft(dst, 16, dst)
}

func (m *interpreter) UpperTerms(from isa.Mem, factor bool, upper, dst isa.Vec) {
	m.pairsAt(from, factor, dst)
	m.And(upper, dst, dst)
}

func (m *interpreter) pairsAt(from isa.Mem, factor bool, dst isa.Vec) {
	if factor {
		m.Broadcast(from, dst)
		return
	}
	m.Load(from, dst, false)
}

// DotFactor is VDPBF16PS: the second terms of the pairs first, both fused, subnormals 0.
func (m *interpreter) DotFactor(a isa.Factor, b, acc isa.Vec) {
	m.emit(func(c *cpu) {
		x, y, sums := c.vecs[a.From.(isa.Vec).ID], c.vecs[b.ID], c.vecs[acc.ID]
		v := x.get(a.Lane, 4)
		for i := range m.lanes {
			w, sum := y.get(i, 4), sums.get(i, 4)
			for _, half := range [][2]uint64{{v >> 16 << 16, w >> 16 << 16}, {v << 16, w << 16}} {
				next := fused(flushed(half[0]), flushed(half[1]), float(sum, 4), 4)
				sum = uint64(math.Float32bits(float32(flushed(next))))
			}
			sums.set(i, 4, sum)
		}
		c.vecs[acc.ID] = sums
	})
}

// flushed is a float32, or a zero of its sign for a subnormal one.
func flushed(bits uint64) float64 {
	if bits>>23&0xff == 0 {
		bits &= 1 << 31
	}
	return float(bits, 4)
}
