package algo

import (
	"math"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// Kernels on values of columns, in float64 where T would not do. A step takes as many
// columns as a vector has float64, elements of the dtype in as much of a register as that.
// Slices have a multiple of 8 elements, so that there is no tail.

// lanesOf64 is how many float64 a vector has.
func (f *fn) lanesOf64() int { return f.bytes / 8 }

// steps are the slices of a loop over columns.
type steps struct {
	*fn
	j isa.Int // the first column of the step
	p map[string]isa.Int
}

// place is the place of a step's elements of a slice.
func (s *steps) place(name string, size int) isa.Mem {
	return isa.Mem{Base: s.p[name], Index: s.j, Scale: size}
}

// wide64 loads from a slice of float64.
func (s *steps) wide64(name string) isa.Vec {
	r := s.NewVec()
	s.Doubles().Load(s.place(name, 8), r, false)
	return r
}

// widened loads float64 of a slice of elements.
func (s *steps) widened(name string) isa.Vec {
	r := s.NewVec()
	s.Widen(s.place(name, s.size), r)
	return r
}

// get loads elements into part of a register.
func (s *steps) get(name string) isa.Vec {
	r := s.Part(s.NewVec())
	s.Load(s.place(name, s.size), r, false)
	return r
}

func (s *steps) set(v isa.Vec, name string) { s.Store(v, s.place(name, s.size), false) }

// setNarrow stores v rounded to the dtype and returns that.
func (s *steps) setNarrow(v isa.Vec, name string) isa.Vec {
	r := s.NewVec()
	s.Narrow(v, r)
	s.set(s.Part(r), name)
	return s.Part(r)
}

// alongColumns emits the loop over slices that are as long as the first one.
func (f *fn) alongColumns(slices []string, body func(s *steps)) {
	s := &steps{fn: f, j: f.NewInt(), p: map[string]isa.Int{}}
	for _, name := range slices {
		s.p[name] = f.Base(name)
	}
	n := f.Len(slices[0])
	f.MoveInt(isa.Const(0), s.j)
	f.Label("step")
	f.JumpIf(s.j, isa.GE, n, "done")
	body(s)
	f.AddInt(isa.Const(f.lanesOf64()), s.j)
	f.Jump("step")
	f.Label("done")
}

// wideSums: sum[j] = the sum of x[i,j] in float64.
func wideSums(f *fn) {
	sum, x, left, rows := f.Base("sum"), f.Base("x"), f.Integer("cols"), f.Integer("rows")
	d, step, p, n := f.doubles(), f.NewInt(), f.NewInt(), f.NewInt()
	f.bytesOf("ldx", step)
	f.Label("vectors")
	f.SubJump(isa.Const(2*f.lanesOf64()), left, isa.LT, "done")
	f.MoveInt(x, p)
	f.MoveInt(rows, n)
	total, v := f.zeros(2), f.NewVec()
	f.Label("row")
	for i, t := range total {
		f.Widen(isa.At(p, i*f.lanesOf64()*f.size), v)
		d.Add(v, t, t)
	}
	f.AddInt(step, p)
	f.CountDown(n, "row")
	for i, t := range total {
		d.Store(t, isa.At(sum, i*f.bytes), false)
	}
	f.AddInt(isa.Const(2*f.bytes), sum)
	f.AddInt(isa.Const(2*f.lanesOf64()*f.size), x)
	f.Jump("vectors")
	f.Label("done")
	f.Return()
}

// bounds gathers whether values of the dtype leave a range: sum is NaN or infinite from the
// first one on that is, and as large as the largest; least is the smallest magnitude.
type bounds struct {
	*fn
	sum, least isa.Vec
}

func (f *fn) bounds() *bounds {
	b := &bounds{fn: f, sum: f.NewVec(), least: f.NewVec()}
	f.Zero(b.sum)
	return b
}

// addSum adds v to the sum.
func (b *bounds) addSum(v isa.Vec) { b.Add(v, b.Part(b.sum), b.Part(b.sum)) }

// addAbs adds |v| to the sum.
func (b *bounds) addAbs(v isa.Vec) {
	t := b.Part(b.NewVec())
	b.Abs(v, t)
	b.addSum(t)
}

// see adds v to the sum and its magnitude to the smallest ones.
func (b *bounds) see(v isa.Vec) {
	t := b.Part(b.NewVec())
	b.Abs(v, t)
	b.Min(t, b.Part(b.least), b.Part(b.least))
	b.addSum(v)
}

// wild: r = 0 in float64 if the sum times factor is finite, else NaN.
func (b *bounds) wild(factor float64) isa.Vec {
	r := b.Part(b.sum)
	b.Mul(b.Vector(factor), r, r)
	b.Sub(r, r, r)
	if b.size == 4 {
		b.Widen(r, b.sum)
	}
	return b.sum
}

// wildOrSmall is wild that is not 0 either where the smallest magnitude is below the normal
// numbers.
func (b *bounds) wildOrSmall(factor float64) isa.Vec {
	r, d := b.wild(factor), b.doubles()
	b.Comment("not 0 where the smallest magnitude is below the normal numbers")
	if b.size == 4 {
		b.Widen(b.Part(b.least), b.least)
	}
	limit := d.constant(b.leastNormal())
	d.Min(b.least, limit, b.least)
	d.Sub(b.least, limit, b.least)
	d.Add(b.least, r, r)
	return r
}

// leastNormal is the smallest normal number of the dtype.
func (f *fn) leastNormal() float64 { return f.byType(0x1p-126, 0x1p-1022) }

// large times a number overflows where that is at least 2^100, in float64 2^970.
func (f *fn) large() float64 { return f.byType(0x1p28, 0x1p54) }

// columnMeans: mean, low and variance of columns from the sums of x-shift and its square.
func columnMeans(f *fn) {
	d := f.doubles()
	part, zero, off, sizes := d.ScalarParam("part"), f.NewVec(), f.NewVec(), f.bounds()
	f.Zero(zero)
	f.Zero(off)
	f.alongColumns(names("mean variance low shift sum dot"), func(s *steps) {
		diff, square, shift := s.wide64("sum"), s.wide64("dot"), s.widened("shift")
		mean, low, t := f.NewVec(), f.NewVec(), f.NewVec()
		d.Mul(part, diff, diff)
		d.Mul(part, square, square)
		d.Add(diff, shift, mean)
		rounded := s.setNarrow(mean, "mean")
		sizes.addAbs(rounded)
		if f.size == 4 {
			f.Widen(rounded, t)
			d.Sub(mean, t, low)
			f.Widen(rounded, mean)
		} else {
			f.Comment("low = (shift - (mean - t)) + (diff - t), t = mean - shift")
			d.Sub(mean, shift, t)
			d.Sub(mean, t, low)
			d.Sub(shift, low, low)
			d.Sub(diff, t, t)
			d.Add(low, t, low)
		}
		s.setNarrow(low, "low")
		d.Mul(diff, diff, diff)
		d.Sub(square, diff, square)
		d.Max(zero, square, square)
		rounded = s.setNarrow(square, "variance")
		sizes.addSum(rounded)
		f.Widen(rounded, square)
		f.Comment("off = the largest of (mean-shift)^2 - 16*variance")
		d.Sub(mean, shift, mean)
		d.Mul(mean, mean, mean)
		for range 4 {
			d.Add(square, square, square)
		}
		d.Sub(mean, square, mean)
		d.Max(mean, off, off)
	})
	d.Add(sizes.wild(f.large()), off, off)
	d.Store(off, isa.At(f.Base("off"), 0), false)
	f.Return()
}

// invStd leaves 1/sqrt(v + eps) in v.
func (f *fn) invStd(v, eps, one isa.Vec) {
	d := f.doubles()
	d.Add(eps, v, v)
	d.Sqrt(v, v)
	d.Div(one, v, v)
}

// scaleOf: scale = gamma/sqrt(variance + eps).
func scaleOf(f *fn) {
	d := f.doubles()
	eps, one, scales, means := d.ScalarParam("eps"), d.constant(1), f.bounds(), f.bounds()
	f.Broadcast(f.Element(1), scales.least)
	f.alongColumns(names("scale gamma mean variance"), func(s *steps) {
		v, r := s.widened("variance"), f.NewVec()
		f.invStd(v, eps, one)
		f.Narrow(v, r)
		f.Mul(s.get("gamma"), f.Part(r), f.Part(r))
		s.set(f.Part(r), "scale")
		scales.see(f.Part(r))
		means.addAbs(s.get("mean"))
	})
	wild := scales.wildOrSmall(1)
	d.Add(means.wild(f.large()), wild, wild)
	d.Store(wild, isa.At(f.Base("wild"), 0), false)
	f.Return()
}

// batchNormStats: the running statistics, 1/sqrt(variance + eps) in its place, and the
// constants of normalizeColumns.
func batchNormStats(f *fn) {
	momentum, unbias, zero := f.Part(f.ScalarParam("momentum")), f.Part(f.ScalarParam("unbias")), f.NewVec()
	d := f.doubles()
	eps, one, scales := d.ScalarParam("eps"), d.constant(1), f.bounds()
	f.Zero(zero)
	f.Broadcast(f.Element(1), scales.least)
	f.alongColumns(names("inv scale shift runMean runVar mean low gamma beta"), func(s *steps) {
		track := func(name string, v isa.Vec) {
			run := s.get(name)
			s.Sub(v, run, v)
			s.Mul(momentum, v, v)
			s.Add(v, run, run)
			s.set(run, name)
		}
		track("runMean", s.get("mean"))
		inv := s.widened("inv")
		variance := s.get("inv")
		s.Mul(unbias, variance, variance)
		track("runVar", variance)
		f.invStd(inv, eps, one)
		scale := s.setNarrow(inv, "inv")
		s.Mul(s.get("gamma"), scale, scale)
		s.set(scale, "scale")
		scales.see(scale)
		f.Comment("shift = low != 0 ? beta - low*scale : beta, as the scale may be infinite")
		low, beta := s.get("low"), s.get("beta")
		s.Mul(low, scale, scale)
		s.Sub(beta, scale, scale)
		s.Choose(isa.Equal, low, f.Part(zero), beta, scale)
		s.set(scale, "shift")
		scales.addSum(scale)
	})
	d.Store(scales.wildOrSmall(1), isa.At(f.Base("wild"), 0), false)
	f.Return()
}

// batchNormGrads: the gradients that the sums over dy and dy*(x-mean) are, and the constants
// of batchNormBackward.
func batchNormGrads(f *fn) {
	d, sizes := f.doubles(), f.bounds()
	part := d.ScalarParam("part")
	f.Broadcast(f.Element(1), sizes.least)
	f.alongColumns(names("dgamma dbeta k1 k2 k3 gamma inv sum dot"), func(s *steps) {
		sum, g, inv := s.wide64("sum"), s.wide64("dot"), s.widened("inv")
		d.Mul(inv, g, g)
		s.setNarrow(sum, "dbeta")
		s.setNarrow(g, "dgamma")
		d.Mul(part, sum, sum)
		sizes.addSum(s.setNarrow(sum, "k2"))
		d.Mul(part, g, g)
		d.Mul(inv, g, g)
		sizes.addSum(s.setNarrow(g, "k3"))
		scale := s.get("inv")
		f.Comment("an inv above the limit counts as infinite")
		f.Mul(f.Vector(f.byType(0x1p103, 0x1p823)), scale, f.Part(g))
		sizes.addSum(f.Part(g))
		f.Mul(s.get("gamma"), scale, scale)
		s.set(scale, "k1")
		sizes.see(scale)
	})
	d.Store(sizes.wildOrSmall(1), isa.At(f.Base("wild"), 0), false)
	f.Return()
}

// clipFactors: factor = 1 where the norm is at most the limit, else limit/norm. The squares
// of float32 do not overflow in float64, which saves a root.
func clipFactors(f *fn) {
	d := f.doubles()
	lambda, eps, one, clips := d.ScalarParam("lambda"), d.ScalarParam("eps"), d.constant(1), f.NewVec()
	f.Zero(clips)
	if f.size == 4 {
		d.Mul(lambda, lambda, lambda)
		d.Mul(eps, eps, eps)
	}
	sums := d.bounds()
	d.Broadcast(d.Element(1), sums.least)
	f.alongColumns(names("factor g w"), func(s *steps) {
		norm, limit, r := s.wide64("g"), s.wide64("w"), f.NewVec()
		sums.addSum(norm)
		sums.addSum(limit)
		if f.size == 8 {
			d.Sqrt(norm, norm)
			d.Sqrt(limit, limit)
		}
		d.Max(eps, limit, limit)
		d.Mul(lambda, limit, limit)
		d.Div(limit, norm, r)
		if f.size == 4 {
			d.Sqrt(r, r)
		}
		d.Blend(d.Cmp(isa.LessEqual, norm, limit), one, r, r)
		d.Min(r, sums.least, sums.least)
		f.Widen(s.setNarrow(r, "factor"), r)
		f.Comment("clips = the sum of 1 - factor")
		d.Sub(one, r, r)
		d.Add(r, clips, clips)
	})
	f.Comment("clips = NaN where a sum is not finite, infinite where a factor is no normal number")
	t, small := sums.wild(1), d.constant(f.leastNormal())
	d.Add(t, clips, clips)
	d.Blend(d.Cmp(isa.Less, sums.least, small), d.Vector(math.Inf(1)), clips, clips)
	d.Store(clips, isa.At(f.Base("clips"), 0), false)
	f.Return()
}
