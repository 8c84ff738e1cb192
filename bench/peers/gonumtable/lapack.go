package main

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
	"gonum.org/v1/gonum/mat"

	"github.com/ashlar-go/ashlar/kernels/gonumblas"
)

// lapackCases are factorisations of package mat, which find the registered BLAS.
func lapackCases() []testCase {
	none := func(float64) float64 { return 0 }
	row := func(name string, f func(in *inputs)) testCase {
		return testCase{name, none, func(n int) (theirs, ours, restore func()) {
			in := newInputs(n)
			return with(gonum.Implementation{}, in, f), with(gonumblas.Implementation{}, in, f), nil
		}}
	}
	return []testCase{
		row("Dense.Mul", func(in *inputs) { new(mat.Dense).Mul(in.general, in.right) }),
		row("Cholesky", func(in *inputs) {
			if !new(mat.Cholesky).Factorize(in.positive) {
				panic("not positive definite")
			}
		}),
		row("LU", func(in *inputs) { new(mat.LU).Factorize(in.general) }),
		row("QR", func(in *inputs) { new(mat.QR).Factorize(in.general) }),
		row("Dense.Solve", func(in *inputs) {
			if err := new(mat.Dense).Solve(in.general, in.right); err != nil {
				panic(err)
			}
		}),
		row("Dense.Inverse", func(in *inputs) {
			if err := new(mat.Dense).Inverse(in.general); err != nil {
				panic(err)
			}
		}),
		row("EigenSym", func(in *inputs) {
			if !new(mat.EigenSym).Factorize(in.positive, true) {
				panic("no convergence")
			}
		}),
		row("SVD thin", func(in *inputs) {
			if !new(mat.SVD).Factorize(in.general, mat.SVDThin) {
				panic("no convergence")
			}
		}),
		row("Eigen", func(in *inputs) {
			if !new(mat.Eigen).Factorize(in.general, mat.EigenRight) {
				panic("no convergence")
			}
		}),
	}
}

// inputs are a general matrix, one symmetric and positive definite, and right-hand sides.
type inputs struct {
	general, right *mat.Dense
	positive       *mat.SymDense
}

func newInputs(n int) *inputs {
	r := rand.New(rand.NewPCG(3, uint64(n)))
	numbers := func() []float64 {
		s := make([]float64, n*n)
		for i := range s {
			s[i] = 2*r.Float64() - 1
		}
		return s
	}
	in := &inputs{general: mat.NewDense(n, n, numbers()), right: mat.NewDense(n, n, numbers()),
		positive: mat.NewSymDense(n, numbers())}
	for i := range n {
		in.positive.SetSym(i, i, float64(n))
	}
	return in
}

// with returns f with a BLAS registered.
func with(impl blas.Float64, in *inputs, f func(*inputs)) func() {
	return func() {
		blas64.Use(impl)
		f(in)
	}
}
