// Package gonumblas is BLAS for gonum on the kernels of package kernels: one line, and
// every product of gonum's mat, lapack and stat runs on them.
//
//	func init() { gonumblas.Use() }
package gonumblas
