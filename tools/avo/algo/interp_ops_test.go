package algo_test

import (
	"bytes"
	"math"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// Memory.

func (m *interpreter) Load(from isa.Mem, dst isa.Vec, masked bool) {
	m.emit(func(c *cpu) { c.vecs[dst.ID] = c.load(c.address(from), m.count(c, dst, masked), m.size) })
}

func (m *interpreter) Store(v isa.Vec, to isa.Mem, masked bool) {
	m.emit(func(c *cpu) { c.store(c.vecs[v.ID], c.address(to), m.count(c, v, masked), m.size) })
}

// count is how many lanes a load or a store touches.
func (m *interpreter) count(c *cpu, v isa.Vec, masked bool) int {
	switch {
	case masked:
		return int(c.ints[m.tail])
	case v.Part:
		return m.opt.bytes / 8
	}
	return m.lanes
}

func (m *interpreter) StoreStream(v isa.Vec, to isa.Mem) { m.Store(v, to, false) }
func (m *interpreter) Prefetch(isa.Mem)                  {}
func (m *interpreter) PrefetchL2(isa.Mem)                {}
func (m *interpreter) Fence()                            {}

func (m *interpreter) Broadcast(from isa.Mem, dst isa.Vec) {
	m.emit(func(c *cpu) {
		one := c.load(c.address(from), 1, m.size)
		c.vecs[dst.ID] = repeated(one.get(0, m.size), m.size)
	})
}

func repeated(bits uint64, size int) (v vector) {
	for i := range 64 / size {
		v.set(i, size, bits)
	}
	return v
}

func (m *interpreter) StoreLane(v isa.Vec, to isa.Mem) {
	m.emit(func(c *cpu) { c.store(c.vecs[v.ID], c.address(to), 1, m.size) })
}

func (m *interpreter) Frame(n int) isa.Mem {
	m.frame += n
	return isa.Mem{Frame: true, Disp: m.frame - n}
}

func (m *interpreter) Element(v float64) isa.Mem        { return m.ElementBits(bitsOf(v, m.size)) }
func (m *interpreter) ElementBits(bits uint64) isa.Mem  { return m.constant(word(bits, m.size)) }
func (m *interpreter) Vector(v float64) isa.Operand     { return m.full(bitsOf(v, m.size), m.size) }
func (m *interpreter) Vector32(bits uint32) isa.Operand { return m.full(uint64(bits), 4) }
func (m *interpreter) Vector64(bits uint64) isa.Operand { return m.full(bits, 8) }
func (m *interpreter) Keep(v float64) isa.Operand       { return m.Vector(v) }

func (m *interpreter) full(bits uint64, size int) isa.Mem {
	return m.constant(bytes.Repeat(word(bits, size), m.opt.bytes/size))
}

func (m *interpreter) AbsMask() isa.Vec {
	v := m.NewVec()
	m.Move(m.full(m.magnitude(), m.size), v)
	return v
}

// magnitude is the bits of an element but its sign.
func (m *interpreter) magnitude() uint64 { return 1<<(8*m.size-1) - 1 }

func (m *interpreter) Numbers() isa.Mem {
	var b []byte
	for i := range m.lanes {
		b = append(b, word(bitsOf(float64(i), m.size), m.size)...)
	}
	return m.constant(b)
}

func (m *interpreter) Count() isa.Operand {
	var b []byte
	for i := range m.opt.bytes / 8 {
		b = append(b, word(uint64(i), 8)...)
	}
	return m.constant(b)
}

// Floats.

func (m *interpreter) Move(a isa.Operand, dst isa.Vec) {
	m.emit(func(c *cpu) { c.vecs[dst.ID] = m.read(c, a) })
}

func (m *interpreter) Zero(dst isa.Vec) { m.emit(func(c *cpu) { c.vecs[dst.ID] = vector{} }) }

func (m *interpreter) Add(a, b isa.Operand, dst isa.Vec) {
	m.float2(func(a, b float64) float64 { return a + b }, a, b, dst)
}

func (m *interpreter) Sub(a, b isa.Operand, dst isa.Vec) {
	m.float2(func(a, b float64) float64 { return a - b }, a, b, dst)
}

func (m *interpreter) Mul(a, b isa.Operand, dst isa.Vec) {
	m.float2(func(a, b float64) float64 { return a * b }, a, b, dst)
}

func (m *interpreter) Div(a, b isa.Operand, dst isa.Vec) {
	m.float2(func(a, b float64) float64 { return a / b }, a, b, dst)
}

func (m *interpreter) Min(a, b isa.Operand, dst isa.Vec) {
	m.choose(func(a, b float64) bool { return a < b }, a, b, dst)
}

func (m *interpreter) Max(a, b isa.Operand, dst isa.Vec) {
	m.choose(func(a, b float64) bool { return a > b }, a, b, dst)
}

func (m *interpreter) choose(first func(a, b float64) bool, a, b isa.Operand, dst isa.Vec) {
	m.map2(func(x, y uint64) uint64 {
		if first(float(x, m.size), float(y, m.size)) {
			return x
		}
		return y
	}, a, b, dst)
}

func (m *interpreter) float1(f func(float64) float64, a isa.Operand, dst isa.Vec) {
	m.map1(func(x uint64) uint64 { return bitsOf(f(float(x, m.size)), m.size) }, a, dst)
}

func (m *interpreter) Sqrt(a, dst isa.Vec)  { m.float1(math.Sqrt, a, dst) }
func (m *interpreter) Round(v isa.Vec)      { m.float1(math.RoundToEven, v, v) }
func (m *interpreter) Floor(a, dst isa.Vec) { m.float1(math.Floor, a, dst) }

func (m *interpreter) Abs(a, dst isa.Vec) {
	m.map1(func(x uint64) uint64 { return x & m.magnitude() }, a, dst)
}

func (m *interpreter) AbsBy(mask, a, dst isa.Vec) { m.And(mask, a, dst) }

func (m *interpreter) NegativeAbs(a, dst isa.Vec) {
	m.map1(func(x uint64) uint64 { return x | (m.magnitude() + 1) }, a, dst)
}

func (m *interpreter) FMA(a isa.Operand, b, acc isa.Vec)  { m.fuse(false, a, b, acc, false, acc) }
func (m *interpreter) FNMA(a isa.Operand, b, acc isa.Vec) { m.fuse(true, a, b, acc, false, acc) }
func (m *interpreter) Horner(k isa.Operand, x, p isa.Vec) { m.fuse(false, p, x, k, false, p) }
func (m *interpreter) HornerSub(k, x, p isa.Vec)          { m.fuse(false, p, x, k, true, p) }

func (m *interpreter) HornerSubTwiceWhere(mask isa.Mask, x, b, k, p isa.Vec) {
	r := m.NewVec()
	m.Move(p, r)
	m.HornerSub(b, x, r)
	m.Sub(r, k, r)
	m.Blend(mask, r, p, p)
}

func (m *interpreter) AddUnlessNegative(one, x, y isa.Vec, _ func() isa.Vec) {
	r := m.NewVec()
	m.Add(one, y, r)
	m.Blend(m.SignMask(x), y, r, y)
}

func (m *interpreter) SubUnlessNegative(one, x, y isa.Vec, _ func() isa.Vec) {
	r := m.NewVec()
	m.Sub(one, y, r)
	m.Blend(m.SignMask(x), y, r, y)
}

func (m *interpreter) ScaleNegative(slope, r, tmp isa.Vec) {
	mask := m.Cmp(isa.Less, r, m.Vector(0))
	m.Mul(slope, r, tmp)
	m.Blend(mask, tmp, r, r)
}

func (m *interpreter) Part(v isa.Vec) isa.Vec {
	v.Part = m.size == 4
	return v
}

func (m *interpreter) Widen(a isa.Operand, dst isa.Vec) {
	m.emit(func(c *cpu) {
		n := m.opt.bytes / 8
		var x, r vector
		if v, ok := a.(isa.Vec); ok {
			x = c.vecs[v.ID]
		} else {
			x = c.load(c.address(a.(isa.Mem)), n, m.size)
		}
		for i := range n {
			r.set(i, 8, math.Float64bits(float(x.get(i, m.size), m.size)))
		}
		c.vecs[dst.ID] = r
	})
}

func (m *interpreter) Narrow(a, dst isa.Vec) {
	m.emit(func(c *cpu) {
		x := c.vecs[a.ID]
		var r vector
		for i := range m.opt.bytes / 8 {
			r.set(i, m.size, bitsOf(math.Float64frombits(x.get(i, 8)), m.size))
		}
		c.vecs[dst.ID] = r
	})
}

func (m *interpreter) StoreNarrow(v isa.Vec, to isa.Mem) {
	m.Narrow(v, v)
	m.Store(m.Part(v), to, false)
}

func (m *interpreter) StorePairs(a, b isa.Vec, to isa.Mem) {
	m.Narrow(a, a)
	m.Narrow(b, b)
	m.emit(func(c *cpu) {
		for i := range m.opt.bytes / 8 {
			x, y := c.vecs[a.ID], c.vecs[b.ID]
			at := c.address(to) + int64(2*i*m.size)
			copy(c.bytes(at, m.size), word(x.get(i, m.size), m.size))
			copy(c.bytes(at+int64(m.size), m.size), word(y.get(i, m.size), m.size))
		}
	})
}

func (m *interpreter) LoadBytes(from isa.Mem, dst []isa.Vec) {
	m.emit(func(c *cpu) {
		all := c.bytes(c.address(from), len(dst)*m.lanes)
		for _, v := range dst {
			var r vector
			for i, b := range all[:m.lanes] {
				r.set(i, m.size, bitsOf(float64(b), m.size))
			}
			c.vecs[v.ID], all = r, all[m.lanes:]
		}
	})
}

func (m *interpreter) WideParam(name string) isa.Vec {
	v := m.NewVec()
	m.emit(func(c *cpu) { c.vecs[v.ID] = repeated(c.args[name].bits, 8) })
	return v
}

func (m *interpreter) WordParam(name string) isa.Vec { return m.WideParam(name) }

func (m *interpreter) ScalarParam(name string) isa.Vec {
	v := m.NewVec()
	m.emit(func(c *cpu) { c.vecs[v.ID] = repeated(c.args[name].bits, m.size) })
	return v
}

// Bits.

func (m *interpreter) And(a, b isa.Operand, dst isa.Vec) {
	m.map2(func(a, b uint64) uint64 { return a & b }, a, b, dst)
}

func (m *interpreter) Or(a, b isa.Operand, dst isa.Vec) {
	m.map2(func(a, b uint64) uint64 { return a | b }, a, b, dst)
}

func (m *interpreter) Xor(a, b isa.Operand, dst isa.Vec) {
	m.map2(func(a, b uint64) uint64 { return a ^ b }, a, b, dst)
}

func (m *interpreter) IntAdd(a, b isa.Operand, dst isa.Vec) {
	m.map2(func(a, b uint64) uint64 { return a + b }, a, b, dst)
}

func (m *interpreter) IntSub(a, b isa.Operand, dst isa.Vec) {
	m.map2(func(a, b uint64) uint64 { return a - b }, a, b, dst)
}

func (m *interpreter) ShiftLeft(a isa.Vec, n int, dst isa.Vec) {
	m.map1(func(a uint64) uint64 { return a << n }, a, dst)
}

func (m *interpreter) ShiftRight(a isa.Vec, n int, dst isa.Vec) {
	m.map1(func(a uint64) uint64 { return a >> n }, a, dst)
}

func (m *interpreter) ShiftRightSigned(a isa.Vec, n int, dst isa.Vec) {
	m.map1(func(a uint64) uint64 { return uint64(int32(a) >> n) }, a, dst)
}

func (m *interpreter) ToInt(a, dst isa.Vec) {
	m.map1(func(a uint64) uint64 { return uint64(uint32(int32(math.RoundToEven(float(a, 4))))) }, a, dst)
}

func (m *interpreter) MaxBits(a, b isa.Operand, dst isa.Vec) {
	m.map2(func(a, b uint64) uint64 { return max(a, b) }, a, b, dst)
}

func (m *interpreter) OrSign(y, x isa.Vec, signBit func() isa.Vec) isa.Vec {
	r := m.NewVec()
	m.And(signBit(), x, r)
	m.Or(y, r, r)
	return r
}

func (m *interpreter) FlipSign(y, x isa.Vec, signBit func() isa.Vec) {
	r := m.NewVec()
	m.And(signBit(), x, r)
	m.Xor(r, y, y)
}

// Words.

func (m *interpreter) words() *interpreter { return m.Doubles().(*interpreter) }

func (m *interpreter) Add64(a, b isa.Operand, dst isa.Vec) { m.words().IntAdd(a, b, dst) }
func (m *interpreter) And64(a, b isa.Operand, dst isa.Vec) { m.words().And(a, b, dst) }
func (m *interpreter) Or64(a, b isa.Operand, dst isa.Vec)  { m.words().Or(a, b, dst) }

func (m *interpreter) ShiftRight64(a isa.Vec, n int, dst isa.Vec) { m.words().ShiftRight(a, n, dst) }

func (m *interpreter) MulLow(a, b isa.Operand, dst isa.Vec) {
	m.words().map2(func(a, b uint64) uint64 { return a & (1<<32 - 1) * (b & (1<<32 - 1)) }, a, b, dst)
}

func (m *interpreter) HighHalf(a, dst isa.Vec) { m.ShiftRight64(a, 32, dst) }

func (m *interpreter) Xor3(a, b, dst isa.Vec) {
	m.words().Xor(a, dst, dst)
	m.words().Xor(b, dst, dst)
}

func (m *interpreter) Below(words []isa.Vec, limit isa.Vec) isa.Mask {
	k := m.NewMask()
	m.emit(func(c *cpu) {
		var bits []bool
		for _, w := range words {
			for i := range m.opt.bytes / 8 {
				x, y := c.vecs[w.ID], c.vecs[limit.ID]
				bits = append(bits, x[i] < y[i])
			}
		}
		c.masks[k.ID] = bits
	})
	return k
}

// Halves.

func (m *interpreter) LoadHalves(from isa.Mem, dst isa.Vec, masked bool) {
	m.emit(func(c *cpu) {
		var v vector
		for i := range m.count(c, dst, masked) {
			b := c.bytes(c.address(from)+int64(2*i), 2)
			v.set(i, 4, uint64(b[0])|uint64(b[1])<<8)
		}
		c.vecs[dst.ID] = v
	})
}

func (m *interpreter) StoreHalves(v isa.Vec, to isa.Mem, masked bool) {
	m.emit(func(c *cpu) {
		for i := range m.count(c, v, masked) {
			r := c.vecs[v.ID]
			half := r.get(i, 4)
			if half>>16 != 0 {
				panic("an upper half is not 0")
			}
			b := c.bytes(c.address(to)+int64(2*i), 2)
			b[0], b[1] = byte(half), byte(half>>8)
		}
	})
}
