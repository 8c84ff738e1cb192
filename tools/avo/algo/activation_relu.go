package algo

import "github.com/ashlar-go/ashlar/tools/avo/isa"

// reluActivations are the ReLU and the leaky ReLU.
var reluActivations = []Activation{
	{Name: "ReLU",
		Value: "ReLU", Grad: "ReLUGrad", Backward: "ReLUBackward",
		ownLoops: true,
		Kernels: []*Kernel{
			{Name: "ReLU", Family: "activation", Params: "y, x []T",
				Doc: "computes y = x < 0 ? 0 : x.", body: reLU},
			{Name: "ReLUGrad", Family: "activation", Params: "y, d, x []T",
				Doc: "computes y = x < 0 ? 0 : x and d = x > 0 ? 1 : x <= 0 ? 0 : x.", body: reLUGrad},
			{Name: "ReLUBackward", Family: "activation", Params: "dx, dy, y []T",
				Doc: "computes dx = y <= 0 ? 0 : y > 0 ? dy : y.", body: reLUBackward},
		}},
	{Name: "LeakyReLU",
		Value: "LeakyReLU(T(act.param()))", Grad: "LeakyReLUGrad(T(act.param()))",
		Backward: "LeakyReLUBackward(T(act.param()))",
		ownLoops: true,
		Kernels: []*Kernel{
			{Name: "LeakyReLU", Family: "activation", Params: "y, x []T, slope T",
				Doc: "computes y = x < 0 ? slope*x : x.", body: leakyReLU},
			{Name: "LeakyReLUGrad", Family: "activation", Params: "y, d, x []T, slope T",
				Doc:  "computes y = x < 0 ? slope*x : x and d = x > 0 ? 1 : x <= 0 ? slope : x.",
				body: leakyReLUGrad},
			{Name: "LeakyReLUBackward", Family: "activation", Params: "dx, dy, y []T, slope T",
				Doc: "computes dx = y <= 0 ? slope*dy : y > 0 ? dy : y.", body: leakyReLUBackward},
		}},
}

// pReLUs are the kernels of PReLU, which has a slope for each column.
var pReLUs = []*Kernel{
	{Name: "PReLU", Family: "activation", Params: "y, x, slope []T, rows, cols, ldy, ldx, fetch int",
		Doc: "computes y[i,j] = x[i,j] < 0 ? slope[j]*x[i,j] : x[i,j]. It" + storeDoc, body: pReLU},
	{Name: "PReLUBackward", Family: "activation",
		Params: "sum, dx, dy, x, slope []T, rows, cols, lddx, lddy, ldx, fetch int",
		Doc: "computes dx[i,j] = x[i,j] <= 0 ? slope[j]*dy[i,j] : dy[i,j] and\n" +
			"sum[j] += sum of x[i,j] > 0 ? 0 : x[i,j]*dy[i,j], where two rows at a time are summed\n" +
			"among themselves first. It" + storeDoc, body: pReLUBackward},
}

// reLU: y = x < 0 ? 0 : x.
func reLU(f *fn) {
	zero := f.NewVec()
	f.Zero(zero)
	f.elements(names("y x"), 4, func(p []isa.Int, offsets []int, masked bool) {
		for _, o := range offsets {
			v := f.NewVec()
			f.Load(isa.At(p[1], o), v, masked)
			f.Max(zero, v, v)
			f.Store(v, isa.At(p[0], o), masked)
		}
	})
}

// leakyReLU: y = x < 0 ? slope*x : x.
func leakyReLU(f *fn) {
	slope, zero := f.ScalarParam("slope"), f.NewVec()
	f.Zero(zero)
	f.elements(names("y x"), 4, func(p []isa.Int, offsets []int, masked bool) {
		for _, o := range offsets {
			v := f.NewVec()
			f.Load(isa.At(p[1], o), v, masked)
			f.slopeBelow(zero, slope, v)
			f.Store(v, isa.At(p[0], o), masked)
		}
	})
}

// reLUGrad: y = x < 0 ? 0 : x, d = x > 0 ? 1 : x <= 0 ? 0 : x.
func reLUGrad(f *fn) {
	zero := f.NewVec()
	f.Zero(zero)
	f.withSlope(zero, zero, func(v isa.Vec) { f.Max(zero, v, v) })
}

// leakyReLUGrad: y = x < 0 ? slope*x : x, d = x > 0 ? 1 : x <= 0 ? slope : x.
func leakyReLUGrad(f *fn) {
	slope, zero := f.ScalarParam("slope"), f.NewVec()
	f.Zero(zero)
	f.withSlope(zero, slope, func(v isa.Vec) { f.slopeBelow(zero, slope, v) })
}

// slopeBelow: v = v < 0 ? slope*v : v, as leaky but with registers to spare.
func (f *fn) slopeBelow(zero, slope, v isa.Vec) {
	r := f.NewVec()
	f.Mul(slope, v, r)
	f.Blend(f.Cmp(isa.Less, v, zero), r, v, v)
}

// withSlope emits a kernel that writes the derivative, below being its value at and
// below 0, and the value, which value computes in place.
func (f *fn) withSlope(zero, below isa.Vec, value func(isa.Vec)) {
	one := f.constant(1)
	f.elements(names("y d x"), 2, func(p []isa.Int, offsets []int, masked bool) {
		for _, o := range offsets {
			v, d := f.NewVec(), f.NewVec()
			f.Load(isa.At(p[2], o), v, masked)
			f.Comment("d = x > 0 ? 1 : slope, x itself where it is NaN")
			f.Blend(f.Cmp(isa.Greater, v, zero), one, below, d)
			f.Blend(f.Cmp(isa.Unordered, v, v), v, d, d)
			value(v)
			f.Store(v, isa.At(p[0], o), masked)
			f.Store(d, isa.At(p[1], o), masked)
		}
	})
}

// reLUBackward: dx = y <= 0 ? 0 : dy, NaN where y is.
func reLUBackward(f *fn) {
	f.selectBackward(func(flat isa.Mask, dy, zero isa.Vec) { f.ZeroWhere(flat, zero, dy) })
}

// leakyReLUBackward: dx = y <= 0 ? slope*dy : dy, NaN where y is.
func leakyReLUBackward(f *fn) {
	slope := f.ScalarParam("slope")
	f.selectBackward(func(flat isa.Mask, dy, _ isa.Vec) {
		r := f.NewVec()
		f.Mul(slope, dy, r)
		f.Blend(flat, r, dy, dy)
	})
}

// selectBackward emits dx = y <= 0 ? what below makes of dy : y > 0 ? dy : NaN.
func (f *fn) selectBackward(below func(flat isa.Mask, dy, zero isa.Vec)) {
	zero := f.NewVec()
	f.Zero(zero)
	f.elements(names("dx dy y"), 2, func(p []isa.Int, offsets []int, masked bool) {
		for _, o := range offsets {
			dy, y := f.NewVec(), f.NewVec()
			f.Load(isa.At(p[1], o), dy, masked)
			f.Load(isa.At(p[2], o), y, masked)
			below(f.Cmp(isa.LessEqual, y, zero), dy, zero)
			f.NaNWhere(f.Cmp(isa.Unordered, y, y), y, dy)
			f.Store(dy, isa.At(p[0], o), masked)
		}
	})
}

// pReLU: y[i,j] = x[i,j] < 0 ? slope[j]*x[i,j] : x[i,j].
func pReLU(f *fn) {
	zero := f.NewVec()
	f.Zero(zero)
	f.overRows(rowLoop{group: 1, unroll: 2, matrices: names("y x"), lds: names("ldy ldx"),
		perColumn: names("slope"), outputs: 1, fetches: true}, func(w *rowWalk) {
		x := w.element(1, 0)
		w.slopeBelow(zero, w.column(0), x)
		w.put(x, 0, 0)
	})
}

// pReLUBackward: dx = x <= 0 ? slope*dy : dy, sum[j] += the sum of x > 0 ? 0 : x*dy.
func pReLUBackward(f *fn) {
	zero := f.NewVec()
	f.Zero(zero)
	f.overRows(rowLoop{group: 2, unroll: 1, matrices: names("dx dy x"), lds: names("lddx lddy ldx"),
		perColumn: names("sum slope"), outputs: 1, fetches: true}, func(w *rowWalk) {
		slope := w.column(1)
		var total isa.Vec
		w.putAll(func(r int) isa.Vec {
			dy, x, term, below := w.element(1, r), w.element(2, r), w.NewVec(), w.NewVec()
			w.Mul(dy, x, term)
			w.Blend(w.Cmp(isa.Greater, x, zero), zero, term, term)
			w.Mul(slope, dy, below)
			w.Blend(w.Cmp(isa.LessEqual, x, zero), below, dy, dy)
			if r == 0 {
				total = term
			} else {
				w.Add(term, total, total)
			}
			return dy
		})
		w.addTo(0, total)
	})
}
