package data

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"unsafe"
)

// LabelFirst and LabelLast are the usual places of the label in a row.
const (
	LabelFirst = 0
	LabelLast  = -1
)

// CSVOptions describes a CSV file. The zero value stands for comma-separated rows
// without a header, with the label in the first column.
type CSVOptions struct {
	Comma   rune // the delimiter; 0 for ','
	Header  bool // the first line names the columns, and is skipped
	Label   int  // the column of the label, from 0; below 0 from the end, -1 being the last
	Values  bool // the label is the value that a regression predicts, any finite number
	Classes int  // the number of classes; 0 for the largest label + 1, at least 2 and at most 2^20
	Limit   Limit
}

// mostClasses bounds the classes where CSVOptions does not give them: one wrong cell must
// not blow up everything that has one element a class.
const mostClasses = 1 << 20

// mostCells bounds the columns of ReadCSV: package csv takes 136 bytes for each cell of the longest row.
const mostCells = 1 << 18

// mostRow bounds the bytes of a row, which must be in memory as a whole. A quote that is
// never closed, or a file without line ends, makes one row of all that follows.
const mostRow = 8 << 20

// byteOrderMark is what some programs write before UTF-8.
const byteOrderMark = "\ufeff"

// ReadCSV reads one sample a row: the class as an integer from 0, or [Ignored], in the column
// that opts names, and finite numbers, the features, in all others. The format is that of RFC
// 4180, with or without CR and a last line end. Spaces round a cell are ignored, and so are
// empty lines and a byte order mark of UTF-8. Quotes are those of [encoding/csv]. A row has at
// most 8 MiB and 262144 columns. ReadCSV unzips r if it starts with the magic number of gzip, up to
// CSVOptions.Limit.
//
// A number is decimal: an optional sign, digits with at most one point before, among or after
// them, and an optional exponent such as e5, E+05 or e-5. A number that T rounds to infinity is
// not finite, nor are inf and nan.
//
// It is an error if a row has another number of columns than the first, a cell is
// not a number, a label is not a class, or there are no rows. The [*FormatError]
// names the line and the column, both counted from 1.
//
// ReadCSV allocates in all at most 16 times the length of the text, unzipped, 200 bytes for each column and
// 1 MiB. It is 32 times the length where r does not tell it, as a compressed stream.
func ReadCSV[T Float](r io.Reader, opts CSVOptions) (*Set[T], error) {
	if opts.Classes < 0 {
		return nil, fmt.Errorf("data: CSVOptions.Classes is %d, want at least 0", opts.Classes)
	}
	var set *Set[T]
	err := readStream(r, []Limit{opts.Limit}, func(s *source) (err error) {
		set, err = readCSV[T](s, opts)
		return err
	})
	return set, err
}

// readCSV reads the unzipped file r.
func readCSV[T Float](r *source, opts CSVOptions) (*Set[T], error) {
	rows := newCSVRows[T](r, opts)
	switch err := rows.read(math.MaxInt); {
	case err != io.EOF:
		return nil, err
	case rows.set.Rows == 0:
		return nil, errNoRows()
	}
	return rows.set, nil
}

func errNoRows() error {
	return &FormatError{Place: "line 1", Msg: "there are no rows, want at least 1"}
}

// newCSVRows returns the rows of the unzipped file r, none of which has been read.
func newCSVRows[T Float](r *source, opts CSVOptions) *csvRows[T] {
	limited, text := limitRows(r, 4<<10, mostCells)
	in := limited.open(text, opts.Comma, 0)
	rows := &csvRows[T]{in: in, limited: limited, opts: opts, header: opts.Header,
		set: &Set[T]{Classes: opts.Classes}, length: -1}
	if r.zipped == nil {
		rows.length = r.length
	}
	if opts.Classes == 0 && !opts.Values {
		rows.set.Classes = 2 // a file may have rows of class 0 only
	}
	return rows
}

// read appends rows to the set until it has most of them. It returns io.EOF at the end of the
// file.
func (c *csvRows[T]) read(most int) error {
	for c.set.Rows < most {
		cells, err := c.limited.next()
		switch {
		case err == io.EOF:
			return err
		case err != nil:
			return csvError(c.limited, err)
		case c.header:
			c.header = false
			continue
		}
		if err := c.add(cells); err != nil {
			return err
		}
	}
	return nil
}

// rowLimit is a reader that fails if a row has more than mostRow bytes.
type rowLimit struct {
	r       io.Reader
	rows    *csv.Reader // reads from this reader
	skipped int64       // bytes before those that rows gets: a byte order mark
	read    int64       // bytes read so far
	row     int64       // where the current row begins, as InputOffset of rows counts

	// A line may have as many cells: a byte can be a cell, which takes a hundred in memory.
	cells          int
	first          bool   // cells is the number of the first row, not the limit of all
	comma, comment []byte // comment begins a line without cells, if there is one
	line           int    // separators outside of quotes since the last end of a line
	quoted         bool   // the text at hand stands in quotes
	inside         bool   // of a line, behind its first byte
	skips          bool   // of a comment
}

func (l *rowLimit) Read(p []byte) (int, error) {
	if l.read-l.skipped-l.row > mostRow+int64(len(p)) { // the buffer above holds at most len(p)
		return 0, errRow
	}
	n, err := l.r.Read(p)
	l.read += int64(n)
	if !l.count(p[:n]) {
		if l.first {
			return 0, fmt.Errorf("a line has more than %d cells, want %d as in the first row", l.line,
				l.cells)
		}
		return 0, fmt.Errorf("a line has more than %d cells, want at most %d", l.line, l.cells)
	}
	return n, err
}

// count counts the separators of a line, and reports whether they are not far too many. A few are left to
// those who know the line and the column.
func (l *rowLimit) count(p []byte) bool {
	const few = 4 << 10
	for len(p) > 0 && len(l.comma) > 0 {
		starts := !l.quoted && !l.inside && len(l.comment) > 0
		if l.skips || starts && bytes.HasPrefix(p, l.comment) {
			var ends bool
			_, p, ends = bytes.Cut(p, []byte("\n"))
			l.skips = !ends
			continue
		}
		part, rest := p, []byte(nil)
		if end := bytes.IndexByte(p, '\n'); end >= 0 {
			part, rest = p[:end+1], p[end+1:]
		}
		if quote := bytes.IndexByte(part, '"'); quote >= 0 {
			part, rest = p[:quote+1], p[quote+1:]
		}
		if !l.quoted {
			l.line += bytes.Count(part, l.comma)
		}
		switch part[len(part)-1] {
		case '"':
			l.quoted, l.inside = !l.quoted, true
		case '\n':
			l.inside = l.quoted
		default:
			l.inside = true
		}
		if l.line > l.cells+few {
			return false
		}
		if !l.inside {
			l.line = 0
		}
		p = rest
	}
	return true
}

var errRow = fmt.Errorf("a row goes on for more than %d bytes", mostRow)

// limitRows returns a limit on the rows of r, which have at most so many cells, and what follows a byte
// order mark, buffered.
func limitRows(r io.Reader, buffer, most int) (*rowLimit, *bufio.Reader) {
	l := &rowLimit{r: r, cells: most}
	text := bufio.NewReaderSize(l, buffer)
	if start, _ := text.Peek(len(byteOrderMark)); string(start) == byteOrderMark {
		text.Discard(len(start))
		l.skipped = int64(len(start))
	}
	return l, text
}

// open returns a reader of the rows of text, which limitRows returned. A comma of 0 stands for ',', a
// comment of 0 for none.
func (l *rowLimit) open(text *bufio.Reader, comma, comment rune) *csv.Reader {
	l.rows = csv.NewReader(text)
	if comma != 0 {
		l.rows.Comma = comma
	}
	l.rows.Comment = comment
	if l.comma = []byte(string(l.rows.Comma)); comment != 0 {
		l.comment = []byte(string(comment))
	}
	start, _ := text.Peek(text.Buffered())
	l.count(start)              // the next part goes on, and is refused where this one should be
	l.rows.FieldsPerRecord = -1 // a header may be of another width
	l.rows.TrimLeadingSpace = comma != '\t' && comma != ' '
	l.rows.ReuseRecord = true
	return l.rows
}

// next reads a row.
func (l *rowLimit) next() ([]string, error) {
	cells, err := l.rows.Read()
	if err == nil {
		l.row = l.rows.InputOffset()
	}
	return cells, err
}

// csvRows collects the rows of a file in a set.
type csvRows[T Float] struct {
	in             *csv.Reader
	limited        *rowLimit // that in reads
	opts           CSVOptions
	header         bool // the next line is one
	set            *Set[T]
	length         int64 // of the file, -1 if unknown
	columns, label int   // number of columns and place of the label, the same in all rows
}

// add appends a row with these cells.
func (c *csvRows[T]) add(cells []string) error {
	if c.columns == 0 {
		if err := c.first(len(cells)); err != nil {
			return err
		}
	}
	if len(cells) != c.columns {
		return cellError(c.in, min(len(cells), c.columns+1)-1,
			fmt.Sprintf("the row has %d columns, want %d as in the first", len(cells), c.columns))
	}
	c.room()
	for i, cell := range cells {
		take := c.feature
		switch {
		case i == c.label && c.opts.Values:
			take = c.value
		case i == c.label:
			take = c.class
		}
		if wrong := take(strings.TrimSpace(cell)); wrong != "" {
			return cellError(c.in, i, wrong)
		}
	}
	c.set.Rows++
	return nil
}

// room makes room for a row. Memory doubles, where append would copy long slices more often, but does not
// grow beyond what the rest of the file can need: a cell has two bytes at least.
func (c *csvRows[T]) room() {
	cells, rows := math.MaxInt, math.MaxInt
	if c.length >= 0 {
		cells = int(min(max(0, c.length-c.limited.row)/2, math.MaxInt-1)) + 1
		rows = cells/c.columns + 1
	}
	c.set.X = roomFor(c.set.X, c.set.Features, cells)
	if c.opts.Values {
		c.set.Values = roomFor(c.set.Values, 1, rows)
	} else {
		c.set.Y = roomFor(c.set.Y, 1, rows)
	}
}

// roomFor returns a list with room for n elements more, and for as many again as it has but for those that
// cannot come behind the n.
func roomFor[E any](list []E, n, rest int) []E {
	if cap(list)-len(list) >= n {
		return list
	}
	return append(make([]E, 0, len(list)+n+min(len(list), rest)), list...)
}

// first takes the number of columns and the place of the label from the first row.
func (c *csvRows[T]) first(columns int) error {
	c.columns, c.label = columns, c.opts.Label
	if c.label < 0 {
		c.label += columns
	}
	if columns > mostCells {
		return cellError(c.in, mostCells,
			fmt.Sprintf("the row has %d columns, want at most %d", columns, mostCells))
	}
	if columns < 2 {
		return cellError(c.in, 0, "the row has 1 column, want a label and at least one feature")
	}
	if c.label < 0 || c.label >= columns {
		return cellError(c.in, columns-1,
			fmt.Sprintf("the row has %d columns, want a label in column %d, CSVOptions.Label",
				columns, c.opts.Label))
	}
	c.set.Features = columns - 1
	c.limited.cells, c.limited.first = columns, true
	return nil
}

// feature, value and class append a cell to the set, or return what is wrong with it.

func (c *csvRows[T]) feature(cell string) (wrong string) {
	v, err := number[T](cell)
	if err != nil {
		return quoted(cell) + " is no feature, want a finite number"
	}
	c.set.X = append(c.set.X, v)
	return ""
}

func (c *csvRows[T]) value(cell string) (wrong string) {
	v, err := number[T](cell)
	if err != nil {
		return quoted(cell) + " is no value, want a finite number"
	}
	c.set.Values, c.set.Outputs = append(c.set.Values, v), 1
	return ""
}

func (c *csvRows[T]) class(cell string) (wrong string) {
	y, err := strconv.Atoi(cell)
	if err != nil {
		return quoted(cell) + " is no class, want an integer"
	}
	limit := c.opts.Classes
	if limit == 0 {
		limit = mostClasses
	}
	if (y < 0 || y >= limit) && y != Ignored {
		return fmt.Sprintf("the class is %d, want 0 to %d, or Ignored (%d)", y, limit-1, Ignored)
	}
	if c.opts.Classes == 0 {
		c.set.Classes = max(c.set.Classes, y+1)
	}
	c.set.Y = append(c.set.Y, y)
	return ""
}

// number returns the finite number in a cell.
func number[T Float](cell string) (T, error) {
	if !decimal(cell) {
		return 0, strconv.ErrSyntax
	}
	v, err := strconv.ParseFloat(cell, 8*int(unsafe.Sizeof(T(0))))
	if err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
		err = strconv.ErrRange
	}
	return T(v), err
}

// decimal reports whether a cell has only characters of decimal numbers. strconv also takes
// 0x1p-2, 0x_1p0 and infinity.
func decimal(cell string) bool {
	for _, c := range []byte(cell) {
		if !('0' <= c && c <= '9' || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E') {
			return false
		}
	}
	return true
}

// ReadCSVFile reads the CSV file at path, see [ReadCSV].
func ReadCSVFile[T Float](path string, opts CSVOptions) (*Set[T], error) {
	var s *Set[T]
	err := readFile(path, func(f *os.File) (err error) {
		s, err = ReadCSV[T](f, opts)
		return err
	})
	return s, err
}

// cellError returns the error for column i, from 0, of the row just read.
func cellError(in *csv.Reader, i int, msg string) error {
	line, _ := in.FieldPos(i)
	return &FormatError{Place: fmt.Sprintf("line %d, column %d", line, i+1), Msg: msg}
}

// csvError returns the error for what encoding/csv or the reader below it reports.
func csvError(l *rowLimit, err error) error {
	in := l.rows
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return &FormatError{Place: fmt.Sprintf("line %d, byte %d", parse.Line, parse.Column),
			Msg: parse.Err.Error(), Err: err}
	}
	at := in.InputOffset()
	if errors.Is(err, errRow) {
		at = l.row
	}
	place := fmt.Sprintf("byte %d", l.skipped+at)
	return &FormatError{Place: place, Msg: "reading the rows: " + err.Error(), Err: err}
}

// quoted returns a cell for an error message: in quotes, on one line, and cut short where
// it is long.
func quoted(cell string) string {
	const most = 40
	if len(cell) > most {
		return strconv.Quote(cell[:most]) + "..."
	}
	return strconv.Quote(cell)
}
