package data

import (
	"encoding/binary"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Header says whether the first row of a file names the columns.
type Header uint8

const (
	HeaderAuto Header = iota // ReadTable says when it does
	HeaderYes
	HeaderNo
)

// TableOptions describes a file of rows. The zero value infers what [ReadTable] says.
type TableOptions struct {
	Comma   rune            // the separator of the cells; 0 to infer it
	Decimal rune            // what stands before the fraction of a number, '.' or ','; 0 to infer it
	Comment rune            // lines that begin with it are left out; 0 for none
	Header  Header          // whether the first row names the columns
	Names   []string        // the names of the columns, in place of those in the file
	Missing []string        // the cells without a value, beside empty ones; nil for those of ReadTable
	Kinds   map[string]Kind // the kinds of columns by name; those of the others are inferred
	Limit   Limit
}

// TableFormat is how [ReadTable] read a file: what its options gave, and what it inferred.
type TableFormat struct {
	Comma   rune // the separator of the cells
	Decimal rune // '.' or ','
	Header  bool // the first row names the columns
}

// String returns one line, such as "separator ';', decimal comma, header".
func (f TableFormat) String() string {
	if f.Comma == 0 {
		return "not from a file of rows"
	}
	s := fmt.Sprintf("separator %q, decimal ", f.Comma)
	if f.Decimal == ',' {
		s += "comma"
	} else {
		s += "point"
	}
	if f.Header {
		return s + ", header"
	}
	return s + ", no header"
}

// mostColumns bounds the columns of a table, each of which costs some hundred bytes whatever it holds.
const mostColumns = 1 << 16

// usuallyMissing are the cells without a value unless TableOptions.Missing lists others.
var usuallyMissing = []string{"NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "?"}

// ReadTable reads a file of rows, such as CSV, into named columns. The text is UTF-8, with or without
// a byte order mark, CR before the ends of lines, and an end of the last line; quotes are those of RFC
// 4180. Spaces round a cell and empty lines do not count. ReadTable unzips r if it starts with the
// magic number of gzip, up to TableOptions.Limit. [Table.String] prints what it infers:
//
//   - The separator is the one of ';', tab, '|' and ',' that cuts the first rows, up to 100, into
//     equally many cells; of several the one that makes most of them numbers. Without any of the
//     four, single spaces separate rows of numbers. A first line such as sep=; gives it instead.
//   - A number is decimal, as for [ReadCSV]. Its fraction begins with a point. It begins with a
//     comma if the separator is another, whole columns are numbers only so, and no column only with
//     a point. It is an error if both occur, also in one column, or if the comma might stand for
//     thousands, as in 1,234. Where a cell has both it is clear: 1.234,56 and 1,234.56 are numbers.
//   - The first row names the columns if no cell of it is a number or missing, and none comes twice;
//     cells may be empty. It does so too if a text of it stands over a column that otherwise holds
//     numbers, as a does in a,1990 over 5,6, and its own numbers are different whole ones from 0 up.
//     And it does if two or more of its cells are different years, 1800 to 2199, its other cells are
//     different texts or the first is empty, and no row below has years in those places, as in
//     country,2019,2020. The rows below are the first 100 here.
//     A column without a name is called column1, column2 and so on, by its place.
//   - A cell is missing if it is empty or NA, N/A, n/a, #N/A, NaN, nan, NULL, null, None or ?, and in
//     a column that otherwise holds numbers also if it is a lone -.
//   - A column is of numbers if every cell is a number or missing. It is not if there is an integer of
//     more than 15 digits, or of two or more of which the first is 0, since keys such as 01067, a
//     postcode, would lose digits.
//   - Another column is of categories if on the average two rows or more share a text, and the texts
//     are at most 20, or at most a twentieth of the rows and 1000. Else it is of texts, and always
//     if each cell is a date such as 2024-05-01, 1.5.2024 or 5/1/2024 12:00.
//
// It is an error if lines end in CR alone, if rows have different numbers of columns, or there are more
// than 65536, if two columns have one name, a cell is no UTF-8 or contains a NUL byte, a cell of a column
// that TableOptions.Kinds makes one of numbers is none, or there are no rows. A row has at most 8 MiB.
// The [*FormatError] names the line and the column, both counted from 1.
//
// ReadTable allocates in all at most 32 times the length of the text, unzipped, 800 bytes for each column
// and 1 MiB.
func ReadTable(r io.Reader, o TableOptions) (*Table, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	var t *Table
	err := readStream(r, []Limit{o.Limit}, func(s *source) (err error) {
		t, err = readTable(s, o, nil)
		return err
	})
	return t, err
}

// ReadTableFile reads the file at path, see [ReadTable]. New rows for a pipeline that is fitted are best
// read by [Fitted.ReadTableFile], which knows the kinds of the columns.
func ReadTableFile(path string, o TableOptions) (*Table, error) {
	var t *Table
	err := readFile(path, func(f *os.File) (err error) {
		t, err = ReadTable(f, o)
		return err
	})
	return t, err
}

// check returns an error unless the options are possible.
func (o *TableOptions) check() error {
	switch {
	case o.Decimal != 0 && o.Decimal != '.' && o.Decimal != ',':
		return fmt.Errorf("data: TableOptions.Decimal is %q, want '.', ',' or 0", o.Decimal)
	case o.Header > HeaderNo:
		return fmt.Errorf("data: TableOptions.Header is %d, want HeaderAuto, HeaderYes or HeaderNo",
			o.Header)
	case o.Comment != 0 && o.Comment == o.Comma:
		return fmt.Errorf("data: TableOptions.Comma and Comment are both %q", o.Comma)
	}
	for _, name := range slices.Sorted(maps.Keys(o.Kinds)) {
		if kind := o.Kinds[name]; kind < KindNumber || kind > KindText {
			return fmt.Errorf("data: TableOptions.Kinds[%s] is %v, want KindNumber, KindCategory or "+
				"KindText", quoted(name), kind)
		}
	}
	seen := map[string]bool{}
	for i, name := range o.Names {
		if name == "" || seen[name] {
			return fmt.Errorf("data: TableOptions.Names[%d] is %s, want names, each once", i, quoted(name))
		}
		seen[name] = true
	}
	return nil
}

// readTable reads the unzipped file r. wanted are the kinds of columns that a pipeline takes.
func readTable(r io.Reader, o TableOptions, wanted map[string]Kind) (*Table, error) {
	f, err := openTable(r, o)
	if err != nil {
		return nil, err
	}
	f.wanted = wanted
	switch err := f.read(math.MaxInt); {
	case err != io.EOF:
		return nil, err
	case f.lines.rows == 0:
		return nil, errNoRows()
	}
	return f.table()
}

// openTable infers the separator of the unzipped file r, and reads no row yet.
func openTable(r io.Reader, o TableOptions) (*tableFile, error) {
	limited, text := limitRows(r, sampleBytes, mostColumns)
	sample, err := text.Peek(sampleBytes)
	if err != nil && err != io.EOF {
		return nil, &FormatError{Place: fmt.Sprintf("byte %d", limited.read),
			Msg: "reading the rows: " + err.Error(), Err: err}
	}
	if head := string(sample[:min(2, len(sample))]); head == "\xff\xfe" || head == "\xfe\xff" {
		return nil, &FormatError{Place: "byte 0", Msg: "the text is UTF-16, want UTF-8; convert the file, " +
			"such as by iconv -f utf-16 -t utf-8"}
	}
	if wrong := badLineEnds(sample); wrong != "" {
		return nil, &FormatError{Place: "line 1", Msg: wrong}
	}
	f := &tableFile{opts: o, rows: limited, missing: missingCells(o.Missing)}
	sample = wholeLines(sample)
	comma, rest := separatorLine(sample)
	if f.separator = comma != 0 && (o.Comma == 0 || o.Comma == comma); f.separator {
		o.Comma, sample = comma, rest
	}
	f.format.Comma = o.Comma
	if o.Comma == 0 {
		f.format.Comma = inferComma(sample, o)
	}
	if o.Header == HeaderAuto {
		f.sample = sampleCells(sample, f.format.Comma, o.Comment)
	}
	f.in = limited.open(text, f.format.Comma, o.Comment)
	return f, nil
}

// read appends rows until there are most of them. It returns io.EOF at the end of the file.
func (f *tableFile) read(most int) error {
	for f.lines.rows < most {
		cells, err := f.rows.next()
		switch {
		case err == io.EOF:
			return err
		case err != nil:
			return csvError(f.rows, err)
		}
		if err := f.add(cells); err != nil {
			return err
		}
	}
	return nil
}

// tableFile collects the rows of a file. Kinds show only when all cells are there, so it keeps texts:
// those of a column one after the other, which makes no garbage for the cells.
type tableFile struct {
	opts    TableOptions
	wanted  map[string]Kind // the kinds of columns, if they are there, whatever opts says
	format  TableFormat
	in      *csv.Reader
	rows    *rowLimit
	missing missing

	separator bool       // the next row is the line sep=; of Excel
	sample    [][]string // the first rows, until the header is known

	columns []textColumn // none before the first row
	lines   lineList     // where each row begins
}

// textColumn holds the cells of a column, the missing ones as "".
type textColumn struct {
	name string
	rows int
	text strings.Builder // the cells, each behind its length as in encoding/binary
}

// add appends a cell. Memory doubles, where append would copy large slices more often.
func (c *textColumn) add(cell string) {
	c.rows++
	if c.text.Cap()-c.text.Len() < binary.MaxVarintLen64+len(cell) {
		c.text.Grow(binary.MaxVarintLen64 + len(cell))
	}
	n := len(cell)
	for ; n >= 0x80; n >>= 7 {
		c.text.WriteByte(byte(n) | 0x80)
	}
	c.text.WriteByte(byte(n))
	c.text.WriteString(cell)
}

// cells yields the index and text of each cell.
func (c *textColumn) cells(yield func(row int, cell string) bool) {
	rest := c.text.String()
	for i := range c.rows {
		n, at := 0, 0
		for ; rest[at] >= 0x80; at++ {
			n |= int(rest[at]&0x7f) << (7 * at)
		}
		n |= int(rest[at]) << (7 * at)
		rest = rest[at+1:]
		if !yield(i, rest[:n]) {
			return
		}
		rest = rest[n:]
	}
}

// lineList holds the lines at which rows begin, which are few bytes as differences.
type lineList struct {
	rows, last int
	steps      []byte // as in encoding/binary
}

// add appends the line of a row.
func (l *lineList) add(line int) {
	l.steps = roomFor(l.steps, binary.MaxVarintLen64, len(l.steps))
	l.steps = binary.AppendUvarint(l.steps, uint64(line-l.last))
	l.rows, l.last = l.rows+1, line
}

// of returns the line of a row.
func (l *lineList) of(row int) (line int) {
	rest := l.steps
	for range row + 1 {
		step, n := binary.Uvarint(rest)
		line, rest = line+int(step), rest[n:]
	}
	return line
}

// add appends a row, or takes the names from it.
func (f *tableFile) add(cells []string) error {
	if f.separator {
		f.separator = false
		return nil
	}
	for i, cell := range cells {
		cells[i] = strings.TrimSpace(cell)
		if wrong := notText(cells[i]); wrong != "" {
			return cellError(f.in, i, wrong)
		}
	}
	if f.columns == nil {
		header, err := f.first(cells)
		if header || err != nil {
			return err
		}
	}
	if len(cells) != len(f.columns) {
		as := "the first"
		if f.opts.Names != nil {
			as = "TableOptions.Names"
		}
		return cellError(f.in, min(len(cells), len(f.columns)+1)-1,
			fmt.Sprintf("the row has %d columns, want %d as in %s", len(cells), len(f.columns), as))
	}
	for i, cell := range cells {
		c := &f.columns[i]
		if f.missing.is(cell) {
			cell = ""
		}
		c.add(cell)
	}
	line, _ := f.in.FieldPos(0)
	f.lines.add(line)
	return nil
}

// notText returns what is wrong with a cell that is no text of UTF-8.
func notText(cell string) (wrong string) {
	for i := range len(cell) {
		if b := cell[i]; b == 0 || b >= utf8.RuneSelf { // seldom, so the rest may be read twice
			switch rest := cell[i:]; {
			case !utf8.ValidString(rest):
				return quoted(cell) + " is not UTF-8; convert the file, such as by iconv -f latin1 -t utf-8"
			case strings.IndexByte(rest, 0) >= 0:
				return quoted(cell) + " has a NUL byte, want text"
			}
			return ""
		}
	}
	return ""
}

// first makes the columns of the first row, and reports whether it is a header.
func (f *tableFile) first(cells []string) (header bool, err error) {
	if len(cells) > mostColumns {
		return false, cellError(f.in, mostColumns,
			fmt.Sprintf("the row has %d columns, want at most %d", len(cells), mostColumns))
	}
	f.format.Header = f.opts.Header == HeaderYes || f.opts.Header == HeaderAuto && f.isHeader(cells)
	f.sample = nil
	names := f.opts.Names
	if names == nil {
		names = make([]string, len(cells))
		if f.format.Header {
			for i, cell := range cells {
				names[i] = strings.TrimFunc(cell, notOfName)
			}
		}
	}
	seen := make(map[string]int, len(names))
	f.columns = make([]textColumn, len(names))
	for i, name := range names {
		if name == "" {
			name = "column" + strconv.Itoa(i+1)
		}
		if j, is := seen[name]; is {
			return false, cellError(f.in, i, fmt.Sprintf("the name %s is that of column %d too; "+
				"TableOptions.Names gives the columns other names", quoted(name), j+1))
		}
		seen[name] = i
		f.columns[i].name = strings.Clone(name) // not with the whole row
	}
	for _, name := range slices.Sorted(maps.Keys(f.opts.Kinds)) {
		if _, is := seen[name]; !is {
			return false, cellError(f.in, 0, fmt.Sprintf("there is no column %s, to which "+
				"TableOptions.Kinds gives a kind; the columns are %s", quoted(name), f.nameList()))
		}
	}
	return f.format.Header, nil
}

// notOfName reports whether a name does not begin or end with r. The byte order mark of one file that
// was put behind another is no part of its name.
func notOfName(r rune) bool { return r == '\ufeff' || unicode.IsSpace(r) }

// nameList returns the names of the columns for an error message.
func (f *tableFile) nameList() string {
	columns := make([]*Column, len(f.columns))
	for i := range columns {
		columns[i] = &Column{Name: f.columns[i].name}
	}
	return nameList(columns)
}

// missing are the cells without a value.
type missing struct {
	cells map[string]bool
	first [256]bool // the first bytes of cells, which tell most others apart without the map
	dash  bool      // a lone - is missing too, in a column of numbers
}

// missingCells returns the cells of a list, the usual ones if it is nil.
func missingCells(list []string) missing {
	m := missing{cells: map[string]bool{}, dash: list == nil}
	if list == nil {
		list = usuallyMissing
	}
	for _, cell := range list {
		if cell = strings.TrimSpace(cell); cell != "" {
			m.cells[cell] = true
			m.first[cell[0]] = true
		}
	}
	return m
}

// is reports whether a cell has no value.
func (m *missing) is(cell string) bool { return cell == "" || m.first[cell[0]] && m.cells[cell] }

// isDash reports whether a cell has no value if its column is of numbers.
func (m *missing) isDash(cell string) bool { return m.dash && cell == "-" }

// table returns the table of the rows read.
func (f *tableFile) table() (*Table, error) {
	shapes := make([]columnShape, len(f.columns))
	for i := range shapes {
		shapes[i] = f.shape(&f.columns[i])
	}
	if err := f.inferDecimal(shapes); err != nil {
		return nil, err
	}
	columns := make([]*Column, len(f.columns))
	for i := range columns {
		c := &f.columns[i]
		kind := f.kind(c.name)
		if kind == KindNumber || kind == 0 && shapes[i].numbers(f.format.Decimal) {
			list, wrong := f.numbers(c)
			if wrong < 0 {
				columns[i] = NumberColumn(c.name, list)
			} else if kind == KindNumber {
				return nil, f.noNumber(i, wrong)
			}
		}
		if columns[i] == nil {
			columns[i] = c.texts(kind)
		}
		*c = textColumn{name: c.name} // its texts are not needed any more
	}
	t, err := NewTable(columns...)
	if err != nil {
		return nil, err
	}
	t.format = f.format
	return t, nil
}

// kind returns the kind that a column is to have, 0 to infer it.
func (f *tableFile) kind(name string) Kind {
	if kind, is := f.wanted[name]; is {
		return kind
	}
	return f.opts.Kinds[name]
}

// numbers returns the numbers of a column, or the row of the first cell that is none, else -1.
func (f *tableFile) numbers(c *textColumn) (list []float64, wrong int) {
	list = make([]float64, c.rows)
	for i, cell := range c.cells {
		if cell == "" || f.missing.isDash(cell) {
			list[i] = math.NaN()
			continue
		}
		if cell = f.withPoint(cell); cell == "" {
			return nil, i
		}
		v, err := number[float64](cell)
		if err != nil {
			return nil, i
		}
		list[i] = v
	}
	return list, -1
}

// withPoint returns a number with a decimal point and without groups of digits, "" if it has the decimal
// sign that the file does not have.
func (f *tableFile) withPoint(cell string) string {
	group, sign := ",", "."
	if f.format.Decimal == ',' {
		group, sign = sign, group
	}
	if strings.Contains(cell, group) {
		if isGrouped(cell) != sign[0] {
			return ""
		}
		cell = strings.ReplaceAll(cell, group, "")
	}
	return strings.Replace(cell, ",", ".", 1)
}

// noNumber returns the error for a cell in a column of numbers.
func (f *tableFile) noNumber(column, row int) error {
	sign := "point"
	if f.format.Decimal == ',' {
		sign = "comma"
	}
	name, who := f.columns[column].name, "TableOptions.Kinds"
	if f.wanted[name] != 0 {
		who = "the pipeline"
	}
	return f.errorAt(column, row, fmt.Sprintf("%s is no number, want finite numbers with a decimal %s, "+
		"since %s has %s", quoted(f.cell(column, row)), sign, who, quoted(name)))
}

// cell returns the text of a cell.
func (f *tableFile) cell(column, row int) string {
	for i, cell := range f.columns[column].cells {
		if i == row {
			return cell
		}
	}
	return ""
}

// errorAt returns an error for the cell of a row that was read before.
func (f *tableFile) errorAt(column, row int, msg string) error {
	return &FormatError{Place: fmt.Sprintf("line %d, column %d", f.lines.of(row), column+1), Msg: msg}
}

// texts returns the column as categories or texts.
func (c *textColumn) texts(kind Kind) *Column {
	list := make([]string, c.rows)
	for i, cell := range c.cells {
		list[i] = cell
	}
	if kind == 0 {
		kind = kindOfTexts(list)
	}
	if kind == KindText {
		return TextColumn(c.name, list)
	}
	column := CategoryColumn(c.name, list)
	for k, level := range column.Levels {
		column.Levels[k] = strings.Clone(level) // not with all cells of the column
	}
	return column
}
