package gonumblas

import (
	"github.com/ashlar-go/ashlar/kernels"
	"gonum.org/v1/gonum/blas"
)

// Sdot returns the sum of x[i]*y[i].
func (Implementation) Sdot(n int, x []float32, incX int, y []float32, incY int) float32 {
	if units(n, len(x), incX, len(y), incY) {
		return kernels.Dot(x[:n], y[:n])
	}
	return dot("Sdot", n, x, incX, y, incY)
}

// Snrm2 returns the Euclidean norm of x, without overflow or underflow on the way; 0 if incX < 0.
func (Implementation) Snrm2(n int, x []float32, incX int) float32 {
	return norm2("Snrm2", n, x, incX)
}

// Sasum returns the sum of |x[i]|; 0 if incX < 0.
func (Implementation) Sasum(n int, x []float32, incX int) float32 {
	return absSum("Sasum", n, x, incX)
}

// Isamax returns the index of the first element of largest magnitude; -1 if n = 0 or incX < 0. A NaN counts
// only as the first element.
func (Implementation) Isamax(n int, x []float32, incX int) int {
	return argMaxAbs("Isamax", n, x, incX)
}

// Sswap exchanges x and y.
func (Implementation) Sswap(n int, x []float32, incX int, y []float32, incY int) {
	swap("Sswap", n, x, incX, y, incY)
}

// Scopy copies x to y.
func (Implementation) Scopy(n int, x []float32, incX int, y []float32, incY int) {
	copyVector("Scopy", n, x, incX, y, incY)
}

// Saxpy computes y += alpha*x; alpha = 0 leaves x unread.
func (Implementation) Saxpy(n int, alpha float32, x []float32, incX int, y []float32, incY int) {
	axpy("Saxpy", n, alpha, x, incX, y, incY)
}

// Srotg returns the plane rotation (c, s) that turns (a, b) into (r, 0), and z from which it can be
// restored.
func (Implementation) Srotg(a, b float32) (c, s, r, z float32) {
	return rotg(a, b)
}

// Srotmg returns the modified Givens rotation that zeroes the second component of
// (sqrt(d1)*b1, sqrt(d2)*b2), with the new d1, d2 and b1.
func (Implementation) Srotmg(d1, d2, b1, b2 float32) (p blas.SrotmParams, rd1, rd2, rb1 float32) {
	m, rd1, rd2, rb1 := rotmg(d1, d2, b1, b2)
	p.Flag, p.H = m.params()
	return p, rd1, rd2, rb1
}

// Srot computes x[i], y[i] = c*x[i] + s*y[i], c*y[i] - s*x[i].
func (Implementation) Srot(n int, x []float32, incX int, y []float32, incY int, c, s float32) {
	rot("Srot", n, x, incX, y, incY, c, s)
}

// Srotm applies a modified Givens rotation.
func (Implementation) Srotm(n int, x []float32, incX int, y []float32, incY int, p blas.SrotmParams) {
	rotm("Srotm", n, x, incX, y, incY, p.Flag, p.H)
}

// Sscal computes x = alpha*x; alpha = 0 stores zeros. It does nothing if incX < 0.
func (Implementation) Sscal(n int, alpha float32, x []float32, incX int) {
	scal("Sscal", n, alpha, x, incX)
}

// Dsdot returns the sum of x[i]*y[i], added in float64.
func (Implementation) Dsdot(n int, x []float32, incX int, y []float32, incY int) float64 {
	if !routine("Dsdot").checkTwo(n, len(x), incX, len(y), incY) {
		return 0
	}
	return sumProducts(n, x, incX, y, incY)
}

// Sdsdot returns alpha plus the sum of x[i]*y[i], added in float64 and rounded once.
func (Implementation) Sdsdot(n int, alpha float32, x []float32, incX int, y []float32, incY int) float32 {
	if !routine("Sdsdot").checkTwo(n, len(x), incX, len(y), incY) {
		return alpha
	}
	return float32(float64(alpha) + sumProducts(n, x, incX, y, incY))
}
