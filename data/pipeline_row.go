package data

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
)

// FeatureRow returns the features of one raw row: a map whose keys are strings, such as the
// map[string]any that JSON gives, a map[string]float64 or a map type of one's own, or a struct or a
// pointer to one, whose fields have the names that [TableFromStructs] gives them.
//
// Every input must be there; other keys and fields do not matter. The values are those of
// [TableFromMaps] for the columns of [Fitted.Inputs]. In a map whose values are strings, such as the
// map[string]string of a form, they are cells as [ReadTable] reads them by default: spaces round one do
// not count, cells such as NA are missing unless they are a level, and a column of numbers takes numbers
// with a decimal point. A value that cannot be taken is a [*CellError], see [Apply].
func FeatureRow[T Float](f *Fitted, row any) ([]T, error) {
	if !f.isFitted() {
		return nil, errNotFitted
	}
	fr := &frame{rows: 1, single: true, made: map[string]bool{},
		column: make(map[string]*Column, len(f.inputs))}
	if err := f.readRow(fr, row); err != nil {
		return nil, err
	}
	if err := f.runOn(fr); err != nil {
		return nil, err
	}
	return rounded[T](fr, f.features)
}

// readRow puts the inputs into the frame of a row.
func (f *Fitted) readRow(fr *frame, row any) error {
	read, err := readerOf(row)
	if err != nil {
		return err
	}
	for i := range f.inputs {
		in := &f.inputs[i]
		c, wrong := read(in)
		if wrong != "" {
			return fr.cell(0, in.Name, "%s", wrong)
		}
		if c, err = fr.as(c, in); err != nil {
			return err
		}
		fr.put(c)
	}
	return nil
}

// formCells are the cells that are missing in a form.
var formCells = missingCells(nil)

// formCell returns the text of a cell for an input, "" if it is missing.
func formCell(text string, in *Column) string {
	text = strings.TrimSpace(text)
	switch {
	case slices.Contains(in.Levels, text):
		return text
	case formCells.is(text), in.Kind == KindNumber && formCells.isDash(text):
		return ""
	}
	return text
}

// readerOf returns a function that returns an input of a row as a column, or what is wrong with it.
func readerOf(row any) (func(in *Column) (c *Column, wrong string), error) {
	look, err := rowLookup(row)
	if err != nil {
		return nil, err
	}
	if t := pointed(reflect.TypeOf(row)); t.Kind() == reflect.Map && t.Elem().Kind() == reflect.String &&
		t.Elem() != reflect.TypeFor[json.Number]() {
		return func(in *Column) (*Column, string) {
			v, wrong := look(in.Name)
			if wrong != "" {
				return nil, wrong
			}
			return TextColumn(in.Name, []string{formCell(v.String(), in)}), ""
		}, nil
	}
	return func(in *Column) (*Column, string) {
		v, wrong := look(in.Name)
		cell := cellColumn{name: in.Name, kind: in.Kind, levels: in.Levels}
		if wrong == "" {
			wrong = cell.add(v)
		}
		if in.Kind == KindCategory {
			return CategoryColumn(in.Name, cell.texts), wrong
		}
		return NumberColumn(in.Name, cell.numbers), wrong
	}, nil
}
