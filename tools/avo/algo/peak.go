package algo

import "github.com/ashlar-go/ashlar/tools/avo/isa"

// fmaPeak loops over fused multiply-adds that do not wait for each other. All
// values are 0, so nothing becomes subnormal or infinite on the way.
func fmaPeak(f *fn) { f.peak(func(a, b, sum isa.Vec) { f.FMA(a, b, sum) }) }

// dotPeak does so over dot products of pairs.
func dotPeak(f *fn) { f.peak(func(a, b, sum isa.Vec) { f.DotFactor(isa.Factor{From: a}, b, sum) }) }

func (f *fn) peak(multiplyAdd func(a, b, sum isa.Vec)) {
	n := f.Integer("n")
	a, b := f.NewVec(), f.NewVec()
	f.Zero(a)
	f.Zero(b)
	sums := make([]isa.Vec, f.roomOr(24, 12))
	for i := range sums {
		sums[i] = f.NewVec()
		f.Zero(sums[i])
	}
	f.JumpIf(n, isa.LE, isa.Const(0), "done")
	f.AlignLoop()
	f.Label("round")
	for _, s := range sums {
		multiplyAdd(a, b, s)
	}
	f.CountDown(n, "round")
	f.Label("done")
	f.Return()
}
