package spec

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/kernels"
)

// layerNormEps is eps of the norms of rows in the table, exact in float32.
const layerNormEps = 0x1p-17

func layerNormLines() []line {
	tol := Tol{Kind: Scaled, Max: 8, Worst: func(s Sizes) float64 {
		return 8 + float64(max(min(s.M, rowChunk), min(s.N, rowChunkCols)/8)+ceilDiv(s.N, rowChunkCols))/2
	}}
	y, x := matrix("y", Out, Moderate, "x"), matrix("x", In, Moderate)
	dx, dy := matrix("dx", Out, Moderate, "dy", "x"), matrix("dy", In, Moderate)
	gamma := vector("gamma", In, Moderate)
	add := func(kernel string, oracle func(*Ref), run32, run64 func(*Call), params ...Param) line {
		return line{Row: Row{Kernel: kernel, Dims: "MN", Tol: tol, Params: params, Ref: oracle},
			run: calls{run32, run64}}
	}
	return []line{
		add("LayerNormForward", layerNormForwardOracle,
			runLayerNormForward[float32], runLayerNormForward[float64],
			y, x, gamma, vector("beta", In, Moderate), column("mean", Out, Moderate),
			column("invStd", Out, Positive)),
		add("LayerNormBackward", func(r *Ref) { rowNormBackwardOracle(r, 4, 5) },
			runLayerNormBackward[float32], runLayerNormBackward[float64],
			dx, dy, x, gamma, column("mean", In, Moderate), column("invStd", In, Positive),
			vector("dgamma", Out, Moderate), vector("dbeta", Out, Moderate)),
		add("RMSNormForward", rmsNormForwardOracle, runRMSNormForward[float32], runRMSNormForward[float64],
			y, x, gamma, column("invRMS", Out, Positive)),
		add("RMSNormBackward", func(r *Ref) { rowNormBackwardOracle(r, -1, 4) },
			runRMSNormBackward[float32], runRMSNormBackward[float64],
			dx, dy, x, gamma, column("invRMS", In, Positive), vector("dgamma", Out, Moderate)),
	}
}

func layerNormForwardOracle(r *Ref) {
	const y, x, gamma, beta, mean, inv = 0, 1, 2, 3, 4, 5
	for i := range r.M {
		if r.N == 0 {
			r.want(mean, 0, i, num(0), AnyValue)
			r.want(inv, 0, i, num(0), AnyValue)
			continue
		}
		m := momentsOf(r.N, func(j int) dd.Num { return r.in(x, i, j) })
		m.setMean(r, mean, i)
		spread := dd.Add(m.variance, num(layerNormEps))
		invStd := dd.Div(num(1), dd.Sqrt(spread))
		blowup := 1 + m.varianceScale/spread.Hi // relative error of the variance, in eps
		r.want(inv, 0, i, invStd, size(invStd)*blowup)
		for j := range r.N {
			g, b := r.in(gamma, 0, j), r.in(beta, 0, j)
			d := dd.Sub(r.in(x, i, j), m.mean)
			v := dd.Add(productOf(d, invStd, g), b)
			s := size(dd.Mul(g, invStd))*(m.spread+size(d)*blowup) + size(g)*r.underflow() + size(b)
			if g.IsInf(0) && m.finite { // d may round to 0 or away from it
				v, s = g, NotFinite
			}
			r.want(y, i, j, v, s)
		}
	}
}

func rmsNormForwardOracle(r *Ref) {
	const y, x, gamma, inv = 0, 1, 2, 3
	for i := range r.M {
		if r.N == 0 {
			r.want(inv, 0, i, num(0), AnyValue)
			continue
		}
		square := num(0)
		for j := range r.N {
			square = dd.Add(square, dd.Div(dd.Mul(r.in(x, i, j), r.in(x, i, j)), num(float64(r.N))))
		}
		invRMS := dd.Div(num(1), dd.Sqrt(dd.Add(square, num(layerNormEps))))
		r.want(inv, 0, i, invRMS, size(invRMS))
		for j := range r.N {
			v := productOf(r.in(x, i, j), invRMS, r.in(gamma, 0, j))
			r.want(y, i, j, v, 2*size(v)+size(r.in(gamma, 0, j))*r.underflow())
		}
	}
}

// rowNormBackwardOracle has the operands dx, dy, x, gamma, the mean (LayerNorm only), the
// inverse, and then the sums.
func rowNormBackwardOracle(r *Ref, mean, inv int) {
	const dx, dy, x, gamma = 0, 1, 2, 3
	mu := func(i int) dd.Num {
		if mean < 0 {
			return num(0)
		}
		return r.in(mean, 0, i)
	}
	anyAgain := false
	for i := range r.M {
		anyAgain = anyAgain || r.inverseAgain(x, inv, i, mu)
	}
	for j := range r.N {
		var s, dot sum
		for i := range r.M {
			s.add(r.in(dy, i, j))
			dot.add(dd.Mul(r.in(dy, i, j), dd.Mul(dd.Sub(r.in(x, i, j), mu(i)), r.in(inv, 0, i))))
			dot.magnitude += (1 + size(r.in(dy, i, j))) * r.underflow()
		}
		if anyAgain {
			dot.magnitude = AnyValue
		}
		r.want(inv+1, 0, j, dot.value, dot.magnitude)
		if mean >= 0 {
			r.want(inv+2, 0, j, s.value, s.magnitude)
		}
	}
	cols := num(float64(r.N))
	for i := range r.M {
		var s, dot sum
		for j := range r.N {
			t := dd.Mul(r.in(dy, i, j), r.in(gamma, 0, j))
			s.add(t)
			dot.add(dd.Mul(t, dd.Sub(r.in(x, i, j), mu(i))))
		}
		is := r.in(inv, 0, i)
		c1, k := dd.Div(s.value, cols), dd.Div(productOf(dot.value, is, is), cols)
		if mean < 0 {
			c1, s.magnitude = num(0), 0
		}
		for j := range r.N {
			t, d := dd.Mul(r.in(dy, i, j), r.in(gamma, 0, j)), dd.Sub(r.in(x, i, j), mu(i))
			v := dd.Mul(is, dd.Sub(dd.Sub(t, c1), dd.Mul(d, k)))
			bracket := size(t) + s.magnitude/cols.Hi + size(d)*size(is)*size(is)*dot.magnitude/cols.Hi
			scale := size(is) * (bracket + (1+backwardUnderflow(d, is))*r.underflow())
			if v.IsInf(0) { // one factor may be infinite and another underflow to 0
				scale = NotFinite
			}
			if r.inverseAgain(x, inv, i, mu) {
				scale = AnyValue
			}
			r.want(dx, i, j, v, scale)
		}
	}
}

// inverseAgain reports whether the inverse deviation of row i is +Inf because that of x is beyond
// the type. Backward then computes it again from x; TestNormRange of kernels has what it gives.
func (r *Ref) inverseAgain(x, inv, i int, mu func(i int) dd.Num) bool {
	if !r.in(inv, 0, i).IsInf(1) {
		return false
	}
	deviation := 0.0
	for j := range r.N {
		deviation = math.Hypot(deviation, dd.Sub(r.in(x, i, j), mu(i)).Hi)
	}
	deviation /= math.Sqrt(float64(r.N))
	return deviation > 0 && 1/deviation > r.DType.Max()
}

func runLayerNormForward[T kernels.Float](c *Call) {
	y, x, gamma, beta, mean, inv := slice[T](c, 0), slice[T](c, 1), slice[T](c, 2), slice[T](c, 3),
		slice[T](c, 4), slice[T](c, 5)
	kernels.LayerNormForward(c.M, c.N, y, c.ld(0), x, c.ld(1), gamma, beta, mean, inv, layerNormEps)
}

func runLayerNormBackward[T kernels.Float](c *Call) {
	dx, dy, x, gamma := slice[T](c, 0), slice[T](c, 1), slice[T](c, 2), slice[T](c, 3)
	mean, inv, dgamma, dbeta := slice[T](c, 4), slice[T](c, 5), slice[T](c, 6), slice[T](c, 7)
	kernels.LayerNormBackward(c.M, c.N, dx, c.ld(0), dy, c.ld(1), x, c.ld(2), gamma,
		mean, inv, dgamma, dbeta)
}

func runRMSNormForward[T kernels.Float](c *Call) {
	y, x, gamma, inv := slice[T](c, 0), slice[T](c, 1), slice[T](c, 2), slice[T](c, 3)
	kernels.RMSNormForward(c.M, c.N, y, c.ld(0), x, c.ld(1), gamma, inv, layerNormEps)
}

func runRMSNormBackward[T kernels.Float](c *Call) {
	dx, dy, x, gamma := slice[T](c, 0), slice[T](c, 1), slice[T](c, 2), slice[T](c, 3)
	inv, dgamma := slice[T](c, 4), slice[T](c, 5)
	kernels.RMSNormBackward(c.M, c.N, dx, c.ld(0), dy, c.ld(1), x, c.ld(2), gamma, inv, dgamma)
}
