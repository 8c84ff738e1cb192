package operand

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// Elements of three bytes and of four: they may begin in the middle of each other.
type (
	three [3]byte
	four  [4]byte
)

// memory is what the operands of a test lie in.
type memory [900]byte

// in returns a slice from byte at on to the end of the memory.
func in[T any](m *memory, at int) []T {
	size := int(unsafe.Sizeof(*new(T)))
	return unsafe.Slice((*T)(unsafe.Pointer(&m[at])), (len(m)-at)/size)
}

// marks is which bytes of the memory an operand has.
type marks [len(memory{})]bool

// put marks the elements of row i from column first to end-1, if there are any.
func (m *marks) put(at, size, place, first, end int) {
	for j := first; j < end; j++ {
		for b := range size {
			m[at+(place+j)*size+b] = true
		}
	}
}

func (m *marks) meet(n *marks) bool {
	for i, v := range m {
		if v && n[i] {
			return true
		}
	}
	return false
}

// rectangle is a random matrix, and what it has of the memory.
func rectangle[T any](r *rand.Rand, mem *memory, most int) (v View, m marks, what string) {
	rows, cols := r.IntN(most), r.IntN(most)
	ld, at := max(1, cols)+r.IntN(3)*r.IntN(6), r.IntN(120)
	for i := range rows {
		m.put(at, int(unsafe.Sizeof(*new(T))), i*ld, 0, cols)
	}
	what = fmt.Sprintf("%dx%d of %T, ld %d, at %d", rows, cols, *new(T), ld, at)
	if rows == 1 { // no row follows
		ld = []int{ld, 1 << 29, math.MaxInt, 1 << (bits.UintSize - 3)}[r.IntN(4)]
	}
	return Matrix(in[T](mem, at), rows, cols, ld), m, what
}

// tries is how many pairs of operands a test looks at.
func tries() int {
	if testing.Short() {
		return 30_000
	}
	return 300_000
}

// TestShares compares views that lie at random in a small memory with marks on its bytes.
func TestShares(t *testing.T) {
	var mem memory
	r := rand.New(rand.NewPCG(1, 2))
	counts := map[bool]int{}
	for range tries() {
		v, m, what := rectangle[four](r, &mem, 8)
		w, n, also := rectangle[four](r, &mem, 8)
		if r.IntN(3) == 0 {
			w, n, also = rectangle[three](r, &mem, 8)
		}
		want := m.meet(&n)
		counts[want]++
		if got := v.Shares(w); got != want {
			t.Fatalf("%s and %s share: %v, want %v", what, also, got, want)
		}
		if got := w.Shares(v); got != want {
			t.Fatalf("%s and %s share: %v, want %v", also, what, got, want)
		}
		if want && !v.Near(w) {
			t.Fatalf("%s and %s are not near each other", what, also)
		}
	}
	if counts[true] < tries()/6 || counts[false] < tries()/6 {
		t.Errorf("%d pairs with a common byte, %d without", counts[true], counts[false])
	}
}

// region is a random region of some form, and what it has of the memory.
func region(r *rand.Rand, mem *memory) (v Region, m marks, what string) {
	const size = int(unsafe.Sizeof(four{}))
	rows, n, k := 1+r.IntN(7), 1+r.IntN(7), r.IntN(9)
	upper, unit, at := r.IntN(2) == 0, r.IntN(2) == 0, r.IntN(120)
	s := in[four](mem, at)
	has := func(i, j int) bool { return j == i && !unit || j > i && upper || j < i && !upper }
	ld := n + r.IntN(4)
	what = fmt.Sprintf("rows %d, n %d, k %d, upper %v, unit %v, ld %d, at %d", rows, n, k, upper, unit, ld,
		at)
	switch form := r.IntN(5); form {
	case 0:
		for i := range rows {
			m.put(at, size, i*ld, 0, n)
		}
		return Rectangle(s, rows, n, ld), m, "rectangle, " + what
	case 1:
		for i := range n {
			m.put(at, size, i*k, 0, min(1, k))
		}
		if k == 0 {
			n = 0
		}
		return Strided(s, n, k), m, "vector, increment k, " + what
	case 2:
		for i := range rows {
			for j := range n {
				if has(i, j) {
					m.put(at, size, i*ld, j, j+1)
				}
			}
		}
		return Triangle(s, upper, unit, rows, n, ld), m, "triangle, " + what
	case 3:
		place := 0
		for i := range n {
			for j := range n {
				switch {
				case has(i, j):
					m.put(at, size, place, 0, 1)
					place++
				case i == j:
					place++
				}
			}
		}
		return PackedTriangle(s, upper, unit, n), m, "packed, " + what
	default:
		below, above := k, r.IntN(9)
		ld = below + above + 1 + r.IntN(3)
		for i := range n {
			for j := max(0, i-below); j <= min(n-1, i+above); j++ {
				m.put(at, size, i*ld, below-i+j, below-i+j+1)
			}
		}
		what += fmt.Sprintf(", above %d, ld %d", above, ld)
		return Band(s, n, n, below, above, ld), m, "band, " + what
	}
}

// bandTriangle is a random triangle in band storage.
func bandTriangle(r *rand.Rand, mem *memory) (v Region, m marks, what string) {
	n, k := 1+r.IntN(7), r.IntN(9)
	upper, unit, at, ld := r.IntN(2) == 0, r.IntN(2) == 0, r.IntN(120), k+1+r.IntN(3)
	for i := range n {
		for j := range n {
			place := i*ld + j - i
			if !upper {
				place += k
			}
			if d := j - i; d == 0 && !unit || d > 0 && d <= k && upper || d < 0 && -d <= k && !upper {
				m.put(at, len(four{}), place, 0, 1)
			}
		}
	}
	return BandTriangle(in[four](mem, at), upper, unit, n, k, ld), m,
		fmt.Sprintf("band triangle, n %d, k %d, upper %v, unit %v, ld %d, at %d", n, k, upper, unit, ld, at)
}

// TestMeets is TestShares for regions.
func TestMeets(t *testing.T) {
	var mem memory
	r := rand.New(rand.NewPCG(3, 4))
	counts := map[bool]int{}
	for range tries() {
		v, m, what := region(r, &mem)
		w, n, also := region(r, &mem)
		if r.IntN(4) == 0 {
			w, n, also = bandTriangle(r, &mem)
		}
		want := m.meet(&n)
		counts[want]++
		if got := v.Meets(&w); got != want {
			t.Fatalf("%s and %s meet: %v, want %v", what, also, got, want)
		}
		if got := w.Meets(&v); got != want {
			t.Fatalf("%s and %s meet: %v, want %v", also, what, got, want)
		}
	}
	if counts[true] < tries()/6 || counts[false] < tries()/6 {
		t.Errorf("%d pairs with a common byte, %d without", counts[true], counts[false])
	}
}

// batch is a random batch, and what it has of the memory.
func batch[T any](r *rand.Rand, mem *memory) (b Batch, m marks, what string) {
	size := int(unsafe.Sizeof(*new(T)))
	count, stride, rows, cols := r.IntN(8), r.IntN(12), r.IntN(5), r.IntN(5)
	ld, at := max(1, cols)+r.IntN(6), r.IntN(120)
	for x := range count {
		for i := range rows {
			m.put(at, size, x*stride+i*ld, 0, cols)
		}
	}
	what = fmt.Sprintf("%d times %dx%d of %T, stride %d, ld %d, at %d", count, rows, cols, *new(T), stride,
		ld, at)
	return BatchOf(in[T](mem, at), count, stride, rows, cols, ld), m, what
}

// TestBatchShares is TestShares for batches, whose members may interleave and overlap among
// themselves.
func TestBatchShares(t *testing.T) {
	var mem memory
	r := rand.New(rand.NewPCG(5, 6))
	counts := map[bool]int{}
	for range tries() {
		b, m, what := batch[four](r, &mem)
		c, n, also := batch[four](r, &mem)
		if r.IntN(3) == 0 {
			c, n, also = batch[three](r, &mem)
		}
		want := m.meet(&n)
		counts[want]++
		if got := b.Shares(c); got != want {
			t.Fatalf("%s and %s share: %v, want %v", what, also, got, want)
		}
	}
	if counts[true] < tries()/6 || counts[false] < tries()/6 {
		t.Errorf("%d pairs with a common byte, %d without", counts[true], counts[false])
	}
}

// TestSharesIsShort: two tall views that interleave without a common element are told apart in
// steps of the fewer rows, and no view is ever walked through element by element.
func TestSharesIsShort(t *testing.T) {
	const rows = 1 << 20
	s := make([]float32, 3*rows)
	tall, few := Matrix(s, rows, 1, 3), Matrix(s[1:], 16, 1, 3*rows/16)
	r, q := tall.Region(), few.Region()
	steps := 0
	for i, place := 0, 0; i < r.rows && place >= 0; steps++ {
		i = r.seek(i, place)
		j := q.seek(0, place)
		if j >= q.rows {
			break
		}
		from, _ := q.row(j)
		place = from + q.bounds.cols
	}
	if steps > 20 {
		t.Errorf("%d steps for 16 rows", steps)
	}
	if tall.Shares(few) || few.Shares(tall) {
		t.Error("columns side by side share an element")
	}
	if n := testing.AllocsPerRun(10, func() { tall.Shares(few) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestExtent: what does not fit is the largest int, and no size is taken for a small one.
func TestExtent(t *testing.T) {
	const half = 1 << (bits.UintSize - 2)
	for _, c := range []struct{ rows, cols, ld, want int }{
		{0, 5, 5, 0}, {5, 0, 1, 0}, {1, 5, math.MaxInt, 5}, {3, 5, 7, 19},
		{3, 5, half, math.MaxInt}, {math.MaxInt, 1, math.MaxInt, math.MaxInt},
		{5, 1, half / 2, math.MaxInt}, {2, half, half, math.MaxInt},
	} {
		if got := Extent(c.rows, c.cols, c.ld); got != c.want {
			t.Errorf("Extent(%d, %d, %d) = %d, want %d", c.rows, c.cols, c.ld, got, c.want)
		}
		if c.rows == 0 || c.cols == 0 || c.want == math.MaxInt {
			continue
		}
		if !Holds(c.want, c.rows, c.cols, c.ld) || Holds(c.want-1, c.rows, c.cols, c.ld) {
			t.Errorf("Holds(%d or one less, %d, %d, %d) is wrong", c.want, c.rows, c.cols, c.ld)
		}
	}
}
