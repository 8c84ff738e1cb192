package command

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/ashlar-go/ashlar/data"
)

// readTable reads a table of any format that holds one: CSV, JSON lines, npy of one or two dimensions,
// npz with x and y, IDX with labels in another file.
func readTable(path, labels string, o data.TableOptions) (*data.Table, error) {
	is, err := formatOf(path)
	if err != nil {
		return nil, err
	}
	var t *data.Table
	switch is {
	case formatCSV:
		if t, err = data.ReadTableFile(path, o); err != nil {
			err = inFile(path, err)
		}
	case formatJSONLines:
		t, err = readJSONTable(path, o)
	case formatNPY:
		t, err = readNPYTable(path)
	case formatNPZ:
		t, err = readNPZTable(path)
	case formatIDX:
		t, err = readIDXTable(path)
	default:
		return nil, usagef("%s is %s, want data: CSV, JSON lines, npy, npz or IDX", path, is)
	}
	if err != nil || labels == "" {
		return t, err
	}
	return withLabels(path, t, labels)
}

// labelColumn is the name of the column of labels that come from a file without names.
const labelColumn = "label"

// withLabels returns a table with one more column, from a file of its own.
func withLabels(path string, t *data.Table, labels string) (*data.Table, error) {
	l, err := readTable(labels, "", data.TableOptions{})
	if err != nil {
		return nil, err
	}
	if n := len(l.Columns()); n != 1 {
		return nil, fmt.Errorf("%s has %d columns, want one of labels", labels, n)
	}
	if l.Rows() != t.Rows() {
		return nil, fmt.Errorf("%s has %d rows, want %d as %s has", labels, l.Rows(), t.Rows(), path)
	}
	column := *l.Columns()[0]
	if !l.Format().Header || t.Column(column.Name) != nil {
		column.Name = labelColumn
	}
	return data.NewTable(append(t.Columns()[:len(t.Columns()):len(t.Columns())], &column)...)
}

func readNPYTable(path string) (*data.Table, error) {
	a, err := data.ReadNPYFile[float64](path)
	if err != nil {
		return nil, err
	}
	t, err := data.TableFromArray(a, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// readNPZTable reads the arrays that people call x and y, of which y may be missing.
func readNPZTable(path string) (*data.Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return npzTable(path, f, info.Size(), true)
}

// npzTable reads x, and y if it is wanted and there.
func npzTable(path string, f io.ReaderAt, size int64, labels bool) (*data.Table, error) {
	list, err := data.ReadNPZInfo(f, size)
	if err != nil && len(list) == 0 {
		return nil, inFile(path, err)
	}
	find := func(names string) string {
		for _, a := range list {
			if strings.Contains(names, " "+strings.ToLower(a.Name)+" ") {
				return a.Name
			}
		}
		return ""
	}
	x, y := find(" x data features "), find(" y labels target targets ")
	if x == "" {
		return nil, fmt.Errorf("%s has no array x, X, data or features", path)
	}
	a, err := data.ReadNPZ[float64](f, size, x)
	if err != nil {
		return nil, inFile(path, err)
	}
	t, err := data.TableFromArray(a, nil)
	if err != nil || y == "" || !labels {
		return t, err
	}
	b, err := data.ReadNPZ[float64](f, size, y)
	if err != nil {
		return nil, inFile(path, err)
	}
	if len(b.Dims) != 1 || b.Dims[0] != t.Rows() {
		return nil, fmt.Errorf("%s: array %s has shape %v, want [%d], one value for each row of %s", path,
			y, b.Dims, t.Rows(), x)
	}
	return data.NewTable(append(t.Columns()[:len(t.Columns()):len(t.Columns())],
		data.NumberColumn(labelColumn, b.Data))...)
}

func readIDXTable(path string) (*data.Table, error) {
	x, err := data.ReadIDXFile(path)
	if err != nil {
		return nil, err
	}
	t, err := data.TableFromIDX(x, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// longestLine is the most bytes of a line of JSON.
const longestLine = 8 << 20

// readJSONTable reads lines of JSON objects. Their values become the cells of a CSV file, so that the
// kinds of columns are inferred by the same rules.
func readJSONTable(path string, o data.TableOptions) (*data.Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in, err := data.Unzip(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var names []string
	var rows []jsonLine
	index := map[string]bool{}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, longestLine)
	n := 0
	for lines.Scan() {
		n++
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		keys, row, err := jsonRow(lines.Bytes())
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", path, n, err)
		}
		rows = append(rows, jsonLine{n, row})
		for _, k := range keys {
			if !index[k] {
				index[k] = true
				names = append(names, k)
			}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: line %d: %w", path, n+1, err)
	}
	return tableOfTexts(path, names, rows, o)
}

// jsonLine is a JSON object and its line, from 1.
type jsonLine struct {
	line   int
	values map[string]jsonValue
}

// jsonValue is a value of JSON as a text, which is "" for null.
type jsonValue struct {
	text string
	null bool
}

// tableOfTexts infers the kinds of columns of texts. Its errors name the lines of the rows.
func tableOfTexts(path string, names []string, rows []jsonLine, o data.TableOptions) (*data.Table, error) {
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	if err := w.Write(names); err != nil {
		return nil, err
	}
	cells := make([]string, len(names))
	begins := make([]int, len(rows)) // the bytes of text in front of each row
	for k, row := range rows {
		w.Flush()
		begins[k] = text.Len()
		for i, name := range names {
			cells[i] = row.values[name].text
		}
		if len(cells) == 1 && cells[0] == "" {
			text.WriteString("\"\"\n") // an empty line would be no row
			continue
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	o.Comma, o.Decimal, o.Comment, o.Header = ',', '.', 0, data.HeaderYes
	t, err := data.ReadTable(bytes.NewReader(text.Bytes()), o)
	if err != nil {
		return nil, atLine(inFile(path, err), func(n int) int {
			line, lines, at := n, 0, 0
			for k, begin := range begins {
				lines += bytes.Count(text.Bytes()[at:begin], []byte("\n"))
				if at = begin; lines < n {
					line = rows[k].line
				}
			}
			return line
		})
	}
	return t, nil
}

var lineInPlace = regexp.MustCompile(`^line (\d+)`)

// atLine puts the line that of returns in the place of the line n that an error of package data names.
func atLine(err error, of func(n int) int) error {
	if wrong, is := errors.AsType[*data.FormatError](err); is {
		if m := lineInPlace.FindStringSubmatch(wrong.Place); m != nil {
			n, _ := strconv.Atoi(m[1])
			wrong.Place = fmt.Sprintf("line %d%s", of(n), wrong.Place[len(m[0]):])
		}
	}
	return err
}

// jsonRow returns the keys of a JSON object in their order, and its values as texts.
func jsonRow(line []byte) (keys []string, row map[string]jsonValue, err error) {
	line = bytes.TrimPrefix(line, []byte("\ufeff")) // before the first line
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if t, err := d.Token(); err == nil && t == json.Delim('[') {
		return nil, nil, errors.New("this is a list, want a JSON object a line and no list round them, " +
			"such as {\"area\": 70, \"city\": \"Bonn\"}")
	} else if err != nil || t != json.Delim('{') {
		return nil, nil, errors.New("want a JSON object, such as {\"area\": 70, \"city\": \"Bonn\"}")
	}
	defer func() {
		if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("the object does not end on its line, want one object a line")
		}
	}()
	row = map[string]jsonValue{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, nil, err
		}
		key := t.(string) // the decoder accepts no other key
		if t, err = d.Token(); err != nil {
			return nil, nil, err
		}
		switch t := t.(type) {
		case json.Delim:
			return nil, nil, fmt.Errorf("the value of %q is a list or an object, want a number, a string or "+
				"null", key)
		case nil:
			row[key] = jsonValue{null: true}
		default:
			row[key] = jsonValue{text: fmt.Sprint(t)}
		}
		keys = append(keys, key)
	}
	if _, err := d.Token(); err != nil {
		return nil, nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, nil, errors.New("there is more behind the JSON object, want one in a line")
	}
	return keys, row, nil
}
