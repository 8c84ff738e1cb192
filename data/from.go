package data

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/internal/size"
)

// Matrix is a matrix of numbers. Those of gonum are such matrices.
type Matrix interface {
	Dims() (rows, columns int)
	At(i, j int) float64
}

// FromArrays returns the set of the rows of x with the classes y. The first dimension of x counts
// the rows; the others together, in C order, make the features. An x of one dimension has one
// feature a row. y has one dimension, or others that are 1.
//
// classes is the number of classes; with 0 it is the largest of y plus 1, at least 2 and at most
// 2^20. A class may be [Ignored]. The set shares the memory of x and y.
func FromArrays[T Float](x *Array[T], y *Array[int], classes int) (*Set[T], error) {
	s, err := featureArray(x)
	if err != nil {
		return nil, err
	}
	if err := y.check("array of classes"); err != nil {
		return nil, err
	}
	for _, d := range y.Dims {
		if d != 1 && d != len(y.Data) {
			return nil, fmt.Errorf("data: the classes have dimensions %v, want one a row", y.Dims)
		}
	}
	return s.withClasses(y.Data, classes)
}

// FromArraysValues returns the set of the rows of x with the values that a regression predicts.
// The first dimension of each counts the rows; the others together, in C order, make the features
// and the values of a row. Values must be finite. The set shares the memory of x and values.
func FromArraysValues[T Float](x, values *Array[T]) (*Set[T], error) {
	s, err := featureArray(x)
	if err != nil {
		return nil, err
	}
	v, err := matrixOf(values, "values")
	if err != nil {
		return nil, err
	}
	return s.withValues(v)
}

// FromRows returns the set with a copy of the rows x, all of one length, and the classes y. With
// classes = 0 their number is the largest of y plus 1, at least 2 and at most 2^20. A class may be
// [Ignored]. Features may hold any number, NaN included.
func FromRows[T Float](x [][]T, y []int, classes int) (*Set[T], error) {
	m, err := joined(x, "features")
	if err != nil {
		return nil, err
	}
	return m.set().withClasses(append([]int(nil), y...), classes)
}

// FromRowsValues returns the set with a copy of the rows x, all of one length, and of the values
// that a regression predicts, as many in each row, all finite.
func FromRowsValues[T Float](x, values [][]T) (*Set[T], error) {
	m, err := joined(x, "features")
	if err != nil {
		return nil, err
	}
	v, err := joined(values, "values")
	if err != nil {
		return nil, err
	}
	return m.set().withValues(v)
}

// FromMatrix returns the set of the rows of x, such as a matrix of gonum, and the classes y, see
// [FromRows]. It copies both. It is an error if T rounds a finite number of x to infinity.
func FromMatrix[T Float](x Matrix, y []int, classes int) (*Set[T], error) {
	m, err := copied[T](x, "features")
	if err != nil {
		return nil, err
	}
	return m.set().withClasses(append([]int(nil), y...), classes)
}

// FromMatrixValues returns the set of the rows of x and the values that a regression predicts,
// one row each, all finite. It copies both, see [FromMatrix].
func FromMatrixValues[T Float](x, values Matrix) (*Set[T], error) {
	m, err := copied[T](x, "features")
	if err != nil {
		return nil, err
	}
	v, err := copied[T](values, "values")
	if err != nil {
		return nil, err
	}
	return m.set().withValues(v)
}

// rows is a row-major matrix.
type rows[T Float] struct {
	data          []T
	rows, columns int
}

// set returns a set with the features m and no targets yet.
func (m rows[T]) set() *Set[T] { return &Set[T]{X: m.data, Rows: m.rows, Features: m.columns} }

// featureArray returns a set with the features x and no targets yet.
func featureArray[T Float](x *Array[T]) (*Set[T], error) {
	m, err := matrixOf(x, "features")
	if err != nil {
		return nil, err
	}
	return m.set(), nil
}

// matrixOf returns an array as a matrix with all but its first dimension flattened.
func matrixOf[T Float](a *Array[T], name string) (m rows[T], err error) {
	if err := a.check("array of " + name); err != nil {
		return m, err
	}
	if len(a.Dims) == 0 {
		return m, fmt.Errorf("data: the %s are a single number, want an array", name)
	}
	columns, ok := size.Product(a.Dims[1:]...)
	if !ok || a.Dims[0] == 0 || columns == 0 {
		return m, fmt.Errorf("data: the %s have dimensions %v, want at least 1 row and 1 column", name, a.Dims)
	}
	return rows[T]{a.Data, a.Dims[0], columns}, nil
}

// joined returns a matrix with a copy of the rows x.
func joined[T Float](x [][]T, name string) (m rows[T], err error) {
	if len(x) == 0 || len(x[0]) == 0 {
		return m, fmt.Errorf("data: there are no %s, want at least 1 row and 1 column", name)
	}
	m.rows, m.columns = len(x), len(x[0])
	for i, row := range x {
		if len(row) != m.columns {
			return rows[T]{}, fmt.Errorf("data: row %d has %d %s, want %d as in row 0", i, len(row), name,
				m.columns)
		}
	}
	m.data = make([]T, 0, m.rows*m.columns)
	for _, row := range x {
		m.data = append(m.data, row...)
	}
	return m, nil
}

// copied returns a copy of x.
func copied[T Float](x Matrix, name string) (m rows[T], err error) {
	if x == nil {
		return m, fmt.Errorf("data: there is no matrix of %s", name)
	}
	m.rows, m.columns = x.Dims()
	n, ok := size.Product(m.rows, m.columns)
	if !ok || n == 0 {
		return m, fmt.Errorf("data: the matrix of %s is %d x %d, want at least 1 x 1", name, m.rows, m.columns)
	}
	m.data = make([]T, n)
	for i := range m.rows {
		for j := range m.columns {
			v, ok := fromFloat[T](x.At(i, j))
			if !ok {
				return rows[T]{}, fmt.Errorf("data: row %d, column %d of the %s: %v is more than %T can hold",
					i, j, name, x.At(i, j), v)
			}
			m.data[i*m.columns+j] = v
		}
	}
	return m, nil
}

// withClasses returns s with the classes y, which it keeps.
func (s *Set[T]) withClasses(y []int, classes int) (*Set[T], error) {
	if err := s.sameRows(len(y), "class"); err != nil {
		return nil, err
	}
	if classes < 0 {
		return nil, fmt.Errorf("data: the number of classes is %d, want at least 0", classes)
	}
	s.Y, s.Classes = y, classes
	if classes == 0 {
		s.Classes = 2
		for i, c := range y {
			if c >= mostClasses {
				return nil, fmt.Errorf("data: label %d is %d, want at most %d unless the number of classes is given",
					i, c, mostClasses-1)
			}
			s.Classes = max(s.Classes, c+1)
		}
	}
	if err := s.Check(); err != nil {
		return nil, err
	}
	return s, nil
}

// withValues returns s with the values v, which it keeps.
func (s *Set[T]) withValues(v rows[T]) (*Set[T], error) {
	if err := s.sameRows(v.rows, "value"); err != nil {
		return nil, err
	}
	for i, t := range v.data {
		if f := float64(t); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, fmt.Errorf("data: row %d: value %d is %v, want a finite number", i/v.columns,
				i%v.columns, t)
		}
	}
	s.Values, s.Outputs = v.data, v.columns
	if err := s.Check(); err != nil {
		return nil, err
	}
	return s, nil
}

// sameRows returns an error unless there is a target for each row.
func (s *Set[T]) sameRows(targets int, name string) error {
	switch {
	case targets < s.Rows:
		return fmt.Errorf("data: row %d has no %s: there are %d rows of features and %d of targets", targets,
			name, s.Rows, targets)
	case targets > s.Rows:
		return fmt.Errorf("data: row %d has no features: there are %d rows of features and %d of targets",
			s.Rows, s.Rows, targets)
	}
	return nil
}
