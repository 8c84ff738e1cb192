package gonumblas

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/kernels/internal/operand"
)

// vectorRegion is the memory that a routine references of a vector.
func vectorRegion[T float](x []T, n, inc int) operand.Region {
	return operand.Strided(x, n, stepOf(inc))
}

// region is the memory that a routine references of the triangle, without the diagonal if it is
// unit.
func (t *triangle[T]) region(unit bool) operand.Region {
	switch t.form {
	case banded:
		return operand.BandTriangle(t.a, t.upper, unit, t.n, t.k, t.ld)
	case inRows:
		return operand.PackedTriangle(t.a, t.upper, unit, t.n)
	}
	return operand.Triangle(t.a, t.upper, unit, t.n, t.n, t.ld)
}

// apart panics if the operand that is written has an element in common with another one.
// Callers ask operand.Meet first: it is cheaper and false for slices that do not overlap at all.
//
//go:noinline
func apart(r routine, out, in string, v, w operand.Region) {
	if v.Meets(&w) {
		panic(&kernels.ShapeError{Op: "blas", Arg: out,
			Msg: out + " overlaps " + in + " (" + string(r) + ")"})
	}
}
