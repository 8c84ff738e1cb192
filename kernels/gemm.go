package kernels

import "github.com/ashlar-go/ashlar/kernels/asm"

// Gemm computes the matrix product
//
//	C = alpha * op(A) * op(B) + beta * C
//
// on row-major matrices, where op(X) is X, or X transposed when its flag is set.
// op(A) is m x k, op(B) is k x n and C is m x n. A leading dimension is the
// number of elements between the starts of two rows as stored: lda >= max(1, k),
// or max(1, m) where A is stored transposed; likewise ldb and n or k; ldc >= n.
//
// beta = 0 overwrites C without reading it. alpha = 0 or k = 0 leaves A and B
// unread; beta applies all the same. Nothing else is skipped: 0 * NaN is NaN. C must
// not share an element with A or B.
//
// Each element of C sums its terms in ascending order, in blocks of at most 256 terms,
// or 512 where m and n are both above 256. The sums of the blocks are added in order.
// Two shapes differ: from 64 terms on, a C of one row with B stored transposed and a C
// of one column with A not transposed are the dot products of [Gemv].
//
// The componentwise error is at most 3 eps * (|alpha| |A| |B| + |beta| |C|) on symmetric
// random data up to k = 4096 (eps = 2^-23 or 2^-52).
//
// Source: Goto and van de Geijn, Anatomy of High-Performance Matrix
// Multiplication, ACM TOMS 34(3), 2008; the loops carry BLIS's names.
func Gemm[T Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int,
	b []T, ldb int, beta T, c []T, ldc int) {
	t := Active()
	// In this place, since a function of so many arguments costs a tenth of a product of 8^3.
	if fitsTiny[T](t, transA, transB, m, n, k, lda, alpha) {
		rows, cols := stored(transA, m, k)
		if holds(len(a), rows, cols, lda) && holds(len(b), k, n, ldb) && holds(len(c), m, n, ldc) &&
			!meet(c, a) && !meet(c, b) {
			raceReadMatrix(a, rows, cols, lda)
			raceReadMatrix(b, k, n, ldb)
			raceWriteMatrix(c, m, n, ldc)
			var s asm.GemmStrip[T]
			fillStrip(&s, transA, m, n, k, alpha, lda, ldb, beta, ldc)
			s.A, s.B, s.C, s.Next = &a[0], &b[0], &c[0], &b[0]
			dispatchGemmStrip(t, &s)
			return
		}
	}
	var p product[T]
	p.set(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
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
// registers that hold the product. Any other activation runs over each finished
// block of C while it is in cache; Deriv must then be nil.
type Epilogue[T Float] struct {
	Bias    []T        // n values, one a column
	Act     Activation // ActIdentity, the zero value, for none
	Deriv   []T        // m x n, the stored derivative of the layer below
	LdDeriv int        // leading dimension of Deriv, >= max(1, n)
}

// GemmFused is [Gemm] with an epilogue:
//
//	C = epilogue(alpha * op(A) * op(B) + beta * C)
//
// as [Epilogue] says. With Bias and Act it computes a Linear layer and its activation in one pass. With
// Deriv it computes the gradient of a layer's input times the stored derivative of the
// layer below. Bias and Deriv must not share an element with C. GemmFused also panics if
// Deriv is set with an activation other than identity, ReLU and leaky ReLU.
func GemmFused[T Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int,
	b []T, ldb int, beta T, c []T, ldc int, e Epilogue[T]) {
	var p product[T]
	p.set(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
	p.Bias, p.Act, p.Deriv, p.LdDeriv = e.Bias, e.Act, e.Deriv, e.LdDeriv
	if t := Active(); !p.tiny(t) {
		p.activator = anyActivation[T]{}
		gemm(t, "GemmFused", &p)
	}
}

// product is the arguments of Gemm and of its variants, and what the route adds to them.
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
	kc             int      // terms in a pass; choose sets it by termsPerPass
	packed         bool     // b is the whole of op(B), packed, in passes of kc terms
	triangle       triangle // the elements of C that are computed
	Epilogue[T]
	activator activator[T] // checks and applies the epilogue; nil in products that have none
}

// activator checks an epilogue and applies an activation to elements of C. A product without
// epilogue has none, so that a program that calls Gemm alone does not link the activations.
type activator[T Float] interface {
	check(op string, m, n int, e Epilogue[T], c view)
	activate(t Tier, act Activation, c []T)
}

type anyActivation[T Float] struct{}

func (anyActivation[T]) check(op string, m, n int, e Epilogue[T], c view) { e.check(op, m, n, c) }

func (anyActivation[T]) activate(t Tier, act Activation, c []T) { activate(t, act, c, c) }

// set fills in an empty product. The compiler builds a literal elsewhere and then copies it
// with wider loads than its stores were; such loads wait until the stores have left the store
// buffer (store forwarding fails). Other operand structs are filled in place for this reason.
func (p *product[T]) set(transA, transB bool, m, n, k int, alpha T, a []T, lda int,
	b []T, ldb int, beta T, c []T, ldc int) {
	p.transA, p.transB, p.m, p.n, p.k, p.alpha, p.beta = transA, transB, m, n, k, alpha, beta
	p.a, p.lda, p.b, p.ldb, p.c, p.ldc = a, lda, b, ldb, c, ldc
}

// gemm is Gemm and GemmFused on a given tier.
func gemm[T Float](t Tier, op string, p *product[T]) {
	if !p.plain() {
		p.check(op)
	}
	p.compute(t)
}

// compute computes a product whose arguments have been checked.
func (p *product[T]) compute(t Tier) {
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
	switch {
	case p.alpha == 0: // A and B are not read
	case p.packed:
		raceReadMatrix(p.a, rowsA, colsA, p.lda)
		raceRead(p.b)
	default:
		raceReadMatrix(p.a, rowsA, colsA, p.lda)
		raceReadMatrix(p.b, rowsB, colsB, p.ldb)
	}
	if p.triangle == wholeC {
		raceWriteMatrix(p.c, p.m, p.n, p.ldc)
	} else {
		p.announceTriangle()
	}
	raceRead(p.Bias)
	if p.Deriv != nil {
		raceReadMatrix(p.Deriv, p.m, p.n, p.LdDeriv)
	}
}

// withoutProduct applies beta and the epilogue where A and B are not read.
func (p *product[T]) withoutProduct(t Tier) {
	for i := range p.m {
		first, end := p.columns(i)
		row := p.c[i*p.ldc+first : i*p.ldc+end]
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
			p.activator.activate(t, p.Act, row)
		}
		if p.Deriv != nil {
			for j, d := range p.Deriv[i*p.LdDeriv : i*p.LdDeriv+p.n] {
				row[j] *= d
			}
		}
	}
}
