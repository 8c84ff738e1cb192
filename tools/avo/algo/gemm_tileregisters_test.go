//go:build (amd64 || arm64) && !purego && !noasm

package algo_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/tilemodel"
	"github.com/ashlar-go/ashlar/kernels/asm"
	"github.com/ashlar-go/ashlar/tools/avo/algo"
)

// TestTileKernelsInterpreted: the micro-kernels on tile registers give, interpreted, what loops over
// the formula give, to the bit, and touch nothing but their operands.
func TestTileKernelsInterpreted(t *testing.T) {
	all := []int{asm.GemmAlpha, asm.GemmBeta, asm.GemmBias, asm.GemmReLU, asm.GemmLeaky, asm.GemmDeriv}
	everything := asm.GemmAlpha | asm.GemmBeta | asm.GemmBias | asm.GemmLeaky | asm.GemmDeriv
	rows, columns := []int{1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 70}, []int{1, 2, 15, 16, 17, 31, 32}
	if testing.Short() {
		rows, columns = []int{1, 16, 17, 41}, []int{1, 16, 23, 32}
	}
	for _, m := range rows {
		for _, n := range columns {
			for i, flags := range append(all, 0, everything) {
				k := 16 * (1 + i%3)
				tileProduct(t, "GemmStripBF16AMX", product{m: m, n: n, k: k, flags: flags, far: i & 1})
			}
			for _, flags := range []int{0, asm.GemmBeta} {
				tileProduct(t, "GemmStripInt8AMX", product{m: m, n: n, k: 32, flags: flags})
			}
		}
	}
}

// tileProduct compares one strip. Rows have gaps between them.
func tileProduct(t *testing.T, name string, p product) {
	t.Helper()
	random := rand.New(rand.NewPCG(uint64(p.m), uint64(p.n+100*p.flags)))
	lda, ldb, ldc := p.k+16, 32, p.n+3
	sizes := []int{(p.m-1)*lda + p.k, (p.k-1)*ldb + p.n, (p.m-1)*ldc + p.n, p.n, (p.m-1)*ldc + p.n}
	operands := make([][]uint32, len(sizes)) // A, B, C, Bias, D
	for i, n := range sizes {
		for range n {
			operands[i] = append(operands[i], tileWord(random, name, i))
		}
	}
	s := asm.GemmStrip[float32]{RsA: lda, CsA: 1, RsB: ldb, Ldc: ldc, Ldd: ldc, M: p.m, N: p.n, K: p.k,
		Flags: p.flags, Far: p.far, Alpha: -0.75, Beta: -1.5, Slope: -0.1}
	c := newCPU()
	at := c.place(int(unsafe.Sizeof(s)))
	copy(c.mem[at:], unsafe.Slice((*byte)(unsafe.Pointer(&s)), unsafe.Sizeof(s)))
	places := make([]int64, len(operands))
	for i, v := range operands {
		places[i] = c.place(4 * len(v))
		for j, w := range v {
			binary.LittleEndian.PutUint32(c.mem[places[i]+int64(4*j):], w)
		}
		binary.LittleEndian.PutUint64(c.mem[at+int64(8*i):], uint64(places[i]))
	}
	c.args = map[string]argument{"s": {at: at}}
	loads, err := interpretTiles(c, name)
	if err != nil {
		t.Fatalf("%s %+v: %v", name, p, err)
	}
	if want := 1 + map[bool]int{true: 1}[p.m > 32 && p.m%32 != 0]; loads != want {
		t.Errorf("%s %+v: %d configurations, want %d", name, p, loads, want)
	}
	reference := tilemodel.Pairs
	if name != "GemmStripBF16AMX" {
		reference = tilemodel.Bytes
	}
	o := tilemodel.Operands{A: operands[0], B: operands[1], C: operands[2], Bias: operands[3], D: operands[4]}
	for i, w := range reference(&s, o) {
		got := binary.LittleEndian.Uint32(c.mem[places[2]+int64(4*i):])
		if g, v := math.Float32frombits(got), math.Float32frombits(w); got != w && !(g != g && v != v) {
			t.Fatalf("%s %+v: c[%d] = %08x (%v), want %08x (%v)", name, p, i, got, g, w, v)
		}
	}
}

// tileWord is a word of operand i.
func tileWord(random *rand.Rand, name string, i int) uint32 {
	number := func() uint32 { return math.Float32bits(float32(random.NormFloat64())) }
	switch {
	case name != "GemmStripBF16AMX":
		return random.Uint32()
	case i > 1:
		return number()
	case random.IntN(50) == 0:
		special := []uint32{0, 1 << 31, 0x7f80, 0x7fc0, 0x0001, 0x8001, 0x0080, 0x7f7f}
		return special[random.IntN(len(special))] << 16
	}
	return number()>>16 | number()&^0xffff
}

func interpretTiles(c *cpu, name string) (loads int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	at := slices.IndexFunc(algo.TileKernels, func(k *algo.Kernel) bool { return k.Name == name })
	m := newTileInterpreter()
	algo.TileKernels[at].Emit(m)
	m.run(c)
	if m.configured {
		return 0, fmt.Errorf("the tiles are not released")
	}
	return m.loads, nil
}
