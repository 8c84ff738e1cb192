package kernels

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/internal/forced"
)

// onBF16Paths runs f on every path of this CPU.
func onBF16Paths(t *testing.T, f func(t *testing.T, path BF16Path)) {
	before := BF16Path(bf16.limit.Load())
	defer func() { bf16.limit.Store(uint32(before)) }()
	for _, p := range BF16Paths() {
		if err := LimitBF16(p); err != nil {
			continue // ASHLAR_BF16 forbids it
		}
		if ActiveBF16() == p { // ASHLAR_TIER allows it
			t.Run(p.String(), func(t *testing.T) { f(t, p) })
		}
	}
}

// bf16Matrix is a matrix of numbers that bfloat16 holds exactly, so that each of its forms is the same
// operand: float32 or BFloat16, as it is or transposed, with rows of whole words or not.
type bf16Matrix struct {
	rows, cols int
	at         []float32
}

func randomBF16(rows, cols int, r *rand.Rand) bf16Matrix {
	m := bf16Matrix{rows, cols, make([]float32, rows*cols)}
	for i := range m.at {
		m.at[i] = NewBFloat16(float32(r.NormFloat64())).Float32()
	}
	return m
}

// form returns the matrix with gap elements behind each row. The gaps hold NaN.
func (m bf16Matrix) form(half, trans bool, gap int) mixed {
	rows, cols := stored(trans, m.rows, m.cols)
	x := mixed{is: half, ld: cols + gap}
	put := func(i int, v float32) { x.f[i] = v }
	if half {
		x.h = make([]BFloat16, rows*x.ld)
		put = func(i int, v float32) { x.h[i] = NewBFloat16(v) }
	} else {
		x.f = make([]float32, rows*x.ld)
	}
	for i := range rows {
		for j := range x.ld {
			put(i*x.ld+j, float32(math.NaN()))
		}
		for j := range cols {
			if trans {
				put(i*x.ld+j, m.at[j*m.cols+i])
			} else {
				put(i*x.ld+j, m.at[i*m.cols+j])
			}
		}
	}
	return x
}

// TestBF16Forms: the type of an operand, its transposition, the distance of its rows and the threads change
// no bit of a product; packing and batches do not either. An element has the bits that it has in a product
// of its row and column alone.
func TestBF16Forms(t *testing.T) {
	defer SetThreads(0)
	step := 1
	if testing.Short() {
		step = 5 // comes to each value of each flag
	}
	onBF16Paths(t, func(t *testing.T, path BF16Path) {
		r := rand.New(rand.NewPCG(1, 2))
		for _, s := range [][3]int{{1, 1, 1}, {7, 33, 32}, {70, 130, 96}, {33, 100, 67}, {9, 50, 2100},
			{150, 200, 128}} {
			m, n, k := s[0], s[1], s[2]
			if path == BF16Generic && m*n*k > 5e5 && testing.Short() {
				continue
			}
			a, b := randomBF16(m, k, r), randomBF16(k, n, r)
			SetThreads(1)
			want := make([]float32, m*n)
			p := bf16Product{m: m, n: n, k: k, alpha: 1,
				a: a.form(false, false, 0), b: b.form(false, false, 0), c: mixed{f: want, ld: n}, parts: 1}
			p.check("test")
			p.compute(Active())
			for form := 0; form < 64; form += step {
				flag := func(i int) bool { return form>>i&1 != 0 }
				SetThreads(1 + form%3)
				c := make([]float32, m*n)
				p.transA, p.transB = flag(0), flag(1)
				p.a = a.form(flag(2), flag(0), b2i(flag(4))*(1+form%2))
				p.b = b.form(flag(3), flag(1), b2i(flag(5)))
				p.c = mixed{f: c, ld: n}
				p.compute(Active())
				if !slices.Equal(c, want) {
					t.Errorf("%v: form %06b has other bits", s, form)
				}
				if form%7 <= b2i(step > 1) {
					packedForm(t, &p, want)
				}
			}
			i, j := r.IntN(m), r.IntN(n)
			one := make([]float32, 1)
			GemmBFloat16(false, true, 1, 1, k, 1, a.at[i*k:], k, column(b, j), k, 0, one, 1, BF16Epilogue{})
			if one[0] != want[i*n+j] {
				t.Errorf("%v: element %d, %d alone is %v, in the product %v", s, i, j, one[0], want[i*n+j])
			}
		}
	})
}

func column(b bf16Matrix, j int) (x []float32) {
	for i := range b.rows {
		x = append(x, b.at[i*b.cols+j])
	}
	return x
}

// packedForm computes p from a packed B, and twice in a batch.
func packedForm(t *testing.T, p *bf16Product, want []float32) {
	t.Helper()
	packed := new(PackedBFloat16)
	packed.pack("test", p.transB, p.k, p.n, p.b)
	q := *p
	q.packed, q.b = packed, mixed{}
	q.c.f = make([]float32, len(want))
	q.compute(Active())
	if !slices.Equal(q.c.f, want) {
		t.Errorf("%d x %d x %d: packed, it has other bits", p.m, p.n, p.k)
	}
	j := bf16Batch{product: *p, tier: Active(), batch: 2, strideC: len(want)}
	j.product.c.f = make([]float32, 2*len(want))
	j.check("test")
	j.run()
	if !slices.Equal(j.product.c.f, append(slices.Clone(want), want...)) {
		t.Errorf("%d x %d x %d: in a batch, it has other bits", p.m, p.n, p.k)
	}
}

// TestPackedBFloat16: packed weights take half the bytes of float32, up to whole panels and the words
// that a path demands, and memory is used again.
func TestPackedBFloat16(t *testing.T) {
	w := make([]float32, 192*96)
	onBF16Paths(t, func(t *testing.T, path BF16Path) {
		p := PackBFloat16(false, 192, 96, w, 96)
		if got := p.Bytes(); got != 2*len(w) {
			t.Errorf("%d bytes, want %d", got, 2*len(w))
		}
		p.Pack(false, 0, 5, nil, 5)
		if k, n := p.Dims(); k != 0 || n != 5 || p.Bytes() != 0 {
			t.Errorf("empty: %d x %d, %d bytes", k, n, p.Bytes())
		}
		if n := testing.AllocsPerRun(5, func() { p.Pack(false, 100, 90, w, 96) }); n != 0 {
			t.Errorf("%v allocations to pack what fits", n)
		}
	})
}

// TestPrecisionLevels: Highest has the bits of GemmFused, and so has every level in float64, for small
// products and on paths without instructions for it. Elsewhere Medium has the bits of GemmBFloat16.
func TestPrecisionLevels(t *testing.T) {
	if forced.Precision.Load() {
		t.Fatal("another test forces the level")
	}
	onBF16Paths(t, func(t *testing.T, path BF16Path) {
		for _, n := range []int{20, 130} {
			precisionLevels[float32](t, path, n)
			precisionLevels[float64](t, path, n)
		}
	})
}

func precisionLevels[T Float](t *testing.T, path BF16Path, n int) {
	r := rand.New(rand.NewPCG(3, 4))
	a, b := make([]T, n*n), make([]T, n*n)
	for i := range a {
		a[i], b[i] = T(r.NormFloat64()), T(r.NormFloat64())
	}
	e := Epilogue[T]{Bias: a[:n], Act: ActReLU}
	full, half := make([]T, n*n), make([]float32, n*n)
	GemmFused(false, true, n, n, n, 1, a, n, b, n, 0, full, n, e)
	fast := isF32[T]() && n > 64
	if isF32[T]() {
		GemmBFloat16(false, true, n, n, n, 1, as[float32](a), n, as[float32](b), n, 0, half, n,
			BF16Epilogue{Bias: as[float32](a[:n]), Act: ActReLU})
	}
	for level := Highest; level <= Medium; level++ {
		c := make([]T, n*n)
		GemmPrecision(level, false, true, n, n, n, 1, a, n, b, n, 0, c, n, e)
		switch {
		case level == Medium && fast && path >= BF16Dot:
			if !slices.Equal(as[float32](c), half) {
				t.Errorf("%v of %d has not the bits of GemmBFloat16", level, n)
			}
		case level == High && fast && path == BF16AMX:
			if slices.Equal(c, full) || slices.Equal(as[float32](c), half) {
				t.Errorf("%v of %d has the bits of another level", level, n)
			}
		case !slices.Equal(c, full):
			t.Errorf("%v of %d has not the bits of GemmFused", level, n)
		}
	}
}

// TestPrecisionRefuses: an unknown level, and what GemmFused refuses, at every level.
func TestPrecisionRefuses(t *testing.T) {
	x, c := make([]float32, 128*128), make([]float32, 128*128)
	for level := Highest; level <= Medium+1; level++ {
		for _, b := range []struct {
			arg    string
			ldb, n int
			c      []float32
		}{{"ldb", 127, 128, c}, {"n", 128, -1, c}, {"c", 128, 128, x}, {"c", 128, 128, c[:5]},
			{"b", 129, 128, c}} {
			arg := b.arg
			if level > Medium {
				arg = "level"
			}
			func() {
				defer func() {
					e, _ := recover().(*ShapeError)
					if e == nil || e.Op != "kernels.GemmPrecision" || e.Arg != arg {
						t.Errorf("%v: refused with %v, want %s", level, e, arg)
					}
				}()
				GemmPrecision(level, false, false, 128, b.n, 128, 1, x, 128, x, b.ldb, 0, b.c, 128,
					Epilogue[float32]{})
			}()
		}
	}
}

// TestHighIsMoreExact: on random numbers the errors of High are far below those of Medium.
func TestHighIsMoreExact(t *testing.T) {
	forced.Precision.Store(true)
	defer forced.Precision.Store(false)
	r := rand.New(rand.NewPCG(5, 6))
	const m, n, k = 20, 70, 300
	a, b := make([]float32, m*k), make([]float32, k*n)
	for i := range a {
		a[i] = float32(r.NormFloat64())
	}
	for i := range b {
		b[i] = float32(r.NormFloat64())
	}
	onBF16Paths(t, func(t *testing.T, _ BF16Path) {
		var worst [3]float64
		for level := Highest; level <= Medium; level++ {
			c := make([]float32, m*n)
			GemmPrecision(level, false, false, m, n, k, 1, a, k, b, n, 0, c, n, Epilogue[float32]{})
			for i := range c {
				sum, size := 0.0, 0.0
				for p := range k {
					v := float64(a[i/n*k+p]) * float64(b[p*n+i%n])
					sum, size = sum+v, size+math.Abs(v)
				}
				worst[level] = max(worst[level], math.Abs(float64(c[i])-sum)/size)
			}
		}
		t.Logf("errors in |A||B|: %.2g, %.2g, %.2g", worst[0], worst[1], worst[2])
		if worst[High] > 0x1p-16 || worst[Medium] > 0x1p-8 || worst[High] > worst[Medium]/50 {
			t.Errorf("errors in |A||B|: highest %.2g, high %.2g, medium %.2g", worst[0], worst[1], worst[2])
		}
	})
}

// TestBF16Shapes: the loops feed a micro-kernel of any shape with the right words. The one in pure Go takes
// operands as those of all paths are packed, AMX among them, also where no CPU at hand has them.
func TestBF16Shapes(t *testing.T) {
	defer SetThreads(0)
	step := 1
	if testing.Short() {
		step = 5
	}
	r := rand.New(rand.NewPCG(7, 8))
	for path := BF16Generic; path <= BF16AMX; path++ {
		for _, s := range [][3]int{{1, 1, 1}, {33, 65, 33}, {40, 70, 64}, {70, 33, 530}, {5, 40, 1100}} {
			m, n, k := s[0], s[1], s[2]
			a, b := randomBF16(m, k, r), randomBF16(k, n, r)
			for form := 0; form < 16; form += step {
				flag := func(i int) bool { return form>>i&1 != 0 }
				SetThreads(1 + form%3)
				c := make([]float32, m*n)
				g := takeBF16Job(Active(), BF16Generic)
				g.bf16Product = bf16Product{transA: flag(0), transB: flag(1), m: m, n: n, k: k, alpha: 1,
					a: a.form(flag(2), flag(0), 0), b: b.form(flag(3), flag(1), 0), c: mixed{f: c, ld: n},
					parts: 1}
				if form%5 == 0 {
					g.parts = 3 // of numbers whose second parts are 0
					g.a, g.b = a.form(false, flag(0), 0), b.form(false, flag(1), 0)
				}
				g.run(path.shape())
				g.put()
				if at := wrongProduct(c, a, b); at >= 0 {
					t.Fatalf("%v, %v, form %04b: element %d, %d is %v", path, s, form, at/n, at%n, c[at])
				}
			}
		}
	}
}

// wrongProduct returns the first element of c that is not about that of a*b, -1 if there is none.
func wrongProduct(c []float32, a, b bf16Matrix) int {
	for i := range c {
		sum, size := 0.0, 0.0
		for p := range a.cols {
			v := float64(a.at[i/b.cols*a.cols+p]) * float64(b.at[p*b.cols+i%b.cols])
			sum, size = sum+v, size+math.Abs(v)
		}
		if !(math.Abs(float64(c[i])-sum) <= 0x1p-20*size) {
			return i
		}
	}
	return -1
}

// TestPackedBFloat16KeepsItsPath: panels are multiplied on the path for which they were packed, also when another one
// is the active one meanwhile.
func TestPackedBFloat16KeepsItsPath(t *testing.T) {
	const m, n, k = 3, 40, 70
	a, w := bf16Numbers(m*k), bf16Numbers(k*n)
	want := make([]float32, m*n)
	Gemm(false, false, m, n, k, 1, a, k, w, n, 0, want, n)
	onBF16Paths(t, func(t *testing.T, path BF16Path) {
		packed := PackBFloat16(false, k, n, w, n)
		for _, other := range BF16Paths() {
			if LimitBF16(other) != nil {
				continue
			}
			got := make([]float32, m*n)
			GemmPackedBFloat16(false, m, 1, a, k, packed, 0, got, n, BF16Epilogue{})
			if !slices.Equal(got, want) {
				t.Errorf("packed on %v, multiplied beside %v: %v, want %v", path, other, got[:5], want[:5])
			}
		}
	})
}

// bf16Numbers are small whole numbers, whose products and sums every path has exactly.
func bf16Numbers(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(i*7%5 - 2)
	}
	return x
}
