package arm64

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// sum is an address that has been added up: base + index<<shift + offset.
type sum struct {
	base, index, shift int
	offset             int64
}

// spot is a place in memory that an instruction can name: a register, or the stack's, and an
// offset.
type spot struct {
	base   int
	frame  bool
	offset int64
}

// frameStart is where the function's room begins above the stack pointer, behind what the
// prologue saves, aligned as vectors are.
const frameStart = 16

// spot works out an address for accesses of so many bytes.
func (m *machine) spot(at isa.Mem, size int) spot {
	s := spot{offset: int64(at.Disp)}
	switch {
	case at.Frame:
		return spot{frame: true, offset: frameStart + s.offset}
	case at.Data != "" && size == vectorBytes:
		s.base, s.offset = m.poolBase(), s.offset+m.data.offset(at.Data)
	case at.Data != "":
		panic("arm64: part of a vector of read-only data")
	default:
		s.base = numberOf(at.Base)
		if at.Scale != 0 {
			s.base = m.added(sum{s.base, numberOf(at.Index), log2(at.Scale), 0})
		}
	}
	if !reaches(s.offset, size) {
		s = spot{base: m.added(sum{s.base, none, 0, s.offset})}
	}
	return s
}

// reaches reports whether a load or store has the offset in its encoding.
func reaches(offset int64, size int) bool {
	scaled := offset >= 0 && offset%int64(size) == 0 && offset/int64(size) < 4096
	return scaled || -256 <= offset && offset < 256
}

func log2(n int) int {
	if n <= 0 || n&(n-1) != 0 {
		panic(fmt.Sprintf("arm64: %d is no power of two", n))
	}
	return bits.TrailingZeros(uint(n))
}

// added is the sum in a register. It stays there up to the next label, or until one of its
// parts changes.
func (m *machine) added(s sum) int {
	if r, ok := m.sums[s]; ok {
		return r
	}
	r := m.newVariable(false)
	switch {
	case s.index == none:
		m.plusConst(r, s.base, s.offset)
	case s.shift == 0:
		m.emit(addInt, 0, "", r, s.base, s.index)
	default:
		m.emit(addShift, int64(s.shift), "", r, s.base, s.index)
	}
	m.sums[s] = r
	return r
}

// changed says that an integer has another value from here on.
func (m *machine) changed(variable int) {
	for s := range m.sums {
		if s.base == variable || s.index == variable {
			delete(m.sums, s)
		}
	}
}

// poolBase is the address of the read-only data, which the function begins with.
func (m *machine) poolBase() int {
	if m.pool == none {
		m.pool = m.newVariable(false)
	}
	return m.pool
}

// load and store emit one access.
func (m *machine) load(a access, dst int, at isa.Mem) {
	if s := m.spot(at, a.size); s.frame {
		m.emit(a.loadFrame, s.offset, "", dst)
	} else {
		m.emit(a.load, s.offset, "", dst, s.base)
	}
}

func (m *machine) store(a access, v int, at isa.Mem) {
	if s := m.spot(at, a.size); s.frame {
		m.emit(a.storeFrame, s.offset, "", v)
	} else {
		m.emit(a.store, s.offset, "", v, s.base)
	}
}

// element is accesses of one element.
func (m *machine) element() access {
	if m.size == 4 {
		return single
	}
	return double
}

func (m *machine) Load(from isa.Mem, dst isa.Vec, masked bool) {
	switch {
	case from.Data != "" && from.Disp == 0 && !masked:
		m.loadConstant(from.Data, number(dst))
	case masked:
		m.loadTail(from, number(dst))
	case dst.Part:
		m.load(double, number(dst), from)
	default:
		m.load(quad, number(dst), from)
	}
}

func (m *machine) loadConstant(name string, dst int) {
	n := instruction{opcode: loadConstant, registers: []int{dst, m.poolBase()}, i: m.data.offset(name)}
	n.bits, n.varied = m.data.element(name)
	m.list = append(m.list, n)
}

func (m *machine) Store(v isa.Vec, to isa.Mem, masked bool) {
	switch {
	case masked:
		m.storeTail(number(v), to)
	case v.Part:
		m.store(double, number(v), to)
	default:
		m.store(quad, number(v), to)
	}
}

// StoreStream: two such stores side by side become a pair past the caches (pair.go). Pairs are
// ordered like other stores, so that Fence has nothing to do.
func (m *machine) StoreStream(v isa.Vec, to isa.Mem) {
	s := m.spot(to, vectorBytes)
	if s.frame {
		panic("arm64: a store past the caches to the stack")
	}
	m.emit(streamStore, s.offset, "", number(v), s.base)
}

func (m *machine) Fence() {}

func (m *machine) Broadcast(from isa.Mem, dst isa.Vec) {
	if from.Data != "" {
		m.Load(from, dst, false)
		return
	}
	s := m.spot(from, m.size)
	if s.offset == 0 && !s.frame {
		m.emit(m.at(loadR), 0, "", number(dst), s.base)
		return
	}
	m.load(m.element(), number(dst), from)
	m.op(m.at(dup), dst, dst)
}

func (m *machine) StoreLane(v isa.Vec, to isa.Mem) { m.store(m.element(), number(v), to) }

func (m *machine) Prefetch(at isa.Mem)   { m.prefetch(prefetch, at) }
func (m *machine) PrefetchL2(at isa.Mem) { m.prefetch(prefetchL2, at) }

func (m *machine) prefetch(o *opcode, at isa.Mem) {
	s := m.spot(at, 8)
	if s.offset < 0 || s.offset%8 != 0 {
		s = spot{base: m.added(sum{s.base, none, 0, s.offset})}
	}
	m.emit(o, s.offset, "", s.base)
}

func (m *machine) Frame(bytes int) isa.Mem {
	at := m.frame
	m.frame += (bytes + vectorBytes - 1) / vectorBytes * vectorBytes
	return isa.Mem{Frame: true, Disp: at}
}

// Read-only data: every constant is a full vector.

func (m *machine) Element(v float64) isa.Mem { return m.ElementBits(m.bitsOf(v)) }

func (m *machine) ElementBits(bits uint64) isa.Mem {
	if m.size == 4 {
		return m.data.put(m.size, uint64(uint32(bits))|bits<<32)
	}
	return m.data.put(m.size, bits)
}

// bitsOf is a number of the element type.
func (m *machine) bitsOf(v float64) uint64 {
	if m.size == 4 {
		return uint64(math.Float32bits(float32(v)))
	}
	return math.Float64bits(v)
}

func (m *machine) Vector(v float64) isa.Operand { return m.Element(v) }

func (m *machine) Vector32(bits uint32) isa.Operand {
	return m.data.put(0, uint64(bits)|uint64(bits)<<32)
}

func (m *machine) Vector64(bits uint64) isa.Operand { return m.data.put(0, bits) }

func (m *machine) Keep(v float64) isa.Operand {
	r := m.NewVec()
	m.Load(m.Element(v), r, false)
	return r
}

func (m *machine) AbsMask() isa.Vec {
	r := m.NewVec()
	m.Load(m.ElementBits(1<<(8*m.size-1)-1), r, false)
	return r
}

func (m *machine) Numbers() isa.Mem {
	if m.size == 8 {
		return m.data.put(8, m.bitsOf(0), m.bitsOf(1))
	}
	return m.data.put(4, m.bitsOf(0)|m.bitsOf(1)<<32, m.bitsOf(2)|m.bitsOf(3)<<32)
}

func (m *machine) Count() isa.Operand { return m.data.put(0, 0, 1) }

// The tail.

// parts emits loads or stores of as many lanes as the tail has, which take so many bytes each in
// memory: all, two and one.
func (m *machine) parts(
	at isa.Mem, size int, whole, two func(at isa.Mem), one func(at isa.Mem, lane int),
) {
	if at.Frame {
		at = isa.At(m.address(at), 0)
	}
	s := m.spot(at, 1)
	at = isa.Mem{Base: intOf(s.base), Disp: int(s.offset)}
	all, low, done := m.newLabel("all"), m.newLabel("low"), m.newLabel("end")
	m.emit(ifBit, int64(log2(m.lanes())), all, m.tail)
	if m.size == 4 {
		m.emit(ifBitZero, 1, low, m.tail)
		two(at)
		m.emit(ifBitZero, 0, done, m.tail)
		one(isa.At(m.address(at.Offset(2*size)), 0), 2)
		m.emit(always, 0, done)
		m.emit(labels, 0, low)
	}
	m.emit(ifBitZero, 0, done, m.tail)
	one(at, 0)
	m.emit(always, 0, done)
	m.emit(labels, 0, all)
	whole(at)
	m.emit(labels, 0, done)
}

func (m *machine) newLabel(name string) string {
	m.labels++
	return fmt.Sprintf("%s%d", name, m.labels)
}

func (m *machine) loadTail(from isa.Mem, dst int) {
	m.emit(zero, 0, "", dst)
	whole := func(at isa.Mem) { m.load(quad, dst, at) }
	m.parts(from, m.size, whole, func(at isa.Mem) { m.load(double, dst, at) },
		func(at isa.Mem, lane int) {
			if lane == 0 {
				m.load(m.element(), dst, at)
				return
			}
			m.emit(load1, int64(lane), "", dst, numberOf(at.Base))
		})
}

func (m *machine) storeTail(v int, to isa.Mem) {
	whole := func(at isa.Mem) { m.store(quad, v, at) }
	m.parts(to, m.size, whole, func(at isa.Mem) { m.store(double, v, at) },
		func(at isa.Mem, lane int) {
			if lane == 0 {
				m.store(m.element(), v, at)
				return
			}
			m.emit(store1, int64(lane), "", v, numberOf(at.Base))
		})
}

// address is a place in a register of its own.
func (m *machine) address(at isa.Mem) isa.Int {
	r := m.NewInt()
	m.Address(at, r)
	return r
}

func (m *machine) SetTail(n isa.Int) {
	if m.tail == none {
		m.tail = m.newVariable(false)
	}
	m.emit(movInt, 0, "", m.tail, numberOf(n))
}

func (m *machine) NewTail(n isa.Int) {
	m.tail = none
	m.SetTail(n)
}

// SetTailOf: max(0, min(lanes, n - v*lanes)).
func (m *machine) SetTailOf(n isa.Int, v, vectors int) {
	if vectors == 1 {
		m.SetTail(n)
		return
	}
	r, limit := m.newVariable(false), m.newVariable(false)
	m.plusConst(r, numberOf(n), int64(-v*m.lanes()))
	m.emit(constInt, 0, "", limit)
	m.emit(compare, 0, "", r, limit)
	m.emit(maxSelect, 0, "", r, r, limit)
	m.emit(constInt, int64(m.lanes()), "", limit)
	m.emit(compare, 0, "", r, limit)
	m.emit(minSelect, 0, "", r, r, limit)
	m.SetTail(intOf(r))
}

// tailMask is ones in the lanes of the tail. A table has 16 bytes of ones and then 16 of zeros; the
// mask for n elements is the 16 bytes that begin n elements before the zeros.
func (m *machine) tailMask() isa.Vec {
	table := m.data.offset(m.data.put(0, math.MaxUint64, math.MaxUint64, 0, 0).Data)
	at, r := m.newVariable(false), m.NewVec()
	m.emit(poolAt, table+vectorBytes, "", at)
	m.emit(subShift, int64(log2(m.size)), "", at, at, m.tail)
	m.emit(quad.load, 0, "", number(r), at)
	return r
}

func (m *machine) KeepTail(a, dst isa.Vec) { m.op(and, dst, m.tailMask(), a) }

func (m *machine) TailOr(a, other, dst isa.Vec) { m.Blend(maskOf(m.tailMask()), a, other, dst) }

func (m *machine) LoadOr(other isa.Vec, from isa.Mem, dst isa.Vec) {
	r := m.NewVec()
	m.Load(from, r, true)
	m.TailOr(r, other, dst)
}
