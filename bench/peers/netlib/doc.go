//go:build linux && cgo

// Command netlib is the BLAS for gonum as a shared library with Fortran's symbols, so that
// netlib's test programs, which Debian has compiled in libblas-test, can be run on it:
//
//	make test-netlib
//
// The library is for these programs only. Fortran's matrices are column-major, so it calls each
// routine for the transposed problem. It does not check arguments in the order of the reference
// BLAS, so the programs' test of error exits is off; package gonumblas tests its panics. The
// library follows the reference where gonum's convention panics: for a negative increment of a
// routine of one vector, and for an increment of 0 of a copy.
package main

import "C"

func main() {}

//go:generate sh -c "sed -e 's/func d/func s/; s/export d/export s/; s/func idamax/func isamax/; s/export idamax/export isamax/; s/b[.]D/b.S/; s/b[.]Id/b.Is/; s/float64/float32/g; s/C[.]double/C.float/g; s/DrotmParams/SrotmParams/g; s/^package/\\/\\/ Code generated from double.go. DO NOT EDIT.\\n\\npackage/' double.go > single.go && gofmt -w single.go"
