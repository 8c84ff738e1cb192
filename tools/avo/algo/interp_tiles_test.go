package algo_test

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/internal/tilemodel"
	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// tileInterpreter is the interpreter with tile registers. What the manual makes an exception of is a panic.
type tileInterpreter struct {
	*interpreter
	configured bool
	loads      int // of a configuration
	tiles      [8]tileRegister
}

// tileRegister is one with its configuration.
type tileRegister struct {
	rows, bytes int
	words       [16][16]uint32
}

func newTileInterpreter() *tileInterpreter {
	return &tileInterpreter{interpreter: newInterpreter(4, options{bytes: 64, registers: 32})}
}

func (m *tileInterpreter) ConfigureTiles(at isa.Mem) {
	m.emit(func(c *cpu) {
		b := c.bytes(c.address(at), 64)
		for i, v := range b {
			known := i >= 16 && i < 32 || i >= 48 && i < 56
			if !known && v != map[bool]byte{i == 0: 1}[true] {
				panic(fmt.Sprintf("byte %d of a configuration is %d", i, v))
			}
		}
		for t := range m.tiles {
			rows, bytes := int(b[48+t]), int(binary.LittleEndian.Uint16(b[16+2*t:]))
			if rows > 16 || bytes > 64 || (rows == 0) != (bytes == 0) {
				panic(fmt.Sprintf("register %d has %d rows of %d bytes", t, rows, bytes))
			}
			m.tiles[t] = tileRegister{rows: rows, bytes: bytes}
		}
		m.configured = true
		m.loads++
	})
}

func (m *tileInterpreter) ReleaseTiles() { m.emit(func(*cpu) { m.configured = false }) }

// use is a register that an instruction may name.
func (m *tileInterpreter) use(t isa.TileRegister) *tileRegister {
	if !m.configured || m.tiles[t].rows == 0 || m.tiles[t].bytes%4 != 0 {
		panic(fmt.Sprintf("register %d is not configured", t))
	}
	return &m.tiles[t]
}

func (m *tileInterpreter) ZeroTile(t isa.TileRegister) {
	m.emit(func(*cpu) { m.use(t).words = [16][16]uint32{} })
}

func (m *tileInterpreter) LoadTile(at isa.Mem, stride isa.Int, t isa.TileRegister) {
	m.emit(func(c *cpu) {
		r := m.use(t)
		r.words = [16][16]uint32{}
		for i := range r.rows {
			row := c.bytes(c.address(at)+int64(i)*c.ints[stride.ID], r.bytes)
			for j := range r.bytes / 4 {
				r.words[i][j] = binary.LittleEndian.Uint32(row[4*j:])
			}
		}
	})
}

func (m *tileInterpreter) StoreTile(t isa.TileRegister, at isa.Mem, stride isa.Int) {
	m.emit(func(c *cpu) {
		r := m.use(t)
		for i := range r.rows {
			row := c.bytes(c.address(at)+int64(i)*c.ints[stride.ID], r.bytes)
			for j := range r.bytes / 4 {
				binary.LittleEndian.PutUint32(row[4*j:], r.words[i][j])
			}
		}
	})
}

func (m *tileInterpreter) DotPairs(a, b, sum isa.TileRegister) {
	m.product(a, b, sum, func(s uint32, x, y []uint32) uint32 {
		return math.Float32bits(tilemodel.DotPairs(math.Float32frombits(s), x, y))
	})
}

func (m *tileInterpreter) DotBytes(a, b, sum isa.TileRegister) {
	m.product(a, b, sum, func(s uint32, x, y []uint32) uint32 {
		return uint32(tilemodel.DotBytes(int32(s), x, y))
	})
}

func (m *tileInterpreter) product(a, b, sum isa.TileRegister, dot func(s uint32, x, y []uint32) uint32) {
	m.emit(func(*cpu) {
		x, y, z := m.use(a), m.use(b), m.use(sum)
		if a == b || a == sum || b == sum || x.rows != z.rows || y.bytes != z.bytes || x.bytes != 4*y.rows {
			panic(fmt.Sprintf("registers %d, %d and %d do not match", a, b, sum))
		}
		var column [16]uint32
		for j := range z.bytes / 4 {
			for p := range y.rows {
				column[p] = y.words[p][j]
			}
			for i := range z.rows {
				z.words[i][j] = dot(z.words[i][j], x.words[i][:y.rows], column[:y.rows])
			}
		}
	})
}
