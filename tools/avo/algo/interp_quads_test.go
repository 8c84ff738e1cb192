package algo_test

import "github.com/ashlar-go/ashlar/tools/avo/isa"

// DotQuads is VPDPBUSD.
func (m *interpreter) DotQuads(a, b, acc isa.Vec) {
	m.emit(func(c *cpu) {
		x, y, sums := c.vecs[a.ID], c.vecs[b.ID], c.vecs[acc.ID]
		for i := range m.lanes {
			sum := int32(sums.get(i, 4))
			for shift := 0; shift < 32; shift += 8 {
				sum += int32(uint8(x.get(i, 4)>>shift)) * int32(int8(y.get(i, 4)>>shift))
			}
			sums.set(i, 4, uint64(uint32(sum)))
		}
		c.vecs[acc.ID] = sums
	})
}

// halves makes, of the two halves of each lane, two others.
func (m *interpreter) halves(f func(half uint16) uint16, a, dst isa.Vec) {
	m.map1(func(a uint64) uint64 { return uint64(f(uint16(a))) | uint64(f(uint16(a>>16)))<<16 }, a, dst)
}

func (m *interpreter) EvenBytes(a, dst isa.Vec) {
	m.halves(func(h uint16) uint16 { return h & 255 }, a, dst)
}

func (m *interpreter) OddBytes(a, dst isa.Vec) {
	m.halves(func(h uint16) uint16 { return h >> 8 }, a, dst)
}

func (m *interpreter) EvenSigned(b, dst isa.Vec) {
	m.halves(func(h uint16) uint16 { return uint16(int8(h)) }, b, dst)
}

func (m *interpreter) OddSigned(b, dst isa.Vec) {
	m.halves(func(h uint16) uint16 { return uint16(int16(h) >> 8) }, b, dst)
}

func (m *interpreter) AddProducts(a, b, tmp, acc isa.Vec) {
	m.map2(func(a, b uint64) uint64 {
		low, high := int32(int16(a))*int32(int16(b)), int32(int16(a>>16))*int32(int16(b>>16))
		return uint64(uint32(low + high))
	}, a, b, tmp)
	m.map2(func(a, b uint64) uint64 { return uint64(uint32(a + b)) }, tmp, acc, acc)
}

func (m *interpreter) IntMul(a, b isa.Operand, dst isa.Vec) {
	m.map2(func(a, b uint64) uint64 { return uint64(uint32(a * b)) }, a, b, dst)
}

func (m *interpreter) FromInt(a, dst isa.Vec) {
	m.map1(func(a uint64) uint64 { return bitsOf(float64(float32(int32(a))), 4) }, a, dst)
}

func (m *interpreter) StoreBytes(v isa.Vec, to isa.Mem) {
	m.emit(func(c *cpu) {
		x, b := c.vecs[v.ID], c.bytes(c.address(to), m.lanes)
		for i := range b {
			b[i] = byte(x.get(i, 4))
		}
	})
}
