package kernels

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/internal/dd"
)

// Gemm computes the matrix product
//
//	C = alpha * op(A) * op(B) + beta * C
//
// on row-major matrices, where op(X) is X, or X transposed when its flag is set.
// op(A) is m x k, op(B) is k x n and C is m x n. A leading dimension is the
// number of elements between the starts of two rows as stored: lda >= max(1, k),
// or max(1, m) where A is stored transposed; likewise ldb and n or k; ldc >= n.
// Elements between the rows are never touched.
//
// beta = 0 overwrites C without reading it. alpha = 0 or k = 0 leaves A and B
// unread. Nothing else is skipped: 0 * NaN is NaN. C must not share an element
// with A or B. Gemm panics with a [ShapeError] before it writes anything if an
// argument cannot describe a product.
//
// Every element of C is a sum over p in ascending order, in blocks of at most
// 256 terms, so results are the same for every number of threads. The
// componentwise error is at most 3 eps * (|alpha| |A| |B| + |beta| |C|) on
// symmetric random data up to k = 4096 (eps = 2^-23 or 2^-52).
//
// Source: Goto and van de Geijn, Anatomy of High-Performance Matrix
// Multiplication, ACM TOMS 34(3), 2008; the loops carry BLIS's names.
func Gemm[T Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	t := Active()
	if gemmTiny(t, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) {
		return
	}
	p := product[T]{transA: transA, transB: transB, m: m, n: n, k: k,
		alpha: alpha, a: a, lda: lda, b: b, ldb: ldb, beta: beta, c: c, ldc: ldc}
	gemm(t, "Gemm", &p)
}

// Epilogue is what [GemmFused] does to an element of the finished product before
// it is stored, in this order:
//
//	z = alpha*op(A)*op(B) + beta*C    the product
//	z = z + Bias[j]                   unless Bias is nil
//	z = f(z)                          f is Act
//	z = z * Deriv[i*LdDeriv + j]      unless Deriv is nil
//
// The zero value does nothing. Bias, ReLU, leaky ReLU and Deriv work on the
// registers that hold the product; any other activation runs over each finished
// block of rows while it is in cache, and then Deriv must be nil.
type Epilogue[T Float] struct {
	Bias    []T        // n values, one a column
	Act     Activation // ActIdentity, the zero value, for none
	Deriv   []T        // m x n, the stored derivative of the layer below
	LdDeriv int        // its leading dimension
}

// GemmFused is [Gemm] with an epilogue: a Linear layer with its activation in one
// pass (Bias and Act), or the gradient of a layer's input times the stored
// derivative of the layer below it (Deriv). Deriv and Bias must not share an
// element with C.
func GemmFused[T Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int, e Epilogue[T]) {
	p := product[T]{transA: transA, transB: transB, m: m, n: n, k: k,
		alpha: alpha, a: a, lda: lda, b: b, ldb: ldb, beta: beta, c: c, ldc: ldc, Epilogue: e}
	gemm(Active(), "GemmFused", &p)
}

// product is the argument list of Gemm and GemmFused.
type product[T Float] struct {
	transA, transB bool
	m, n, k        int
	alpha          T
	a              []T
	lda            int
	b              []T
	ldb            int
	beta           T
	c              []T
	ldc            int
	Epilogue[T]
}

// check panics unless the arguments describe a product.
func (p *product[T]) check(op string) {
	checkSize(op, "m", p.m)
	checkSize(op, "n", p.n)
	checkSize(op, "k", p.k)
	rowsA, colsA := stored(p.transA, p.m, p.k)
	rowsB, colsB := stored(p.transB, p.k, p.n)
	if p.m > 0 && p.n > 0 {
		checkMatrix(op, "a", "lda", len(p.a), rowsA, colsA, p.lda)
		checkMatrix(op, "b", "ldb", len(p.b), rowsB, colsB, p.ldb)
	} else {
		checkMatrix(op, "a", "lda", len(p.a), 0, colsA, p.lda)
		checkMatrix(op, "b", "ldb", len(p.b), 0, colsB, p.ldb)
	}
	checkMatrix(op, "c", "ldc", len(p.c), p.m, p.n, p.ldc)
	a, b, c := matrixView(p.a, rowsA, colsA, p.lda), matrixView(p.b, rowsB, colsB, p.ldb), matrixView(p.c, p.m, p.n, p.ldc)
	if c.near(&a) {
		checkApart(op, "c", "a", c, a)
	}
	if c.near(&b) {
		checkApart(op, "c", "b", c, b)
	}
	if p.Bias != nil || p.Deriv != nil || p.Act != ActIdentity {
		p.checkEpilogue(op, c)
	}
}

func (p *product[T]) checkEpilogue(op string, c view) {
	if p.Bias != nil {
		checkLen(op, "Bias", len(p.Bias), p.n)
		checkApart(op, "c", "Bias", c, vectorView(p.Bias))
	}
	p.Act.check(op)
	if p.Deriv == nil {
		return
	}
	checkMatrix(op, "Deriv", "LdDeriv", len(p.Deriv), p.m, p.n, p.LdDeriv)
	checkApart(op, "c", "Deriv", c, matrixView(p.Deriv, p.m, p.n, p.LdDeriv))
	if !p.Act.inRegister() {
		panic(&ShapeError{Op: "kernels." + op, Arg: "Deriv",
			Msg: "Deriv goes with ActIdentity, ActReLU or ActLeakyReLU, not with " + p.Act.String()})
	}
}

// stored returns the shape in memory of an operand that is rows x cols in the
// product.
func stored(trans bool, rows, cols int) (int, int) {
	if trans {
		return cols, rows
	}
	return rows, cols
}

// gemm is Gemm and GemmFused on a given tier.
func gemm[T Float](t Tier, op string, p *product[T]) {
	p.check(op)
	if p.m == 0 || p.n == 0 {
		return
	}
	p.announce()
	if p.k == 0 || p.alpha == 0 {
		p.withoutProduct(t)
		return
	}
	p.run(t)
}

// announce tells the race detector what the product reads and writes.
func (p *product[T]) announce() {
	rowsA, colsA := stored(p.transA, p.m, p.k)
	rowsB, colsB := stored(p.transB, p.k, p.n)
	raceReadMatrix(p.a, rowsA, colsA, p.lda)
	raceReadMatrix(p.b, rowsB, colsB, p.ldb)
	raceWriteMatrix(p.c, p.m, p.n, p.ldc)
	raceRead(p.Bias)
	if p.Deriv != nil {
		raceReadMatrix(p.Deriv, p.m, p.n, p.LdDeriv)
	}
}

// withoutProduct applies beta and the epilogue where A and B are not read.
func (p *product[T]) withoutProduct(t Tier) {
	for i := range p.m {
		row := p.c[i*p.ldc : i*p.ldc+p.n]
		for j := range row {
			z := T(0)
			if p.beta != 0 {
				z = p.beta * row[j]
			}
			if p.Bias != nil {
				z += p.Bias[j]
			}
			row[j] = z
		}
		if p.Act != ActIdentity {
			activate(t, p.Act, row, row)
		}
		if p.Deriv != nil {
			for j, d := range p.Deriv[i*p.LdDeriv : i*p.LdDeriv+p.n] {
				row[j] *= d
			}
		}
	}
}

// gemmCase is a setting of the flags and scalars of a product in the table.
type gemmCase struct {
	transA, transB bool
	alpha, beta    float64
	bias, deriv    bool
	act            Activation
}

func (g gemmCase) String() string {
	flag := map[bool]string{false: "N", true: "T"}
	s := fmt.Sprintf("%s%s alpha=%v beta=%v", flag[g.transA], flag[g.transB], g.alpha, g.beta)
	if g.bias {
		s += " bias"
	}
	if g.act != ActIdentity {
		s += " " + g.act.String()
	}
	if g.deriv {
		s += " deriv"
	}
	return s
}

// gemmScalars are the pairs of alpha and beta that take different paths.
var gemmScalars = [][2]float64{{1, 0}, {1, 1}, {0.5, -2}, {-1, 0.25}, {1.5, 0}, {0, 0.5}, {0, 0}}

func gemmCases() (plain, fused []gemmCase) {
	for flags := range 4 {
		for _, s := range gemmScalars {
			plain = append(plain, gemmCase{transA: flags&1 != 0, transB: flags&2 != 0, alpha: s[0], beta: s[1]})
		}
	}
	epilogues := []gemmCase{{}, {bias: true}, {bias: true, act: ActReLU}, {bias: true, act: ActLeakyReLU(0.01)}, {bias: true, act: ActTanh},
		{bias: true, act: ActGELU}, {act: ActSigmoid}, {deriv: true}, {act: ActReLU, deriv: true},
		{bias: true, act: ActLeakyReLU(-0.5), deriv: true}}
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
		gemmLine("Gemm", plain, 3, [2]func(Tier, *Call){runGemm[float32](plain, false), runGemm[float64](plain, false)}),
		gemmLine("GemmFused", fused, 5, [2]func(Tier, *Call){runGemm[float32](fused, true), runGemm[float64](fused, true)}),
	}
}

func gemmLine(name string, cases []gemmCase, random float64, run [2]func(Tier, *Call)) line {
	l := line{assembly: true, run: run, Row: Row{Kernel: name, Dims: "MNK",
		// Any data: a chain of KC terms in each block, the blocks added one by one.
		Tol: Tol{Kind: Scaled, Max: random, Worst: func(s Sizes) float64 {
			return random - 3 + max(3, float64(maxKC+s.K/maxKC+2)/2)
		}},
		Params: []Param{
			{Name: "a", Role: In, HasLd: true, Shape: func(s Sizes) (int, int) { return stored(cases[s.Case].transA, s.M, s.K) },
				Unread: func(s Sizes) bool { return cases[s.Case].alpha == 0 }},
			{Name: "b", Role: In, HasLd: true, Shape: func(s Sizes) (int, int) { return stored(cases[s.Case].transB, s.K, s.N) },
				Unread: func(s Sizes) bool { return cases[s.Case].alpha == 0 }},
			{Name: "c", Role: InOut, HasLd: true, Shape: func(s Sizes) (int, int) { return s.M, s.N },
				Unread: func(s Sizes) bool { return cases[s.Case].beta == 0 }},
		},
		Ref: func(r *Ref) { gemmOracle(r, cases[r.Case]) },
	}}
	if name == "GemmFused" {
		l.Params = append(l.Params,
			Param{Name: "Bias", Role: In, Shape: func(s Sizes) (int, int) { return present(cases[s.Case].bias, 1, s.N) }},
			Param{Name: "Deriv", Role: In, HasLd: true, Shape: func(s Sizes) (int, int) { return present(cases[s.Case].deriv, s.M, s.N) }})
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

// gemmOracle is the definition: for each element a sum over p, then the scalars
// and the epilogue. The scale is that of the componentwise error bound, carried
// through the epilogue.
func gemmOracle(r *Ref, g gemmCase) {
	const a, b, c, bias, deriv = 0, 1, 2, 3, 4
	for i := range r.M {
		for j := range r.N {
			var s sum
			if g.alpha != 0 {
				for p := range r.K {
					s.addProduct(r.in(a, pick(g.transA, p, i), pick(g.transA, i, p)), r.in(b, pick(g.transB, j, p), pick(g.transB, p, j)))
				}
			}
			overflow := s.scale(r.DType) == AnyValue
			var z sum
			z.value, z.magnitude = dd.Mul(num(g.alpha), s.value), math.Abs(g.alpha)*s.magnitude
			if g.beta != 0 {
				z.addProduct(num(g.beta), r.in(c, i, j))
			}
			if g.bias {
				z.add(r.in(bias, 0, j))
			}
			v, scale := z.value, z.magnitude
			if g.act != ActIdentity {
				f, _, fs, _ := activationOracle(g.act, v, r.DType)
				v, scale = f, 1.25*scale+fs // no activation of the cases is steeper
			}
			if g.deriv {
				d := r.in(deriv, i, j)
				v, scale = dd.Mul(v, d), scale*size(d)
			}
			if overflow || z.scale(r.DType) == AnyValue {
				scale = AnyValue
			}
			r.want(c, i, j, v, scale)
		}
	}
}

// pick returns x if flag is set, else y.
func pick(flag bool, x, y int) int {
	if flag {
		return x
	}
	return y
}

func runGemm[T Float](cases []gemmCase, fused bool) func(Tier, *Call) {
	return func(t Tier, c *Call) {
		g := cases[c.Case]
		x, y, z := slice[T](c, 0), slice[T](c, 1), slice[T](c, 2)
		var e Epilogue[T]
		if fused {
			e.Act = g.act
			if g.bias {
				e.Bias = slice[T](c, 3)
			}
			if g.deriv {
				e.Deriv, e.LdDeriv = slice[T](c, 4), c.ld(4)
			}
		}
		switch {
		case t != public && !fused && gemmTiny(t, g.transA, g.transB, c.M, c.N, c.K, T(g.alpha), x, c.ld(0), y, c.ld(1), T(g.beta), z, c.ld(2)):
		case t != public:
			gemm(t, "Gemm", &product[T]{transA: g.transA, transB: g.transB, m: c.M, n: c.N, k: c.K,
				alpha: T(g.alpha), a: x, lda: c.ld(0), b: y, ldb: c.ld(1), beta: T(g.beta), c: z, ldc: c.ld(2), Epilogue: e})
		case fused:
			GemmFused(g.transA, g.transB, c.M, c.N, c.K, T(g.alpha), x, c.ld(0), y, c.ld(1), T(g.beta), z, c.ld(2), e)
		default:
			Gemm(g.transA, g.transB, c.M, c.N, c.K, T(g.alpha), x, c.ld(0), y, c.ld(1), T(g.beta), z, c.ld(2))
		}
	}
}
