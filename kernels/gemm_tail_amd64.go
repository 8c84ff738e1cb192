package kernels

import (
	"unsafe"

	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/kernels/asm"
)

// halvesVectors is whether the CPU computes each half of a vector of 64 bytes by itself, as Zen 4 does.
var halvesVectors = cpuid.CPU.VendorID == cpuid.AMD && cpuid.CPU.Family == 25

// hasTail reports whether the last vector of a strip of n columns and k terms is better computed by
// the micro-kernel of AVX2. Where the CPU halves vectors and the last one is at most half full,
// that takes 0.55 of the time with 8 columns of float32, 0.7 with 4. With fewer terms than
// tailTerms the masked stores of AVX2 and a second call cost more.
func hasTail[T Float](t Tier, n, k int) bool {
	half := int(32 / unsafe.Sizeof(T(0)))
	return halvesVectors && t == AVX512 && uint(n-1)&uint(2*half-1) < uint(half) && (k >= tailTerms || n == half)
}

const tailTerms = 24

// runStrip runs the micro-kernel, for the last vector perhaps that of AVX2, which gives the same
// bits. It leaves s as it was, and does not copy it: see product.set.
func runStrip[T Float](t Tier, s *asm.GemmStrip[T]) {
	if !hasTail[T](t, s.N, s.K) {
		dispatchGemmStrip(t, s)
		return
	}
	n := s.N
	if s.N = (n - 1) &^ (64/int(unsafe.Sizeof(T(0))) - 1); s.N > 0 {
		dispatchGemmStrip(t, s)
	}
	b, c, bias, d := s.B, s.C, s.Bias, s.D
	s.B, s.C, s.Bias, s.D = after(b, s.N), after(c, s.N), after(bias, s.N), after(d, s.N)
	s.N = n - s.N
	dispatchGemmStrip(AVX2, s)
	s.N, s.B, s.C, s.Bias, s.D = n, b, c, bias, d
}
