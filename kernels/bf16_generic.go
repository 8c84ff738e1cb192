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
	i := 0
	for ; i+4 <= s.M; i += 4 {
		j := 0
		for ; j+2 <= s.N; j += 2 {
			bf16Tile4x2(s, a, b, i, j)
		}
		if j < s.N {
			bf16Tile4x1(s, a, b, i, j)
		}
	}
	for ; i < s.M; i++ {
		j := 0
		for ; j+4 <= s.N; j += 4 {
			bf16Tile1x4(s, a, b, i, j)
		}
		for ; j < s.N; j++ {
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

// bf16Tile4x2 takes the even terms of a word before the odd ones: of both columns there are then two factors
// in registers, beside eight sums and one factor of a row.
func bf16Tile4x2(s *asm.GemmStrip[float32], a, b []bf16Pair, i, j int) {
	var c00, c01, c10, c11, c20, c21, c30, c31 float32
	rs := s.RsA
	a0, a1, a2, a3 := a[i*rs:], a[(i+1)*rs:], a[(i+2)*rs:], a[(i+3)*rs:]
	ap, bp := 0, j
	for range s.K {
		w := b[bp : bp+2 : bp+2]
		v0, v1, v2, v3 := a0[ap], a1[ap], a2[ap], a3[ap]
		for half := range v0 {
			x, y := w[0][half].Float32(), w[1][half].Float32()
			v := v0[half].Float32()
			c00 += float32(v * x)
			c01 += float32(v * y)
			v = v1[half].Float32()
			c10 += float32(v * x)
			c11 += float32(v * y)
			v = v2[half].Float32()
			c20 += float32(v * x)
			c21 += float32(v * y)
			v = v3[half].Float32()
			c30 += float32(v * x)
			c31 += float32(v * y)
		}
		ap += s.CsA
		bp += s.RsB
	}
	storeGeneric(s, i, j, c00)
	storeGeneric(s, i, j+1, c01)
	storeGeneric(s, i+1, j, c10)
	storeGeneric(s, i+1, j+1, c11)
	storeGeneric(s, i+2, j, c20)
	storeGeneric(s, i+2, j+1, c21)
	storeGeneric(s, i+3, j, c30)
	storeGeneric(s, i+3, j+1, c31)
}

func bf16Tile1x4(s *asm.GemmStrip[float32], a, b []bf16Pair, i, j int) {
	var c0, c1, c2, c3 float32
	ap, bp := i*s.RsA, j
	for range s.K {
		w := b[bp : bp+4 : bp+4]
		x, y := a[ap][0].Float32(), a[ap][1].Float32()
		c0 = addPair(c0, w[0], x, y)
		c1 = addPair(c1, w[1], x, y)
		c2 = addPair(c2, w[2], x, y)
		c3 = addPair(c3, w[3], x, y)
		ap += s.CsA
		bp += s.RsB
	}
	storeGeneric(s, i, j, c0)
	storeGeneric(s, i, j+1, c1)
	storeGeneric(s, i, j+2, c2)
	storeGeneric(s, i, j+3, c3)
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
