package gonumblas

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/blas"
)

// TestExtremeFactors holds Dtrsm and Dtrmm to the operations of the reference BLAS, in its
// order, on numbers with which another order overflows or underflows. The matrix is d times
// the identity, of the orders that blocks have, and all of B is v.
func TestExtremeFactors(t *testing.T) {
	for _, d := range []float64{1, 3, 0.1, -0.5, 1e-310, 5e-324, -0x1p-1022, 1e-200, -1e200, 1.7e308} {
		for _, v := range []float64{0.7, -3, 1e-310, 1e-200, -1e200, 1e308} {
			for _, alpha := range []float64{1, -1, 3, 1e-200, 1e200} {
				for flags := range 8 {
					testExtreme(t, flags&1 != 0, flags&2 != 0, flags&4 != 0, alpha, d, v)
				}
			}
		}
	}
}

func testExtreme(t *testing.T, left, upper, trans bool, alpha, d, v float64) {
	var quotient, product float64
	switch {
	case left && trans:
		quotient, product = alpha*byInverse(v, d), alpha*d*v
	case left:
		quotient, product = byInverse(alpha*v, d), alpha*d*v
	case trans:
		quotient, product = alpha*v/d, alpha*(v*d)
	default:
		quotient, product = alpha*v/d, alpha*v*d
	}
	for _, order := range []int{1, 7, 30, 130} {
		if order > 1 && (math.IsInf(quotient, 0) || math.IsInf(product, 0)) {
			break // infinities meet the zeros of the matrix
		}
		m, n := order, 3
		if !left {
			m, n = n, m
		}
		a, x, y := make([]float64, order*order), make([]float64, m*n), make([]float64, m*n)
		for i := range order {
			a[i*order+i] = d
		}
		for i := range x {
			x[i], y[i] = v, v
		}
		Implementation{}.Dtrsm(side(left), uplo(upper), transpose(trans), blas.NonUnit, m, n,
			alpha, a, order, x, n)
		Implementation{}.Dtrmm(side(left), uplo(upper), transpose(trans), blas.NonUnit, m, n,
			alpha, a, order, y, n)
		what := fmt.Sprintf("order %d left=%v upper=%v trans=%v alpha=%v v=%v d=%v", order, left, upper,
			trans, alpha, v, d)
		for k := range x {
			if x[k] != quotient {
				t.Fatalf("Dtrsm %s: %v, want %v", what, x[k], quotient)
			}
			if y[k] != product {
				t.Fatalf("Dtrmm %s: %v, want %v", what, y[k], product)
			}
		}
	}
}

// byInverse is v/d as the reference computes it with the matrix on the left, and exactly
// where 1/d is not a normal number.
func byInverse(v, d float64) float64 {
	if inverse := 1 / d; math.Abs(inverse) >= 0x1p-1022 && !math.IsInf(inverse, 0) {
		return v * inverse
	}
	return v / d
}
