package data

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// CSVSource returns the rows of the CSV file at path as a source, see [ReadCSV]. Of classes it needs
// CSVOptions.Classes: it is to know their number before it has read them all. It reads the first row.
func CSVSource[T Float](path string, opts CSVOptions) (Source[T], error) {
	if !opts.Values && opts.Classes < 1 {
		return nil, fmt.Errorf("data: CSVOptions.Classes is %d, want the number of classes, at least 1",
			opts.Classes)
	}
	s := &csvSource[T]{path: path, opts: opts}
	p, err := s.open()
	if err != nil {
		return nil, err
	}
	defer p.Close()
	switch err := p.rows.read(1); {
	case err == io.EOF:
		return nil, p.file.named(errNoRows())
	case err != nil:
		return nil, p.file.named(err)
	}
	s.shape = p.rows.set.shape()
	return s, nil
}

type csvSource[T Float] struct {
	path  string
	opts  CSVOptions
	shape Shape
}

func (s *csvSource[T]) Shape() Shape { return s.shape }

func (s *csvSource[T]) Open() (Pass[T], error) { return s.open() }

func (s *csvSource[T]) open() (*csvPass[T], error) {
	f, err := openFile(s.path, s.opts.Limit)
	if err != nil {
		return nil, err
	}
	return &csvPass[T]{file: f, rows: newCSVRows[T](f.stream, s.opts)}, nil
}

type csvPass[T Float] struct {
	file *openedFile
	rows *csvRows[T]
}

func (p *csvPass[T]) Next() (*Set[T], error) {
	s := p.rows.set
	s.Rows, s.X, s.Y, s.Values = 0, s.X[:0], s.Y[:0], s.Values[:0]
	err := p.rows.read(partRows[T](max(1, s.Features)))
	if s.Rows > 0 && (err == nil || err == io.EOF) {
		return s, nil
	}
	if err == io.EOF {
		return nil, err
	}
	return nil, p.file.named(err)
}

func (p *csvPass[T]) Close() error { return p.file.Close() }

// openedFile is a file that is read from the beginning, unzipped where it is zipped.
type openedFile struct {
	*os.File
	stream *source
}

// openFile opens the file at path.
func openFile(path string, limit ...Limit) (*openedFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	o := &openedFile{File: f}
	if o.stream, err = openStream(f, limit); err != nil {
		f.Close()
		return nil, o.named(err)
	}
	return o, nil
}

// named puts the name of the file into an error of what is read from it.
func (o *openedFile) named(err error) error {
	if format, ok := errors.AsType[*FormatError](err); ok {
		if o.stream != nil {
			o.stream.explain(err)
		}
		format.File = o.Name()
	}
	return err
}

// TableSource returns the rows of the file at path as a source: raw rows as [ReadTable] reads them,
// made features and targets by f as [Apply] does. Other columns than those that f needs do not
// matter. The kinds of the columns are those of f, whatever TableOptions.Kinds says.
//
// The separator, the header and what stands before fractions are inferred from the first 1000 rows,
// where the options leave them open. An error names the line. It is an error if the file has not all
// inputs and targets. Without the column of weights the weights are 1.
func TableSource[T Float](path string, o TableOptions, f *Fitted) (Source[T], error) {
	o.Kinds = nil
	if err := o.check(); err != nil {
		return nil, err
	}
	switch {
	case !f.isFitted():
		return nil, errNotFitted
	case f.Targets() == nil:
		return nil, errors.New("data: the pipeline has no target, want one: a source has labelled rows")
	}
	s := &tableSource[T]{path: path, opts: o, fitted: f, numbers: map[string]bool{}, texts: map[string]bool{}}
	for _, c := range f.Inputs() {
		if c.Kind == KindNumber {
			s.numbers[c.Name] = true
		} else {
			s.texts[c.Name] = true
		}
	}
	s.shape = Shape{Features: len(f.Features()), Classes: len(f.Classes())}
	for _, name := range f.Targets() {
		if s.shape.Classes > 0 {
			s.texts[name] = true
		} else {
			s.numbers[name] = true
			s.shape.Outputs++
		}
	}
	if f.Weight() != "" {
		s.numbers[f.Weight()] = true
	}
	if err := s.infer(); err != nil {
		return nil, err
	}
	return s, nil
}

type tableSource[T Float] struct {
	path           string
	opts           TableOptions
	fitted         *Fitted
	numbers, texts map[string]bool // the columns that fitted needs
	shape          Shape
}

// inferredRows are those from which a source infers the format of its file.
const inferredRows = 1000

// infer sets what the options leave open.
func (s *tableSource[T]) infer() error {
	p, err := s.open()
	if err != nil {
		return err
	}
	defer p.Close()
	err = p.rows.read(inferredRows)
	if err != nil && err != io.EOF {
		return p.file.named(err)
	}
	if p.rows.lines.rows == 0 {
		return p.file.named(errNoRows())
	}
	if err := s.checkColumns(p.rows); err != nil {
		return p.file.named(err)
	}
	shapes := make([]columnShape, len(p.rows.columns))
	for i := range shapes {
		if c := &p.rows.columns[i]; s.numbers[c.name] {
			shapes[i] = p.rows.shape(c)
		} else {
			shapes[i] = columnShape{pointAt: -1, commaAt: -1}
		}
	}
	if err := p.rows.inferDecimal(shapes); err != nil {
		return p.file.named(err)
	}
	f := p.rows.format
	s.opts.Comma, s.opts.Decimal, s.opts.Header = f.Comma, f.Decimal, HeaderNo
	if f.Header {
		s.opts.Header = HeaderYes
	}
	return nil
}

// checkColumns returns an error unless the file has the inputs and targets.
func (s *tableSource[T]) checkColumns(f *tableFile) error {
	has := make(map[string]bool, len(f.columns))
	for i := range f.columns {
		has[f.columns[i].name] = true
	}
	for _, in := range s.fitted.inputs {
		if !has[in.Name] {
			return s.missing(f, in.Name)
		}
	}
	for _, name := range s.fitted.target.columns {
		if !has[name] {
			return s.missing(f, name)
		}
	}
	return nil
}

// missing returns the error for a column that the file has not.
func (s *tableSource[T]) missing(f *tableFile, name string) error {
	cell := &CellError{Row: -1, Column: name, Msg: "is not in the file, which has " + f.nameList()}
	return &FormatError{Place: "line 1", Msg: "column " + quoted(name) + " " + cell.Msg, Err: cell}
}

func (s *tableSource[T]) Shape() Shape { return s.shape }

func (s *tableSource[T]) Open() (Pass[T], error) { return s.open() }

func (s *tableSource[T]) open() (*tablePass[T], error) {
	f, err := openFile(s.path, s.opts.Limit)
	if err != nil {
		return nil, err
	}
	rows, err := openTable(f.stream, s.opts)
	if err != nil {
		f.Close()
		return nil, f.named(err)
	}
	rows.format.Decimal, rows.wanted = s.opts.Decimal, s.fitted.kinds()
	return &tablePass[T]{of: s, file: f, rows: rows}, nil
}

type tablePass[T Float] struct {
	of   *tableSource[T]
	file *openedFile
	rows *tableFile
}

func (p *tablePass[T]) Close() error { return p.file.Close() }

func (p *tablePass[T]) Next() (*Set[T], error) {
	f := p.rows
	f.lines = lineList{steps: f.lines.steps[:0]}
	for i := range f.columns {
		c := &f.columns[i]
		*c = textColumn{name: c.name}
	}
	if err := f.read(partRows[T](p.of.shape.Features)); err != nil && err != io.EOF {
		return nil, p.file.named(err)
	}
	if f.lines.rows == 0 {
		return nil, io.EOF
	}
	t, err := p.table()
	if err != nil {
		return nil, p.file.named(err)
	}
	set, err := Apply[T](p.of.fitted, t)
	if cell, ok := errors.AsType[*CellError](err); ok {
		place := "line 1"
		if cell.Row >= 0 {
			place = fmt.Sprintf("line %d", f.lines.of(cell.Row))
		}
		msg := fmt.Sprintf("column %s %s", quoted(cell.Column), cell.Msg)
		err = &FormatError{Place: place, Msg: msg, Err: cell}
	}
	return set, p.file.named(err)
}

// table returns the rows at hand, with the columns that the pipeline needs.
func (p *tablePass[T]) table() (*Table, error) {
	f := p.rows
	var columns []*Column
	for i := range f.columns {
		switch c := &f.columns[i]; {
		case p.of.texts[c.name]:
			columns = append(columns, c.texts(KindText))
		case p.of.numbers[c.name]:
			list, wrong := f.numbers(c)
			if wrong >= 0 {
				sign := "point"
				if f.format.Decimal == ',' {
					sign = "comma"
				}
				return nil, f.errorAt(i, wrong, quoted(f.cell(i, wrong))+" is no number, want finite numbers with "+
					"a decimal "+sign)
			}
			columns = append(columns, NumberColumn(c.name, list))
		}
	}
	return NewTable(columns...)
}
