package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/ashlar-go/ashlar/layer"
)

// readRows reads {"rows": [[1, 2], [3, 4]]} and nothing else. It reads token by token: into a
// [][]float32, package json would read null as 0 and take keys of any case, and an error names
// the row. Of more rows than a Predictor takes it returns one too many and leaves the rest.
func readRows(r io.Reader) ([][]float32, error) {
	d := json.NewDecoder(r)
	d.UseNumber()
	for _, want := range []json.Token{json.Delim('{'), "rows", json.Delim('[')} {
		if err := expect(d, want, `want {"rows": [[...], ...]}`); err != nil {
			return nil, err
		}
	}
	rows := [][]float32{}
	for d.More() {
		if len(rows) > layer.MaxTryRows {
			return rows, nil
		}
		row, err := readRow(d, len(rows))
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	for _, want := range []json.Token{json.Delim(']'), json.Delim('}')} {
		if err := expect(d, want, `want nothing but "rows"`); err != nil {
			return nil, err
		}
	}
	switch t, err := d.Token(); {
	case err == nil:
		return nil, fmt.Errorf("%v follows the JSON object, want nothing", t)
	case err != io.EOF:
		return nil, broken(err)
	}
	return rows, nil
}

// readRow reads row i, [1, 2].
func readRow(d *json.Decoder, i int) ([]float32, error) {
	if err := expect(d, json.Delim('['), fmt.Sprintf("row %d: want an array of numbers", i)); err != nil {
		return nil, err
	}
	row := []float32{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, broken(err)
		}
		n, is := t.(json.Number)
		if !is {
			return nil, fmt.Errorf("row %d: column %d is %s, want a number", i, len(row), name(t))
		}
		v, err := strconv.ParseFloat(n.String(), 32)
		if err != nil {
			return nil, fmt.Errorf("row %d: column %d is beyond float32", i, len(row))
		}
		row = append(row, float32(v))
	}
	return row, expect(d, json.Delim(']'), "want the end of a row")
}

// expect reads a token and returns an error with a text unless it is the one wanted.
func expect(d *json.Decoder, want json.Token, text string) error {
	t, err := d.Token()
	if err != nil {
		return broken(err)
	}
	if t != want {
		return fmt.Errorf("%s, not %s", text, name(t))
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
func name(t json.Token) string {
	switch t := t.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(t)
	case json.Delim:
		return t.String()
	case json.Number:
		return "a number"
	}
	return "a string"
}
