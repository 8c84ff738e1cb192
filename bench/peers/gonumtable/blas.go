package main

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/ashlar-go/ashlar/kernels/gonumblas"
)

// operands are the matrices and vectors of a case, n x n or n long.
type operands[T float32 | float64] struct{ a, b, c, x, y, saved []T }

func newOperands[T float32 | float64](n int, square bool) *operands[T] {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	numbers := func(n int) []T {
		s := make([]T, n)
		for i := range s {
			s[i] = T(2*r.Float64() - 1)
		}
		return s
	}
	o := &operands[T]{x: numbers(n), y: numbers(n)}
	if square {
		o.a, o.b, o.c = numbers(n*n), numbers(n*n), numbers(n*n)
		o.saved = append(o.saved, o.b...)
		for i := range n {
			o.a[i*n+i] = T(n) // so that triangles can be solved
		}
	}
	return o
}

// routine32 and routine64 are one routine on square operands, called through the
// interface; destroys tells that it overwrites what it reads.
type (
	routine32 func(i blas.Float32, n int, o *operands[float32])
	routine64 func(i blas.Float64, n int, o *operands[float64])
)

func rows(name string, work func(n float64) float64, square, destroys bool, f32 routine32,
	f64 routine64) []testCase {
	return []testCase{
		{"S" + name, work, func(n int) (theirs, ours, restore func()) {
			o := newOperands[float32](n, square)
			return func() { f32(gonum.Implementation{}, n, o) },
				func() { f32(gonumblas.Implementation{}, n, o) }, o.restorer(destroys)
		}},
		{"D" + name, work, func(n int) (theirs, ours, restore func()) {
			o := newOperands[float64](n, square)
			return func() { f64(gonum.Implementation{}, n, o) },
				func() { f64(gonumblas.Implementation{}, n, o) }, o.restorer(destroys)
		}},
	}
}

func (o *operands[T]) restorer(destroys bool) func() {
	if !destroys {
		return nil
	}
	return func() { copy(o.b, o.saved) }
}

const (
	nt, tr   = blas.NoTrans, blas.Trans
	lo, up   = blas.Lower, blas.Upper
	nonUnit  = blas.NonUnit
	lft, rgt = blas.Left, blas.Right
)

func cubes(factor float64) func(n float64) float64 {
	return func(n float64) float64 { return factor * n * n * n }
}

func squares(factor float64) func(n float64) float64 {
	return func(n float64) float64 { return factor * n * n }
}

func linear(factor float64) func(n float64) float64 {
	return func(n float64) float64 { return factor * n }
}

func level3() (t []testCase) {
	add := func(name string, flops float64, destroys bool, f32 routine32, f64 routine64) {
		t = append(t, rows(name, cubes(flops), true, destroys, f32, f64)...)
	}
	add("gemm", 2, false,
		func(i blas.Float32, n int, o *operands[float32]) {
			i.Sgemm(nt, nt, n, n, n, 1, o.a, n, o.b, n, 0, o.c, n)
		},
		func(i blas.Float64, n int, o *operands[float64]) {
			i.Dgemm(nt, nt, n, n, n, 1, o.a, n, o.b, n, 0, o.c, n)
		})
	add("gemm B^T", 2, false,
		func(i blas.Float32, n int, o *operands[float32]) {
			i.Sgemm(nt, tr, n, n, n, 1, o.a, n, o.b, n, 0, o.c, n)
		},
		func(i blas.Float64, n int, o *operands[float64]) {
			i.Dgemm(nt, tr, n, n, n, 1, o.a, n, o.b, n, 0, o.c, n)
		})
	add("symm left", 2, false,
		func(i blas.Float32, n int, o *operands[float32]) {
			i.Ssymm(lft, up, n, n, 1, o.a, n, o.b, n, 0, o.c, n)
		},
		func(i blas.Float64, n int, o *operands[float64]) {
			i.Dsymm(lft, up, n, n, 1, o.a, n, o.b, n, 0, o.c, n)
		})
	add("symm right", 2, false,
		func(i blas.Float32, n int, o *operands[float32]) {
			i.Ssymm(rgt, lo, n, n, 1, o.a, n, o.b, n, 0, o.c, n)
		},
		func(i blas.Float64, n int, o *operands[float64]) {
			i.Dsymm(rgt, lo, n, n, 1, o.a, n, o.b, n, 0, o.c, n)
		})
	add("syrk", 1, false,
		func(i blas.Float32, n int, o *operands[float32]) { i.Ssyrk(lo, nt, n, n, 1, o.b, n, 0, o.c, n) },
		func(i blas.Float64, n int, o *operands[float64]) { i.Dsyrk(lo, nt, n, n, 1, o.b, n, 0, o.c, n) })
	add("syrk A^T", 1, false,
		func(i blas.Float32, n int, o *operands[float32]) { i.Ssyrk(up, tr, n, n, 1, o.b, n, 0, o.c, n) },
		func(i blas.Float64, n int, o *operands[float64]) { i.Dsyrk(up, tr, n, n, 1, o.b, n, 0, o.c, n) })
	add("syr2k", 2, false,
		func(i blas.Float32, n int, o *operands[float32]) {
			i.Ssyr2k(lo, nt, n, n, 1, o.a, n, o.b, n, 0, o.c, n)
		},
		func(i blas.Float64, n int, o *operands[float64]) {
			i.Dsyr2k(lo, nt, n, n, 1, o.a, n, o.b, n, 0, o.c, n)
		})
	return append(t, triangular()...)
}

// triangular is trmm and trsm, with the triangle on either side.
func triangular() (t []testCase) {
	for _, side := range []blas.Side{lft, rgt} {
		name := map[blas.Side]string{lft: " left", rgt: " right"}[side]
		for _, tA := range []blas.Transpose{nt, tr} {
			if tA == tr {
				name += " A^T"
			}
			t = append(t, rows("trmm"+name, cubes(1), true, true,
				func(i blas.Float32, n int, o *operands[float32]) {
					i.Strmm(side, lo, tA, nonUnit, n, n, 1, o.a, n, o.b, n)
				},
				func(i blas.Float64, n int, o *operands[float64]) {
					i.Dtrmm(side, lo, tA, nonUnit, n, n, 1, o.a, n, o.b, n)
				})...)
			t = append(t, rows("trsm"+name, cubes(1), true, true,
				func(i blas.Float32, n int, o *operands[float32]) {
					i.Strsm(side, up, tA, nonUnit, n, n, 1, o.a, n, o.b, n)
				},
				func(i blas.Float64, n int, o *operands[float64]) {
					i.Dtrsm(side, up, tA, nonUnit, n, n, 1, o.a, n, o.b, n)
				})...)
		}
	}
	return t
}

func level2() (t []testCase) {
	add := func(name string, flops float64, f32 routine32, f64 routine64) {
		t = append(t, rows(name, squares(flops), true, false, f32, f64)...)
	}
	add("gemv", 2,
		func(i blas.Float32, n int, o *operands[float32]) {
			i.Sgemv(nt, n, n, 1, o.a, n, o.x, 1, 0, o.y, 1)
		},
		func(i blas.Float64, n int, o *operands[float64]) {
			i.Dgemv(nt, n, n, 1, o.a, n, o.x, 1, 0, o.y, 1)
		})
	add("gemv A^T", 2,
		func(i blas.Float32, n int, o *operands[float32]) {
			i.Sgemv(tr, n, n, 1, o.a, n, o.x, 1, 0, o.y, 1)
		},
		func(i blas.Float64, n int, o *operands[float64]) {
			i.Dgemv(tr, n, n, 1, o.a, n, o.x, 1, 0, o.y, 1)
		})
	add("ger", 2,
		func(i blas.Float32, n int, o *operands[float32]) { i.Sger(n, n, 1e-9, o.x, 1, o.y, 1, o.a, n) },
		func(i blas.Float64, n int, o *operands[float64]) { i.Dger(n, n, 1e-9, o.x, 1, o.y, 1, o.a, n) })
	add("symv", 2,
		func(i blas.Float32, n int, o *operands[float32]) { i.Ssymv(up, n, 1, o.a, n, o.x, 1, 0, o.y, 1) },
		func(i blas.Float64, n int, o *operands[float64]) { i.Dsymv(up, n, 1, o.a, n, o.x, 1, 0, o.y, 1) })
	add("syr", 1,
		func(i blas.Float32, n int, o *operands[float32]) { i.Ssyr(lo, n, 1e-9, o.x, 1, o.a, n) },
		func(i blas.Float64, n int, o *operands[float64]) { i.Dsyr(lo, n, 1e-9, o.x, 1, o.a, n) })
	add("syr2", 2,
		func(i blas.Float32, n int, o *operands[float32]) { i.Ssyr2(lo, n, 1e-9, o.x, 1, o.y, 1, o.a, n) },
		func(i blas.Float64, n int, o *operands[float64]) { i.Dsyr2(lo, n, 1e-9, o.x, 1, o.y, 1, o.a, n) })
	add("trmv", 1,
		func(i blas.Float32, n int, o *operands[float32]) {
			copy(o.y, o.x)
			i.Strmv(up, nt, nonUnit, n, o.a, n, o.y, 1)
		},
		func(i blas.Float64, n int, o *operands[float64]) {
			copy(o.y, o.x)
			i.Dtrmv(up, nt, nonUnit, n, o.a, n, o.y, 1)
		})
	add("trsv A^T", 1,
		func(i blas.Float32, n int, o *operands[float32]) {
			copy(o.y, o.x)
			i.Strsv(up, tr, nonUnit, n, o.a, n, o.y, 1)
		},
		func(i blas.Float64, n int, o *operands[float64]) {
			copy(o.y, o.x)
			i.Dtrsv(up, tr, nonUnit, n, o.a, n, o.y, 1)
		})
	return t
}

func level1() (t []testCase) {
	add := func(name string, flops float64, f32 routine32, f64 routine64) {
		t = append(t, rows(name, linear(flops), false, false, f32, f64)...)
	}
	add("dot", 2,
		func(i blas.Float32, n int, o *operands[float32]) { i.Sdot(n, o.x, 1, o.y, 1) },
		func(i blas.Float64, n int, o *operands[float64]) { i.Ddot(n, o.x, 1, o.y, 1) })
	add("axpy", 2,
		func(i blas.Float32, n int, o *operands[float32]) { i.Saxpy(n, 1e-9, o.x, 1, o.y, 1) },
		func(i blas.Float64, n int, o *operands[float64]) { i.Daxpy(n, 1e-9, o.x, 1, o.y, 1) })
	add("scal", 1,
		func(i blas.Float32, n int, o *operands[float32]) { i.Sscal(n, -1, o.x, 1) },
		func(i blas.Float64, n int, o *operands[float64]) { i.Dscal(n, -1, o.x, 1) })
	add("nrm2", 2,
		func(i blas.Float32, n int, o *operands[float32]) { i.Snrm2(n, o.x, 1) },
		func(i blas.Float64, n int, o *operands[float64]) { i.Dnrm2(n, o.x, 1) })
	add("asum", 1,
		func(i blas.Float32, n int, o *operands[float32]) { i.Sasum(n, o.x, 1) },
		func(i blas.Float64, n int, o *operands[float64]) { i.Dasum(n, o.x, 1) })
	add("amax", 1,
		func(i blas.Float32, n int, o *operands[float32]) { i.Isamax(n, o.x, 1) },
		func(i blas.Float64, n int, o *operands[float64]) { i.Idamax(n, o.x, 1) })
	add("swap", 1,
		func(i blas.Float32, n int, o *operands[float32]) { i.Sswap(n, o.x, 1, o.y, 1) },
		func(i blas.Float64, n int, o *operands[float64]) { i.Dswap(n, o.x, 1, o.y, 1) })
	add("rot", 6,
		func(i blas.Float32, n int, o *operands[float32]) { i.Srot(n, o.x, 1, o.y, 1, 0.6, 0.8) },
		func(i blas.Float64, n int, o *operands[float64]) { i.Drot(n, o.x, 1, o.y, 1, 0.6, 0.8) })
	return t
}
