// Package asm holds the assembly of Ashlar and nothing else: generated stubs, the
// generated *_amd64.s and *_arm64.s files behind them, and the structs they take. There
// is no logic here and no check: package kernels checks arguments, cuts the work into
// calls of bounded length and picks the tier. The doc of a stub is the loop that
// it computes.
//
// Files are named family_tier_arch: softmax_avx2_amd64.s has the AVX2 softmax in
// both dtypes, softmax_neon_arm64.s that of NEON. They come from tools/avo; edit the
// generator, not the output.
package asm
