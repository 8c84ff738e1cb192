package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// The vector operations of BLAS level 1, on vectors of unit stride. Sums run in chunks of
// sumChunk elements. The chunks of a stretch of maxCall elements are added in float64, and so
// are the stretches, in their order; threads share the stretches. So a sum depends on the tier
// and the length alone.

// Dot returns the sum of x[i] * y[i]. x and y may overlap. A NaN in either vector, or
// an infinity times 0, makes it NaN. The error is at most 3 eps times the sum of
// |x[i]*y[i]| on random data, and about 256 eps times that sum at worst. Partial sums are of
// type T and may overflow.
func Dot[T Float](x, y []T) T {
	checkLen("Dot", "y", len(y), len(x))
	raceRead(x)
	raceRead(y)
	if len(x) > sumChunk {
		return T(dot(Active(), x, y))
	}
	var sum [1]T
	dispatchDot(Active(), sum[:], x, y)
	return sum[0]
}

// AbsSum returns the sum of |x[i]|. A NaN makes it NaN. The error is at most 4 eps times
// the sum on random data, and about 256 eps times the sum at worst.
func AbsSum[T Float](x []T) T {
	raceRead(x)
	if len(x) > sumChunk {
		return T(absSum(Active(), x))
	}
	var sum [1]T
	dispatchAbsSum(Active(), sum[:], x)
	return sum[0]
}

// Norm2 returns the Euclidean norm, the root of the sum of x[i]^2. It is accurate over the
// whole range of T: if the plain sum of squares overflows or is so small that squares may have
// vanished, a second pass scales the elements by a power of two. A NaN makes it NaN, else an
// infinity makes it +Inf. The error is at most 2 eps times the norm on random data.
func Norm2[T Float](x []T) T {
	raceRead(x)
	return norm2(Active(), x)
}

// Axpy computes
//
//	y[i] += alpha * x[i]
//
// rounded once on assembly tiers and twice in pure Go. x and y must not overlap. alpha = 0 is
// no exception: a NaN or infinity in x makes NaN.
func Axpy[T Float](y []T, alpha T, x []T) {
	const op = "Axpy"
	checkLen(op, "x", len(x), len(y))
	if meet(y, x) {
		overlap(op, "y", "x")
	}
	raceRead(x)
	raceWrite(y)
	if len(y) > maxCall {
		axpy(Active(), y, alpha, x)
		return
	}
	dispatchAxpy(Active(), y, alpha, x)
}

// Scale computes
//
//	y[i] = alpha * x[i]
//
// rounded once. y may be x itself. alpha = 0 is no exception: a NaN or infinity in x makes NaN.
func Scale[T Float](y []T, alpha T, x []T) {
	const op = "Scale"
	checkLen(op, "x", len(x), len(y))
	if meet(y, x) && &y[0] != &x[0] {
		overlap(op, "y", "x")
	}
	raceRead(x)
	raceWrite(y)
	scale(Active(), y, alpha, x)
}

// Divide computes
//
//	y[i] = x[i] / d
//
// rounded once, where [Scale] by 1/d would round twice. y may be x itself. d = 0 is no
// exception: 0/0 is NaN and x/0 an infinity.
func Divide[T Float](y, x []T, d T) {
	const op = "Divide"
	checkLen(op, "x", len(x), len(y))
	if meet(y, x) && &y[0] != &x[0] {
		overlap(op, "y", "x")
	}
	raceRead(x)
	raceWrite(y)
	divide(Active(), y, x, d)
}

// Swap exchanges the elements of x and y, which must not overlap.
func Swap[T Float](x, y []T) {
	const op = "Swap"
	checkLen(op, "y", len(y), len(x))
	if meet(x, y) {
		overlap(op, "x", "y")
	}
	raceWrite(x)
	raceWrite(y)
	swap(Active(), x, y)
}

// Rot applies a plane rotation to the points (x[i], y[i]):
//
//	x[i], y[i] = c*x[i] + s*y[i], c*y[i] - s*x[i]
//
// Assembly tiers round the first product of each sum and not the second; pure Go rounds both.
// x and y must not overlap.
func Rot[T Float](x, y []T, c, s T) {
	const op = "Rot"
	checkLen(op, "y", len(y), len(x))
	if meet(x, y) {
		overlap(op, "x", "y")
	}
	raceWrite(x)
	raceWrite(y)
	rot(Active(), x, y, c, s)
}

// sumChunk is the number of elements that are summed in type T: on AVX2 a chain of 256 float32,
// or 512 float64, in each lane of four accumulators. [Dot] and [AbsSum] send vectors up to this
// length straight to the kernel, since for short vectors more calls cost as much as the sum.
const sumChunk = 1 << 13

func dot[T Float](t Tier, x, y []T) float64 {
	if len(x) <= maxCall {
		return dotStretch(t, x, y)
	}
	return sumLong(t, products[T]{}, 0, x, y)
}

func absSum[T Float](t Tier, x []T) float64 {
	if len(x) <= maxCall {
		return absSumStretch(t, x)
	}
	return sumLong(t, magnitudes[T]{}, 0, x, nil)
}

// dotStretch is the sum of x*y over one stretch.
func dotStretch[T Float](t Tier, x, y []T) float64 {
	var part [1]T
	total := 0.0
	for i := 0; i < len(x); i += sumChunk {
		end := min(i+sumChunk, len(x))
		dispatchDot(t, part[:], x[i:end], y[i:end])
		total += float64(part[0])
	}
	return total
}

// absSumStretch is the sum of |x| over one stretch.
func absSumStretch[T Float](t Tier, x []T) float64 {
	var part [1]T
	total := 0.0
	for i := 0; i < len(x); i += sumChunk {
		end := min(i+sumChunk, len(x))
		dispatchAbsSum(t, part[:], x[i:end])
		total += float64(part[0])
	}
	return total
}

// sumSquaresStretch is the sum of x^2 over one stretch.
func sumSquaresStretch[T Float](t Tier, x []T) float64 {
	var part [1]T
	total := 0.0
	for i := 0; i < len(x); i += sumChunk {
		end := min(i+sumChunk, len(x))
		dispatchSumSquares(t, part[:], x[i:end])
		total += float64(part[0])
	}
	return total
}

// sumKernel sums a stretch of a vector, or of two, for a call that goes through the pool. A
// short call names the function instead: operands that go through an interface escape.
type sumKernel[T Float] interface {
	sum(t Tier, factor T, x, y []T) float64
}

type (
	products[T Float]      struct{}
	magnitudes[T Float]    struct{}
	squares[T Float]       struct{}
	scaledSquares[T Float] struct{}
)

func (products[T]) sum(t Tier, _ T, x, y []T) float64   { return dotStretch(t, x, y) }
func (magnitudes[T]) sum(t Tier, _ T, x, _ []T) float64 { return absSumStretch(t, x) }
func (squares[T]) sum(t Tier, _ T, x, _ []T) float64    { return sumSquaresStretch(t, x) }

func (scaledSquares[T]) sum(t Tier, factor T, x, _ []T) float64 {
	return sumSquaresScaled(t, factor, x)
}

// sumJob is a sum in the pool. A tile is a stretch.
type sumJob[T Float] struct {
	tier   Tier
	kernel sumKernel[T]
	factor T
	x, y   []T // y is nil where the kernel does not read it
	sums   tileResults
}

var sumJobs freelist.Lists

// sumLong sums vectors longer than maxCall.
func sumLong[T Float](t Tier, k sumKernel[T], factor T, x, y []T) float64 {
	tiles := stretches(len(x))
	sums := takeResults(tiles)
	share[T](&sumJobs, tiles, sumJob[T]{t, k, factor, x, y, *sums})
	return sums.sum()
}

func (j *sumJob[T]) tile(i int) {
	lo, hi := stretch(i, len(j.x))
	y := j.y
	if y != nil {
		y = y[lo:hi]
	}
	j.sums[i] = j.kernel.sum(j.tier, j.factor, j.x[lo:hi], y)
}

// genericChunk is the number of elements that the generic tier sums in type T. It has only four
// accumulators, so sumChunk elements would make chains too long.
const genericChunk = 512

// dotGeneric computes sum[0] = sum of x*y.
func dotGeneric[T Float](sum, x, y []T) {
	total := 0.0
	for len(x) > genericChunk {
		total += float64(dotChunk(x[:genericChunk], y))
		x, y = x[genericChunk:], y[genericChunk:]
	}
	sum[0] = T(total + float64(dotChunk(x, y)))
}

func dotChunk[T Float](x, y []T) T {
	y = y[:len(x)]
	var s0, s1, s2, s3 T
	i := 0
	for ; i+4 <= len(x); i += 4 {
		a, b := x[i:i+4:i+4], y[i:i+4:i+4]
		s0 += T(a[0] * b[0])
		s1 += T(a[1] * b[1])
		s2 += T(a[2] * b[2])
		s3 += T(a[3] * b[3])
	}
	for ; i < len(x); i++ {
		s0 += T(x[i] * y[i])
	}
	return (s0 + s1) + (s2 + s3)
}

// absSumGeneric computes sum[0] = sum of |x|.
func absSumGeneric[T Float](sum, x []T) {
	total := 0.0
	for len(x) > genericChunk {
		total += float64(absSumChunk(x[:genericChunk]))
		x = x[genericChunk:]
	}
	sum[0] = T(total + float64(absSumChunk(x)))
}

func absSumChunk[T Float](x []T) T {
	var s0, s1, s2, s3 T
	i := 0
	for ; i+4 <= len(x); i += 4 {
		a := x[i : i+4 : i+4]
		s0 += abs(a[0])
		s1 += abs(a[1])
		s2 += abs(a[2])
		s3 += abs(a[3])
	}
	for ; i < len(x); i++ {
		s0 += abs(x[i])
	}
	return (s0 + s1) + (s2 + s3)
}

// sumSquaresGeneric computes sum[0] = sum of x*x.
func sumSquaresGeneric[T Float](sum, x []T) { dotGeneric(sum, x, x) }

// abs returns |x|. Converting to float64 and back would cost more than the rest of a sum.
func abs[T Float](x T) T {
	if isF32[T]() {
		return T(math.Float32frombits(math.Float32bits(float32(x)) &^ (1 << 31)))
	}
	return T(math.Abs(float64(x)))
}

// normRange bounds the sums of squares that are as accurate as their terms. Below low*len(x)
// the loss of the smallest squares to underflow may count; the elements are then multiplied by
// up. After an overflow they are multiplied by down. See sumSquaresAgain.
type normRange struct{ low, up, down float64 }

func normRangeOf[T Float]() normRange {
	if isF32[T]() {
		return normRange{low: 0x1p-124, up: 0x1p+100, down: 0x1p-70}
	}
	return normRange{low: 0x1p-1020, up: 0x1p+600, down: 0x1p-600}
}

// norm2 is Norm2 on a given tier.
func norm2[T Float](t Tier, x []T) T {
	sum := sumSquaresOf(t, x)
	if isFair(sum) {
		return T(math.Sqrt(sum))
	}
	sum, factor := sumSquaresAgain(t, x, sum)
	return T(math.Sqrt(sum) / factor)
}

// isFair reports whether a sum of squares is finite and so large that squares lost to underflow,
// however many, do not count.
func isFair(sum float64) bool { return sum >= 0x1p-60 && sum <= math.MaxFloat64 }

// sumSquaresAgain returns the sum of (factor*x)^2 and a factor for which that sum is as accurate
// as its terms. sum is the one with factor 1, which is returned if it is accurate already.
//
// In float32 (float64 likewise): underflow changes a square by at most 2^-150, half the smallest
// subnormal number, so low*len(x) is 2^26 times the loss of all squares. If the sum is below
// that, every element is below 2^-62 sqrt(len(x)), and the square of up times it is neither
// subnormal nor large. After an overflow the sum is above 2^127, so times down^2 above 2^-13,
// beside which squares that then vanish do not count.
//
// Source: J. L. Blue, A Portable Fortran Program to Find the Euclidean Norm of a Vector, ACM
// TOMS 4(1), 1978, with one accumulator at a time.
func sumSquaresAgain[T Float](t Tier, x []T, sum float64) (again, factor float64) {
	r := normRangeOf[T]()
	switch {
	case sum != sum:
		return sum, 1
	case math.IsInf(sum, 1):
		factor = r.down
	case sum < r.low*float64(len(x)):
		factor = r.up
	default:
		return sum, 1
	}
	return scaledSumSquares(t, T(factor), x), factor
}

// sumSquaresOf returns the sum of x^2.
func sumSquaresOf[T Float](t Tier, x []T) float64 {
	if len(x) <= maxCall {
		return sumSquaresStretch(t, x)
	}
	return sumLong(t, squares[T]{}, 0, x, nil)
}

// scaledSumSquares returns the sum of (factor*x)^2.
func scaledSumSquares[T Float](t Tier, factor T, x []T) float64 {
	if len(x) <= maxCall {
		return sumSquaresScaled(t, factor, x)
	}
	return sumLong(t, scaledSquares[T]{}, factor, x, nil)
}

// sumSquaresScaled returns the sum of (factor*x)^2 over one stretch.
func sumSquaresScaled[T Float](t Tier, factor T, x []T) float64 {
	var scaled [256]T
	total := 0.0
	for len(x) > 0 {
		n := min(len(x), len(scaled))
		dispatchScale(t, scaled[:n], factor, x[:n])
		total += sumSquaresStretch(t, scaled[:n])
		x = x[n:]
	}
	return total
}

func axpy[T Float](t Tier, y []T, alpha T, x []T) {
	if len(y) <= maxCall {
		dispatchAxpy(t, y, alpha, x)
		return
	}
	vectorsLong(t, axpyOf[T]{}, y, x, alpha, 0)
}

// axpyGeneric computes y = y + alpha*x, four elements a turn: a turn of a loop takes two cycles or
// more, whatever is in it. The other loops here do the same.
func axpyGeneric[T Float](y []T, alpha T, x []T) {
	x = x[:len(y)]
	i := 0
	for ; i+4 <= len(y); i += 4 {
		d, s := y[i:i+4:i+4], x[i:i+4:i+4]
		d[0] += T(alpha * s[0])
		d[1] += T(alpha * s[1])
		d[2] += T(alpha * s[2])
		d[3] += T(alpha * s[3])
	}
	for ; i < len(y); i++ {
		y[i] += T(alpha * x[i])
	}
}

func scale[T Float](t Tier, y []T, alpha T, x []T) {
	if len(y) <= maxCall {
		dispatchScale(t, y, alpha, x)
		return
	}
	vectorsLong(t, scaleOf[T]{}, y, x, alpha, 0)
}

// scaleGeneric computes y = alpha*x.
func scaleGeneric[T Float](y []T, alpha T, x []T) {
	x = x[:len(y)]
	i := 0
	for ; i+4 <= len(y); i += 4 {
		d, s := y[i:i+4:i+4], x[i:i+4:i+4]
		d[0], d[1], d[2], d[3] = alpha*s[0], alpha*s[1], alpha*s[2], alpha*s[3]
	}
	for ; i < len(y); i++ {
		y[i] = alpha * x[i]
	}
}

func divide[T Float](t Tier, y, x []T, d T) {
	if len(y) <= maxCall {
		dispatchDivide(t, y, x, d)
		return
	}
	vectorsLong(t, divideOf[T]{}, y, x, d, 0)
}

// divideGeneric computes y = x/d.
func divideGeneric[T Float](y, x []T, d T) {
	x = x[:len(y)]
	for i := range y {
		y[i] = x[i] / d
	}
}

func swap[T Float](t Tier, x, y []T) {
	if len(x) <= maxCall {
		dispatchSwap(t, x, y)
		return
	}
	vectorsLong(t, swapOf[T]{}, x, y, 0, 0)
}

// swapGeneric computes x, y = y, x.
func swapGeneric[T Float](x, y []T) {
	y = y[:len(x)]
	i := 0
	for ; i+4 <= len(x); i += 4 {
		a, b := x[i:i+4:i+4], y[i:i+4:i+4]
		a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3] = b[0], b[1], b[2], b[3], a[0], a[1], a[2], a[3]
	}
	for ; i < len(x); i++ {
		x[i], y[i] = y[i], x[i]
	}
}

func rot[T Float](t Tier, x, y []T, c, s T) {
	if len(x) <= maxCall {
		dispatchRot(t, x, y, c, s)
		return
	}
	vectorsLong(t, rotOf[T]{}, x, y, c, s)
}

// vectorKernel computes a stretch of y, and for Swap and Rot of x too, for a call that goes
// through the pool. c and s are the scalars of the operation.
type vectorKernel[T Float] interface {
	apply(t Tier, y, x []T, c, s T)
}

type (
	axpyOf[T Float]   struct{}
	scaleOf[T Float]  struct{}
	divideOf[T Float] struct{}
	swapOf[T Float]   struct{}
	rotOf[T Float]    struct{}
)

func (axpyOf[T]) apply(t Tier, y, x []T, alpha, _ T)  { dispatchAxpy(t, y, alpha, x) }
func (scaleOf[T]) apply(t Tier, y, x []T, alpha, _ T) { dispatchScale(t, y, alpha, x) }
func (divideOf[T]) apply(t Tier, y, x []T, d, _ T)    { dispatchDivide(t, y, x, d) }
func (swapOf[T]) apply(t Tier, x, y []T, _, _ T)      { dispatchSwap(t, x, y) }
func (rotOf[T]) apply(t Tier, x, y []T, c, s T)       { dispatchRot(t, x, y, c, s) }

// vectorJob is an elementwise call in the pool. A tile is a stretch.
type vectorJob[T Float] struct {
	tier   Tier
	kernel vectorKernel[T]
	y, x   []T
	c, s   T
}

var vectorJobs freelist.Lists

// vectorsLong runs a kernel on vectors longer than maxCall.
func vectorsLong[T Float](t Tier, k vectorKernel[T], y, x []T, c, s T) {
	share[T](&vectorJobs, stretches(len(y)), vectorJob[T]{t, k, y, x, c, s})
}

func (j *vectorJob[T]) tile(i int) {
	lo, hi := stretch(i, len(j.y))
	j.kernel.apply(j.tier, j.y[lo:hi], j.x[lo:hi], j.c, j.s)
}

// rotGeneric computes x, y = c*x + s*y, c*y - s*x.
func rotGeneric[T Float](x, y []T, c, s T) {
	y = y[:len(x)]
	for i, u := range x {
		v := y[i]
		x[i], y[i] = T(c*u)+T(s*v), T(c*v)-T(s*u)
	}
}
