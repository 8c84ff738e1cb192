package spec

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/kernels"
)

func sumLines() []line {
	worst := func(s Sizes) float64 {
		chain := max(min(s.N, sumChunk)/32, min(s.N, rowChunkCols)/8,
			min(s.N, genericChain)+min(s.N, sumChunk)/genericChain)
		return 5 + float64(chain+ceilDiv(s.N, rowChunkCols))/2
	}
	tol := Tol{Kind: Scaled, Max: 3, Worst: worst}
	add := func(kernel string, d Domain, oracle func(*Ref), run32, run64 func(*Call)) line {
		tol := tol
		if kernel == "Variance" { // the mean square less a square of the mean: thrice the error of a sum
			tol.Worst = func(s Sizes) float64 { return 3 * worst(s) }
		}
		return line{Row: Row{Kernel: kernel, Dims: "N", Tol: tol, Returns: true,
			Params: []Param{vector("x", In, d)}, Ref: oracle},
			run: calls{run32, run64}}
	}
	return []line{
		add("Sum", Any, func(r *Ref) {
			var s combination
			for j := range r.N {
				s.add(r.in(0, 0, j))
			}
			r.returns(&s)
		}, runSum[float32], runSum[float64]),
		add("Mean", Moderate, func(r *Ref) {
			var s sum
			for j := range r.N {
				s.add(r.in(0, 0, j))
			}
			n := float64(r.N)
			r.HasResult, r.Result = true, dd.Div(s.value, num(n))
			r.ResultScale = s.magnitude/max(1, n) + r.underflow()
			if r.N == 0 {
				r.Result = num(math.NaN())
			}
		}, runMean[float32], runMean[float64]),
		add("Variance", Moderate, func(r *Ref) {
			m := momentsOf(r.N, func(j int) dd.Num { return r.in(0, 0, j) })
			r.HasResult, r.Result, r.ResultScale = true, m.variance, m.varianceScale+r.underflow()
			if r.N == 0 {
				r.Result = num(math.NaN())
			}
		}, runVariance[float32], runVariance[float64]),
		add("SumSquares", Moderate, func(r *Ref) {
			var s sum
			for j := range r.N {
				s.add(dd.Mul(r.in(0, 0, j), r.in(0, 0, j)))
			}
			r.HasResult, r.Result, r.ResultScale = true, s.value, s.magnitude+r.underflow()
		}, runSumSquares[float32], runSumSquares[float64]),
	}
}

func runSum[T kernels.Float](c *Call) {
	c.Result = float64(kernels.Sum(slice[T](c, 0)))
}

func runMean[T kernels.Float](c *Call) {
	c.Result = float64(kernels.Mean(slice[T](c, 0)))
}

func runVariance[T kernels.Float](c *Call) {
	c.Result = float64(kernels.Variance(slice[T](c, 0)))
}

// runSumSquares passes the operand as two vectors.
func runSumSquares[T kernels.Float](c *Call) {
	x := slice[T](c, 0)
	c.Result = kernels.SumSquares(x[:len(x)/3], x[len(x)/3:])
}
