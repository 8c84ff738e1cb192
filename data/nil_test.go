package data

import (
	"context"
	"math"
	"strings"
	"testing"
)

// panicText calls f and returns the text of the error that it panics with.
func panicText(t *testing.T, f func()) (text string) {
	t.Helper()
	defer func() {
		if err, ok := recover().(error); ok {
			text = err.Error()
		}
	}()
	f()
	return ""
}

// TestNilReadersAndWriters: readers, writers, sets and contexts that are nil are errors, not dereferenced.
func TestNilReadersAndWriters(t *testing.T) {
	table, err := TableFromRows([][]float64{{1}, {2}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var nobody context.Context
	for name, err := range map[string]error{
		"ReadCSV":     errorOf(ReadCSV[float32](nil, CSVOptions{})),
		"ReadIDX":     errorOf(ReadIDX(nil)),
		"ReadNPY":     errorOf(ReadNPY[float32](nil)),
		"ReadNPYInfo": errorOf(ReadNPYInfo(nil)),
		"ReadNPZ":     errorOf(ReadNPZ[float32](nil, 10, "x")),
		"ReadNPZInfo": errorOf(ReadNPZInfo(nil, 10)),
		"ReadTable":   errorOf(ReadTable(nil, TableOptions{})),
		"SetSource":   errorOf(SetSource[float32](nil)),
		"WriteNPY":    WriteNPY(nil, &Array[int]{Dims: []int{1}, Data: []int{1}}),
		"WriteNPZ":    WriteNPZ(nil, map[string]AnyArray{"x": &Array[int]{Dims: []int{1}, Data: []int{1}}}),
		"WriteCSV":    table.WriteCSV(nil),
		"Next":        errorOf(new(Dealer[float32]).Next(nobody)),
	} {
		if err == nil || !strings.Contains(err.Error(), "nil") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, f := range []func(){func() { NewBatcher[float32](nil, 1, 1) }, func() { Standardize[float32](nil) }} {
		if text := panicText(t, f); !strings.Contains(text, "the set is nil") {
			t.Errorf("a nil set panics with %q", text)
		}
	}
}

func errorOf[X any](_ X, err error) error { return err }

// TestSetsOfWrongFields: a set whose fields do not agree is refused by whatever uses them.
func TestSetsOfWrongFields(t *testing.T) {
	good := func() *Set[float32] {
		return &Set[float32]{X: make([]float32, 8), Y: []int{0, 1, 0, 1}, Rows: 4, Features: 2, Classes: 2}
	}
	many := good()
	many.Classes = math.MaxInt
	huge := good()
	huge.Rows = math.MaxInt
	for name, err := range map[string]error{
		"Check":           many.Check(),
		"Folds":           errorOf(huge.Folds(2, 1)),
		"Oversample":      errorOf(many.Oversample(1)),
		"Undersample":     errorOf(many.Undersample(1)),
		"FoldsStratified": errorOf(many.FoldsStratified(2, 1)),
	} {
		if err == nil {
			t.Errorf("%s takes such a set", name)
		}
	}
	short := good()
	short.X = short.X[:3]
	negative := good()
	negative.Features = -1
	column := &Column{Name: "c", Kind: KindCategory, Codes: []int{5}, Levels: []string{"a"}}
	for want, list := range map[string][]func(){
		"data.Set.Row":          {func() { short.Row(3) }, func() { negative.Row(0) }, func() { good().Row(4) }},
		"data.Set.Target":       {func() { good().Target(4) }, func() { (&Set[float32]{Rows: 2, Outputs: 3}).Target(1) }},
		"data.Set.Select":       {func() { short.Select([]int{0}) }, func() { negative.Select(nil) }},
		"data.Set.Survey":       {func() { many.Survey(3) }},
		"data.Column.Text":      {func() { column.Text(0) }, func() { column.Text(1) }},
		"data.Column.IsMissing": {func() { column.IsMissing(-1) }},
	} {
		for i, f := range list {
			if text := panicText(t, f); !strings.HasPrefix(text, want+": ") {
				t.Errorf("call %d for %s panics with %q", i, want, text)
			}
		}
	}
}

// TestAheadOfAnEpoch: no more batches are prepared than an epoch has, however large Ahead is.
func TestAheadOfAnEpoch(t *testing.T) {
	source, err := SetSource(&Set[float32]{X: make([]float32, 8), Y: []int{0, 1, 0, 1}, Rows: 4, Features: 2,
		Classes: 2})
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewStream(source, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, ahead := range []int{math.MaxInt, math.MaxInt / 4, 2} {
		s.Ahead = ahead
		d := s.Deal(3, 1)
		if len(d.sets) != 3 {
			t.Errorf("Ahead = %d makes %d sets for 2 batches", ahead, len(d.sets))
		}
		rows := 0
		for {
			part, err := d.Next(t.Context())
			if err != nil {
				break
			}
			rows += part.Rows
		}
		if rows != 4 {
			t.Errorf("Ahead = %d deals %d rows, want 4", ahead, rows)
		}
	}
}
