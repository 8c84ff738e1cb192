package kernels

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels/asm"
)

// gemmStripInt8Generic is the micro-kernel on integers of 8 bits in pure Go. Words of A are four integers
// without sign, words of B four with sign, the first in the lowest byte, and the strip stores sums of 32
// bits: C[i*Ldc+j] = sum over p < K of the dot product of A[i*RsA+p] and B[p*RsB+j].
//
// It computes two columns in the halves of an integer of 64 bits, so that one multiplication serves both.
// Bytes of B are without sign there, 128 larger, so that taking one from each half is a shift and a mask.
func gemmStripInt8Generic(s *asm.GemmStrip[float32]) {
	a := unsafe.Slice((*uint32)(unsafe.Pointer(s.A)), (s.M-1)*s.RsA+s.K)
	b := unsafe.Slice((*uint32)(unsafe.Pointer(s.B)), (s.K-1)*s.RsB+s.N)
	c := unsafe.Slice((*int32)(unsafe.Pointer(s.C)), (s.M-1)*s.Ldc+s.N)
	i := 0
	for ; i+4 <= s.M; i += 4 {
		int8Rows4(s, a[i*s.RsA:], b, c[i*s.Ldc:])
	}
	for ; i < s.M; i++ {
		int8Rows1(s, a[i*s.RsA:][:s.K], b, c[i*s.Ldc:])
	}
}

// int8Bias is what bytes of B become larger by.
const int8Bias = 128

// columnPair is the words of two columns as one, each byte of them with int8Bias.
func columnPair(v, w uint32) uint64 { return (uint64(v) | uint64(w)<<32) ^ 0x8080_8080_8080_8080 }

// pairBytes is a mask for a byte of each half of a columnPair, the lowest.
const pairBytes = 0xff_0000_00ff

// int8Halves returns the sums of two columns from the sum of their products, given that of the bytes of A.
// The lower sum, exactly, is one of 32 bits with int8Bias times total: what it carries into the upper half
// is known.
func int8Halves(both uint64, total uint64) (lo, hi int32) {
	lo = int32(uint32(both) - uint32(int8Bias*total))
	exact := uint64(int64(lo) + int8Bias*int64(total))
	return lo, int32(uint32((both-exact)>>32) - uint32(int8Bias*total))
}

// int8Total is the sum of the bytes of a row of A.
func int8Total(a []uint32) (total uint64) {
	for _, x := range a {
		t := x&0x00ff_00ff + x>>8&0x00ff_00ff
		total += uint64(t&0xffff + t>>16)
	}
	return total
}

// int8Rows4 computes four rows.
func int8Rows4(s *asm.GemmStrip[float32], a, b []uint32, c []int32) {
	r0, r1, r2, r3 := a[:s.K], a[s.RsA:][:s.K], a[2*s.RsA:][:s.K], a[3*s.RsA:][:s.K]
	t0, t1, t2, t3 := int8Total(r0), int8Total(r1), int8Total(r2), int8Total(r3)
	j := 0
	for ; j+2 <= s.N; j += 2 {
		var c0, c1, c2, c3 uint64
		at := j
		for p, x := range r0 {
			y, z, w := r1[p], r2[p], r3[p]
			v := columnPair(b[at], b[at+1])
			at += s.RsB
			b0, b1, b2, b3 := v&pairBytes, v>>8&pairBytes, v>>16&pairBytes, v>>24&pairBytes
			c0 += uint64(x&255)*b0 + uint64(x>>8&255)*b1 + uint64(x>>16&255)*b2 + uint64(x>>24)*b3
			c1 += uint64(y&255)*b0 + uint64(y>>8&255)*b1 + uint64(y>>16&255)*b2 + uint64(y>>24)*b3
			c2 += uint64(z&255)*b0 + uint64(z>>8&255)*b1 + uint64(z>>16&255)*b2 + uint64(z>>24)*b3
			c3 += uint64(w&255)*b0 + uint64(w>>8&255)*b1 + uint64(w>>16&255)*b2 + uint64(w>>24)*b3
		}
		c[j], c[j+1] = int8Halves(c0, t0)
		c[s.Ldc+j], c[s.Ldc+j+1] = int8Halves(c1, t1)
		c[2*s.Ldc+j], c[2*s.Ldc+j+1] = int8Halves(c2, t2)
		c[3*s.Ldc+j], c[3*s.Ldc+j+1] = int8Halves(c3, t3)
	}
	if j < s.N {
		for i, r := range [4][]uint32{r0, r1, r2, r3} {
			c[i*s.Ldc+j] = int8Sum(r, b[j:], s.RsB)
		}
	}
}

// int8Rows1 computes one row.
func int8Rows1(s *asm.GemmStrip[float32], a, b []uint32, c []int32) {
	total, j := int8Total(a), 0
	for ; j+4 <= s.N; j += 4 {
		var c0, c1 uint64
		at := j
		for _, x := range a {
			four := b[at : at+4 : at+4]
			v, w := columnPair(four[0], four[1]), columnPair(four[2], four[3])
			at += s.RsB
			x0, x1, x2, x3 := uint64(x&255), uint64(x>>8&255), uint64(x>>16&255), uint64(x>>24)
			c0 += x0*(v&pairBytes) + x1*(v>>8&pairBytes) + x2*(v>>16&pairBytes) + x3*(v>>24&pairBytes)
			c1 += x0*(w&pairBytes) + x1*(w>>8&pairBytes) + x2*(w>>16&pairBytes) + x3*(w>>24&pairBytes)
		}
		c[j], c[j+1] = int8Halves(c0, total)
		c[j+2], c[j+3] = int8Halves(c1, total)
	}
	for ; j < s.N; j++ {
		c[j] = int8Sum(a, b[j:], s.RsB)
	}
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
