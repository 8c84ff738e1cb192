package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

// matrixCall is operands and results of the kernels that store matrices past the caches.
type matrixCall[T Float] struct {
	rows, cols, ld int
	offset         int // elements from a cache line to the first output
	inPlace        bool
	wild           bool // with rows and columns that are computed in scaled numbers
}

func (c matrixCall[T]) String() string {
	return fmt.Sprintf("%T/%dx%d/ld=%d/offset=%d/inPlace=%v/wild=%v", T(0), c.rows, c.cols, c.ld, c.offset,
		c.inPlace, c.wild)
}

// operand is a matrix with known gaps, the same in each call.
func (c *matrixCall[T]) operand(seed uint64) []T {
	r, x := rand.New(rand.NewPCG(seed, 1)), grow[T](nil, c.rows*c.ld+c.offset)[c.offset:]
	for i := range x {
		x[i] = T(r.NormFloat64())
	}
	if c.wild {
		huge := T(math.Sqrt(math.MaxFloat32))
		for j := range c.cols {
			x[c.rows/2*c.ld+j] *= huge
		}
		for i := range c.rows {
			x[i*c.ld+c.cols/3] *= huge
		}
		x[c.cols/2] = T(math.NaN())
	}
	return x
}

// results computes everything and returns it with the gaps.
func (c *matrixCall[T]) results() map[string][]T {
	all := map[string][]T{}
	rows, cols, ld := c.rows, c.cols, c.ld
	perRow := func() []T { return make([]T, rows) }
	perColumn := func(v T) []T { return slices.Repeat([]T{v}, cols) }
	forward := func(name string, run func(y, x []T)) {
		y, x := c.operand(1), c.operand(2)
		if c.inPlace {
			y = x
		}
		run(y, x)
		all[name] = y
	}
	backward := func(name string, run func(dx, dy, x []T)) {
		dx, dy, x := c.operand(1), c.operand(3), c.operand(2)
		if c.inPlace {
			dx = dy
		}
		run(dx, dy, x)
		all[name] = dx
	}
	gamma, beta := c.operand(5)[:cols], c.operand(6)[:cols]
	forward("AddBias", func(y, x []T) { AddBias(rows, cols, y, ld, x, ld, beta) })
	forward("PReLU", func(y, x []T) { PReLU(rows, cols, y, ld, x, ld, gamma) })
	sum := perColumn(0)
	backward("PReLUBackward", func(dx, dy, x []T) { PReLUBackward(rows, cols, dx, ld, dy, ld, x, ld, gamma, sum) })
	all["dslope"] = sum
	for _, act := range []Activation{ActReLU, ActTanh} {
		p := &BatchNorm[T]{gamma, beta, perColumn(0.5), perColumn(1), perColumn(0.25), perColumn(2), 0.1, 1e-5, act}
		forward(fmt.Sprint("BatchNormInfer", act), func(y, x []T) { BatchNormInfer(rows, cols, y, ld, x, ld, p) })
		if !c.inPlace {
			forward(fmt.Sprint("BatchNormForward", act), func(y, x []T) { BatchNormForward(rows, cols, y, ld, x, ld, p) })
		}
		dgamma, dbeta := perColumn(0), perColumn(0)
		backward(fmt.Sprint("BatchNormBackward", act), func(dx, dy, x []T) {
			BatchNormBackward(rows, cols, dx, ld, dy, ld, x, ld, p, dgamma, dbeta)
		})
		all["dgamma"], all["dbeta"], all["mean"], all["inv"] = dgamma, dbeta, p.Mean, p.InvStd
	}
	mean, inv := perRow(), perRow()
	forward("LayerNormForward", func(y, x []T) {
		LayerNormForward(rows, cols, y, ld, x, ld, gamma, beta, mean, inv, 1e-5)
	})
	dgamma, dbeta := perColumn(0), perColumn(0)
	backward("LayerNormBackward", func(dx, dy, x []T) {
		LayerNormBackward(rows, cols, dx, ld, dy, ld, x, ld, gamma, mean, inv, dgamma, dbeta)
	})
	all["row mean"], all["row inv"], all["row dgamma"], all["row dbeta"] = mean, inv, dgamma, dbeta
	inv = perRow()
	all["rms inv"] = inv
	forward("RMSNormForward", func(y, x []T) { RMSNormForward(rows, cols, y, ld, x, ld, gamma, inv, 1e-5) })
	backward("RMSNormBackward", func(dx, dy, x []T) {
		all["rms dgamma"] = perColumn(0)
		RMSNormBackward(rows, cols, dx, ld, dy, ld, x, ld, gamma, inv, all["rms dgamma"])
	})
	forward("Softmax", func(y, x []T) { Softmax(rows, cols, y, ld, x, ld) })
	forward("LogSoftmax", func(y, x []T) { LogSoftmax(rows, cols, y, ld, x, ld) })
	labels := make([]int, rows)
	forward("SoftmaxCrossEntropy", func(y, x []T) {
		all["loss"] = []T{T(SoftmaxCrossEntropy(rows, cols, y, ld, x, ld, labels))}
	})
	forward("SoftmaxCrossEntropyTargets", func(y, x []T) {
		targets := c.operand(4)
		all["loss of targets"] = []T{T(SoftmaxCrossEntropyTargets(rows, cols, y, ld, x, ld, targets, ld))}
	})
	means, variances, sums := perColumn(0), perColumn(0), perColumn(0)
	ColumnMoments(rows, cols, means, variances, c.operand(2), ld)
	ColumnSums(rows, cols, sums, c.operand(2), ld)
	all["column means"], all["column variances"], all["column sums"] = means, variances, sums
	return all
}

// TestMatricesFromMemory: kernels that fetch ahead and store past the caches give the bits of those
// that do not, whatever the sizes of the caches and the number of threads, and leave gaps alone.
func TestMatricesFromMemory(t *testing.T) {
	t.Run("f32", matricesFromMemory[float32])
	t.Run("f64", matricesFromMemory[float64])
}

func matricesFromMemory[T Float](t *testing.T) {
	defer SetThreads(0)
	line := 64 / int(unsafe.Sizeof(T(0)))
	for _, c := range []matrixCall[T]{
		{rows: 33, cols: 1056, ld: 1056}, // two blocks of columns, whole lines
		{rows: 35, cols: 1027, ld: 1040}, {rows: 7, cols: 2100, ld: 2100, offset: 1},
		{rows: 137, cols: 130, ld: 130, offset: 3}, {rows: 70, cols: 130, ld: 144}, {rows: 300, cols: 9, ld: 9},
		{rows: 300, cols: 9, ld: 16}, {rows: 23, cols: 6 * line, ld: 6 * line, wild: true},
		{rows: 23, cols: 65, ld: 67, wild: true}, {rows: 67, cols: 6 * line, ld: 6 * line, inPlace: true},
	} {
		for _, tier := range Tiers() {
			var want map[string][]T
			for _, beyond := range []int{math.MaxInt, 1 << 10} {
				for _, threads := range []int{1, 2} {
					smallCaches(t, cacheInfo{l1: 32 << 10, l2: 256 << 10, l3Share: 1 << 20, beyond: beyond})
					SetThreads(threads)
					var got map[string][]T
					onTier(tier, func() { got = c.results() })
					if want == nil {
						want = got
						continue
					}
					for name, w := range want {
						sameElements(t, fmt.Sprintf("%v, %v, %s, %d threads", c, tier, name, threads), got[name], w)
					}
				}
			}
		}
	}
}
