package data

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
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
	Values  bool // the label is the value to predict of a regression, any finite number
	Classes int  // the number of classes; 0 for one more than the largest label, which is below 2^20
}

// mostClasses bounds the classes that a file may claim by itself: what is sized by
// them must not become absurd through one wrong cell.
const mostClasses = 1 << 20

// ReadCSV reads one sample a row: the class as an integer from 0 in the column that
// opts names, and finite numbers, the features, in all others. Spaces round a cell
// are ignored, and so are empty lines. Quotes are those of [encoding/csv].
//
// It is an error if a row has another number of columns than the first, a cell is
// not a number, a label is not a class, or there are no rows. The [*FormatError]
// names the line and the column, both counted from 1.
func ReadCSV[T Float](r io.Reader, opts CSVOptions) (*Set[T], error) {
	if opts.Classes < 0 {
		return nil, fmt.Errorf("data: CSVOptions.Classes is %d, want at least 0", opts.Classes)
	}
	in := csv.NewReader(r)
	if opts.Comma != 0 {
		in.Comma = opts.Comma
	}
	in.FieldsPerRecord = -1 // a header may be of another width; rows are compared below
	in.TrimLeadingSpace = in.Comma != '\t' && in.Comma != ' '
	in.ReuseRecord = true

	s := &Set[T]{Classes: opts.Classes}
	columns, label := 0, 0
	limit := opts.Classes
	if limit == 0 {
		limit = mostClasses
	}
	for skip := opts.Header; ; {
		cells, err := in.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, csvError(in, err)
		}
		if skip {
			skip = false
			continue
		}
		if s.Rows == 0 {
			columns, label = len(cells), opts.Label
			if label < 0 {
				label += columns
			}
			if columns < 2 {
				return nil, cellError(in, 0, "the row has 1 column, want a label and at least one feature")
			}
			if label < 0 || label >= columns {
				return nil, cellError(in, columns-1, fmt.Sprintf("the row has %d columns, want one at CSVOptions.Label, %d", columns, opts.Label))
			}
			s.Features = columns - 1
		}
		if len(cells) != columns {
			return nil, cellError(in, min(len(cells), columns+1)-1, fmt.Sprintf("the row has %d columns, want %d as in the first", len(cells), columns))
		}
		for i, cell := range cells {
			cell = strings.TrimSpace(cell)
			if i != label {
				v, err := number[T](cell)
				if err != nil {
					return nil, cellError(in, i, quoted(cell)+" is no feature, want a finite number")
				}
				s.X = append(s.X, v)
				continue
			}
			if opts.Values {
				v, err := number[T](cell)
				if err != nil {
					return nil, cellError(in, i, quoted(cell)+" is no value, want a finite number")
				}
				s.Values, s.Outputs = append(s.Values, v), 1
				continue
			}
			y, err := strconv.Atoi(cell)
			if err != nil {
				return nil, cellError(in, i, quoted(cell)+" is no class, want an integer")
			}
			if y < 0 || y >= limit {
				return nil, cellError(in, i, fmt.Sprintf("the class is %d, want 0 to %d", y, limit-1))
			}
			if opts.Classes == 0 {
				s.Classes = max(s.Classes, y+1)
			}
			s.Y = append(s.Y, y)
		}
		s.Rows++
	}
	if s.Rows == 0 {
		return nil, &FormatError{Place: "line 1", Msg: "there are no rows, want at least 1"}
	}
	return s, nil
}

// number is a finite number in a cell.
func number[T Float](cell string) (T, error) {
	v, err := strconv.ParseFloat(cell, 8*int(unsafe.Sizeof(T(0))))
	if err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
		err = strconv.ErrRange
	}
	return T(v), err
}

// ReadCSVFile reads the CSV file at path, see [ReadCSV], and unzips it if it starts
// with the magic number of gzip.
func ReadCSVFile[T Float](path string, opts CSVOptions) (*Set[T], error) {
	var s *Set[T]
	err := readFile(path, func(r io.Reader) (err error) {
		s, err = ReadCSV[T](r, opts)
		return err
	})
	return s, err
}

// cellError is the error for column i, from 0, of the row just read.
func cellError(in *csv.Reader, i int, msg string) error {
	line, _ := in.FieldPos(i)
	return &FormatError{Place: fmt.Sprintf("line %d, column %d", line, i+1), Msg: msg}
}

// csvError is the error for what encoding/csv or the reader below it reports.
func csvError(in *csv.Reader, err error) error {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return &FormatError{Place: fmt.Sprintf("line %d, byte %d", parse.Line, parse.Column), Msg: parse.Err.Error(), Err: err}
	}
	return &FormatError{Place: fmt.Sprintf("byte %d", in.InputOffset()), Msg: "reading the rows: " + err.Error(), Err: err}
}

// quoted is the cell for an error message: in quotes, on one line, and not too long
// for it.
func quoted(cell string) string {
	const most = 40
	if len(cell) > most {
		return strconv.Quote(cell[:most]) + "..."
	}
	return strconv.Quote(cell)
}
