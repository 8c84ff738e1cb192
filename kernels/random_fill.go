package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/freelist"
	"github.com/ashlar-go/ashlar/internal/minimax"
)

// Uniform fills y with uniform random numbers,
//
//	y[i] = lo + (hi-lo) u,  u uniform in [0, 1) with 53 bits
//
// computed in float64 and rounded to T; in float32 the rounding can reach hi. hi-lo may overflow:
// the formula is then computed with halves. A bound that is infinite or NaN gives no finite
// number. Every tier draws the same bits for the same seed and stream.
func Uniform[T Float](y []T, lo, hi float64, seed, stream uint64) {
	raceWrite(y)
	d := draw{k: [2]float64{lo, hi - lo}, seed: seed, stream: stream}
	if math.IsInf(hi-lo, 0) && lo-lo == 0 && hi-hi == 0 {
		d.k, d.twice = [2]float64{lo / 2, hi/2 - lo/2}, true
	}
	if len(y) > maxCall {
		fillLong(uniformOf[T]{}, y, d)
		return
	}
	uniform(Active(), y, 0, d)
}

// Normal fills y with normal deviates of the given mean and standard deviation:
//
//	y[2k], y[2k+1] = mean + std r cos(2 pi v), mean + std r sin(2 pi v),  r = sqrt(-2 log(1-u))
//
// computed in float64 and rounded to T. u and v are uniform in [0, 1) with 53 bits, so a
// deviate is at most sqrt(106 log 2) = 8.57 standard deviations; 10^-17 of the mass of the
// distribution lies beyond. Every tier draws the same bits for the same seed and stream.
//
// Source: G. E. P. Box and M. E. Muller, A Note on the Generation of Random Normal Deviates,
// 1958.
func Normal[T Float](y []T, mean, std float64, seed, stream uint64) {
	raceWrite(y)
	d := draw{k: [2]float64{mean, std}, seed: seed, stream: stream}
	if len(y) > maxCall {
		fillLong(normalOf[T]{}, y, d)
		return
	}
	normal(Active(), y, 0, d)
}

// fillBlock is the unit in which the kernels take y: its length must be a multiple of it.
const fillBlock = 64

// draw is the parameters of a call: k is lo and hi-lo, or mean and std. With twice, y is two
// times what k says.
type draw struct {
	k            [2]float64
	seed, stream uint64
	twice        bool
}

// uniform and normal fill y, whose first element is element lo of the call. If the last block is
// not whole, they draw all of it and copy a part.

func uniform[T Float](t Tier, y []T, lo int, d draw) {
	n := len(y) &^ (fillBlock - 1)
	dispatchUniform(t, y[:n], d.k[0], d.k[1], uint64(lo), d.stream, d.seed)
	if n < len(y) {
		var last [fillBlock]T
		dispatchUniform(t, last[:], d.k[0], d.k[1], uint64(lo+n), d.stream, d.seed)
		copy(y[n:], last[:])
	}
	if d.twice {
		for i, v := range y {
			y[i] = 2 * v
		}
	}
}

func normal[T Float](t Tier, y []T, lo int, d draw) {
	n := len(y) &^ (fillBlock - 1)
	dispatchNormal(t, y[:n], d.k[0], d.k[1], uint64(lo/2), d.stream, d.seed)
	if n < len(y) {
		var last [fillBlock]T
		dispatchNormal(t, last[:], d.k[0], d.k[1], uint64((lo+n)/2), d.stream, d.seed)
		copy(y[n:], last[:])
	}
}

// fillKernel is uniform or normal, for a call that goes through the pool.
type fillKernel[T Float] interface {
	fill(t Tier, y []T, lo int, d draw)
}

type (
	uniformOf[T Float] struct{}
	normalOf[T Float]  struct{}
)

func (uniformOf[T]) fill(t Tier, y []T, lo int, d draw) { uniform(t, y, lo, d) }
func (normalOf[T]) fill(t Tier, y []T, lo int, d draw)  { normal(t, y, lo, d) }

// fillJob is a call of Uniform or Normal in the pool. A tile is a stretch.
type fillJob[T Float] struct {
	tier   Tier
	kernel fillKernel[T]
	y      []T
	draw   draw
}

var fillJobs freelist.Lists

// fillLong fills a vector longer than maxCall.
func fillLong[T Float](k fillKernel[T], y []T, d draw) {
	share[T](&fillJobs, stretches(len(y)), fillJob[T]{Active(), k, y, d})
}

func (j *fillJob[T]) tile(i int) {
	lo, hi := stretch(i, len(j.y))
	j.kernel.fill(j.tier, j.y[lo:hi], lo, j.draw)
}

func uniformGeneric[T Float](y []T, lo, span float64, first, stream, seed uint64) {
	for i := range y {
		u, _ := uniformPair(first+uint64(i), stream, seed)
		y[i] = T(lo + float64(span*u))
	}
}

// normalGeneric takes the same steps as the assembly, rounded alike.
func normalGeneric[T Float](y []T, mean, std float64, first, stream, seed uint64) {
	for i := 0; i < len(y); i += 2 {
		u, v := uniformPair(first+uint64(i/2), stream, seed)
		r := std * radius(u)
		cos, sin := turn(v)
		y[i], y[i+1] = T(mean+float64(r*cos)), T(mean+float64(r*sin))
	}
}

// radius returns sqrt(-2 log(1-u)). It splits 1-u = (1+g) 2^-n, 1+g from sqrt(1/2) to sqrt(2).
func radius(u float64) float64 {
	const bias = 1023
	w := 1 - u
	e := math.Float64bits(w*math.Sqrt(0.5)) >> 52
	n := float64(bias - 1 - int(e))
	g := math.Float64frombits(math.Float64bits(w)-e<<52+(bias-1)<<52) - 1
	low := math.FMA(float64(g*g), horner(minimax.Log64[2:], g), float64(n*-minimax.Ln2Lo64))
	return math.Sqrt(-2 * (math.FMA(-n, minimax.Ln2Hi64, g) + low))
}

// turn returns the cosine and the sine of v turns, 0 <= v <= 1. It takes those of the distance
// to the nearest quarter turn, swaps them if the number of the quarter is odd, and sets signs.
func turn(v float64) (cos, sin float64) {
	q := math.RoundToEven(4 * v)
	t := math.FMA(-q, 0.25, v)
	square := float64(t * t)
	sin, cos = float64(horner(minimax.SinTurn64[:], square)*t), horner(minimax.CosTurn64[:], square)
	switch int(q) & 3 {
	case 1:
		return -sin, cos
	case 2:
		return -cos, -sin
	case 3:
		return sin, -cos
	}
	return cos, sin
}

// horner returns c[0] + x*(c[1] + x*(c[2] + ...)).
func horner(c []float64, x float64) float64 {
	p := c[len(c)-1]
	for i := len(c) - 2; i >= 0; i-- {
		p = math.FMA(p, x, c[i])
	}
	return p
}

// uniformPair returns two numbers in [0, 1) with 53 random bits each.
func uniformPair(counter, stream, seed uint64) (u, v float64) {
	a, b, c, d := philox(counter, stream, seed)
	return unit(a, b), unit(c, d)
}

func unit(lo, hi uint32) float64 {
	return float64((uint64(hi)<<32|uint64(lo))>>11) * 0x1p-53
}
