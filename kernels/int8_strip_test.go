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

// int8PathsHere are the paths that run here. It fails a test where ASHLAR_REQUIRE_INT8 names another one.
func int8PathsHere(t *testing.T) []Int8Path {
	t.Helper()
	paths := Int8Paths()
	if name := os.Getenv("ASHLAR_REQUIRE_INT8"); name != "" {
		p, err := ParseInt8Path(name)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(paths, p) {
			t.Fatalf("ASHLAR_REQUIRE_INT8=%s does not run here: have %v, %s", name, paths, ExplainInt8())
		}
	}
	return paths
}

// pages is memory whose last n elements lie before an inaccessible page.
type pages []byte

func pagesOf(room int) pages { return guard.New(room) }

func lastOf[T any](g pages, n int) []T {
	if n == 0 {
		return nil
	}
	size := n * int(unsafe.Sizeof(*new(T)))
	return unsafe.Slice((*T)(unsafe.Pointer(&g[len(g)-size])), n)
}

// TestInt8Strips: every micro-kernel gives the sums of a naive loop, for every size of a strip and extreme
// operands, and touches nothing else.
func TestInt8Strips(t *testing.T) {
	for _, path := range int8PathsHere(t) {
		t.Run(path.String(), func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			a, b, c := pagesOf(1<<17), pagesOf(1<<17), pagesOf(1<<17)
			tile := path.shape()
			for _, k := range []int{1, 2, 3, 7} {
				if path == Int8AMX {
					k *= 16
				}
				for m := 1; m <= 2*tile.MR+1; m++ {
					for n := 1; n <= tile.NR; n++ {
						checkInt8Strip(t, r, path, [3]pages{a, b, c}, m, n, k)
					}
				}
			}
		})
	}
}

func checkInt8Strip(t *testing.T, r *rand.Rand, path Int8Path, mem [3]pages, m, n, k int) {
	t.Helper()
	const gap = 12345
	rsB := roundUp(n, path.shape().lanes)
	rsA, ldc := k+r.IntN(3), n+r.IntN(3)
	a, b := lastOf[uint32](mem[0], (m-1)*rsA+k), lastOf[uint32](mem[1], k*rsB)
	c := lastOf[int32](mem[2], (m-1)*ldc+n)
	wild := r.IntN(3) == 0
	for i := range a {
		if a[i] = r.Uint32(); wild {
			a[i] = 0xffffffff
		}
	}
	for i := range b {
		for range 4 {
			w := int8(r.IntN(255) - 127)
			if wild {
				w = int8(127 - 254*r.IntN(2))
			}
			b[i] = b[i]<<8 | uint32(uint8(w))
		}
	}
	for i := range c {
		c[i] = gap
	}
	float := func(p unsafe.Pointer) *float32 { return (*float32)(p) }
	gemmStripInt8(path, &asm.GemmStrip[float32]{A: float(unsafe.Pointer(&a[0])),
		B: float(unsafe.Pointer(&b[0])), C: float(unsafe.Pointer(&c[0])),
		RsA: rsA, CsA: 1, RsB: rsB, Ldc: ldc, M: m, N: n, K: k})
	for at, got := range c {
		i, j := at/ldc, at%ldc
		want := int32(gap)
		if j < n {
			want = 0
			for p := range k {
				for byt := 0; byt < 32; byt += 8 {
					want += int32(uint8(a[i*rsA+p]>>byt)) * int32(int8(b[p*rsB+j]>>byt))
				}
			}
		}
		if got != want {
			t.Fatalf("%s, strip %dx%d of %d words: sum %d,%d = %d, want %d", path, m, n, k, i, j, got, want)
		}
	}
}

// TestInt8Extremes: MaxInt8Terms terms of the largest products do not overflow, on any path.
func TestInt8Extremes(t *testing.T) {
	if MaxInt8Terms*255*127 > math.MaxInt32 || (MaxInt8Terms+1)*255*127 <= math.MaxInt32 {
		t.Fatalf("MaxInt8Terms = %d", MaxInt8Terms)
	}
	const k, m, n = MaxInt8Terms, 5, 5 // one row and several, one column and several
	weights := [n]int8{127, 127, -127, -127, 1}
	q, x := make([]int8, k*n), make([]float32, k)
	for p := range k {
		copy(q[p*n:], weights[:])
		x[p] = 255
	}
	defer LimitInt8(ActiveInt8())
	for _, path := range int8PathsHere(t) {
		if err := LimitInt8(path); err != nil {
			t.Skip(err)
		}
		rows := slices.Concat(x, x, x, x, x)
		var c [m * n]float32
		GemmInt8(m, rows, k, PackInt8(k, n, q, n, []float32{1, 1, 1, 1, 1}), c[:], n, Epilogue[float32]{})
		for i, got := range c {
			if want := float32(255 * k * int(weights[i%n])); got != want {
				t.Errorf("%s: element %d is %v, want %v", path, i, got, want)
			}
		}
	}
}

// TestInt8Rows: the kernels on rows have the bits of the generic tier on every tier, for every length up
// to some vectors, and touch nothing else.
func TestInt8Rows(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	special := []float32{0, float32(math.Copysign(0, -1)), 1e-45, -1e-45, 3e38, -3e38, 0.5, -0.5, 1.5, 2.5,
		254.5}
	mem := [5]pages{}
	for i := range mem {
		mem[i] = pagesOf(4096)
	}
	for _, tier := range Tiers() {
		for n := 0; n <= 70; n++ {
			x := lastOf[float32](mem[0], n)
			for i := range x {
				if x[i] = float32(r.NormFloat64() * 100); r.IntN(3) == 0 {
					x[i] = special[r.IntN(len(special))]
				}
			}
			if err := checkInt8Rows(r, tier, x, mem); err != nil {
				t.Fatalf("%s, %d elements: %v", tier, n, err)
			}
			for i, v := range x {
				for _, odd := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
					x[i] = float32(odd)
					var got, want [3]float32
					dispatchRangeRow(tier, got[:], x)
					rangeRowGeneric(want[:], x)
					if got[0] != want[0] || got[1] != want[1] || got[2] == got[2] {
						t.Fatalf("%s: the range of %d elements, %v at %d, is %v, want %v", tier, n, odd, i, got, want)
					}
				}
				x[i] = v
			}
		}
	}
}

func checkInt8Rows(r *rand.Rand, tier Tier, x []float32, mem [5]pages) error {
	n := len(x)
	var got, want [3]float32
	dispatchRangeRow(tier, got[:], x)
	rangeRowGeneric(want[:], x)
	if got != want {
		return fmt.Errorf("range %v, want %v", got, want)
	}
	k, _ := scaleOfRange(want[0], want[1]).constants()
	if r.IntN(2) == 0 {
		k, _ = scaleOfRange(-3, 100).constants() // beyond which x lies
	}
	q, wantQ := lastOf[uint8](mem[1], roundUp(n, 16)), make([]uint8, n)
	dispatchQuantizeRow(tier, q, x, k[:])
	quantizeRowGeneric(wantQ, x, k[:])
	if !slices.Equal(q[:n], wantQ) {
		return fmt.Errorf("%v of %v with %v, want %v", q[:n], x, k, wantQ)
	}
	y, sums := lastOf[float32](mem[1], n), lastOf[float32](mem[2], n)
	scale, bias := lastOf[float32](mem[3], n), lastOf[float32](mem[4], n)
	wantY := make([]float32, n)
	for i := range y {
		y[i] = math.Float32frombits(r.Uint32() >> 1)
		sums[i] = math.Float32frombits(uint32(r.IntN(1<<24) - 1<<23))
		scale[i], bias[i], wantY[i] = r.Float32(), r.Float32()-0.5, y[i]
	}
	c := []float32{r.Float32() + 0.1, math.Float32frombits(r.Uint32N(256))}
	dispatchDequantizeRow(tier, y, sums, scale, bias, c)
	dequantizeRowGeneric(wantY, sums, scale, bias, c)
	for i := range y {
		if math.Float32bits(y[i]) != math.Float32bits(wantY[i]) {
			return fmt.Errorf("element %d: %v, want %v", i, y[i], wantY[i])
		}
	}
	return nil
}

// TestInt8StripExtremes: the sums of the longest rows and of the largest products are exact on every path. As
// float32 they would not show what one sum does to the one beside it.
func TestInt8StripExtremes(t *testing.T) {
	const n = 6
	weights := [n]uint32{0x7f7f7f7f, 0x7f7f7f7f, 0x81818181, 0x7f7f7f7f, 0x01010101, 0x81818181}
	for _, path := range int8PathsHere(t) {
		k, across := MaxInt8Terms/4/16*16, roundUp(n, path.shape().lanes)
		b := make([]uint32, k*across)
		for p := range k {
			copy(b[p*across:], weights[:])
		}
		for _, m := range []int{1, 4, 5} {
			a, c := make([]uint32, m*k), make([]int32, m*n)
			for i := range a {
				a[i] = 0xffffffff
			}
			float := func(p unsafe.Pointer) *float32 { return (*float32)(p) }
			gemmStripInt8(path, &asm.GemmStrip[float32]{A: float(unsafe.Pointer(&a[0])),
				B: float(unsafe.Pointer(&b[0])), C: float(unsafe.Pointer(&c[0])), RsA: k, CsA: 1, RsB: across,
				Ldc: n, M: m, N: n, K: k})
			for i, got := range c {
				if want := int32(4*k*255) * int32(int8(weights[i%n])); got != want {
					t.Errorf("%s, %d rows: sum %d is %d, want %d", path, m, i, got, want)
				}
			}
		}
	}
}
