package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// GemmBlocks computes the product
//
//	C = A^T * B    A is k x m, B is k x n, C is m x n
//
// without storing C: f gets each block of rows once, while the block is in cache. An
// optimizer that uses the gradient of a Linear layer's weights at once saves writing the
// gradient and reading it back.
//
// f(row, c) gets the rows of C from row on. c has no gaps, its length is a multiple of n,
// and it is valid until f returns; f may overwrite it. The blocks come in no particular
// order. If the product is large, several goroutines call f at once. The elements have the
// bits of [Gemm]. With k = 0, where no operand bounds C, n is at most 2^24 and m*n at most 2^36.
func GemmBlocks[T Float](m, n, k int, a []T, lda int, b []T, ldb int, f func(row int, c []T)) {
	gemmBlocks(Active(), "GemmBlocks", m, n, k, a, lda, b, ldb, f)
}

// gemmBlocks is GemmBlocks on a given tier.
func gemmBlocks[T Float](t Tier, op string, m, n, k int, a []T, lda int, b []T, ldb int,
	f func(row int, c []T)) {
	p := product[T]{transA: true, m: m, n: n, k: k, alpha: 1, a: a, lda: lda, b: b, ldb: ldb, ldc: max(1, n)}
	p.checkOperands(op)
	checkBlocks(op, m, n, k, f == nil)
	p.kc = termsPerPass(m, n, k)
	if m == 0 || n == 0 {
		return
	}
	raceReadMatrix(a, k, m, lda)
	raceReadMatrix(b, k, n, ldb)
	j := freelist.Get[T, blockJob[T]](&blockJobs)
	j.product, j.tier, j.f = p, t, f
	j.rows = blockRows(m, n, k, 2*tileOf[T](t).MR)
	j.run()
	j.product, j.f = product[T]{}, nil // do not keep the caller's slices alive
	freelist.Put[T](&blockJobs, j)
}

// What no operand bounds where k is 0: a row of zeros in memory, and the time to hand them all out.
const (
	zerosOfRow = 1 << 24
	mostZeros  = min(1<<36, math.MaxInt/8)
)

// checkBlocks panics unless C may have m x n elements and there is a function for its blocks.
func checkBlocks(op string, m, n, k int, missing bool) {
	most := math.MaxInt / 8
	if k == 0 && m > 0 {
		most = mostZeros
		if n > zerosOfRow {
			fail(op, "n", "n", "<= ", n, zerosOfRow)
		}
	}
	if m > 0 && n > most/m {
		arg, size, other := "n", n, m
		if m > n {
			arg, size, other = "m", m, n
		}
		fail(op, arg, arg, "<= ", size, most/other)
	}
	if missing {
		failWith(op, "f", "f is nil, want a function")
	}
}

// blockRows is how many rows a block of C has. It is a multiple of the rows that a micro-kernel works on,
// if any does.
func blockRows(m, n, k, multiple int) int {
	rows := max(1, blockArea/n)
	if k == 0 {
		return min(m, rows)
	}
	return evenly(m, rows, multiple)
}

// blockArea is about the number of elements in a block of C. L2 holds a block beside the same
// elements of a parameter and of its state. Half and twice as many take as long.
const blockArea = 1 << 15

// blockJob is a call of GemmBlocks in the pool; a tile is a block of C.
type blockJob[T Float] struct {
	product[T]
	tier   Tier
	rows   int // of a block
	panels PackedB[T]
	f      func(row int, c []T)
}

var blockJobs freelist.Lists

func (j *blockJob[T]) run() {
	if j.k > 0 && !j.fitsDirect(j.tier) {
		j.panels.pack(j.tier, "GemmBlocks", false, j.k, j.n, j.kc, j.b, j.ldb)
		j.b, j.packed = j.panels.panels, true
	}
	threads := 1
	if j.parallel() || j.m*j.n >= 4*maxCall {
		threads = Threads()
	}
	parallel(threads, ceilDiv(j.m, j.rows), j)
}

func (j *blockJob[T]) tile(i int) {
	scratch := freelist.Get[T, []T](&packs)
	row := i * j.rows
	p := j.product
	p.m = min(j.rows, j.m-row)
	*scratch = grow(*scratch, p.m*p.n)
	p.c = (*scratch)[:p.m*p.n]
	if p.k == 0 {
		clear(p.c)
	} else {
		p.a = p.a[row:]
		p.direct(j.tier, 0, p.m, 0, p.n)
	}
	j.f(row, p.c)
	freelist.Put[T](&packs, scratch)
}
