package spec

import (
	"fmt"
	"math"
	"slices"

	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/kernels"
)

// batchNormCases are the settings of the norm kernels in the table.
var batchNormCases = []struct {
	Momentum, Eps float64
	Act           kernels.Activation
}{{0.1, 1e-5, kernels.ActIdentity}, {1, 1e-3, kernels.ActIdentity}, {0.1, 1e-5, kernels.ActReLU},
	{0.1, 1e-5, kernels.ActTanh}, {0.1, 1e-5, kernels.ActGELU}}

func normLines() []line {
	var cases []string
	for _, c := range batchNormCases {
		cases = append(cases, fmt.Sprintf("momentum=%v eps=%v %v", c.Momentum, c.Eps, c.Act))
	}
	gammaBeta := []Param{vector("Gamma", In, Moderate), vector("Beta", In, Moderate)}
	running := func(r Role) []Param {
		return []Param{vector("RunMean", r, Moderate), vector("RunVar", r, Positive)}
	}
	return []line{
		{Row: Row{Kernel: "ColumnMoments", Dims: "MN", Tol: chunkedSum(8),
			Params: []Param{vector("mean", Out, Moderate), vector("variance", Out, Positive),
				matrix("x", In, Moderate)},
			Ref: func(r *Ref) {
				for j := range r.N {
					m := momentsOracle(r, 2, j)
					m.setMean(r, 0, j)
					m.setVariance(r, 1, j, m.variance)
				}
			}},
			run: calls{runColumnMoments[float32], runColumnMoments[float64]}},
		{Row: Row{Kernel: "BatchNormForward", Dims: "MN", Cases: cases, Tol: chunkedSum(8),
			Params: slices.Concat([]Param{matrix("y", Out, Moderate), matrix("x", In, Moderate)}, gammaBeta,
				[]Param{vector("Mean", Out, Moderate), vector("InvStd", Out, Moderate)}, running(InOut)),
			Ref: batchNormForwardOracle},
			run: calls{runBatchNormForward[float32], runBatchNormForward[float64]}},
		{Row: Row{Kernel: "BatchNormInfer", Dims: "MN", Cases: cases, Tol: Tol{Kind: Scaled, Max: 4},
			Bitwise: true,
			Params: slices.Concat([]Param{matrix("y", Out, Moderate, "x"), matrix("x", In, Moderate)},
				gammaBeta,
				[]Param{vector("Mean", In, Moderate), vector("InvStd", In, Moderate)}, running(In)),
			Ref: batchNormInferOracle},
			run: calls{runBatchNormInfer[float32], runBatchNormInfer[float64]}},
		{Row: Row{Kernel: "BatchNormBackward", Dims: "MN", Cases: cases, Tol: chunkedSum(8),
			Params: slices.Concat([]Param{matrix("dx", Out, Moderate, "dy", "x"),
				matrix("dy", In, Moderate), matrix("x", In, Moderate)}, gammaBeta,
				[]Param{vector("Mean", In, Moderate), vector("InvStd", In, Positive)}, running(In),
				[]Param{vector("dgamma", Out, Moderate), vector("dbeta", Out, Moderate)}),
			Ref: batchNormBackwardOracle},
			run: calls{runBatchNormBackward[float32], runBatchNormBackward[float64]}},
	}
}

// moments are the mean and variance of a column and the scales of their errors. A kernel
// sums x - s, where s is the first row; it sums once more if s is more than four deviations
// from the mean. Its error grows with the distance of s from the mean. spread is the scale of
// the mean's error before it is rounded.
type moments struct {
	mean, variance        dd.Num
	spread, varianceScale float64
	finite                bool
}

func momentsOracle(r *Ref, p, j int) moments {
	return momentsOf(r.M, func(i int) dd.Num { return r.in(p, i, j) })
}

func momentsOf(n int, at func(i int) dd.Num) (m moments) {
	m.finite = true
	if n == 0 {
		return m
	}
	first, rows := at(0), num(float64(n))
	var off dd.Num // the mean minus the first, 0 where all are equal
	for i := range n {
		x := at(i)
		m.finite = m.finite && isFinite(x)
		m.mean = dd.Add(m.mean, dd.Div(x, rows))
		off = dd.Add(off, dd.Div(dd.Sub(x, first), rows))
	}
	if m.finite {
		m.mean = dd.Add(first, off)
	}
	for i := range n {
		d, e := dd.Sub(at(i), m.mean), size(dd.Sub(at(i), first))
		m.variance = dd.Add(m.variance, dd.Div(dd.Mul(d, d), rows))
		m.varianceScale += e * e / rows.Hi
	}
	if !m.finite {
		m.variance = num(math.NaN())
	}
	m.varianceScale = min(m.varianceScale, 18*m.variance.Hi)
	m.spread = math.Sqrt(m.varianceScale)
	return m
}

func (m *moments) setMean(r *Ref, p, j int) {
	if !m.finite && !m.mean.IsNaN() {
		r.want(p, 0, j, m.mean, NotFinite)
		return
	}
	r.want(p, 0, j, m.mean, m.meanScale())
}

func (m *moments) meanScale() float64 { return size(m.mean) + m.spread }

func (m *moments) setVariance(r *Ref, p, j int, v dd.Num) { r.want(p, 0, j, v, m.varianceScale) }

func batchNormForwardOracle(r *Ref) {
	const y, x, gamma, beta, mean, inv, runMean, runVar = 0, 1, 2, 3, 4, 5, 6, 7
	momentum, eps := batchNormHyper(r)
	for j := range r.N {
		if r.M == 0 {
			r.want(mean, 0, j, num(0), AnyValue)
			r.want(inv, 0, j, num(0), AnyValue)
			r.want(runMean, 0, j, r.in(runMean, 0, j), 0)
			r.want(runVar, 0, j, r.in(runVar, 0, j), 0)
			continue
		}
		m := momentsOracle(r, x, j)
		m.setMean(r, mean, j)
		spread := dd.Add(m.variance, eps)
		invStd := dd.Div(num(1), dd.Sqrt(spread))
		blowup := 1 + m.varianceScale/spread.Hi // relative error of the variance, in eps
		r.want(inv, 0, j, invStd, size(invStd)*blowup)

		rm, rv := r.in(runMean, 0, j), r.in(runVar, 0, j)
		newMean := dd.Add(rm, dd.Mul(momentum, dd.Sub(m.mean, rm)))
		unbiased := dd.Mul(m.variance, dd.Div(num(float64(r.M)), num(float64(max(1, r.M-1)))))
		newVar := dd.Add(rv, dd.Mul(momentum, dd.Sub(unbiased, rv)))
		meanScale := 2*size(rm) + m.meanScale()
		if !m.finite {
			meanScale = NotFinite
		}
		r.want(runMean, 0, j, newMean, meanScale)
		r.want(runVar, 0, j, newVar, 2*size(rv)+2*m.varianceScale)

		g, b := r.in(gamma, 0, j), r.in(beta, 0, j)
		scale := size(dd.Mul(g, invStd))
		for i := range r.M {
			d := dd.Sub(r.in(x, i, j), m.mean)
			v := dd.Add(productOf(g, invStd, d), b)
			s := scale*(m.spread+size(d)*blowup) + size(d)*r.underflow() + size(b)
			if g.IsInf(0) && !v.IsNaN() {
				s = NotFinite
			}
			if g.IsInf(0) && m.finite { // d may round to 0 or away from it
				v, s = g, NotFinite
			}
			batchNormWant(r, y, i, j, v, s)
		}
	}
}

// batchNormWant is want, of the activation of v where the case has one.
func batchNormWant(r *Ref, p, i, j int, v dd.Num, scale float64) {
	switch act := batchNormCases[r.Case].Act; {
	case act == kernels.ActIdentity:
	case scale == NotFinite: // and its activation may be a limit, or NaN
		scale = AnyValue
	default:
		f, _, fs, _ := activationOracle(act, v, r.DType)
		v, scale = f, 1.25*scale+fs // no activation of the cases is steeper
	}
	r.want(p, i, j, v, scale)
}

func batchNormInferOracle(r *Ref) {
	const y, x, gamma, beta, runMean, runVar = 0, 1, 2, 3, 6, 7
	_, eps := batchNormHyper(r)
	for j := range r.N {
		invStd := dd.Div(num(1), dd.Sqrt(dd.Add(r.in(runVar, 0, j), eps)))
		scale, b := dd.Mul(r.in(gamma, 0, j), invStd), r.in(beta, 0, j)
		for i := range r.M {
			v := dd.Mul(dd.Sub(r.in(x, i, j), r.in(runMean, 0, j)), scale)
			batchNormWant(r, y, i, j, dd.Add(v, b),
				size(v)+size(b)+size(dd.Sub(r.in(x, i, j), r.in(runMean, 0, j)))*r.underflow())
		}
	}
}

func batchNormBackwardOracle(r *Ref) {
	const dx, dy, x, gamma, mean, inv, dgamma, dbeta = 0, 1, 2, 3, 5, 6, 9, 10
	rows := num(float64(max(1, r.M)))
	for j := range r.N {
		mu, is := r.in(mean, 0, j), r.in(inv, 0, j)
		var s, dot sum
		for i := range r.M {
			s.add(r.in(dy, i, j))
			dot.addProduct(r.in(dy, i, j), dd.Sub(r.in(x, i, j), mu))
		}
		dg := dd.Mul(dot.value, is)
		if r.M == 0 {
			dg = num(0)
		}
		r.want(dbeta, 0, j, s.value, s.magnitude)
		// Where is lies below the smallest normal number, so does (x-mu)*is, which underflows in each row.
		r.want(dgamma, 0, j, dg, (dot.magnitude+rows.Hi*r.underflow())*size(is)+s.magnitude*r.underflow())

		k1 := dd.Mul(r.in(gamma, 0, j), is)
		k2, k3 := dd.Div(s.value, rows), dd.Div(dd.Mul(is, dg), rows)
		for i := range r.M {
			g, d := r.in(dy, i, j), dd.Sub(r.in(x, i, j), mu)
			v := dd.Mul(k1, dd.Sub(dd.Sub(g, k2), dd.Mul(d, k3)))
			bracket := size(g) + s.magnitude/rows.Hi + size(d)*size(is)*size(is)*dot.magnitude/rows.Hi
			// k1 too may be below the smallest normal number.
			small := size(k1)*backwardUnderflow(d, is) + bracket
			scale := size(k1)*bracket + small*r.underflow()
			if v.IsInf(0) { // one factor may be infinite and another underflow to 0
				scale = NotFinite
			}
			r.want(dx, i, j, v, scale)
		}
	}
}

// backwardUnderflow is the sum of the underflows in g - mean(g) - d * mean(g*d*is) * is, each
// times the factors that follow.
func backwardUnderflow(d, is dd.Num) float64 {
	return 2 + size(d)*(1+size(is)+size(is)*size(is))
}

func batchNormHyper(r *Ref) (momentum, eps dd.Num) {
	h := batchNormCases[r.Case]
	return num(r.DType.round(num(h.Momentum))), num(r.DType.round(num(h.Eps)))
}

// batchNormArgs takes the eight operands from the index of Gamma on.
func batchNormArgs[T kernels.Float](c *Call, i int) kernels.BatchNorm[T] {
	h := batchNormCases[c.Case]
	return kernels.BatchNorm[T]{Gamma: slice[T](c, i), Beta: slice[T](c, i+1), Mean: slice[T](c, i+2),
		InvStd: slice[T](c, i+3), RunMean: slice[T](c, i+4), RunVar: slice[T](c, i+5),
		Momentum: T(h.Momentum), Eps: T(h.Eps), Act: h.Act}
}

func runColumnMoments[T kernels.Float](c *Call) {
	mean, variance, x := slice[T](c, 0), slice[T](c, 1), slice[T](c, 2)
	kernels.ColumnMoments(c.M, c.N, mean, variance, x, c.ld(2))
}

func runBatchNormForward[T kernels.Float](c *Call) {
	y, x, p := slice[T](c, 0), slice[T](c, 1), batchNormArgs[T](c, 2)
	kernels.BatchNormForward(c.M, c.N, y, c.ld(0), x, c.ld(1), &p)
}

func runBatchNormInfer[T kernels.Float](c *Call) {
	y, x, p := slice[T](c, 0), slice[T](c, 1), batchNormArgs[T](c, 2)
	kernels.BatchNormInfer(c.M, c.N, y, c.ld(0), x, c.ld(1), &p)
}

func runBatchNormBackward[T kernels.Float](c *Call) {
	dx, dy, x, p := slice[T](c, 0), slice[T](c, 1), slice[T](c, 2), batchNormArgs[T](c, 3)
	dgamma, dbeta := slice[T](c, 9), slice[T](c, 10)
	kernels.BatchNormBackward(c.M, c.N, dx, c.ld(0), dy, c.ld(1), x, c.ld(2), &p, dgamma, dbeta)
}
