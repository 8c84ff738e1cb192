package gonumblas

import (
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/testblas"
)

// suite is gonum's public tests of BLAS routines for float64. run takes what they
// all can be called with.
var suite = []struct {
	name string
	run  func(t *testing.T, impl blas.Float64)
}{
	{"Ddot", func(t *testing.T, impl blas.Float64) { testblas.DdotTest(t, impl) }},
	{"Dnrm2", func(t *testing.T, impl blas.Float64) { testblas.Dnrm2Test(t, impl) }},
	{"Dasum", func(t *testing.T, impl blas.Float64) { testblas.DasumTest(t, impl) }},
	{"Idamax", func(t *testing.T, impl blas.Float64) { testblas.IdamaxTest(t, impl) }},
	{"Dswap", func(t *testing.T, impl blas.Float64) { testblas.DswapTest(t, impl) }},
	{"Dcopy", func(t *testing.T, impl blas.Float64) { testblas.DcopyTest(t, impl) }},
	{"Daxpy", func(t *testing.T, impl blas.Float64) { testblas.DaxpyTest(t, impl) }},
	{"Drotg", func(t *testing.T, impl blas.Float64) { testblas.DrotgTest(t, impl, false) }},
	{"Drotmg", func(t *testing.T, impl blas.Float64) { testblas.DrotmgTest(t, impl) }},
	{"Drot", func(t *testing.T, impl blas.Float64) { testblas.DrotTest(t, impl) }},
	{"Drotm", func(t *testing.T, impl blas.Float64) { testblas.DrotmTest(t, impl) }},
	{"Dscal", func(t *testing.T, impl blas.Float64) { testblas.DscalTest(t, impl) }},
	{"Dgemv", func(t *testing.T, impl blas.Float64) { testblas.DgemvTest(t, impl) }},
	{"Dgbmv", func(t *testing.T, impl blas.Float64) { testblas.DgbmvTest(t, impl) }},
	{"Dger", func(t *testing.T, impl blas.Float64) { testblas.DgerTest(t, impl) }},
	{"Dsymv", func(t *testing.T, impl blas.Float64) { testblas.DsymvTest(t, impl) }},
	{"Dsbmv", func(t *testing.T, impl blas.Float64) { testblas.DsbmvTest(t, impl) }},
	{"Dspmv", func(t *testing.T, impl blas.Float64) { testblas.DspmvTest(t, impl) }},
	{"Dsyr", func(t *testing.T, impl blas.Float64) { testblas.DsyrTest(t, impl) }},
	{"Dspr", func(t *testing.T, impl blas.Float64) { testblas.DsprTest(t, impl) }},
	{"Dsyr2", func(t *testing.T, impl blas.Float64) { testblas.Dsyr2Test(t, impl) }},
	{"Dspr2", func(t *testing.T, impl blas.Float64) { testblas.Dspr2Test(t, impl) }},
	{"Dtrmv", func(t *testing.T, impl blas.Float64) { testblas.DtrmvTest(t, impl) }},
	{"Dtbmv", func(t *testing.T, impl blas.Float64) { testblas.DtbmvTest(t, impl) }},
	{"Dtpmv", func(t *testing.T, impl blas.Float64) { testblas.DtpmvTest(t, impl) }},
	{"Dtrsv", func(t *testing.T, impl blas.Float64) { testblas.DtrsvTest(t, impl) }},
	{"Dtbsv", func(t *testing.T, impl blas.Float64) { testblas.DtbsvTest(t, impl) }},
	{"Dtpsv", func(t *testing.T, impl blas.Float64) { testblas.DtpsvTest(t, impl) }},
	{"Dtxmv", func(t *testing.T, impl blas.Float64) { testblas.DtxmvTest(t, impl) }},
	{"Dgemm", func(t *testing.T, impl blas.Float64) { testblas.TestDgemm(t, impl) }},
	{"Dsymm", func(t *testing.T, impl blas.Float64) { testblas.DsymmTest(t, impl) }},
	{"Dsyrk", func(t *testing.T, impl blas.Float64) { testblas.DsyrkTest(t, impl) }},
	{"Dsyr2k", func(t *testing.T, impl blas.Float64) { testblas.Dsyr2kTest(t, impl) }},
	{"Dtrmm", func(t *testing.T, impl blas.Float64) { testblas.DtrmmTest(t, impl) }},
	{"Dtrsm", func(t *testing.T, impl blas.Float64) { testblas.DtrsmTest(t, impl) }},
}

func TestGonumSuite(t *testing.T) {
	for _, s := range suite {
		t.Run(s.name, func(t *testing.T) { s.run(t, Implementation{}) })
	}
}
