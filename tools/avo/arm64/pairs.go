package arm64

import "github.com/ashlar-go/ashlar/tools/avo/isa"

func (m *machine) LowerTerms(from isa.Mem, factor bool, dst isa.Vec) {
	m.words(from, factor, dst)
	m.ShiftLeft(dst, 16, dst)
}

func (m *machine) UpperTerms(from isa.Mem, factor bool, upper, dst isa.Vec) {
	m.words(from, factor, dst)
	m.And(upper, dst, dst)
}

// words loads a vector of words, or one into lane 0.
func (m *machine) words(from isa.Mem, factor bool, dst isa.Vec) {
	if factor {
		m.loadElement(from, number(dst))
		return
	}
	m.Load(from, dst, false)
}
