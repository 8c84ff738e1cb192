package data

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// CellError is the error for a cell of a raw row that a [Fitted] cannot take, and for a column that
// is not there. Its text is "data: row 3: column "age": message".
type CellError struct {
	Row    int    // the row of the table, from 0; -1 where there is but one row, or no certain one
	Column string // the column
	Msg    string // what was found and what was expected

	step string // of a fit, such as "step 2 (scale): "
}

// Error returns one line with row, column and message.
func (e *CellError) Error() string {
	if e.Row < 0 {
		return fmt.Sprintf("data: %scolumn %.60q %s", e.step, e.Column, e.Msg)
	}
	return fmt.Sprintf("data: %srow %d: column %.60q %s", e.step, e.Row, e.Column, e.Msg)
}

// frame holds the columns of some rows while operations run. Operations replace columns and never
// write into the slices of one, which a table may share.
type frame struct {
	rows   int
	fit    bool     // the pipeline is being fitted, and needs names
	names  []string // of the columns, in order; not kept otherwise, since each change takes time
	column map[string]*Column
	made   map[string]bool // the columns of 0 and 1 that operations made
	origin []int           // the row of the table of each row; nil if it is the same
	single bool            // one row that is of no table
}

// cell returns the error for a cell.
func (f *frame) cell(i int, column, format string, args ...any) error {
	switch {
	case f.single:
		i = -1
	case f.origin != nil:
		i = f.origin[i]
	}
	return &CellError{Row: i, Column: column, Msg: fmt.Sprintf(format, args...)}
}

// put adds a column at the end, or replaces the one of its name.
func (f *frame) put(c *Column) {
	if f.fit && f.column[c.Name] == nil {
		f.names = append(f.names, c.Name)
	}
	f.column[c.Name] = c
}

// insert adds columns of 0 and 1 behind another one.
func (f *frame) insert(behind string, columns []*Column) {
	names := make([]string, 0, len(columns))
	for _, c := range columns {
		names = append(names, c.Name)
		f.column[c.Name], f.made[c.Name] = c, true
	}
	if f.fit {
		f.names = slices.Insert(f.names, slices.Index(f.names, behind)+1, names...)
	}
}

// remove takes a column out.
func (f *frame) remove(name string) {
	delete(f.column, name)
	if !f.fit {
		return
	}
	if i := slices.Index(f.names, name); i >= 0 {
		f.names = slices.Delete(f.names, i, i+1)
	}
}

// taken returns the rows of a column, or the column itself for nil.
func taken(c *Column, rows []int) *Column {
	if rows == nil {
		return c
	}
	return c.pick(rows)
}

// checkRows returns an error unless there is a table with the rows.
func checkRows(t *Table, rows []int) error {
	if t == nil {
		return errors.New("data: there is no table")
	}
	for _, i := range rows {
		if i < 0 || i >= t.Rows() {
			return fmt.Errorf("data: there is no row %d, want 0 to %d", i, t.Rows()-1)
		}
	}
	return nil
}

// newFrame returns the inputs of some rows of a table, nil for all, in the kinds of the inputs.
func newFrame(t *Table, rows []int, inputs []Column) (*frame, error) {
	if err := checkRows(t, rows); err != nil {
		return nil, err
	}
	f := emptyFrame(t, rows)
	for i := range inputs {
		in := &inputs[i]
		raw := t.Column(in.Name)
		if raw == nil {
			return nil, missingColumn(t, in.Name)
		}
		c, err := f.as(taken(raw, rows), in)
		if err != nil {
			return nil, err
		}
		f.put(c)
	}
	return f, nil
}

func emptyFrame(t *Table, rows []int) *frame {
	f := &frame{rows: t.Rows(), origin: rows, column: map[string]*Column{}, made: map[string]bool{}}
	if rows != nil {
		f.rows = len(rows)
	}
	return f
}

func missingColumn(t *Table, name string) error {
	var names []string
	for _, c := range t.Columns() {
		names = append(names, c.Name)
	}
	return &CellError{Row: -1, Column: name, Msg: "is not in the table of " + few(quotedAll(names))}
}

// as returns a raw column in the kind of an input.
func (f *frame) as(c, in *Column) (*Column, error) {
	if in.Kind == KindCategory {
		return f.asLevels(c, in.Levels)
	}
	if c.Kind != KindNumber {
		n := &Column{Name: c.Name, Kind: KindNumber, Numbers: make([]float64, f.rows)}
		for i := range n.Numbers {
			n.Numbers[i] = math.NaN()
			if text := c.Text(i); text != "" {
				var err error
				if n.Numbers[i], err = number[float64](text); err != nil {
					return nil, f.cell(i, c.Name, "is %s, want a number", quoted(text))
				}
			}
		}
		c = n
	}
	return c, f.finite(c)
}

// asLevels returns a column as categories for an input that had levels of texts in the training rows.
// A table may have read the texts of new rows as numbers, and then the number 1 may have been "1", "01"
// or "1.0". That does not matter where none of these is a level, or "1" alone is.
func (f *frame) asLevels(c *Column, levels []string) (*Column, error) {
	if c.Kind == KindNumber {
		same := levelsByNumber(levels)
		for i, x := range c.Numbers {
			list := same[x]
			if text := categoryText(c, i); len(list) == 0 || len(list) == 1 && list[0] == text {
				continue
			}
			return nil, f.cell(i, c.Name, "is the number %v, and the training rows have texts such as %s; "+
				"read the table by Fitted.ReadTable, or the column as KindCategory", x, quoted(list[0]))
		}
	}
	return asCategory(c), nil
}

// levelsByNumber returns the levels that are numbers, by what they are.
func levelsByNumber(levels []string) map[float64][]string {
	same := map[float64][]string{}
	for _, s := range levels {
		if x, is := numberOfLevel(s); is {
			same[x] = append(same[x], s)
		}
	}
	return same
}

// numberOfLevel returns the number that a level is, with a decimal point or comma.
func numberOfLevel(level string) (float64, bool) {
	x, err := number[float64](strings.Replace(level, ",", ".", 1))
	return x, err == nil
}

// asCategory returns a column as categories, numbers and texts by their texts.
func asCategory(c *Column) *Column {
	if c.Kind == KindCategory {
		return c
	}
	texts := make([]string, c.Len())
	for i := range texts {
		texts[i] = categoryText(c, i)
	}
	return CategoryColumn(c.Name, texts)
}

// categoryText returns the text of a cell as a category or a class. -0 is "0".
func categoryText(c *Column, i int) string {
	if c.Kind == KindNumber && c.Numbers[i] == 0 {
		return "0"
	}
	return c.Text(i)
}

// finite returns an error unless the numbers of a column are finite or missing.
func (f *frame) finite(c *Column) error {
	for i, x := range c.Numbers {
		if math.IsInf(x, 0) {
			return f.cell(i, c.Name, "is %v, want a finite number", x)
		}
	}
	return nil
}

// few joins the first of a list of texts.
func few(list []string) string {
	const most = 6
	more := ""
	if len(list) > most {
		more = fmt.Sprintf(" and %d more", len(list)-most)
		list = list[:most]
	}
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ") + more
}

func quotedAll(list []string) []string {
	q := make([]string, len(list))
	for i, s := range list {
		q[i] = quoted(s)
	}
	return q
}
