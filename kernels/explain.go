package kernels

import (
	"fmt"
	"unsafe"

	sizes "github.com/ashlar-go/ashlar/internal/size"
)

// GemmPlan says how [Gemm] computes a product here: see [ExplainGemm].
type GemmPlan struct {
	Tier    Tier
	Path    string // see ExplainGemm
	Threads int    // that share the tiles of C, at most
	MR, NR  int    // rows and columns of the register tile

	// MC, NC and KC are the most rows and columns of a tile of C, and terms of a pass. They are
	// the whole product where it is not cut.
	MC, NC, KC int
}

// ExplainGemm returns how [Gemm] computes op(A) * op(B) from matrices without gaps between their
// rows, with alpha = 1 and beta = 0, on the active tier, with the threads of [Threads] and the
// caches of this machine. It computes nothing. Path is one of
//
//	none       C is empty, or there are no terms
//	strips     one call of the micro-kernel for each strip of columns
//	dots       one row or column of dot products, as in Gemv
//	direct     one thread reads A and B where they are, or transposes strips of B
//	tiles      threads share tiles of C and read A and B where they are
//	loops      the five loops: B is packed, then threads share tiles of C
//	swapped    C^T = op(B)^T * op(A)^T by tiles or loops, then transposed; the plan is that of C^T
//
// It panics with a [*ShapeError] if a size is negative, or a matrix larger than a slice can be.
func ExplainGemm[T Float](transA, transB bool, m, n, k int) GemmPlan {
	const op = "ExplainGemm"
	t := Active()
	tile := tileOf[T](t)
	plan := GemmPlan{Tier: t, Path: "none", Threads: 1, MR: tile.MR, NR: tile.NR, MC: m, NC: n, KC: k}
	checkSize(op, "m", m)
	checkSize(op, "n", n)
	checkSize(op, "k", k)
	checkElements[T](op, "m", "op(A)", m, k)
	checkElements[T](op, "n", "op(B)", k, n)
	checkElements[T](op, "m", "C", m, n)
	if m == 0 || n == 0 || k == 0 {
		return plan
	}
	var p product[T]
	_, lda := stored(transA, m, k)
	_, ldb := stored(transB, k, n)
	p.set(transA, transB, m, n, k, 1, nil, lda, nil, ldb, 0, nil, n)
	explain(&plan, &p, p.choose(t))
	return plan
}

// checkElements panics, naming the parameter arg, if a slice cannot have the rows x cols elements of what.
func checkElements[T Float](op, arg, what string, rows, cols int) {
	if _, ok := sizes.Elements(unsafe.Sizeof(T(0)), rows, cols); !ok {
		failWith(op, arg, fmt.Sprintf("%s of %d x %d elements is larger than memory can be", what, rows, cols))
	}
}

// explain fills in how p is computed on the path that choose returned for it.
func explain[T Float](plan *GemmPlan, p *product[T], way path) {
	plan.Path = pathNames[way]
	if way == pathDots {
		plan.Threads = gemvThreads(max(p.m, p.n), p.k)
		return
	}
	if way == pathSwapped {
		rows, cols := p.swapBlock(plan.Tier)
		*p = p.part(0, rows, 0, min(cols, p.n))
		p.exchange()
		way = p.shared(plan.Tier)
	}
	if way == pathStrips {
		plan.KC = p.k
		return
	}
	if way != pathTiles && way != pathLoops {
		plan.KC = p.kc
		return
	}
	pl := planFor[T](plan.Tier, p)
	if way == pathTiles {
		pl.cutInPlace(p.m, p.n, p.k, int(unsafe.Sizeof(T(0))))
	}
	plan.MC, plan.NC, plan.KC = min(pl.MC, p.m), min(pl.tileCols, p.n), pl.KC
	plan.Threads = min(pl.threads, ceilDiv(p.m, pl.MC)*ceilDiv(min(p.n, pl.NC), pl.tileCols))
}
