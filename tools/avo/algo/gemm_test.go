//go:build (amd64 || arm64) && !purego && !noasm

package algo_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/kernels/asm"
	"github.com/ashlar-go/ashlar/tools/avo/algo"
)

// product is a strip of a matrix product.
type product struct {
	m, n, k, rsA, csA, flags, far int
}

// needAssembly skips a test where this CPU runs no assembly, and fails it where a tier of assembly is
// required.
func needAssembly(t *testing.T) {
	t.Helper()
	if len(kernels.Tiers()) > 1 {
		return
	}
	if tier := os.Getenv("ASHLAR_REQUIRE_TIER"); tier != "" && tier != "generic" {
		t.Fatalf("ASHLAR_REQUIRE_TIER=%s, but there is no assembly to compare with", tier)
	}
	t.Skip("no assembly to compare with")
}

// TestGemmInterpreted: the micro-kernel gives, interpreted, what the assembly of the lowest tier
// gives, to the bit: each sum is one chain. A slope below 0 shows what becomes of zeros.
func TestGemmInterpreted(t *testing.T) {
	needAssembly(t)
	epilogues := []int{0, asm.GemmReLU | asm.GemmBeta, asm.GemmAlpha | asm.GemmLeaky,
		asm.GemmAlpha | asm.GemmBeta | asm.GemmBias | asm.GemmLeaky | asm.GemmDeriv}
	rows, terms := []int{1, 5, 12, 13, 31}, []int{1, 4, 11}
	if testing.Short() {
		rows, terms = []int{5, 31}, []int{1, 11}
	}
	for _, m := range rows {
		for _, n := range []int{1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 15, 16, 29} {
			for _, k := range terms {
				for _, flags := range epilogues {
					down, along := product{m, n, k, 1, m, flags, 0}, product{m, n, k, k, 1, flags, 1}
					for _, p := range []product{down, along, {m, n, k, k * 3, 2, flags, 0}} {
						gemm(t, p, "GemmStrip", stubs["GemmStrip"][0].(func(*asm.GemmStrip[float32])))
						gemm(t, p, "GemmStrip", stubs["GemmStrip"][1].(func(*asm.GemmStrip[float64])))
					}
					gemm(t, along, "GemmStripBF16", stubs["GemmStripBF16"][0].(func(*asm.GemmStrip[float32])))
				}
			}
		}
	}
}

// isStrip reports whether a strip may have n columns, with vectors of so many lanes: only the last
// of its vectors may have fewer.
func isStrip(n, lanes int) bool {
	vectors := (n + lanes - 1) / lanes
	return slices.Contains(widths, vectors)
}

// gemm compares one strip, of vectors of 128 and 256 bits, if it is one for the assembly.
func gemm[T float32 | float64](t *testing.T, p product, kernel string, stub func(*asm.GemmStrip[T])) {
	t.Helper()
	random := rand.New(rand.NewPCG(uint64(p.m), uint64(p.n)))
	size := int(unsafe.Sizeof(T(0)))
	lanes := vectorBytes / size
	if kernel == "GemmStripBF16DP" {
		lanes = 16
	}
	panel := kernel != "GemmStrip" // a row of which holds the vectors of each width there is
	if !isStrip(p.n, lanes) || panel && p.n > min(lanes, vectorBytes/4)*panelBytes/vectorBytes {
		return
	}
	ld := p.n + 2
	if panel {
		ld = 2 * 16 * panelBytes / vectorBytes
	}
	a, b, c := (p.m-1)*p.rsA+(p.k-1)*p.csA+1, (p.k-1)*ld+p.n, (p.m-1)*ld+p.n
	if panel {
		b = p.k * ld
	}
	var operands [][]T // A, B, C, Bias, D
	for _, n := range []int{a, b, c, p.n, c} {
		v := make([]T, n)
		for i := range v {
			v[i] = T(random.NormFloat64())
		}
		operands = append(operands, v)
	}
	if kernel != "GemmStrip" {
		asPairs(random, operands[0], operands[1])
	}
	for i := range p.k { // a row of zeros, which alpha makes negative ones
		operands[0][i*p.csA] = 0
	}
	for _, opt := range []options{{bytes: 16, registers: 32, overlap: true}, {bytes: 16, registers: 32},
		{bytes: 32, registers: 32}} {
		whole := panelBytes / opt.bytes * opt.bytes / size // columns of the widest strip of a panel
		if !isStrip(p.n, opt.bytes/size) || panel && p.n > whole {
			continue
		}
		c := newCPU()
		s := asm.GemmStrip[T]{RsA: p.rsA, CsA: p.csA, RsB: ld, Ldc: ld, Ldd: ld, M: p.m, N: p.n, K: p.k,
			Flags: p.flags, Far: p.far, Alpha: -0.75, Beta: -1.5, Slope: -0.1}
		at := c.place(int(unsafe.Sizeof(s)))
		copy(c.mem[at:], unsafe.Slice((*byte)(unsafe.Pointer(&s)), unsafe.Sizeof(s)))
		places := make([]int64, len(operands))
		for i, v := range operands {
			places[i] = c.place(len(v) * size)
			copy(c.mem[places[i]:], unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), len(v)*size))
			binary.LittleEndian.PutUint64(c.mem[at+int64(8*i):], uint64(places[i]))
		}
		c.args = map[string]argument{"s": {at: at}}
		if err := interpretGemm(c, kernel, size, opt); err != nil {
			t.Fatalf("%+v, %+v: %v", p, opt, err)
		}
		want := slices.Clone(operands[2])
		s.A, s.B, s.C = &operands[0][0], &operands[1][0], &want[0]
		s.Bias, s.D = &operands[3][0], &operands[4][0]
		stub(&s)
		got := unsafe.Slice((*T)(unsafe.Pointer(&c.mem[places[2]])), len(want))
		for i := range want {
			if got[i] != want[i] || math.Signbit(float64(got[i])) != math.Signbit(float64(want[i])) {
				t.Fatalf("%+v, %+v: c[%d] = %v, the assembly has %v", p, opt, i, got[i], want[i])
			}
		}
	}
}

// asPairs makes words of what has been float32: pairs of bfloat16 numbers.
func asPairs[T float32 | float64](random *rand.Rand, list ...[]T) {
	half := func() uint32 { return math.Float32bits(float32(random.NormFloat64())) >> 16 }
	for _, s := range list {
		for i := range s {
			*(*uint32)(unsafe.Pointer(&s[i])) = half() | half()<<16
		}
	}
}

func interpretGemm(c *cpu, kernel string, size int, opt options) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	at := slices.IndexFunc(algo.Kernels, func(k *algo.Kernel) bool { return k.Name == kernel })
	m := newInterpreter(size, opt)
	algo.Kernels[at].Emit(m)
	m.run(c)
	return nil
}
