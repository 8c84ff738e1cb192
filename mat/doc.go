// Package mat provides [Dense], a row-major matrix of float32 or float64, with
// views that share memory and the matrix product of package kernels.
//
// A Dense is a small header, like a slice: it is passed by value, and a copy of
// it refers to the same elements. Its rows lie Stride elements apart, so a block
// of a matrix is a Dense too, made without copying an element.
//
//   - Make one: [New], [Of], [FromRows], [Dense.Clone].
//   - Elements: [Dense.At], [Dense.Set], [Dense.Row], [Dense.Fill], [Dense.Copy].
//   - Views: [Dense.Sub], [Dense.RowRange].
//   - Multiply: [Mul].
//   - To slices and gonum: [Dense.RawData], [Dense.Contiguous], and the conversions below.
//
// Programmer errors (sizes that do not fit, an index out of range) panic with a
// [*kernels.ShapeError], before anything is written, also where the fields of a Dense
// were set by hand and Data is too short for them.
//
// # Gonum
//
// Dense has the fields of gonum's blas64.General in the same order, so the two
// convert into each other without a copy, and a matrix of gonum's package mat is
// one line away in either direction:
//
//	a := mat.Dense[float64](g.RawMatrix())          // g is a *gonum/mat.Dense
//	g := gonum.NewDense(a.Rows, a.Cols, a.RawData()) // a is contiguous
//	g.SetRawMatrix(blas64.General(a))                // any stride
//
// blas32.General has the same fields in another order: convert with a literal that
// names all four.
package mat
