//go:build linux && cgo

// Command netlib is the BLAS for gonum as a shared library with Fortran's symbols, so that
// netlib's test programs, which Debian has compiled in libblas-test, can be run on it:
//
//	make test-netlib
//
// It is for these programs only. Fortran's matrices are column-major; each routine is
// called for the transposed problem. Arguments that the reference BLAS reports through
// XERBLA are not checked in its order, so the test of error exits is switched off; panics
// are tested in kernels/gonumblas. Where the reference goes on and gonum's convention stops,
// with a negative increment of one vector or a zero one of a copy, the library follows the reference.
package main

import "C"

func main() {}

//go:generate sh -c "sed -e 's/func d/func s/; s/export d/export s/; s/func idamax/func isamax/; s/export idamax/export isamax/; s/b[.]D/b.S/; s/b[.]Id/b.Is/; s/float64/float32/g; s/C[.]double/C.float/g; s/DrotmParams/SrotmParams/g; s/^package/\\/\\/ Code generated from double.go. DO NOT EDIT.\\n\\npackage/' double.go > single.go && gofmt -w single.go"
