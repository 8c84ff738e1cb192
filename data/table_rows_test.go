package data

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
)

// rowColumns are what the tests of rows expect: a column of each kind.
var rowColumns = []Column{{Name: "city", Kind: KindCategory}, {Name: "area", Kind: KindNumber},
	{Name: "date", Kind: KindText}}

// shown returns the cells of a table, row by row.
func shown(t *Table) string {
	if t == nil {
		return "<nil>"
	}
	var names []string
	for _, c := range t.Columns() {
		names = append(names, c.Name+" "+c.Kind.String())
	}
	s := strings.Join(names, ", ")
	for i := range t.Rows() {
		var cells []string
		for _, c := range t.Columns() {
			cell := "missing"
			if !c.IsMissing(i) {
				cell = c.Text(i)
			}
			cells = append(cells, cell)
		}
		s += " | " + strings.Join(cells, " ")
	}
	return s
}

func TestTableFromMaps(t *testing.T) {
	area, none := 7.5, (*float64)(nil)
	for _, c := range []struct {
		row  map[string]any
		want string
	}{
		{map[string]any{"city": "Bonn", "area": 80.5, "date": "2024-05-01"}, "Bonn 80.5 2024-05-01"},
		{map[string]any{"city": nil, "area": nil, "date": nil, "more": 1}, "missing missing missing"},
		{map[string]any{"city": "", "area": "", "date": math.NaN()}, "missing missing missing"},
		{map[string]any{"city": true, "area": true, "date": false}, "true 1 false"},
		{map[string]any{"city": 3.0, "area": int8(-3), "date": uint(4)}, "3 -3 4"},
		{map[string]any{"city": float32(0.1), "area": json.Number("1e3"), "date": json.Number("1e3")},
			"0.1 1000 1e3"},
		{map[string]any{"city": 1e20, "area": &area, "date": none}, "100000000000000000000 7.5 missing"},
	} {
		want := "city category, area number, date text | " + c.want
		got, err := TableFromMaps([]map[string]any{c.row}, rowColumns)
		if err != nil || shown(got) != want {
			t.Errorf("%v: %s, %v, want %s", c.row, shown(got), err, want)
		}
		got, err = tableFromRow(c.row, rowColumns)
		if err != nil || shown(got) != want {
			t.Errorf("one row of %v: %s, %v, want %s", c.row, shown(got), err, want)
		}
	}
	if got, err := TableFromMaps(nil, rowColumns); err != nil || got.Rows() != 0 || len(got.Columns()) != 3 {
		t.Errorf("no rows: %v, %v", shown(got), err)
	}
}

func TestTableFromMapsDamaged(t *testing.T) {
	good := map[string]any{"city": "Bonn", "area": 80.5, "date": "2024-05-01"}
	for _, c := range []struct {
		name string
		bad  any
		want string
	}{
		{"area", "80.5", `data: row 1: column "area" is "80.5", want a number`},
		{"area", json.Number("1e999"), `data: row 1: column "area" is "1e999", want a finite number`},
		{"area", json.Number("0x10"), `data: row 1: column "area" is "0x10", want a finite number`},
		{"area", []any{1.0}, `data: row 1: column "area" is of type []interface {}, want a number`},
		{"city", map[string]any{}, `data: row 1: column "city" is of type map[string]interface {}, want a string`},
		{"date", complex(1, 2), `data: row 1: column "date" is of type complex128, want a string`},
	} {
		row := map[string]any{"city": "Bonn", "area": 80.5, "date": "2024-05-01"}
		row[c.name] = c.bad
		got, err := TableFromMaps([]map[string]any{good, row}, rowColumns)
		if got != nil || err == nil || err.Error() != c.want {
			t.Errorf("%v: %v, %v, want %s", c.bad, shown(got), err, c.want)
		}
	}
	got, err := TableFromMaps([]map[string]any{{"City": "Bonn", "area": 1}}, rowColumns)
	if want := `data: row 0: column "city" is not in the map, which has ["City" "area"]`; got != nil ||
		err == nil || err.Error() != want {
		t.Errorf("no city: %v, want %s", err, want)
	}
	got, err = TableFromMaps(nil, []Column{{Name: "a"}})
	if want := `data: column "a" has kind Kind(0), want KindNumber, KindCategory or KindText`; got != nil ||
		err == nil || err.Error() != want {
		t.Errorf("no kind: %v, want %s", err, want)
	}
}

type flat struct {
	City   string   `column:"city"`
	Area   *float64 `column:"area"`
	Rooms  uint8    `data:"class"`
	Garden *bool
	Date   string `column:"date"`
	Notes  []int  `data:"-"`
	inner  int
}

func TestTableFromStructs(t *testing.T) {
	area, yes := 80.5, true
	list := []flat{
		{City: "Bonn", Area: &area, Rooms: 3, Garden: &yes, Date: "2024-05-01", inner: 1},
		{City: "Bonn", Area: nil, Rooms: 4, Garden: nil, Date: "2024-05-01"},
	}
	for _, c := range []struct {
		kinds map[string]Kind
		want  string
	}{
		{nil, "city category, area number, Rooms number, Garden number, date text" +
			" | Bonn 80.5 3 1 2024-05-01 | Bonn missing 4 missing 2024-05-01"},
		{map[string]Kind{"city": KindText, "area": KindText, "Rooms": KindCategory, "Garden": KindCategory},
			"city text, area text, Rooms category, Garden category, date text" +
				" | Bonn 80.5 3 true 2024-05-01 | Bonn missing 4 missing 2024-05-01"},
	} {
		got, err := TableFromStructs(list, c.kinds)
		if err != nil || shown(got) != c.want {
			t.Errorf("%v: %s, %v, want %s", c.kinds, shown(got), err, c.want)
		}
		got, err = TableFromStructs([]*flat{&list[0], &list[1]}, c.kinds)
		if err != nil || shown(got) != c.want {
			t.Errorf("pointers, %v: %s, %v, want %s", c.kinds, shown(got), err, c.want)
		}
	}
	want := "city category, area number, date text | Bonn 80.5 2024-05-01"
	for _, row := range []any{list[0], &list[0]} {
		if got, err := tableFromRow(row, rowColumns); err != nil || shown(got) != want {
			t.Errorf("one row: %s, %v, want %s", shown(got), err, want)
		}
	}
}

func TestTableFromStructsDamaged(t *testing.T) {
	check := func(name string, got *Table, err error, want string) {
		t.Helper()
		if got != nil || err == nil || err.Error() != want {
			t.Errorf("%s: %v, %v, want %s", name, shown(got), err, want)
		}
	}
	got, err := TableFromStructs([]int{1}, nil)
	check("no struct", got, err, "data: the rows are of type int, want structs")
	got, err = TableFromStructs([]*flat{{}, nil}, nil)
	check("nil", got, err, "data: row 1 is nil")
	got, err = TableFromStructs([]flat{{}}, map[string]Kind{"town": KindText})
	check("kinds", got, err, `data: there is no field for column "town", to which kinds gives a kind`)
	got, err = TableFromStructs([]flat{{}}, map[string]Kind{"city": 9})
	check("kind", got, err, `data: column "city" has kind Kind(9), want KindNumber, KindCategory or KindText`)
	got, err = TableFromStructs([]flat{{City: "Bonn"}}, map[string]Kind{"city": KindNumber})
	check("text as number", got, err, `data: row 0: column "city" is "Bonn", want a number`)
	got, err = TableFromStructs([]struct{ A []float64 }{}, nil)
	check("slice", got, err, "data: field A has type []float64, want a number, a boolean, a string or a pointer "+
		"to one, or the tag data:\"-\"")
	got, err = TableFromStructs([]struct {
		A int
		B int `column:"A"`
	}{}, nil)
	check("two", got, err, `data: fields A and B make the column "A"`)
	got, err = TableFromStructs([]struct {
		A int `column:""`
	}{}, nil)
	check("no name", got, err, "data: field A has an empty name in its tag")
	got, err = TableFromStructs([]struct {
		a int `column:"a"`
	}{{1}}, nil)
	check("not exported", got, err, "data: field a is not exported")
	got, err = TableFromStructs([]struct{ a int }{{1}}, nil)
	check("no field", got, err, "data: struct { a int } has no field for a column")
	for _, row := range []any{nil, 1, (*flat)(nil), map[int]int{}} {
		got, err = tableFromRow(row, rowColumns)
		check("row", got, err,
			fmt.Sprintf("data: a row of type %T, want a map with the names of columns, such as map[string]any, a struct "+
				"or a pointer to one", row))
	}
	got, err = tableFromRow(struct{ City string }{}, rowColumns)
	check("field", got, err, `data: row 0: column "city" is no field of struct { City string }`)
}
