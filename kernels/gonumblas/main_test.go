package gonumblas

import (
	"testing"

	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
)

// registered makes gonum's packages use Implementation until the test ends.
func registered(t testing.TB) {
	old32, old64 := blas32.Implementation(), blas64.Implementation()
	Use()
	t.Cleanup(func() {
		blas32.Use(old32)
		blas64.Use(old64)
	})
}
