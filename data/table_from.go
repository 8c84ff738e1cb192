package data

import (
	"fmt"
	"strconv"

	"github.com/ashlar-go/ashlar/internal/size"
)

// TableFromArray returns a table of the rows of a, such as an array of [ReadNPYFile] or [ReadNPZFile].
// Its first dimension counts the rows; the others together, in C order, make the columns. An array of
// one dimension makes one column. names are those of the columns, at most 65536; nil stands for
// column1, column2 and so on. Every column is of numbers, which are copied; NaN is missing, and
// integers beyond 2^53 are rounded.
func TableFromArray[T Number](a *Array[T], names []string) (*Table, error) {
	if err := a.check("array of a table"); err != nil {
		return nil, err
	}
	if len(a.Dims) == 0 {
		return nil, fmt.Errorf("data: the array of a table is a single number, want an array")
	}
	columns, err := columnsOf(a.Dims)
	if err != nil {
		return nil, err
	}
	at := func(i, j int) float64 { return float64(a.Data[i*columns+j]) }
	return numberTable(a.Dims[0], columns, names, at)
}

// TableFromIDX returns a table of the rows of x, as [TableFromArray] does.
func TableFromIDX(x *IDX, names []string) (*Table, error) {
	if err := x.check("elements of a table"); err != nil {
		return nil, err
	}
	columns, err := columnsOf(x.Dims)
	if err != nil {
		return nil, err
	}
	return numberTable(x.Dims[0], columns, names, func(i, j int) float64 { return x.at(i*columns + j) })
}

// TableFromMatrix returns a table of the rows of x, such as a matrix of gonum, with columns of those
// names; nil stands for column1, column2 and so on. It copies the numbers, of which NaN is missing.
func TableFromMatrix(x Matrix, names []string) (*Table, error) {
	if x == nil {
		return nil, fmt.Errorf("data: there is no matrix of a table")
	}
	rows, columns := x.Dims()
	return numberTable(rows, columns, names, x.At)
}

// TableFromRows returns a table of the rows x, all of one length, with columns of those names; nil
// stands for column1, column2 and so on. It copies the numbers, of which NaN is missing.
func TableFromRows[T Float](x [][]T, names []string) (*Table, error) {
	m, err := joined(x, "numbers")
	if err != nil {
		return nil, err
	}
	return numberTable(m.rows, m.columns, names, func(i, j int) float64 { return float64(x[i][j]) })
}

// columnsOf returns the number of columns of an array with its first dimension as rows.
func columnsOf(dims []int) (int, error) {
	columns, ok := size.Product(dims[1:]...)
	if !ok || columns == 0 {
		return 0, fmt.Errorf("data: the table has dimensions %v, want at least 1 column", dims)
	}
	return columns, nil
}

// numberTable returns a table of columns of numbers.
func numberTable(rows, columns int, names []string, at func(i, j int) float64) (*Table, error) {
	if rows < 0 || columns < 1 {
		return nil, fmt.Errorf("data: the table is %d x %d, want at least 1 column", rows, columns)
	}
	if columns > mostColumns {
		return nil, fmt.Errorf("data: the table has %d columns, want at most %d", columns, mostColumns)
	}
	if names != nil && len(names) != columns {
		return nil, fmt.Errorf("data: there are %d names, want one for each of %d columns", len(names),
			columns)
	}
	list := make([]*Column, columns)
	for j := range list {
		name := "column" + strconv.Itoa(j+1)
		if names != nil {
			name = names[j]
		}
		list[j] = NumberColumn(name, make([]float64, rows))
	}
	for i := range rows {
		for j, c := range list {
			c.Numbers[i] = at(i, j)
		}
	}
	return NewTable(list...)
}
