package spec

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/kernels"
)

// dropoutCases and rangeCases are the settings of the random kernels in the table.
var (
	dropoutCases = []struct {
		p            float64
		seed, stream uint64
	}{{0.5, 1, 0}, {0.1, 1 << 63, 7}, {0, 5, 5}, {0.9, 0xDEADBEEF, 1 << 40},
		{1 - float64(philoxOracle(0, 3, 9)[0])/0x1p32, 9, 3}} // the word of element 0 is the threshold
	rangeCases = []struct{ a, b float64 }{{0, 1}, {-2, 3}} // lo and hi, or mean and standard deviation
)

func randomLines() []line {
	var drop, ranges []string
	for _, c := range dropoutCases {
		drop = append(drop, fmt.Sprintf("p=%v seed=%d stream=%d", c.p, c.seed, c.stream))
	}
	for _, c := range rangeCases {
		ranges = append(ranges, fmt.Sprintf("%v,%v", c.a, c.b))
	}
	return []line{
		{Row: Row{Kernel: "Dropout", Dims: "N", Cases: drop, Tol: Tol{Kind: Scaled, Max: 2}, Bitwise: true,
			Params: []Param{vector("y", Out, Any, "x"), vector("x", In, Any)},
			Ref: func(r *Ref) {
				c := dropoutCases[r.Case]
				for i := range r.N {
					word := philoxOracle(uint64(i/64*16+i%16), c.stream, c.seed)[i%64/16]
					v := num(0)
					if float64(word) < math.RoundToEven((1-c.p)*0x1p32) {
						v = dd.Div(r.in(1, 0, i), dd.Sub(num(1), num(c.p)))
					}
					r.want(0, 0, i, v, size(v))
				}
			}},
			run: calls{runDropout[float32], runDropout[float64]}},
		{Row: Row{Kernel: "Uniform", Dims: "N", Cases: ranges, Tol: Tol{Kind: Scaled, Max: 1}, Bitwise: true,
			Params: []Param{vector("y", Out, Any)},
			Ref: func(r *Ref) {
				c := rangeCases[r.Case]
				for i := range r.N {
					v := dd.Add(num(c.a), dd.Mul(num(c.b-c.a), unitOracle(i, 0)))
					r.want(0, 0, i, v, size(num(c.a))+size(num(c.b)))
				}
			}},
			run: calls{runUniform[float32], runUniform[float64]}},
		{Row: Row{Kernel: "Normal", Dims: "N", Cases: ranges, Tol: Tol{Kind: Scaled, Max: 4}, Bitwise: true,
			Params: []Param{vector("y", Out, Any)},
			Ref: func(r *Ref) {
				c := rangeCases[r.Case]
				for i := range r.N {
					radius := dd.Sqrt(dd.Mul(num(-2), dd.Log(dd.Sub(num(1), unitOracle(i/2, 0)))))
					turn := dd.Sub(unitOracle(i/2, 1), num(float64(i%2)/4)) // sin t = cos(t - 1/4 turn)
					v := productOf(num(c.b), radius, cosTurns(turn))
					r.want(0, 0, i, dd.Add(num(c.a), v), size(num(c.a))+2*size(num(c.b))*size(radius))
				}
			}},
			run: calls{runNormal[float32], runNormal[float64]}},
	}
}

// philoxOracle is Philox4x32-10, word by word (Salmon, Moraes, Dror, Shaw: Parallel random numbers:
// as easy as 1, 2, 3, 2011).
func philoxOracle(counter, stream, seed uint64) [4]uint32 {
	x := [4]uint32{uint32(counter), uint32(counter >> 32), uint32(stream), uint32(stream >> 32)}
	k := [2]uint32{uint32(seed), uint32(seed >> 32)}
	for round := range uint32(10) {
		p, q := uint64(0xD2511F53)*uint64(x[0]), uint64(0xCD9E8D57)*uint64(x[2])
		x = [4]uint32{uint32(q>>32) ^ x[1] ^ (k[0] + round*0x9E3779B9), uint32(q),
			uint32(p>>32) ^ x[3] ^ (k[1] + round*0xBB67AE85), uint32(p)}
	}
	return x
}

// Uniform and Normal in the table draw from this seed and stream.
const tableSeed, tableStream = 42, 3

// unitOracle is the first (which = 0) or second (1) number of a counter, in [0, 1).
func unitOracle(counter, which int) dd.Num {
	w := philoxOracle(uint64(counter), tableStream, tableSeed)
	high, low := w[2*which+1], w[2*which]
	return num(math.Ldexp(float64(high), -32) + math.Ldexp(float64(low>>11), -53))
}

// cosTurns is cos(2 pi t), from the Taylor series about the nearest quarter turn.
func cosTurns(t dd.Num) dd.Num {
	quarter := math.RoundToEven(4 * t.Hi)
	x := dd.Mul(dd.Sub(t, num(quarter/4)), dd.Mul(num(2), piDD))
	first := int(quarter) & 1 // the series of cos or of sin
	term := num(1)
	if first == 1 {
		term = x
	}
	sum := term
	for n := first + 1; n < 40; n += 2 {
		term = dd.Neg(dd.Div(productOf(term, x, x), num(float64(n*(n+1)))))
		sum = dd.Add(sum, term)
	}
	if q := int(quarter) & 3; q == 1 || q == 2 {
		return dd.Neg(sum)
	}
	return sum
}

func runDropout[T kernels.Float](c *Call) {
	y, x, h := slice[T](c, 0), slice[T](c, 1), dropoutCases[c.Case]
	kernels.Dropout(y, x, h.p, h.seed, h.stream)
}

func runUniform[T kernels.Float](c *Call) {
	y, h := slice[T](c, 0), rangeCases[c.Case]
	kernels.Uniform(y, h.a, h.b, tableSeed, tableStream)
}

func runNormal[T kernels.Float](c *Call) {
	y, h := slice[T](c, 0), rangeCases[c.Case]
	kernels.Normal(y, h.a, h.b, tableSeed, tableStream)
}
