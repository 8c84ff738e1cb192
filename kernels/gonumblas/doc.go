// Package gonumblas is BLAS for gonum on the kernels of package kernels. After one call,
// gonum's mat, lapack and stat use them for all real matrices:
//
//	func main() {
//		gonumblas.Use()
//		...
//	}
//
// Nothing else changes: matrices, factorisations and solvers are gonum's. The methods of
// [Implementation] may also be called directly.
//
// # What a method runs on
//
// No method is delegated to gonum's implementation. Level 3 halves the triangle of a factor,
// so that products of rectangles do nearly all the work. The table names the kernels that each
// method calls. A method without one is a loop in Go, and so is level 1 for vectors with an
// increment other than 1. Level 2, Dnrm2 and Snrm2 copy such vectors to unit increment first.
//
//	methods                        kernels
//	Ddot Sdot                      Dot
//	Sdsdot Dsdot                   -
//	Dnrm2 Snrm2                    Norm2
//	Dasum Sasum                    AbsSum
//	Idamax Isamax                  ArgMaxAbs
//	Dswap Sswap                    Swap
//	Dcopy Scopy                    -
//	Daxpy Saxpy                    Axpy
//	Dscal Sscal                    Scale
//	Drot Srot                      Rot
//	Drotg Srotg                    -
//	Drotmg Srotmg                  -
//	Drotm Srotm                    -
//	Dgemv Sgemv                    Gemv Scale
//	Dger Sger                      Ger
//	Dgbmv Sgbmv                    Axpy Dot Scale
//	Dtrmv Strmv Dtbmv Stbmv        Axpy Dot Gemv GemvTriangle
//	Dtpmv Stpmv                    Axpy Dot Gemv GemvTriangle
//	Dtrsv Strsv Dtbsv Stbsv        Axpy Dot Gemv
//	Dtpsv Stpsv                    Axpy Dot Gemv
//	Dsymv Ssymv Dsbmv Ssbmv        Axpy Dot Gemv Scale
//	Dspmv Sspmv                    Axpy Dot Gemv Scale
//	Dsyr Ssyr Dspr Sspr            Axpy
//	Dsyr2 Ssyr2 Dspr2 Sspr2        Axpy
//	Dgemm Sgemm                    Gemm
//	Dsymm Ssymm                    Gemm Scale Transpose
//	Dsyrk Ssyrk Dsyr2k Ssyr2k      GemmTriangle Axpy Gemm Scale
//	Dtrmm Strmm Dtrsm Strsm        Divide Gemm Ger Scale Transpose
//
// # Errors
//
// A call that cannot be meant panics before anything is written, for the reasons for which
// gonum's implementation panics. In levels 2 and 3 the order of the checks is gonum's too:
// flags, sizes, leading dimensions, increments, then, unless there is nothing to compute, the
// lengths of the slices. The value is a *kernels.ShapeError, an error, whose text begins with
// the string that gonum panics with:
//
//	blas: bad leading dimension of A (Dgemm: lda = 3, want >= 5)
//
// No size overflows the check: a leading dimension of 1<<61, which crashes gonum's products,
// is reported as a slice that is too short.
//
// In levels 2 and 3 the operand that is written must share no referenced element with another
// operand, whatever alpha and beta are. The check is exact: interleaved views of one matrix,
// such as LU and QR pass, are legal. In level 1 vectors may overlap: elements are computed in
// order, from the first one on, as in the reference. Dcopy and Scopy of unit increments copy
// the old x, as gonum does.
//
// # Values
//
// Triangles and unit diagonals that BLAS does not reference are never read, nor are
// the gaps between rows. beta = 0 overwrites without reading; alpha = 0 leaves the
// operands it multiplies unread. The zeros outside a triangle or band are never multiplied.
// Nothing else is skipped.
//
// Results have the same bits for every number of threads. A product that is large enough uses
// several; kernels.SetThreads limits them.
//
// # Differences from gonum's implementation
//
//   - NaN and infinities are never skipped: 0 * NaN is NaN. gonum passes over zeros in
//     one factor of most routines of levels 2 and 3 (if tmp != 0), as the reference does in
//     some loop orders, and what results there depends on the transposes.
//   - A panic has a *kernels.ShapeError as its value in place of a string.
//   - Sizes, leading dimensions and increments cannot overflow. A matrix of no columns
//     needs no elements, where gonum with k = 0 demands those of A and B. Drotm and Srotm
//     panic on an undefined flag, where gonum leaves x and y unchanged. Level 1 checks n
//     before the increments, gonum mostly after them.
//   - An operand of level 2 or 3 that is written and shares an element with another one
//     is a panic. gonum does not check.
//   - alpha = 0 leaves A and B unread in Dgemm and Sgemm too. gonum multiplies by it.
//   - beta = 0 overwrites the lower triangle of Dsyrk and Ssyrk with A transposed too, where
//     gonum multiplies by it. Sgemv with A transposed writes y alone, where gonum stores
//     zeros up to the end of the slice.
//   - Dger and Sger with a negative increment follow the formula; gonum's, in assembly, take
//     other elements.
//   - Sdsdot with n = 0 returns alpha, as the reference does; gonum returns 0. Its sum is
//     rounded once, after alpha has been added.
//   - Drotmg with a weight that is infinite returns it; gonum does not return.
//   - Daxpy on overlapping vectors of unit increment goes element by element, like the
//     reference.
//   - Dtrsm multiplies by the reciprocal of a diagonal element with A on the left and divides
//     with A on the right, like gonum, but divides in any case where the reciprocal is not a
//     normal number.
//   - Sums are added in another order, so results differ in their last bits.
//
// Differences from the reference BLAS that gonum has are kept: for a negative increment
// Dnrm2, Dasum and Dscal do nothing and return 0, Idamax returns -1; Dscal with alpha = 0
// stores zeros whatever x holds.
package gonumblas
