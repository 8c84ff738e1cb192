package arm64

import "github.com/ashlar-go/ashlar/tools/avo/isa"

func (m *machine) LoadHalves(from isa.Mem, dst isa.Vec, masked bool) {
	r := number(m.NewVec())
	if !masked {
		m.load(double, r, from)
		m.emit(uxtl16[0], 0, "", number(dst), r)
		return
	}
	m.emit(zero, 0, "", r)
	two := func(at isa.Mem) { m.load(single, r, at) }
	m.parts(from, 2, func(at isa.Mem) { m.load(double, r, at) }, two, func(at isa.Mem, lane int) {
		m.emit(loadHalf1, int64(lane), "", r, numberOf(m.address(at)))
	})
	m.emit(uxtl16[0], 0, "", number(dst), r)
}

func (m *machine) StoreHalves(v isa.Vec, to isa.Mem, masked bool) {
	r := number(m.NewVec())
	m.emit(xtnHalves, 0, "", r, number(v))
	if !masked {
		m.store(double, r, to)
		return
	}
	two := func(at isa.Mem) { m.store(single, r, at) }
	m.parts(to, 2, func(at isa.Mem) { m.store(double, r, at) }, two, func(at isa.Mem, lane int) {
		m.emit(storeHalf1, int64(lane), "", r, numberOf(m.address(at)))
	})
}
