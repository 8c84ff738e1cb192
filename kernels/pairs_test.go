//go:build (amd64 || arm64) && !purego && !noasm

package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/guard"
	"github.com/ashlar-go/ashlar/kernels/asm"
)

// pairStrip is a micro-kernel on pairs of bfloat16 numbers: the widest strip, and what it does with a word
// of A and of B.
type pairStrip struct {
	name      string
	runs      bool
	nr, lanes int
	strip     func(s *asm.GemmStrip[float32])
	term      func(sum float32, a, b uint32) float32
}

// fused is x*y + z, rounded once: the product is exact in float64. The sum
// is rounded to odd first, so that the second rounding does not go the wrong way.
func fused(x, y, z float32) float32 {
	product := float64(x) * float64(y)
	sum := product + float64(z)
	if math.IsNaN(sum) || math.IsInf(sum, 0) {
		return float32(sum)
	}
	part := sum - product
	lost := (product - (sum - part)) + (float64(z) - part)
	if bits := math.Float64bits(sum); lost != 0 && bits&1 == 0 {
		if (lost > 0) == (sum > 0) {
			bits++
		} else {
			bits--
		}
		sum = math.Float64frombits(bits)
	}
	return float32(sum)
}

func lowTerm(w uint32) float32  { return math.Float32frombits(w << 16) }
func highTerm(w uint32) float32 { return math.Float32frombits(w &^ 0xffff) }

// widenedTerm is what the kernels do that widen: the lower halves first.
func widenedTerm(sum float32, a, b uint32) float32 {
	return fused(highTerm(a), highTerm(b), fused(lowTerm(a), lowTerm(b), sum))
}

// dotTerm is VDPBF16PS: the upper halves first, subnormal numbers being 0 before and after each step.
func dotTerm(sum float32, a, b uint32) float32 {
	sum = flushed(fused(flushed(highTerm(a)), flushed(highTerm(b)), sum))
	return flushed(fused(flushed(lowTerm(a)), flushed(lowTerm(b)), sum))
}

// flushed is x, or a zero of its sign for a subnormal x.
func flushed(x float32) float32 {
	if x > -0x1p-126 && x < 0x1p-126 {
		return float32(math.Copysign(0, float64(x)))
	}
	return x
}

// required fails the test of a path that must run here, and skips it otherwise.
func (p *pairStrip) required(t *testing.T) {
	t.Helper()
	if p.runs {
		return
	}
	if os.Getenv("ASHLAR_REQUIRE_BF16") == p.name {
		t.Fatalf("ASHLAR_REQUIRE_BF16=%s, which this CPU does not run", p.name)
	}
	t.Skip("not on this CPU")
}

// pairOperands are matrices of which strips are computed, and the sums of all their elements.
type pairOperands struct {
	m, n, k    int
	a, b       []uint32 // k words a row, and n words
	c, d, bias []float32
	sums       []float32
}

func newPairOperands(r *rand.Rand, p *pairStrip, m, n, k int, wild bool) *pairOperands {
	half := func() uint32 {
		if wild && r.IntN(4) == 0 {
			special := []uint32{0, 0x8000, 1, 0x8001, 0x7f, 0x80, 0x0100, 0x7f7f, 0xff7f, 0x2000, 0x1f80,
				0x1f81}
			return special[r.IntN(len(special))]
		}
		return math.Float32bits(float32(r.NormFloat64())) >> 16
	}
	o := &pairOperands{m: m, n: n, k: k}
	for range m * k {
		o.a = append(o.a, half()|half()<<16)
	}
	for range n * k {
		o.b = append(o.b, half()|half()<<16)
	}
	for range m * n {
		o.c, o.d = append(o.c, float32(r.NormFloat64())), append(o.d, float32(r.NormFloat64()))
	}
	o.bias, o.sums = o.c[:n], make([]float32, m*n)
	for i := range m {
		for j := range n {
			for q := range k {
				o.sums[i*n+j] = p.term(o.sums[i*n+j], o.a[i*k+q], o.b[q*n+j])
			}
		}
	}
	return o
}

// pairMemory is memory for the operands of a call, whose last elements lie before an inaccessible page.
type pairMemory struct{ a, b, c, d, bias []byte }

func newPairMemory() *pairMemory {
	const room = 1 << 16
	return &pairMemory{guard.New(room), guard.New(room), guard.New(room), guard.New(room), guard.New(room)}
}

// last are the last n words of memory.
func last[T float32 | uint32](b []byte, n int) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(&b[len(b)-4*n])), n)
}

// check runs the strip of m rows and n columns at row i0 and column j0 of the product. What rows of B have
// in their last vector beyond n is NaN.
func (o *pairOperands) check(p *pairStrip, mem *pairMemory, i0, j0, m, n, flags int) error {
	rs, ld, across := o.k+1, n+3, roundUp(n, p.lanes)
	a := last[uint32](mem.a, (m-1)*rs+o.k)
	b := last[uint32](mem.b, o.k*across)
	c, d := last[float32](mem.c, (m-1)*ld+n), last[float32](mem.d, (m-1)*ld+n)
	bias := last[float32](mem.bias, n)
	const gap = 12345
	for i := range c {
		c[i] = gap
	}
	for i := range m {
		for q := range o.k {
			a[i*rs+q] = o.a[(i0+i)*o.k+q]
		}
		copy(c[i*ld:][:n], o.c[(i0+i)*o.n+j0:])
		copy(d[i*ld:][:n], o.d[(i0+i)*o.n+j0:])
	}
	for q := range o.k {
		row := b[q*across:][:across]
		for j := range row {
			row[j] = 0x7fc1_7fc1
		}
		copy(row[:n], o.b[q*o.n+j0:])
	}
	copy(bias, o.bias[j0:])
	s := asm.GemmStrip[float32]{A: word(a), B: word(b), C: &c[0], Bias: &bias[0], D: &d[0], Next: word(b),
		RsA: rs, CsA: 1, RsB: across, Ldc: ld, Ldd: ld, M: m, N: n, K: o.k, Flags: flags, Far: flags & 1,
		Alpha: -0.75, Beta: -1.5, Slope: -0.25}
	p.strip(&s)
	for at, got := range c {
		i, j := at/ld, at%ld
		want := float32(gap)
		if j < n {
			want = o.finished(&s, (i0+i)*o.n+j0+j, j0+j)
		}
		if math.Float32bits(got) != math.Float32bits(want) && (got == got || want == want) {
			return fmt.Errorf("strip %dx%d at %d,%d, %d pairs, flags %#x: c[%d,%d] = %v, want %v",
				m, n, i0, j0, o.k, flags, i, j, got, want)
		}
	}
	return nil
}

func word(s []uint32) *float32 { return (*float32)(unsafe.Pointer(&s[0])) }

// finished is the sum at a place after the epilogue.
func (o *pairOperands) finished(s *asm.GemmStrip[float32], at, j int) float32 {
	z := o.sums[at]
	if s.Flags&asm.GemmAlpha != 0 {
		z = float32(z * s.Alpha)
	}
	if s.Flags&asm.GemmBeta != 0 {
		z = fused(s.Beta, o.c[at], z)
	}
	if s.Flags&asm.GemmBias != 0 {
		z += o.bias[j]
	}
	if s.Flags&asm.GemmReLU != 0 && z < 0 {
		z = 0
	}
	if s.Flags&asm.GemmLeaky != 0 && z < 0 {
		z = float32(z * s.Slope)
	}
	if s.Flags&asm.GemmDeriv != 0 {
		z = float32(z * o.d[at])
	}
	return z
}

// TestPairStrips: the micro-kernels on pairs have the bits of a naive loop for every size of a strip and every
// place of an element in it, and touch nothing else.
func TestPairStrips(t *testing.T) {
	for _, p := range pairStrips() {
		t.Run(p.name, func(t *testing.T) {
			p.required(t)
			r, mem := rand.New(rand.NewPCG(1, 2)), newPairMemory()
			terms := []int{1, 2, 3, 4, 5, 8, 9, 13}
			if testing.Short() {
				terms = []int{1, 5, 9}
			}
			for _, k := range terms {
				o := newPairOperands(r, &p, 24, p.nr+4, k, k%2 == 0)
				for m := 1; m <= 20; m++ {
					for n := 1; n <= p.nr; n++ {
						i0, j0, flags := r.IntN(o.m-m+1), r.IntN(o.n-n+1), r.IntN(2*asm.GemmDeriv)
						if r.IntN(2) == 0 {
							flags = 0
						}
						if err := o.check(&p, mem, i0, j0, m, n, flags); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
		})
	}
}

// TestPairStripsSpecial: subnormal numbers, infinities and NaN, and how sums are rounded near the
// smallest normal number.
func TestPairStripsSpecial(t *testing.T) {
	one, inf, nan := bf(1), bf(float32(math.Inf(1))), uint32(0x7fc1)
	tests := []struct {
		name       string
		a, b       uint32
		wide, dots float32
	}{
		{"subnormal in A", 0x0040, bf(0x1p100), 0x1p-27, 0},
		{"negative subnormal in B", bf(0x1p100) << 16, 0x8040 << 16, -0x1p-27, 0},
		{"subnormal sum", bf(0x1p-100), bf(0x1p-30), 0x1p-130, 0},
		{"negative subnormal sum", bf(-0x1p-100), bf(0x1p-30), -0x1p-130, float32(math.Copysign(0, -1))},
		{"subnormal on the way, upper half", bf(0x1p-63) | bf(0x1p-70)<<16, bf(0x1p-63) | bf(0x1p-60)<<16,
			0x1p-126 + 0x1p-130, 0x1p-126},
		{"subnormal on the way, lower half", bf(0x1p-70) | bf(0x1p-63)<<16, bf(0x1p-60) | bf(0x1p-63)<<16,
			0x1p-126 + 0x1p-130, 0x1p-126 + 0x1p-130},
		{"overflow of the upper half", bf(0x1p100) | bf(0x1p100)<<16, bf(-0x1p27) | bf(0x1p28)<<16,
			0x1p127, float32(math.Inf(1))},
		{"overflow of the lower half", bf(0x1p100) | bf(0x1p100)<<16,
			bf(-0x1p28) | bf(0x1p27)<<16, float32(math.Inf(-1)), -0x1p127},
		{"overflow", bf(0x1p100), bf(0x1p100), float32(math.Inf(1)), float32(math.Inf(1))},
		{"0 * Inf", inf, 0, float32(math.NaN()), float32(math.NaN())},
		{"Inf - Inf", inf | inf<<16, one | bf(-1)<<16, float32(math.NaN()), float32(math.NaN())},
		{"NaN", nan << 16, one << 16, float32(math.NaN()), float32(math.NaN())},
	}
	for _, p := range pairStrips() {
		t.Run(p.name, func(t *testing.T) {
			p.required(t)
			dots := p.term(0, 0x0040, bf(0x1p100)) == 0
			for _, c := range tests {
				want, a, b := c.wide, []uint32{c.a}, make([]uint32, p.lanes)
				b[0] = c.b
				if dots {
					want = c.dots
				}
				var got float32
				p.strip(&asm.GemmStrip[float32]{A: word(a), B: word(b), C: &got, RsA: 1, CsA: 1, RsB: p.lanes,
					Ldc: 1, M: 1, N: 1, K: 1})
				model := p.term(0, c.a, c.b)
				for _, v := range []float32{got, model} {
					if math.Float32bits(v) != math.Float32bits(want) && (v == v || want == want) {
						t.Errorf("%s: %g, the model has %g, want %g", c.name, got, model, want)
					}
				}
			}
		})
	}
}

// TestPairStripsKeepNaN: a sum that is NaN stays NaN in the fused ReLU, in every lane of every tile.
func TestPairStripsKeepNaN(t *testing.T) {
	for _, p := range pairStrips() {
		t.Run(p.name, func(t *testing.T) {
			p.required(t)
			for m := 1; m <= 20; m++ {
				for n := 1; n <= p.nr; n++ {
					a, b, c := slices.Repeat([]uint32{bf(1)}, m), slices.Repeat([]uint32{0x7fc1}, p.nr),
						make([]float32, m*n)
					p.strip(&asm.GemmStrip[float32]{A: word(a), B: word(b), C: &c[0], RsA: 1, CsA: 1, RsB: p.nr,
						Ldc: n, M: m, N: n, K: 1, Flags: asm.GemmReLU})
					if i := slices.IndexFunc(c, func(v float32) bool { return v == v }); i >= 0 {
						t.Fatalf("%d x %d: element %d is %v, want NaN", m, n, i, c[i])
					}
				}
			}
		})
	}
}

// bf are the bits of a number that is one of bfloat16.
func bf(x float32) uint32 { return math.Float32bits(x) >> 16 }
