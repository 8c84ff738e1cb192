package kernels

// The checks of a product. plain answers first: it compares ranges of memory and sizes, in
// nanoseconds, and is true for almost every call that is right. Where it is false, check finds
// out whether the call is right all the same, and panics with what is wrong if it is not.

// plain reports whether a quick look finds the arguments right. It relies on none of them.
func (p *product[T]) plain() bool {
	if p.m < 1 || p.n < 1 || p.k < 1 || p.Act.kind() >= kinds {
		return false
	}
	rowsA, colsA := stored(p.transA, p.m, p.k)
	rowsB, colsB := stored(p.transB, p.k, p.n)
	return holds(len(p.a), rowsA, colsA, p.lda) && (p.packed || holds(len(p.b), rowsB, colsB, p.ldb)) &&
		p.plainC()
}

// plainC is plain for C and the epilogue.
func (p *product[T]) plainC() bool {
	if !holds(len(p.c), p.m, p.n, p.ldc) || meet(p.c, p.a) || meet(p.c, p.b) {
		return false
	}
	if p.Bias != nil && (len(p.Bias) != p.n || meet(p.c, p.Bias)) {
		return false
	}
	return p.Deriv == nil ||
		holds(len(p.Deriv), p.m, p.n, p.LdDeriv) && !meet(p.c, p.Deriv) && p.Act.inRegister()
}

// check panics unless the arguments describe a product.
func (p *product[T]) check(op string) {
	p.checkOperands(op)
	checkMatrix(op, "c", "ldc", len(p.c), p.m, p.n, p.ldc)
	p.checkOverlap(op)
	if p.Bias != nil || p.Deriv != nil || p.Act != ActIdentity {
		p.activator.check(op, p.m, p.n, p.Epilogue, matrixView(p.c, p.m, p.n, p.ldc))
	}
}

// checkOperands checks the sizes, A and B. Where C is empty, A and B may be too short.
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

// check panics unless Bias, Act and Deriv fit each other and a product of m x n elements, which lie at c.
func (e *Epilogue[T]) check(op string, m, n int, c view) {
	if e.Bias != nil {
		checkLen(op, "Bias", len(e.Bias), n)
		checkApart(op, "c", "Bias", c, vectorView(e.Bias))
	}
	e.Act.check(op, "Act")
	if e.Deriv == nil {
		return
	}
	checkMatrix(op, "Deriv", "LdDeriv", len(e.Deriv), m, n, e.LdDeriv)
	checkApart(op, "c", "Deriv", c, matrixView(e.Deriv, m, n, e.LdDeriv))
	if !e.Act.inRegister() {
		failWith(op, "Deriv", "Deriv is set with Act = "+e.Act.String()+
			", want ActIdentity, ActReLU or ActLeakyReLU")
	}
}
