package gonumblas

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/ashlar-go/ashlar/internal/mallocs"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/mat"
)

// everything calls each routine that borrows scratch memory or runs on kernels that do.
func everything[T float](n int, a, b, c, x, y []T) {
	no, yes := blas.NoTrans, blas.Trans
	up, lo, nonUnit := blas.Upper, blas.Lower, blas.NonUnit
	gemm("g", no, yes, n, n, n, 0.1, a, n, b, n, 0, c, n)
	symm("g", blas.Left, up, n, n, 0.1, a, n, b, n, 0, c, n)
	symm("g", blas.Right, lo, n, n, 0.1, a, n, b, n, 0, c, n)
	syrk("g", lo, no, n, n, 0.1, b, n, 0, c, n)
	syr2k("g", up, yes, n, n, 0.1, a, n, b, n, 0, c, n)
	for _, s := range []blas.Side{blas.Left, blas.Right} {
		trmm("g", s, up, no, nonUnit, n, n, 0.1, a, n, b, n)
		trsm("g", s, up, no, nonUnit, n, n, 10, a, n, b, n)
	}
	half := n / 2 // elements of x and y, two apart
	gemv("g", yes, half, half, 0.1, a, n, x, -2, 0, y, 2)
	ger("g", half, half, 1e-9, x, 2, y, -2, c, n)
	symv("g", up, half, 0.1, a, n, x, 2, 0, y, 2)
	trmv("g", lo, no, nonUnit, half, a, n, x, 2)
	trsv("g", lo, no, nonUnit, half, a, n, x, 2)
	gbmv("g", no, half, half, 2, 2, 0.1, a, n, x, 2, 0, y, 2)
	syr2("g", up, half, 1e-9, x, 2, y, 2, c, n)
	norm2("g", half, x, 2)
	dot("g", half, x, 2, y, 1)
	axpy("g", n, 1e-9, x, 1, y, 1)
}

// operands returns matrices of order n, of which the first has a dominant diagonal, and
// vectors.
func operands[T float](n int) (a, b, c, x, y []T) {
	r := rand.New(rand.NewPCG(3, 4))
	numbers := func(n int) []T {
		s := make([]T, n)
		for i := range s {
			s[i] = T(2*r.Float64()-1) / T(n)
		}
		return s
	}
	a, b, c, x, y = numbers(n*n), numbers(n*n), numbers(n*n), numbers(n), numbers(n)
	for i := range n {
		a[i*n+i] = 1
	}
	return a, b, c, x, y
}

func TestAllocations(t *testing.T) {
	testAllocations[float32](t)
	testAllocations[float64](t)
}

func testAllocations[T float](t *testing.T) {
	const n = 150
	a, b, c, x, y := operands[T](n)
	everything(n, a, b, c, x, y)
	if got := mallocs.Least(func() {
		everything(n, a, b, c, x, y)
		runtime.GC()
		everything(n, a, b, c, x, y)
	}); got != 0 {
		t.Errorf("%d allocations", got)
	}
}

// TestConcurrent: goroutines that share the pool of scratch memory do not share scratch
// memory. Every one has the result of a goroutine alone.
func TestConcurrent(t *testing.T) {
	const n = 90
	run := func() []float64 {
		a, b, c, x, y := operands[float64](n)
		for range 3 {
			everything(n, a, b, c, x, y)
		}
		return append(append(c, b...), y...)
	}
	want := run()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i, v := range run() {
				if v != want[i] {
					t.Errorf("element %d is %v, alone %v", i, v, want[i])
					return
				}
			}
		})
	}
	all.Wait()
}

// TestProductIdentities: what holds for products whatever their elements.
func TestProductIdentities(t *testing.T) {
	registered(t)
	r := rand.New(rand.NewPCG(7, 8))
	for _, s := range [][3]int{{1, 1, 1}, {5, 7, 3}, {64, 64, 64}, {65, 33, 130}, {100, 200, 300}} {
		m, n, k := s[0], s[1], s[2]
		a, b := integers(r, m, k), integers(r, k, n)
		var c, want, ct mat.Dense
		c.Mul(a, b)
		naive(&want, a, b)
		if !mat.Equal(&c, &want) {
			t.Errorf("%v: a product of small integers is not exact", s)
		}
		ct.Mul(b.T(), a.T())
		if !mat.Equal(&c, ct.T()) {
			t.Errorf("%v: (A B)^T is not B^T A^T", s)
		}
		// Fractions: the rows of A in another order give the same rows of C, to the bit.
		a.Apply(func(_, _ int, v float64) float64 { return v / 3 }, a)
		order := r.Perm(m)
		shuffled := mat.NewDense(m, k, nil)
		for i, p := range order {
			shuffled.SetRow(i, a.RawRowView(p))
		}
		var d mat.Dense
		c.Mul(a, b)
		d.Mul(shuffled, b)
		for i, p := range order {
			for j, v := range d.RawRowView(i) {
				if v != c.At(p, j) {
					t.Fatalf("%v: row %d differs where it is row %d", s, p, i)
				}
			}
		}
	}
}

func integers(r *rand.Rand, rows, cols int) *mat.Dense {
	d := mat.NewDense(rows, cols, nil)
	d.Apply(func(_, _ int, _ float64) float64 { return float64(r.IntN(17) - 8) }, d)
	return d
}

func naive(c, a, b *mat.Dense) {
	rows, inner := a.Dims()
	_, cols := b.Dims()
	c.ReuseAs(rows, cols)
	for i := range rows {
		for j := range cols {
			sum := 0.0
			for p := range inner {
				sum += a.At(i, p) * b.At(p, j)
			}
			c.Set(i, j, sum)
		}
	}
}
