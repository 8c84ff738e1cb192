package data

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Kind is what the cells of a column are.
type Kind uint8

const (
	KindNumber   Kind = iota + 1 // numbers
	KindCategory                 // one of a few texts
	KindText                     // any text, such as names, dates and keys
)

// String returns "number", "category" or "text".
func (k Kind) String() string {
	switch k {
	case KindNumber:
		return "number"
	case KindCategory:
		return "category"
	case KindText:
		return "text"
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Column is a named column of a [Table]. It has the slices of its kind; the others are nil.
type Column struct {
	Name    string
	Kind    Kind
	Numbers []float64 // KindNumber: one a row, NaN where missing
	Levels  []string  // KindCategory: the texts that occur, each once, in the order of sort.Strings
	Codes   []int     // KindCategory: the index in Levels of each row, Missing where missing
	Texts   []string  // KindText: one a row, "" where missing
}

// Missing is the code of a missing category.
const Missing = -1

// NumberColumn returns a column of the numbers, whose memory it shares. NaN is missing.
func NumberColumn(name string, numbers []float64) *Column {
	return &Column{Name: name, Kind: KindNumber, Numbers: numbers}
}

// CategoryColumn returns a column with the texts as levels. "" is missing.
func CategoryColumn(name string, texts []string) *Column {
	c := &Column{Name: name, Kind: KindCategory, Codes: make([]int, len(texts))}
	code := map[string]int{"": Missing}
	for _, s := range texts {
		if _, is := code[s]; !is {
			code[s] = 0
			c.Levels = append(c.Levels, s)
		}
	}
	slices.Sort(c.Levels)
	for k, s := range c.Levels {
		code[s] = k
	}
	for i, s := range texts {
		c.Codes[i] = code[s]
	}
	return c
}

// TextColumn returns a column of the texts, whose memory it shares. "" is missing.
func TextColumn(name string, texts []string) *Column {
	return &Column{Name: name, Kind: KindText, Texts: texts}
}

// Len returns the number of rows.
func (c *Column) Len() int {
	switch c.Kind {
	case KindNumber:
		return len(c.Numbers)
	case KindCategory:
		return len(c.Codes)
	}
	return len(c.Texts)
}

// MissingCount returns the number of rows without a value.
func (c *Column) MissingCount() (n int) {
	for i := range c.Len() {
		if c.IsMissing(i) {
			n++
		}
	}
	return n
}

// IsMissing reports whether row i has no value.
func (c *Column) IsMissing(i int) bool {
	c.checkRow("IsMissing", i)
	switch c.Kind {
	case KindNumber:
		return math.IsNaN(c.Numbers[i])
	case KindCategory:
		return c.Codes[i] == Missing
	}
	return c.Texts[i] == ""
}

// Text returns the value of row i as a text, "" where it is missing. A number is the shortest
// decimal that reads back as the same float64.
func (c *Column) Text(i int) string {
	c.checkRow("Text", i)
	switch {
	case c.IsMissing(i):
		return ""
	case c.Kind == KindNumber:
		return numberText(c.Numbers[i])
	case c.Kind == KindCategory:
		return c.Levels[c.Codes[i]]
	}
	return c.Texts[i]
}

// checkRow panics unless the column has a row i, with a code that is Missing or the index of a level.
func (c *Column) checkRow(op string, i int) {
	if uint(i) >= uint(c.Len()) {
		panic(fmt.Errorf("data.Column.%s: i = %d, want 0 to %d", op, i, c.Len()-1))
	}
	if c.Kind == KindCategory && c.Codes[i] != Missing && uint(c.Codes[i]) >= uint(len(c.Levels)) {
		panic(fmt.Errorf("data.Column.%s: Codes[%d] = %d, want 0 to %d, or Missing (%d)", op, i, c.Codes[i],
			len(c.Levels)-1, Missing))
	}
}

// check returns what is wrong with a column: slices of another kind, or codes and levels that do
// not agree.
func (c *Column) check() (wrong string) {
	other := c.Numbers != nil && c.Kind != KindNumber ||
		(c.Levels != nil || c.Codes != nil) && c.Kind != KindCategory || c.Texts != nil && c.Kind != KindText
	switch {
	case c.Name == "":
		return "has no name"
	case c.Kind < KindNumber || c.Kind > KindText:
		return fmt.Sprintf("has kind %v, want KindNumber, KindCategory or KindText", c.Kind)
	case other:
		return fmt.Sprintf("has kind %v and slices of another kind", c.Kind)
	case c.Kind == KindCategory:
		return c.checkLevels()
	}
	return ""
}

// checkLevels returns what is wrong with the levels and codes of a category.
func (c *Column) checkLevels() (wrong string) {
	for k, level := range c.Levels {
		switch {
		case level == "":
			return "has an empty level; the code of a missing cell is Missing"
		case k > 0 && c.Levels[k-1] == level:
			return fmt.Sprintf("has the level %s twice", quoted(level))
		case k > 0 && c.Levels[k-1] > level:
			return fmt.Sprintf("has the level %s behind %s, want the order of sort.Strings", quoted(level),
				quoted(c.Levels[k-1]))
		}
	}
	occurs := make([]bool, len(c.Levels))
	for i, code := range c.Codes {
		switch {
		case code >= 0 && code < len(c.Levels):
			occurs[code] = true
		case code != Missing:
			return fmt.Sprintf("has code %d in row %d, want an index of %d levels, or Missing (%d)", code, i,
				len(c.Levels), Missing)
		}
	}
	if k := slices.Index(occurs, false); k >= 0 {
		return fmt.Sprintf("has the level %s, which is in no row", quoted(c.Levels[k]))
	}
	return ""
}

// pick returns a column of those rows.
func (c *Column) pick(rows []int) *Column {
	p := &Column{Name: c.Name, Kind: c.Kind}
	switch c.Kind {
	case KindNumber:
		p.Numbers = picked(c.Numbers, rows)
	case KindText:
		p.Texts = picked(c.Texts, rows)
	case KindCategory:
		p.Codes = picked(c.Codes, rows)
		p.Levels = slices.Clone(c.Levels)
		p.dropLevels()
	}
	return p
}

// picked returns the elements of those rows.
func picked[E any](list []E, rows []int) []E {
	p := make([]E, len(rows))
	for i, row := range rows {
		p[i] = list[row]
	}
	return p
}

// dropLevels leaves out the levels that occur in no row.
func (c *Column) dropLevels() {
	code := make([]int, len(c.Levels)) // the new one of each level, Missing until it occurs
	for k := range code {
		code[k] = Missing
	}
	for _, k := range c.Codes {
		if k != Missing {
			code[k] = k
		}
	}
	kept := 0
	for k, old := range code {
		if old != Missing {
			code[k] = kept
			c.Levels[kept] = c.Levels[k]
			kept++
		}
	}
	c.Levels = c.Levels[:kept]
	for i, k := range c.Codes {
		if k != Missing {
			c.Codes[i] = code[k]
		}
	}
}

// Table holds rows of raw data: named columns of one length, of numbers, categories and texts. It
// does not change. A nil table has no rows and no columns.
type Table struct {
	columns []*Column
	index   map[string]int // the place of each name
	rows    int
	format  TableFormat
}

// NewTable returns a table of the columns, whose memory it shares. It is an error if there are no
// columns, one is nil or has no name or kind or slices of another kind, two have the same name or
// different lengths, a code is no index of a level, or levels are empty, not sorted, there twice or
// in no row.
func NewTable(columns ...*Column) (*Table, error) {
	if len(columns) == 0 {
		return nil, fmt.Errorf("data: the table has no columns, want at least 1")
	}
	t := &Table{columns: slices.Clone(columns), index: make(map[string]int, len(columns))}
	for i, c := range columns {
		if c == nil {
			return nil, fmt.Errorf("data: column %d of the table is nil", i+1)
		}
		if wrong := c.check(); wrong != "" {
			return nil, fmt.Errorf("data: column %d, %s, %s", i+1, quoted(c.Name), wrong)
		}
		if i == 0 {
			t.rows = c.Len()
		}
		if c.Len() != t.rows {
			return nil, fmt.Errorf("data: column %s has %d rows, want %d as in %s", quoted(c.Name), c.Len(),
				t.rows, quoted(columns[0].Name))
		}
		if j, is := t.index[c.Name]; is {
			return nil, fmt.Errorf("data: columns %d and %d have the name %s", j+1, i+1, quoted(c.Name))
		}
		t.index[c.Name] = i
	}
	return t, nil
}

// Rows returns the number of rows.
func (t *Table) Rows() int {
	if t == nil {
		return 0
	}
	return t.rows
}

// Columns returns the columns in their order. The caller must not change them.
func (t *Table) Columns() []*Column {
	if t == nil {
		return nil
	}
	return t.columns
}

// Column returns the column of a name, nil if there is none.
func (t *Table) Column(name string) *Column {
	if t == nil {
		return nil
	}
	i, is := t.index[name]
	if !is {
		return nil
	}
	return t.columns[i]
}

// need returns the column of a name, or an error that lists the names that there are.
func (t *Table) need(name string) (*Column, error) {
	if c := t.Column(name); c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("data: the table has no column %s, it has %s", quoted(name),
		nameList(t.Columns()))
}

// nameList returns the names of columns for an error message.
func nameList(columns []*Column) string {
	const most = 20
	if len(columns) == 0 {
		return "none"
	}
	var names []string
	for _, c := range columns[:min(most, len(columns))] {
		names = append(names, quoted(c.Name))
	}
	list := strings.Join(names, ", ")
	if len(columns) > most {
		list += fmt.Sprintf(" and %d more", len(columns)-most)
	}
	return list
}

// Select returns a table with a copy of those rows, in that order. A row may come several times,
// and a category has only the levels that occur in it. Select panics if there is no such row.
func (t *Table) Select(rows []int) *Table {
	for i, row := range rows {
		if row < 0 || row >= t.Rows() {
			panic(fmt.Errorf("data.Table.Select: rows[%d] = %d, want 0 to %d", i, row, t.Rows()-1))
		}
	}
	if t == nil {
		return nil
	}
	p := &Table{index: t.index, rows: len(rows), format: t.format}
	for _, c := range t.columns {
		p.columns = append(p.columns, c.pick(rows))
	}
	return p
}

// Choose returns a table of those columns, in that order. It shares them with t. A name that t does
// not have, or that comes twice, is an error.
func (t *Table) Choose(names ...string) (*Table, error) {
	var columns []*Column
	for _, name := range names {
		c, err := t.need(name)
		if err != nil {
			return nil, err
		}
		columns = append(columns, c)
	}
	return t.of(columns)
}

// Drop returns a table without those columns. It shares the others with t. A name that t does not
// have is an error, and so is a table without columns.
func (t *Table) Drop(names ...string) (*Table, error) {
	dropped := map[string]bool{}
	for _, name := range names {
		if _, err := t.need(name); err != nil {
			return nil, err
		}
		dropped[name] = true
	}
	var columns []*Column
	for _, c := range t.Columns() {
		if !dropped[c.Name] {
			columns = append(columns, c)
		}
	}
	return t.of(columns)
}

// DropMissing returns a table of the rows that have a value in each of those columns, such as that of
// the target; without names in every column. It may have no rows. A name that t does not have is an
// error.
func (t *Table) DropMissing(names ...string) (*Table, error) {
	columns := t.Columns()
	if len(names) > 0 {
		columns = nil
	}
	for _, name := range names {
		c, err := t.need(name)
		if err != nil {
			return nil, err
		}
		columns = append(columns, c)
	}
	rows := []int{}
	for i := range t.Rows() {
		if !slices.ContainsFunc(columns, func(c *Column) bool { return c.IsMissing(i) }) {
			rows = append(rows, i)
		}
	}
	return t.Select(rows), nil
}

// of returns a table of columns of t.
func (t *Table) of(columns []*Column) (*Table, error) {
	p, err := NewTable(columns...)
	if err == nil {
		p.format = t.format
	}
	return p, err
}

// Format returns how the file was read, the zero value for a table that did not come from a file.
func (t *Table) Format() TableFormat {
	if t == nil {
		return TableFormat{}
	}
	return t.format
}
