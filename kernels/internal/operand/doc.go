// Package operand describes which elements of a slice a call references. It computes how many
// elements the slice needs and judges exactly whether two operands share memory. Package kernels
// and its BLAS check their arguments with it.
package operand
