package kernels

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/freelist"
	"github.com/ashlar-go/ashlar/kernels/asm"
	"github.com/ashlar-go/ashlar/kernels/internal/operand"
)

// GemmTriangle computes a triangle of the matrix product
//
//	C = alpha * op(A) * op(B) + beta * C
//
// where op(A) is m x k, op(B) is k x n and C is m x n: the elements C[i,j] with j >= i if
// upper is set, else those with j <= i. The others are neither read nor written, and A and
// B may share them. C need not be square; it is in the rank-k updates of BLAS.
//
// The other arguments are those of [Gemm]. The elements have the bits of Gemm, unless C is
// one row or one column. It takes about half the time of Gemm.
func GemmTriangle[T Float](upper, transA, transB bool, m, n, k int, alpha T, a []T, lda int,
	b []T, ldb int, beta T, c []T, ldc int) {
	var p product[T]
	p.set(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
	p.triangle = lowerC
	if upper {
		p.triangle = upperC
	}
	gemm(Active(), "GemmTriangle", &p)
}

// triangle is which elements of C a product computes.
type triangle uint8

const (
	wholeC triangle = iota
	lowerC          // those of row i up to column i
	upperC          // those from column i on
)

// columns returns the columns of row i of C that p computes: first to end-1.
func (p *product[T]) columns(i int) (first, end int) {
	if p.triangle == wholeC {
		return 0, p.n
	}
	return rowOfTriangle(p.triangle == upperC, i, p.n)
}

// announceTriangle tells the race detector what is written of C.
func (p *product[T]) announceTriangle() {
	for i := range p.m {
		first, end := p.columns(i)
		raceWrite(p.c[i*p.ldc+first : i*p.ldc+end])
	}
}

// misses reports whether p computes no element of a block of C.
func (p *product[T]) misses(i, rows, j, cols int) bool {
	return p.triangle == lowerC && i+rows <= j || p.triangle == upperC && j+cols <= i
}

// writes reports whether the elements of C that p computes share one with v.
func (p *product[T]) writes(v view) bool {
	c := matrixView(p.c, p.m, p.n, p.ldc)
	if p.triangle == wholeC || !c.Near(v) {
		return c.Near(v) && c.Shares(v)
	}
	t, in := operand.Triangle(p.c, p.triangle == upperC, false, p.m, p.n, p.ldc), v.Region()
	return t.Meets(&in)
}

// stripOfTriangle is strip where p computes a triangle of C: it runs the micro-kernel on the
// rows that have all columns of the strip, and in groups on the rows that the diagonal cuts.
func (p *product[T]) stripOfTriangle(t Tier, s *asm.GemmStrip[T], i, j int) {
	// Rows begin..end are cut, those from first to last have all columns.
	begin := min(max(j-i, 0), s.M)
	end := min(max(j+s.N-1-i, begin), s.M)
	first, last := end, s.M
	if p.triangle == upperC {
		first, last = 0, min(max(j+1-i, 0), s.M)
		begin, end = last, min(max(j+s.N-i, last), s.M)
	}
	if first < last {
		q := *s
		q.M, q.A = last-first, forward(s.A, first*s.RsA)
		p.stripAt(t, &q, i+first, j)
	}
	if begin == end {
		return
	}
	// The columns of a group end, or begin, at the diagonal. As many rows as a vector has lanes
	// leave few lanes empty.
	tile, corner := tileOf[T](t), freelist.Get[T, []T](&packs)
	group := roundUp(tile.lanes, tile.MR)
	*corner = grow(*corner, group*s.N)
	for r := begin; r < end; r += group {
		p.cutRows(t, s, *corner, i, j, r, min(group, end-r))
	}
	freelist.Put[T](&packs, corner)
}

// cutRows computes rows r to r+rows-1 of a strip, which the diagonal cuts. The micro-kernel
// computes them in corner, from where only the elements of the triangle go to C.
func (p *product[T]) cutRows(t Tier, s *asm.GemmStrip[T], corner []T, i, j, r, rows int) {
	first, end := 0, min(s.N, i+r+rows-j)
	if p.triangle == upperC {
		first, end = max(0, i+r-j), s.N
	}
	q := *s
	q.M, q.N, q.Ldc = rows, end-first, end-first
	q.A, q.B, q.C = forward(s.A, r*s.RsA), forward(s.B, first), &corner[0]
	if s.Flags&asm.GemmBeta != 0 {
		p.copyCut(corner, i+r, rows, j+first, q.N, false)
	}
	dispatchGemmStrip(t, &q)
	p.copyCut(corner, i+r, rows, j+first, q.N, true)
}

// copyCut copies the elements of a block of C that p computes, at least one in every row, to
// corner or back.
func (p *product[T]) copyCut(corner []T, i, rows, j, cols int, back bool) {
	for r := range rows {
		first, end := 0, min(i+r+1-j, cols)
		if p.triangle == upperC {
			first, end = max(i+r-j, 0), cols
		}
		in, out := p.c[(i+r)*p.ldc+j:][first:end], corner[r*cols:][first:end]
		if back {
			in, out = out, in
		}
		copy(out, in)
	}
}

// forward returns the address n elements after p.
func forward[T Float](p *T, n int) *T {
	return (*T)(unsafe.Add(unsafe.Pointer(p), n*int(unsafe.Sizeof(*p))))
}
