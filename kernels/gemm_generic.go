package kernels

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels/asm"
)

// gemmStripGeneric is the micro-kernel in pure Go: tiles of 4 rows, each worked
// off in two halves of 2 columns so that 8 sums fit the 16 registers of amd64.
// Products are rounded before they are added: Go fuses where the CPU can unless
// told otherwise, and results must not depend on GOARCH.
func gemmStripGeneric[T Float](s *asm.GemmStrip[T]) {
	a := unsafe.Slice(s.A, (s.M-1)*s.RsA+(s.K-1)*s.CsA+1)
	b := unsafe.Slice(s.B, (s.K-1)*s.RsB+s.N)
	for i := 0; i < s.M; i += 4 {
		for j := 0; j < s.N; j += 2 {
			if s.M-i >= 4 && s.N-j >= 2 {
				gemmTile4x2(s, a, b, i, j)
			} else {
				gemmTileEdge(s, a, b, i, j, min(4, s.M-i), min(2, s.N-j))
			}
		}
	}
}

func gemmTile4x2[T Float](s *asm.GemmStrip[T], a, b []T, i, j int) {
	var c00, c01, c10, c11, c20, c21, c30, c31 T
	rs, cs, rb := s.RsA, s.CsA, s.RsB
	a0, a1, a2, a3 := a[i*rs:], a[(i+1)*rs:], a[(i+2)*rs:], a[(i+3)*rs:]
	b0 := b[j:]
	ap, bp := 0, 0
	for range s.K {
		pair := b0[bp : bp+2 : bp+2]
		x, y := pair[0], pair[1]
		v := a0[ap]
		c00 += T(v * x)
		c01 += T(v * y)
		v = a1[ap]
		c10 += T(v * x)
		c11 += T(v * y)
		v = a2[ap]
		c20 += T(v * x)
		c21 += T(v * y)
		v = a3[ap]
		c30 += T(v * x)
		c31 += T(v * y)
		ap += cs
		bp += rb
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

func gemmTileEdge[T Float](s *asm.GemmStrip[T], a, b []T, i0, j0, mr, nr int) {
	for i := i0; i < i0+mr; i++ {
		for j := j0; j < j0+nr; j++ {
			var sum T
			for p := range s.K {
				sum += T(a[i*s.RsA+p*s.CsA] * b[p*s.RsB+j])
			}
			storeGeneric(s, i, j, sum)
		}
	}
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
