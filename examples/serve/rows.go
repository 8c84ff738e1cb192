package main

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/ashlar-go/ashlar/layer"
	"github.com/go-json-experiment/json/jsontext"
)

// readRows reads {"rows": [row, ...]} and nothing else. A row is an array of numbers, which becomes a
// []float64, or an object of numbers, texts, true, false and null, which becomes a map. Package
// jsontext refuses what encoding/json lets pass, such as a key that comes twice, and reads the
// tokens of a row of numbers in a fifth of its time. Of more rows than a Predictor takes readRows
// returns one too many and leaves the rest.
func readRows(r io.Reader) ([]any, error) {
	d := jsontext.NewDecoder(r)
	const form = `want {"rows": [...]}`
	if err := expect(d, '{', form); err != nil {
		return nil, err
	}
	key, err := d.ReadToken()
	if err != nil {
		return nil, broken(err)
	}
	if key.Kind() != '"' || key.String() != "rows" {
		return nil, fmt.Errorf("%s, not %s", form, name(key.Kind()))
	}
	if err := expect(d, '[', form); err != nil {
		return nil, err
	}
	rows := []any{}
	for d.PeekKind() != ']' {
		if len(rows) > layer.MaxTryRows {
			return rows, nil
		}
		row, err := readRow(d)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", len(rows), err)
		}
		rows = append(rows, row)
	}
	for _, end := range []jsontext.Kind{']', '}'} {
		if err := expect(d, end, `want nothing but "rows"`); err != nil {
			return nil, err
		}
	}
	switch t, err := d.ReadToken(); {
	case err == nil:
		return nil, fmt.Errorf("%s follows the JSON object, want nothing", name(t.Kind()))
	case err != io.EOF:
		return nil, broken(err)
	}
	return rows, nil
}

// readRow reads a row, [1, 2] or {"area": 70, "city": "Bern"}.
func readRow(d *jsontext.Decoder) (any, error) {
	switch t, err := d.ReadToken(); {
	case err != nil:
		return nil, broken(err)
	case t.Kind() == '[':
		return readArray(d)
	case t.Kind() == '{':
		return readObject(d)
	default:
		return nil, fmt.Errorf("want an array or an object, not %s", name(t.Kind()))
	}
}

// readArray reads a row of numbers up to its end.
func readArray(d *jsontext.Decoder) (row []float64, err error) {
	row = []float64{}
	for {
		t, err := d.ReadToken()
		switch {
		case err != nil:
			return nil, broken(err)
		case t.Kind() == ']':
			return row, nil
		case t.Kind() != '0':
			return nil, fmt.Errorf("column %d is %s, want a number", len(row), name(t.Kind()))
		}
		v, err := number(t)
		if err != nil {
			return nil, fmt.Errorf("column %d is %w", len(row), err)
		}
		row = append(row, v)
	}
}

// readObject reads a row of columns up to its end.
func readObject(d *jsontext.Decoder) (map[string]any, error) {
	row := map[string]any{}
	for {
		key, err := d.ReadToken()
		if err != nil {
			return nil, broken(err)
		}
		if key.Kind() == '}' {
			return row, nil
		}
		column := key.String()
		t, err := d.ReadToken()
		if err != nil {
			return nil, broken(err)
		}
		switch t.Kind() {
		case '0':
			if row[column], err = number(t); err != nil {
				return nil, fmt.Errorf("column %.40q is %w", column, err)
			}
		case '"':
			row[column] = t.String()
		case 't', 'f':
			row[column] = t.Bool()
		case 'n':
			row[column] = nil
		default:
			return nil, fmt.Errorf("column %.40q is %s, want a number, a text, true, false or null", column,
				name(t.Kind()))
		}
	}
}

func number(t jsontext.Token) (float64, error) {
	v, err := t.Float()
	if err != nil || math.IsInf(v, 0) {
		return 0, errors.New("beyond float64")
	}
	return v, nil
}

// expect reads a token and returns an error with a text unless it is of the kind wanted.
func expect(d *jsontext.Decoder, want jsontext.Kind, text string) error {
	t, err := d.ReadToken()
	if err != nil {
		return broken(err)
	}
	if t.Kind() != want {
		return fmt.Errorf("%s, not %s", text, name(t.Kind()))
	}
	return nil
}

// broken is the error for a body that is no JSON, or that did not arrive whole.
func broken(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the JSON ends too early")
	}
	return fmt.Errorf("the JSON is wrong: %w", err)
}

// name describes a token in an error, without repeating what may be long.
func name(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 't':
		return "true"
	case 'f':
		return "false"
	case '0':
		return "a number"
	case '"':
		return "a string"
	}
	return string(rune(k))
}
