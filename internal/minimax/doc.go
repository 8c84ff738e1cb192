// Package minimax holds the polynomial coefficients that the generic tier and the
// assembly generator share. tools/minimax derives and writes them, by the Remez
// exchange algorithm.
//
// # Exponential
//
// Elementwise kernels agree bit for bit across the assembly tiers, so the
// order below is a contract: every line is one rounded operation, fma(a, b, c)
// is a*b + c rounded once, and no step may be reassociated. In float32, with
// c = Exp32 (degree 6):
//
//	x = max(ExpMin32, min(ExpMax32, x))  // NaN stays NaN
//	k = rint(x * Log2E32)                // the product is rounded, then ties go to even
//	r = fma(-k, Ln2Hi32, x)              // exact
//	r = fma(-k, Ln2Lo32, r)
//	p = fma(c[6], r, c[5])
//	p = fma(p, r, c[4])
//	p = fma(p, r, c[3])
//	p = fma(p, r, c[2])
//	p = fma(p, r, c[1])                  // c[1] = 1
//	p = fma(p, r, c[0])                  // c[0] = 1
//	y = p * 2^k                          // rounds only where y is subnormal
//
// In float64 it is the same with Exp64 (degree 11), from fma(c[11], r, c[10])
// down to c[0], and the constants whose names end in 64. e^0 is exactly 1.
//
// The largest error is 0.892 ulp in float32, over all inputs, and 0.898 ulp in
// float64, the most found among 10^8 random inputs; subnormal results are
// included. The tests repeat a thinner search. Other orders were measured on
// every 67th float32 and 5*10^6 float64 inputs, and are not used:
//
//	                                                  float32  float64
//	Horner to c[0], as above                          0.860    0.869 ulp
//	Estrin for P = c[2] + c[3] r + ..., then          0.880    0.885
//	  fma(fma(P, r, 1), r, 1)
//	Horner for P, then 1 + fma(P, r*r, r)             0.993    0.990
//	Estrin for P, then 1 + fma(P, r*r, r)             1.016    1.022
//
// The last two round r + r²P and then its sum with 1, so an error of half an
// ulp of a number near 0.35 enters a result near 0.7 whole; in the first two,
// the rounding before the last is multiplied by r. Horner also has the fewest
// instructions, and its latency hides behind other vectors.
//
// # Scaling by 2^k
//
// After the clamp, k lies in [-150, 128] in float32 and [-1076, 1024] in
// float64, and p in (0.70, 1.42). 2^k itself may then be no normal number of
// the type. Two ways give the same bits:
//
//   - AVX-512: VSCALEFPS, VSCALEFPD, which round p * 2^k once;
//   - elsewhere: y = (p * 2^h) * 2^(k-h) with h = k>>1, an arithmetic shift.
//     Either factor is a normal number, made by adding the bias and shifting
//     into the exponent field. The first product is exact, because its result
//     is normal as well; so the second alone rounds, once, from the same
//     p * 2^k. The order of the two products matters: 2^h * 2^(k-h) first
//     would lose the subnormals.
//
// At the top, p * 2^128 (in float64 p * 2^1024) is finite for p < 1 and +Inf
// otherwise, in both ways.
// FTZ and DAZ must be off, as everywhere.
//
// # Special values
//
// The clamp gives e^+Inf = +Inf, e^-Inf = +0 and keeps k small; without it r is
// Inf - Inf. It has to pass NaN: VMINPS and VMAXPS return their second source
// if either is NaN, so x is the second source (the first operand in Go's order)
// of both; NEON's FMIN and FMAX pass NaN by themselves, FMINNM and FMAXNM do
// not. From then on r and p are NaN, and so is y, whatever integer k becomes.
//
// # The other functions
//
// The polynomials are
//
//	Log32, Log64          log(1+f), for the logarithms
//	Softplus32            log(1+f) for f in [0, 1], where f = e^-|x|
//	Softplus64            (log(1+f) - f)/f², in powers of f - 1/2
//	Erf32, Erf64          erf(sqrt z)/sqrt z - 1, for |x| < ErfSplit and z = x²
//	ErfTail32, ErfTail64  -log(1 - erf x), for x >= ErfSplit
//	Mills32, Mills64      (1 - Phi(x))/phi(x), the ratio of Mills, over sqrt(2 pi) and times
//	                      MillsDen32 or MillsDen64, for GELU
//	Tanh32                tanh x, in tables; see below
//	Tanh64                e^r, for the tanh: the least error relative to e^r - 1
//	Logistic32            1/(1 + e^x), in tables of the same kind
//	SinTurn64, CosTurn64  sin(2 pi sqrt z)/sqrt z and cos(2 pi sqrt z), for Normal
//
// tools/avo/algo states their order of operations (elementary.go, elementary_log.go,
// elementary_erf.go, activation_*.go). The pure-Go tier uses package math in float64
// instead, except for the exponential of gates, for Normal, and for tanh between 1/2 and 2.
// Sigmoid, tanh, expm1 and the activations use the series of e^x from its second power on,
//
//	e^r - 1 = r + r² P(r), P by even and odd powers
//
// They keep the leading part of r, which is exact, apart from the rest, and add the rounding
// errors of the reduction and of the sums back to the result.
//
// Tanh in float32 does without e^x: Tanh32 has a polynomial for each of fourteen intervals,
// in powers of the distance to a center at which tanh x is almost exactly a float32. Below
// |x| = 1/4 the center is 0 and the polynomial is tanh x - x: there too the last step adds
// something small to what is exact. The last polynomial is the constant 1, for clamped |x|.
// The exponent of 1 + |x| and the first two bits of its mantissa name the interval; one
// permutation of a register fetches each coefficient.
//
// # Float32 without a fused multiply-add
//
// float32(math.FMA(float64(a), float64(b), float64(c))) rounds twice and
// differs from fma beside a tie. Pure Go that must have the same bits needs
// dd.FMA32 or the like; pure Go that need not evaluates the same polynomial in
// float64 and rounds once at the end, which is cheaper and no less accurate.
package minimax

//go:generate go run ../../tools/minimax -o .
