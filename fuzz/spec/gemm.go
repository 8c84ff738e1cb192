package spec

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/kernels"
)

// gemmCase is a setting of the flags and scalars of a product in the table.
type gemmCase struct {
	transA, transB bool
	alpha, beta    float64
	bias, deriv    bool
	act            kernels.Activation
	triangle       triangle
	half           [3]bool                               // A, B and C are of bfloat16 numbers
	level          kernels.Precision                     // of GemmPrecision
	term           func(s *sum, x, y dd.Num, flush bool) // adds a term, if it is not the product of x and y
}

func (g gemmCase) String() string {
	flag := map[bool]string{false: "N", true: "T"}
	s := fmt.Sprintf("%s%s alpha=%v beta=%v", flag[g.transA], flag[g.transB], g.alpha, g.beta)
	if g.bias {
		s += " bias"
	}
	if g.act != kernels.ActIdentity {
		s += " " + g.act.String()
	}
	if g.deriv {
		s += " deriv"
	}
	for i, half := range g.half {
		if half {
			s += " half-" + "abc"[i:i+1]
		}
	}
	if g.level != kernels.Highest {
		s += " " + g.level.String()
	}
	return s + map[triangle]string{wholeC: "", lowerC: " lower", upperC: " upper"}[g.triangle]
}

// triangle is which elements of C a product computes.
type triangle uint8

const (
	wholeC triangle = iota
	lowerC          // those of row i up to column i
	upperC          // those from column i on
)

// gemmScalars are the pairs of alpha and beta that take different paths.
var gemmScalars = [][2]float64{{1, 0}, {1, 1}, {0.5, -2}, {-1, 0.25}, {1.5, 0}, {0, 0.5}, {0, 0}}

func gemmCases() (plain, fused []gemmCase) {
	for flags := range 4 {
		for _, s := range gemmScalars {
			transA, transB := flags&1 != 0, flags&2 != 0
			plain = append(plain, gemmCase{transA: transA, transB: transB, alpha: s[0], beta: s[1]})
		}
	}
	epilogues := []gemmCase{
		{},
		{bias: true},
		{bias: true, act: kernels.ActReLU},
		{bias: true, act: kernels.ActLeakyReLU(0.01)},
		{bias: true, act: kernels.ActTanh},
		{bias: true, act: kernels.ActGELU},
		{act: kernels.ActSigmoid},
		{deriv: true},
		{act: kernels.ActReLU, deriv: true},
		{bias: true, act: kernels.ActLeakyReLU(-0.5), deriv: true},
	}
	for i, e := range epilogues {
		for j, s := range gemmScalars {
			e.transA, e.transB = (i+j)&1 != 0, (i+j)&2 != 0
			e.alpha, e.beta = s[0], s[1]
			fused = append(fused, e)
		}
	}
	return plain, fused
}

func gemmLines() []line {
	plain, fused := gemmCases()
	return []line{
		gemmLine("Gemm", plain, 3, calls{runGemm[float32](plain, false), runGemm[float64](plain, false)}),
		gemmLine("GemmFused", fused, 5, calls{runGemm[float32](fused, true), runGemm[float64](fused, true)}),
	}
}

func gemmLine(name string, cases []gemmCase, random float64, run calls) line {
	shape := func(f func(g gemmCase, s Sizes) (int, int)) func(Sizes) (int, int) {
		return func(s Sizes) (int, int) { return f(cases[s.Case], s) }
	}
	l := line{run: run, Row: Row{Kernel: name, Dims: "MNK",
		// Any data: a chain of KC terms in each block, the blocks added one by one.
		Tol: Tol{Kind: Scaled, Max: random, Worst: func(s Sizes) float64 {
			limit := passLimit(s.M, s.N)
			return random - 3 + max(3, float64(limit+s.K/limit+2)/2)
		}},
		Params: []Param{
			{Name: "a", Role: In, HasLd: true,
				Shape:  shape(func(g gemmCase, s Sizes) (int, int) { return stored(g.transA, s.M, s.K) }),
				Unread: func(s Sizes) bool { return cases[s.Case].alpha == 0 }},
			{Name: "b", Role: In, HasLd: true,
				Shape:  shape(func(g gemmCase, s Sizes) (int, int) { return stored(g.transB, s.K, s.N) }),
				Unread: func(s Sizes) bool { return cases[s.Case].alpha == 0 }},
			{Name: "c", Role: InOut, HasLd: true, Shape: func(s Sizes) (int, int) { return s.M, s.N },
				Unread: func(s Sizes) bool { return cases[s.Case].beta == 0 }},
		},
		Ref: func(r *Ref) { gemmOracle(r, cases[r.Case], [3]int{}) },
	}}
	if len(cases) > 0 && cases[len(cases)-1].bias {
		l.Params = append(l.Params,
			Param{Name: "Bias", Role: In,
				Shape: shape(func(g gemmCase, s Sizes) (int, int) { return present(g.bias, 1, s.N) })},
			Param{Name: "Deriv", Role: In, HasLd: true,
				Shape: shape(func(g gemmCase, s Sizes) (int, int) { return present(g.deriv, s.M, s.N) })})
	}
	for _, c := range cases {
		l.Cases = append(l.Cases, c.String())
	}
	return l
}

func present(there bool, rows, cols int) (int, int) {
	if there {
		return rows, cols
	}
	return 0, 0
}

// gemmOracle computes a product by its definition: for each element a sum over p, then the scalars
// and the epilogue. The scale is |alpha||A||B| + |beta||C|, carried through the epilogue. at has
// the rows of the operands where the matrices begin.
func gemmOracle(r *Ref, g gemmCase, at [3]int) {
	const a, b, c, bias, deriv = 0, 1, 2, 3, 4
	for i := range r.M {
		for j := range r.N {
			if g.triangle == lowerC && j > i || g.triangle == upperC && j < i {
				r.want(c, at[2]+i, j, r.in(c, at[2]+i, j), 0)
				continue
			}
			var s sum
			if g.alpha != 0 {
				for p := range r.K {
					x := r.in(a, at[0]+pick(g.transA, p, i), pick(g.transA, i, p))
					y := r.in(b, at[1]+pick(g.transB, j, p), pick(g.transB, p, j))
					if g.term != nil {
						g.term(&s, x, y, r.Flushes)
					} else {
						s.addProduct(x, y)
					}
				}
			}
			overflow := s.scale(r.DType) == AnyValue
			var z sum
			z.value, z.magnitude = dd.Mul(num(g.alpha), s.value), math.Abs(g.alpha)*s.magnitude
			if g.beta != 0 {
				z.addProduct(num(g.beta), r.in(c, at[2]+i, j))
			}
			if g.bias {
				z.add(r.in(bias, 0, j))
			}
			v, scale := z.value, z.magnitude
			if g.act != kernels.ActIdentity {
				f, _, fs, _ := activationOracle(g.act, v, r.DType)
				v, scale = f, 1.25*scale+fs // no activation of the cases is steeper
			}
			if g.deriv {
				d := r.in(deriv, i, j) // an infinite one makes v's error infinite, if that decides the sign of v
				lost := d.IsInf(0) && size(v) <= r.flushed()+g.errorBound(r.K)*r.DType.Eps()*scale
				if v, scale = dd.Mul(v, d), (scale+r.underflow())*size(d); lost {
					scale = AnyValue
				}
			}
			if overflow || z.scale(r.DType) == AnyValue {
				scale = AnyValue
			}
			r.want(c, at[2]+i, j, v, scale)
		}
	}
}

// errorBound bounds the error of a sum of k terms, in units of eps times their magnitude, whatever the
// order of the additions.
func (g *gemmCase) errorBound(k int) float64 {
	return float64(k) + 5 + levelErrors[g.level]
}

// pick returns x if flag is set, else y.
func pick(flag bool, x, y int) int {
	if flag {
		return x
	}
	return y
}

func runGemm[T kernels.Float](cases []gemmCase, fused bool) func(*Call) {
	return func(c *Call) {
		p := callProduct[T](cases, c)
		if fused {
			kernels.GemmFused(p.transA, p.transB, p.m, p.n, p.k,
				p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, p.c, p.ldc, callEpilogue[T](cases, c))
			return
		}
		kernels.Gemm(p.transA, p.transB, p.m, p.n, p.k, p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, p.c, p.ldc)
	}
}

// product has the arguments of [kernels.Gemm].
type product[T kernels.Float] struct {
	transA, transB bool
	m, n, k        int
	alpha, beta    T
	a, b, c        []T
	lda, ldb, ldc  int
}

// callProduct returns the arguments of a call.
func callProduct[T kernels.Float](cases []gemmCase, c *Call) product[T] {
	g := cases[c.Case]
	return product[T]{
		transA: g.transA, transB: g.transB, m: c.M, n: c.N, k: c.K, alpha: T(g.alpha), beta: T(g.beta),
		a: slice[T](c, 0), lda: c.ld(0),
		b: slice[T](c, 1), ldb: c.ld(1),
		c: slice[T](c, 2), ldc: c.ld(2),
	}
}

// stored is the shape in memory of an operand that is rows x cols in the product.
func stored(trans bool, rows, cols int) (int, int) {
	if trans {
		return cols, rows
	}
	return rows, cols
}

// callEpilogue returns the epilogue of a call.
func callEpilogue[T kernels.Float](cases []gemmCase, c *Call) kernels.Epilogue[T] {
	g := cases[c.Case]
	e := kernels.Epilogue[T]{Act: g.act}
	if g.bias {
		e.Bias = slice[T](c, 3)
	}
	if g.deriv {
		e.Deriv, e.LdDeriv = slice[T](c, 4), c.ld(4)
	}
	return e
}
