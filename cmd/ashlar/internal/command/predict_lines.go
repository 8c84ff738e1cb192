package command

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ashlar-go/ashlar/data"
)

// lineSource reads rows from lines as they come: of a file in parts of one size, else what has arrived.
type lineSource struct {
	name   string
	inputs []data.Column // of the model
	named  bool          // the model knows the names of its inputs
	json   bool
	whole  bool
	flags  *predictFlags

	records chan record
	quit    chan struct{}
	ended   error // what ended the records, after the last

	options data.TableOptions
	header  string   // of CSV
	begun   bool     // a table has been read
	held    []record // a first one that is a header unless more shows that it is a row
}

// record is the text of a row, of several lines where a quoted cell of CSV has some.
type record struct {
	text string
	line int // the first, from 1
	err  error
}

// mostRows is how many rows make a part.
const mostRows = 1024

// start begins to read. What the source knows of its lines stands before.
func (s *lineSource) start(r *bufio.Reader) {
	s.records, s.quit = make(chan record, mostRows), make(chan struct{})
	s.options = s.flags.table.options()
	go s.read(r)
}

// stop ends the reading, if it does not wait for input.
func (s *lineSource) stop() { close(s.quit) }

// read sends the records, then one with the error that ended them.
func (s *lineSource) read(r *bufio.Reader) {
	defer close(s.records)
	for line := 1; ; {
		next := record{line: line}
		for next.err == nil && (next.text == "" || !s.json && !s.comment(next.text) &&
			strings.Count(next.text, `"`)%2 == 1) {
			var text string
			text, next.err = readLine(r, longestLine-len(next.text))
			if line == 1 {
				text = strings.TrimPrefix(text, "\ufeff")
			}
			next.text += text
			line++
		}
		if s.comment(next.text) {
			continue
		}
		if next.err == io.EOF && next.text != "" {
			next.err = nil // the last line has no end; the next reading finds the end again
			if !strings.HasSuffix(next.text, "\n") {
				next.text += "\n"
			}
		}
		select {
		case s.records <- next:
		case <-s.quit:
			return
		}
		if next.err != nil {
			return
		}
	}
}

// comment reports whether a line is to be left out.
func (s *lineSource) comment(text string) bool {
	return !s.json && s.options.Comment != 0 && strings.HasPrefix(text, string(s.options.Comment))
}

// readLine reads a line with its end.
func readLine(r *bufio.Reader, most int) (string, error) {
	var b strings.Builder
	for {
		part, err := r.ReadSlice('\n')
		b.Write(part)
		if b.Len() > most {
			return "", errLongLine
		}
		if err != bufio.ErrBufferFull {
			return b.String(), err
		}
	}
}

// next returns the next rows.
func (s *lineSource) next(ctx context.Context) (rowPart, error) {
	for {
		list, err := s.part(ctx)
		if err != nil {
			return rowPart{}, err
		}
		if !s.json && s.header == "" && !s.begun {
			if list, err = s.begin(list); err != nil {
				return rowPart{}, err
			}
		}
		if len(list) == 0 {
			continue // a header alone
		}
		rows := rowPart{place: fmt.Sprintf("%s: lines %d to %d", s.name, list[0].line, list[len(list)-1].line)}
		if s.json {
			rows.table, rows.kept, err = s.jsonTable(list)
		} else if rows.table, rows.kept, err = s.csvTable(list); err != nil && s.mayBeHeader(list) {
			s.held = list
			continue
		}
		return rows, err
	}
}

// mayBeHeader reports whether records that are no table are a first one that is taken for a header, and more
// may follow.
func (s *lineSource) mayBeHeader(list []record) bool {
	if s.begun || s.header != "" || s.ended != nil || len(list) != 1 {
		return false
	}
	o := s.options
	o.Header = data.HeaderNo
	_, err := data.ReadTable(strings.NewReader(list[0].text), o)
	return err == nil
}

// part returns the records that are held and at least one more that is not blank, and of a stream as many as
// there are.
func (s *lineSource) part(ctx context.Context) (list []record, err error) {
	list, s.held = s.held, nil
	for held := len(list); len(list) < mostRows && s.ended == nil; {
		var next record
		open := true
		if len(list) == held || s.whole {
			select {
			case next, open = <-s.records:
			case <-ctx.Done():
				return nil, errInterrupted
			}
		} else {
			select {
			case next, open = <-s.records:
			default:
				return list, nil
			}
		}
		switch {
		case !open:
			s.ended = io.EOF
		case next.err != nil:
			s.ended = next.err
			if next.err != io.EOF {
				s.ended = fmt.Errorf("%s: line %d: %w", s.name, next.line, next.err)
			}
		case !s.blank(next.text):
			list = append(list, next)
		}
	}
	if len(list) == 0 {
		return nil, s.ended
	}
	return list, nil
}

// blank reports whether a record is no row: an empty line, and of JSON one of spaces. A tab may part two empty
// cells of CSV.
func (s *lineSource) blank(text string) bool {
	if s.json {
		return strings.TrimSpace(text) == ""
	}
	return strings.Trim(text, "\r\n") == ""
}

// begin finds the header of CSV in the first record, and how its cells are separated. It leaves out a first
// line such as sep=;, which would be the header of every part.
func (s *lineSource) begin(list []record) ([]record, error) {
	if c := separatorLine(list[0].text); c != 0 && (s.options.Comma == 0 || s.options.Comma == c) {
		s.options.Comma = c
		if list = list[1:]; len(list) == 0 {
			return nil, nil
		}
	}
	first := list[0].text
	separators := []rune{',', ';', '\t', '|'}
	if s.options.Comma != 0 {
		separators = []rune{s.options.Comma}
	}
	best := 0
	for _, c := range separators {
		cells, err := cellsOf(first, c)
		if err != nil {
			continue
		}
		found := 0
		for _, name := range s.wanted() {
			if slices.Contains(cells, name) {
				found++
			}
		}
		if found > best {
			best, s.options.Comma, s.options.Header, s.header = found, c, data.HeaderYes, first
		}
	}
	if best == 0 {
		return list, nil // ReadTable infers whether there is a header
	}
	cells, _ := cellsOf(first, s.options.Comma)
	for i, name := range s.wanted() {
		switch has := slices.Contains(cells, name); {
		case !has && i >= len(s.inputs):
			return nil, noColumn(name)
		case !has && s.named && len(list) == 1: // with rows, the model tells
			return nil, fmt.Errorf("%s: line %d: there is no column %q", s.name, list[0].line, name)
		}
	}
	s.kinds(cells)
	return list[1:], nil
}

// separatorLine returns the separator that a first line such as sep=; gives, 0 if it gives none. It is as in
// [data.ReadTable].
func separatorLine(line string) rune {
	sign, is := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "sep=")
	c, n := utf8.DecodeRuneInString(sign)
	if !is || n == 0 || n < len(sign) || c == utf8.RuneError || c == '"' {
		return 0
	}
	return c
}

// wanted returns the names of the columns that the model takes, and then of those to keep.
func (s *lineSource) wanted() (names []string) {
	for _, in := range s.inputs {
		names = append(names, in.Name)
	}
	return append(names, s.flags.keep...)
}

// onlyKept returns the columns to keep that the model does not take. One without names takes all.
func (s *lineSource) onlyKept(names []string) (list []string) {
	for _, name := range s.flags.keep {
		taken := slices.ContainsFunc(s.inputs, func(in data.Column) bool { return in.Name == name })
		if s.named && !taken && slices.Contains(names, name) {
			list = append(list, name)
		}
	}
	return list
}

// kinds sets the kinds of the columns of the model. Those that are only kept are texts, whatever they look like.
func (s *lineSource) kinds(names []string) {
	s.options.Kinds = map[string]data.Kind{}
	for _, name := range s.onlyKept(names) {
		s.options.Kinds[name] = data.KindText
	}
	for _, in := range s.inputs {
		if s.named && slices.Contains(names, in.Name) {
			s.options.Kinds[in.Name] = in.Kind
		}
	}
}

// cellsOf cuts a line into its cells.
func cellsOf(line string, separator rune) ([]string, error) {
	r := csv.NewReader(strings.NewReader(line))
	r.Comma = separator
	r.TrimLeadingSpace = separator != '\t' && separator != ' ' // as ReadTable
	cells, err := r.Read()
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells, err
}

// csvTable reads records as a table.
func (s *lineSource) csvTable(list []record) (*data.Table, keptTexts, error) {
	var text strings.Builder
	text.WriteString(s.header)
	for _, r := range list {
		text.WriteString(r.text)
	}
	t, err := data.ReadTable(strings.NewReader(text.String()), s.options)
	if err != nil {
		return nil, nil, s.shifted(err, list, strings.Count(s.header, "\n"))
	}
	if !s.begun {
		s.begun = true
		is := t.Format()
		s.options.Comma, s.options.Decimal, s.options.Header = is.Comma, is.Decimal, data.HeaderNo
		if is.Header && s.header == "" {
			s.header = list[0].text
		}
		if is.Header {
			s.options.Header = data.HeaderYes
		}
	}
	return t, s.keptCells(list), nil
}

// keptCells returns the texts of the columns that are only kept, of records that are a table below a header.
func (s *lineSource) keptCells(list []record) keptTexts {
	names, err := cellsOf(s.header, s.options.Comma)
	only := s.onlyKept(names)
	if err != nil || s.options.Kinds == nil || len(only) == 0 { // of a header that is inferred, none is found
		return nil
	}
	kept := keptTexts{}
	for _, r := range list {
		cells := writtenCells(r.text, s.options.Comma)
		for _, name := range only {
			cell := cells[slices.Index(names, name)]
			kept[name] = append(kept[name], jsonValue{cell, cell == ""})
		}
	}
	return kept
}

// writtenCells cuts a record that is a row of a table into its cells as they are written, where package csv takes
// the CR out of their lines. Spaces round a cell count in quotes alone.
func writtenCells(record string, separator rune) (cells []string) {
	rest := strings.TrimSuffix(strings.TrimSuffix(record, "\n"), "\r")
	for {
		if separator != '\t' && separator != ' ' { // as ReadTable
			rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
		}
		var cell string
		if text, quoted := strings.CutPrefix(rest, `"`); quoted {
			cell, rest = unquoted(text)
		} else {
			end := strings.IndexRune(rest, separator)
			if end < 0 {
				end = len(rest)
			}
			cell, rest = strings.TrimSpace(rest[:end]), rest[end:]
		}
		cells = append(cells, cell)
		if rest == "" {
			return cells
		}
		rest = strings.TrimPrefix(rest, string(separator))
	}
}

// unquoted returns the text up to the quote that ends it, and what follows.
func unquoted(text string) (cell, rest string) {
	for {
		part, after, _ := strings.Cut(text, `"`)
		cell += part
		next, double := strings.CutPrefix(after, `"`)
		if !double {
			return cell, after
		}
		cell, text = cell+`"`, next
	}
}

// shifted names the file and the line in it in an error of a part, which begins with the lines of a
// header. Lines without text are left out of a part.
func (s *lineSource) shifted(err error, list []record, header int) error {
	return atLine(inFile(s.name, err), func(n int) int {
		left := n - header
		for _, r := range list {
			lines := strings.Count(r.text, "\n")
			if left <= lines {
				return r.line + max(0, left-1)
			}
			left -= lines
		}
		return n
	})
}

// jsonTable reads lines of JSON as a table with the columns of the model and others.
func (s *lineSource) jsonTable(list []record) (*data.Table, keptTexts, error) {
	var names []string
	index := map[string]bool{}
	rows := make([]jsonLine, len(list))
	for i, r := range list {
		keys, row, err := jsonRow([]byte(r.text))
		if err != nil {
			return nil, nil, fmt.Errorf("%s: line %d: %w", s.name, r.line, err)
		}
		for _, in := range s.inputs {
			if _, has := row[in.Name]; s.named && !has {
				return nil, nil, fmt.Errorf("%s: line %d: there is no %q, want null if it is missing", s.name,
					r.line, in.Name)
			}
		}
		for _, k := range keys {
			if !index[k] {
				index[k] = true
				names = append(names, k)
			}
		}
		rows[i] = jsonLine{r.line, row}
	}
	s.kinds(names)
	t, err := tableOfTexts(s.name, names, rows, s.options)
	if err != nil {
		return nil, nil, err
	}
	kept := keptTexts{}
	for _, name := range s.onlyKept(names) {
		for _, row := range rows {
			v, has := row.values[name]
			kept[name] = append(kept[name], jsonValue{v.text, v.null || !has})
		}
	}
	return t, kept, nil
}
