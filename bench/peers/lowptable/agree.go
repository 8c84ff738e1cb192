//go:build linux && cgo && amd64

package main

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/bench/peers/internal/blas"
	"github.com/ashlar-go/ashlar/kernels"
)

// reference is a product in float64, and |A||B|, the measure of its errors.
type reference struct {
	blas.Shape
	c, size []float64
}

// referenceOf computes the product of the operands as they are.
func referenceOf(s blas.Shape, a, b []float32, lda, ldb int) *reference {
	wide := func(x []float32) (signed, abs []float64) {
		signed, abs = make([]float64, len(x)), make([]float64, len(x))
		for i, v := range x {
			signed[i], abs[i] = float64(v), math.Abs(float64(v))
		}
		return signed, abs
	}
	a64, aAbs := wide(a)
	b64, bAbs := wide(b)
	r := &reference{Shape: s, c: make([]float64, s.M*s.N), size: make([]float64, s.M*s.N)}
	kernels.Gemm(s.TransA, s.TransB, s.M, s.N, s.K, 1, a64, lda, b64, ldb, 0, r.c, s.N)
	kernels.Gemm(s.TransA, s.TransB, s.M, s.N, s.K, 1, aAbs, lda, bAbs, ldb, 0, r.size, s.N)
	return r
}

// error is the largest componentwise error of a product as a share of |A||B|. NaN and a missing element
// make it infinite.
func (r *reference) error(c []float32) (worst float64) {
	if len(c) != len(r.c) {
		return math.Inf(1)
	}
	for i, v := range c {
		d := math.Abs(float64(v) - r.c[i])
		if d == 0 {
			continue
		}
		if d /= r.size[i]; !(d <= worst) {
			worst = d
		}
		if math.IsNaN(worst) {
			return math.Inf(1)
		}
	}
	return worst
}

// Bounds of the componentwise error, as shares of |A||B|.
const (
	ofBFloat16 = 1.0 / (1 << 8)                       // one rounding to bfloat16
	ofMedium   = 2*ofBFloat16 + ofBFloat16*ofBFloat16 // both factors rounded to bfloat16
	ofHigh     = 1.0 / (1 << 15)                      // what GemmPrecision states
	ofFloat32  = 1.0 / (1 << 23)                      // a multiply-add that rounds twice
)

// agree returns the error of a contestant's product, and an error if that is above the bound: what its
// format allows, and the sum of k terms in float32.
func (r *reference) agree(name string, c []float32, format float64) (float64, error) {
	worst, bound := r.error(c), format+float64(r.K)*ofFloat32
	if !(worst <= bound) {
		return worst, fmt.Errorf("%v: the product of %s is off by %.3g of |A||B|, want at most %.3g",
			r.Shape, name, worst, bound)
	}
	return worst, nil
}

// power writes an error as a power of two, "0" if there is none.
func power(v float64) string {
	switch {
	case math.IsNaN(v):
		return ""
	case v == 0:
		return "0"
	}
	return fmt.Sprintf("2^%.1f", math.Log2(v))
}
