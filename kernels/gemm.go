package kernels

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
// Every element of C is a sum over p in ascending order, in blocks of at most 256
// terms, or 512 where m and n are above 256, so results are the same for every number of
// threads. The exception
// is a C of one row with B stored transposed, or of one column with A as it is:
// from 64 terms on these are the dot products of [Gemv]. The componentwise error is at most 3 eps * (|alpha| |A| |B| + |beta| |C|) on
// symmetric random data up to k = 4096 (eps = 2^-23 or 2^-52).
//
// Source: Goto and van de Geijn, Anatomy of High-Performance Matrix
// Multiplication, ACM TOMS 34(3), 2008; the loops carry BLIS's names.
func Gemm[T Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	t := Active()
	if gemmTiny(t, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) {
		return
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
	var p product[T]
	p.set(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
	p.Bias, p.Act, p.Deriv, p.LdDeriv = e.Bias, e.Act, e.Deriv, e.LdDeriv
	if t := Active(); !p.tiny(t) {
		p.activator = anyActivation[T]{}
		gemm(t, "GemmFused", &p)
	}
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
	kc             int      // terms in a pass, set on the way; see termsPerPass
	packed         bool     // b is the whole of op(B), packed, in passes of kc terms
	triangle       triangle // the elements of C that are computed
	Epilogue[T]
	activator activator[T] // applies Act; nil in products that have no epilogue
}

// activator applies an activation to elements of C. A product without epilogue has none, so
// that a program that calls Gemm alone does not link the activations.
type activator[T Float] interface {
	activate(t Tier, act Activation, c []T)
}

type anyActivation[T Float] struct{}

func (anyActivation[T]) activate(t Tier, act Activation, c []T) { activate(t, act, c, c) }

// set fills in what an empty product does not have. A literal would be made elsewhere first and
// then copied, two words at a time, which waits for the words to leave the store buffer.
func (p *product[T]) set(transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	p.transA, p.transB, p.m, p.n, p.k, p.alpha, p.beta = transA, transB, m, n, k, alpha, beta
	p.a, p.lda, p.b, p.ldb, p.c, p.ldc = a, lda, b, ldb, c, ldc
}

// check panics unless the arguments describe a product.
func (p *product[T]) check(op string) {
	p.checkOperands(op)
	checkMatrix(op, "c", "ldc", len(p.c), p.m, p.n, p.ldc)
	p.checkOverlap(op)
	if p.Bias != nil || p.Deriv != nil || p.Act != ActIdentity {
		p.checkEpilogue(op)
	}
}

// checkOperands checks the sizes, A and B, which nobody looks at where C is empty.
func (p *product[T]) checkOperands(op string) {
	checkSize(op, "m", p.m)
	checkSize(op, "n", p.n)
	checkSize(op, "k", p.k)
	rowsA, colsA := stored(p.transA, p.m, p.k)
	rowsB, colsB := stored(p.transB, p.k, p.n)
	if p.m == 0 || p.n == 0 {
		rowsA, rowsB = 0, 0
	}
	checkMatrix(op, "a", "lda", len(p.a), rowsA, colsA, p.lda)
	checkMatrix(op, "b", "ldb", len(p.b), rowsB, colsB, p.ldb)
}

// checkOverlap panics if C shares an element with A or B.
func (p *product[T]) checkOverlap(op string) {
	rowsA, colsA := stored(p.transA, p.m, p.k)
	rowsB, colsB := stored(p.transB, p.k, p.n)
	if p.writes(matrixView(p.a, rowsA, colsA, p.lda)) {
		overlap(op, "c", "a")
	}
	b := matrixView(p.b, rowsB, colsB, p.ldb)
	if p.packed {
		b = vectorView(p.b)
	}
	if p.writes(b) {
		overlap(op, "c", "b")
	}
}

func (p *product[T]) checkEpilogue(op string) {
	c := matrixView(p.c, p.m, p.n, p.ldc)
	if p.Bias != nil {
		checkLen(op, "Bias", len(p.Bias), p.n)
		checkApart(op, "c", "Bias", c, vectorView(p.Bias))
	}
	p.Act.check(op, "Act")
	if p.Deriv == nil {
		return
	}
	checkMatrix(op, "Deriv", "LdDeriv", len(p.Deriv), p.m, p.n, p.LdDeriv)
	checkApart(op, "c", "Deriv", c, matrixView(p.Deriv, p.m, p.n, p.LdDeriv))
	if !p.Act.inRegister() {
		failWith(op, "Deriv", "Deriv goes with ActIdentity, ActReLU or ActLeakyReLU, not with "+p.Act.String())
	}
}

// gemm is Gemm and GemmFused on a given tier.
func gemm[T Float](t Tier, op string, p *product[T]) {
	if !p.plain() {
		p.check(op)
	}
	p.compute(t)
}

// compute computes a product that has been checked.
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
