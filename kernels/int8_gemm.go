package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/freelist"
	"github.com/ashlar-go/ashlar/kernels/asm"
)

// GemmInt8 computes a product with integers of 8 bits,
//
//	C = epilogue(A * B)
//
// where A is m x k, C is m x n, both of float32 and row-major, and k and n are those of b.Dims. Each row i
// of A is quantised first, by its own range, which always includes 0:
//
//	step = max((max_i - min_i) / 255, 2^-126)
//	zero = round(-min_i / step)
//	q[p] = round(min(max(A[i,p] * (1/step), -zero), 255-zero)) + zero      from 0 to 255
//	z[j] = sum over p of (q[p] - zero) * B[p,j]                            exactly, in 32 bits
//	C[i,j] = epilogue((float32(z[j]) * scale[j]) * step)
//
// Ties round to even, and each operation in the last line rounds. The bits are the same on every path
// ([Int8Paths]) and tier for identity, ReLU and leaky ReLU, and for every number of threads.
//
// A row with a NaN or an infinity gives a row of NaN, before the activation. C must not share an element
// with A; what else [GemmFused] says of the epilogue holds.
//
// Each element of A is wrong by at most step/2, of B by scale[j]/2: with A from 0 to 1 and weights of
// magnitudes up to 1 an element of C is off by about 2^-9 * sqrt(k/3) in the mean.
//
// Source: Jacob et al., Quantization and Training of Neural Networks for Efficient
// Integer-Arithmetic-Only Inference, CVPR 2018.
func GemmInt8(m int, a []float32, lda int, b *QuantizedB, c []float32, ldc int, e Epilogue[float32]) {
	gemmInt8("GemmInt8", m, a, lda, b, rowScale{}, c, ldc, e)
}

// GemmInt8Range is [GemmInt8] with one range for all rows of A, such as one found in calibration data: min_i
// is lo and max_i is hi, extended to include 0. Elements of A beyond it become its ends. lo <= hi, and both
// are finite.
func GemmInt8Range(lo, hi float32, m int, a []float32, lda int, b *QuantizedB, c []float32, ldc int,
	e Epilogue[float32]) {
	const op = "GemmInt8Range"
	if !(lo <= hi) || lo < -math.MaxFloat32 || hi > math.MaxFloat32 {
		failWith(op, "lo", "the range from lo to hi has no finite numbers, want lo <= hi, both finite")
	}
	gemmInt8(op, m, a, lda, b, scaleOfRange(min(lo, 0), max(hi, 0)), c, ldc, e)
}

// gemmInt8 is both. given.step is 0 where each row has a range of its own.
func gemmInt8(op string, m int, a []float32, lda int, b *QuantizedB, given rowScale, c []float32, ldc int,
	e Epilogue[float32]) {
	if b == nil {
		failWith(op, "b", "b is nil, want what QuantizeB returns")
	}
	var p product[float32]
	p.set(false, false, m, b.n, b.k, 1, a, lda, b.panels, max(1, b.n), 0, c, ldc)
	p.packed, p.activator = true, anyActivation[float32]{}
	p.Bias, p.Act, p.Deriv, p.LdDeriv = e.Bias, e.Act, e.Deriv, e.LdDeriv
	if !p.plain() {
		checkInt8(op, &p)
	}
	if m == 0 || b.n == 0 {
		return
	}
	p.announce()
	if b.k == 0 {
		p.withoutProduct(b.tier)
		return
	}
	g := freelist.Get[float32, int8Job](&int8Jobs)
	g.product, g.weights, g.given = p, b, given
	g.run()
	g.product, g.weights = product[float32]{}, nil // do not keep the caller's slices alive
	freelist.Put[float32](&int8Jobs, g)
}

// checkInt8 panics unless the arguments describe a product. b is no argument that could be too short.
func checkInt8(op string, p *product[float32]) {
	checkSize(op, "m", p.m)
	rows := p.m
	if p.n == 0 {
		rows = 0
	}
	checkMatrix(op, "a", "lda", len(p.a), rows, p.k, p.lda)
	checkMatrix(op, "c", "ldc", len(p.c), p.m, p.n, p.ldc)
	checkApart(op, "c", "a", matrixView(p.c, p.m, p.n, p.ldc), matrixView(p.a, rows, p.k, p.lda))
	p.Epilogue.check(op, p.m, p.n, matrixView(p.c, p.m, p.n, p.ldc))
}

// int8Job is a product of integers of 8 bits. Blocks of rows of A are quantised, in a job for the pool;
// the next job computes tiles of C: the micro-kernel leaves its sums there, and they become float32 while
// the tile is in cache. The terms are not cut: a panel of B streams from L2, which has time enough for it.
type int8Job struct {
	product[float32]
	weights *QuantizedB
	given   rowScale

	plan        plan
	row, rows   int // the current block of rows
	rowsPerCall int
	quantizing  bool
	words       []float32 // the block of A in words
	ldWords     int
	scales      []rowScale
	zeros       []float32 // the bias, if there is none
}

var int8Jobs freelist.Lists

const (
	// int8Parallel is the number of multiply-adds from which helpers pay.
	int8Parallel = 1 << 19
	// int8Block is about how many bytes of A are quantised before the product with B is computed.
	int8Block = 1 << 19
	// int8Call is the most multiply-adds of one call of the micro-kernel, unless a row has more.
	int8Call = 1 << 21
	// int8RowsA is how many rows a tile of the job quantises.
	int8RowsA = 8
)

func (g *int8Job) run() {
	words := g.weights.words
	// Rows a power of two apart would share sets of L1.
	g.ldWords = roundUp(words, 16) + 16
	g.plan = plan{tileShape: g.weights.path.shape(), threads: 1, KC: words}
	if g.m*g.n >= ceilDiv(int8Parallel, g.k) {
		g.plan.threads = Threads()
	}
	most := roundUp(max(1, min(g.m, int8Block/(4*g.ldWords))), g.plan.MR)
	if g.rowsPerCall = max(1, int8Call/(4*words*g.plan.NR)); g.rowsPerCall > g.plan.MR {
		g.rowsPerCall -= g.rowsPerCall % g.plan.MR
	}
	g.words = grow(g.words, most*g.ldWords)
	if cap(g.scales) < most {
		g.scales = make([]rowScale, most)
	}
	g.scales = g.scales[:most]
	if g.Bias == nil {
		g.zeros = grow(g.zeros, g.n)
		clear(g.zeros)
	}
	for g.row = 0; g.row < g.m; g.row += most {
		g.rows = min(most, g.m-g.row)
		g.plan.cut(g.rows, g.n, 4)
		g.quantizing = true
		parallel(g.plan.threads, ceilDiv(g.rows, int8RowsA), g)
		g.quantizing = false
		parallel(g.plan.threads, ceilDiv(g.rows, g.plan.MC)*ceilDiv(g.n, g.plan.tileCols), g)
	}
}

// tile is one tile of the job that the pool is running.
func (g *int8Job) tile(i int) {
	if g.quantizing {
		for r := i * int8RowsA; r < min((i+1)*int8RowsA, g.rows); r++ {
			x := g.a[(g.row+r)*g.lda:][:g.k]
			g.scales[r] = quantizeRow(g.weights.tier, bytesOf(g.words[r*g.ldWords:][:g.ldWords]), x, g.given)
		}
		return
	}
	across := ceilDiv(g.n, g.plan.tileCols)
	ic, jc := i/across*g.plan.MC, i%across*g.plan.tileCols
	g.compute(ic, min(g.plan.MC, g.rows-ic), jc, min(g.plan.tileCols, g.n-jc))
}

// compute computes a tile of C, rows ic to ic+mc-1 of the block and columns jc to jc+cols-1.
func (g *int8Job) compute(ic, mc, jc, cols int) {
	s := asm.GemmStrip[float32]{RsA: g.ldWords, CsA: 1, K: g.weights.words, Ldc: g.ldc}
	for j := jc; j < jc+cols; j += g.plan.NR {
		s.N = min(g.plan.NR, jc+cols-j)
		at, width := g.weights.panel(g.plan.tileShape, j)
		s.B, s.RsB = &g.weights.panels[at], width
		for i := ic; i < ic+mc; i += s.M {
			s.M = min(g.rowsPerCall, ic+mc-i)
			s.A, s.C = &g.words[i*g.ldWords], &g.c[(g.row+i)*g.ldc+j]
			gemmStripInt8(g.weights.path, &s)
		}
	}
	for i := ic; i < ic+mc; i++ {
		g.finishRow(i, jc, cols)
	}
}

// finishRow makes float32 of the sums in a row of a tile, and applies the epilogue.
func (g *int8Job) finishRow(i, jc, cols int) {
	b, t, row := g.weights, g.weights.tier, g.row+i
	bias := g.Bias
	if bias == nil {
		bias = g.zeros
	}
	_, k := g.scales[i].constants()
	y := g.c[row*g.ldc+jc:][:cols]
	eachPiece(cols, func(lo, w int) {
		j := jc + lo
		dispatchDequantizeRow(t, y[lo:lo+w], b.sums[j:j+w], b.scales[j:j+w], bias[j:j+w], k[:])
	})
	if g.Act != ActIdentity {
		g.activator.activate(t, g.Act, y)
	}
	if g.Deriv != nil {
		for j, d := range g.Deriv[row*g.LdDeriv+jc:][:cols] {
			y[j] *= d
		}
	}
}
