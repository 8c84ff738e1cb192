package gonumblas

import (
	"github.com/ashlar-go/ashlar/kernels"
	"gonum.org/v1/gonum/blas"
)

// Ddot returns the sum of x[i]*y[i].
func (Implementation) Ddot(n int, x []float64, incX int, y []float64, incY int) float64 {
	if units(n, len(x), incX, len(y), incY) {
		return kernels.Dot(x[:n], y[:n])
	}
	return dot("Ddot", n, x, incX, y, incY)
}

// Dnrm2 returns the Euclidean norm of x, without overflow or underflow on the way; 0 if incX < 0.
func (Implementation) Dnrm2(n int, x []float64, incX int) float64 {
	return norm2("Dnrm2", n, x, incX)
}

// Dasum returns the sum of |x[i]|; 0 if incX < 0.
func (Implementation) Dasum(n int, x []float64, incX int) float64 {
	return absSum("Dasum", n, x, incX)
}

// Idamax returns the index of the first element of largest magnitude; -1 if n = 0 or incX < 0. A NaN counts
// only as the first element.
func (Implementation) Idamax(n int, x []float64, incX int) int {
	return argMaxAbs("Idamax", n, x, incX)
}

// Dswap exchanges x and y.
func (Implementation) Dswap(n int, x []float64, incX int, y []float64, incY int) {
	swap("Dswap", n, x, incX, y, incY)
}

// Dcopy copies x to y.
func (Implementation) Dcopy(n int, x []float64, incX int, y []float64, incY int) {
	copyVector("Dcopy", n, x, incX, y, incY)
}

// Daxpy computes y += alpha*x; alpha = 0 leaves x unread.
func (Implementation) Daxpy(n int, alpha float64, x []float64, incX int, y []float64, incY int) {
	axpy("Daxpy", n, alpha, x, incX, y, incY)
}

// Drotg returns the plane rotation (c, s) that turns (a, b) into (r, 0), and z from which it can be
// restored.
func (Implementation) Drotg(a, b float64) (c, s, r, z float64) {
	return rotg(a, b)
}

// Drotmg returns the modified Givens rotation that zeroes the second component of
// (sqrt(d1)*b1, sqrt(d2)*b2), with the new d1, d2 and b1.
func (Implementation) Drotmg(d1, d2, b1, b2 float64) (p blas.DrotmParams, rd1, rd2, rb1 float64) {
	m, rd1, rd2, rb1 := rotmg(d1, d2, b1, b2)
	p.Flag, p.H = m.params()
	return p, rd1, rd2, rb1
}

// Drot computes x[i], y[i] = c*x[i] + s*y[i], c*y[i] - s*x[i].
func (Implementation) Drot(n int, x []float64, incX int, y []float64, incY int, c, s float64) {
	rot("Drot", n, x, incX, y, incY, c, s)
}

// Drotm applies a modified Givens rotation.
func (Implementation) Drotm(n int, x []float64, incX int, y []float64, incY int, p blas.DrotmParams) {
	rotm("Drotm", n, x, incX, y, incY, p.Flag, p.H)
}

// Dscal computes x = alpha*x; alpha = 0 stores zeros. It does nothing if incX < 0.
func (Implementation) Dscal(n int, alpha float64, x []float64, incX int) {
	scal("Dscal", n, alpha, x, incX)
}
