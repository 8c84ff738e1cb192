package gonumblas

import (
	"math"
	"unsafe"

	"gonum.org/v1/gonum/blas"
)

// rotg constructs the plane rotation that turns (a, b) into (r, 0). The larger
// magnitude scales both, so that r overflows only where it is too large itself.
//
// Source: E. Anderson, Algorithm 978: Safe Scaling in the Level 1 BLAS, ACM TOMS 44(1),
// 2017.
func rotg[T float](a, b T) (c, s, r, z T) {
	switch {
	case b == 0:
		return 1, 0, a, 0
	case a == 0:
		return 0, 1, b, 1
	}
	sizeA, sizeB, sign := magnitude(a), magnitude(b), b
	if sizeA > sizeB {
		sign = a
	}
	least := smallestNormal[T]()
	scale := min(max(least, sizeA, sizeB), 1/least)
	p, q := a/scale, b/scale
	r = scale * T(math.Sqrt(float64(T(p*p)+T(q*q))))
	if sign < 0 {
		r = -r
	}
	c, s = a/r, b/r
	switch {
	case sizeA > sizeB:
		z = s
	case c != 0:
		z = 1 / c
	default:
		z = 1
	}
	return c, s, r, z
}

func magnitude[T float](v T) T { return T(math.Abs(float64(v))) }

func smallestNormal[T float]() T {
	if unsafe.Sizeof(T(0)) == 4 {
		return T(math.Float32frombits(1 << 23))
	}
	return T(math.Float64frombits(1 << 52))
}

// modified is a modified Givens rotation: the flag and the matrix in columns.
type modified[T float] struct {
	flag               blas.Flag
	h11, h21, h12, h22 T
}

// rotmg constructs the modified Givens rotation that zeroes the second component of
// (sqrt(d1)*x1, sqrt(d2)*y1). Arguments that no rotation can come from give the flag
// Rescaling and zeros.
//
// Sources: C. L. Lawson et al., Basic Linear Algebra Subprograms for Fortran Usage, ACM
// TOMS 5(3), 1979; T. Hopkins, Restructuring the BLAS Level 1 Routine for Computing
// the Modified Givens Transformation, ACM TOMS 23(4), 1997, for the order of the cases.
func rotmg[T float](d1, d2, x1, y1 T) (m modified[T], rd1, rd2, rx1 T) {
	impossible := modified[T]{flag: blas.Rescaling}
	if d1 < 0 {
		return impossible, 0, 0, 0
	}
	if d2 == 0 || y1 == 0 {
		return modified[T]{flag: blas.Identity}, d1, d2, x1
	}
	p1, p2 := T(d1*x1), T(d2*y1)
	q1, q2 := T(p1*x1), T(p2*y1)
	switch {
	case (d1 == 0 || x1 == 0) && d2 > 0: // the components change places
		m = modified[T]{blas.Diagonal, 0, -1, 1, 0}
		d1, d2, x1 = d2, d1, y1
	case magnitude(q1) > magnitude(q2):
		m = modified[T]{blas.OffDiagonal, 1, -y1 / x1, p2 / p1, 1}
		u := 1 - T(m.h12*m.h21)
		if u <= 0 {
			return impossible, 0, 0, 0
		}
		d1, d2, x1 = d1/u, d2/u, x1*u
	case q2 < 0:
		return impossible, 0, 0, 0
	default:
		m = modified[T]{blas.Diagonal, p1 / p2, -1, 1, x1 / y1}
		u := 1 + T(m.h11*m.h22)
		d1, d2, x1 = d2/u, d1/u, y1*u
	}
	d1 = m.rescale(d1, &x1, &m.h11, &m.h12)
	d2 = m.rescale(d2, nil, &m.h21, &m.h22)
	return m, d1, d2, x1
}

// rescale brings d, a weight of the rotation, to (2^-24, 2^24] by factors 2^24,
// and divides the row of the matrix, and x, by their roots.
func (m *modified[T]) rescale(d T, x, h1, h2 *T) T {
	const root, factor = 1 << 12, 1 << 24
	shift := func(by T) {
		m.flag = blas.Rescaling
		*h1 *= by
		*h2 *= by
		if x != nil {
			*x *= by
		}
	}
	for d != 0 && magnitude(d) <= 1.0/factor {
		d *= factor
		shift(1.0 / root)
	}
	for magnitude(d) > factor && d-d == 0 { // an infinite weight cannot be brought down
		d /= factor
		shift(root)
	}
	return d
}

// params returns the matrix as BLAS stores it: only the elements that its flag does
// not imply.
func (m *modified[T]) params() (flag blas.Flag, h [4]T) {
	switch m.flag {
	case blas.Diagonal:
		h[0], h[3] = m.h11, m.h22
	case blas.OffDiagonal:
		h[1], h[2] = m.h21, m.h12
	case blas.Rescaling:
		h = [4]T{m.h11, m.h21, m.h12, m.h22}
	}
	return m.flag, h
}

// rotm applies a modified Givens rotation.
func rotm[T float](r routine, n int, x []T, incX int, y []T, incY int, flag blas.Flag, h [4]T) {
	if flag < blas.Identity || flag > blas.Diagonal {
		r.failFlag(badFlag, "p", "p.Flag", int(flag))
	}
	if !r.checkTwo(n, len(x), incX, len(y), incY) || flag == blas.Identity {
		return
	}
	switch flag {
	case blas.OffDiagonal:
		h[0], h[3] = 1, 1
	case blas.Diagonal:
		h[1], h[2] = -1, 1
	}
	ix, iy := start(n, incX), start(n, incY)
	for range n {
		v, w := x[ix], y[iy]
		x[ix], y[iy] = T(h[0]*v)+T(h[2]*w), T(h[1]*v)+T(h[3]*w)
		ix, iy = ix+incX, iy+incY
	}
}
