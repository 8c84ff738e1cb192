package kernels

import "unsafe"

// Float is the element type of every kernel. A named type is treated as its underlying type,
// with the same results on the same tiers.
type Float interface{ ~float32 | ~float64 }

// isF32 reports whether T is float32. It folds to a constant in each instantiation, so the
// public API needs no twin for each dtype.
func isF32[T Float]() bool { return unsafe.Sizeof(T(0)) == 4 }

// as reinterprets a slice as the underlying type that the assembly stubs take.
// D must have the size of T: every caller stands behind isF32.
func as[D, T Float](s []T) []D { return *(*[]D)(unsafe.Pointer(&s)) }

// ptr returns the address of s[0], nil for an empty slice.
func ptr[T Float](s []T) *T { return unsafe.SliceData(s) }
