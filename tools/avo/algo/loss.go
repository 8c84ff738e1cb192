package algo

import (
	"github.com/ashlar-go/ashlar/internal/minimax"
	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// rowKernels are the rows of losses and of what trains row by row.
var rowKernels = []*Kernel{
	{Name: "SquaredLoss", Family: "loss", Params: "sum, d, p, y []T, scale T",
		Doc: "computes r = p-y; sum[0] = sum of r*r; d = scale*r.", body: squaredLoss},
	{Name: "AbsoluteLoss", Family: "loss", Params: "sum, d, p, y []T, scale T",
		Doc:  "computes r = p-y; sum[0] = sum of |r|; d = r > 0 ? scale : r < 0 ? -scale : r.",
		body: absoluteLoss},
	{Name: "HuberLoss", Family: "loss", Params: "sum, d, p, y []T, scale, delta T",
		Doc: "computes r = p-y; c = min(max(r, -delta), delta); sum[0] = sum of c*fma(-0.5, c, r);\n" +
			"d = scale*c.", body: huberLoss},
	{Name: "EntropyTerms", Family: "loss", Params: "l, d, p, y []T, scale T",
		Doc: "computes l = -(y*log(p) + (1-y)*log(1-p)), the logarithms at least -100 and a product\n" +
			"with 0 being 0; d = scale*((p-y)/max(p*(1-p), 1e-12)).", body: entropyTerms},
	{Name: "LogisticLoss", Family: "loss", Params: "sum, d, z, y []T, scale T",
		Doc:  "computes sum[0] = sum of max(z, 0) - z*y + log(1 + exp(-|z|)); d = scale*(sigmoid(z) - y).",
		body: logisticLoss},

	{Name: "ArgMaxRows", Family: "argmax", Params: "peak, index, x []T, rows, cols, ldx int",
		Doc: "computes index[i] = the first j with the largest x[i,j], peak[i] = x[i,j]; index[i] = -1\n" +
			"and any peak[i] if a NaN is among them. cols is from 1 to 2^24.", body: argMaxRows},
	{Name: "Sum", Family: "rows", Params: "sum, x []T", Doc: "computes sum[0] = sum of x.", body: sum},
	{Name: "Clip", Family: "rows", Params: "y, x []T, lo, hi T",
		Doc: "computes y = x > hi ? hi : x, then y = y < lo ? lo : y.", body: clip},
	{Name: "ScaleBytes", Family: "rows", Params: "y []T, x []uint8, scale, shift T",
		Doc: "computes y = fma(x, scale, shift) for as many whole vectors as y has.", body: scaleBytes},
	{Name: "TargetSums", Family: "rows", Params: "s1, s2, x, p, k []T, rows, cols, ldx, ldp int",
		Doc: "computes, with four constants k a row, s1[i] = sum of p[i,j]; s2[i] = sum of\n" +
			"p[i,j]*(k[i,0]-x[i,j]) over the j with p[i,j] != 0.", body: targetSums},
	{Name: "ShiftRows", Family: "rows", Params: "y, x, k []T, rows, cols, ldy, ldx int",
		Doc: "computes, with four constants k a row, y[i,j] = (x[i,j]-k[i,0]) - k[i,1].", body: shiftRows},
	{Name: "BlendRows", Family: "rows", Params: "z, y, x, k []T, rows, cols, ldz, ldy, ldx int",
		Doc:  "computes, with four constants k a row, z[i,j] = fma(-k[i,1], x[i,j], k[i,0]*y[i,j]).",
		body: blendRows},
	{Name: "RowMoments", Family: "rows", Params: "s1, s2, x, k []T, rows, cols, ldx, fetch int",
		Doc: "computes, with four constants k a row, d = x[i,j]-k[i,0]; s1[i] = sum of d;\n" +
			"s2[i] = sum of d*d." + fetchRowDoc, body: rowMoments},
	{Name: "NormalizeRows", Family: "rows",
		Params: "y, x, gamma, beta, k []T, rows, cols, ldy, ldx, past int",
		Doc: "computes, with four constants k a row, y[i,j] = fma(fma(x[i,j]-k[i,0], k[i,1], k[i,2]),\n" +
			"gamma[j], beta[j]). If past is not 0, the rows of y start on cache lines, and whole vectors\n" +
			"are stored past the caches.", body: normalizeRows},
	{Name: "RowGradSums", Family: "rows",
		Params: "s1, s2, dy, x, gamma, k []T, rows, cols, lddy, ldx, fetch int",
		Doc: "computes, with four constants k a row, t = dy[i,j]*gamma[j]; s1[i] = sum of t;\n" +
			"s2[i] = sum of t*(x[i,j]-k[i,0])." + fetchRowDoc, body: rowGradSums},
	{Name: "LayerNormBackward", Family: "rows",
		Params: "s1, s2, dx, dy, x, gamma, k, low []T, rows, cols, lddx, lddy, ldx, fetch int",
		Doc: "computes, with four constants k and one low a row, d = x[i,j]-k[i,0]; s1[j] += dy[i,j];\n" +
			"s2[j] = fma(dy[i,j], fma(d, k[i,1], low[i]), s2[j]) for i < rows in turn;\n" +
			"dx[i,j] = k[i,1]*fma(-d, k[i,3], fma(dy[i,j], gamma[j], -k[i,2])). It" + storeDoc, body: layerNormBackward},
}

// loss emits a kernel that writes scale times a gradient and sums a loss. term makes
// both of them of several predictions and targets, in place of these: of unroll vectors at a
// time. The sum runs in so many chains, of which there may be two where unroll is 1: they then
// take turns.
func (f *fn) loss(prediction string, unroll, chains int, term func(p, y []isa.Vec)) {
	scale := f.ScalarParam("scale")
	ptr := []isa.Int{f.Base("d"), f.Base(prediction), f.Base("y")}
	n := f.Len("d")
	acc := f.zeros(chains)
	take := func(ptr []isa.Int, offsets []int, masked bool) {
		var p, y []isa.Vec
		for i, o := range offsets {
			p, y = append(p, f.NewVec()), append(y, f.NewVec())
			f.Load(isa.At(ptr[1], o), p[i], masked)
			f.Load(isa.At(ptr[2], o), y[i], masked)
		}
		term(p, y)
		f.Comment("sum += loss, d = scale * gradient")
		for i, o := range offsets {
			if masked {
				f.KeepTail(p[i], p[i])
			}
			f.Add(p[i], acc[i], acc[i])
			f.Mul(scale, y[i], y[i])
			f.Store(y[i], isa.At(ptr[0], o), masked)
		}
		if chains > unroll {
			f.Move(acc[0], p[0])
			f.Move(acc[1], acc[0])
			f.Move(p[0], acc[1])
		}
	}
	f.full("", n, ptr, unroll, take)
	f.JumpIf(n, isa.EQ, isa.Const(0), "done")
	f.SetTail(n)
	take(ptr, []int{0}, true)
	f.Label("done")
	f.join(f.Add, acc)
	f.StoreLane(acc[0], isa.At(f.Base("sum"), 0))
	f.Return()
}

// squaredLoss: r = p-y, loss r*r, gradient r.
func squaredLoss(f *fn) {
	f.loss("p", f.chains(2), f.chains(2), func(p, y []isa.Vec) {
		for i := range p {
			f.Sub(p[i], y[i], y[i])
			f.Mul(y[i], y[i], p[i])
		}
	})
}

// absoluteLoss: r = p-y, loss |r|, gradient the sign of r.
func absoluteLoss(f *fn) {
	zero := f.NewVec()
	f.Zero(zero)
	f.loss("p", f.chains(2), f.chains(2), func(p, y []isa.Vec) {
		for i := range p {
			f.Sub(p[i], y[i], y[i])
			f.Abs(y[i], p[i])
			f.sign(y[i], zero)
		}
	})
}

// sign: r = r > 0 ? 1 : r < 0 ? -1 : r.
func (f *fn) sign(r, zero isa.Vec) {
	below := f.Cmp(isa.Less, r, zero)
	f.Blend(below, f.Vector(-1), r, r)
	f.Blend(f.Cmp(isa.Greater, r, zero), f.Vector(1), r, r)
}

// huberLoss: r = p-y, gradient c = r held to [-delta, delta], loss c*(r - c/2).
func huberLoss(f *fn) {
	delta, low := f.ScalarParam("delta"), f.NewVec()
	f.Mul(f.Vector(-1), delta, low)
	f.loss("p", f.chains(2), f.chains(2), func(p, y []isa.Vec) {
		for i := range p {
			r := f.NewVec()
			f.Sub(p[i], y[i], r)
			f.Min(delta, r, y[i])
			f.Max(low, y[i], y[i])
			f.Comment("loss = c*(r - c/2)")
			f.FNMA(f.Vector(0.5), y[i], r)
			f.Mul(y[i], r, p[i])
		}
	})
}

// entropyTerms: l = -(y*log(p) + (1-y)*log(1-p)), d = scale*((p-y)/max(p*(1-p), 1e-12)).
func entropyTerms(f *fn) {
	f.elementwise(names("l d"), names("p y"), names("scale"), f.asWide(1), func(m *formula, in []group) []group {
		p, y := in[0], in[1]
		term := func(x, log group) group {
			product := m.times(x, m.atLeast(m.k(-100), log))
			return m.pick(m.where(isa.Equal, x, m.k(0)), m.k(0), product)
		}
		l := m.minus(m.k(0), term(y, logarithm(m, p)))
		l = m.minus(l, term(m.minus(m.k(1), y), log1p(m, m.minus(m.k(0), p))))
		m.Comment("d = scale*((p-y)/max(p*(1-p), 1e-12))")
		spread := m.atLeast(m.k(1e-12), m.times(p, m.minus(m.k(1), p)))
		return []group{l, m.times(m.params["scale"], m.over(m.minus(p, y), spread))}
	})
}

// logisticLoss: with e = exp(-|z|), loss max(z, 0) - z*y + log(1+e) and gradient
// (z < 0 ? e : 1)/(1+e) - y.
func logisticLoss(f *fn) {
	e := f.expConstants()
	unroll := 1
	if f.size == 4 {
		unroll = f.roomOr(2, 1)
	}
	f.loss("z", unroll, max(unroll, f.chains(1)), func(z, y []isa.Vec) {
		x := make([]isa.Vec, len(z))
		f.Comment("e = exp(-|z|)")
		for i := range z {
			x[i] = f.NewVec()
			f.NegativeAbs(z[i], x[i])
		}
		e.expAll(x)
		for i := range z {
			f.logisticTerm(z[i], y[i], x[i])
		}
	})
}

// logisticTerm makes z the loss and y the gradient, from e = exp(-|z|).
func (f *fn) logisticTerm(z, y, e isa.Vec) {
	f.Comment("loss = max(z, 0) - z*y, y = (z < 0 ? e : 1)/(1+e) - y")
	loss, t, zero := f.NewVec(), f.NewVec(), f.NewVec()
	f.Zero(zero)
	f.Max(zero, z, loss)
	f.FNMA(z, y, loss)
	below := f.Cmp(isa.Less, z, zero)
	f.Broadcast(f.Element(1), t)
	f.Blend(below, e, t, t)
	f.Add(f.Vector(1), e, z)
	f.Div(t, z, t)
	f.Sub(t, y, y)
	f.Comment("loss += log(1+e) = e + e*e*P, P in powers of u = e, in float64 of e - 1/2")
	coef, p, u := f.series(minimax.Softplus32[2:], minimax.Softplus64[:]), z, e
	if f.size == 8 {
		u = zero
		f.Add(f.Vector(-0.5), e, u)
	}
	f.Broadcast(f.Element(coef[len(coef)-1]), p)
	for k := len(coef) - 2; k >= 0; k-- {
		f.Horner(f.Vector(coef[k]), u, p)
	}
	f.Mul(e, e, t)
	f.Horner(e, t, p)
	f.Add(p, loss, z)
}
