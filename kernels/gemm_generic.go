package kernels

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels/asm"
)

// gemmStripGeneric is the micro-kernel in pure Go. It computes 4 rows x 2 columns at a time,
// whose 8 sums fit the 16 registers of amd64. Edge tiles take 4 sums at a time: a single one
// would wait for each addition. Products are rounded, by a conversion, before they are added:
// Go otherwise fuses where the CPU can, and results must not depend on GOARCH.
func gemmStripGeneric[T Float](s *asm.GemmStrip[T]) {
	a := unsafe.Slice(s.A, (s.M-1)*s.RsA+(s.K-1)*s.CsA+1)
	b := unsafe.Slice(s.B, (s.K-1)*s.RsB+s.N)
	i := 0
	for ; i+4 <= s.M; i += 4 {
		for j := 0; j+2 <= s.N; j += 2 {
			gemmTile4x2(s, i, j)
		}
		if s.N%2 != 0 {
			gemmTile4x1(s, a, b, i, s.N-1)
		}
	}
	for ; i < s.M; i++ {
		j := 0
		for ; j+4 <= s.N; j += 4 {
			gemmTile1x4(s, a, b, i, j)
		}
		for ; j < s.N; j++ {
			gemmTile1x1(s, a, b, i, j)
		}
	}
}

// gemmTile4x2 computes the tile at row i and column j. Two forms of the loop matter, on Go 1.26
// for amd64: checks of bounds need so many registers that the counters live in memory, hence the
// pointers. The compiler delays the last addition to each sum to the end of the block that
// closes a loop, so all products would be in registers at once; the break before the last
// statements keeps the additions in another block. Together they are 1.5 times as fast.
func gemmTile4x2[T Float](s *asm.GemmStrip[T], i, j int) {
	var c00, c01, c10, c11, c20, c21, c30, c31 T
	size := int(unsafe.Sizeof(T(0)))
	a0 := unsafe.Add(unsafe.Pointer(s.A), i*s.RsA*size)
	a1 := unsafe.Add(a0, s.RsA*size)
	a2 := unsafe.Add(a1, s.RsA*size)
	a3 := unsafe.Add(a2, s.RsA*size)
	b := unsafe.Add(unsafe.Pointer(s.B), j*size)
	stepA, stepB := s.CsA*size, s.RsB*size
	for p, left := 0, s.K; ; {
		x, y := *(*T)(b), *(*T)(unsafe.Add(b, size))
		v := *(*T)(unsafe.Add(a0, p))
		c00 += T(v * x)
		c01 += T(v * y)
		v = *(*T)(unsafe.Add(a1, p))
		c10 += T(v * x)
		c11 += T(v * y)
		v = *(*T)(unsafe.Add(a2, p))
		c20 += T(v * x)
		c21 += T(v * y)
		v = *(*T)(unsafe.Add(a3, p))
		c30 += T(v * x)
		c31 += T(v * y)
		if left--; left == 0 {
			break
		}
		p += stepA
		b = unsafe.Add(b, stepB)
	}
	if s.Flags == 0 {
		c := unsafe.Slice(s.C, (i+3)*s.Ldc+j+2)
		r0, r1, r2, r3 := c[i*s.Ldc+j:], c[(i+1)*s.Ldc+j:], c[(i+2)*s.Ldc+j:], c[(i+3)*s.Ldc+j:]
		r0[0], r0[1], r1[0], r1[1] = c00, c01, c10, c11
		r2[0], r2[1], r3[0], r3[1] = c20, c21, c30, c31
		return
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

func gemmTile4x1[T Float](s *asm.GemmStrip[T], a, b []T, i, j int) {
	var c0, c1, c2, c3 T
	rs := s.RsA
	a0, a1, a2, a3 := a[i*rs:], a[(i+1)*rs:], a[(i+2)*rs:], a[(i+3)*rs:]
	ap, bp := 0, j
	for range s.K {
		x := b[bp]
		c0 += T(a0[ap] * x)
		c1 += T(a1[ap] * x)
		c2 += T(a2[ap] * x)
		c3 += T(a3[ap] * x)
		ap += s.CsA
		bp += s.RsB
	}
	storeGeneric(s, i, j, c0)
	storeGeneric(s, i+1, j, c1)
	storeGeneric(s, i+2, j, c2)
	storeGeneric(s, i+3, j, c3)
}

func gemmTile1x4[T Float](s *asm.GemmStrip[T], a, b []T, i, j int) {
	var c0, c1, c2, c3 T
	ap, bp := i*s.RsA, j
	for range s.K {
		four := b[bp : bp+4 : bp+4]
		v := a[ap]
		c0 += T(v * four[0])
		c1 += T(v * four[1])
		c2 += T(v * four[2])
		c3 += T(v * four[3])
		ap += s.CsA
		bp += s.RsB
	}
	storeGeneric(s, i, j, c0)
	storeGeneric(s, i, j+1, c1)
	storeGeneric(s, i, j+2, c2)
	storeGeneric(s, i, j+3, c3)
}

func gemmTile1x1[T Float](s *asm.GemmStrip[T], a, b []T, i, j int) {
	var sum T
	ap, bp := i*s.RsA, j
	for range s.K {
		sum += T(a[ap] * b[bp])
		ap += s.CsA
		bp += s.RsB
	}
	storeGeneric(s, i, j, sum)
}

// storeGeneric finishes one element: alpha, beta and the epilogue.
func storeGeneric[T Float](s *asm.GemmStrip[T], i, j int, sum T) {
	c := &unsafe.Slice(s.C, i*s.Ldc+j+1)[i*s.Ldc+j]
	z := sum
	if s.Flags == 0 {
		*c = z
		return
	}
	if s.Flags&asm.GemmAlpha != 0 {
		z = T(s.Alpha * z)
	}
	if s.Flags&asm.GemmBeta != 0 {
		z += T(s.Beta * *c)
	}
	if s.Flags&asm.GemmBias != 0 {
		z += unsafe.Slice(s.Bias, j+1)[j]
	}
	if s.Flags&asm.GemmReLU != 0 && z < 0 {
		z = 0
	}
	if s.Flags&asm.GemmLeaky != 0 && z < 0 {
		z = T(s.Slope * z)
	}
	if s.Flags&asm.GemmDeriv != 0 {
		z = T(z * unsafe.Slice(s.D, i*s.Ldd+j+1)[i*s.Ldd+j])
	}
	*c = z
}
