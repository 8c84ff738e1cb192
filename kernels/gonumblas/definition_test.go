package gonumblas

import (
	"math"
	"strings"

	"gonum.org/v1/gonum/blas"
)

// definition are the arguments of a routine by name, with floats in float64. Its methods are the
// definitions, element by element. They note what they read and write.
type definition struct {
	routine           string // without the letter of the type
	m, n, k, kL, kU   int
	lda, ldb, ldc     int
	incX, incY        int
	alpha, beta       float64
	transA, transB    bool
	upper, unit, left bool
	h                 [4]float64 // of rotm: h11 h21 h12 h22
	ops               map[string]*memory
	result            float64
	returns           bool

	// How A is stored, and what it is. The elements ask for it.
	general, band, packed, bandTriangle, symmetric, triangular bool
}

// classify sets how A is stored.
func (r *definition) classify() {
	r.general, r.band = r.is("gemv ger gemm"), r.is("gbmv")
	r.packed, r.bandTriangle = r.is("tpmv tpsv spmv spr spr2"), r.is("tbmv tbsv sbmv")
	r.symmetric = r.is("symv sbmv spmv symm")
	r.triangular = r.is("trmv tbmv tpmv trsv tbsv tpsv trmm trsm")
}

// memory is a slice argument.
type memory struct {
	v             []float64
	read, written []bool
}

func (o *memory) get(i int) float64 {
	if !o.written[i] {
		o.read[i] = true
	}
	return o.v[i]
}

func (o *memory) set(i int, v float64) { o.v[i], o.written[i] = v, true }

// is reports whether the routine is one of a list.
func (r *definition) is(list string) bool {
	return strings.Contains(" "+list+" ", " "+r.routine+" ")
}

// index returns where element i, j of A is, -1 where it is not stored.
func (r *definition) index(i, j int) int {
	switch {
	case r.general:
		return i*r.lda + j
	case r.band:
		if j-i < -r.kL || j-i > r.kU {
			return -1
		}
		return i*r.lda + r.kL + j - i
	case r.upper && j < i, !r.upper && j > i:
		return -1
	case r.packed:
		if r.upper {
			return i*r.n - i*(i-1)/2 + j - i
		}
		return i*(i+1)/2 + j
	case r.bandTriangle:
		switch {
		case r.upper && j-i <= r.k:
			return i*r.lda + j - i
		case !r.upper && i-j <= r.k:
			return i*r.lda + r.k + j - i
		}
		return -1
	}
	return i*r.lda + j
}

// stored returns the operand that has the triangle or the general matrix.
func (r *definition) stored() *memory {
	if r.packed {
		return r.ops["ap"]
	}
	return r.ops["a"]
}

// at returns element i, j of A, whole.
func (r *definition) at(i, j int) float64 {
	if r.triangular && r.unit && i == j {
		return 1
	}
	k := r.index(i, j)
	if k < 0 && r.symmetric {
		k = r.index(j, i)
	}
	if k < 0 {
		return 0
	}
	return r.stored().get(k)
}

// op returns element i, j of op(A).
func (r *definition) op(i, j int) float64 {
	if r.transA {
		i, j = j, i
	}
	return r.at(i, j)
}

// outside reports whether element i, j of op(A) is a structural zero, which never multiplies.
func (r *definition) outside(i, j int) bool {
	if r.transA {
		i, j = j, i
	}
	return !r.symmetric && !(r.unit && i == j) && r.index(i, j) < 0
}

func (r *definition) x(n, i int) int { return element(n, i, r.incX) }
func (r *definition) y(n, i int) int { return element(n, i, r.incY) }

// element returns where element i of n is; a negative increment counts from the end.
func element(n, i, inc int) int {
	if inc < 0 {
		return (n - 1 - i) * -inc
	}
	return i * inc
}

// run computes the routine.
func (r *definition) run() {
	switch {
	case r.is("gemv gbmv symv sbmv spmv"):
		r.matrixVector()
	case r.is("trmv tbmv tpmv trsv tbsv tpsv"):
		r.triangleVector()
	case r.is("ger syr spr syr2 spr2"):
		r.update()
	case r.is("gemm symm"):
		r.product()
	case r.is("syrk syr2k"):
		r.rank()
	case r.is("trmm trsm"):
		r.triangleMatrix()
	default:
		r.level1()
	}
}

func (r *definition) matrixVector() {
	x, y := r.ops["x"], r.ops["y"]
	rows, cols := r.m, r.n
	if !r.is("gemv gbmv") {
		rows = r.n
	}
	if rows == 0 || cols == 0 {
		return
	}
	if r.transA {
		rows, cols = cols, rows
	}
	for i := range rows {
		sum := 0.0
		if r.beta != 0 {
			sum = r.beta * y.get(r.y(rows, i))
		}
		for j := 0; j < cols && r.alpha != 0; j++ {
			if !r.outside(i, j) {
				sum += r.alpha * r.op(i, j) * x.get(r.x(cols, j))
			}
		}
		y.set(r.y(rows, i), sum)
	}
}

func (r *definition) triangleVector() {
	x := r.ops["x"]
	r.solve(r.n, strings.HasSuffix(r.routine, "sv"), r.op, func(i int) float64 { return x.get(r.x(r.n, i)) },
		func(i int, v float64) { x.set(r.x(r.n, i), v) })
}

// solve multiplies a vector by a triangle, or solves with it.
func (r *definition) solve(n int, solve bool, op func(i, j int) float64, get func(i int) float64,
	set func(i int, v float64)) {
	upper := r.upper != r.transA
	for step := range n {
		i := step // the row whose other elements are still, or already, as they must be
		if upper == solve {
			i = n - 1 - step
		}
		sum := get(i)
		if !solve {
			sum *= op(i, i)
		}
		for j := range n {
			if j == i || r.outside(i, j) {
				continue
			}
			if solve {
				sum -= op(i, j) * get(j)
			} else {
				sum += op(i, j) * get(j)
			}
		}
		if solve {
			sum /= op(i, i)
		}
		set(i, sum)
	}
}

func (r *definition) update() {
	x, y, a := r.ops["x"], r.ops["y"], r.stored()
	rows := r.m
	if !r.is("ger") {
		rows = r.n
	}
	for i := 0; i < rows && r.alpha != 0; i++ {
		for j := range r.n {
			k := r.index(i, j)
			if k < 0 {
				continue
			}
			v := a.get(k)
			switch {
			case r.is("ger"):
				v += r.alpha * x.get(r.x(rows, i)) * y.get(r.y(r.n, j))
			case r.is("syr spr"):
				v += r.alpha * x.get(r.x(r.n, i)) * x.get(r.x(r.n, j))
			default:
				v += r.alpha * x.get(r.x(r.n, i)) * y.get(r.y(r.n, j))
				v += r.alpha * y.get(r.y(r.n, i)) * x.get(r.x(r.n, j))
			}
			a.set(k, v)
		}
	}
}

func (r *definition) product() {
	b, c := r.ops["b"], r.ops["c"]
	for i := range r.m {
		for j := range r.n {
			sum := 0.0
			if r.beta != 0 {
				sum = r.beta * c.get(i*r.ldc+j)
			}
			inner := r.k
			if r.symmetric {
				inner = map[bool]int{true: r.m, false: r.n}[r.left]
			}
			for p := 0; p < inner && r.alpha != 0; p++ {
				switch {
				case r.symmetric && r.left:
					sum += r.alpha * r.at(i, p) * b.get(p*r.ldb+j)
				case r.symmetric:
					sum += r.alpha * b.get(i*r.ldb+p) * r.at(p, j)
				case r.transB:
					sum += r.alpha * r.op(i, p) * b.get(j*r.ldb+p)
				default:
					sum += r.alpha * r.op(i, p) * b.get(p*r.ldb+j)
				}
			}
			c.set(i*r.ldc+j, sum)
		}
	}
}

func (r *definition) rank() {
	a, b, c, one := r.ops["a"], r.ops["b"], r.ops["c"], r.is("syrk")
	at := func(o *memory, ld, i, p int) float64 {
		if r.transA {
			return o.get(p*ld + i)
		}
		return o.get(i*ld + p)
	}
	for i := range r.n {
		for j := range r.n {
			if r.upper && j < i || !r.upper && j > i {
				continue
			}
			sum := 0.0
			if r.beta != 0 {
				sum = r.beta * c.get(i*r.ldc+j)
			}
			for p := 0; p < r.k && r.alpha != 0; p++ {
				if one {
					sum += r.alpha * at(a, r.lda, i, p) * at(a, r.lda, j, p)
				} else {
					sum += r.alpha * at(a, r.lda, i, p) * at(b, r.ldb, j, p)
					sum += r.alpha * at(b, r.ldb, i, p) * at(a, r.lda, j, p)
				}
			}
			c.set(i*r.ldc+j, sum)
		}
	}
}

func (r *definition) triangleMatrix() {
	b := r.ops["b"]
	order, others := r.m, r.n
	place := func(i, j int) int { return i*r.ldb + j }
	if !r.left { // the rows of B are the vectors: B op(A) is the transpose of op(A)^T B^T
		order, others = r.n, r.m
		place = func(i, j int) int { return j*r.ldb + i }
		r.transA = !r.transA
	}
	for j := range others {
		for i := range order {
			v := 0.0
			if r.alpha != 0 {
				v = r.alpha * b.get(place(i, j))
			}
			b.set(place(i, j), v)
		}
		if r.alpha != 0 {
			r.solve(order, r.is("trsm"), r.op, func(i int) float64 { return b.get(place(i, j)) },
				func(i int, v float64) { b.set(place(i, j), v) })
		}
	}
	if !r.left {
		r.transA = !r.transA
	}
}

func (r *definition) level1() {
	x, y := r.ops["x"], r.ops["y"]
	if r.is("nrm2 asum amax scal") && (r.incX < 0 || r.n == 0) {
		if r.returns = !r.is("scal"); r.is("amax") {
			r.result = -1
		}
		return
	}
	for i := range r.n {
		u, v := r.x(r.n, i), 0
		if y != nil {
			v = r.y(r.n, i)
		}
		switch r.routine {
		case "dot", "sdot", "dsdot":
			r.result += x.get(u) * y.get(v)
		case "nrm2":
			r.result += x.get(u) * x.get(u)
		case "asum":
			r.result += math.Abs(x.get(u))
		case "amax":
			if best := r.x(r.n, int(r.result)); math.Abs(x.get(u)) > math.Abs(x.get(best)) {
				r.result = float64(i)
			}
		case "scal":
			if r.alpha == 0 {
				x.set(u, 0)
			} else {
				x.set(u, r.alpha*x.get(u))
			}
		case "swap":
			a, b := x.get(u), y.get(v)
			x.set(u, b)
			y.set(v, a)
		case "copy":
			y.set(v, x.get(u))
		case "axpy":
			if r.alpha != 0 {
				y.set(v, y.get(v)+r.alpha*x.get(u))
			}
		case "rot", "rotm":
			a, b := x.get(u), y.get(v)
			x.set(u, r.h[0]*a+r.h[2]*b)
			y.set(v, r.h[1]*a+r.h[3]*b)
		}
	}
	switch r.routine {
	case "dot", "sdot", "nrm2", "asum", "amax":
		r.returns = true
	case "dsdot":
		r.returns, r.result = true, r.result+r.alpha
	}
	if r.is("nrm2") {
		r.result = math.Sqrt(r.result)
	}
}

// matrixOf is what rotm multiplies by.
func matrixOf(flag blas.Flag, h [4]float64) [4]float64 {
	switch flag {
	case blas.Identity:
		return [4]float64{1, 0, 0, 1}
	case blas.OffDiagonal:
		return [4]float64{1, h[1], h[2], 1}
	case blas.Diagonal:
		return [4]float64{h[0], -1, 1, h[3]}
	}
	return h
}
