package algo

import "github.com/ashlar-go/ashlar/tools/avo/isa"

// fmaPeak loops over fused multiply-adds that do not wait for each other. All
// values are 0, so nothing becomes subnormal or infinite on the way.
func fmaPeak(f *fn) {
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
		f.FMA(a, b, s)
	}
	f.CountDown(n, "round")
	f.Label("done")
	f.Return()
}
