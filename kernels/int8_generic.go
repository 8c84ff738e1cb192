package kernels

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels/asm"
)

// gemmStripInt8Generic is the micro-kernel on integers of 8 bits in pure Go. Words of A are four integers
// without sign, words of B four with sign, the first in the lowest byte, and the strip stores sums of 32
// bits: C[i*Ldc+j] = sum over p < K of the dot product of A[i*RsA+p] and B[p*RsB+j]. It computes 2 x 2
// sums at a time, which take each word apart once for two of them.
func gemmStripInt8Generic(s *asm.GemmStrip[float32]) {
	a := unsafe.Slice((*uint32)(unsafe.Pointer(s.A)), (s.M-1)*s.RsA+s.K)
	b := unsafe.Slice((*uint32)(unsafe.Pointer(s.B)), (s.K-1)*s.RsB+s.N)
	c := unsafe.Slice((*int32)(unsafe.Pointer(s.C)), (s.M-1)*s.Ldc+s.N)
	i := 0
	for ; i+2 <= s.M; i += 2 {
		j := 0
		for ; j+2 <= s.N; j += 2 {
			int8Tile2x2(s, a[i*s.RsA:], b[j:], c[i*s.Ldc+j:])
		}
		if j < s.N {
			c[i*s.Ldc+j] = int8Sum(a[i*s.RsA:][:s.K], b[j:], s.RsB)
			c[(i+1)*s.Ldc+j] = int8Sum(a[(i+1)*s.RsA:][:s.K], b[j:], s.RsB)
		}
	}
	if i < s.M {
		for j := range s.N {
			c[i*s.Ldc+j] = int8Sum(a[i*s.RsA:][:s.K], b[j:], s.RsB)
		}
	}
}

// int8Tile2x2 computes two columns of two rows.
func int8Tile2x2(s *asm.GemmStrip[float32], a, b []uint32, c []int32) {
	var c00, c01, c10, c11 int32
	a0, a1 := a[:s.K], a[s.RsA:][:s.K]
	at := 0
	for p, x := range a0 {
		y, v, w := a1[p], b[at], b[at+1]
		at += s.RsB
		v0, v1, v2, v3 := int32(int8(v)), int32(int8(v>>8)), int32(int8(v>>16)), int32(v)>>24
		w0, w1, w2, w3 := int32(int8(w)), int32(int8(w>>8)), int32(int8(w>>16)), int32(w)>>24
		x0, x1, x2, x3 := int32(x&255), int32(x>>8&255), int32(x>>16&255), int32(x>>24)
		c00 += x0*v0 + x1*v1 + x2*v2 + x3*v3
		c01 += x0*w0 + x1*w1 + x2*w2 + x3*w3
		x0, x1, x2, x3 = int32(y&255), int32(y>>8&255), int32(y>>16&255), int32(y>>24)
		c10 += x0*v0 + x1*v1 + x2*v2 + x3*v3
		c11 += x0*w0 + x1*w1 + x2*w2 + x3*w3
	}
	c[0], c[1], c[s.Ldc], c[s.Ldc+1] = c00, c01, c10, c11
}

// int8Sum is the dot product of a row of A and a column of B, whose words are rs apart.
func int8Sum(a, b []uint32, rs int) (sum int32) {
	at := 0
	for _, x := range a {
		v := b[at]
		at += rs
		sum += int32(x&255)*int32(int8(v)) + int32(x>>8&255)*int32(int8(v>>8)) +
			int32(x>>16&255)*int32(int8(v>>16)) + int32(x>>24)*(int32(v)>>24)
	}
	return sum
}
