package kernels

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels/asm"
)

// gemmStripBF16Generic is the micro-kernel of bfloat16 numbers in pure Go. A[..] and B[..] of
// asm.GemmStrip are pairs of terms. A pair adds two products to a sum, the earlier one first. The product
// of two bfloat16 numbers is exact in float32, unless it overflows or underflows.
func gemmStripBF16Generic(s *asm.GemmStrip[float32]) {
	a := unsafe.Slice((*bf16Pair)(unsafe.Pointer(s.A)), (s.M-1)*s.RsA+(s.K-1)*s.CsA+1)
	b := unsafe.Slice((*bf16Pair)(unsafe.Pointer(s.B)), (s.K-1)*s.RsB+s.N)
	for j := range s.N {
		i := 0
		for ; i+4 <= s.M; i += 4 {
			bf16Tile4x1(s, a, b, i, j)
		}
		for ; i < s.M; i++ {
			bf16Tile1x1(s, a, b, i, j)
		}
	}
}

// bf16Pair is a word: the earlier term has the lower address. That is its lower half on all machines that
// have assembly.
type bf16Pair [2]BFloat16

// addPair adds the products of two pairs to a sum. They are rounded, by a conversion, before they are
// added: Go otherwise fuses where the CPU can, and results must not depend on GOARCH.
func addPair(sum float32, v bf16Pair, x, y float32) float32 {
	sum += float32(v[0].Float32() * x)
	return sum + float32(v[1].Float32()*y)
}

func bf16Tile4x1(s *asm.GemmStrip[float32], a, b []bf16Pair, i, j int) {
	var c0, c1, c2, c3 float32
	rs := s.RsA
	a0, a1, a2, a3 := a[i*rs:], a[(i+1)*rs:], a[(i+2)*rs:], a[(i+3)*rs:]
	ap, bp := 0, j
	for range s.K {
		w := b[bp]
		x, y := w[0].Float32(), w[1].Float32()
		c0 = addPair(c0, a0[ap], x, y)
		c1 = addPair(c1, a1[ap], x, y)
		c2 = addPair(c2, a2[ap], x, y)
		c3 = addPair(c3, a3[ap], x, y)
		ap += s.CsA
		bp += s.RsB
	}
	storeGeneric(s, i, j, c0)
	storeGeneric(s, i+1, j, c1)
	storeGeneric(s, i+2, j, c2)
	storeGeneric(s, i+3, j, c3)
}

func bf16Tile1x1(s *asm.GemmStrip[float32], a, b []bf16Pair, i, j int) {
	var sum float32
	ap, bp := i*s.RsA, j
	for range s.K {
		w := b[bp]
		sum = addPair(sum, a[ap], w[0].Float32(), w[1].Float32())
		ap += s.CsA
		bp += s.RsB
	}
	storeGeneric(s, i, j, sum)
}
