package asm

// GemmStrip is one call of a GEMM micro-kernel: a strip of C, M rows high and N
// columns wide, N at most NR, over K terms. The kernel walks the strip in tiles
// of MR rows; the last tile and a narrow strip are masked, so nothing outside the
// named elements is read or written:
//
//	for i < M, j < N:
//		z = sum over p < K of A[i*RsA + p*CsA] * B[p*RsB + j]
//		if Flags has GemmAlpha: z *= Alpha
//		if Flags has GemmBeta:  z += Beta * C[i*Ldc + j]
//		if Flags has GemmBias:  z += Bias[j]
//		if Flags has GemmReLU:  z = z < 0 ? 0 : z
//		if Flags has GemmLeaky: z = z < 0 ? Slope*z : z
//		if Flags has GemmDeriv: z *= D[i*Ldd + j]
//		C[i*Ldc + j] = z
//
// Each sum is one chain of fused multiply-adds in ascending p, whatever the place
// of the element in its tile. K is at least 1. Strides count elements.
type GemmStrip[T ~float32 | ~float64] struct {
	A, B, C, Bias, D *T
	Next             *T // what will be B soon: prefetched, never read
	RsA, CsA         int
	RsB              int
	Ldc, Ldd         int
	M, N, K          int
	Flags            int
	Far              int // 1 if C is not in L1: its lines are asked for in advance

	Alpha, Beta, Slope T
}

// Flags of a GemmStrip.
const (
	GemmAlpha = 1 << iota // the sums are multiplied by Alpha
	GemmBeta              // C is read and added, times Beta
	GemmBias              // Bias is added to each row
	GemmReLU              // negative values become 0
	GemmLeaky             // negative values are multiplied by Slope
	GemmDeriv             // values are multiplied by D
)
