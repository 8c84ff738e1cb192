package main

import (
	"math"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/ashlar-go/ashlar/internal/minimax"
)

// rowKernels are the rows of losses and of what trains row by row.
var rowKernels = []*kernel{
	{name: "SquaredLoss", family: "loss", params: "sum, d, p, y []T, scale T",
		doc: "computes r = p-y; sum[0] = sum of r*r; d = scale*r.", body: squaredLoss},
	{name: "AbsoluteLoss", family: "loss", params: "sum, d, p, y []T, scale T",
		doc: "computes r = p-y; sum[0] = sum of |r|; d = r > 0 ? scale : r < 0 ? -scale : r.", body: absoluteLoss},
	{name: "HuberLoss", family: "loss", params: "sum, d, p, y []T, scale, delta T",
		doc: "computes r = p-y; c = min(max(r, -delta), delta); sum[0] = sum of c*fma(-0.5, c, r);\nd = scale*c.", body: huberLoss},
	{name: "EntropyTerms", family: "loss", params: "l, d, p, y []T, scale T",
		doc: "computes l = -(y*log(p) + (1-y)*log(1-p)), the logarithms at least -100 and a product\nwith 0 being 0; d = scale*((p-y)/max(p*(1-p), 1e-12)).", body: entropyTerms},
	{name: "LogisticLoss", family: "loss", params: "sum, d, z, y []T, scale T",
		doc: "computes sum[0] = sum of max(z, 0) - z*y + log(1 + exp(-|z|)); d = scale*(sigmoid(z) - y).", body: logisticLoss},

	{name: "ArgMaxRows", family: "argmax", params: "peak, index, x []T, rows, cols, ldx int",
		doc: "computes index[i] = the first j with the largest x[i,j], peak[i] = x[i,j]; index[i] = -1\nand any peak[i] if a NaN is among them. cols is from 1 to 2^24.", body: argMaxRows},
	{name: "Sum", family: "rows", params: "sum, x []T",
		doc: "computes sum[0] = sum of x.", body: sum},
	{name: "Clip", family: "rows", params: "y, x []T, lo, hi T",
		doc: "computes y = x > hi ? hi : x, then y = y < lo ? lo : y.", body: clip},
	{name: "ScaleBytes", family: "rows", params: "y []T, x []uint8, scale, shift T",
		doc: "computes y = fma(x, scale, shift) for as many whole vectors as y has.", body: scaleBytes},
	{name: "TargetSums", family: "rows", params: "s1, s2, x, p, k []T, rows, cols, ldx, ldp int",
		doc: "computes, with four constants k a row, s1[i] = sum of p[i,j]; s2[i] = sum of\np[i,j]*(k[i,0]-x[i,j]) over the j with p[i,j] != 0.", body: targetSums},
	{name: "ShiftRows", family: "rows", params: "y, x, k []T, rows, cols, ldy, ldx int",
		doc: "computes, with four constants k a row, y[i,j] = (x[i,j]-k[i,0]) - k[i,1].", body: shiftRows},
	{name: "BlendRows", family: "rows", params: "z, y, x, k []T, rows, cols, ldz, ldy, ldx int",
		doc: "computes, with four constants k a row, z[i,j] = fma(-k[i,1], x[i,j], k[i,0]*y[i,j]).", body: blendRows},
	{name: "RowMoments", family: "rows", params: "s1, s2, x, k []T, rows, cols, ldx int",
		doc: "computes, with four constants k a row, d = x[i,j]-k[i,0]; s1[i] = sum of d;\ns2[i] = sum of d*d.", body: rowMoments},
	{name: "NormalizeRows", family: "rows", params: "y, x, gamma, beta, k []T, rows, cols, ldy, ldx int",
		doc: "computes, with four constants k a row, y[i,j] = fma(fma(x[i,j]-k[i,0], k[i,1], k[i,2]),\ngamma[j], beta[j]).", body: normalizeRows},
	{name: "RowGradSums", family: "rows", params: "s1, s2, dy, x, gamma, k []T, rows, cols, lddy, ldx int",
		doc: "computes, with four constants k a row, t = dy[i,j]*gamma[j]; s1[i] = sum of t;\ns2[i] = sum of t*(x[i,j]-k[i,0]).", body: rowGradSums},
	{name: "LayerNormSums", family: "rows", params: "s1, s2, dy, x, k []T, rows, cols, lddy, ldx int",
		doc: "computes, with four constants k a row, s1[j] += dy[i,j]; s2[j] = fma(dy[i,j],\nfma(x[i,j]-k[i,0], k[i,1], k[i,2]), s2[j]) for i < rows in turn.", body: layerNormSums},
	{name: "LayerNormBackward", family: "rows", params: "dx, dy, x, gamma, k []T, rows, cols, lddx, lddy, ldx int",
		doc: "computes, with four constants k a row, dx[i,j] = k[i,1]*fma(-(x[i,j]-k[i,0]), k[i,3],\nfma(dy[i,j], gamma[j], -k[i,2])).", body: layerNormBackward},
}

// loss emits a kernel that writes scale times a gradient and sums a loss. term makes
// both of them of several predictions and targets, in place of these.
func (f *fn) loss(prediction string, unroll int, term func(p, y []reg.VecVirtual)) {
	c := f.c
	scale := f.scalarParam("scale")
	ptr := []reg.Register{f.base("d"), f.base(prediction), f.base("y")}
	n := c.Load(c.Param("d").Len(), c.GP64())
	acc := f.zeros(unroll)
	take := func(ptr []reg.Register, offsets []int, masked bool) {
		var p, y []reg.VecVirtual
		for i, o := range offsets {
			p, y = append(p, f.vec()), append(y, f.vec())
			f.load(at(ptr[1], o), p[i], masked)
			f.load(at(ptr[2], o), y[i], masked)
		}
		term(p, y)
		c.Comment("sum += loss, d = scale * gradient")
		for i, o := range offsets {
			if masked {
				f.keepLanes(p[i], p[i])
			}
			f.add(p[i], acc[i], acc[i])
			f.mul(scale, y[i], y[i])
			f.store(y[i], at(ptr[0], o), masked)
		}
	}
	f.full("", n, ptr, unroll, take)
	c.TESTQ(n, n)
	c.JZ(LabelRef("done"))
	f.setMask(n)
	take(ptr, []int{0}, true)
	c.Label("done")
	f.join(f.add, acc)
	f.storeLane(acc[0], at(f.base("sum"), 0))
	f.ret()
}

// squaredLoss: r = p-y, loss r*r, gradient r.
func squaredLoss(f *fn) {
	f.loss("p", 2, func(p, y []reg.VecVirtual) {
		for i := range p {
			f.sub(p[i], y[i], y[i])
			f.mul(y[i], y[i], p[i])
		}
	})
}

// absoluteLoss: r = p-y, loss |r|, gradient the sign of r.
func absoluteLoss(f *fn) {
	zero := f.vec()
	f.zero(zero)
	f.loss("p", 2, func(p, y []reg.VecVirtual) {
		for i := range p {
			f.sub(p[i], y[i], y[i])
			f.abs(y[i], p[i])
			f.sign(y[i], zero)
		}
	})
}

// sign: r = r > 0 ? 1 : r < 0 ? -1 : r.
func (f *fn) sign(r, zero reg.VecVirtual) {
	below := f.cmp(less, r, zero)
	f.blend(below, f.vectorData(-1), r, r)
	f.blend(f.cmp(greater, r, zero), f.vectorData(1), r, r)
}

// huberLoss: r = p-y, gradient c = r held to [-delta, delta], loss c*(r - c/2).
func huberLoss(f *fn) {
	delta, low := f.scalarParam("delta"), f.vec()
	f.mul(f.vectorData(-1), delta, low)
	f.loss("p", 2, func(p, y []reg.VecVirtual) {
		for i := range p {
			r := f.vec()
			f.sub(p[i], y[i], r)
			f.min(delta, r, y[i])
			f.max(low, y[i], y[i])
			f.c.Comment("loss = c*(r - c/2)")
			f.fnma(f.vectorData(0.5), y[i], r)
			f.mul(y[i], r, p[i])
		}
	})
}

// entropyTerms: l = -(y*log(p) + (1-y)*log(1-p)), d = scale*((p-y)/max(p*(1-p), 1e-12)).
func entropyTerms(f *fn) {
	f.elementwise([]string{"l", "d"}, []string{"p", "y"}, []string{"scale"}, 1, func(m *formula, in []group) []group {
		p, y := in[0], in[1]
		term := func(x, log group) group {
			product := m.times(x, m.atLeast(m.k(-100), log))
			return m.pick(m.where(equal, x, m.k(0)), m.k(0), product)
		}
		l := m.minus(m.k(0), term(y, logarithm(m, p)))
		l = m.minus(l, term(m.minus(m.k(1), y), log1p(m, m.minus(m.k(0), p))))
		m.c.Comment("d = scale*((p-y)/max(p*(1-p), 1e-12))")
		spread := m.atLeast(m.k(1e-12), m.times(p, m.minus(m.k(1), p)))
		return []group{l, m.times(m.params["scale"], m.over(m.minus(p, y), spread))}
	})
}

// logisticLoss: with e = exp(-|z|), loss max(z, 0) - z*y + log(1+e) and gradient
// (z < 0 ? e : 1)/(1+e) - y.
func logisticLoss(f *fn) {
	c := f.c
	e := f.expConstants()
	unroll := 1
	if f.size == 4 {
		unroll = f.wideOr(2, 1)
	}
	f.loss("z", unroll, func(z, y []reg.VecVirtual) {
		x := make([]reg.VecVirtual, len(z))
		c.Comment("e = exp(-|z|)")
		for i := range z {
			x[i] = f.vec()
			f.negativeAbs(z[i], x[i])
		}
		e.expAll(x)
		for i := range z {
			f.logisticTerm(z[i], y[i], x[i])
		}
	})
}

// negativeAbs: dst = -|a|.
func (f *fn) negativeAbs(a, dst Op) {
	f.op(f.c.VORPS, f.c.VORPD, f.vectorData(math.Copysign(0, -1)), a, dst)
}

// logisticTerm makes z the loss and y the gradient, from e = exp(-|z|).
func (f *fn) logisticTerm(z, y, e reg.VecVirtual) {
	c := f.c
	c.Comment("loss = max(z, 0) - z*y, y = (z < 0 ? e : 1)/(1+e) - y")
	loss, t, zero := f.vec(), f.vec(), f.vec()
	f.zero(zero)
	f.max(zero, z, loss)
	f.fnma(z, y, loss)
	below := f.cmp(less, z, zero)
	f.broadcast(f.data(1), t)
	f.blend(below, e, t, t)
	f.add(f.vectorData(1), e, z)
	f.div(t, z, t)
	f.sub(t, y, y)
	c.Comment("loss += log(1+e) = e + e*e*P, P in powers of u = e, in float64 of e - 1/2")
	coef, p, u := f.series(minimax.Softplus32[2:], minimax.Softplus64[:]), z, e
	if f.size == 8 {
		u = zero
		f.add(f.vectorData(-0.5), e, u)
	}
	f.broadcast(f.data(coef[len(coef)-1]), p)
	for k := len(coef) - 2; k >= 0; k-- {
		f.hornerData(coef[k], u, p)
	}
	f.mul(e, e, t)
	f.op(c.VFMADD213PS, c.VFMADD213PD, e, t, p)
	f.add(p, loss, z)
}

// hornerData: p = p*r + v.
func (f *fn) hornerData(v float64, r, p Op) {
	c := f.c
	if f.wide() {
		f.op(c.VFMADD213PS_BCST, c.VFMADD213PD_BCST, f.data(v), r, p)
		return
	}
	f.op(c.VFMADD213PS, c.VFMADD213PD, f.vectorData(v), r, p)
}
