package main

import (
	"math"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Kernels on values of columns, in float64 where T would not do. A step takes as many
// columns as a vector has float64, elements of the dtype in as much of a register as that.
// Slices have a multiple of 8 elements, so that there is no tail.

// lanesOf64 is how many float64 a vector has.
func (f *fn) lanesOf64() int { return f.bytes / 8 }

// part is the part of a register that holds a step's elements of the dtype.
func (f *fn) part(v reg.VecVirtual) reg.Register {
	switch {
	case f.size == 8:
		return v
	case f.wide():
		return v.AsY()
	}
	return v.AsX()
}

// widen: r = float64 of m, elements in memory or part of a register.
func (f *fn) widen(m, r Op) {
	if f.size == 4 {
		f.c.VCVTPS2PD(m, r)
	} else {
		f.c.VMOVUPD(m, r)
	}
}

// narrow: part of r = v rounded to the dtype.
func (f *fn) narrow(v, r reg.VecVirtual) {
	switch {
	case f.size == 8:
		f.c.VMOVAPD(v, r)
	case f.wide():
		f.c.VCVTPD2PS(v, f.part(r))
	default:
		f.c.VCVTPD2PSY(v, f.part(r))
	}
}

// steps are the slices of a loop over columns.
type steps struct {
	*fn
	j reg.Register // the first column of the step
	p map[string]reg.Register
}

// place is the place of a step's elements of a slice.
func (s *steps) place(name string, size int) Mem {
	return Mem{Base: s.p[name], Index: s.j, Scale: uint8(size)}
}

// wide64 loads from a slice of float64.
func (s *steps) wide64(name string) reg.VecVirtual {
	r := s.vec()
	s.c.VMOVUPD(s.place(name, 8), r)
	return r
}

// widened loads float64 of a slice of elements.
func (s *steps) widened(name string) reg.VecVirtual {
	r := s.vec()
	s.widen(s.place(name, s.size), r)
	return r
}

// get loads elements into part of a register.
func (s *steps) get(name string) reg.Register {
	r := s.part(s.vec())
	s.op(s.c.VMOVUPS, s.c.VMOVUPD, s.place(name, s.size), r)
	return r
}

func (s *steps) set(v Op, name string) {
	s.op(s.c.VMOVUPS, s.c.VMOVUPD, v, s.place(name, s.size))
}

// setNarrow stores v rounded to the dtype and returns that.
func (s *steps) setNarrow(v reg.VecVirtual, name string) reg.Register {
	r := s.vec()
	s.narrow(v, r)
	s.set(s.part(r), name)
	return s.part(r)
}

// alongColumns emits the loop over slices that are as long as the first one.
func (f *fn) alongColumns(slices []string, body func(s *steps)) {
	c := f.c
	s := &steps{fn: f, j: c.GP64(), p: map[string]reg.Register{}}
	for _, name := range slices {
		s.p[name] = f.base(name)
	}
	n := c.Load(c.Param(slices[0]).Len(), c.GP64())
	c.XORQ(s.j, s.j)
	c.Label("step")
	c.CMPQ(s.j, n)
	c.JGE(LabelRef("done"))
	body(s)
	c.ADDQ(U8(f.lanesOf64()), s.j)
	c.JMP(LabelRef("step"))
	c.Label("done")
}

// wideSums: sum[j] = the sum of x[i,j] in float64.
func wideSums(f *fn) {
	c := f.c
	sum, x, left, rows := f.base("sum"), f.base("x"), f.integer("cols"), f.integer("rows")
	step, p, n := c.GP64(), c.GP64(), c.GP64()
	f.bytesOf("ldx", step)
	c.Label("vectors")
	c.SUBQ(U32(2*f.lanesOf64()), left)
	c.JL(LabelRef("done"))
	c.MOVQ(x, p)
	c.MOVQ(rows, n)
	total, v := f.zeros(2), f.vec()
	c.Label("row")
	for i, t := range total {
		f.widen(at(p, i*f.lanesOf64()*f.size), v)
		c.VADDPD(v, t, t)
	}
	c.ADDQ(step, p)
	c.DECQ(n)
	c.JNZ(LabelRef("row"))
	for i, t := range total {
		c.VMOVUPD(t, at(sum, i*f.bytes))
	}
	c.ADDQ(U32(2*f.bytes), sum)
	c.ADDQ(U32(2*f.lanesOf64()*f.size), x)
	c.JMP(LabelRef("vectors"))
	c.Label("done")
	f.ret()
}

// bounds gathers whether values of the dtype leave a range: sum is NaN or infinite from the
// first one on that is, and as large as the largest; least is the smallest magnitude.
type bounds struct {
	*fn
	sum, least reg.VecVirtual
}

func (f *fn) bounds() *bounds {
	b := &bounds{fn: f, sum: f.vec(), least: f.vec()}
	f.zero(b.sum)
	return b
}

// addSum adds v to the sum.
func (b *bounds) addSum(v Op) { b.fn.add(v, b.part(b.sum), b.part(b.sum)) }

// addAbs adds |v| to the sum.
func (b *bounds) addAbs(v Op) {
	t := b.part(b.vec())
	b.abs(v, t)
	b.addSum(t)
}

// see adds v to the sum and its magnitude to the smallest ones.
func (b *bounds) see(v Op) {
	t := b.part(b.vec())
	b.abs(v, t)
	b.min(t, b.part(b.least), b.part(b.least))
	b.addSum(v)
}

// wild: r = 0 in float64 if the sum times factor is finite, else NaN.
func (b *bounds) wild(factor float64) reg.VecVirtual {
	r := b.part(b.sum)
	b.mul(b.vectorData(factor), r, r)
	b.sub(r, r, r)
	if b.size == 4 {
		b.widen(r, b.sum)
	}
	return b.sum
}

// wildOrSmall is wild that is not 0 either where the smallest magnitude is below the normal
// numbers.
func (b *bounds) wildOrSmall(factor float64) reg.VecVirtual {
	r, d := b.wild(factor), b.as64()
	b.c.Comment("not 0 where the smallest magnitude is below the normal numbers")
	if b.size == 4 {
		b.widen(b.part(b.least), b.least)
	}
	limit := d.constant(b.byType(0x1p-126, 0x1p-1022))
	d.min(b.least, limit, b.least)
	d.sub(b.least, limit, b.least)
	d.add(b.least, r, r)
	return r
}

// large times a number overflows where that is at least 2^100, in float64 2^970.
func (f *fn) large() float64 { return f.byType(0x1p28, 0x1p54) }

// columnMeans: mean, low and variance of columns from the sums of x-shift and its square.
func columnMeans(f *fn) {
	d := f.as64()
	part, zero, off, sizes := f.as64().scalarParam("part"), f.vec(), f.vec(), f.bounds()
	f.zero(zero)
	f.zero(off)
	f.alongColumns([]string{"mean", "variance", "low", "shift", "sum", "dot"}, func(s *steps) {
		diff, square, shift := s.wide64("sum"), s.wide64("dot"), s.widened("shift")
		mean, low, t := f.vec(), f.vec(), f.vec()
		d.mul(part, diff, diff)
		d.mul(part, square, square)
		d.add(diff, shift, mean)
		rounded := s.setNarrow(mean, "mean")
		sizes.addAbs(rounded)
		if f.size == 4 {
			f.widen(rounded, t)
			d.sub(mean, t, low)
			f.widen(rounded, mean)
		} else {
			f.c.Comment("low = (shift - (mean - t)) + (diff - t), t = mean - shift")
			d.sub(mean, shift, t)
			d.sub(mean, t, low)
			d.sub(shift, low, low)
			d.sub(diff, t, t)
			d.add(low, t, low)
		}
		s.setNarrow(low, "low")
		d.mul(diff, diff, diff)
		d.sub(square, diff, square)
		d.max(zero, square, square)
		rounded = s.setNarrow(square, "variance")
		sizes.addSum(rounded)
		f.widen(rounded, square)
		f.c.Comment("off = the largest of (mean-shift)^2 - 16*variance")
		d.sub(mean, shift, mean)
		d.mul(mean, mean, mean)
		for range 4 {
			d.add(square, square, square)
		}
		d.sub(mean, square, mean)
		d.max(mean, off, off)
	})
	d.add(sizes.wild(f.large()), off, off)
	f.c.VMOVUPD(off, at(f.base("off"), 0))
	f.ret()
}

// invStd leaves 1/sqrt(v + eps) in v.
func (f *fn) invStd(v, eps, one reg.VecVirtual) {
	d := f.as64()
	d.add(eps, v, v)
	d.sqrt(v, v)
	d.div(one, v, v)
}

// scaleOf: scale = gamma/sqrt(variance + eps).
func scaleOf(f *fn) {
	eps, one, scales, means := f.as64().scalarParam("eps"), f.as64().constant(1), f.bounds(), f.bounds()
	f.broadcast(f.data(1), scales.least)
	f.alongColumns([]string{"scale", "gamma", "mean", "variance"}, func(s *steps) {
		v, r := s.widened("variance"), f.vec()
		f.invStd(v, eps, one)
		f.narrow(v, r)
		f.mul(s.get("gamma"), f.part(r), f.part(r))
		s.set(f.part(r), "scale")
		scales.see(f.part(r))
		means.addAbs(s.get("mean"))
	})
	wild := scales.wildOrSmall(1)
	f.as64().add(means.wild(f.large()), wild, wild)
	f.c.VMOVUPD(wild, at(f.base("wild"), 0))
	f.ret()
}

// batchNormStats: the running statistics, 1/sqrt(variance + eps) in its place, and the
// constants of normalizeColumns.
func batchNormStats(f *fn) {
	c := f.c
	momentum, unbias, zero := f.part(f.scalarParam("momentum")), f.part(f.scalarParam("unbias")), f.vec()
	eps, one, scales := f.as64().scalarParam("eps"), f.as64().constant(1), f.bounds()
	f.zero(zero)
	f.broadcast(f.data(1), scales.least)
	f.alongColumns([]string{"inv", "scale", "shift", "runMean", "runVar", "mean", "low", "gamma", "beta"}, func(s *steps) {
		track := func(name string, v Op) {
			run := s.get(name)
			s.sub(v, run, v)
			s.mul(momentum, v, v)
			s.add(v, run, run)
			s.set(run, name)
		}
		track("runMean", s.get("mean"))
		inv := s.widened("inv")
		variance := s.get("inv")
		s.mul(unbias, variance, variance)
		track("runVar", variance)
		f.invStd(inv, eps, one)
		scale := s.setNarrow(inv, "inv")
		s.mul(s.get("gamma"), scale, scale)
		s.set(scale, "scale")
		scales.see(scale)
		c.Comment("shift = low != 0 ? beta - low*scale : beta, as the scale may be infinite")
		low, beta := s.get("low"), s.get("beta")
		s.mul(low, scale, scale)
		s.sub(beta, scale, scale)
		s.chooseEqual(low, f.part(zero), beta, scale)
		s.set(scale, "shift")
		scales.addSum(scale)
	})
	f.c.VMOVUPD(scales.wildOrSmall(1), at(f.base("wild"), 0))
	f.ret()
}

// batchNormGrads: the gradients that the sums over dy and dy*(x-mean) are, and the constants
// of batchNormBackward.
func batchNormGrads(f *fn) {
	d, sizes := f.as64(), f.bounds()
	part := d.scalarParam("part")
	f.broadcast(f.data(1), sizes.least)
	f.alongColumns([]string{"dgamma", "dbeta", "k1", "k2", "k3", "gamma", "inv", "sum", "dot"}, func(s *steps) {
		sum, g, inv := s.wide64("sum"), s.wide64("dot"), s.widened("inv")
		d.mul(inv, g, g)
		s.setNarrow(sum, "dbeta")
		s.setNarrow(g, "dgamma")
		d.mul(part, sum, sum)
		sizes.addSum(s.setNarrow(sum, "k2"))
		d.mul(part, g, g)
		d.mul(inv, g, g)
		sizes.addSum(s.setNarrow(g, "k3"))
		scale := s.get("inv")
		f.c.Comment("an inv above the limit counts as infinite")
		f.mul(f.vectorData(f.byType(0x1p103, 0x1p823)), scale, f.part(g))
		sizes.addSum(f.part(g))
		f.mul(s.get("gamma"), scale, scale)
		s.set(scale, "k1")
		sizes.see(scale)
	})
	f.c.VMOVUPD(sizes.wildOrSmall(1), at(f.base("wild"), 0))
	f.ret()
}

// chooseEqual: dst = a == b ? yes : dst.
func (f *fn) chooseEqual(a, b, yes, dst Op) {
	if f.wide() {
		f.compare(equal, a, b, reg.K2)
		f.blend(reg.K2, yes, dst, dst)
		return
	}
	m := f.part(f.vec())
	f.compare(equal, a, b, m)
	f.blend(m, yes, dst, dst)
}

// clipFactors: factor = 1 where the norm is at most the limit, else limit/norm. The squares
// of float32 do not overflow in float64, which saves a root.
func clipFactors(f *fn) {
	d := f.as64()
	lambda, eps, one, clips := d.scalarParam("lambda"), d.scalarParam("eps"), d.constant(1), f.vec()
	f.zero(clips)
	if f.size == 4 {
		d.mul(lambda, lambda, lambda)
		d.mul(eps, eps, eps)
	}
	sums := d.bounds()
	d.broadcast(d.data(1), sums.least)
	f.alongColumns([]string{"factor", "g", "w"}, func(s *steps) {
		norm, limit, r := s.wide64("g"), s.wide64("w"), f.vec()
		sums.addSum(norm)
		sums.addSum(limit)
		if f.size == 8 {
			d.sqrt(norm, norm)
			d.sqrt(limit, limit)
		}
		d.max(eps, limit, limit)
		d.mul(lambda, limit, limit)
		d.div(limit, norm, r)
		if f.size == 4 {
			d.sqrt(r, r)
		}
		d.blend(d.cmp(lessEqual, norm, limit), one, r, r)
		d.min(r, sums.least, sums.least)
		f.widen(s.setNarrow(r, "factor"), r)
		f.c.Comment("clips = the sum of 1 - factor")
		d.sub(one, r, r)
		d.add(r, clips, clips)
	})
	f.c.Comment("clips = NaN where a sum is not finite, infinite where a factor is no normal number")
	t, small := sums.wild(1), d.constant(f.byType(0x1p-126, 0x1p-1022))
	d.add(t, clips, clips)
	d.blend(d.cmp(less, sums.least, small), d.vectorData(math.Inf(1)), clips, clips)
	f.c.VMOVUPD(clips, at(f.base("clips"), 0))
	f.ret()
}

// as64 is f for float64.
func (f *fn) as64() *fn {
	d := *f
	d.dtype, d.lanes = dtypes[1], f.lanesOf64()
	return &d
}
