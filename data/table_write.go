package data

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
)

// WriteCSV writes the table as CSV with a header, commas, decimal points and empty cells where a
// value is missing; the missing cells of a table of one column are NA, since a line must not be
// empty. Numbers are the shortest that read back as the same float64.
//
// [ReadTable] gives the same table again if it need not infer anything, with
//
//	data.TableOptions{Comma: ',', Decimal: '.', Header: data.HeaderYes, Missing: []string{"NA"},
//		Kinds: kinds}
//
// and the kinds of all columns, unless a text is NA, or a text or a name has spaces at an end or CR
// before LF, or a name begins with a byte order mark. It is an error, before
// anything is written, if a number is infinite, or a name or text is no UTF-8 or contains a NUL byte.
func (t *Table) WriteCSV(w io.Writer) error {
	if err := t.checkCells(); err != nil {
		return err
	}
	if w == nil {
		return errNoWriter
	}
	missing := ""
	if len(t.Columns()) == 1 {
		missing = "NA"
	}
	out := csv.NewWriter(w)
	cells := make([]string, len(t.Columns()))
	for i, c := range t.Columns() {
		cells[i] = c.Name
	}
	out.Write(cells) // the first error comes back from Error
	for row := range t.Rows() {
		for i, c := range t.columns {
			cells[i] = missing
			if !c.IsMissing(row) {
				cells[i] = c.Text(row)
			}
		}
		out.Write(cells)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("data: writing a table: %w", err)
	}
	return nil
}

// WriteCSVFile writes the CSV file at path, see [Table.WriteCSV]. After an error the file is what
// it was.
func (t *Table) WriteCSVFile(path string) error { return writeFile(path, t.WriteCSV) }

// checkCells returns an error if a cell cannot stand in a CSV file.
func (t *Table) checkCells() error {
	if len(t.Columns()) == 0 {
		return fmt.Errorf("data: writing a table: it has no columns, want at least 1")
	}
	for _, c := range t.columns {
		if wrong := notText(c.Name); wrong != "" {
			return fmt.Errorf("data: writing a table: the name of a column, %s", wrong)
		}
		for _, level := range c.Levels {
			if wrong := notText(level); wrong != "" {
				return fmt.Errorf("data: writing a table: column %s: %s", quoted(c.Name), wrong)
			}
		}
		for row, s := range c.Texts {
			if wrong := notText(s); wrong != "" {
				return fmt.Errorf("data: writing a table: row %d, column %s: %s", row, quoted(c.Name), wrong)
			}
		}
		for row, x := range c.Numbers {
			if math.IsInf(x, 0) {
				return fmt.Errorf("data: writing a table: row %d, column %s is %v, want a finite number",
					row, quoted(c.Name), x)
			}
		}
	}
	return nil
}
