package kernels

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// PackedB is a copy of op(B), k x n, in the order in which the micro-kernel reads it, for
// weights that many products share. It does not follow later changes of B; call Pack again.
// Any number of goroutines may pass one PackedB to [GemmPacked], but not during Pack.
type PackedB[T Float] struct {
	k, n   int
	kc     int // terms in a pass
	tier   Tier
	panels []T
}

// PackB packs op(B), which is k x n; the arguments are those of [Gemm]. Products with the
// result run on the tier that is active now.
func PackB[T Float](transB bool, k, n int, b []T, ldb int) *PackedB[T] {
	p := new(PackedB[T])
	p.pack(Active(), "PackB", transB, k, n, termsPerPass(1, n, k), b, ldb)
	return p
}

// Pack replaces the contents of p by op(B), which is k x n; the arguments are those of
// [PackB]. It allocates only if the memory of p is too small.
func (p *PackedB[T]) Pack(transB bool, k, n int, b []T, ldb int) {
	p.pack(Active(), "PackedB.Pack", transB, k, n, termsPerPass(1, n, k), b, ldb)
}

// Dims returns the shape of op(B).
func (p *PackedB[T]) Dims() (k, n int) { return p.k, p.n }

func (p *PackedB[T]) pack(t Tier, op string, transB bool, k, n, kc int, b []T, ldb int) {
	checkSize(op, "k", k)
	checkSize(op, "n", n)
	rows, cols := stored(transB, k, n)
	checkMatrix(op, "b", "ldb", len(b), rows, cols, ldb)
	raceReadMatrix(b, rows, cols, ldb)
	p.k, p.n, p.kc, p.tier = k, n, kc, t
	if k == 0 || n == 0 {
		return
	}
	p.panels = grow(p.panels, k*roundUp(n, tileOf[T](t).NR))
	raceWrite(p.panels)
	g := freelist.Get[T, gemmJob[T]](&gemmJobs)
	g.product = product[T]{transB: transB, m: 1, n: n, k: k, kc: kc, alpha: 1, b: b, ldb: ldb}
	g.tier = t
	g.plan = planFor(t, &g.product)
	if k*n >= packedParallel {
		g.plan.threads = Threads()
	}
	g.whole(p.panels, func() {
		g.phase = packing
		parallel(g.plan.threads, ceilDiv(g.nc, g.plan.packCols)*ceilDiv(g.kb, g.plan.KC), g)
	})
	g.product = product[T]{}
	freelist.Put[T](&gemmJobs, g)
}

// packedParallel is the number of elements from which helpers pay for packing.
const packedParallel = 1 << 16

// whole runs f with panels, all of op(B), as the one packed block of the five loops.
func (g *gemmJob[T]) whole(panels []T, f func()) {
	own := g.bScratch
	g.bScratch, g.jc, g.nc, g.pk, g.kb = panels, 0, g.n, 0, g.k
	f()
	g.bScratch = own
}

// GemmPacked is [GemmFused] with a packed B,
//
//	C = alpha * op(A) * op(B) + beta * C    and then the epilogue
//
// where op(A) is m x k, and k and n are those of b.Dims. It runs on the tier that b was
// packed for. The bits are those of GemmFused, unless C is a single row or column, or m, n
// and k are all above 256: PackB does not know m, so GemmPacked always sums in blocks of at
// most 256 terms.
func GemmPacked[T Float](transA bool, m int, alpha T, a []T, lda int, b *PackedB[T],
	beta T, c []T, ldc int, e Epilogue[T]) {
	if b == nil {
		failWith("GemmPacked", "b", "b is nil, want what PackB returns")
	}
	var p product[T]
	p.set(transA, false, m, b.n, b.k, alpha, a, lda, b.panels, max(1, b.n), beta, c, ldc)
	p.packed, p.kc, p.Bias, p.Act, p.Deriv, p.LdDeriv = true, b.kc, e.Bias, e.Act, e.Deriv, e.LdDeriv
	p.activator = anyActivation[T]{}
	gemm(b.tier, "GemmPacked", &p)
}

// computeWhole computes the product from a packed B in tiles of C.
func (g *gemmJob[T]) computeWhole() {
	g.plan.cut(g.m, g.n, int(unsafe.Sizeof(T(0))))
	g.whole(g.b, func() {
		g.phase = computing
		parallel(g.plan.threads, ceilDiv(g.m, g.plan.MC)*ceilDiv(g.nc, g.plan.tileCols), g)
	})
}
