package gonumblas

import (
	"github.com/ashlar-go/ashlar/kernels"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
)

// Implementation is BLAS for real numbers on the kernels of package kernels. The zero
// value is ready, and any number of goroutines may use it at once.
type Implementation struct{}

var (
	_ blas.Float32 = Implementation{}
	_ blas.Float64 = Implementation{}
)

// Use registers [Implementation] with gonum's blas32 and blas64, which its packages mat, lapack
// and stat call. Call it before they compute anything, best in an init function or at the
// beginning of main: gonum does not synchronise the registration.
func Use() {
	blas32.Use(Implementation{})
	blas64.Use(Implementation{})
}

// float is the element type of the generic code behind the methods.
type float = kernels.Float
