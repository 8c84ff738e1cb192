// Package operand says what a call references of the slices that it is given: how many
// elements that takes, and whether two operands have memory in common. Package kernels and
// the BLAS on it judge their arguments by it, and panic in words of their own.
package operand
