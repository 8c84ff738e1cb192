package gonumblas

import (
	"math"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/kernels/internal/operand"
)

// Vectors with unit increments go to the kernels. Loops in Go take others element by element:
// they are limited by memory, not by arithmetic.

// checkOne checks the argument of a routine with one vector and reports whether there is
// something to do. With a negative increment there is not: BLAS defines that.
func (r routine) checkOne(n, lenX, incX int) bool {
	if incX == 1 && 0 < n && n <= lenX {
		return true
	}
	r.size(nLT0, "n", n)
	r.incX(incX)
	if n == 0 || incX < 0 {
		return false
	}
	r.vector(shortX, "x", lenX, n, incX)
	return true
}

// checkTwo checks the arguments of a routine with two vectors and reports whether
// there is something to do.
func (r routine) checkTwo(n, lenX, incX, lenY, incY int) bool {
	if units(n, lenX, incX, lenY, incY) {
		return true
	}
	r.size(nLT0, "n", n)
	r.incX(incX)
	r.incY(incY)
	if n == 0 {
		return false
	}
	r.vector(shortX, "x", lenX, n, incX)
	r.vector(shortY, "y", lenY, n, incY)
	return true
}

// units reports whether both vectors are valid, not empty and of unit increment. Ddot and Sdot
// then call the kernel at once: for 100 elements checkTwo would take a third of the time.
func units(n, lenX, incX, lenY, incY int) bool {
	return incX == 1 && incY == 1 && 0 < n && n <= lenX && n <= lenY
}

func dot[T float](r routine, n int, x []T, incX int, y []T, incY int) T {
	if !r.checkTwo(n, len(x), incX, len(y), incY) {
		return 0
	}
	return T(sumProducts(n, x, incX, y, incY))
}

// sumProducts adds the products in float64, in which those of float32 are exact.
func sumProducts[T float](n int, x []T, incX int, y []T, incY int) float64 {
	ix, iy := start(n, incX), start(n, incY)
	var even, odd float64
	for ; n >= 2; n -= 2 {
		even += float64(float64(x[ix]) * float64(y[iy]))
		odd += float64(float64(x[ix+incX]) * float64(y[iy+incY]))
		ix, iy = ix+2*incX, iy+2*incY
	}
	if n == 1 {
		even += float64(float64(x[ix]) * float64(y[iy]))
	}
	return even + odd
}

// normChunk is how much of a strided vector is packed at once.
const normChunk = 1 << 12

func norm2[T float](r routine, n int, x []T, incX int) T {
	if !r.checkOne(n, len(x), incX) {
		return 0
	}
	if incX == 1 {
		return kernels.Norm2(x[:n])
	}
	b := borrow[T]()
	part := b.slice(min(n, normChunk))
	total := 0.0
	for i := 0; i < n; i += normChunk {
		piece := part[:min(n-i, normChunk)]
		gather(piece, x, i*incX, incX)
		norm := float64(kernels.Norm2(piece))
		if i > 0 && norm == norm && total == total { // Hypot prefers an infinity to a NaN
			norm = math.Hypot(total, norm)
		}
		if total == total {
			total = norm
		}
	}
	release(b)
	return T(total)
}

func absSum[T float](r routine, n int, x []T, incX int) T {
	if !r.checkOne(n, len(x), incX) {
		return 0
	}
	if incX == 1 {
		return kernels.AbsSum(x[:n])
	}
	total := 0.0
	for i := range n {
		total += math.Abs(float64(x[i*incX]))
	}
	return T(total)
}

func argMaxAbs[T float](r routine, n int, x []T, incX int) int {
	if !r.checkOne(n, len(x), incX) {
		return -1
	}
	if incX == 1 {
		return kernels.ArgMaxAbs(x[:n])
	}
	best, at := math.Abs(float64(x[0])), 0
	for i := 1; i < n; i++ {
		if v := math.Abs(float64(x[i*incX])); v > best {
			best, at = v, i
		}
	}
	return at
}

func swap[T float](r routine, n int, x []T, incX int, y []T, incY int) {
	if !r.checkTwo(n, len(x), incX, len(y), incY) {
		return
	}
	if incX == 1 && incY == 1 && !operand.Meet(x[:n], y[:n]) {
		kernels.Swap(x[:n], y[:n])
		return
	}
	ix, iy := start(n, incX), start(n, incY)
	for range n {
		x[ix], y[iy] = y[iy], x[ix]
		ix, iy = ix+incX, iy+incY
	}
}

func copyVector[T float](r routine, n int, x []T, incX int, y []T, incY int) {
	if !r.checkTwo(n, len(x), incX, len(y), incY) {
		return
	}
	if incX == 1 && incY == 1 {
		copy(y[:n], x[:n])
		return
	}
	ix, iy := start(n, incX), start(n, incY)
	for range n {
		y[iy] = x[ix]
		ix, iy = ix+incX, iy+incY
	}
}

func axpy[T float](r routine, n int, alpha T, x []T, incX int, y []T, incY int) {
	if !r.checkTwo(n, len(x), incX, len(y), incY) || alpha == 0 {
		return
	}
	if incX == 1 && incY == 1 && !operand.Meet(x[:n], y[:n]) {
		kernels.Axpy(y[:n], alpha, x[:n])
		return
	}
	ix, iy := start(n, incX), start(n, incY)
	for range n {
		y[iy] += T(alpha * x[ix])
		ix, iy = ix+incX, iy+incY
	}
}

// scal treats alpha like the beta of other routines: 0 stores zeros without reading x, as gonum
// does and its tests demand.
func scal[T float](r routine, n int, alpha T, x []T, incX int) {
	if !r.checkOne(n, len(x), incX) {
		return
	}
	if incX == 1 {
		scaleVector(x[:n], alpha)
		return
	}
	for i := range n {
		if alpha == 0 {
			x[i*incX] = 0
		} else {
			x[i*incX] *= alpha
		}
	}
}

func rot[T float](r routine, n int, x []T, incX int, y []T, incY int, c, s T) {
	if !r.checkTwo(n, len(x), incX, len(y), incY) {
		return
	}
	if incX == 1 && incY == 1 && !operand.Meet(x[:n], y[:n]) {
		kernels.Rot(x[:n], y[:n], c, s)
		return
	}
	ix, iy := start(n, incX), start(n, incY)
	for range n {
		v, w := x[ix], y[iy]
		x[ix], y[iy] = T(c*v)+T(s*w), T(c*w)-T(s*v)
		ix, iy = ix+incX, iy+incY
	}
}
